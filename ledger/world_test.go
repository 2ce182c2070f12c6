package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

const (
	hub  = uint32(1) // the fee asset
	coin = uint32(2)
)

// believe is a Proofs that takes every claim whose proof does not start with a
// mark, and counts. It stands in for the verifier: these tests are about the
// ledger's own rules and do not establish what a proof proves.
type believe struct{ claims int }

const refuted = 0xbd

func (b *believe) Check(claims []Claim) error {
	for _, c := range claims {
		b.claims++
		if c.Proof[0] == refuted {
			return rejection.New(rejection.BadProof, "")
		}
	}
	return nil
}

func (b *believe) Find(claims []Claim) (bad []int, err error) {
	for i := range claims {
		if b.Check(claims[i:i+1]) != nil {
			bad = append(bad, i)
		}
	}
	return bad, nil
}

func privateKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicKey(k ed25519.PrivateKey) (out quorum.Key) {
	copy(out[:], k.Public().(ed25519.PublicKey))
	return out
}

// parties makes n keys, ascending by public key.
func parties(role string, n int) []ed25519.PrivateKey {
	var out []ed25519.PrivateKey
	for i := range n {
		out = append(out, privateKey(fmt.Sprint(role, i)))
	}
	slices.SortFunc(out, func(a, b ed25519.PrivateKey) int {
		x, y := publicKey(a), publicKey(b)
		return bytes.Compare(x[:], y[:])
	})
	return out
}

func publicKeys(ks []ed25519.PrivateKey) (out []quorum.Key) {
	for _, k := range ks {
		out = append(out, publicKey(k))
	}
	return out
}

var (
	signers    = parties("signer", 3)
	validators = parties("validator", 4)
	operators  = parties("operator", 4)
	simulator  = privateKey("simulator")
	digest     = [48]byte{7}
)

// setups returns the setup of a version of the circuits: its proofs are of
// nothing, and it is known to nobody but tests.
func setups(version uint8) circuittest.Trapdoors { return known[version-1]() }

var known = [2]func() circuittest.Trapdoors{
	sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("version 1") }),
	sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("version 2") }),
}

// testGenesis is a small chain: T = 6, W = 8, w = 4, D = 2, k = 4, q = 2.
func testGenesis() *Genesis {
	g := &Genesis{
		ChainID: "test-1", Time: 1000, Development: true, AllowSimulated: true, SimulatedRoot: publicKey(simulator),
		Measurements: []GenesisMeasurement{{Provider: "SIMULATED", Digest: digest[:]}},
		Operators:    publicKeys(operators),
		Signers:      Signers{Threshold: 2, Keys: publicKeys(signers)},
		Keys:         DevelopmentKeys(setups(1).Keys()),
		Treasury:     Address{keys.Derive([]byte("treasury"), 0).Viewing().Address(0)},
		FeeAsset:     hub, Fee: 10,
		Assets: []GenesisAsset{
			{ID: hub, Symbol: "HUB", Decimals: 6, ExternalDecimals: 6, Chain: 1, Test: true, MaxExitFee: 50, ExitFee: 20, MinDeposit: 100, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
			{ID: coin, Symbol: "COIN", Decimals: 8, ExternalDecimals: 8, Chain: 2, Test: true, MaxExitFee: 9, ExitFee: 3, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
		},
		Markets: []Market{{ID: 5, Base: coin, Quote: hub, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 1, Halt: 200}},
		Params: Params{LockBlocks: 6, ExitBlocks: 8, RestBlocks: 4, EpochBlocks: 20, EpochGrace: 60, Quorum: 2,
			DeadBlocks: 30, StaleBlocks: 10, HeartbeatBlocks: 5, WorkerBlocks: 1000, AnswerBlocks: 8, SuspendBlocks: 30},
		Constants: Constants{ExecutionDelay: 2, AnchorInterval: 4, Anchors: 150, GovernanceDelay: 5, FeeInterval: 16, HeadWindow: 20, AuctionInterval: 1},
		Bounds: Bounds{MaxFee: 100, MaxExitFee: 100, MaxLockBlocks: 20, MinExitBlocks: 8, MinRestBlocks: 4,
			MaxRestBlocks: 16, MinEpochBlocks: 10, MinEpochGrace: 60, MinQuorum: 1, MinOverlap: 620},
		Limits: Limits{BlockBytes: 1 << 22, BlockProofs: 400, BlockActions: 300, BlockOthers: 8, AuctionFills: 8, SizeClasses: []uint16{2, 4}},
	}
	for _, v := range validators {
		g.Validators = append(g.Validators, Validator{publicKey(v), 10})
	}
	return g
}

// reporter is what a world needs of *testing.T, *testing.B and *rapid.T.
type reporter interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// world is a chain under test.
type world struct {
	TB      reporter
	genesis *Genesis
	store   *Memory
	state   *State
	proofs  *believe
	last    *Result
	serial  uint64
	workers []ed25519.PrivateKey // signing keys of registered workers, one an operator
}

func newWorld(t reporter) *world { return newWorldOf(t, testGenesis()) }

func newWorldOf(t reporter, g *Genesis) *world {
	t.Helper()
	first, err := Initial(g)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, genesis: g, store: NewMemory(), proofs: new(believe)}
	w.store.Write(first.Delta)
	if w.state, err = Open(g, w.proofs, w.store); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) height() uint64 { return w.state.Head().Height }

func (w *world) block(txs ...[]byte) Block {
	h := w.height() + 1
	return Block{Height: h, Time: int64(1000 + h), Hash: blockHash(h), Txs: txs}
}

func blockHash(h uint64) [32]byte { return sha256.Sum256([]byte(fmt.Sprint("block", h))) }

// apply runs a block that must be valid.
func (w *world) apply(txs ...[]byte) []Event {
	w.TB.Helper()
	r, err := w.state.Apply(w.block(txs...))
	if err != nil {
		w.TB.Fatal(err)
	}
	w.store.Write(r.Delta)
	w.state.Advance(r)
	w.last = r
	return r.Events
}

// to runs empty blocks up to and including height h.
func (w *world) to(h uint64) {
	w.TB.Helper()
	for w.height() < h {
		w.apply()
	}
}

// skip runs n empty blocks.
func (w *world) skip(n uint64) { w.TB.Helper(); w.to(w.height() + n) }

// refuse demands that a block ending in tx is refused with code, that Propose
// leaves tx out, and that Check says the same if tx is alone.
func (w *world) refuse(code rejection.Code, txs ...[]byte) {
	w.TB.Helper()
	before := w.state.Head()
	if _, err := w.state.Apply(w.block(txs...)); !errors.Is(err, code) {
		w.TB.Errorf("apply: got %v, want %s", err, code.Name())
	}
	if w.state.Head() != before {
		w.TB.Error("a refused block moved the head")
	}
	last := txs[len(txs)-1]
	if len(txs) == 1 {
		if _, err := w.state.Check(last, int64(1001+w.height())); !errors.Is(err, code) {
			w.TB.Errorf("check: got %v, want %s", err, code.Name())
		}
		if got := w.state.Propose(int64(1001+w.height()), txs); len(got) != 0 {
			w.TB.Error("propose chose a refused transaction")
		}
	}
}

// accept demands that tx could stand in the next block, and does not run it:
// the control of a refusal.
func (w *world) accept(txs ...[]byte) {
	w.TB.Helper()
	if _, err := w.state.Apply(w.block(txs...)); err != nil {
		w.TB.Errorf("control: %v", err)
	}
}

// fresh returns an element that was never used.
func (w *world) fresh() field.Element {
	w.serial++
	return field.FromHash("test", []byte(fmt.Sprint(w.serial)))
}

var spendSecret = jubjub.ScalarFromHash("test", []byte("spend"))

// action makes a signed action at the newest anchor, edited before signing.
func (w *world) action(edit ...func(*action.Action)) *action.Action {
	fee, _ := w.state.Fee(w.state.Anchor().Height)
	a := &action.Action{
		Version: 1, Anchor: w.state.Anchor().Notes, Epoch: w.state.Book().Epoch, Fee: fee,
		RK: jubjub.Mul(jubjub.Spend, spendSecret),
	}
	for i := range a.Nullifiers {
		a.Nullifiers[i], a.Commitments[i] = w.fresh(), w.fresh()
	}
	for _, e := range edit {
		e(a)
	}
	w.sign(a)
	return a
}

func (w *world) sign(a *action.Action) {
	h := a.Sighash(w.genesis.ChainID)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spendSecret, h[:], nil)
}

// withdrawal edits an action into one of amount of asset at its exit fee.
func (w *world) withdrawal(asset uint32, amount uint64) func(*action.Action) {
	return func(a *action.Action) {
		to, err := action.NewRecipient([]byte("somebody"))
		if err != nil {
			w.TB.Fatal(err)
		}
		a.FeeInAsset = true
		a.Fee, _ = w.state.ExitFee(asset, w.state.Anchor().Height)
		a.Out = action.Output{Asset: asset, Amount: amount, Recipient: to, Return: w.fresh()}
	}
}

// slot0 sets the slot-0 nullifier.
func slot0(nf field.Element) func(*action.Action) {
	return func(a *action.Action) { a.Nullifiers[0] = nf }
}

// deposit makes a signed deposit.
func (w *world) deposit(asset uint32, amount uint64, edit ...func(*custody.Deposit)) *custody.Deposit {
	d := &custody.Deposit{
		Reference: custody.Reference{Chain: asset, Hash: sha256.Sum256([]byte(fmt.Sprint("ref", w.serial))), Index: 1},
		Asset:     asset, Amount: amount, C: w.fresh(),
	}
	for _, e := range edit {
		e(d)
	}
	d.Signatures = signAll(signers[:2], d.SignBytes(w.genesis.ChainID))
	return d
}

func signAll(keys []ed25519.PrivateKey, message []byte) (out []quorum.Signature) {
	for _, k := range keys {
		out = append(out, quorum.Sign(k, message))
	}
	return out
}

// closing ends a claim.
func (w *world) closing(id custody.ClaimID, result custody.Result) *custody.Closing {
	c := &custody.Closing{Claim: id, Result: result}
	if result == custody.Paid {
		c.Payment = custody.Reference{Chain: 1, Index: 3}
	}
	c.Signatures = signAll(signers[1:], c.SignBytes(w.genesis.ChainID))
	return c
}

// worker makes the registration of a worker of operator i on its own platform.
func (w *world) worker(i int, boot string, edit ...func(*registry.Worker)) (*registry.Worker, ed25519.PrivateKey) {
	key := privateKey(fmt.Sprint("worker", i, boot))
	r := &registry.Worker{Operator: publicKey(operators[i]), SigningKey: publicKey(key), SealKey: registry.SealKey{byte(i), 1}}
	r.Head = registry.Head{Height: w.height(), Hash: w.state.Head().Hash}
	for _, e := range edit {
		e(r)
	}
	r.Evidence = attestation.Simulate(simulator, digest, registry.Platform{byte(i) + 1}, r.ReportData(w.genesis.ChainID))
	r.Sign(w.genesis.ChainID, operators[i])
	return r, key
}

// quorumOf signs as the given workers.
func quorumOf(message []byte, keys ...ed25519.PrivateKey) (out []settlement.WorkerSignature) {
	for _, k := range keys {
		s := quorum.Sign(k, message)
		out = append(out, settlement.WorkerSignature{Worker: settlement.NewWorkerID(s.Key), Signature: s.Signature})
	}
	slices.SortFunc(out, func(a, b settlement.WorkerSignature) int { return bytes.Compare(a.Worker[:], b.Worker[:]) })
	return out
}

func (w *world) epoch(edit ...func(*registry.Epoch)) *registry.Epoch {
	n := w.state.Book().Epoch
	p := &registry.Epoch{Number: n + 1, SealKey: registry.SealKey{1, byte(n)}, Committed: schedule_(n + 1).Commit()}
	if n > 0 {
		p.Revealed = schedule_(n)
	}
	for _, e := range edit {
		e(p)
	}
	p.Signatures = quorumOf(p.SignBytes(w.genesis.ChainID), w.workers...)
	return p
}

func schedule_(n uint64) registry.Schedule { return sha256.Sum256([]byte(fmt.Sprint("schedule", n))) }

// withBook registers three workers and starts epoch 1, and runs to a height
// from which locks are possible.
func (w *world) withBook() *world {
	w.TB.Helper()
	w.apply()
	var txs [][]byte
	for i := range 3 {
		r, key := w.worker(i, "")
		w.workers = append(w.workers, key)
		txs = append(txs, r.Encode())
	}
	w.apply(txs...)
	w.apply(w.epoch().Encode())
	w.skip(8)
	return w
}

// lock makes a lock of the last block's auction, signed by all workers.
func (w *world) lock(groups []settlement.Group, edit ...func(*settlement.Lock)) *settlement.Lock {
	l := &settlement.Lock{Height: w.height(), Outcome: settlement.Outcome(w.height(), hashes(groups))}
	for _, g := range groups {
		for _, leg := range g.Legs {
			l.Nullifiers = append(l.Nullifiers, leg.Nullifier)
		}
	}
	for _, e := range edit {
		e(l)
	}
	slices.SortFunc(l.Nullifiers, func(a, b field.Element) int { return a.Cmp(&b) })
	l.Signatures = quorumOf(l.SignBytes(w.genesis.ChainID), w.workers...)
	return l
}

// hashes returns the groups' hashes in the order of the wire.
func hashes(groups []settlement.Group) (out [][32]byte) {
	for _, g := range groups {
		out = append(out, g.Hash())
	}
	slices.SortFunc(out, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return out
}

var blind = jubjub.ScalarFromHash("test", []byte("blind"))

// group makes a balanced group over the nullifiers; its amounts are invented.
func (w *world) group(nullifiers ...field.Element) settlement.Group {
	slices.SortFunc(nullifiers, func(a, b field.Element) int { return a.Cmp(&b) })
	g := settlement.Group{PC: w.fresh(), Fee: w.fresh(), FeeValue: settlement.FeeValueOf(0, blind)}
	for i, nf := range nullifiers {
		g.Legs = append(g.Legs, settlement.Leg{
			Nullifier: nf, Proceeds: w.fresh(), Refund: w.fresh(), Remainder: w.fresh(), Report: w.fresh(),
			Value: settlement.FillValue(i%2 == 0, 7, 9, blind),
		})
	}
	return g
}

// settlement opens group i of the lock of auction a.
func (w *world) settlement(a uint64, groups []settlement.Group, i int, edit ...func(*settlement.Settle)) *settlement.Settle {
	s := &settlement.Settle{Version: 1, Height: a, Groups: hashes(groups), Group: groups[i]}
	s.Index = uint16(slices.Index(s.Groups, s.Group.Hash()))
	s.FillProofs = make([][settlement.ProofSize]byte, len(groups[i].Legs))
	for _, e := range edit {
		e(s)
	}
	r := jubjub.Scalar{}
	for range len(groups[i].Legs) + 1 {
		r = r.Add(blind)
	}
	s.Binding = jubjub.Sign(domain.BindingSig, jubjub.Blind, r, s.Group.BindingMessage(w.genesis.ChainID, a), nil)
	return s
}

// proposal makes a signed governance proposal.
func (w *world) proposal(c governance.Change, by ...ed25519.PrivateKey) *governance.Proposal {
	p := &governance.Proposal{Nonce: w.state.ProposalNonce() + 1, Change: c}
	if by == nil {
		by = validators[:3]
	}
	p.Signatures = signAll(by, p.SignBytes(w.genesis.ChainID))
	return p
}

// enact carries a change through to its effect.
func (w *world) enact(c governance.Change) []Event {
	w.TB.Helper()
	w.apply(w.proposal(c).Encode())
	w.skip(w.genesis.Constants.GovernanceDelay - 1)
	return w.apply()
}

// votes makes the oracle commit of the last block: one quote a validator for
// market 5, its bid and its ask the same, 0 standing for a vote without one.
func (w *world) votes(prices ...uint64) *oracle.Commit {
	quotes := make([][2]uint64, len(prices))
	for i, p := range prices {
		quotes[i] = [2]uint64{p, p}
	}
	return w.quotes(quotes...)
}

// quotes is votes with a bid and an ask each.
func (w *world) quotes(quotes ...[2]uint64) *oracle.Commit {
	c := &oracle.Commit{Height: w.height(), Round: 1}
	for i, q := range quotes {
		v := oracle.Vote{Validator: publicKey(validators[i])}
		if q[0] > 0 {
			v.Prices = []oracle.Price{{Market: 5, Bid: q[0], Ask: q[1]}}
		}
		v.Signature = quorum.Sign(validators[i], v.SignBytes(w.genesis.ChainID, c.Height, c.Round)).Signature
		c.Votes = append(c.Votes, v)
	}
	return c
}

// count returns how many events of type E there are.
func count[E Event](events []Event) (n int) {
	for _, e := range events {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

// only returns the one event of type E.
func only[E Event](t testing.TB, events []Event) (out E) {
	t.Helper()
	if n := count[E](events); n != 1 {
		t.Fatalf("%d events of type %T, want 1", n, out)
	}
	for _, e := range events {
		if v, ok := e.(E); ok {
			out = v
		}
	}
	return out
}

type ed25519Key = ed25519.PrivateKey

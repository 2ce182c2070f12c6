package wallet

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nightjar/nightjar/attestation"
	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
)

const (
	hub  = uint32(1) // the fee asset, quote of the market
	coin = uint32(2) // base of the market
	mkt  = uint32(5)
)

func privateKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicKey(k ed25519.PrivateKey) quorum.Key {
	return quorum.Key(k.Public().(ed25519.PublicKey))
}

var (
	signer    = privateKey("signer")
	simulator = privateKey("simulator")
	operator  = privateKey("operator")
	image     = [48]byte{7}
)

func testGenesis() *ledger.Genesis {
	g := &ledger.Genesis{
		ChainID: "wallet-test", Time: 1000, Development: true, AllowSimulated: true, SimulatedRoot: publicKey(simulator),
		Measurements: []ledger.GenesisMeasurement{{Provider: "SIMULATED", Digest: image[:]}},
		Operators:    []quorum.Key{publicKey(operator)},
		Validators:   []ledger.Validator{{Key: publicKey(privateKey("validator")), Power: 1}},
		Signers:      ledger.Signers{Threshold: 1, Keys: []quorum.Key{publicKey(signer)}},
		Keys:         ledger.DevelopmentKeys(toys().Keys()),
		Treasury:     ledger.Address{Address: keys.Derive([]byte("treasury"), 0).Viewing().Address(0)},
		FeeAsset:     hub, Fee: 10,
		Assets: []ledger.GenesisAsset{
			{ID: hub, Symbol: "HUB", Decimals: 6, ExternalDecimals: 6, Chain: 1, Test: true, MaxExitFee: 50, ExitFee: 20, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
			{ID: coin, Symbol: "COIN", Decimals: 8, ExternalDecimals: 8, Chain: 2, Test: true, MaxExitFee: 9, ExitFee: 3, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
		},
		Markets: []ledger.Market{{ID: mkt, Base: coin, Quote: hub, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 1}},
		Params: ledger.Params{LockBlocks: 6, ExitBlocks: 8, RestBlocks: 4, EpochBlocks: 20, EpochGrace: 60, Quorum: 1,
			DeadBlocks: 30, StaleBlocks: 10, HeartbeatBlocks: 5, WorkerBlocks: 1 << 20, AnswerBlocks: 10, SuspendBlocks: 50},
		Constants: ledger.Constants{ExecutionDelay: 2, AnchorInterval: 2, Anchors: 300, GovernanceDelay: 5, FeeInterval: 16, HeadWindow: 20, AuctionInterval: 1},
		Bounds: ledger.Bounds{MaxFee: 100, MaxExitFee: 100, MaxLockBlocks: 20, MinExitBlocks: 8, MinRestBlocks: 4,
			MaxRestBlocks: 16, MinEpochBlocks: 10, MinEpochGrace: 60, MinQuorum: 1, MinOverlap: 620},
		Limits: ledger.Limits{BlockBytes: 1 << 22, BlockProofs: 400, BlockActions: 300, BlockOthers: 200, AuctionFills: 8, SizeClasses: []uint16{2, 4}},
	}
	return g
}

// toys are keys of no circuit, for chains whose proofs nobody looks at.
var toys = sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("wallet") })

// believe is a ledger.Proofs that takes every proof: most tests here are about
// the wallet's bookkeeping. TestRealProofs does not use it.
type believe struct{}

func (believe) Check([]ledger.Claim) error { return nil }

func (believe) Find([]ledger.Claim) ([]int, error) { return nil, nil }

// checking is a Prover that checks the witness by the circuit's native twin and
// returns a mark for a proof.
type checking struct {
	proven int
	key    [32]byte // of another version than the first
}

func (c *checking) Key() ([32]byte, error) {
	if c.key == ([32]byte{}) {
		return toys().Action.Key().Hash(), nil
	}
	return c.key, nil
}

func (c *checking) Action(w *circuit.Witness) (proof [action.ProofSize]byte, err error) {
	c.proven++
	proof[0] = 1
	return proof, w.Check()
}

// world is a chain in memory: the ledger, and a node's view of it.
type world struct {
	testing.TB
	genesis  *ledger.Genesis
	store    *ledger.Memory
	state    *ledger.State
	blocks   []*Block
	pool     [][]byte
	admitted map[ID]*action.Action
	serial   int
	worker   ed25519.PrivateKey
	workers  []registry.Worker
	epochKey []byte
	secret   hpke.PrivateKey     // of epochKey
	garble   func(*Block) *Block // what a lying node makes of a block
	auto     bool                // make a block whenever somebody asks for news
}

func newWorld(t testing.TB) *world { return newWorldOf(t, testGenesis(), believe{}) }

func newWorldOf(t testing.TB, g *ledger.Genesis, proofs ledger.Proofs) *world {
	t.Helper()
	first, err := ledger.Initial(g)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, genesis: g, store: ledger.NewMemory(), admitted: map[ID]*action.Action{}}
	w.store.Write(first.Delta)
	if w.state, err = ledger.Open(g, proofs, w.store); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) height() uint64 { return w.state.Head().Height }

// mine makes a block of what is in the pool and of txs, which must be valid.
func (w *world) mine(txs ...[]byte) *Block {
	w.Helper()
	h := w.height() + 1
	now := int64(1000 + h)
	chosen := w.state.Propose(now, append(slices.Clone(txs), w.pool...))
	for _, tx := range txs {
		if !slices.ContainsFunc(chosen, func(c []byte) bool { return bytes.Equal(c, tx) }) {
			_, err := w.state.Check(tx, now)
			w.Fatalf("block %d does not take a transaction of kind %d: %v", h, tx[0], err)
		}
	}
	w.pool = nil
	in := ledger.Block{Height: h, Time: now, Hash: sha256.Sum256([]byte(fmt.Sprint("block", h))), Txs: chosen}
	r, err := w.state.Apply(in)
	if err != nil {
		w.Fatal(err)
	}
	w.store.Write(r.Delta)
	w.state.Advance(r)
	b := w.compact(in, r)
	w.blocks = append(w.blocks, b)
	return b
}

func (w *world) skip(n int) {
	w.Helper()
	for range n {
		w.mine()
	}
}

// compact is what a node serves of a block.
func (w *world) compact(in ledger.Block, r *ledger.Result) *Block {
	b := &Block{Height: in.Height, Time: in.Time}
	_, b.Size = r.Tree()
	for _, e := range r.Events {
		switch e := e.(type) {
		case ledger.ActionAdmitted:
			a, err := transaction.ActionOf(in.Txs[e.Index])
			if err != nil {
				w.Fatal(err)
			}
			w.admitted[ID(e.ID)] = a
			b.Admitted = append(b.Admitted, Admitted{ID: e.ID, Nullifiers: e.Nullifiers})
		case ledger.ActionExecuted:
			a := w.admitted[ID(e.ID)]
			b.Executed = append(b.Executed, Executed{
				ID: e.ID, Nullifiers: e.Nullifiers, Commitments: a.Commitments, First: e.Position, Sealed: a.Sealed,
				Fee: a.Fee, OutAsset: a.Out.Asset, OutAmount: a.Out.Amount,
			})
		case ledger.ActionDropped:
			b.Dropped = append(b.Dropped, Admitted{ID: e.ID, Nullifiers: e.Nullifiers})
		case ledger.LockAccepted:
			b.Locks = append(b.Locks, Lock{Auction: e.Auction, Nullifiers: e.Nullifiers})
		case ledger.LockExpired:
			b.Busts = append(b.Busts, e.Auction)
		case ledger.GroupSettled:
			s, err := settlement.DecodeSettle(in.Txs[e.Index])
			if err != nil {
				w.Fatal(err)
			}
			g := Group{Auction: e.Auction, PC: s.Group.PC, Fee: s.Group.Fee, Opening: s.Group.FeeOpening, First: e.Position}
			for _, l := range s.Group.Legs {
				g.Legs = append(g.Legs, Leg{l.Nullifier, l.Proceeds, l.Refund, l.Remainder, l.Report})
			}
			b.Groups = append(b.Groups, g)
		case ledger.DepositCredited:
			b.Deposits = append(b.Deposits, Deposit{ID: e.ID, Asset: e.Asset, Amount: e.Amount, C: e.C, Position: e.Position})
		case ledger.ClaimOpened:
			b.Claims = append(b.Claims, ClaimOpening{ID: e.ID, Recipient: e.Recipient, Return: e.Return})
		case ledger.ClaimPaid:
			b.Closings = append(b.Closings, Closing{Claim: e.ID, Result: custody.Paid})
		case ledger.ClaimReturned:
			b.Closings = append(b.Closings, Closing{Claim: e.ID, Result: custody.Returned,
				Asset: e.Asset, Amount: e.Amount, C: e.Return, Position: e.Position})
		case ledger.FeesPaid:
			b.Fees = append(b.Fees, FeeNote{Asset: e.Asset, Amount: e.Amount, Commitment: e.Commitments[0], Position: e.Position})
		}
	}
	return b
}

// Params implements Chain.
func (w *world) Params(context.Context) (Params, error) {
	if w.auto {
		w.mine()
	}
	p := Params{
		ChainID: w.genesis.ChainID, Development: true, Height: w.height(), Time: w.state.Head().Time,
		FeeAsset: w.genesis.FeeAsset, AnchorInterval: w.genesis.Constants.AnchorInterval,
		Anchors: w.genesis.Constants.Anchors, Delay: w.genesis.Constants.ExecutionDelay, Workers: w.workers,
	}
	notes, spent, _ := w.state.Commitment()
	p.Roots = Roots{notes, spent}
	p.BookSince = w.state.Book().Since
	at := w.state.Anchor().Height
	p.Fee, _ = w.state.Fee(at)
	for _, a := range w.state.Assets() {
		fee, _ := w.state.ExitFee(a.Record.ID, at)
		p.Assets = append(p.Assets, Asset{a.Record, fee})
	}
	for _, m := range w.state.Markets() {
		p.Markets = append(p.Markets, Market{Record: m})
	}
	for _, c := range w.state.Circuits() {
		p.Circuits = append(p.Circuits, Circuits{c.Version, c.Action.Hash, c.Retires != 0 && c.Retires <= p.Height})
	}
	if n := w.state.Book().Epoch; n > 0 {
		p.Epoch = Epoch{Number: n, Key: w.epochKey}
	}
	return p, nil
}

// Blocks implements Chain.
func (w *world) Blocks(_ context.Context, from uint64, yield func(*Block) error) error {
	for _, b := range w.blocks[from-1:] {
		if w.garble != nil {
			b = w.garble(b)
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

// Submit implements Chain.
func (w *world) Submit(_ context.Context, tx []byte) error {
	if _, err := w.state.Check(tx, w.state.Head().Time+1); err != nil {
		return err
	}
	w.pool = append(w.pool, tx)
	return nil
}

// drawer is a Store in memory.
type drawer struct {
	b     []byte
	saves int
}

func (d *drawer) Save(b []byte) error { d.b, d.saves = slices.Clone(b), d.saves+1; return nil }

func (d *drawer) Load() ([]byte, bool, error) { return d.b, d.b != nil, nil }

func account(name string) keys.SpendingKey { return keys.Derive([]byte(name), 0) }

func (w *world) pins() Pins {
	return Pins{ChainID: w.genesis.ChainID, Policy: attestation.Policy{
		Allowed:        []registry.Measurement{{Provider: registry.Simulated, Digest: image}},
		AllowSimulated: true, SimulatedRoot: w.genesis.SimulatedRoot,
	}}
}

// open returns a wallet over a store.
func (w *world) open(name string, d Store) *Wallet {
	w.Helper()
	key := account(name)
	x, err := Open(Config{
		View: key.Viewing(), Network: keys.Development, Terms: w.terms(), Chain: w, Store: d, Random: rand.Reader, Cores: 2, Poll: time.Millisecond,
		Prover: new(checking), Spending: &key, Guard: w.pins(),
	})
	if err != nil {
		w.Fatal(err)
	}
	return x
}

func (w *world) terms() Terms {
	return Terms{ChainID: w.genesis.ChainID, AnchorInterval: w.genesis.Constants.AnchorInterval, FeeAsset: w.genesis.FeeAsset}
}

func (w *world) wallet(name string) *Wallet { w.Helper(); return w.open(name, new(drawer)) }

// fund deposits and syncs until the money can be spent.
func (w *world) fund(x *Wallet, asset uint32, amounts ...uint64) {
	w.Helper()
	for _, v := range amounts {
		c, err := x.DepositOwner()
		if err != nil {
			w.Fatal(err)
		}
		w.mine(w.deposit(asset, v, c).Encode())
		w.sync(x)
	}
	w.mature(x)
}

func (w *world) deposit(asset uint32, amount uint64, c field.Element) *custody.Deposit {
	w.serial++
	d := &custody.Deposit{
		Reference: custody.Reference{Chain: asset, Hash: sha256.Sum256([]byte(fmt.Sprint("ref", w.serial)))},
		Asset:     asset, Amount: amount, C: c,
	}
	d.Signatures = []quorum.Signature{quorum.Sign(signer, d.SignBytes(w.genesis.ChainID))}
	return d
}

func (w *world) closing(id ID, result custody.Result) *custody.Closing {
	c := &custody.Closing{Claim: custody.ClaimID(id), Result: result}
	if result == custody.Paid {
		c.Payment = custody.Reference{Chain: 1, Index: 3}
	}
	c.Signatures = []quorum.Signature{quorum.Sign(signer, c.SignBytes(w.genesis.ChainID))}
	return c
}

func (w *world) sync(x *Wallet) []Notice {
	w.Helper()
	notices, err := x.Sync(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	return notices
}

// mature runs blocks until an anchor covers everything.
func (w *world) mature(x *Wallet) {
	w.Helper()
	w.skip(int(w.genesis.Constants.AnchorInterval))
	w.sync(x)
}

// send sends a plan and runs the chain until it is executed and spendable.
func (w *world) send(x *Wallet, p *Plan, err error) ID {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	id, err := x.Send(context.Background(), p)
	if err != nil {
		w.Fatal(err)
	}
	w.skip(1 + int(w.genesis.Constants.ExecutionDelay))
	for _, n := range w.sync(x) {
		w.Fatal(n.Err)
	}
	w.mature(x)
	return id
}

// withBook registers a worker and starts an epoch.
func (w *world) withBook() *world {
	w.Helper()
	w.mine()
	w.worker = privateKey("worker")
	r := registry.Worker{Operator: publicKey(operator), SigningKey: publicKey(w.worker), SealKey: registry.SealKey{1}}
	r.Head = registry.Head{Height: w.height(), Hash: w.state.Head().Hash}
	r.Evidence = attestation.Simulate(simulator, image, registry.Platform{1}, r.ReportData(w.genesis.ChainID))
	r.Sign(w.genesis.ChainID, operator)
	w.mine(r.Encode())
	w.workers = []registry.Worker{r}
	kem, _, _ := seal.Suite()
	var err error
	if w.secret, err = kem.GenerateKey(); err != nil {
		w.Fatal(err)
	}
	w.epochKey = w.secret.PublicKey().Bytes()
	e := registry.Epoch{Number: 1, SealKey: registry.SealKey(w.epochKey)}
	e.Signatures = w.signed(e.SignBytes(w.genesis.ChainID))
	w.mine(e.Encode())
	return w
}

// told opens an action's instruction, as an enclave does.
func (w *world) told(a *action.Action) seal.Command {
	w.Helper()
	_, kdf, aead := seal.Suite()
	r, err := hpke.NewRecipient(a.Instruction[:seal.EncapsulationSize], w.secret, kdf, aead, seal.InstructionInfo(w.genesis.ChainID))
	if err != nil {
		w.Fatal(err)
	}
	aad := a.AAD()
	text, err := r.Open(aad[:], a.Instruction[seal.EncapsulationSize:])
	if err != nil {
		w.Fatal(err)
	}
	c, err := seal.DecodeCommand(text)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) signed(message []byte) []settlement.WorkerSignature {
	s := quorum.Sign(w.worker, message)
	return []settlement.WorkerSignature{{Worker: settlement.NewWorkerID(s.Key), Signature: s.Signature}}
}

// match locks a trade of lots at price between two orders, one buying and one
// selling, once they are old enough, and returns its settlement.
func (w *world) match(lots, price uint64, orders ...*Order) *settlement.Settle {
	w.Helper()
	w.skip(int(w.genesis.Params.RestBlocks))
	lock, s := w.auction(lots, price, orders...)
	w.mine(lock)
	return s
}

// auction makes the lock and the settlement of a trade in the auction of the
// present height.
func (w *world) auction(lots, price uint64, orders ...*Order) (lock []byte, _ *settlement.Settle) {
	w.Helper()
	a := w.height()
	m := w.genesis.Markets[0].Record()
	x := order.Execution{Height: uint32(a), Price: price, Dev: 0, FeeBp: m.FeeBp}
	blind := jubjub.ScalarFromHash("test", []byte("blind"))
	g := settlement.Group{PC: m.Commitment(price, 0, uint32(a), field.FromUint64(a))}
	l := &settlement.Lock{Height: a}
	var fees uint64
	var sum jubjub.Scalar
	for _, o := range orders {
		f, err := o.Order.Apply(o.Position, lots, x)
		if err != nil {
			w.Fatal(err)
		}
		fees += f.Fee
		sum = sum.Add(blind)
		l.Nullifiers = append(l.Nullifiers, f.Nullifier)
		g.Legs = append(g.Legs, settlement.Leg{
			Nullifier: f.Nullifier, Proceeds: f.Proceeds.Commitment(), Refund: f.Refund.Commitment(),
			Remainder: f.Remainder.Commitment(), Report: f.Report,
			Value: settlement.FillValue(o.Order.Terms.Side == order.Sell, f.BaseLeg, f.QuoteLeg, blind),
		})
	}
	g.FeeValue = settlement.FeeValueOf(fees, blind)
	r := field.FromUint64(77)
	treasury := account("treasury").Viewing()
	g.Fee = note.Note{Asset: hub, Value: fees, Rho: g.PC, C: keys.Owner(treasury.PKd(treasury.Diversifier(0)), r)}.Commitment()
	var err error
	if g.FeeOpening, err = seal.SealFee(treasury.Address(0), [32]byte{1}, g.PC, hub, fees, r); err != nil {
		w.Fatal(err)
	}
	slices.SortFunc(g.Legs, func(a, b settlement.Leg) int { return a.Nullifier.Cmp(&b.Nullifier) })
	slices.SortFunc(l.Nullifiers, func(a, b field.Element) int { return a.Cmp(&b) })
	groups := [][32]byte{g.Hash()}
	l.Outcome = settlement.Outcome(a, groups)
	l.Signatures = w.signed(l.SignBytes(w.genesis.ChainID))
	s := &settlement.Settle{Version: 1, Height: a, Groups: groups, Group: g, FillProofs: make([][settlement.ProofSize]byte, len(g.Legs))}
	s.Binding = jubjub.Sign(domain.BindingSig, jubjub.Blind, sum.Add(blind), g.BindingMessage(w.genesis.ChainID, a), nil)
	return l.Encode(), s
}

// terms are an order's in the test market.
func terms(side order.Side, limit, qty uint64) order.Terms {
	return order.Terms{
		Market: mkt, Base: coin, Quote: hub, LotSize: 1000, Side: side, Limit: limit, Qty: qty,
		Expiry: 100_000, Band: order.NoBand, MaxFee: 20,
	}
}

func balance(x *Wallet, asset uint32) Balance {
	for _, b := range x.State().Balances() {
		if b.Asset == asset {
			return b
		}
	}
	return Balance{Asset: asset}
}

func recipient(t testing.TB) action.Recipient {
	to, err := action.NewRecipient([]byte("an address outside"))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

package vault_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

const (
	network  = "test-1"
	external = 7     // number of the external chain
	asset    = 3     // id of the coin
	unit     = 1_000 // external units of a hub unit
)

// hub is Nightjar in memory, by the ledger's rules for custody.
type hub struct {
	height    uint64
	asset     vault.Asset
	rotations []vault.Rotation
	opened    []vault.Claim
	credited  map[custody.DepositID]uint64
	closed    map[custody.ClaimID]custody.Closing
}

func newHub(signers state.Signers) *hub {
	return &hub{
		height: 1,
		asset: vault.Asset{
			ID: asset, Symbol: "KSM", Decimals: 9, ExternalDecimals: 12, External: coin,
			MinDeposit: 10, MaxDeposit: 1_000_000, Room: 10_000_000,
		},
		rotations: []vault.Rotation{{Height: 1, Signers: signers}},
		credited:  map[custody.DepositID]uint64{}, closed: map[custody.ClaimID]custody.Closing{},
	}
}

func (h *hub) signers() state.Signers { return h.rotations[len(h.rotations)-1].Signers }

// submit is the ledger's verdict on a transaction: the rules of spec/10.
func (h *hub) submit(tx []byte) error {
	check := func(list []quorum.Signature, message []byte) error {
		if len(list) < int(h.signers().Threshold) {
			return fmt.Errorf("%d signatures", len(list))
		}
		for _, s := range list {
			if !slices.Contains(h.signers().Keys, s.Key) || !verify(s, message) {
				return fmt.Errorf("a bad signature")
			}
		}
		return nil
	}
	if tx[0] == custody.ClosingKind {
		c, err := custody.DecodeClosing(tx)
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(h.opened, func(o vault.Claim) bool { return o.ID == c.Claim })
		if _, done := h.closed[c.Claim]; done || !known {
			return fmt.Errorf("closed or unknown")
		}
		if err := check(c.Signatures, c.SignBytes(network)); err != nil {
			return err
		}
		h.closed[c.Claim] = *c
		return nil
	}
	d, err := custody.DecodeDeposit(tx)
	if err != nil {
		return err
	}
	id := d.Reference.ID(network)
	if _, done := h.credited[id]; done || h.asset.Halted || d.Amount < h.asset.MinDeposit || d.Amount > h.asset.MaxDeposit || d.Amount > h.asset.Room {
		return fmt.Errorf("not now, or done")
	}
	if err := check(d.Signatures, d.SignBytes(network)); err != nil {
		return err
	}
	h.credited[id] = d.Amount
	h.asset.Room -= d.Amount
	return nil
}

// withdraw opens a claim.
func (h *hub) withdraw(name string, units uint64, recipient []byte) vault.Claim {
	c := vault.Claim{ID: sha256.Sum256([]byte(name)), Asset: asset, Amount: units, Recipient: recipient, Opened: h.height}
	h.opened = append(h.opened, c)
	return c
}

// verified remembers what was verified: the same few signatures come by again
// and again in an enumeration.
var verified sync.Map

func verify(s quorum.Signature, message []byte) bool {
	id := sha256.Sum256(bytes.Join([][]byte{s.Key[:], s.Signature[:], message}, nil))
	if ok, known := verified.Load(id); known {
		return ok.(bool)
	}
	ok := quorum.Verify(s.Key, message, s.Signature)
	verified.Store(id, ok)
	return ok
}

// gateway is one signer's process: a journal that survives, and everything else
// that does not.
type gateway struct {
	world   *world
	name    string
	private ed25519.PrivateKey
	key     quorum.Key
	journal [][]byte
	vault   *vault.Machine // nil: dead
	signed  []vault.Signed // published
	read    map[*gateway]int
	alarms  []vault.Alarm
	restart func(*vault.Config)
	from    vault.Start
	height  uint64 // of the last Hub
}

// tester is a test, or one check of a property.
type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

type world struct {
	t        tester
	chain    *chain
	hub      *hub
	gateways []*gateway
	include  func(extrinsic) bool
	nonce    map[vault.Account]uint32
	fault    int // the process that takes this step dies in it; 0: none
	steps    int
	limits   vault.Limit
	attempts []vault.Attempt
}

func keyOf(name string) (ed25519.PrivateKey, quorum.Key) {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	return private, quorum.Key(private.Public().(ed25519.PublicKey))
}

func signersOf(threshold uint8, names ...string) state.Signers {
	s := state.Signers{Threshold: threshold}
	for _, name := range names {
		_, key := keyOf(name)
		s.Keys = append(s.Keys, key)
	}
	slices.SortFunc(s.Keys, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
	return s
}

func newWorld(t tester, threshold uint8, names ...string) *world {
	w := &world{
		t: t, chain: newChain(2), hub: newHub(signersOf(threshold, names...)),
		include: func(extrinsic) bool { return true }, nonce: map[vault.Account]uint32{},
		limits: vault.Limit{
			Asset: asset, Rate: 1_000_000, Window: 100, MaxDelay: 200,
			Existential: amount.WideOf(5 * unit), SweepMin: amount.WideOf(1),
		},
	}
	for _, name := range names {
		w.add(name)
	}
	return w
}

func (w *world) add(name string) *gateway {
	g := &gateway{world: w, name: name, read: map[*gateway]int{}}
	final := w.chain.blocks[w.chain.final()]
	g.from = vault.Start{Hub: w.hub.height, Block: vault.Cursor{Number: final.Number, Hash: final.Hash}}
	g.private, g.key = keyOf(name)
	w.gateways = append(w.gateways, g)
	g.alive(g.start)
	return g
}

func (g *gateway) config() vault.Config {
	return vault.Config{
		ChainID: network, Chain: external, Key: g.key, Watched: 4,
		Start: g.from, Default: vault.Limit{Window: 1, MaxDelay: 200}, Limits: []vault.Limit{g.world.limits},
	}
}

// open replays the journal into a new machine.
func (g *gateway) open() *vault.Machine {
	config := g.config()
	if g.restart != nil {
		g.restart(&config)
	}
	m, err := vault.New(config, codec{g.world.chain})
	if err != nil {
		g.world.t.Fatal(err)
	}
	for i, b := range g.journal {
		r, err := vault.Decode(b)
		if err != nil {
			g.world.t.Fatalf("%s: record %d: %v", g.name, i, err)
		}
		if err := m.Replay(r); err != nil {
			g.world.t.Fatalf("%s: record %d %T: %v", g.name, i, r, err)
		}
	}
	return m
}

func (g *gateway) start() {
	g.vault, g.signed, g.read, g.height = g.open(), nil, map[*gateway]int{}, 0
	g.carryOut(g.vault.Pending())
}

// dead is what a process dies with.
type dead struct{}

// step is one thing that a process does; it may be its last.
func (g *gateway) step() {
	if g.vault == nil {
		panic(dead{})
	}
	g.world.steps++
	if g.world.steps == g.world.fault {
		g.vault = nil
		panic(dead{})
	}
}

// alive runs what a process does until it dies.
func (g *gateway) alive(do func()) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(dead); !ok {
				panic(r)
			}
		}
	}()
	do()
}

// commit makes records durable, one by one, and carries the effects out. The
// process may die before and after each of them: also within the records of
// one answer.
func (g *gateway) commit(records []vault.Record, effects []vault.Effect) {
	for _, r := range records {
		g.step()
		g.journal = append(g.journal, vault.Encode(r))
	}
	if len(records) > 0 {
		g.step()
	}
	g.carryOut(effects)
}

func (g *gateway) carryOut(effects []vault.Effect) {
	for _, e := range effects {
		g.step()
		g.effect(e)
	}
}

func (g *gateway) effect(e vault.Effect) {
	w := g.world
	switch e := e.(type) {
	case vault.Sign:
		s := vault.Signed{Statement: e.Statement, Signature: quorum.Sign(g.private, e.Statement.SignBytes(network))}
		g.signed = append(g.signed, s)
		more, err := g.vault.OnSignature(s)
		if err != nil {
			w.t.Fatalf("%s: the own signature: %v", g.name, err)
		}
		g.carryOut(more)
	case vault.SubmitHub:
		_ = w.hub.submit(e.Transaction) // the ledger's verdict is its own
	case vault.Prepare:
		g.prepare(e.Order)
	case vault.Submit:
		w.chain.submit(w.decode(e.Attempt))
	case vault.Alarm:
		g.alarms = append(g.alarms, e)
	}
}

// prepare is the adapter: it signs exactly what is ordered, or defers where the
// final chain does not fit.
func (g *gateway) prepare(o vault.Order) {
	w, own := g.world, vault.Account(g.key)
	final := w.chain.blocks[o.At.Number].after
	a := vault.Attempt{
		JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Nonce: final.nonces[own],
		Birth: o.At.Number, Until: o.At.Number + o.Period - 1,
	}
	x := extrinsic{by: own, nonce: a.Nonce, birth: a.Birth, until: a.Until, custody: o.Job.Custody, remark: o.Form == vault.Plain}
	if !x.remark {
		x.call, _ = codec{w.chain}.Call(o.Job)
		a.Call = x.call
		var id [64]byte
		copy(id[:32], x.custody[:])
		copy(id[32:], x.call[:])
		open, exists := final.calls[id]
		funds := final.balances[key(o.Job.From)]
		if need, _ := o.Job.Amount.Uint64(); funds < need || funds == 0 || exists != (o.Form == vault.Join) {
			why := vault.DeferFunds
			if exists != (o.Form == vault.Join) {
				why = vault.DeferState
			}
			g.carryOut(g.vault.OnDeferred(o.Job.JobID, why))
			return
		}
		x.join, x.at = exists, open.at
	}
	x.hash = x.id()
	a.Hash, a.Extrinsic = x.hash, x.encode()
	records, effects, err := g.vault.OnPrepared(a)
	if err != nil {
		w.t.Fatalf("%s: prepared: %v", g.name, err)
	}
	w.attempts = append(w.attempts, a)
	g.commit(records, effects)
}

func (x extrinsic) encode() []byte {
	b := binary.BigEndian.AppendUint32(slices.Clone(x.by[:]), x.nonce)
	b = binary.BigEndian.AppendUint64(b, x.birth)
	b = binary.BigEndian.AppendUint64(b, x.until)
	b = append(append(b, x.call[:]...), x.custody[:]...)
	b = binary.BigEndian.AppendUint64(b, x.at)
	for _, flag := range []bool{x.join, x.cancel, x.mute, x.remark} {
		if flag {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

func (x extrinsic) id() [32]byte { return sha256.Sum256(x.encode()) }

func (w *world) decode(a vault.Attempt) (x extrinsic) {
	b := a.Extrinsic
	copy(x.by[:], b)
	x.nonce, x.birth, x.until = binary.BigEndian.Uint32(b[32:]), binary.BigEndian.Uint64(b[36:]), binary.BigEndian.Uint64(b[44:])
	copy(x.call[:], b[52:])
	copy(x.custody[:], b[84:])
	x.at = binary.BigEndian.Uint64(b[116:])
	x.join, x.cancel, x.mute, x.remark = b[124] == 1, b[125] == 1, b[126] == 1, b[127] == 1
	x.hash = x.id()
	return x
}

// turn lets a process do what is to be done: read Nightjar, read the external
// chain, read the others.
func (g *gateway) turn() {
	if g.vault == nil {
		g.alive(g.start)
		return
	}
	g.alive(func() {
		g.readHub()
		for g.vault.Cursor().Number < g.world.chain.final() {
			b := g.world.chain.view(g.vault.Cursor().Number+1, g.vault.Watched(), vault.Account(g.key))
			records, effects, err := g.vault.OnBlock(b)
			if err != nil {
				g.world.t.Fatalf("%s: block %d: %v", g.name, b.Number, err)
			}
			g.commit(records, effects)
		}
		for _, peer := range g.world.gateways {
			for peer != g && g.read[peer] < len(peer.signed) {
				s := peer.signed[g.read[peer]]
				g.read[peer]++
				effects, _ := g.vault.OnSignature(s) // a stranger's is refused
				g.carryOut(effects)
			}
		}
	})
}

func (g *gateway) readHub() {
	h := g.world.hub
	if g.height == h.height {
		return
	}
	report := vault.Hub{Height: h.height, Assets: []vault.Asset{h.asset}, Rotations: h.rotations, Opened: h.opened}
	for _, id := range g.vault.Uncredited() {
		if _, ok := h.credited[id]; ok {
			report.Credited = append(report.Credited, id)
		}
	}
	for _, id := range g.vault.OpenClaims() {
		if c, ok := h.closed[id]; ok {
			report.Closed = append(report.Closed, vault.ClaimEnd{ID: id, Result: c.Result})
		}
	}
	records, effects, err := g.vault.OnHub(report)
	if err != nil {
		g.world.t.Fatalf("%s: hub %d: %v", g.name, h.height, err)
	}
	g.height = h.height
	g.commit(records, effects)
}

// round is one block on each chain and one turn of every process.
func (w *world) round() {
	w.hub.height++
	w.chain.produce(w.include)
	for _, g := range w.gateways {
		g.turn()
	}
}

// until runs rounds until done, which it has to be within limit rounds.
func (w *world) until(limit int, what string, done func() bool) {
	w.t.Helper()
	for range limit {
		if done() {
			return
		}
		w.round()
	}
	if !done() {
		w.t.Fatalf("not within %d rounds: %s\n%s", limit, what, w.describe())
	}
}

func (w *world) describe() (text string) {
	for _, g := range w.gateways {
		if g.vault == nil {
			text += g.name + ": dead\n"
			continue
		}
		for _, d := range g.vault.Deposits(func(vault.DepositView) bool { return true }) {
			text += fmt.Sprintf("%s: deposit %x of %v: state %d reason %d %d/%d\n", g.name, d.ID[:4], d.Units, d.State, d.Reason, d.Signatures, d.Needed)
		}
		for _, c := range g.vault.Claims() {
			text += fmt.Sprintf("%s: claim %x state %d approvals %d attempts %d waits %d %d/%d\n", g.name, c.Claim.ID[:4], c.State, c.Approvals, c.Attempts, c.Waits, c.Signatures, c.Needed)
		}
		if a, ok := g.vault.InFlight(); ok {
			text += fmt.Sprintf("%s: in flight kind %d form %d until %d\n", g.name, a.Kind, a.Form, a.Until)
		}
		text += fmt.Sprintf("%s: alarms %v\n", g.name, g.alarms)
	}
	return text
}

// pay is a user's transfer on the external chain.
func (w *world) pay(from string, to vault.Account, units uint64, owner *field.Element) {
	by := vault.Account(sha256.Sum256([]byte(from)))
	if _, ok := w.nonce[by]; !ok {
		// Whoever pays has enough: genesis money, in all states.
		for i := range w.chain.blocks {
			w.chain.blocks[i].after.balances[key(by)] = 1 << 50
		}
	}
	x := extrinsic{
		by: by, nonce: w.nonce[by], until: 1 << 40,
		transfer: vault.Transfer{From: by, To: to, Amount: amount.WideOf(units), Owner: owner},
	}
	w.nonce[by]++
	x.hash = sha256.Sum256(append(x.encode(), to[:]...))
	w.chain.submit(x)
}

func account(name string) vault.Account { return sha256.Sum256([]byte(name)) }

func owner(i uint64) *field.Element {
	e := field.FromUint64(i)
	return &e
}

// custodyAccount is the newest custody account.
func (w *world) custodyAccount() vault.Account {
	a, err := codec{w.chain}.Custody(w.hub.signers())
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// watch announces an owner to every process, and returns the address. One that
// has not read Nightjar yet refuses.
func (w *world) watch(o *field.Element) vault.Account {
	for _, g := range w.gateways {
		g.alive(func() {
			if g.vault == nil {
				return
			}
			if _, records, err := g.vault.Watch(*o); err == nil {
				g.commit(records, nil)
			}
		})
	}
	return codec{w.chain}.Deposit(w.custodyAccount(), *o)
}

// order is an operator's refund order to one process.
func (g *gateway) order(id custody.DepositID, to vault.Account) (err error) {
	g.alive(func() {
		if g.vault == nil {
			return
		}
		var records []vault.Record
		var effects []vault.Effect
		if records, effects, err = g.vault.Refund(id, to); err == nil {
			g.commit(records, effects)
		}
	})
	return err
}

package worker

import (
	"crypto/sha256"
	"testing"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// echo stands in for proofs: what its Prover makes says which public inputs the
// witness has, computed by the native twins, and its Check demands that they
// are the ones which the ledger asks about. It does not establish that the
// circuits hold; TestRealProofs settles with real ones. Actions need no proof
// here.
type echo struct{}

func (echo) Check(claims []ledger.Claim) error {
	for _, c := range claims {
		if c.Circuit != ledger.ActionCircuit && c.Proof != stamp(c.Public) {
			return rejection.New(rejection.BadProof, "%s", c.Circuit)
		}
	}
	return nil
}

func stamp(public []field.Element) (proof [settlement.ProofSize]byte) {
	h := sha256.New()
	for _, e := range public {
		b := e.Bytes()
		h.Write(b[:])
	}
	h.Sum(proof[:0])
	return proof
}

func (echo) Fill(w fill.Witness) (proof [settlement.ProofSize]byte, err error) {
	f, err := w.Fill()
	if err != nil {
		return proof, err
	}
	if w.Lots > 0 && w.Path.Root(w.Order.Commitment()) != w.Anchor {
		return proof, rejection.New(rejection.UnknownAnchor, "the path does not lead to the anchor")
	}
	leg := w.Leg(f)
	x, y := jubjub.Coordinates(leg.Value)
	return stamp([]field.Element{w.Anchor, field.FromUint64(uint64(w.Execution.Height)),
		leg.Nullifier, leg.Proceeds, leg.Refund, leg.Remainder, w.PC(), x, y, leg.Report}), nil
}

func (echo) Collect(w collect.Witness) (proof [settlement.ProofSize]byte, err error) {
	if err := w.Check(); err != nil {
		return proof, err
	}
	n := w.FeeNote()
	x, y := jubjub.Coordinates(settlement.FeeValueOf(w.Fee, w.Blind))
	return stamp([]field.Element{w.Markets(), w.References(), field.FromUint64(uint64(w.Height)),
		w.PC(), n.Commitment(), x, y, w.Treasury}), nil
}

// world is a chain and the workers on it; their hosts lose nothing and take no
// time, unless the test says otherwise.
type world struct {
	*chain
	proofs  ledger.Proofs
	prover  Prover
	workers map[int]*Worker                    // by operator
	rewrite func(from int, b []byte) []byte    // of what a worker broadcasts; nil = lost
	held    map[int]bool                       // whose proofs never finish
	mute    map[int]bool                       // whose transactions are lost
	heard   func(from int, m boundary.Message) // sees everything that leaves an enclave
}

func newWorld(t testing.TB) *world { return newWorldOf(t, testGenesis(), echo{}, echo{}) }

func newWorldOf(t testing.TB, g *ledger.Genesis, proofs ledger.Proofs, prover Prover) *world {
	t.Helper()
	return &world{
		chain: newChain(t, g, proofs), proofs: proofs, prover: prover, workers: map[int]*Worker{},
		held: map[int]bool{}, mute: map[int]bool{}, heard: func(int, boundary.Message) {},
		rewrite: func(_ int, b []byte) []byte { return b },
	}
}

// boot starts operator i's worker, which sees all blocks so far and registers.
func (w *world) boot(i int) *Worker {
	w.Helper()
	n, err := New(w.genesis, w.proofs, device{registry.Platform{byte(i) + 1}})
	if err != nil {
		w.Fatal(err)
	}
	w.workers[i] = n
	for _, b := range w.blocks {
		if out, err := n.Handle(b); err != nil || len(out.Messages) != 1 {
			w.Fatalf("an unregistered worker said more than its status: %v %v", out.Messages, err)
		}
	}
	w.enlist(i)
	return n
}

func (w *world) enlist(i int) {
	w.Helper()
	w.deliver(i, &boundary.Enlist{Operator: publicKey(operator(i))})
}

// kill ends a worker.
func (w *world) kill(i int) { delete(w.workers, i) }

// pending is something under way to a worker.
type pending struct {
	to int
	m  boundary.Message
}

// deliver hands a message to a worker and does everything that follows.
func (w *world) deliver(to int, m boundary.Message) {
	w.Helper()
	queue := []pending{{to, m}}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if n := w.workers[next.to]; n != nil {
			out, err := n.Handle(next.m)
			if err != nil {
				w.Fatal(err)
			}
			queue = append(queue, w.perform(next.to, out)...)
		}
	}
}

// perform does what a worker wants done and returns what its peers hear.
func (w *world) perform(from int, out Output) (queue []pending) {
	w.Helper()
	for _, m := range out.Messages {
		w.heard(from, m)
		switch m := m.(type) {
		case *boundary.Submit:
			if !w.mute[from] {
				_ = w.submit(m.Tx) // several workers submit the same
			}
		case *boundary.Register:
			r, err := registry.DecodeWorker(m.Unsigned)
			if err != nil {
				w.Fatal(err)
			}
			r.Sign(w.genesis.ChainID, operator(from))
			if err := w.submit(r.Encode()); err != nil {
				w.Fatal(err)
			}
		case *boundary.Broadcast:
			b := w.rewrite(from, m.Bytes)
			if b == nil {
				continue
			}
			if len(b) != peer.Small && len(b) != peer.Large {
				w.Fatalf("a broadcast of %d bytes", len(b))
			}
			for to := range 3 {
				if to != from {
					queue = append(queue, pending{to, &boundary.Peer{Bytes: b}})
				}
			}
		}
	}
	for _, job := range out.Jobs {
		if w.held[from] {
			continue
		}
		result := job.Run(w.prover)
		if result.Err != nil {
			w.Fatal(result.Err)
		}
		queue = append(queue, w.perform(from, w.workers[from].Proved(result))...)
	}
	return queue
}

// step makes a block and lets all workers take it, the first one first.
func (w *world) step() {
	w.Helper()
	b := w.block()
	for i := range 3 {
		if n := w.workers[i]; n != nil {
			w.deliver(i, b)
			if s := n.Status(); s.Refused != "" {
				w.Fatalf("worker %d: %s", i, s.Refused)
			}
		}
	}
}

func (w *world) steps(n int) {
	w.Helper()
	for range n {
		w.step()
	}
}

// until steps until a block has an event that fits, at most n blocks.
func until[E ledger.Event](w *world, n int, fits func(E) bool) E {
	w.Helper()
	for range n {
		w.step()
		for _, e := range w.events {
			if e, ok := e.(E); ok && fits(e) {
				return e
			}
		}
	}
	var none E
	w.Fatalf("no %T in %d blocks, now at %d", none, n, w.height())
	return none
}

func always[E ledger.Event](E) bool { return true }

// never steps n blocks and demands that none has such an event.
func never[E ledger.Event](w *world, n int) {
	w.Helper()
	for range n {
		w.step()
		for _, e := range w.events {
			if _, ok := e.(E); ok {
				w.Fatalf("block %d: an unwanted %T", w.height(), e)
			}
		}
	}
}

// running boots three workers and waits for the first epoch.
func running(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.start()
	return w
}

func (w *world) start() {
	w.Helper()
	w.steps(2)
	for i := range 3 {
		w.boot(i)
	}
	until(w, 20, always[ledger.EpochStarted])
	for i := range 3 {
		if !w.workers[i].Status().Holds {
			w.Fatalf("worker %d does not hold the book", i)
		}
	}
}

// terms of an order in the test market.
func terms(side order.Side, qty, limit uint64) order.Terms {
	return order.Terms{
		Market: market, Base: coin, Quote: hub, LotSize: 1000, Side: side, Limit: limit, Qty: qty,
		Expiry: 100000, Band: order.NoBand, MaxFee: 25,
	}
}

// place submits an action whose slot 0 is an order, and returns the order.
func (w *world) place(owner string, t order.Terms) order.Order {
	w.Helper()
	return w.placeIn(w.state.Book().Epoch, owner, t)
}

// placeIn is place for instructions to an epoch's key.
func (w *world) placeIn(epoch uint64, owner string, t order.Terms) order.Order {
	w.Helper()
	value, err := t.Funding()
	if err != nil {
		w.Fatal(err)
	}
	o := order.Order{Terms: t, Asset: t.FundingAsset(), Value: value,
		OID: field.FromHash("test", []byte(owner)), C: w.fresh(), S: w.fresh()}
	w.act(epoch, seal.Command{Kind: seal.NewOrder, Order: o}, func(a *action.Action) { a.Commitments[0] = o.Commitment() })
	return o
}

var spend = jubjub.ScalarFromHash("test", []byte("spend"))

// act submits an action that carries an instruction to an epoch's key.
func (w *world) act(epoch uint64, c seal.Command, edit ...func(*action.Action)) {
	w.Helper()
	fee, _ := w.state.Fee(w.state.Anchor().Height)
	a := &action.Action{Anchor: w.state.Anchor().Notes, Epoch: epoch, Fee: fee, RK: jubjub.Mul(jubjub.Spend, spend)}
	for i := range a.Nullifiers {
		a.Nullifiers[i], a.Commitments[i] = w.fresh(), w.fresh()
	}
	for _, e := range edit {
		e(a)
	}
	e, _ := w.state.Epoch(epoch)
	var err error
	if a.Instruction, err = seal.SealInstruction(e.SealKey[:], w.genesis.ChainID, a.AAD(), c); err != nil {
		w.Fatal(err)
	}
	sighash := a.Sighash(w.genesis.ChainID)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spend, sighash[:], nil)
	if err := w.submit(a.Encode()); err != nil {
		w.Fatal(err)
	}
}

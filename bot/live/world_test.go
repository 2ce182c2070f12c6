package live

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/worker"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/wallet"
)

// world is a chain with its enclaves and everybody's wallets, in one process: the
// real ledger, the real workers, and wallets that read what a node would serve.
// Whenever a wallet asks for news there is a new block. It is safe for concurrent
// use.
type world struct {
	*chaintest.Chain
	mu         sync.Mutex
	workers    []*worker.Worker
	registered []*registry.Worker
	blocks     []*wallet.Block
	admitted   map[wallet.ID]*action.Action
	freeze     bool  // the next lock's block is the last one,
	still      bool  // until this is false again
	down       bool  // the node does not answer
	refuse     error // what it answers to whatever is submitted
}

func newWorld(t *testing.T) *world {
	g := chaintest.Genesis()
	g.Markets[0].MinQty = 5
	w := &world{Chain: chaintest.New(t, g, chaintest.Echo{}), admitted: map[wallet.ID]*action.Action{}}
	w.step()
	w.step()
	w.boot()
	return w
}

// boot starts three workers and waits for their epoch.
func (w *world) boot() {
	w.Helper()
	before := w.State.Book().Epoch
	w.workers = nil
	for i := range 3 {
		n, err := worker.New(w.Genesis, chaintest.Echo{}, chaintest.Device{Platform: registry.Platform{byte(i) + 1}})
		if err != nil {
			w.Fatal(err)
		}
		w.workers = append(w.workers, n)
		for _, b := range w.Blocks {
			w.deliver(i, b)
		}
		w.deliver(i, &boundary.Enlist{Operator: chaintest.PublicKey(chaintest.Operator(i))})
	}
	for range 100 {
		if w.State.Book().Epoch > before {
			return
		}
		w.step()
	}
	w.Fatal("the workers started no epoch")
}

// deliver hands a message to a worker and does everything that follows.
func (w *world) deliver(to int, m boundary.Message) {
	w.Helper()
	out, err := w.workers[to].Handle(m)
	if err != nil {
		w.Fatal(err)
	}
	w.perform(to, out)
}

func (w *world) perform(from int, out worker.Output) {
	w.Helper()
	for _, m := range out.Messages {
		switch m := m.(type) {
		case *boundary.Submit:
			_ = w.Chain.Submit(m.Tx) // several workers submit the same
		case *boundary.Register:
			r, err := registry.DecodeWorker(m.Unsigned)
			if err != nil {
				w.Fatal(err)
			}
			r.Sign(w.Genesis.ChainID, chaintest.Operator(from))
			w.registered = append(w.registered, r)
			if err := w.Chain.Submit(r.Encode()); err != nil {
				w.Fatal(err)
			}
		case *boundary.Broadcast:
			for to := range w.workers {
				if to != from {
					w.deliver(to, &boundary.Peer{Bytes: m.Bytes})
				}
			}
		}
	}
	for _, job := range out.Jobs {
		w.perform(from, w.workers[from].Proved(job.Run(chaintest.Echo{})))
	}
}

// step makes a block, which the workers and the wallets see.
func (w *world) step() {
	w.Helper()
	in := w.Next()
	w.serve(in)
	for i := range w.workers {
		w.deliver(i, in)
	}
}

func (w *world) skip(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range n {
		w.step()
	}
}

// serve keeps what a node serves of a block.
func (w *world) serve(in *boundary.Block) {
	b := &wallet.Block{Height: w.Height(), Time: w.State.Head().Time, Size: w.State.Leaves()}
	for _, e := range w.Events {
		switch e := e.(type) {
		case ledger.ActionAdmitted:
			a, err := action.Decode(in.Txs[e.Index])
			if err != nil {
				w.Fatal(err)
			}
			w.admitted[wallet.ID(e.ID)] = a
			b.Admitted = append(b.Admitted, wallet.Admitted{ID: e.ID, Nullifiers: e.Nullifiers})
		case ledger.ActionExecuted:
			a := w.admitted[wallet.ID(e.ID)]
			b.Executed = append(b.Executed, wallet.Executed{
				ID: e.ID, Nullifiers: e.Nullifiers, Commitments: a.Commitments, First: e.Position, Sealed: a.Sealed,
				Fee: a.Fee, OutAsset: a.Out.Asset, OutAmount: a.Out.Amount,
			})
		case ledger.ActionDropped:
			b.Dropped = append(b.Dropped, wallet.Admitted{ID: e.ID, Nullifiers: e.Nullifiers})
		case ledger.LockAccepted:
			w.still = w.freeze
			b.Locks = append(b.Locks, wallet.Lock{Auction: e.Auction, Nullifiers: e.Nullifiers})
		case ledger.LockExpired:
			b.Busts = append(b.Busts, e.Auction)
		case ledger.GroupSettled:
			s, err := settlement.DecodeSettle(in.Txs[e.Index])
			if err != nil {
				w.Fatal(err)
			}
			g := wallet.Group{Auction: e.Auction, PC: s.Group.PC, Fee: s.Group.Fee, Opening: s.Group.FeeOpening, First: e.Position}
			for _, l := range s.Group.Legs {
				g.Legs = append(g.Legs, wallet.Leg{Nullifier: l.Nullifier, Proceeds: l.Proceeds, Refund: l.Refund, Remainder: l.Remainder, Report: l.Report})
			}
			b.Groups = append(b.Groups, g)
		case ledger.DepositCredited:
			b.Deposits = append(b.Deposits, wallet.Deposit{ID: e.ID, Asset: e.Asset, Amount: e.Amount, C: e.C, Position: e.Position})
		case ledger.ClaimOpened:
			b.Claims = append(b.Claims, wallet.ClaimOpening{ID: e.ID, Recipient: e.Recipient, Return: e.Return})
		case ledger.ClaimPaid:
			b.Closings = append(b.Closings, wallet.Closing{Claim: e.ID, Result: custody.Paid})
		case ledger.FeesPaid:
			b.Fees = append(b.Fees, wallet.FeeNote{Asset: e.Asset, Amount: e.Amount, Commitment: e.Commitments[0], Position: e.Position})
		}
	}
	w.blocks = append(w.blocks, b)
}

// node is a wallet's connection to the world.
type node struct{ *world }

var errDown = errors.New("the node is away")

// Params implements wallet.Chain.
func (n node) Params(ctx context.Context) (p wallet.Params, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return p, errDown
	}
	if err := ctx.Err(); err != nil {
		return p, err
	}
	if !n.still {
		n.step()
	}
	s := n.State
	p = wallet.Params{
		ChainID: n.Genesis.ChainID, Development: true, Height: n.Height(), Time: s.Head().Time, FeeAsset: n.Genesis.FeeAsset,
		AnchorInterval: n.Genesis.Constants.AnchorInterval, Anchors: n.Genesis.Constants.Anchors, Delay: n.Genesis.Constants.ExecutionDelay,
		BookSince: s.Book().Since,
	}
	notes, spent, _ := s.Commitment()
	p.Roots = wallet.Roots{Notes: notes, Spent: spent}
	at := s.Anchor().Height
	p.Fee, _ = s.Fee(at)
	for _, a := range s.Assets() {
		fee, _ := s.ExitFee(a.Record.ID, at)
		p.Assets = append(p.Assets, wallet.Asset{Record: a.Record, ExitFee: fee})
	}
	for _, m := range s.Markets() {
		out := wallet.Market{Record: m}
		for _, r := range s.References() {
			if r.Market == m.ID {
				out.Reference = r.Quote
			}
		}
		p.Markets = append(p.Markets, out)
	}
	for _, r := range n.registered {
		if slices.ContainsFunc(s.Workers(), func(x ledger.Worker) bool { return x.ID == r.ID() }) {
			p.Workers = append(p.Workers, *r)
		}
	}
	for _, c := range s.Circuits() {
		p.Circuits = append(p.Circuits, wallet.Circuits{Version: c.Version, Key: c.Action.Hash})
	}
	if e, ok := s.Epoch(s.Book().Epoch); ok {
		p.Epoch = wallet.Epoch{Number: s.Book().Epoch, Key: e.SealKey[:]}
	}
	return p, nil
}

// Blocks implements wallet.Chain.
func (n node) Blocks(_ context.Context, from uint64, yield func(*wallet.Block) error) error {
	n.mu.Lock()
	list := slices.Clone(n.blocks[from-1:])
	down := n.down
	n.mu.Unlock()
	if down {
		return errDown
	}
	for _, b := range list {
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

// Submit implements wallet.Chain.
func (n node) Submit(_ context.Context, tx []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.down:
		return errDown
	case n.refuse != nil:
		return n.refuse
	}
	return n.Chain.Submit(tx)
}

// checking is a Prover that checks the witness by the circuit's native twin.
type checking struct{}

func (checking) Key() ([32]byte, error) { return chaintest.Echo{}.Keys().Action.Hash(), nil }

func (checking) Action(w *circuit.Witness) (proof [action.ProofSize]byte, err error) {
	proof[0] = 1
	return proof, w.Check()
}

// drawer is a Store in memory.
type drawer struct{ b []byte }

func (d *drawer) Save(b []byte) error { d.b = slices.Clone(b); return nil }

func (d *drawer) Load() ([]byte, bool, error) { return d.b, d.b != nil, nil }

// open returns a wallet over a store, as a process that starts does.
func (w *world) open(name string, d wallet.Store) *wallet.Wallet {
	w.Helper()
	key := keys.Derive([]byte(name), 0)
	x, err := wallet.Open(wallet.Config{
		View: key.Viewing(), Network: keys.Development, Chain: node{w}, Store: d, Random: rand.Reader, Poll: time.Millisecond,
		Terms:  wallet.Terms{ChainID: w.Genesis.ChainID, AnchorInterval: w.Genesis.Constants.AnchorInterval, FeeAsset: w.Genesis.FeeAsset},
		Prover: checking{}, Spending: &key, Guard: wallet.Pins{ChainID: w.Genesis.ChainID, Policy: chaintest.Policy()},
	})
	if err != nil {
		w.Fatal(err)
	}
	return x
}

// fund deposits notes and waits until they can be spent.
func (w *world) fund(x *wallet.Wallet, asset uint32, amounts ...uint64) {
	w.Helper()
	for _, v := range amounts {
		c, err := x.DepositOwner()
		if err != nil {
			w.Fatal(err)
		}
		w.mu.Lock()
		w.Deposit(asset, v, c)
		w.mu.Unlock()
		w.sync(x)
	}
	w.skip(int(w.Genesis.Constants.AnchorInterval))
	w.sync(x)
}

func (w *world) sync(x *wallet.Wallet) {
	w.Helper()
	if _, err := x.Sync(context.Background()); err != nil {
		w.Fatal(err)
	}
}

// record is the market's.
func (w *world) record() market.Record { return w.Genesis.Markets[0].Record() }

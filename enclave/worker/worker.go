package worker

import (
	"slices"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/keylife"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/enclave/tee"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
	"github.com/nightjar/nightjar/protocol/tree"
	"github.com/nightjar/nightjar/replica"
)

// patience is the number of blocks after which something that got no answer is
// tried again.
const patience = 8

// Output is what the process around a worker has to do.
type Output struct {
	Messages []boundary.Message // to the host, in this order
	Jobs     []Job              // to prove, in this order if not at once; hand each result to Proved
}

// Worker is the state of one enclave. Make one with New.
type Worker struct {
	genesis *ledger.Genesis
	proofs  ledger.Proofs
	device  tee.Provider
	keys    *keylife.Identity
	chain   *replica.Replica
	refused string // why the last block was refused

	// The tree. The keeper marks the leaves of the book's orders; edges are
	// those of the last heights, up to the present one.
	keeper *tree.Keeper
	edges  map[uint64]tree.Edge

	// The book. machine is nil while this worker does not hold it, and then
	// history has the last blocks, to catch up with what a peer hands over.
	machine *machine.Machine
	epochs  *keylife.Ring
	history []*record
	books   map[settlement.WorkerID]*assembly
	handed  *handover                        // from a peer that is ahead of us
	served  map[settlement.WorkerID]uint64   // height at which the book was last handed to a worker
	roots   map[uint64][32]byte              // transcript of each auction since the last heartbeat
	traces  map[uint64]transcript.Auction    // the called ones of them that this worker ran
	shown   map[uint64]*fairness.Held        // the last heartbeats that this worker computed, to answer owners
	offered map[[32]byte]*proposal           // epochs that may start, by digest
	auction map[uint64]*auction              // that may be or are locked, by height
	ballots map[subject]map[[32]byte]*ballot // open ballots by digest
	early   []earlyVote                      // votes on what we have not computed yet

	replies map[challenge.ID]*reply // to challenges of this worker that are open

	forgers  map[settlement.WorkerID]bool // live workers that sent a false proof
	diverged uint64
	out      Output
}

// subject names what is voted on.
type subject struct {
	kind   peer.Subject
	number uint64
}

// New boots a worker of a chain: new keys, nothing known. proofs checks the
// blocks' proofs and those of peers.
func New(genesis *ledger.Genesis, proofs ledger.Proofs, device tee.Provider) (*Worker, error) {
	keys, err := keylife.NewIdentity()
	if err != nil {
		return nil, err
	}
	chain, err := replica.New(genesis, proofs)
	if err != nil {
		return nil, err
	}
	return &Worker{
		genesis: genesis, proofs: proofs, device: device, keys: keys, chain: chain,
		keeper: new(tree.Keeper), edges: map[uint64]tree.Edge{}, epochs: keylife.NewRing(),
		books: map[settlement.WorkerID]*assembly{}, served: map[settlement.WorkerID]uint64{},
		roots: map[uint64][32]byte{}, traces: map[uint64]transcript.Auction{}, shown: map[uint64]*fairness.Held{}, offered: map[[32]byte]*proposal{}, auction: map[uint64]*auction{},
		ballots: map[subject]map[[32]byte]*ballot{}, forgers: map[settlement.WorkerID]bool{}, replies: map[challenge.ID]*reply{},
	}, nil
}

// Hello is what a host is told first: which block the worker takes next.
func (w *Worker) Hello() *boundary.Hello {
	return &boundary.Hello{ChainID: w.genesis.ChainID, Provider: w.device.Kind(), Next: w.height() + 1}
}

// Handle takes one message of the host. Messages that are wrong are ignored: a
// host may send anything.
func (w *Worker) Handle(m boundary.Message) (Output, error) {
	w.out = Output{}
	var err error
	switch m := m.(type) {
	case *boundary.Enlist:
		err = w.enlist(m.Operator)
	case *boundary.Block:
		w.block(m)
		w.send(w.Status())
	case *boundary.Peer:
		err = w.hear(m.Bytes)
	case *boundary.Ask:
		err = w.answer(m)
	}
	return w.out, err
}

// Status says what any observer of the chain may know.
func (w *Worker) Status() *boundary.Status {
	live := w.state().Workers()
	return &boundary.Status{
		Provider: w.device.Kind(), Worker: w.keys.ID(), Height: w.height(), Epoch: w.state().Book().Epoch,
		Live: uint32(len(live)), Registered: member(live, w.keys.ID()) != nil, Holds: w.machine != nil,
		Diverged: w.diverged, Refused: w.refused,
	}
}

// enlist makes this boot's registration under an operator, with evidence over
// the newest block that this worker has verified.
func (w *Worker) enlist(operator quorum.Key) error {
	head := w.state().Head()
	if head.Height == 0 {
		return nil // no block to show; the host will ask again
	}
	r := &registry.Worker{
		Operator: operator, SigningKey: w.keys.SigningKey(), SealKey: w.keys.SealKey(),
		Head: registry.Head{Height: head.Height, Hash: head.Hash},
	}
	var err error
	if r.Evidence, err = w.device.Evidence(r.ReportData(w.genesis.ChainID)); err != nil {
		return err
	}
	w.send(&boundary.Register{Unsigned: r.Encode()})
	return nil
}

// hear takes a peer's message, if a live worker signed it.
func (w *Worker) hear(message []byte) error {
	e, err := peer.Decode(message)
	if err != nil || e.From == w.keys.ID() {
		return nil
	}
	from := member(w.state().Workers(), e.From)
	if from == nil || !e.Verify(w.genesis.ChainID, from.SigningKey) {
		return nil
	}
	switch body := e.Body.(type) {
	case *peer.Vote:
		w.hearVote(e.From, body)
	case *peer.Offer:
		w.hearOffer(e.From, body)
	case *peer.Need:
		return w.hearNeed(from)
	case *peer.Part:
		w.hearPart(e.From, body)
	case *peer.Proofs:
		w.hearProofs(e.From, body)
	}
	return nil
}

func (w *Worker) send(m boundary.Message) { w.out.Messages = append(w.out.Messages, m) }

// tell broadcasts to the other workers.
func (w *Worker) tell(body peer.Body) {
	w.send(&boundary.Broadcast{Bytes: peer.Encode(w.genesis.ChainID, w.keys.ID(), body, w.keys.Sign)})
}

func (w *Worker) state() *ledger.State { return w.chain.State() }

func (w *Worker) height() uint64 { return w.chain.State().Head().Height }

// member returns the worker of an id, nil if it is not in the list.
func member(list []ledger.Worker, id settlement.WorkerID) *ledger.Worker {
	if i := slices.IndexFunc(list, func(w ledger.Worker) bool { return w.ID == id }); i >= 0 {
		return &list[i]
	}
	return nil
}

// operators returns how many operators run the workers.
func operators(list []ledger.Worker) uint64 {
	seen := map[quorum.Key]bool{}
	for _, w := range list {
		seen[w.Operator] = true
	}
	return uint64(len(seen))
}

// current returns the running epoch's secret, if this worker holds it and the
// book.
func (w *Worker) current() (*keylife.Epoch, bool) {
	if w.machine == nil {
		return nil, false
	}
	return w.epochs.Get(w.state().Book().Epoch)
}

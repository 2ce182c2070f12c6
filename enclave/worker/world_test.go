package worker

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// world is a chain and the workers on it; their hosts lose nothing and take no
// time, unless the test says otherwise.
type world struct {
	*chaintest.Chain
	proofs  ledger.Proofs
	prover  Prover
	workers map[int]*Worker                    // by operator
	rewrite func(from int, b []byte) []byte    // of what a worker broadcasts; nil = lost
	held    map[int]bool                       // whose proofs wait until work is called
	waiting map[int][]Job                      // jobs of those
	proved  map[int]int                        // proofs made by each worker
	mute    map[int]bool                       // whose transactions are lost
	refuses map[int]bool                       // whose answers to challenges are lost
	heard   func(from int, m boundary.Message) // sees everything that leaves an enclave
}

func newWorld(t testing.TB) *world {
	return newWorldOf(t, chaintest.Genesis(), chaintest.Echo{}, chaintest.Echo{})
}

func newWorldOf(t testing.TB, g *ledger.Genesis, proofs ledger.Proofs, prover Prover) *world {
	t.Helper()
	return &world{
		Chain: chaintest.New(t, g, proofs), proofs: proofs, prover: prover, workers: map[int]*Worker{},
		held: map[int]bool{}, waiting: map[int][]Job{}, proved: map[int]int{}, mute: map[int]bool{}, refuses: map[int]bool{}, heard: func(int, boundary.Message) {},
		rewrite: func(_ int, b []byte) []byte { return b },
	}
}

// boot starts operator i's worker, which sees all blocks so far and registers.
func (w *world) boot(i int) *Worker {
	w.Helper()
	n, err := New(w.Genesis, w.proofs, chaintest.Device{Platform: registry.Platform{byte(i) + 1}})
	if err != nil {
		w.Fatal(err)
	}
	w.workers[i] = n
	for _, b := range w.Blocks {
		if out, err := n.Handle(b); err != nil || len(out.Messages) != 1 {
			w.Fatalf("an unregistered worker said more than its status: %v %v", out.Messages, err)
		}
	}
	w.enlist(i)
	return n
}

func (w *world) enlist(i int) {
	w.Helper()
	w.deliver(i, &boundary.Enlist{Operator: chaintest.PublicKey(chaintest.Operator(i))})
}

// kill ends a worker.
func (w *world) kill(i int) {
	delete(w.workers, i)
	delete(w.waiting, i)
}

// pending is something under way to a worker.
type pending struct {
	to int
	m  boundary.Message
}

// deliver hands a message to a worker and does everything that follows.
func (w *world) deliver(to int, m boundary.Message) {
	w.Helper()
	w.follow([]pending{{to, m}})
}

// follow delivers what is under way and what follows from it.
func (w *world) follow(queue []pending) {
	w.Helper()
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
			if !w.mute[from] && !(w.refuses[from] && transaction.Kind(m.Tx[0]) == transaction.Answer) {
				_ = w.Submit(m.Tx) // several workers submit the same
			}
		case *boundary.Register:
			r, err := registry.DecodeWorker(m.Unsigned)
			if err != nil {
				w.Fatal(err)
			}
			r.Sign(w.Genesis.ChainID, chaintest.Operator(from))
			if err := w.Submit(r.Encode()); err != nil {
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
			w.waiting[from] = append(w.waiting[from], job)
		} else {
			queue = append(queue, w.run(from, job)...)
		}
	}
	return queue
}

// run makes one proof.
func (w *world) run(from int, job Job) []pending {
	w.Helper()
	result := job.Run(w.prover)
	switch {
	case result.Err == nil:
		w.proved[from]++
	case !errors.Is(result.Err, ErrOver):
		w.Fatal(result.Err)
	}
	return w.perform(from, w.workers[from].Proved(result))
}

// work lets a worker make the first n proofs that were held.
func (w *world) work(i, n int) {
	w.Helper()
	for range min(n, len(w.waiting[i])) {
		job := w.waiting[i][0]
		w.waiting[i] = w.waiting[i][1:]
		w.follow(w.run(i, job))
	}
}

// step makes a block and lets all workers take it, the first one first.
func (w *world) step() {
	w.Helper()
	b := w.Next()
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
		for _, e := range w.Events {
			if e, ok := e.(E); ok && fits(e) {
				return e
			}
		}
	}
	var none E
	w.Fatalf("no %T in %d blocks, now at %d", none, n, w.Height())
	return none
}

func always[E ledger.Event](E) bool { return true }

// never steps n blocks and demands that none has such an event.
func never[E ledger.Event](w *world, n int) {
	w.Helper()
	for range n {
		w.step()
		for _, e := range w.Events {
			if _, ok := e.(E); ok {
				w.Fatalf("block %d: an unwanted %T", w.Height(), e)
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

package worker

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
)

// TestTrade: three workers, two orders, one lock, one settlement.
func TestTrade(t *testing.T) {
	w := running(t)
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.Place("bob", chaintest.Terms(order.Buy, 7, 102))
	placed := w.Height()
	lock := until(w, 12, always[ledger.LockAccepted])
	p := w.State.Params()
	if took := w.Height() - placed; took > 1+w.Genesis.Constants.ExecutionDelay+p.RestBlocks+2 {
		t.Errorf("locked %d blocks after it was submitted", took)
	}
	settled := until(w, 6, always[ledger.GroupSettled])
	if settled.Auction != lock.Auction || len(settled.Nullifiers) != 2 {
		t.Errorf("settled %+v", settled)
	}
	for i, n := range w.workers {
		if n.diverged != 0 {
			t.Errorf("worker %d counts divergence", i)
		}
		if len(n.machine.Book()) != 1 || n.machine.Digest() != w.workers[0].machine.Digest() {
			t.Errorf("worker %d: the books differ", i)
		}
	}
	// The remainder is of use.
	w.Place("carol", chaintest.Terms(order.Buy, 3, 102))
	until(w, 16, always[ledger.GroupSettled])
	for i, n := range w.workers {
		if len(n.machine.Book()) != 0 || len(n.keeper.Marks()) != 0 || len(n.lockedAuctions()) != 0 {
			t.Errorf("worker %d: something is left", i)
		}
	}
}

// cross submits two orders that match; the auction is for others to run.
func (w *world) cross() {
	w.Helper()
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.Place("bob", chaintest.Terms(order.Buy, 10, 102))
}

// agree demands that all live workers hold the same book.
func (w *world) agree() {
	w.Helper()
	var first *Worker
	for i := range 3 {
		n := w.workers[i]
		if n == nil {
			continue
		}
		if n.machine == nil {
			w.Fatalf("worker %d does not hold the book", i)
		}
		if first == nil {
			first = n
		}
		if n.machine.Digest() != first.machine.Digest() {
			w.Errorf("worker %d holds another book", i)
		}
		if n.diverged != 0 {
			w.Errorf("worker %d counts %d divergences", i, n.diverged)
		}
	}
}

// TestOneDead: whichever worker dies, two of three operators go on.
func TestOneDead(t *testing.T) {
	for dead := range 3 {
		w := running(t)
		w.kill(dead)
		w.cross()
		until(w, 16, always[ledger.GroupSettled])
		w.agree()
	}
}

// TestTwoDead: with one of three left there is no lock, and no order is held.
func TestTwoDead(t *testing.T) {
	w := running(t)
	w.kill(0)
	w.kill(2)
	w.cross()
	never[ledger.LockAccepted](w, 40)
	w.agree()
}

// TestRestart: a worker that lost its memory gets the book from its peers, and
// takes part in matching what rested before it died.
func TestRestart(t *testing.T) {
	w := running(t)
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.steps(6)
	before := w.workers[1].keys.ID()
	w.kill(1)
	w.steps(2)
	w.boot(1)
	if w.workers[1].keys.ID() == before {
		t.Fatal("a restarted worker has its old keys")
	}
	w.steps(2 * patience)
	if n := len(w.State.Workers()); n != 3 {
		t.Fatalf("%d workers after one was replaced", n)
	}
	w.agree()
	w.kill(0)
	w.Place("bob", chaintest.Terms(order.Buy, 10, 102))
	until(w, 16, always[ledger.GroupSettled])
	w.agree()
}

// TestRestartInTrade: the book is handed over while a lock is open.
func TestRestartInTrade(t *testing.T) {
	w := running(t)
	for i := range 3 {
		w.held[i] = true
	}
	w.cross()
	until(w, 12, always[ledger.LockAccepted])
	w.kill(2)
	w.boot(2)
	w.steps(patience)
	w.agree()
	// The newcomer can't settle what it did not match; the others do.
	w.held[0], w.held[1] = false, false
	until(w, 40, always[ledger.LockExpired])
	until(w, 40, always[ledger.GroupSettled])
	w.agree()
}

// TestAllDead: the book is gone with its holders, and a reset begins an empty
// one that works; it does not begin before L_dead blocks.
func TestAllDead(t *testing.T) {
	w := running(t)
	lost := w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	w.steps(6)
	for i := range 3 {
		w.kill(i)
	}
	w.steps(3)
	for i := range 3 {
		w.boot(i)
	}
	silent := w.State.Book().Alive
	started := until(w, 60, always[ledger.EpochStarted])
	if !started.Epoch.Reset || started.Epoch.Start-silent < w.State.Params().DeadBlocks {
		t.Errorf("epoch %+v after silence since %d", started.Epoch, silent)
	}
	w.Place("bob", chaintest.Terms(order.Buy, 10, 102))
	never[ledger.LockAccepted](w, 12)
	w.agree()
	if book := w.workers[0].machine.Book(); len(book) != 1 || book[0].Order.OID == lost.OID {
		t.Error("the reset book is not what was placed after the reset")
	}
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	until(w, 16, always[ledger.GroupSettled])
	w.agree()
}

// TestRotation: epochs follow each other, the book goes on, instructions under
// way to the last epoch's key are obeyed, and its secret is erased in time.
func TestRotation(t *testing.T) {
	w := running(t)
	w.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	old := w.State.Book().Epoch
	first, _ := w.State.Epoch(old)
	second := until(w, 60, always[ledger.EpochStarted])
	if second.Epoch.Number != old+1 || second.Epoch.Reset {
		t.Fatalf("epoch %+v", second.Epoch)
	}
	// Offers reach workers that are a block behind: they sign them then.
	if ran := second.Epoch.Start - first.Start; ran > w.State.Params().EpochBlocks+patience {
		t.Errorf("epoch %d ran for %d blocks", old, ran)
	}
	w.agree()
	w.PlaceIn(old, "bob", chaintest.Terms(order.Buy, 10, 102))
	until(w, 16, always[ledger.GroupSettled])
	w.agree()

	grace := w.State.Params().EpochGrace + w.Genesis.Constants.ExecutionDelay
	for w.Height() < second.Epoch.Start+grace {
		w.step()
	}
	for i, n := range w.workers {
		if _, ok := n.epochs.Get(old); !ok {
			t.Errorf("worker %d erased epoch %d while its instructions may arrive", i, old)
		}
	}
	w.step()
	for i, n := range w.workers {
		if _, ok := n.epochs.Get(old); ok {
			t.Errorf("worker %d keeps the secret of epoch %d", i, old)
		}
		if len(n.offered) != 0 {
			t.Errorf("worker %d keeps %d proposals", i, len(n.offered))
		}
	}
}

// TestHeartbeats: there is one for every multiple of k_h, and a worker that
// was handed the book takes part in the next one.
func TestHeartbeats(t *testing.T) {
	w := running(t)
	w.kill(0)
	w.boot(0)
	w.steps(2 * patience)
	w.agree()
	w.kill(1)
	every := w.State.Params().HeartbeatBlocks
	for range 3 {
		seen := until(w, int(every)+2, always[ledger.HeartbeatSeen])
		if seen.Height%every != 0 || w.Height()-seen.Height > 2 {
			t.Errorf("the heartbeat of %d came in %d", seen.Height, w.Height())
		}
	}
}

// TestBust: nobody proves in time; the orders are back in the book, their exit
// window is kept, and they trade after it.
func TestBust(t *testing.T) {
	w := running(t)
	for i := range 3 {
		w.held[i] = true
	}
	w.cross()
	until(w, 12, always[ledger.LockAccepted])
	bust := until(w, 20, always[ledger.LockExpired])
	for i := range 3 {
		w.held[i] = false
	}
	lock := until(w, 20, always[ledger.LockAccepted])
	if lock.Auction < bust.ExitUntil {
		t.Errorf("auction %d inside the exit window up to %d", lock.Auction, bust.ExitUntil)
	}
	until(w, 6, always[ledger.GroupSettled])
	w.agree()
}

// TestTakeover: the worker whose turn it is does not prove; another does, while
// the lock is open.
func TestTakeover(t *testing.T) {
	for only := range 3 {
		w := running(t)
		for i := range 3 {
			w.held[i] = i != only
		}
		w.cross()
		until(w, 12, always[ledger.LockAccepted])
		until(w, int(w.State.Params().LockBlocks), always[ledger.GroupSettled])
		w.agree()
	}
}

// TestProvingStops: a job whose group the chain decided makes no more proofs.
func TestProvingStops(t *testing.T) {
	w := running(t)
	for i := range 3 {
		w.held[i] = true
	}
	w.cross()
	lock := until(w, 12, always[ledger.LockAccepted])
	job := w.workers[0].auction[lock.Auction].groups[0].parts[0].job
	if r := job.Run(w.prover); r.Err != nil {
		t.Fatalf("while the lock is open: %v", r.Err)
	}
	until(w, 20, always[ledger.LockExpired])
	if r := job.Run(w.prover); !errors.Is(r.Err, ErrOver) {
		t.Errorf("after the bust: %v", r.Err)
	}
}

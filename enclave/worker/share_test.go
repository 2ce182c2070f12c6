package worker

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
)

// locked is a world with one lock, of one group of four legs, and nobody having
// proven anything: five proofs are to be made.
func locked(t testing.TB) (*world, ledger.LockAccepted) {
	t.Helper()
	w := running(t)
	for i := range 3 {
		w.held[i] = true
	}
	w.three()
	return w, until(w, 12, always[ledger.LockAccepted])
}

const proofsOfThree = 5

// all sums up what the workers made.
func (w *world) all() (n int) {
	for _, m := range w.proved {
		n += m
	}
	return n
}

// settles demands that the lock is settled within n blocks.
func (w *world) settles(lock ledger.LockAccepted, n int) {
	w.Helper()
	until(w, n, func(e ledger.GroupSettled) bool { return e.Auction == lock.Auction })
}

// TestShares: three workers make each proof of a settlement once, none makes
// more than its share, and every one of them could submit.
func TestShares(t *testing.T) {
	w, lock := locked(t)
	for i := range 3 {
		if n := len(w.waiting[i]); n < 1 || n > 2 {
			t.Errorf("worker %d was given %d of %d proofs", i, n, proofsOfThree)
		}
		w.work(i, proofsOfThree)
	}
	for i, n := range w.workers {
		if n.auction[lock.Auction].groups[0].missing != 0 {
			t.Errorf("worker %d lacks proofs", i)
		}
	}
	w.settles(lock, 2)
	if w.all() != proofsOfThree {
		t.Errorf("%d proofs were made for %d", w.all(), proofsOfThree)
	}
	w.agree()
}

// TestShareTakenOver: a worker dies with half of its share proven. The others
// make what is missing of it after one turn, and no proof twice.
func TestShareTakenOver(t *testing.T) {
	for dead := range 3 {
		w, lock := locked(t)
		at := w.Height()
		w.work(dead, 1)
		w.kill(dead)
		left := proofsOfThree - w.proved[dead]
		for i := range 3 {
			w.held[i] = false
			w.work(i, proofsOfThree)
		}
		turn := w.State.Params().LockBlocks / 4
		w.settles(lock, int(turn)+3)
		if took := w.Height() - at; w.all()-w.proved[dead] != left {
			t.Errorf("worker %d dead: %d proofs for %d, in %d blocks", dead, w.all(), proofsOfThree, took)
		}
		w.agree()
	}
}

// TestOnlyOneLeft: whoever is the last one alive proves everything in time.
func TestOnlyOneLeft(t *testing.T) {
	for last := range 3 {
		w, lock := locked(t)
		for i := range 3 {
			if i != last {
				w.kill(i)
			}
		}
		w.held[last] = false
		w.work(last, proofsOfThree)
		w.settles(lock, int(w.State.Params().LockBlocks))
		if w.all() != proofsOfThree {
			t.Errorf("worker %d made %d proofs", last, w.all())
		}
	}
}

// TestDeadBeforeTheLock: who did not vote has no share, so nobody waits for it.
func TestDeadBeforeTheLock(t *testing.T) {
	for dead := range 3 {
		w := running(t)
		w.kill(dead)
		w.three()
		lock := until(w, 16, always[ledger.LockAccepted])
		w.settles(lock, 3)
		if w.all() != proofsOfThree {
			t.Errorf("worker %d dead: %d proofs", dead, w.all())
		}
	}
}

// falsify lets worker i send proofs that are none.
func (w *world) falsify(i int, spoil func(*peer.Proofs)) {
	w.rewrite = func(from int, b []byte) []byte {
		e, err := peer.Decode(b)
		if err != nil {
			w.Fatal(err)
		}
		p, ok := e.Body.(*peer.Proofs)
		if from != i || !ok {
			return b
		}
		spoil(p)
		n := w.workers[i].keys
		return peer.Encode(w.Genesis.ChainID, n.ID(), p, n.Sign)
	}
}

// TestFalseProofs: proofs of a worker that are garbage, or another leg's, are
// dropped and counted; its share is proven by the others without a turn's
// delay, and its later proofs are not looked at.
func TestFalseProofs(t *testing.T) {
	for name, spoil := range map[string]func(*peer.Proofs){
		"garbage":           func(p *peer.Proofs) { p.List[0].Bytes = [192]byte{1} },
		"of another leg":    func(p *peer.Proofs) { p.List[0].Index = (p.List[0].Index + 1) % 4 },
		"for Collect":       func(p *peer.Proofs) { p.List[0].Index = 4 },
		"one bit":           func(p *peer.Proofs) { p.List[0].Bytes[3] ^= 1 },
		"one of two, later": func(p *peer.Proofs) { p.List = append(p.List, peer.Proof{Index: 4}) },
	} {
		w, lock := locked(t)
		const rogue = 1
		w.mute[rogue] = true
		w.falsify(rogue, spoil)
		first := w.waiting[rogue][0]
		if first.Index == 4 {
			t.Fatalf("%s: the test needs a leg", name)
		}
		w.work(rogue, 1)
		for _, i := range []int{0, 2} {
			n := w.workers[i]
			g := n.auction[lock.Auction].groups[0]
			if n.diverged != 1 || !n.forgers[w.workers[rogue].keys.ID()] || g.missing != proofsOfThree {
				t.Errorf("%s: worker %d counts %d, lacks %d", name, i, n.diverged, g.missing)
			}
		}
		w.rewrite = func(_ int, b []byte) []byte { return b }
		w.work(rogue, 1)
		for _, i := range []int{0, 2} {
			if g := w.workers[i].auction[lock.Auction].groups[0]; g.missing != proofsOfThree {
				t.Errorf("%s: worker %d took a forger's proof", name, i)
			}
		}
		for _, i := range []int{0, 2} {
			w.held[i] = false
			w.work(i, proofsOfThree)
		}
		w.settles(lock, 3)
	}
}

// TestTrueProofs is the control: the same worker's proofs, unspoilt, are taken.
func TestTrueProofs(t *testing.T) {
	w, lock := locked(t)
	w.falsify(1, func(*peer.Proofs) {})
	w.work(1, 1)
	for _, i := range []int{0, 2} {
		n := w.workers[i]
		if g := n.auction[lock.Auction].groups[0]; n.diverged != 0 || g.missing != proofsOfThree-1 {
			t.Errorf("worker %d counts %d, lacks %d", i, n.diverged, g.missing)
		}
	}
}

// TestIdleProofs: proofs for what this worker does not have, has, or does not
// need any more change nothing and are not counted.
func TestIdleProofs(t *testing.T) {
	w, lock := locked(t)
	n, from := w.workers[0], w.workers[1].keys
	w.work(1, 1)
	g := n.auction[lock.Auction].groups[0]
	known := 0
	for k, p := range g.parts {
		if p.known {
			known = k
		}
	}
	say := func(name string, p *peer.Proofs) {
		t.Helper()
		missing := g.missing
		out, err := n.Handle(&boundary.Peer{Bytes: peer.Encode(w.Genesis.ChainID, from.ID(), p, from.Sign)})
		if err != nil || len(out.Messages)+len(out.Jobs) > 0 || n.diverged != 0 || g.missing != missing {
			t.Errorf("%s: %v %v, %d counted", name, out, err, n.diverged)
		}
	}
	garbage := func(index int) []peer.Proof { return []peer.Proof{{Index: uint16(index)}} }
	say("another auction", &peer.Proofs{Auction: lock.Auction + 100, List: garbage(0)})
	say("another group", &peer.Proofs{Auction: lock.Auction, Group: 1, List: garbage(0)})
	say("past the last", &peer.Proofs{Auction: lock.Auction, List: garbage(proofsOfThree)})
	say("a known one", &peer.Proofs{Auction: lock.Auction, List: garbage(known)})
	until(w, 20, always[ledger.LockExpired])
	say("a busted lock", &peer.Proofs{Auction: lock.Auction, List: garbage(known + 1)})
}

// TestBustedMeanwhile: a proof that is finished after its lock was busted is
// neither shown nor submitted, and what waits is not begun.
func TestBustedMeanwhile(t *testing.T) {
	w, lock := locked(t)
	late := w.waiting[0][0].Run(w.prover)
	if late.Err != nil {
		t.Fatal(late.Err)
	}
	until(w, 20, always[ledger.LockExpired])
	if out := w.workers[0].Proved(late); len(out.Messages)+len(out.Jobs) > 0 {
		t.Errorf("after the bust of %d: %+v", lock.Auction, out)
	}
	for i := range 3 {
		for _, job := range w.waiting[i] {
			if r := job.Run(w.prover); !errors.Is(r.Err, ErrOver) {
				t.Errorf("worker %d went on: %v", i, r.Err)
			}
		}
	}
}

// TestKnownIsNotProven: a job whose proof a peer has shown does nothing.
func TestKnownIsNotProven(t *testing.T) {
	w, lock := locked(t)
	w.steps(int(w.State.Params().LockBlocks / 4)) // now all jobs stand twice
	if lists := len(w.waiting[0]) + len(w.waiting[1]) + len(w.waiting[2]); lists != 2*proofsOfThree {
		t.Fatalf("%d jobs after one turn", lists)
	}
	for i := range 3 {
		w.work(i, 2*proofsOfThree)
	}
	if w.all() != proofsOfThree {
		t.Errorf("%d proofs for %d", w.all(), proofsOfThree)
	}
	w.settles(lock, 3)
}

// outdated is a prover with the keys of another version of the circuits.
type outdated struct{ Prover }

func (outdated) Keys() verify.Keys { return circuittest.NewTrapdoors("another version").Keys() }

// TestOtherKeys: a worker that lacks the version's keys makes no proof of its
// share, and the others make them a turn later.
func TestOtherKeys(t *testing.T) {
	w, lock := locked(t)
	const lacking = 1
	share := w.waiting[lacking]
	w.waiting[lacking] = nil
	for _, job := range share {
		r := job.Run(outdated{w.prover})
		if !errors.Is(r.Err, ErrOtherKeys) {
			t.Fatalf("proof %d: %v", r.Index, r.Err)
		}
		if out := w.workers[lacking].Proved(r); len(out.Messages)+len(out.Jobs) > 0 {
			t.Errorf("without a proof: %+v", out)
		}
	}
	for _, i := range []int{0, 2} {
		w.held[i] = false
		w.work(i, proofsOfThree)
	}
	turn := w.State.Params().LockBlocks / 4
	w.settles(lock, int(turn)+3)
	if w.all() != proofsOfThree || w.proved[lacking] != 0 || len(share) == 0 {
		t.Errorf("%d proofs for %d, %d by who lacks the keys", w.all(), proofsOfThree, w.proved[lacking])
	}
	w.agree()
}

// TestNewcomerHasNoShare: a worker that was handed the book after the auction
// can't prove it: nobody waits for it, and it ignores the proofs of others.
func TestNewcomerHasNoShare(t *testing.T) {
	w, lock := locked(t)
	w.kill(2)
	w.boot(2)
	w.steps(1)
	for i := range 3 {
		w.held[i] = false
		w.work(i, proofsOfThree)
	}
	w.settles(lock, int(w.State.Params().LockBlocks/4)+3)
	if w.proved[2] != 0 || w.workers[2].diverged != 0 {
		t.Errorf("the newcomer made %d proofs, counts %d", w.proved[2], w.workers[2].diverged)
	}
	w.steps(2 * patience)
	w.agree()
}

// TestLostProofs: if no proof reaches another worker, each makes all of them,
// and the lock is settled in time.
func TestLostProofs(t *testing.T) {
	w, lock := locked(t)
	w.rewrite = func(_ int, b []byte) []byte {
		if e, err := peer.Decode(b); err == nil && e.Body.Kind() == peer.KindProofs {
			return nil
		}
		return b
	}
	for i := range 3 {
		w.held[i] = false
		w.work(i, proofsOfThree)
	}
	w.settles(lock, int(w.State.Params().LockBlocks/2)+3)
	w.agree()
}

// TestShownAgain: proofs that got lost are shown again before they are proven
// again.
func TestShownAgain(t *testing.T) {
	w, lock := locked(t)
	w.rewrite = func(int, []byte) []byte { return nil }
	for i := range 3 {
		w.work(i, proofsOfThree)
	}
	w.rewrite = func(_ int, b []byte) []byte { return b }
	w.settles(lock, int(w.State.Params().LockBlocks/4)+1)
	if w.all() != proofsOfThree {
		t.Errorf("%d proofs for %d", w.all(), proofsOfThree)
	}
}

// TestUnevenProvers: whoever is slow, whatever hosts lose, and if one worker
// dies or lies: while one honest worker proves, no lock is busted.
func TestUnevenProvers(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		uneven(t, seed)
	}
}

// FuzzUnevenProvers is TestUnevenProvers for more seeds.
func FuzzUnevenProvers(f *testing.F) {
	f.Fuzz(func(t *testing.T, seed uint64) { uneven(t, seed) })
}

func uneven(t *testing.T, seed uint64) {
	luck := rand.New(rand.NewPCG(seed, 1))
	w, _ := locked(t)
	open := 1 // locks that are neither settled nor busted
	loss, diligent := luck.IntN(70), luck.IntN(3)
	dead, rogue := luck.IntN(6), luck.IntN(6) // 3 to 5 is nobody
	w.rewrite = func(from int, b []byte) []byte {
		e, err := peer.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := e.Body.(*peer.Proofs)
		switch {
		case ok && from == rogue && rogue != diligent:
			p.List[0].Bytes[0] ^= 1
			return peer.Encode(w.Genesis.ChainID, e.From, p, w.workers[from].keys.Sign)
		case ok && luck.IntN(100) < loss:
			return nil
		}
		return b
	}
	for round := range 60 {
		if round%10 == 3 && round < 40 {
			w.Place("alice", chaintest.Terms(order.Sell, 5, 98))
			w.Place("bob", chaintest.Terms(order.Buy, 5, 102))
		}
		if round == 2 && dead < 3 && dead != diligent {
			w.kill(dead)
		}
		w.work(diligent, 1+luck.IntN(3))
		w.work(luck.IntN(3), luck.IntN(2))
		w.step()
		for _, e := range w.Events {
			switch e.(type) {
			case ledger.LockAccepted:
				open++
			case ledger.GroupSettled:
				open--
			case ledger.LockExpired:
				t.Fatalf("seed %d: a lock was busted in block %d", seed, w.Height())
			}
		}
	}
	if open != 0 {
		t.Fatalf("seed %d: %d locks are open", seed, open)
	}
}

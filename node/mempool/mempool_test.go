package mempool

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// book is a ledger in miniature: a transaction is eight bytes of what it uses,
// eight bytes that tell it apart, and padding; byte 16 marks special ones.
type book struct {
	mu    sync.Mutex
	spent map[[32]byte]bool
	cost  time.Duration
	busy  atomic.Int32
	peak  atomic.Int32

	batches [][][]byte // that Admit was asked about
}

const (
	ordinary byte = iota
	junk          // fails the expensive check
	worker        // not open to everybody
	ahead         // builds on what the next block brings
)

func tx(uses, number uint64, kind byte) []byte {
	b := make([]byte, 100)
	binary.BigEndian.PutUint64(b, uses)
	binary.BigEndian.PutUint64(b[8:], number)
	b[16] = kind
	return b
}

func use(raw []byte) [32]byte { return sha256.Sum256(raw[:8]) }

// Admit takes b.cost for all that is sound together, and as much again for
// each that is not.
func (b *book) Admit(raws [][]byte) []Verdict {
	b.peak.Store(max(b.peak.Load(), b.busy.Add(1)))
	defer b.busy.Add(-1)
	b.mu.Lock()
	b.batches = append(b.batches, raws)
	b.mu.Unlock()
	cost := b.cost
	out := make([]Verdict, len(raws))
	for i, raw := range raws {
		out[i].Ticket, out[i].Err = b.admit(raw)
		if errors.Is(out[i].Err, rejection.BadProof) {
			cost += b.cost
		}
	}
	time.Sleep(cost) // fake time: every test runs in a synctest bubble
	return out
}

func (b *book) admit(raw []byte) (Ticket, error) {
	if raw[16] == junk {
		return Ticket{}, rejection.New(rejection.BadProof, "")
	}
	if raw[16] == ahead && !b.spent[[32]byte{ahead}] {
		return Ticket{}, Early{rejection.New(rejection.UnknownAnchor, "")}
	}
	if err := b.Recheck(raw); err != nil {
		return Ticket{}, err
	}
	return Ticket{ID: sha256.Sum256(raw), Uses: [][32]byte{use(raw)}, Open: raw[16] != worker}, nil
}

func (b *book) Recheck(raw []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent[use(raw)] {
		return rejection.New(rejection.NullifierSpent, "")
	}
	return nil
}

func (b *book) spend(raws ...[]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, raw := range raws {
		b.spent[use(raw)] = true
	}
}

func run(t *testing.T, limits Limits, f func(t *testing.T, b *book, p *Pool)) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{spent: map[[32]byte]bool{}, cost: time.Millisecond}
		p := New(b, limits)
		defer p.Close()
		f(t, b, p)
	})
}

var roomy = Limits{Txs: 100, Bytes: 100_000, Verifiers: 2, Queue: 40}

func TestSubmitAndCommit(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		first, rival, other := tx(1, 1, ordinary), tx(1, 2, ordinary), tx(2, 3, ordinary)
		id, err := p.Submit(t.Context(), "a", first)
		if err != nil || id != sha256.Sum256(first) {
			t.Fatalf("%x, %v", id, err)
		}
		if _, err := p.Submit(t.Context(), "a", first); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if _, err := p.Submit(t.Context(), "a", rival); !errors.Is(err, rejection.NullifierReserved) {
			t.Errorf("rival: %v", err)
		}
		if _, err := p.Submit(t.Context(), "a", tx(9, 9, junk)); !errors.Is(err, rejection.BadProof) {
			t.Errorf("junk: %v", err)
		}
		if _, err := p.Submit(t.Context(), "a", other); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]byte{first, other}, p.Candidates(1000)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([][]byte{first}, p.Fresh(150)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([][]byte{other}, p.Fresh(150)); diff != "" {
			t.Error(diff)
		}
		if p.Fresh(150) != nil {
			t.Error("told twice")
		}
		// A block holds the rival, which uses up the first's; and "other" becomes
		// invalid in a way that only checking it again can tell.
		b.spend(rival, other)
		p.Committed([]ID{sha256.Sum256(rival)}, [][32]byte{use(rival)})
		if p.Has(sha256.Sum256(first)) {
			t.Error("what the block used up is still offered")
		}
		synctest.Wait()
		if txs, bytes := p.Size(); txs != 0 || bytes != 0 {
			t.Errorf("%d transactions, %d bytes are left", txs, bytes)
		}
	})
}

func TestBounds(t *testing.T) {
	for name, limits := range map[string]Limits{
		"transactions": {Txs: 8, Bytes: 100_000, Verifiers: 1, Queue: 100},
		"bytes":        {Txs: 100, Bytes: 800, Verifiers: 1, Queue: 100},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, limits, func(t *testing.T, _ *book, p *Pool) {
				for i := range uint64(6) {
					if _, err := p.Submit(t.Context(), "a", tx(i, i, ordinary)); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := p.Submit(t.Context(), "a", tx(6, 6, ordinary)); !errors.Is(err, rejection.BlockFull) {
					t.Fatalf("the last quarter is kept: %v", err)
				}
				for i := range uint64(2) {
					if _, err := p.Submit(t.Context(), "a", tx(10+i, 0, worker)); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := p.Submit(t.Context(), "a", tx(20, 0, worker)); !errors.Is(err, rejection.BlockFull) {
					t.Fatalf("full: %v", err)
				}
			})
		})
	}
}

func TestCandidatesOfRegisteredKeysComeFirst(t *testing.T) {
	run(t, roomy, func(t *testing.T, _ *book, p *Pool) {
		all := [][]byte{tx(1, 1, ordinary), tx(2, 2, worker), tx(3, 3, ordinary), tx(4, 4, worker)}
		for _, raw := range all {
			if _, err := p.Submit(t.Context(), "a", raw); err != nil {
				t.Fatal(err)
			}
		}
		want := [][]byte{all[1], all[3], all[0]}
		if diff := cmp.Diff(want, p.Candidates(350)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestJunkStallsNobody floods the queue from one origin and times an honest
// sender: it waits for its turn, not for the flood.
func TestJunkStallsNobody(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		refused := 0
		for i := range uint64(1000) {
			if p.Offer("junk", tx(1000+i, i, junk)) != nil {
				refused++
			}
		}
		if refused < 900 {
			t.Errorf("only %d of 1000 were refused: the queue is not bounded", refused)
		}
		start := time.Now()
		if _, err := p.Submit(t.Context(), "honest", tx(1, 1, ordinary)); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited > 15*b.cost {
			t.Errorf("waited %v behind junk", waited)
		}
		synctest.Wait()
		if b.peak.Load() > 2 {
			t.Errorf("%d verifications at a time", b.peak.Load())
		}
	})
}

// TestEarlyTransactionsGetASecondChance: what a peer relays a block too early is
// tried again after that block, once; who submits is told at once instead.
func TestEarlyTransactionsGetASecondChance(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		relayed, late, submitted := tx(1, 1, ahead), tx(2, 2, ahead), tx(3, 3, ahead)
		p.Offer("peers", late)
		time.Sleep(10 * b.cost) // fake: until the check is over
		p.Committed(nil, nil)   // its second and last try
		time.Sleep(10 * b.cost)
		p.Offer("peers", relayed)
		if _, err := p.Submit(t.Context(), "a", submitted); !errors.Is(err, rejection.UnknownAnchor) {
			t.Errorf("submitted too early: %v", err)
		}
		time.Sleep(10 * b.cost)
		b.mu.Lock()
		b.spent[[32]byte{ahead}] = true
		b.mu.Unlock()
		p.Committed(nil, nil)
		time.Sleep(10 * b.cost)
		for _, c := range []struct {
			name string
			raw  []byte
			want bool
		}{{"relayed", relayed, true}, {"late", late, false}, {"submitted", submitted, false}} {
			if got := p.Has(sha256.Sum256(c.raw)); got != c.want {
				t.Errorf("%s: in the pool %v", c.name, got)
			}
		}
	})
}

func TestConcurrentSubmissionsOfOneShareACheck(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if _, err := p.Submit(t.Context(), fmt.Sprint(i), tx(1, 1, ordinary)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if txs, _ := p.Size(); txs != 1 {
			t.Errorf("%d in the pool", txs)
		}
	})
}

func TestCloseReleasesWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{spent: map[[32]byte]bool{}, cost: time.Second}
		p := New(b, roomy)
		var wg sync.WaitGroup
		for i := range uint64(8) {
			wg.Go(func() { p.Submit(context.Background(), "a", tx(i, i, ordinary)) })
		}
		synctest.Wait()
		p.Close()
		wg.Wait()
		if err := p.Offer("a", tx(99, 99, ordinary)); !errors.Is(err, rejection.BlockFull) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestSubmitEndsWithItsContext(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		ctx, cancel := context.WithTimeout(t.Context(), b.cost/2)
		defer cancel()
		if _, err := p.Submit(ctx, "a", tx(1, 1, ordinary)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(b.cost)
		synctest.Wait()
		if !p.Has(sha256.Sum256(tx(1, 1, ordinary))) {
			t.Error("the check did not go on")
		}
	})
}

// TestRecheckGoesRound fills the pool past one batch, makes all of it invalid
// and counts blocks until none is left.
func TestRecheckGoesRound(t *testing.T) {
	run(t, Limits{Txs: 400, Bytes: 1 << 20, Verifiers: 2, Queue: 400}, func(t *testing.T, b *book, p *Pool) {
		for i := range uint64(200) {
			raw := tx(i, i, ordinary)
			if _, err := p.Submit(t.Context(), "a", raw); err != nil {
				t.Fatal(err)
			}
			if i%2 == 1 {
				b.spend(raw)
			}
		}
		for block := 0; block < 4; block++ {
			p.Committed(nil, nil)
			synctest.Wait()
		}
		if txs, _ := p.Size(); txs != 100 {
			t.Errorf("%d left of 100 valid and 100 invalid", txs)
		}
	})
}

// TestBatches: what waits is checked together, up to a batch's bounds.
func TestBatches(t *testing.T) {
	limits := Limits{Txs: 1000, Bytes: 1 << 20, Verifiers: 1, Queue: 800}
	run(t, limits, func(t *testing.T, b *book, p *Pool) {
		for i := range uint64(150) {
			if err := p.Offer(fmt.Sprint(i%5), tx(i, i, ordinary)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		largest, all := 0, 0
		for _, batch := range b.batches {
			largest, all = max(largest, len(batch)), all+len(batch)
		}
		if all != 150 || largest != batchTxs || len(b.batches) > 5 {
			t.Errorf("%d transactions in %d batches, the largest of %d", all, len(b.batches), largest)
		}
	})
	run(t, limits, func(t *testing.T, b *book, p *Pool) {
		large := func(n byte) []byte { return append(tx(uint64(n), uint64(n), ordinary), make([]byte, batchBytes/2)...) }
		for n := range byte(6) {
			p.Offer("a", large(n))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, batch := range b.batches {
			if len(batch) > 1 {
				t.Errorf("a batch of %d bytes", len(batch)*len(batch[0]))
			}
		}
		if txs, _ := p.Size(); txs != 6 {
			t.Errorf("%d of 6 entered", txs)
		}
	})
}

// TestBytesThatWait: the queue is bounded in bytes too.
func TestBytesThatWait(t *testing.T) {
	run(t, Limits{Txs: 100, Bytes: 1000, Verifiers: 1, Queue: 100}, func(t *testing.T, b *book, p *Pool) {
		if err := p.Offer("first", tx(100, 100, ordinary)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it is being looked at, and nothing else is taken meanwhile
		queued := 0
		for i := range uint64(30) {
			if p.Offer(fmt.Sprint(i), tx(i, i, ordinary)) == nil {
				queued++
			}
		}
		if queued != 10 {
			t.Errorf("%d transactions of 100 bytes were queued", queued)
		}
	})
}

// TestStrikes: after a bad proof an origin is checked apart from the others,
// after a few it waits for the next block, and what it has in the queue with
// it; others notice nothing.
func TestStrikes(t *testing.T) {
	run(t, Limits{Txs: 1000, Bytes: 1 << 20, Verifiers: 1, Queue: 400}, func(t *testing.T, b *book, p *Pool) {
		if _, err := p.Submit(t.Context(), "thief", tx(1, 1, junk)); !errors.Is(err, rejection.BadProof) {
			t.Fatal(err)
		}
		b.batches = nil
		for i := range uint64(40) {
			p.Offer("thief", tx(100+i, i, junk))
			p.Offer("honest", tx(200+i, i, ordinary))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if txs, _ := p.Size(); txs != 40 {
			t.Errorf("%d of 40 honest transactions entered", txs)
		}
		junked := 0
		for _, batch := range b.batches {
			for _, raw := range batch {
				if raw[16] == junk {
					junked++
					if len(batch) > 1 {
						t.Error("junk of a known sender shared a batch")
					}
				}
			}
		}
		if junked != maxStrikes-1 {
			t.Errorf("%d bad proofs were checked, want %d with the first", junked+1, maxStrikes)
		}
		if err := p.Offer("thief", tx(300, 1, ordinary)); !errors.Is(err, rejection.BlockFull) {
			t.Errorf("the sender of bad proofs: %v", err)
		}
		if _, err := p.Submit(t.Context(), "honest", tx(301, 1, ordinary)); err != nil {
			t.Error(err)
		}
		p.Committed(nil, nil)
		if _, err := p.Submit(t.Context(), "thief", tx(302, 1, ordinary)); err != nil {
			t.Errorf("after the next block: %v", err)
		}
	})
}

// TestStrikesAreOnesOwn: what a sender of bad proofs had in its lane too, others
// who sent the same bytes get verified all the same, whether they wait for it
// or not; and what came too early is theirs to be tried again.
func TestStrikesAreOnesOwn(t *testing.T) {
	run(t, Limits{Txs: 100, Bytes: 1 << 20, Verifiers: 1, Queue: 400}, func(t *testing.T, b *book, p *Pool) {
		if _, err := p.Submit(t.Context(), "thief", tx(1, 1, junk)); !errors.Is(err, rejection.BadProof) {
			t.Fatal(err)
		}
		for i := range uint64(2 * maxStrikes) {
			p.Offer("thief", tx(100+i, i, junk))
		}
		relayed, submitted, own := tx(200, 1, ordinary), tx(201, 1, ordinary), tx(202, 1, ordinary)
		var outcome error
		var wait sync.WaitGroup
		wait.Go(func() { _, outcome = p.Submit(t.Context(), "thief", own) })
		p.Offer("thief", relayed)
		p.Offer("thief", submitted)
		p.Offer(Peers, relayed)
		for _, origin := range []string{"honest", "another", "honest"} {
			wait.Go(func() {
				if _, err := p.Submit(t.Context(), origin, submitted); err != nil {
					t.Errorf("%s: %v", origin, err)
				}
			})
		}
		wait.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if !errors.Is(outcome, rejection.BlockFull) {
			t.Errorf("the control: the thief's own: %v", outcome)
		}
		for name, raw := range map[string][]byte{"relayed": relayed, "submitted": submitted} {
			if !p.Has(sha256.Sum256(raw)) {
				t.Errorf("what was %s is not in the pool", name)
			}
		}
		if len(p.flying) != 0 {
			t.Errorf("%d checks never ended", len(p.flying))
		}
	})
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		early := tx(1, 1, ahead)
		var wait sync.WaitGroup
		wait.Go(func() {
			if _, err := p.Submit(t.Context(), "thief", early); !errors.Is(err, rejection.UnknownAnchor) {
				t.Error(err)
			}
		})
		synctest.Wait() // it is being looked at
		p.Offer(Peers, early)
		wait.Wait()
		b.mu.Lock()
		b.spent[[32]byte{ahead}] = true
		b.mu.Unlock()
		p.Committed(nil, nil)
		time.Sleep(10 * b.cost)
		if !p.Has(sha256.Sum256(early)) {
			t.Error("what a peer relayed was not tried again, as somebody else had submitted it")
		}
	})
}

// TestSharedChecksAreBounded: no more origins wait for others' checks than the
// pool holds transactions.
func TestSharedChecksAreBounded(t *testing.T) {
	limits := roomy
	limits.Txs = 8
	run(t, limits, func(t *testing.T, b *book, p *Pool) {
		for range 2 { // the first round's places are given back
			waiting := 0
			for i := range 3 * limits.Txs {
				err := p.Offer(fmt.Sprint(i), tx(uint64(i%2), 1, ordinary))
				if err == nil {
					waiting++
				} else if !errors.Is(err, rejection.BlockFull) {
					t.Fatal(err)
				}
			}
			if waiting != 2+limits.Txs {
				t.Errorf("%d origins wait for two checks", waiting)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
	})
}

// TestPeersAreNeverShutOut: one peer's junk is not the others' fault.
func TestPeersAreNeverShutOut(t *testing.T) {
	run(t, roomy, func(t *testing.T, b *book, p *Pool) {
		for i := range uint64(3 * maxStrikes) {
			if _, err := p.Submit(t.Context(), Peers, tx(i, i, junk)); !errors.Is(err, rejection.BadProof) {
				t.Fatal(err)
			}
		}
		if _, err := p.Submit(t.Context(), Peers, tx(99, 1, ordinary)); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPoolProperties plays random histories and demands after every step that
// the counters agree with the contents, no two transactions share a use, and
// nothing spent is offered once a pass is over.
func TestPoolProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 59), 1, 60).Draw(r, "steps")
		synctest.Test(t, func(t *testing.T) {
			b := &book{spent: map[[32]byte]bool{}}
			p := New(b, Limits{Txs: 12, Bytes: 1000, Verifiers: 2, Queue: 16})
			defer p.Close()
			for n, s := range steps {
				if s < 50 {
					p.Submit(t.Context(), fmt.Sprint(s%3), tx(uint64(s%10), uint64(s), byte(s%3)))
				} else if c := p.Candidates(500); len(c) > 0 {
					included := c[:1+s%len(c)]
					b.spend(included...)
					var ids []ID
					var used [][32]byte
					for _, raw := range included {
						ids = append(ids, sha256.Sum256(raw))
						used = append(used, use(raw))
					}
					p.Committed(ids[:len(ids)/2], used)
				}
				synctest.Wait()
				all := p.Candidates(1 << 20)
				seen, size := map[[32]byte]bool{}, 0
				for _, raw := range all {
					if u := use(raw); seen[u] || b.spent[u] {
						t.Fatalf("step %d: a use is offered twice or spent", n)
					} else {
						seen[u] = true
					}
					size += len(raw)
				}
				if txs, bytes := p.Size(); txs != len(all) || bytes != size || txs > 12 || bytes > 1000 {
					t.Fatalf("step %d: %d transactions of %d bytes, %d offered", n, txs, bytes, len(all))
				}
			}
		})
	})
}

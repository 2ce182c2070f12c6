package machine

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
)

// act plays random commands for one block. The world's ledger checks each lock
// that it includes, so a played world already shows that what is matched can
// be locked.
func (w *world) act(t *rapid.T) {
	owners := []string{"Ann", "Bob", "Cid", "Dan", "Eve"}
	owner := rapid.SampledFrom(owners)
	for range rapid.IntRange(0, 3).Draw(t, "actions") {
		name := fmt.Sprintf("o%d", len(w.orders))
		some := fmt.Sprintf("o%d", rapid.IntRange(0, len(w.orders)).Draw(t, "which"))
		switch rapid.IntRange(0, 11).Draw(t, "kind") {
		case 0:
			w.spend(some)
		case 1:
			if p, ok := w.orders[some]; ok {
				w.command(seal.Command{Kind: seal.Cancel, OCM: p.order.Commitment(), S: p.order.S})
			}
		case 2:
			w.command(seal.Command{Kind: seal.CancelAll, OID: oid(owner.Draw(t, "owner"))})
		case 3:
			w.command(seal.Command{Kind: seal.Heartbeat, OID: oid(owner.Draw(t, "owner")), Blocks: rapid.Uint32Range(0, 9).Draw(t, "blocks")})
		default:
			id := rapid.SampledFrom([]uint32{1, 4}).Draw(t, "market")
			m, _ := w.chain.market(id)
			terms := w.terms(id, order.Side(rapid.IntRange(0, 1).Draw(t, "side")),
				rapid.Uint64Range(1, 20).Draw(t, "qty"), m.Reference.Mid-4+rapid.Uint64Range(0, 8).Draw(t, "limit"))
			terms.MinFill = rapid.Uint64Range(0, terms.Qty).Draw(t, "min") * rapid.Uint64Range(0, 1).Draw(t, "minimum?")
			terms.Band = rapid.SampledFrom([]uint16{0, 200, order.NoBand, order.NoBand}).Draw(t, "band")
			terms.Expiry = w.height + rapid.Uint32Range(2, 40).Draw(t, "expiry")
			w.place(name, owner.Draw(t, "owner"), terms, handling(t, w.height))
		}
	}
	if len(w.matched.Groups) > 0 && rapid.Bool().Draw(t, "lock") {
		matched := w.matched
		w.lockNow = &matched
	}
	w.settle = rapid.IntRange(0, 3).Draw(t, "settle") == 0
}

// handling is nothing special half of the time.
func handling(t *rapid.T, height uint32) (h order.Handling) {
	if rapid.Bool().Draw(t, "plain") {
		return h
	}
	if h.Peg = order.Peg(rapid.IntRange(0, 3).Draw(t, "peg")); h.Peg != order.NoPeg {
		h.Offset = rapid.Int32Range(-3, 3).Draw(t, "offset")
	}
	h.SelfTrade = order.SelfTrade(rapid.IntRange(0, 3).Draw(t, "self-trade"))
	h.Pool = order.Pool(rapid.IntRange(0, 1).Draw(t, "pool"))
	h.Auctions = rapid.Uint16Range(0, 3).Draw(t, "auctions")
	if rapid.Bool().Draw(t, "timed") {
		h.Until = uint64(height) + rapid.Uint64Range(1, 20).Draw(t, "until")
	}
	return h
}

func play(t *rapid.T) *world {
	w := newWorld(t)
	for range rapid.IntRange(1, 25).Draw(t, "blocks") {
		w.act(t)
		w.block()
		w.audit(w.last)
	}
	return w
}

// TestWorld: on random chains every auction can be locked, settled and opened
// by its owners, a machine rebuilt by replay or from bytes is the same, and the
// sequence inside a block's lists changes nothing.
func TestWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := play(t)
		want := w.m.Encode()

		replayed := New(0)
		shuffle := rand.New(rand.NewSource(rapid.Int64().Draw(t, "shuffle")))
		for _, b := range w.blocks {
			shuffled := b
			shuffled.Executed, shuffled.Dropped = slices.Clone(b.Executed), slices.Clone(b.Dropped)
			shuffled.Settled, shuffled.Admitted = slices.Clone(b.Settled), slices.Clone(b.Admitted)
			shuffle.Shuffle(len(b.Executed), swapper(shuffled.Executed))
			shuffle.Shuffle(len(b.Dropped), swapper(shuffled.Dropped))
			shuffle.Shuffle(len(b.Settled), swapper(shuffled.Settled))
			shuffle.Shuffle(len(b.Admitted), swapper(shuffled.Admitted))
			if _, err := replayed.Step(shuffled); err != nil {
				t.Fatalf("replay: %v", err)
			}
		}
		same(t, w, replayed, want)

		decoded, err := Decode(want, w.chain)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		same(t, w, decoded, want)
	})
}

func swapper[E any](list []E) func(i, j int) {
	return func(i, j int) { list[i], list[j] = list[j], list[i] }
}

// same compares states and auctions byte for byte.
func same(t *rapid.T, w *world, m *Machine, want []byte) {
	t.Helper()
	if !bytes.Equal(m.Encode(), want) {
		t.Fatalf("the states differ")
	}
	a, err := m.Auction(w.secret)
	if err != nil {
		t.Fatalf("auction: %v", err)
	}
	lock, wantLock := a.Lock(), w.last.Lock()
	if !bytes.Equal(lock.Encode(), wantLock.Encode()) {
		t.Fatalf("the locks differ")
	}
	for i := range a.Groups {
		x, y := a.Settle(i, "test"), w.last.Settle(i, "test")
		if !bytes.Equal(x.Encode(), y.Encode()) || a.Groups[i].Binding != w.last.Groups[i].Binding {
			t.Fatalf("group %d differs", i)
		}
	}
}

// FuzzWorld plays whole chains from the fuzzer's bytes. A chain ends where they
// do, so it begins with enough of them for a few blocks.
func FuzzWorld(f *testing.F) {
	for seed := range int64(6) {
		input := make([]byte, 1000*(1+seed))
		rand.New(rand.NewSource(seed)).Read(input)
		f.Add(input)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { play(t) }))
}

package ledger

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// story is a chain in which everything happens at least once; it returns its
// blocks.
func story(t testing.TB) []Block {
	w := newWorld(t)
	var blocks []Block
	run := func(txs ...[]byte) {
		blocks = append(blocks, w.block(txs...))
		w.apply(txs...)
	}
	run()
	var txs [][]byte
	for i := range 3 {
		r, key := w.worker(i, "")
		w.workers = append(w.workers, key)
		txs = append(txs, r.Encode())
	}
	run(txs...)
	run(w.votes(100, 110, 120, 130).Encode(), w.epoch().Encode(), w.deposit(hub, 5000).Encode(), w.deposit(coin, 900).Encode())
	for w.height() < 12 {
		run()
	}
	dropped := w.action()
	run(w.proposal(governance.SetExitFee{Asset: coin, Fee: 5}).Encode(), w.action().Encode(), w.action(w.withdrawal(coin, 70)).Encode(), dropped.Encode())
	groups := []settlement.Group{w.group(dropped.Nullifiers[0], w.fresh()), w.group(w.fresh(), w.fresh(), w.fresh(), w.fresh())}
	l := w.lock(groups, func(l *settlement.Lock) {
		l.Height--
		l.Outcome = settlement.Outcome(l.Height, hashes(groups))
	})
	run(w.heartbeatAt(10).Encode(), l.Encode(), w.settlement(l.Height, groups, 0).Encode())
	answered, refused := w.challengeOf(0, 10), w.challengeOf(1, 10)
	run(answered.Encode(), refused.Encode())
	run(w.answerOf(answered, w.workers[0]).Encode())
	for w.height() < 40 {
		run()
	}
	return blocks
}

func replay(t testing.TB, blocks []Block) (*State, *Memory, [][]Event) {
	first, err := Initial(testGenesis())
	if err != nil {
		t.Fatal(err)
	}
	store := NewMemory()
	store.Write(first.Delta)
	var events [][]Event
	var s *State
	for _, b := range blocks {
		// Reopened before every block: nothing is kept but the store.
		if s, err = Open(testGenesis(), new(believe), store); err != nil {
			t.Fatal(err)
		}
		r, err := s.Apply(b)
		if err != nil {
			t.Fatal(err)
		}
		store.Write(r.Delta)
		s.Advance(r)
		if s.Head().AppHash != r.AppHash || r.Delta.Height != b.Height {
			t.Fatal("the head is not the result's")
		}
		events = append(events, r.Events)
	}
	return s, store, events
}

func TestReplayIsTheSame(t *testing.T) {
	blocks := story(t)
	one, _, events := replay(t, blocks)
	two, _, again := replay(t, blocks)
	if one.Head() != two.Head() {
		t.Error("two replays end in different app hashes")
	}
	if d := cmp.Diff(events, again); d != "" {
		t.Error(d)
	}
	kinds := count[ActionExecuted](slices.Concat(events...)) + count[ActionDropped](slices.Concat(events...))
	if kinds != 5 || count[WorkerSuspended](slices.Concat(events...)) != 1 || count[LockExpired](slices.Concat(events...)) != 1 || count[FeesPaid](slices.Concat(events...)) != 3 {
		t.Error("the story does not tell what it should")
	}
}

// Apply changes nothing: neither the state nor the store, and a second call
// gives the same.
func TestApplyHasNoEffect(t *testing.T) {
	blocks := story(t)
	s, store, _ := replay(t, blocks[:13])
	before := len(store.values)
	one, err := s.Apply(blocks[13])
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.Apply(blocks[13])
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(one.Delta, two.Delta); d != "" || one.AppHash != two.AppHash || len(store.values) != before {
		t.Error("Apply left a trace")
	}
	if s.Head().Height != 13 {
		t.Error("Apply moved the head")
	}
}

// A crash between writing a delta and advancing, or before writing it, leaves
// a store from which the same block, or the next, applies.
func TestReopenAfterACrash(t *testing.T) {
	blocks := story(t)
	for i := range blocks {
		s, store, _ := replay(t, blocks[:max(i, 1)])
		if i == 0 {
			continue
		}
		r, err := s.Apply(blocks[i])
		if err != nil {
			t.Fatal(err)
		}
		lost, err := Open(testGenesis(), new(believe), store) // not written
		if err != nil || lost.Head().Height != blocks[i].Height-1 {
			t.Fatal(err)
		}
		again, err := lost.Apply(blocks[i])
		if err != nil || again.AppHash != r.AppHash {
			t.Fatal("the block applies differently after a crash")
		}
		store.Write(r.Delta) // written, not advanced
		kept, err := Open(testGenesis(), new(believe), store)
		if err != nil || kept.Head().Height != blocks[i].Height || kept.Head().AppHash != r.AppHash {
			t.Fatal(err)
		}
		if i > 16 {
			break
		}
	}
}

func TestAuditFindsWhatOpenDoesNot(t *testing.T) {
	blocks := story(t)
	first, _ := Initial(testGenesis())
	s, store, _ := replay(t, blocks[:14])
	leaves, spent := first.Delta.Leaves, first.Delta.Spent
	// Collect the sequences again: the node keeps them beside the rows.
	w, err := Initial(testGenesis())
	if err != nil {
		t.Fatal(err)
	}
	m := NewMemory()
	m.Write(w.Delta)
	st, err := Open(testGenesis(), new(believe), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks[:14] {
		r, err := st.Apply(b)
		if err != nil {
			t.Fatal(err)
		}
		leaves, spent = append(leaves, r.Delta.Leaves...), append(spent, r.Delta.Spent...)
		m.Write(r.Delta)
		st.Advance(r)
		if err := Audit(testGenesis(), m, leaves, spent); err != nil {
			t.Fatal(err)
		}
	}
	if s.Head() != st.Head() {
		t.Fatal("two ways to one state")
	}
	tamper := func(name string, key, value []byte) {
		old, had := store.Get(key)
		store.Write(Delta{Writes: []Write{{key, value}}})
		if Audit(testGenesis(), store, leaves, spent) == nil {
			t.Errorf("%s: not found", name)
		}
		if !had {
			old = nil
		}
		store.Write(Delta{Writes: []Write{{key, old}}})
	}
	tamper("a turnstile", rowPool.key(id32(coin)), rowPool.encode(Pool{Deposited: 1 << 50}))
	tamper("a spent nullifier less", rowSpent.key(idField(spent[0])), nil)
	tamper("a spent nullifier more", rowSpent.key(idField(field.FromUint64(7))), rowSpent.encode(1))
	tamper("a lock less", rowLocked.key(idField(s.Locks()[0].Nullifiers[0])), nil)
	tamper("an anchor more", rowAnchor.key(idField(field.FromUint64(7))), rowAnchor.encode([]uint64{4}))
	if err := Audit(testGenesis(), store, leaves, spent); err != nil {
		t.Errorf("after undoing: %v", err)
	}
	if Audit(testGenesis(), store, leaves[1:], spent) == nil || Audit(testGenesis(), store, leaves, spent[1:]) == nil {
		t.Error("a missing leaf or nullifier was not found")
	}
}

func TestBlockHeightMustFollow(t *testing.T) {
	w := newWorld(t)
	for _, h := range []uint64{0, 2, 1 << 40} {
		if _, err := w.state.Apply(Block{Height: h}); err == nil {
			t.Errorf("height %d after 0", h)
		}
	}
}

func TestOrderWithinABlock(t *testing.T) {
	w := newWorld(t).withBook()
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(4)
	lock := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}).Encode()
	deposit, act := w.deposit(coin, 5).Encode(), w.action().Encode()
	w.refuse(rejection.TxOrder, deposit, lock)
	w.refuse(rejection.TxOrder, act, deposit)
	w.refuse(rejection.TxOrder, lock, w.heartbeatAt(w.height()/5*5).Encode())
	w.accept(lock, deposit, act)
}

func TestProposeOrdersAndDrops(t *testing.T) {
	w := newWorld(t).withBook()
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(4)
	act := w.action()
	twin := w.action(slot0(act.Nullifiers[0]))
	bad := w.action()
	bad.Signature[3] ^= 1
	unproven := w.action()
	unproven.Proof[0] = refuted
	lock := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())})
	deposit, votes := w.deposit(coin, 5).Encode(), w.votes(1, 2, 3).Encode()
	got := w.state.Propose(2000, [][]byte{
		nil, {0xff}, act.Encode(), deposit, twin.Encode(), bad.Encode(), unproven.Encode(), lock.Encode(), deposit, votes,
	})
	want := [][]byte{votes, lock.Encode(), deposit, act.Encode()}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	w.accept(got...)
}

func TestBlockLimits(t *testing.T) {
	g := testGenesis()
	g.Limits.BlockActions, g.Limits.BlockProofs, g.Limits.BlockOthers = 3, 5, 2
	w := newWorldOf(t, g)
	w.skip(1)
	var actions, deposits [][]byte
	for range 4 {
		actions = append(actions, w.action().Encode())
		deposits = append(deposits, w.deposit(hub, 500).Encode())
	}
	w.accept(actions[:3]...)
	w.refuse(rejection.BlockFull, actions...)
	w.accept(deposits[:2]...)
	w.refuse(rejection.BlockFull, deposits[:3]...)
	if n := len(w.state.Propose(2000, append(actions, deposits...))); n != 5 {
		t.Errorf("proposed %d", n)
	}
	g.Limits.BlockBytes = uint64(2 * len(actions[0]))
	w = newWorldOf(t, g)
	w.skip(1)
	w.accept(actions[:2]...)
	w.refuse(rejection.BlockFull, actions[:3]...)
}

func TestProveRows(t *testing.T) {
	blocks := story(t)
	s, _, _ := replay(t, blocks)
	_, _, small := s.Commitment()
	key := rowPool.key(id32(coin))[1:]
	value, proof := s.Prove(key)
	if value == nil || !authmap.Verify(small, key, value, proof) {
		t.Error("a row is not proven")
	}
	if authmap.Verify(small, key, nil, proof) || authmap.Verify(small, key, append(value, 0), proof) {
		t.Error("another value is proven")
	}
	absent := rowPool.key(id32(99))[1:]
	if value, proof := s.Prove(absent); value != nil || !authmap.Verify(small, absent, nil, proof) {
		t.Error("absence is not proven")
	}
}

func TestOpenRefusesADamagedStore(t *testing.T) {
	blocks := story(t)
	_, store, _ := replay(t, blocks[:5])
	store.Write(Delta{Writes: []Write{{rowNonce.key(single), rowNonce.encode(9)}}})
	if _, err := Open(testGenesis(), new(believe), store); err == nil {
		t.Error("a changed row was not noticed")
	}
	other := testGenesis()
	other.Limits.BlockActions++
	if _, err := Open(other, new(believe), store); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("another genesis: %v", err)
	}
	if _, err := Open(testGenesis(), new(believe), NewMemory()); err == nil {
		t.Error("an empty store is no chain")
	}
}

func TestUndecodableTransactions(t *testing.T) {
	w := newWorld(t)
	w.refuse(rejection.Truncated, nil)
	w.refuse(rejection.UnknownKind, []byte{0})
	w.refuse(rejection.UnknownKind, []byte{99, 1})
	w.refuse(rejection.Oversized, make([]byte, 2<<20))
	w.refuse(rejection.TrailingBytes, append(w.action().Encode(), 0))
	var r *rejection.Rejection
	if _, err := w.state.Check([]byte{1}, 0); !errors.As(err, &r) {
		t.Errorf("%v is not a rejection", err)
	}
}

package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

func TestLockSettleExpire(t *testing.T) {
	w := newWorld(t).withBook()
	one, two := w.group(w.fresh(), w.fresh()), w.group(w.fresh(), w.fresh(), w.fresh(), w.fresh())
	groups := []settlement.Group{one, two}
	l := w.lock(groups)
	h := w.height() + 1
	e := only[LockAccepted](t, w.apply(l.Encode()))
	if e.Until != h+6 || e.Auction != h-1 {
		t.Fatalf("%+v", e)
	}
	w.refuse(rejection.NullifierLocked, w.action(slot0(one.Legs[0].Nullifier)).Encode())

	before := w.state.Leaves()
	s := only[GroupSettled](t, w.apply(w.settlement(h-1, groups, 0).Encode()))
	index := w.settlement(h-1, groups, 0).Index
	want := GroupSettled{Auction: h - 1, Group: index, Nullifiers: []field.Element{one.Legs[0].Nullifier, one.Legs[1].Nullifier},
		Leaves: Leaves{Position: before, Commitments: []field.Element{
			one.Legs[0].Proceeds, one.Legs[0].Refund, one.Legs[0].Remainder,
			one.Legs[1].Proceeds, one.Legs[1].Refund, one.Legs[1].Remainder, one.Fee,
		}}}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	w.refuse(rejection.GroupSettled, w.settlement(h-1, groups, 0).Encode())
	w.refuse(rejection.NullifierSpent, w.action(slot0(one.Legs[0].Nullifier)).Encode())

	w.to(h + 5)
	w.accept(w.settlement(h-1, groups, 1).Encode()) // in block h+T, the last
	w.to(h + 6)
	w.refuse(rejection.LockExpired, w.settlement(h-1, groups, 1).Encode())
	x := only[LockExpired](t, w.apply())
	if len(x.Nullifiers) != 4 || x.ExitUntil != h+6+8 {
		t.Errorf("%+v", x)
	}
	w.accept(w.action(slot0(two.Legs[3].Nullifier)).Encode())
	w.refuse(rejection.LockExpired, w.settlement(h-1, groups, 1).Encode())
	w.to(x.ExitUntil + 5)
	if n := len(w.state.Locks()); n != 0 {
		t.Errorf("%d locks are still remembered", n)
	}
	if st := w.state.Nullifier(two.Legs[0].Nullifier); st != (Status{}) {
		t.Errorf("a trace of the lock is left: %+v", st)
	}
	w.refuse(rejection.NoSuchLock, w.settlement(h-1, groups, 1).Encode())
}

// The owner of a busted order has W blocks in which no lock can take it: any
// action admitted in them is executed.
func TestExitWindowBelongsToTheOwner(t *testing.T) {
	w := newWorld(t).withBook()
	nf := w.fresh()
	relock := func() []byte { return w.lock([]settlement.Group{w.group(nf, w.fresh())}).Encode() }
	w.apply(relock())
	until := w.state.Locks()[0].Until
	w.to(until + 1)
	exit := w.state.Locks()[0].ExitUntil
	for w.height() < exit-1 { // locks in every block of the window but the last
		w.refuse(rejection.ExitWindow, relock())
		w.accept(w.action(slot0(nf)).Encode())
		w.apply()
	}
	w.refuse(rejection.ExitWindow, relock())
	// Admitted in the window's last block: no later lock can take it.
	a := w.action(slot0(nf))
	w.apply(a.Encode())
	for range 2 {
		for back := range uint64(3) {
			l := w.lock([]settlement.Group{w.group(nf, w.fresh())}, func(l *settlement.Lock) { l.Height -= back })
			if _, err := w.state.Apply(w.block(l.Encode())); err == nil {
				t.Errorf("auction %d took an action admitted in the exit window", l.Height)
			}
		}
		w.apply()
	}
	if w.state.Nullifier(nf).Spent == 0 {
		t.Error("the action was not executed")
	}
}

func TestLockAfterTheExitWindow(t *testing.T) {
	w := newWorld(t).withBook()
	nf := w.fresh()
	relock := func() []byte { return w.lock([]settlement.Group{w.group(nf, w.fresh())}).Encode() }
	w.apply(relock())
	w.to(w.state.Locks()[0].Until + 1)
	first := w.state.Locks()[0]
	w.to(first.ExitUntil)
	w.apply(relock())
	// Both locks' rows are there; the first one's end must not free the second.
	if n := len(w.state.Locks()); n != 2 {
		t.Fatalf("%d locks", n)
	}
	w.to(first.ExitUntil + 5)
	if w.state.Nullifier(nf).Locked == 0 {
		t.Fatal("the second lock is gone")
	}
	second := w.state.Locks()[0]
	w.to(second.Until + 1)
	if w.state.Nullifier(nf).ExitUntil != second.Until+8 {
		t.Errorf("%+v", w.state.Nullifier(nf))
	}
}

func TestLockWindow(t *testing.T) {
	w := newWorld(t).withBook()
	at := func(back uint64) []byte {
		return w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}, func(l *settlement.Lock) { l.Height = w.height() + 1 - back }).Encode()
	}
	w.refuse(rejection.LockWindow, at(0)) // its own block
	w.accept(at(1))
	w.accept(at(2))
	w.accept(at(3)) // a + 1 + D
	w.refuse(rejection.LockWindow, at(4))
	future := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}, func(l *settlement.Lock) { l.Height += 100 })
	w.refuse(rejection.LockWindow, future.Encode())
	huge := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}, func(l *settlement.Lock) { l.Height = 1<<64 - 1 })
	w.refuse(rejection.LockWindow, huge.Encode())

	w.apply(at(1))
	w.refuse(rejection.LockSuperseded, at(2)) // its auction did not know of the lock
	w.accept(at(1))
	w.refuse(rejection.LockSuperseded, at(1), at(1))
}

func TestLockNeedsABook(t *testing.T) {
	w := newWorld(t)
	w.skip(10)
	w.refuse(rejection.NoBook, w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())}).Encode())
}

func TestLockRefusals(t *testing.T) {
	w := newWorld(t).withBook()
	spent, before := w.action(), w.action()
	w.apply(spent.Encode())
	w.skip(2)
	w.apply(before.Encode())
	with := func(nfs ...field.Element) []byte { return w.lock([]settlement.Group{w.group(nfs...)}).Encode() }
	w.refuse(rejection.NullifierSpent, with(spent.Nullifiers[0], w.fresh()))
	w.refuse(rejection.NullifierReserved, with(before.Nullifiers[0], w.fresh()))
	w.refuse(rejection.BadGroupSize, with())
	var nine []field.Element
	for range 9 {
		nine = append(nine, w.fresh())
	}
	w.refuse(rejection.TooManyFills, with(nine...))
	w.accept(with(nine[:8]...))

	l := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())})
	message := l.SignBytes(w.genesis.ChainID)
	for _, c := range []struct {
		name string
		code rejection.Code
		sign []settlement.WorkerSignature
	}{
		{"nobody", rejection.NotLeader, nil},
		{"a stranger with all others", rejection.UnknownWorker, quorumOf(message, append([]ed25519Key{privateKey("stranger")}, w.workers...)...)},
		{"another message", rejection.BadWorkerSignature, quorumOf([]byte("x"), w.workers...)},
		{"another chain", rejection.BadWorkerSignature, quorumOf(l.SignBytes("test-2"), w.workers...)},
	} {
		l.Signatures = c.sign
		t.Run(c.name, func(t *testing.T) { w.TB = t; w.refuse(c.code, l.Encode()) })
	}
	w.TB = t
}

func TestLeaderLocksFirst(t *testing.T) {
	w := newWorld(t).withBook()
	l := w.lock([]settlement.Group{w.group(w.fresh(), w.fresh())})
	message := l.SignBytes(w.genesis.ChainID)
	var others []ed25519Key
	for _, k := range w.workers {
		if settlement.NewWorkerID(publicKey(k)) != w.state.Leader() {
			others = append(others, k)
		}
	}
	l.Signatures = quorumOf(message, others...)
	w.refuse(rejection.NotLeader, l.Encode())
	w.apply()
	w.accept(l.Encode())
	l.Signatures = quorumOf(message, others[0])
	w.refuse(rejection.TooFewSigners, l.Encode())
}

// A lock of an auction before the action's admission takes its slot 0 and
// drops it whole; through slot 1 or 2 it takes nothing.
func TestLockDropsAnActionOnlyThroughSlot0(t *testing.T) {
	w := newWorld(t).withBook()
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(4)
	taken := w.action(w.withdrawal(coin, 50))
	kept := w.action()
	w.apply(taken.Encode(), kept.Encode())
	l := w.lock([]settlement.Group{w.group(taken.Nullifiers[0], kept.Nullifiers[1])}, func(l *settlement.Lock) { l.Height-- })
	w.apply(l.Encode())
	events := w.apply()
	if d := only[ActionDropped](t, events); d.Nullifiers != taken.Nullifiers {
		t.Error("the wrong action was dropped")
	}
	if e := only[ActionExecuted](t, events); e.Nullifiers != kept.Nullifiers {
		t.Error("the wrong action was executed")
	}
	if p := w.state.Pool(coin); p.Reserved != 0 || p.Withdrawn != 0 || p.Fees != 0 {
		t.Errorf("a dropped withdrawal left %+v", p)
	}
	for i, nf := range taken.Nullifiers {
		if st := w.state.Nullifier(nf); st.Reserved != 0 || st.Spent != 0 || (st.Locked != 0) != (i == 0) {
			t.Errorf("slot %d of the dropped action: %+v", i, st)
		}
	}
	// The retry keeps its slot 0 and goes through after the bust.
	w.to(w.state.Locks()[0].Until)
	retry := w.action(w.withdrawal(coin, 50), slot0(taken.Nullifiers[0]))
	w.apply(retry.Encode())
	w.skip(1)
	only[ActionExecuted](t, w.apply())
}

func TestActionCannotStealALockedOrderThroughSlot1(t *testing.T) {
	// A locked nullifier in slot 1 names no note: admission lets it pass
	// because the circuit can't, and a settlement of it is then refused.
	w := newWorld(t).withBook()
	groups := []settlement.Group{w.group(w.fresh(), w.fresh())}
	a := w.height()
	w.apply(w.lock(groups).Encode())
	nf := groups[0].Legs[0].Nullifier
	w.apply(w.action(func(a *action.Action) { a.Nullifiers[1] = nf }).Encode())
	w.skip(2)
	w.refuse(rejection.NullifierSpent, w.settlement(a, groups, 0).Encode())
}

func TestSettleBeforeTheActionItsLockTook(t *testing.T) {
	w := newWorld(t).withBook()
	act := w.action()
	w.apply(act.Encode())
	groups := []settlement.Group{w.group(act.Nullifiers[0], w.fresh())}
	l := w.lock(groups, func(l *settlement.Lock) {
		l.Height--
		l.Outcome = settlement.Outcome(l.Height, hashes(groups))
	})
	w.apply(l.Encode(), w.settlement(l.Height, groups, 0).Encode())
	only[ActionDropped](t, w.apply())
}

func TestSettleRefusals(t *testing.T) {
	w := newWorld(t).withBook()
	shared := w.fresh()
	groups := []settlement.Group{
		w.group(shared, w.fresh()),
		w.group(shared, w.fresh()),            // 1: claims the first one's order too
		w.group(w.fresh(), w.fresh(), shared), // 2: not a size class
		w.group(w.fresh(), w.fresh()),         // 3: not in the lock
		w.group(w.fresh(), w.fresh()),         // 4: a zero leaf
		w.group(w.fresh(), w.fresh()),         // 5: sound
	}
	groups[4].Legs[1].Refund = field.Element{}
	a := w.height()
	w.apply(w.lock(groups, func(l *settlement.Lock) {
		l.Nullifiers = nil
		seen := map[field.Element]bool{}
		for _, i := range []int{0, 1, 4, 5} {
			for _, leg := range groups[i].Legs {
				if !seen[leg.Nullifier] {
					l.Nullifiers = append(l.Nullifiers, leg.Nullifier)
				}
				seen[leg.Nullifier] = true
			}
		}
	}).Encode())
	open := func(i int, edit ...func(*settlement.Settle)) []byte {
		return w.settlement(a, groups, i, edit...).Encode()
	}

	w.refuse(rejection.NoSuchLock, w.settlement(a-1, groups, 5).Encode())
	w.refuse(rejection.OutcomeMismatch, open(5, func(s *settlement.Settle) { s.Groups[5][31] ^= 1 }))
	w.refuse(rejection.OutcomeMismatch, open(5, func(s *settlement.Settle) { s.Groups = s.Groups[:5]; s.Index = 0 }))
	w.refuse(rejection.OutcomeMismatch, open(5, func(s *settlement.Settle) { s.Index = (s.Index + 1) % 6 }))
	w.refuse(rejection.OutcomeMismatch, open(5, func(s *settlement.Settle) { s.Group.FeeOpening[3] ^= 1 }))
	w.refuse(rejection.BadGroupSize, open(2))
	w.refuse(rejection.NullifierNotInLock, open(3))
	w.refuse(rejection.ZeroCommitment, open(4))
	w.refuse(rejection.BadProof, open(5, func(s *settlement.Settle) { s.FillProofs[1][0] = refuted }))
	w.refuse(rejection.BadProof, open(5, func(s *settlement.Settle) { s.Collect[0] = refuted }))
	unbound := w.settlement(a, groups, 5)
	unbound.Binding[40] ^= 1
	w.refuse(rejection.BadBindingSignature, unbound.Encode())
	w.accept(open(5), open(0))
	w.apply(open(0))
	w.refuse(rejection.NullifierSpent, open(1))
	w.accept(open(5))
}

func TestUnbalancedGroupIsRefused(t *testing.T) {
	w := newWorld(t).withBook()
	g := w.group(w.fresh(), w.fresh())
	g.Legs[0].Value = settlement.FillValue(true, 7, 10, blind) // one quote unit from nowhere
	groups := []settlement.Group{g}
	a := w.height()
	w.apply(w.lock(groups).Encode())
	w.refuse(rejection.BadBindingSignature, w.settlement(a, groups, 0).Encode())
}

// A settlement keeps the terms of its lock when governance changes w and T
// between them.
func TestLockKeepsItsTerms(t *testing.T) {
	w := newWorld(t).withBook()
	p := w.proposal(governance.SetParameter{Parameter: governance.RestBlocks, Value: 9})
	w.apply(p.Encode())
	w.skip(2)
	groups := []settlement.Group{w.group(w.fresh(), w.fresh())}
	a := w.height()
	w.apply(w.lock(groups).Encode())
	w.skip(4)
	if w.state.Params().RestBlocks != 9 {
		t.Fatal("the change did not take effect")
	}
	if l := w.state.Locks()[0]; l.Anchor != a-4 {
		t.Errorf("anchor %d of auction %d", l.Anchor, a)
	}
	w.accept(w.settlement(a, groups, 0).Encode())
}

// Locked in h, busted, and free for W blocks: nothing holds an order longer
// than T blocks without giving its owner W.
func TestLocksHoldNoLongerThanT(t *testing.T) {
	w := newWorld(t).withBook()
	nf := w.fresh()
	held, free := uint64(0), uint64(0)
	for range 60 {
		l := w.lock([]settlement.Group{w.group(nf, w.fresh())}).Encode()
		if _, err := w.state.Apply(w.block(l)); err == nil {
			w.apply(l) // a quorum that locks whenever it can
		} else {
			w.apply()
		}
		if w.state.Nullifier(nf).Locked != 0 {
			held++
			if free != 0 && free < w.genesis.Params.ExitBlocks {
				t.Fatalf("only %d free blocks", free)
			}
			free = 0
		} else {
			free++
			held = 0
		}
		if held > w.genesis.Params.LockBlocks+1 {
			t.Fatalf("held for %d blocks", held)
		}
	}
}

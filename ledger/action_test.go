package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestActionIsExecutedAfterTheDelay(t *testing.T) {
	w := newWorld(t)
	w.skip(3)
	a := w.action()
	admitted := w.height() + 1
	only[ActionAdmitted](t, w.apply(a.Encode()))
	if st := w.state.Nullifier(a.Nullifiers[2]); st.Reserved != admitted || st.Spent != 0 {
		t.Fatalf("after admission: %+v", st)
	}
	if n := len(w.apply()); n != 0 {
		t.Fatalf("%d events in the block between", n)
	}
	got := only[ActionExecuted](t, w.apply())
	want := ActionExecuted{
		Admitted: admitted, ID: a.ID(w.genesis.ChainID), Nullifiers: a.Nullifiers,
		Leaves: Leaves{Position: 0, Commitments: a.Commitments[:]},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if st := w.state.Nullifier(a.Nullifiers[0]); st.Reserved != 0 || st.Spent != admitted+2 {
		t.Errorf("after execution: %+v", st)
	}
	if w.state.Leaves() != 3 || w.state.Spent() != 3 || w.state.Pool(hub).Fees != 10 {
		t.Error("leaves, log or fee counter")
	}
}

func TestActionRefusals(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 1000).Encode(), w.deposit(hub, 5000).Encode())
	w.skip(7)
	spent, reserved := w.action(), w.action()
	w.apply(spent.Encode())
	w.skip(2)
	w.apply(reserved.Encode())
	for _, c := range []struct {
		name string
		code rejection.Code
		edit func(*action.Action)
	}{
		{"an anchor that never was", rejection.UnknownAnchor, func(a *action.Action) { a.Anchor = w.fresh() }},
		{"less than the fee", rejection.WrongFee, func(a *action.Action) { a.Fee-- }},
		{"more than the fee", rejection.WrongFee, func(a *action.Action) { a.Fee++ }},
		{"an exit at the flat fee", rejection.WrongFee, func(a *action.Action) { w.withdrawal(coin, 5)(a); a.Fee = 10 }},
		{"an epoch to come", rejection.StaleEpoch, func(a *action.Action) { a.Epoch = 1 }},
		{"two equal nullifiers", rejection.DuplicateNullifier, func(a *action.Action) { a.Nullifiers[2] = a.Nullifiers[1] }},
		{"slot 0 again in slot 2", rejection.DuplicateNullifier, func(a *action.Action) { a.Nullifiers[2] = a.Nullifiers[0] }},
		{"a spent note", rejection.NullifierSpent, func(a *action.Action) { a.Nullifiers[1] = spent.Nullifiers[0] }},
		{"a reserved note", rejection.NullifierReserved, func(a *action.Action) { a.Nullifiers[0] = reserved.Nullifiers[2] }},
		{"a zero commitment", rejection.ZeroCommitment, func(a *action.Action) { a.Commitments[1] = field.Element{} }},
		{"two equal commitments", rejection.ZeroCommitment, func(a *action.Action) { a.Commitments[1] = a.Commitments[0] }},
		{"an asset that does not exist", rejection.UnknownAsset, w.withdrawal(77, 5)},
		{"more than was deposited", rejection.Turnstile, w.withdrawal(coin, 1001)},
		{"a proof that does not verify", rejection.BadProof, func(a *action.Action) { a.Proof[0] = refuted }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.TB = t
			w.refuse(c.code, w.action(c.edit).Encode())
		})
	}
	w.TB = t
	w.accept(w.action().Encode())
	w.accept(w.action(w.withdrawal(coin, 1000)).Encode())

	a := w.action()
	a.Sealed.EPK[0] ^= 1
	w.refuse(rejection.BadSpendSignature, a.Encode())
	w.refuse(rejection.NullifierReserved, w.action(slot0(a.Nullifiers[0])).Encode(), w.action(slot0(a.Nullifiers[0])).Encode())
	w.refuse(rejection.NullifierSpent, spent.Encode())
}

func TestActionOfAnotherChainIsRefused(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	other := testGenesis()
	other.ChainID = "test-2"
	w.genesis = other
	a := w.action()
	w.genesis = testGenesis()
	w.refuse(rejection.BadSpendSignature, a.Encode())
}

func TestAnchorWindow(t *testing.T) {
	w := newWorld(t)
	// A root of its own at height 4, which no later block has.
	w.skip(2)
	w.apply(w.deposit(hub, 100).Encode())
	w.skip(1)
	old := w.state.Anchor()
	w.apply(w.deposit(hub, 100).Encode())
	a := w.action(func(a *action.Action) { a.Anchor = old.Notes }).Encode()
	// The last of the 150 anchors counted back from block 600 is that of 4.
	w.to(603)
	w.accept(a)
	w.skip(1)
	w.refuse(rejection.UnknownAnchor, a)
}

func TestRootBetweenAnchorsIsNone(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(hub, 100).Encode())
	mid, _ := w.state.Roots(1)
	w.apply(w.deposit(hub, 100).Encode())
	w.skip(4)
	w.refuse(rejection.UnknownAnchor, w.action(func(a *action.Action) { a.Anchor = mid.Notes }).Encode())
	w.accept(w.action().Encode())
}

func TestFeeOfTheAnchorCounts(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(hub, 200).Encode(), w.deposit(coin, 200).Encode())
	w.skip(3)
	old := w.action()
	oldExit := w.action(w.withdrawal(coin, 5))
	w.apply(w.deposit(hub, 200).Encode())
	w.enact(governance.SetParameter{Parameter: governance.Fee, Value: 11})
	w.enact(governance.SetExitFee{Asset: coin, Fee: 4})
	w.apply(w.deposit(hub, 200).Encode()) // or the new anchor's root would be an old one's too
	w.skip(4)
	w.accept(old.Encode())
	w.accept(oldExit.Encode())
	if fresh := w.action(); fresh.Fee != 11 {
		t.Errorf("fee %d after the change", fresh.Fee)
	}
	w.accept(w.action().Encode())
	w.refuse(rejection.WrongFee, w.action(func(a *action.Action) { a.Fee = 10 }).Encode())
	w.refuse(rejection.WrongFee, w.action(func(a *action.Action) { a.Anchor = old.Anchor }).Encode())
}

func TestTurnstileCountsReservations(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(3)
	first := w.action(w.withdrawal(coin, 60)).Encode()
	w.refuse(rejection.Turnstile, first, w.action(w.withdrawal(coin, 41)).Encode())
	w.accept(first, w.action(w.withdrawal(coin, 40)).Encode())
	w.apply(first)
	w.refuse(rejection.Turnstile, w.action(w.withdrawal(coin, 41)).Encode())
	w.skip(2)
	w.refuse(rejection.Turnstile, w.action(w.withdrawal(coin, 41)).Encode())
	if p := w.state.Pool(coin); p != (Pool{Deposited: 100, Withdrawn: 60, Fees: 3}) {
		t.Errorf("%+v", p)
	}
}

func TestWithdrawalIsPaidOrReturnedOnce(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(3)
	paid, back := w.action(w.withdrawal(coin, 60)), w.action(w.withdrawal(coin, 30))
	w.apply(paid.Encode(), back.Encode())
	w.refuse(rejection.UnknownClaim, w.closing(custody.NewClaimID(w.genesis.ChainID, paid.Nullifiers[0]), custody.Paid).Encode())
	w.skip(2)
	if n := len(w.state.OpenClaims()); n != 2 {
		t.Fatalf("%d open claims", n)
	}
	first := custody.NewClaimID(w.genesis.ChainID, paid.Nullifiers[0])
	second := custody.NewClaimID(w.genesis.ChainID, back.Nullifiers[0])
	pay := w.closing(first, custody.Paid)
	w.apply(pay.Encode())
	w.refuse(rejection.ClaimClosed, pay.Encode())
	w.refuse(rejection.ClaimClosed, w.closing(first, custody.Returned).Encode())

	e := only[ClaimReturned](t, w.apply(w.closing(second, custody.Returned).Encode()))
	n := note.Note{Asset: coin, Value: 30, Rho: second.ReturnRho(), C: back.Out.Return}
	if e.Commitments[0] != n.Commitment() || e.Position != w.state.Leaves()-1 {
		t.Error("the returned note is not the owner's")
	}
	w.refuse(rejection.ClaimClosed, w.closing(second, custody.Returned).Encode())
	w.refuse(rejection.ClaimClosed, w.closing(second, custody.Paid).Encode())
	if p := w.state.Pool(coin); p != (Pool{Deposited: 100, Withdrawn: 60, Fees: 6}) {
		t.Errorf("%+v", p)
	}
}

func TestFeesArePaidToTheTreasury(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(3)
	w.apply(w.action().Encode(), w.action().Encode(), w.action(w.withdrawal(coin, 5)).Encode())
	w.to(15)
	events := w.apply()
	if count[FeesPaid](events) != 2 {
		t.Fatalf("%v", events)
	}
	for _, e := range events {
		paid := e.(FeesPaid)
		want := map[uint32]uint64{hub: 20, coin: 3}[paid.Asset]
		n := FeeNote(w.genesis.Treasury.PKd, paid.Asset, want, 16)
		if paid.Amount != want || paid.Commitments[0] != n.Commitment() {
			t.Errorf("asset %d: %+v", paid.Asset, paid)
		}
		if w.state.Pool(paid.Asset).Fees != 0 {
			t.Error("a counter was paid and not cleared")
		}
	}
	w.to(31)
	if count[FeesPaid](w.apply()) != 0 {
		t.Error("an empty counter was paid")
	}
}

func TestEpochGrace(t *testing.T) {
	w := newWorld(t).withBook()
	zero := func(a *action.Action) { a.Epoch = 0 }
	start := w.mustEpoch(1).Start
	w.to(start + 58) // the next block is start+59: epoch 0 was current in block start−1
	w.accept(w.action(zero).Encode())
	w.skip(1)
	w.refuse(rejection.StaleEpoch, w.action(zero).Encode())
	w.accept(w.action().Encode())
	w.refuse(rejection.StaleEpoch, w.action(func(a *action.Action) { a.Epoch = 2 }).Encode())
}

func (w *world) mustEpoch(n uint64) Epoch {
	w.TB.Helper()
	e, ok := w.state.Epoch(n)
	if !ok {
		w.TB.Fatalf("no epoch %d", n)
	}
	return e
}

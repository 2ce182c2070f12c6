package ledger

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestDepositIsCreditedOnce(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	d := w.deposit(coin, 700)
	e := only[DepositCredited](t, w.apply(d.Encode()))
	n := note.Note{Asset: coin, Value: 700, Rho: d.Reference.ID(w.genesis.ChainID).Rho(), C: d.C}
	if e.Commitments[0] != n.Commitment() || !w.state.Deposited(e.ID) {
		t.Errorf("%+v", e)
	}
	w.refuse(rejection.DepositReplayed, d.Encode())
	// The same external event under another owner, amount or asset is no other.
	w.refuse(rejection.DepositReplayed, w.deposit(coin, 701, func(o *custody.Deposit) { o.Reference = d.Reference }).Encode())
	next := w.deposit(coin, 700, func(o *custody.Deposit) { o.Reference = d.Reference; o.Reference.Index++ })
	w.accept(next.Encode())
	w.refuse(rejection.DepositReplayed, next.Encode(), next.Encode())
}

func TestDepositRefusals(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	dep := func(edit func(*custody.Deposit)) []byte { return w.deposit(hub, 1000, edit).Encode() }
	w.refuse(rejection.UnknownAsset, dep(func(d *custody.Deposit) { d.Asset = 9 }))
	w.refuse(rejection.UnknownAsset, dep(func(d *custody.Deposit) { d.Reference.Chain = 2 }))
	w.refuse(rejection.DepositBounds, dep(func(d *custody.Deposit) { d.Amount = 99 }))
	w.refuse(rejection.DepositBounds, dep(func(d *custody.Deposit) { d.Amount = 1<<40 + 1 }))
	w.refuse(rejection.ZeroCommitment, dep(func(d *custody.Deposit) { d.C = field.Element{} }))

	d := w.deposit(hub, 1000)
	message := d.SignBytes(w.genesis.ChainID)
	d.Signatures = signAll(signers[:1], message)
	w.refuse(rejection.BadSignerSignature, d.Encode())
	d.Signatures = signAll(signers[:2], d.SignBytes("test-2"))
	w.refuse(rejection.BadSignerSignature, d.Encode())
	d.Signatures = signAll(parties("stranger", 2), message)
	w.refuse(rejection.UnknownSigner, d.Encode())
	d.Signatures = signAll(signers, message)
	w.accept(d.Encode())
	d.Amount++
	w.refuse(rejection.BadSignerSignature, d.Encode())
}

func TestHaltedDepositsDoNotHaltExits(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 100).Encode())
	w.enact(governance.HaltDeposits{Asset: coin, Halted: true})
	w.refuse(rejection.DepositsHalted, w.deposit(coin, 100).Encode())
	w.skip(4)
	w.accept(w.action(w.withdrawal(coin, 100)).Encode())
	w.enact(governance.HaltDeposits{Asset: coin})
	w.accept(w.deposit(coin, 100).Encode())
}

// TestSupplyIsCapped: what came in and did not leave is at most the cap, to the
// unit; whoever leaves makes room.
func TestSupplyIsCapped(t *testing.T) {
	w := newWorld(t)
	w.enact(governance.SetDepositLimits{Asset: coin, Min: 1, Max: 100, MaxSupply: 100})
	w.apply(w.deposit(coin, 60).Encode())
	w.refuse(rejection.SupplyCap, w.deposit(coin, 41).Encode())
	w.refuse(rejection.SupplyCap, w.deposit(coin, 40).Encode(), w.deposit(coin, 1).Encode())
	w.apply(w.deposit(coin, 40).Encode())
	w.refuse(rejection.SupplyCap, w.deposit(coin, 1).Encode())
	w.accept(w.deposit(hub, 100).Encode()) // another asset's cap is another
	w.skip(4)
	a := w.action(w.withdrawal(coin, 30))
	w.apply(a.Encode())
	w.refuse(rejection.SupplyCap, w.deposit(coin, 1).Encode()) // it has not left yet
	w.skip(2)
	w.refuse(rejection.SupplyCap, w.deposit(coin, 31).Encode())
	w.accept(w.deposit(coin, 30).Encode())
}

// TestCapAndHaltStopNoReturn: a claim that can't be paid comes back whatever
// room there is, and whatever is halted; and nobody is kept from leaving.
func TestCapAndHaltStopNoReturn(t *testing.T) {
	w := newWorld(t)
	w.enact(governance.SetDepositLimits{Asset: coin, Min: 1, Max: 100, MaxSupply: 100})
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(4)
	a := w.action(w.withdrawal(coin, 60))
	w.apply(a.Encode())
	w.skip(2)
	w.apply(w.deposit(coin, 60).Encode()) // takes the room that the exit made
	w.enact(governance.SetDepositLimits{Asset: coin, Min: 1, Max: 1, MaxSupply: 1})
	w.enact(governance.HaltDeposits{Asset: coin, Halted: true})
	id := custody.NewClaimID(w.genesis.ChainID, a.Nullifiers[0])
	e := only[ClaimReturned](t, w.apply(w.closing(id, custody.Returned).Encode()))
	if e.Amount != 60 {
		t.Errorf("%+v", e)
	}
	if p := w.state.Pool(coin); p.Deposited-p.Withdrawn != 160 {
		t.Errorf("%+v", p)
	}
	w.skip(4)
	w.accept(w.action(w.withdrawal(coin, 160)).Encode())
}

func TestTestAssetsNeedADevelopmentGenesis(t *testing.T) {
	g := valuable(testGenesis())
	if _, err := Initial(g); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("a genesis that is not for development lists test assets: %v", err)
	}
	real(g)
	w := newWorldOf(t, g)
	w.skip(1)
	w.refuse(rejection.DevelopmentCustody, w.proposal(addAsset(7, func(a *governance.AddAsset) {
		a.Record.Test, a.Record.ExternalDecimals, a.Record.External = true, a.Record.Decimals, nil
	})).Encode())
	w.accept(w.proposal(addAsset(7)).Encode())
}

func TestClosingRefusals(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deposit(coin, 100).Encode())
	w.skip(3)
	a := w.action(w.withdrawal(coin, 60))
	w.apply(a.Encode())
	w.skip(2)
	id := custody.NewClaimID(w.genesis.ChainID, a.Nullifiers[0])
	w.refuse(rejection.UnknownClaim, w.closing(custody.ClaimID{1}, custody.Paid).Encode())
	c := w.closing(id, custody.Returned)
	c.Result, c.Payment = custody.Paid, custody.Reference{Chain: 1}
	w.refuse(rejection.BadSignerSignature, c.Encode()) // a return is no payment
	c = w.closing(id, custody.Paid)
	c.Signatures = c.Signatures[:1]
	w.refuse(rejection.BadSignerSignature, c.Encode())
	w.accept(w.closing(id, custody.Paid).Encode())
	w.accept(w.closing(id, custody.Returned).Encode())
}

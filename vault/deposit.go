package vault

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// DepositState is where a deposit stands.
type DepositState uint8

// The states.
const (
	DepositHeld      DepositState = 1 // can't be credited as things are: Reason says why
	DepositDue       DepositState = 2 // to be attested
	DepositAttested  DepositState = 3 // signed for; never refunded any more
	DepositCredited  DepositState = 4
	DepositRefunding DepositState = 5 // ordered back; never signed for any more
	DepositRefunded  DepositState = 6
)

// HeldReason says why a deposit is held.
type HeldReason uint8

// The reasons, in the order in which they are asked.
const (
	Unread         HeldReason = 1 // Nightjar has not been read yet
	Unattributed   HeldReason = 2 // it names no owner
	UnknownAsset   HeldReason = 3
	DepositsHalted HeldReason = 4
	RoundsToZero   HeldReason = 5 // less than one hub unit
	BelowMinimum   HeldReason = 6
	AboveLimit     HeldReason = 7
	SupplyCap      HeldReason = 8
	OldCustody     HeldReason = 9 // it lies with former signers, who have yet to hand it over
)

// judgement is what the rules say of a deposit now.
type judgement struct {
	reason HeldReason // 0: due
	asset  Asset
	amount uint64      // hub units
	dust   amount.Wide // what stays in custody
}

// judge applies the rules as they stand to a deposit:
//
//	amount = floor(external / 10^(ExternalDecimals − Decimals))
//	dust   = external − amount · 10^(ExternalDecimals − Decimals)
func (m *Machine) judge(d *deposit) (j judgement) {
	if m.hub == nil {
		j.reason = Unread
		return j
	}
	known := false
	for _, a := range m.hub.Assets {
		if bytes.Equal(a.External, d.transfer.External) {
			j.asset, known = a, true
		}
	}
	units, rest, ok := d.transfer.Amount.FloorScale(j.asset.ExternalDecimals - j.asset.Decimals)
	value, fits := units.Uint64()
	newest, _ := m.books.newest()
	switch {
	case d.owner == nil || d.owner.IsZero():
		j.reason = Unattributed
	case !known || !ok:
		j.reason = UnknownAsset
	case j.asset.Halted:
		j.reason = DepositsHalted
	case units.IsZero():
		j.reason = RoundsToZero
	case value < j.asset.MinDeposit && fits:
		j.reason = BelowMinimum
	case value > j.asset.MaxDeposit || !fits:
		j.reason = AboveLimit
	case value > j.asset.Room:
		j.reason = SupplyCap
	case m.books.places[d.location].custody != newest.Custody:
		j.reason = OldCustody
	}
	if known && ok && fits {
		j.amount, j.dust = value, rest
	}
	return j
}

// depositState returns where d stands; the judgement is that of a held or due
// one.
func (m *Machine) depositState(d *deposit) (DepositState, judgement) {
	j := m.judge(d)
	switch {
	case d.credited:
		return DepositCredited, j
	case d.returned:
		return DepositRefunded, j
	case d.refund != nil:
		return DepositRefunding, j
	case d.attested != nil:
		return DepositAttested, j
	case j.reason != 0:
		return DepositHeld, j
	default:
		return DepositDue, j
	}
}

// attest decides to sign for every deposit that is due.
func (m *Machine) attest(o *out) {
	if newest, ok := m.books.newest(); !ok || !newest.lists(m.config.Key) {
		return
	}
	for _, id := range m.books.owed {
		d := m.books.deposits[id]
		state, j := m.depositState(d)
		if state != DepositDue {
			continue
		}
		m.put(o, Attested{id, j.asset.ID, j.amount})
		m.decided(o, subject{false, id})
	}
}

// Refund orders a held deposit back to an account: as a whole, out of the
// custody account, once it lies there. m operators have to give the same order.
// It refuses UNKNOWN_DEPOSIT, and NOT_HELD for a deposit that is due, was
// attested, lies with former signers, or was ordered to another account; only
// a refund that was executed and failed can be ordered anew.
func (m *Machine) Refund(id custody.DepositID, to Account) ([]Record, []Effect, error) {
	d := m.books.deposits[id]
	if d == nil {
		return nil, nil, rejection.New(rejection.UnknownDeposit, "%x", id)
	}
	state, j := m.depositState(d)
	switch {
	case state == DepositRefunding && d.refund.To == to:
		return nil, nil, nil
	case state == DepositRefunding && len(m.books.ended[call{d.refund.Custody, d.refund.Call}]) > 0:
		// The call was executed and failed: nobody approves it again (work.go).
	case state != DepositHeld:
		return nil, nil, rejection.New(rejection.NotHeld, "%x", id)
	case j.reason == Unread || m.hub == nil:
		return nil, nil, rejection.New(rejection.NotHeld, "Nightjar has not been read yet")
	}
	newest, _ := m.books.newest()
	if m.books.places[d.location].custody != newest.Custody {
		return nil, nil, rejection.New(rejection.NotHeld, "the deposit lies with former signers")
	}
	if _, ours := m.books.places[to]; ours {
		return nil, nil, rejection.New(rejection.NotHeld, "the account is the custody's own")
	}
	job := m.refundJob(d, newest, to)
	hash, err := m.codec.Call(job)
	if err != nil {
		return nil, nil, err
	}
	o := new(out)
	m.put(o, Ordered{id, to, newest.Custody, hash})
	m.work(o)
	return o.records, o.effects, nil
}

func (m *Machine) refundJob(d *deposit, g Rotated, to Account) Job {
	return Job{
		JobID: JobID{Refund, d.id}, Generation: g.Signers, Custody: g.Custody,
		From: g.Custody, To: to, External: d.transfer.External, Amount: d.transfer.Amount,
	}
}

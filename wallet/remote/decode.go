package remote

import (
	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// decoder turns a node's messages into the wallet's, and remembers the first
// field that is not what it has to be.
type decoder struct{ bad string }

// decode refuses (BAD_BLOCK) a block with any field of the wrong form.
func decode(in *nodev1.CompactBlock) (*wallet.Block, error) {
	var d decoder
	out := &wallet.Block{Height: in.Height, Time: in.Time, Size: in.Leaves}
	for _, e := range in.Entries {
		d.entry(out, e)
	}
	if d.bad != "" {
		return nil, rejection.New(rejection.BadBlock, "block %d: %s", in.Height, d.bad)
	}
	return out, nil
}

func (d *decoder) entry(out *wallet.Block, e *nodev1.Entry) {
	switch e := e.Kind.(type) {
	case *nodev1.Entry_Admitted:
		out.Admitted = append(out.Admitted, d.admitted(e.Admitted.GetId(), e.Admitted.GetNullifiers()))
	case *nodev1.Entry_Dropped:
		out.Dropped = append(out.Dropped, d.admitted(e.Dropped.GetId(), e.Dropped.GetNullifiers()))
	case *nodev1.Entry_Executed:
		out.Executed = append(out.Executed, d.executed(e.Executed))
	case *nodev1.Entry_Locked:
		l := wallet.Lock{Auction: e.Locked.GetAuction()}
		for _, nf := range e.Locked.GetNullifiers() {
			l.Nullifiers = append(l.Nullifiers, d.element("nullifier", nf))
		}
		out.Locks = append(out.Locks, l)
	case *nodev1.Entry_Busted:
		out.Busts = append(out.Busts, e.Busted.GetAuction())
	case *nodev1.Entry_Settled:
		out.Groups = append(out.Groups, d.group(e.Settled))
	case *nodev1.Entry_Deposited:
		x := e.Deposited
		in := wallet.Deposit{Asset: x.GetAsset(), Amount: x.GetAmount(), C: d.element("owner", x.GetOwner()), Position: x.GetPosition()}
		d.fixed("deposit id", in.ID[:], x.GetId())
		out.Deposits = append(out.Deposits, in)
	case *nodev1.Entry_ClaimOpened:
		x := e.ClaimOpened
		in := wallet.ClaimOpening{Return: d.element("return owner", x.GetReturnOwner())}
		d.fixed("claim id", in.ID[:], x.GetClaim())
		d.fixed("recipient", in.Recipient[:], x.GetRecipient())
		out.Claims = append(out.Claims, in)
	case *nodev1.Entry_ClaimPaid:
		in := wallet.Closing{Result: custody.Paid}
		d.fixed("claim id", in.Claim[:], e.ClaimPaid.GetClaim())
		out.Closings = append(out.Closings, in)
	case *nodev1.Entry_ClaimReturned:
		x := e.ClaimReturned
		in := wallet.Closing{Result: custody.Returned, Asset: x.GetAsset(), Amount: x.GetAmount(), C: d.element("owner", x.GetOwner()), Position: x.GetPosition()}
		d.fixed("claim id", in.Claim[:], x.GetClaim())
		out.Closings = append(out.Closings, in)
	case *nodev1.Entry_FeesPaid:
		x := e.FeesPaid
		out.Fees = append(out.Fees, wallet.FeeNote{
			Asset: x.GetAsset(), Amount: x.GetAmount(), Commitment: d.element("fee note", x.GetCommitment()), Position: x.GetPosition()})
	case *nodev1.Entry_EpochStarted:
		// The epoch comes verified, with Params.
	default:
		d.refuse("an entry of an unknown kind")
	}
}

func (d *decoder) admitted(id []byte, nullifiers [][]byte) (out wallet.Admitted) {
	d.fixed("action id", out.ID[:], id)
	d.elements("nullifiers", out.Nullifiers[:], nullifiers)
	return out
}

func (d *decoder) executed(x *nodev1.Execution) wallet.Executed {
	out := wallet.Executed{First: x.GetPosition(), Fee: x.GetFee(), OutAsset: x.GetOutAsset(), OutAmount: x.GetOutAmount()}
	d.fixed("action id", out.ID[:], x.GetId())
	d.elements("nullifiers", out.Nullifiers[:], x.GetNullifiers())
	d.elements("commitments", out.Commitments[:], x.GetCommitments())
	d.fixed("epk", out.Sealed.EPK[:], x.GetEpk())
	if len(x.GetCiphertexts()) != len(out.Sealed.CT) {
		d.refuse("ciphertexts")
		return out
	}
	for i, ct := range x.GetCiphertexts() {
		d.fixed("ciphertext", out.Sealed.CT[i][:], ct)
	}
	return out
}

func (d *decoder) group(x *nodev1.Settlement) wallet.Group {
	out := wallet.Group{
		Auction: x.GetAuction(), PC: d.element("price commitment", x.GetPriceCommitment()),
		Fee: d.element("fee note", x.GetFee()), First: x.GetPosition(),
	}
	d.fixed("fee opening", out.Opening[:], x.GetFeeOpening())
	for _, l := range x.GetLegs() {
		out.Legs = append(out.Legs, wallet.Leg{
			Nullifier: d.element("nullifier", l.GetNullifier()),
			Proceeds:  d.element("proceeds", l.GetProceeds()),
			Refund:    d.element("refund", l.GetRefund()),
			Remainder: d.element("remainder", l.GetRemainder()),
			Report:    d.element("report", l.GetReport()),
		})
	}
	return out
}

func (d *decoder) refuse(what string) {
	if d.bad == "" {
		d.bad = what
	}
}

// fixed fills dst, which says how long src has to be.
func (d *decoder) fixed(what string, dst, src []byte) {
	if len(src) != len(dst) {
		d.refuse(what)
		return
	}
	copy(dst, src)
}

func (d *decoder) element(what string, b []byte) field.Element {
	e, err := field.FromBytes(b)
	if err != nil {
		d.refuse(what)
	}
	return e
}

func (d *decoder) elements(what string, dst []field.Element, src [][]byte) {
	if len(src) != len(dst) {
		d.refuse(what)
		return
	}
	for i, b := range src {
		dst[i] = d.element(what, b)
	}
}

package fill

import (
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Witness is what the prover of one fill knows.
type Witness struct {
	Order     order.Order
	Path      tree.Path     // of the order under Anchor; padding: of position 0, siblings unused
	Anchor    field.Element // tree root of block a − w
	Lots      uint64        // 0 for padding
	Execution order.Execution
	Salt      field.Element // of the group's price commitment
	Blind     jubjub.Scalar // of this leg's value commitment
}

// Fill computes the fill by its native twin: order.Apply, or order.Pad for
// padding. It refuses (BAD_TERMS, OUT_OF_RANGE) what the covenant forbids.
func (w Witness) Fill() (order.Fill, error) {
	if w.Lots == 0 {
		return w.Order.Pad(w.Path.Position, w.Execution)
	}
	return w.Order.Apply(w.Path.Position, w.Lots, w.Execution)
}

// Leg returns what f makes public.
func (w Witness) Leg(f order.Fill) settlement.Leg {
	return settlement.Leg{
		Nullifier: f.Nullifier,
		Proceeds:  f.Proceeds.Commitment(),
		Refund:    f.Refund.Commitment(),
		Remainder: f.Remainder.Commitment(),
		Value:     settlement.FillValue(w.Order.Terms.Side == order.Sell, f.BaseLeg, f.QuoteLeg, w.Blind),
		Report:    f.Report,
	}
}

// PC returns the group's price commitment as this order sees it: with its own
// market fields.
func (w Witness) PC() field.Element {
	t, x := w.Order.Terms, w.Execution
	m := market.Record{ID: t.Market, Base: t.Base, Quote: t.Quote, LotSize: t.LotSize, FeeBp: x.FeeBp}
	return m.Commitment(x.Price, x.Dev, x.Height, w.Salt)
}

// Assign returns the circuit with every variable set, f being the fill to
// prove. It checks nothing: the circuit does.
func (w Witness) Assign(f order.Fill) *Circuit {
	t, x, leg := w.Order.Terms, w.Execution, w.Leg(f)
	trits := w.Path.Trits()
	digits, siblings := gadget.AssignPath(trits[:], w.Path.Siblings[:])
	return &Circuit{
		Anchor:    w.Anchor,
		Height:    x.Height,
		Nullifier: leg.Nullifier,
		Proceeds:  leg.Proceeds,
		Refund:    leg.Refund,
		Remainder: leg.Remainder,
		PC:        w.PC(),
		Value:     gadget.AssignPoint(leg.Value),
		Report:    leg.Report,

		Market: t.Market, Base: t.Base, Quote: t.Quote, LotSize: t.LotSize,
		Side: uint8(t.Side), Limit: t.Limit, Qty: t.Qty, MinFill: t.MinFill,
		Expiry: t.Expiry, Band: t.Band, MaxFee: t.MaxFee,
		OID: w.Order.OID, C: w.Order.C, S: w.Order.S,
		Digits: digits, Siblings: siblings,

		Lots: f.Lots, Price: x.Price, Dev: x.Dev, FeeBp: x.FeeBp,
		Salt: w.Salt, Blind: w.Blind.Big(),
	}
}

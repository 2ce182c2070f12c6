package machine

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Group is one market's part of an auction, with everything its proofs need but
// the tree's paths.
type Group struct {
	Pool      book.Pool
	Market    market.Record
	Reference uint64
	Execution order.Execution
	Salt      field.Element // of pc
	Legs      []Leg         // ascending by nullifier, which hides which are padding
	Fee       Fee
	Binding   jubjub.Scalar // R = Σ blinds: the key of the binding signature; never leaves the enclave
	Public    settlement.Group
	Hash      [32]byte // h_i = Public.Hash()
}

// Leg is one order of a group.
type Leg struct {
	Padding  bool // a zero-quantity order without a leaf
	Order    order.Order
	Position uint64 // of its leaf; 0 for padding
	Fill     order.Fill
	Blind    jubjub.Scalar
}

// Fee is a group's fee note to the treasury.
type Fee struct {
	Note  note.Note
	R     field.Element // C = H(OWNER; pk_treasury, r)
	Blind jubjub.Scalar
}

// group turns an auction's result into legs, padding and fee.
func (m *Machine) group(mkt Market, result auction.Result, orders *pool, draws epoch.Auction) (Group, error) {
	pool := orders.entries[0].Pool()
	g := Group{
		Pool:      pool,
		Market:    mkt.Record,
		Reference: mkt.Reference.Mid,
		Execution: order.Execution{Height: m.height, Price: result.Price, Dev: result.Dev, FeeBp: mkt.Record.FeeBp},
		Salt:      draws.Element(epoch.Salt, pool.Number(), 0),
	}
	for _, f := range result.Fills {
		e := orders.entry(f)
		fill, err := e.Order.Apply(e.Position, f.Lots, g.Execution)
		if err != nil { // the covenant has the last word; its refusal is a bug in the auction
			return Group{}, err
		}
		g.Legs = append(g.Legs, Leg{Order: e.Order, Position: e.Position, Fill: fill})
	}
	for i := range m.chain.Params.class(len(g.Legs)) - len(g.Legs) {
		leg, err := padding(g.Execution, mkt.Record, pool, draws, i)
		if err != nil {
			return Group{}, err
		}
		g.Legs = append(g.Legs, leg)
	}
	slices.SortFunc(g.Legs, func(x, y Leg) int {
		a, b := x.Fill.Nullifier.Bytes(), y.Fill.Nullifier.Bytes()
		return bytes.Compare(a[:], b[:])
	})
	return g, g.publish(m.chain.Params.Treasury, draws)
}

// padding returns padding order number i of a group: an order of the market
// that accepts the execution, holds nothing and belongs to nobody.
func padding(x order.Execution, mkt market.Record, pool book.Pool, draws epoch.Auction, i int) (Leg, error) {
	o := order.Order{
		Terms: order.Terms{
			Market: mkt.ID, Base: mkt.Base, Quote: mkt.Quote, LotSize: mkt.LotSize,
			Side: order.Sell, Limit: x.Price, Expiry: x.Height, Band: order.NoBand, MaxFee: x.FeeBp,
		},
		Asset: mkt.Base,
		OID:   draws.Element(epoch.PadOID, pool.Number(), i),
		C:     draws.Element(epoch.PadOwner, pool.Number(), i),
		S:     draws.Element(epoch.PadSecret, pool.Number(), i),
	}
	fill, err := o.Pad(0, x)
	return Leg{Padding: true, Order: o, Fill: fill}, err
}

// publish draws the blinds and fills in the fee and the public group.
func (g *Group) publish(treasury keys.Address, draws epoch.Auction) error {
	id, x := g.Pool.Number(), g.Execution
	pc := g.Market.Commitment(x.Price, x.Dev, x.Height, g.Salt)
	g.Public.PC = pc
	var fee uint64
	for i := range g.Legs {
		leg := &g.Legs[i]
		var ok bool
		if fee, ok = amount.Add(fee, leg.Fill.Fee); !ok {
			return fmt.Errorf("the fees of market %d exceed 64 bits", g.Market.ID)
		}
		leg.Blind = draws.Scalar(epoch.Blind, id, i)
		g.Binding = g.Binding.Add(leg.Blind)
		f := leg.Fill
		g.Public.Legs = append(g.Public.Legs, settlement.Leg{
			Nullifier: f.Nullifier,
			Proceeds:  f.Proceeds.Commitment(),
			Refund:    f.Refund.Commitment(),
			Remainder: f.Remainder.Commitment(),
			Value:     settlement.FillValue(leg.Order.Terms.Side == order.Sell, f.BaseLeg, f.QuoteLeg, leg.Blind),
			Report:    f.Report,
		})
	}
	r := draws.Element(epoch.FeeSecret, id, 0)
	g.Fee = Fee{
		Note:  note.Note{Asset: g.Market.Quote, Value: fee, Rho: pc, C: keys.Owner(treasury.PKd, r)},
		R:     r,
		Blind: draws.Scalar(epoch.FeeBlind, id, 0),
	}
	g.Binding = g.Binding.Add(g.Fee.Blind)
	g.Public.Fee = g.Fee.Note.Commitment()
	g.Public.FeeValue = settlement.FeeValueOf(fee, g.Fee.Blind)
	var err error
	g.Public.FeeOpening, err = seal.SealFee(treasury, draws.Seed(epoch.FeeSeal, id, 0), pc, g.Market.Quote, fee, r)
	g.Hash = g.Public.Hash()
	return err
}

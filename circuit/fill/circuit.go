package fill

import (
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Circuit is the statement of one fill. The public inputs come first, in the
// order of settlement.FillInputs.
type Circuit struct {
	Anchor    frontend.Variable `gnark:",public"` // tree root of block a − w
	Height    frontend.Variable `gnark:",public"` // a
	Nullifier frontend.Variable `gnark:",public"` // nf_o
	Proceeds  frontend.Variable `gnark:",public"` // cm_0
	Refund    frontend.Variable `gnark:",public"` // cm_1
	Remainder frontend.Variable `gnark:",public"` // ocm of what is left
	PC        frontend.Variable `gnark:",public"` // the group's price commitment
	Value     gadget.Point      `gnark:",public"` // cv
	Report    frontend.Variable `gnark:",public"` // e

	// The order.
	Market, Base, Quote, LotSize frontend.Variable
	Side, Limit, Qty, MinFill    frontend.Variable
	Expiry, Band, MaxFee         frontend.Variable
	OID, C, S                    frontend.Variable
	Digits                       gadget.Digits
	Siblings                     gadget.Siblings

	// The trade.
	Lots, Price, Dev, FeeBp frontend.Variable
	Salt, Blind             frontend.Variable
}

// New returns a Circuit of the right shape, to compile.
func New() *Circuit {
	return &Circuit{
		Digits:   make(gadget.Digits, tree.Depth),
		Siblings: make(gadget.Siblings, tree.Depth),
	}
}

// Define states the constraints, group by group as in spec/11-circuits.md.
func (c *Circuit) Define(api frontend.API) error {
	k, err := gadget.New(api)
	if err != nil {
		return err
	}

	// Every integer has the width it is packed with, so that packing is
	// injective and no product below reaches the modulus.
	k.Group("terms-range")
	k.Range(c.Market, 32)
	k.Range(c.Base, 32)
	k.Range(c.Quote, 32)
	k.Range(c.LotSize, 64)
	k.AssertIsBoolean(c.Side)
	k.Range(c.Limit, 64)
	k.Range(c.Qty, 64)
	k.Range(c.MinFill, 64)
	k.Range(c.Expiry, 32)
	k.Range(c.Band, 16)
	k.Range(c.MaxFee, 16)
	k.Group("trade-range")
	k.Range(c.Height, 32)
	k.Range(c.Lots, 64)
	k.Range(c.Price, 64)
	k.Range(c.Dev, 16)
	k.Range(c.FeeBp, 16)

	// fill ≤ qty
	k.Group("quantity")
	rest := k.Sub(c.Qty, c.Lots)
	k.Range(rest, 64)

	// An order is real iff something of it is filled; padding has no quantity,
	// hence no value: value = qty × unit.
	k.Group("padding")
	isReal := k.Not(k.IsZero(c.Lots))
	k.When(k.Not(isReal), c.Qty, 0)

	// unit = lotSize for a sell, limit + ceil(limit·maxFee/10^4) for a buy, and
	// value = qty × unit. The ceiling is taken of side·limit, so that it can't
	// overflow where it is not used.
	k.Group("funding")
	limitOfBuy := k.Mul(c.Side, c.Limit)
	unit := k.Add(
		k.Mul(k.Not(c.Side), c.LotSize),
		limitOfBuy, k.CeilBp(limitOfBuy, c.MaxFee))
	k.Range(unit, 64)
	value := k.Mul(c.Qty, unit)
	k.Range(value, 64)
	funding := k.Choose(c.Side, c.Quote, c.Base)
	bought := k.Add(c.Base, k.Sub(c.Quote, funding))

	// The order is in the tree; its market fields are the ones of pc below,
	// being the same variables.
	k.Group("membership")
	record := k.Pack(gadget.Word{V: c.Market}, gadget.Word{V: c.Base, Shift: 32},
		gadget.Word{V: c.Quote, Shift: 64}, gadget.Word{V: c.LotSize, Shift: 96})
	commit := func(qty, value, s frontend.Variable) frontend.Variable {
		t1 := k.Add(record, k.Pack(gadget.Word{V: c.Side, Shift: 160}, gadget.Word{V: c.Expiry, Shift: 161},
			gadget.Word{V: c.Band, Shift: 193}, gadget.Word{V: c.MaxFee, Shift: 209}))
		t2 := k.Pack(gadget.Word{V: c.Limit}, gadget.Word{V: qty, Shift: 64}, gadget.Word{V: c.MinFill, Shift: 128})
		terms := k.K(t1, t2, gadget.Tag(domain.Terms, 0))
		covenant := k.K(terms, c.OID, s)
		return k.K(k.Money(gadget.Tag(domain.Order, 0), funding, value), covenant, c.C)
	}
	ocm := commit(c.Qty, value, c.S)
	turns, position := k.Turns(c.Digits)
	k.When(isReal, k.Climb(ocm, turns, c.Siblings), c.Anchor)

	k.Group("nullifier")
	nf, next := k.K2(c.S, ocm, k.Add(position, gadget.Tag(domain.ONF, 64)))
	k.AssertIsEqual(c.Nullifier, nf)

	k.Group("price-commitment")
	k.AssertIsEqual(c.PC, k.K(
		k.Add(record, k.Pack(gadget.Word{V: c.Dev, Shift: 160}, gadget.Word{V: c.FeeBp, Shift: 176}), gadget.Tag(domain.PC, 192)),
		k.Pack(gadget.Word{V: c.Price}, gadget.Word{V: c.Height, Shift: 64}),
		c.Salt))

	// The covenant proper. Padding trades nothing and owes none of it.
	k.Group("minimum") // fill ≥ min fill, or all that is left
	partial := k.Not(k.IsZero(rest))
	k.Range(k.Mul(partial, k.Sub(c.Lots, c.MinFill)), 64) // padding: rest = 0
	k.Group("limit")                                      // buy: P ≤ limit; sell: P ≥ limit
	towards := k.Sub(k.Mul(c.Side, 2), 1)
	k.Range(k.Mul(isReal, k.Mul(towards, k.Sub(c.Limit, c.Price))), 64)
	k.Group("expiry") // a ≤ expiry
	k.Range(k.Mul(isReal, k.Sub(c.Expiry, c.Height)), 32)
	k.Group("fee-cap") // feeBp ≤ max fee
	k.Range(k.Mul(isReal, k.Sub(c.MaxFee, c.FeeBp)), 16)
	k.Group("band") // dev ≤ band
	k.Range(k.Mul(isReal, k.Sub(c.Band, c.Dev)), 16)

	// notional = fill·P, fee = floor(notional·feeBp/10^4); a buyer pays
	// notional + fee for fill·lotSize of base, a seller the reverse less fee.
	// What was released, fill·unit, and not paid comes back.
	k.Group("payment")
	notional := k.Mul(c.Lots, c.Price)
	k.Range(notional, 64)
	fee := k.FloorBp(notional, c.FeeBp)
	base := k.Mul(c.Lots, c.LotSize)
	baseBits := k.Range(base, 64)
	quote := k.Add(notional, k.Mul(towards, fee))
	quoteBits := k.Range(quote, 64)
	paid := k.Choose(c.Side, quote, base)
	proceeds := k.Sub(k.Add(base, quote), paid)
	released := k.Mul(c.Lots, unit)
	refund := k.Sub(released, paid)
	k.Range(refund, 64)

	// Outputs carry the order's C, also when they are zero. The remainder's
	// value is rest·unit ≤ qty·unit < 2^64.
	pad, rho := k.K2(c.S, nf, k.Add(c.Height, gadget.Tag(domain.Rcpt, 64)))
	k.Group("proceeds")
	k.AssertIsEqual(c.Proceeds, k.K(k.Money(gadget.Tag(domain.Note, 0), bought, proceeds), rho, c.C))
	k.Group("refund")
	k.AssertIsEqual(c.Refund, k.K(k.Money(gadget.Tag(domain.Note, 0), funding, refund), k.Add(rho, 1), c.C))
	k.Group("remainder")
	k.AssertIsEqual(c.Remainder, commit(rest, k.Sub(value, released), next))

	// The owner can always open what was made: e − pad says it all.
	k.Group("report")
	k.AssertIsEqual(c.Report, k.Add(pad,
		k.Pack(gadget.Word{V: c.Lots}, gadget.Word{V: c.Price, Shift: 64}, gadget.Word{V: c.FeeBp, Shift: 128})))

	// cv = ±([base]Base − [quote]Quote) + [blind]Blind, + for a seller.
	k.Group("value-commitment")
	legs := k.AddPoints(k.FixedBase(jubjub.Base, baseBits), k.NegPoint(k.FixedBase(jubjub.Quote, quoteBits)))
	legs.X = k.Neg(k.Mul(towards, legs.X))
	blind := k.FixedBase(jubjub.Blind, k.Range(c.Blind, jubjub.OrderBits))
	cv := k.AddPoints(legs, blind)
	k.AssertIsEqual(c.Value.X, cv.X)
	k.AssertIsEqual(c.Value.Y, cv.Y)
	return nil
}

package collect

import (
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Circuit is the statement of one group. The public inputs come first, in the
// order of settlement.CollectInputs.
type Circuit struct {
	Markets    frontend.Variable `gnark:",public"` // root of the market table at height a
	References frontend.Variable `gnark:",public"` // root of the reference table at height a
	Height     frontend.Variable `gnark:",public"` // a
	PC         frontend.Variable `gnark:",public"` // the group's price commitment
	FeeNote    frontend.Variable `gnark:",public"` // cm_fee
	FeeValue   gadget.Point      `gnark:",public"` // cv_fee
	Treasury   frontend.Variable `gnark:",public"` // pk_treasury

	// The market record, but for its id, which is its place in the tables.
	Base, Quote, LotSize, Tick, FeeBp frontend.Variable
	Digits                            gadget.Digits
	MarketSiblings                    gadget.Siblings
	ReferenceSiblings                 gadget.Siblings

	Price, Reference, Dev, Salt frontend.Variable
	HalfTicks                   frontend.Variable // price in half ticks
	Fee, R, Blind               frontend.Variable
}

// New returns a Circuit of the right shape, to compile.
func New() *Circuit {
	return &Circuit{
		Digits:            make(gadget.Digits, tree.TableDepth),
		MarketSiblings:    make(gadget.Siblings, tree.TableDepth),
		ReferenceSiblings: make(gadget.Siblings, tree.TableDepth),
	}
}

// Define states the constraints, group by group as in spec/11-circuits.md.
func (c *Circuit) Define(api frontend.API) error {
	k, err := gadget.New(api)
	if err != nil {
		return err
	}

	// Every integer has the width it is packed with.
	k.Group("range")
	k.Range(c.Height, 32)
	k.Range(c.Base, 32)
	k.Range(c.Quote, 32)
	k.Range(c.LotSize, 64)
	k.Range(c.Tick, 64)
	k.Range(c.FeeBp, 16)
	k.Range(c.Price, 64)
	k.Range(c.Reference, 64)
	k.Range(c.Dev, 16)

	// Both leaves stand at the index that is the market's id.
	k.Group("market")
	turns, id := k.Turns(c.Digits)
	record := k.Pack(gadget.Word{V: id}, gadget.Word{V: c.Base, Shift: 32},
		gadget.Word{V: c.Quote, Shift: 64}, gadget.Word{V: c.LotSize, Shift: 96})
	leaf := k.K(k.Add(record, k.Pack(gadget.Word{V: c.FeeBp, Shift: 160}), gadget.Tag(domain.Mkt, 192)), c.Tick, 0)
	k.AssertIsEqual(c.Markets, k.Climb(leaf, turns, c.MarketSiblings))
	k.Group("reference")
	leaf = k.K(k.Add(id, gadget.Tag(domain.Ref, 192)), c.Reference, 0)
	k.AssertIsEqual(c.References, k.Climb(leaf, turns, c.ReferenceSiblings))

	// 1 ≤ P, and 2P is a multiple of the tick: tick·halfTicks < 2^129.
	k.Group("positive")
	k.AssertIsEqual(k.IsZero(c.Price), 0)
	k.Group("tick")
	k.Range(c.HalfTicks, 65)
	k.AssertIsEqual(k.Mul(c.Price, 2), k.Mul(c.Tick, c.HalfTicks))
	k.Group("deviation")
	k.AssertDeviation(c.Price, c.Reference, c.Dev)

	k.Group("price-commitment")
	k.AssertIsEqual(c.PC, k.K(
		k.Add(record, k.Pack(gadget.Word{V: c.Dev, Shift: 160}, gadget.Word{V: c.FeeBp, Shift: 176}), gadget.Tag(domain.PC, 192)),
		k.Pack(gadget.Word{V: c.Price}, gadget.Word{V: c.Height, Shift: 64}),
		c.Salt))

	// C = H(OWNER; pk_treasury, r), rho = pc: one fee note a group.
	k.Group("fee-note")
	feeBits := k.Range(c.Fee, 64)
	owner := k.H(domain.Owner, c.Treasury, c.R)
	k.AssertIsEqual(c.FeeNote, k.K(k.Money(gadget.Tag(domain.Note, 0), c.Quote, c.Fee), c.PC, owner))

	// cv_fee = −[fee]Quote + [blind]Blind
	k.Group("value-commitment")
	cv := k.AddPoints(
		k.NegPoint(k.FixedBase(jubjub.Quote, feeBits)),
		k.FixedBase(jubjub.Blind, k.Range(c.Blind, jubjub.OrderBits)))
	k.AssertIsEqual(c.FeeValue.X, cv.X)
	k.AssertIsEqual(c.FeeValue.Y, cv.Y)
	return nil
}

package adversary

import (
	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// noteAsOrder makes a note of nothing and opens it as an order of a fortune.
// It broke the first form of the order's leaf,
//
//	(x, y, z) = P(C, oid, money(ORDER, asset, value)), ocm = K(x + terms, y + s, z):
//
// choose C and the fortune, and compute x, y, z; pay a note of 0 to the "owner
// commitment" z, which is whatever a payer says it is; then terms = money − x
// and s = rho − y open the note's three lanes as that order.
var noteAsOrder = Attack{
	Name: "note_as_order", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		const fortune = 1 << 40
		mallory := c.Mallory
		d, r := mallory.Address().D, c.Element()
		lanes := field.P(mallory.Own(r), mallory.View.OID(), note.Money(domain.Order, world.KSM, fortune))

		pay := c.Plan(world.Intent{Owner: mallory, In: []*world.Coin{c.MalloryHUB}}).Derive()
		empty := note.Note{Asset: world.HUB, Rho: note.OutputRho(pay.Tx.Nullifiers[0], 1), C: lanes[2]}
		pay.Circuit.Outputs[1].C = empty.C
		pay.Tx.Commitments[1] = empty.Commitment()
		if err := execute(c, pay.Finish()); err != nil {
			return err
		}
		c.Settled()

		var terms, s field.Element
		money := note.Money(domain.Note, empty.Asset, 0)
		terms.Sub(&money, &lanes[0])
		s.Sub(&empty.Rho, &lanes[1])
		change := pay.Made[0]
		position := change.Position + 1
		loot := c.Plan(world.Intent{Owner: mallory, In: []*world.Coin{change}})
		if !undo {
			loot.Witness.Inputs[1] = loot.Witness.Inputs[0] // slot 0 is for the order
			nf, _ := order.Nullify(s, empty.Commitment(), position)
			loot.Claimed[0] = &nf
			loot.Witness.Inputs[0] = action.Spend{
				Asset: world.KSM, Value: fortune, D: d, R: r,
				Order: &action.Terms{Hash: terms, S: s}, Path: c.PathAt(position),
			}
			loot.Pays = append([]world.Pay{{To: mallory, Asset: world.KSM, Value: fortune}}, loot.Pays[:2]...)
		}
		return execute(c, loot.Derive().Finish())
	},
}

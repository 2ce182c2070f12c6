package adversary

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintNegative balances a note of too much with a note of less than nothing:
// 51,000 + (r − 1,000) = 50,000.
var mintNegative = Attack{
	Name: "mint_negative", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		const extra = 1000
		have := c.MalloryKSM.Value
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB}})
		a.Pays = []world.Pay{
			{To: c.Mallory, Asset: world.KSM, Value: either(undo, have+extra, have)},
			{To: c.Mallory, Asset: world.KSM},
			{To: c.Mallory, Asset: world.HUB, Value: c.MalloryHUB.Value - world.Fee},
		}
		a.Derive()
		if !undo {
			minus := negative(extra)
			money := note.Money(domain.Note, world.KSM, 0)
			money.Add(&money, &minus)
			a.Circuit.Outputs[1].Value = minus
			a.Tx.Commitments[1] = field.K(money, a.Made[1].Rho, a.Made[1].C())
		}
		return execute(c, a.Finish())
	},
}

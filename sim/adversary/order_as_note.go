package adversary

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// orderAsNote spends an order twice: as the order, and then as a note whose rho
// is the order's covenant. The two have different nullifiers.
var orderAsNote = Attack{
	Name: "order_as_note", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		t := world.Terms(world.KSMUSD, order.Sell, 950, 10)
		place := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB},
			Out: []world.Pay{{To: c.Alice, Asset: world.KSM, Value: 10_000, Terms: t}},
		})
		if err := execute(c, place.Bytes()); err != nil {
			return err
		}
		c.Settled()
		coin, hub := place.Made[0], place.Made[2]
		again := *coin
		if !undo {
			again.Terms = nil
			again.Rho = field.K(t.Hash(), c.Alice.View.OID(), coin.S)
			if err := execute(c, c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{coin, c.AliceHUB2}}).Bytes()); err != nil {
				return err
			}
		}
		return execute(c, c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{&again, hub}}).Bytes())
	},
}

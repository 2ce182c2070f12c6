package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeFree floods workers without paying.
var challengeFree = Attack{
	Name: "challenge_free", Guarantee: "G6", Wants: rejection.WrongFee,
	Run: func(c *world.Cast, undo bool) error {
		beat := c.Beat()
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		if !undo {
			a.Witness.Fee = 0
			a.Pays[0].Value += world.Fee
		}
		return c.Commit(a.Derive().Challenge(c.Workers[0], c.Query(beat)).Encode())
	},
}

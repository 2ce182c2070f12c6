package adversary

import (
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/sim/world"
)

// withdrawn lets Mallory withdraw KSM and returns her open claim.
func withdrawn(c *world.Cast) custody.ClaimID {
	a := c.Act(world.Intent{
		Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM},
		Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
	})
	if err := execute(c, a.Bytes()); err != nil {
		panic(err)
	}
	return a.Claim()
}

// closeTwice tells the story of a claim that ends as first and then as second;
// undone, it ends once.
func closeTwice(first, second custody.Result) func(*world.Cast, bool) error {
	return func(c *world.Cast, undo bool) error {
		closing := func(claim custody.ClaimID, r custody.Result) []byte {
			end := &custody.Closing{Claim: claim, Result: r}
			if r == custody.Paid {
				end.Payment = c.NewReference()
			}
			return c.SignClosing(end)
		}
		claim := withdrawn(c)
		if !undo {
			c.Must(closing(claim, first))
		}
		return c.Commit(closing(claim, second))
	}
}

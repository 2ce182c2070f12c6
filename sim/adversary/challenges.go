package adversary

import (
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/sim/world"
)

// ask makes a challenge of a worker, for which Mallory pays.
func ask(c *world.Cast, worker *world.Worker, q fairness.Query) *challenge.Challenge {
	return c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}}).Derive().Challenge(worker, q)
}

// asked is ask about the newest heartbeat, of a worker that signed it, in a block.
func asked(c *world.Cast) *challenge.Challenge {
	tx := ask(c, c.Workers[0], c.Query(c.Beat()))
	c.Must(tx.Encode())
	return tx
}

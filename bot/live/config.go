package live

import (
	"errors"
	"time"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// Config is what a Desk is made of.
type Config struct {
	Wallet   *wallet.Wallet
	Market   uint32
	Strategy bot.Strategy
	Since    uint64 // the strategy's own fills are those in blocks after this one
	Limits   Limits
	Beat     uint32        // blocks for which a heartbeat counts; at least LeastBeat
	Life     uint64        // seconds after which a placed order can't trade any more, by its covenant; 0 is never
	Dry      bool          // say what would be done, and do nothing
	Report   func(Event)   // told of everything; not nil
	Poll     time.Duration // how often to look for a new block; 0 is 200 ms
	Away     time.Duration // after how long a node that is away is first asked again; 0 is 1 s
}

// Limits are what a bot does not start without.
type Limits struct {
	// Position is how many lots it is long or short at the very most, should all
	// orders of one side trade before any of the other. It is kept whatever the
	// strategy says.
	Position uint64
	// Loss in quote hub units ends the run: what was paid and not received, fees
	// included, with the position valued at the reference. It is noticed after the
	// fact. 0 is no bound.
	Loss uint64
}

// LeastBeat is the least number of blocks that a heartbeat can be renewed in: an
// action takes a few to be proven, taken in and executed.
const LeastBeat = 50

// mostAway is the longest pause before a node that is away is asked again.
const mostAway = 30 * time.Second

// check refuses (PARAMETER_BOUNDS) what no bot may start with.
func (c *Config) check() error {
	switch {
	case c.Wallet == nil || c.Strategy == nil || c.Report == nil:
		return errors.New("live: a wallet, a strategy and somebody to report to are needed")
	case c.Limits.Position == 0 || c.Limits.Position > 1<<62:
		return rejection.New(rejection.ParameterBounds, "a bot does not start without a limit of its position")
	case c.Beat < LeastBeat:
		return rejection.New(rejection.ParameterBounds, "a heartbeat of fewer than %d blocks can't be renewed in time", LeastBeat)
	}
	if c.Poll <= 0 {
		c.Poll = 200 * time.Millisecond
	}
	if c.Away <= 0 {
		c.Away = time.Second
	}
	return nil
}

// Kind says what an Event is.
type Kind string

// The kinds of event.
const (
	Started   Kind = "started"   // the chain is read, earlier actions are decided
	Placing   Kind = "place"     // a decision: an order is on its way
	Replacing Kind = "replace"   // a decision: an order takes another's place, in one action
	Renewing  Kind = "renew"     // the enclaves had lost an order with their book; the same again
	Leaving   Kind = "cancel"    // a decision: an order is on its way out
	Beating   Kind = "heartbeat" // sent
	Matched   Kind = "matched"   // an auction took an order; not a fill yet
	Filled    Kind = "fill"      // settled
	Gone      Kind = "gone"      // an order left otherwise than by the bot
	Merging   Kind = "merge"     // small notes were brought together first
	Refused   Kind = "refused"   // Err says why; it is tried again, later each time
	Held      Kind = "held"      // a limit keeps an order from being placed
	Failed    Kind = "failed"    // an action that was sent came to nothing
	Away      Kind = "away"      // the node can't be reached
	Back      Kind = "back"      // it can again
	Stopped   Kind = "stopped"   // Why
	Left      Kind = "left"      // an order is still there at the end
	Silent    Kind = "silent"    // the last heartbeat: nothing is left to be pulled
)

// Event is something that a person may want to read.
type Event struct {
	Kind   Kind
	Height uint64
	Time   int64 // seconds since 1970, of the block
	Order  wallet.ID
	What   bot.Instruction // of an order: as it was placed
	Fill   wallet.Fill
	Blocks uint32 // of a heartbeat
	Err    error
	Why    Stop

	Position int64  // lots, as settled
	Actions  uint64 // sent so far
}

// Stop says why a run ended.
type Stop string

// The reasons to end.
const (
	Interrupted Stop = "interrupted"
	Finished    Stop = "finished"   // the strategy has nothing more to do
	TimeOver    Stop = "time over"  // the strategy would trade the rest outside, which is not for us to do
	LossLimit   Stop = "loss limit" // Limits.Loss
	Broken      Stop = "broken"     // an error that no retry mends
)

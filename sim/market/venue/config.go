package venue

import (
	"slices"

	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Config is what a venue is made of. Heights and intervals are in blocks.
type Config struct {
	Markets []market.Record
	Secret  epoch.Secret // what calls, ties and ranks are drawn from

	Interval    uint32 // each has one auction
	Predictable bool   // it is in the interval's last block, instead of one that Secret draws
	MinRest     uint32 // w: an order that came in block b is in no auction before b + w
	Settle      uint32 // after so many an auction's remainders are back
	MaxFills    int    // of one auction, over all markets
	SizeClasses []int  // what a market's fills are padded to, ascending; the last is their bound

	DefaultMinFill uint64 // an order without a minimum gets one part in so many of its size; 0: none
}

// Default returns the parameters of a new network with some markets; markets
// and secret are the caller's.
func Default(secret epoch.Secret, markets ...market.Record) Config {
	return Config{
		Markets: markets, Secret: secret, Interval: 12, MinRest: 4, Settle: 4,
		MaxFills: 64, SizeClasses: []int{2, 4, 8, 16, 32},
	}
}

// validate refuses (PARAMETER_BOUNDS) what can't be a venue.
func (c Config) validate() error {
	bad := func(what string) error { return rejection.New(rejection.ParameterBounds, "%s", what) }
	for i, m := range c.Markets {
		if err := m.Validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Markets[:i], func(o market.Record) bool { return o.ID == m.ID }) {
			return bad("two markets have one id")
		}
	}
	switch {
	case len(c.Markets) == 0:
		return bad("there is no market")
	case c.Interval == 0:
		return bad("the auction interval is positive")
	case c.MaxFills < 2 || len(c.SizeClasses) == 0 || c.SizeClasses[0] < 2 || !slices.IsSorted(c.SizeClasses):
		return bad("an auction has at least two fills, and size classes ascend")
	}
	return nil
}

// class returns what so many fills are padded to.
func (c Config) class(fills int) int {
	i, _ := slices.BinarySearch(c.SizeClasses, fills)
	return c.SizeClasses[min(i, len(c.SizeClasses)-1)]
}

// room returns the largest class that fits so many fills, or 0.
func (c Config) room(free int) (room int) {
	for _, n := range c.SizeClasses {
		if n <= free {
			room = n
		}
	}
	return room
}

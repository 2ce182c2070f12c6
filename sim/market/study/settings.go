package study

import (
	"math/rand/v2"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/market/session"
	"github.com/nightjar/nightjar/sim/market/venue"
)

// Defence is one of the venue's means against probing.
type Defence uint16

// The defences, as bits.
const (
	MinSize Defence = 1 << iota // an order has at least 100 lots
	MinFill                     // an order without a minimum gets an eighth of its size
	Rest                        // an order rests 12 blocks before it may trade, not 1
	Random                      // the call is at an unpredictable block, not the interval's last
	Natural                     // block traders are in the natural pool, the pinger is not
	Classes                     // until settlement an owner hears a size class
	Prints                      // trades are published after ten minutes, of at least three owners
	Halt                        // no auction if the reference moved by more than 15 bp in the interval

	None Defence = 0
	All          = MinSize | MinFill | Rest | Random | Natural | Classes | Prints | Halt
)

// Defences names them, in the sequence of the tables.
var Defences = []struct {
	Defence Defence
	Name    string
}{
	{MinSize, "minimum order size"}, {MinFill, "default minimum fill"}, {Rest, "minimum resting life"}, {Random, "unpredictable call"},
	{Natural, "natural pool"}, {Classes, "size-class disclosure"}, {Prints, "delayed prints, 3 owners"}, {Halt, "halt at 15 bp"},
}

// Setting is one cell of the study.
type Setting struct {
	Name     string
	Defences Defence
	Liar     bool   // the pinger is in the natural pool in spite of its rule
	Impact   uint64 // of the market outside; 0: the default

	Plan Plan
}

// Plan is what a pinger may choose. For each setting the study takes the plan
// that earned most over seeds that are not the study's.
type Plan struct {
	Probe uint64 `json:"probe_lots"` // after the first, which is as small as may be
	Push  uint64 `json:"push_lots"`
	Bait  uint64 `json:"bait_lots"` // that wait for the large order
	Hold  bool   `json:"hold"`      // the push is kept up until the call
}

// Plans are all it may choose from.
var Plans = []Plan{{1, 4000, 4000, false}, {1, 4000, 8192, false}, {1, 6000, 6000, false}, {256, 4000, 8192, false}, {256, 6000, 6000, false}, {1, 4000, 8192, true}}

// The length of one run, and the block traders in it.
const (
	blocks     = 3600 // of a second
	spacing    = 600  // blocks between two large orders
	blockTime  = 1_000_000_000
	leastBlock = 3_000
	mostBlock  = 15_000 // lots
)

// run returns a run's configuration with its block traders, and the pinger, if
// it is to be there.
func (s Setting) run(seed uint64, ping bool) (session.Config, []*bot.Block, *Pinger) {
	c := session.Default(seed, 1)
	c.Blocks, c.BlockTime = blocks, blockTime
	c.Lit.HalfSpread, c.Lit.Decay = 100, 60
	if c.Lit.Impact = 300; s.Impact > 0 {
		c.Lit.Impact = s.Impact
	}
	c.Flow.Noise, c.Flow.Informed, c.Flow.Least = 120, 60, 100
	on := func(d Defence) bool { return s.Defences&d != 0 }
	m := &c.Venue.Markets[0]
	c.Venue.Predictable, c.Venue.MinRest = !on(Random), 1
	c.Classes = on(Classes)
	pool := order.All
	if on(MinSize) {
		m.MinQty = 100
	}
	if on(MinFill) {
		c.Venue.DefaultMinFill = 8
	}
	if on(Rest) {
		c.Venue.MinRest = 12
	}
	if on(Natural) {
		pool = order.Natural
		c.Flow.Natural = 60
	}
	if on(Prints) {
		c.Prints = venue.Prints{Delay: 600 * blockTime, Owners: 3}
	}
	if on(Halt) {
		m.Halt = 15
	}
	for i, peg := range []order.Peg{order.Mid, order.Primary} {
		c.Agents = append(c.Agents, session.Agent{Trader: "maker", Market: m.ID, Strategy: &bot.Maker{
			Lots: 300, Most: 3000, Peg: peg, Offset: int32(2 - 2*i), Skew: 2, Cap: 50, Refresh: 60 * blockTime,
		}})
	}
	// Large orders depend on the seed alone, so that each setting has the same.
	r := rand.New(rand.NewPCG(seed, 3))
	var large []*bot.Block
	for at := uint64(60); at+spacing <= blocks; at += spacing {
		b := &bot.Block{
			Side: order.Side(r.IntN(2)), Lots: leastBlock + r.Uint64N(mostBlock-leastBlock), Cap: 25,
			Start: (at + r.Uint64N(60)) * blockTime, Wait: (spacing - 180) * blockTime, Slices: 30, Pool: pool,
		}
		large = append(large, b)
		c.Agents = append(c.Agents, session.Agent{Trader: "block", Market: m.ID, Strategy: b})
	}
	if !ping {
		return c, large, nil
	}
	p := &Pinger{
		Rules: Rules{
			Interval: c.Venue.Interval, Predictable: c.Venue.Predictable, MinRest: c.Venue.MinRest, Settle: c.Venue.Settle,
			BlockTime: blockTime, Prompt: !on(Prints), Halted: on(Halt),
		},
		Past: 3, Loud: 1500, Impact: c.Lit.Impact, Decay: c.Lit.Decay,
		Plan: s.Plan,
	}
	if s.Liar {
		p.Pool = pool
	}
	c.Agents = append(c.Agents, session.Agent{Trader: "pinger", Market: m.ID, Strategy: p})
	return c, large, p
}

// Settings returns the cells of the study.
func Settings() []Setting {
	list := []Setting{{Name: "no defence"}}
	for _, d := range Defences {
		if d.Defence != Classes { // of an order in the natural pool; without it there is nothing to compare
			list = append(list, Setting{Name: d.Name, Defences: d.Defence})
		}
	}
	list = append(list,
		Setting{Name: "natural pool, pinger in it", Defences: Natural, Liar: true},
		Setting{Name: "… and size-class disclosure", Defences: Natural | Classes, Liar: true},
		Setting{Name: "all", Defences: All},
		Setting{Name: "all, pinger in the pool", Defences: All, Liar: true},
	)
	for _, d := range Defences {
		list = append(list, Setting{Name: "all but " + d.Name, Defences: All &^ d.Defence, Liar: true})
	}
	return list
}

package study

import (
	"math/bits"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
)

// Rules is what a Pinger knows of the venue; everybody does. In blocks.
type Rules struct {
	Interval    uint32
	Predictable bool // the call is in an interval's last block
	Halted      bool // no call if the reference moves too far in an interval
	MinRest     uint32
	Settle      uint32
	BlockTime   uint64 // ns
	Prompt      bool   // trades are published at once
}

// Pinger looks for large orders that rest at the midpoint, with small ones, and
// makes them pay:
//
//	probe   a small order a little past the midpoint, to sell and to buy by turns.
//	        If all of it traded at the midpoint or better, again on the same side,
//	        perhaps with more; after so many hits in a row somebody large is there.
//	load    rest a bait for the large order to trade with, at a price that pays
//	        only once the reference has been pushed.
//	push    trade outside in the large order's direction, as late as the call can
//	        be known: the reference moves, and the large order's peg with it.
//	unwind  trade outside what is left.
type Pinger struct {
	Rules  Rules
	Past   uint64 // bp past the midpoint of a probe's limit
	Loud   uint64 // lots of a print that makes the smallest probe needless
	Pool   order.Pool
	Impact uint64 // thousandths of a unit by which a lot pushes the reference
	Decay  uint64 // a push loses one part in so many in each block

	// What the study chooses for each setting.
	Plan

	stage pinging
	since uint64 // ns, when the stage began
	tag   uint64
	mid   uint64 // as the auctions of the last block saw it

	probe uint64 // tag of the probe that is out, or 0
	side  order.Side
	level int
	wants uint64 // lots that are a hit
	loud  bool

	victim order.Side // of the large order
	bait   uint64     // tag
	sold   uint64     // lots of the bait that were matched, as far as is known
	pushed uint64     // ns: the last time

	cash    int64   // quote hub units
	settled int64   // lots
	pending []int64 // lots of each fill that was heard of and is not settled, oldest first

	Probes int // how many it sent
	Pushes int
	Taken  int // … after which the bait traded
}

// hits in a row mean that somebody large is there.
const hits = 4

type pinging uint8

const (
	probing pinging = iota
	loading         // the bait rests until it may trade
	pushing         // the reference was pushed; the call is awaited
	ending          // what is on its way settles
)

// Profit returns cash and what is held, at a price less what it costs to get rid
// of it.
func (p *Pinger) Profit(price, cost uint64) int64 {
	return p.cash + p.settled*int64(price) - max(p.settled, -p.settled)*int64(cost)
}

// Act takes the next step.
func (p *Pinger) Act(v bot.View) []bot.Instruction {
	p.hear(v)
	p.mid = v.Quote.Mid
	if !v.Quote.Valid() {
		return nil
	}
	height := uint32(v.Time / p.Rules.BlockTime) // of the block under way
	switch p.stage {
	case probing:
		if p.level == hits {
			p.victim = 1 - p.side
			return p.load(v)
		}
		return append(p.unwind(v), p.next(v)...)
	case loading:
		if v.Time < p.since+uint64(p.Rules.MinRest)*p.Rules.BlockTime || !p.moment(height) {
			return nil
		}
		p.stage, p.since, p.pushed = pushing, v.Time, v.Time
		p.Pushes++
		return []bot.Instruction{{Do: bot.Trade, Side: p.victim, Lots: p.Push}}
	case pushing:
		return p.wait(v)
	}
	if v.Time < p.since+uint64(p.Rules.Settle+1)*p.Rules.BlockTime {
		return p.unwind(v)
	}
	p.stage, p.level = probing, 0
	return p.unwind(v)
}

// wait keeps the push up until the call, or gives up.
func (p *Pinger) wait(v bot.View) []bot.Instruction {
	late := v.Time >= p.since+uint64(p.patience())*p.Rules.BlockTime
	if p.sold == 0 && !late {
		if !p.Hold || p.held(p.victim) >= int64(p.Bait) {
			return nil
		}
		p.pushed = v.Time
		return []bot.Instruction{{Do: bot.Trade, Side: p.victim, Lots: p.Push/p.Decay + 1}}
	}
	if p.sold > 0 {
		p.Taken++
	}
	p.stage, p.since = ending, v.Time
	var list []bot.Instruction
	if p.sold < p.Bait {
		list = append(list, bot.Instruction{Do: bot.Cancel, Tag: p.bait})
	}
	// What was bought too much goes into the push while it lasts.
	if lots := p.held(p.victim); lots > 0 {
		list = append(list, bot.Instruction{Do: bot.Trade, Side: 1 - p.victim, Lots: uint64(lots)})
	}
	return list
}

// hear takes the news.
func (p *Pinger) hear(v bot.View) {
	for _, m := range v.Matched {
		p.pending = append(p.pending, signed(m.Side, m.Lots))
		if m.Tag == p.bait {
			p.sold += m.Lots
		}
		if m.Tag == p.probe {
			// A midpoint between two prices of the grid is rounded.
			better := m.Side == order.Sell && m.Price+v.Market.Tick > p.mid || m.Side == order.Buy && m.Price < p.mid+v.Market.Tick
			p.answer(better && m.Lots >= p.wants)
		}
	}
	for _, tag := range v.Gone {
		if tag == p.probe {
			p.answer(false)
		}
	}
	for _, f := range v.Settled {
		p.pending = p.pending[1:]
		p.book(f)
		if f.Tag == p.bait {
			p.sold = p.Bait - min(p.Bait, f.Left) // the news may have named a class only
		}
	}
	for _, f := range v.Outside {
		p.book(f)
	}
	for _, pr := range v.Prints {
		p.loud = p.loud || p.Rules.Prompt && pr.Lots >= p.Loud
	}
}

// answer is what became of a probe.
func (p *Pinger) answer(hit bool) {
	p.probe = 0
	if hit {
		p.level++
	} else {
		p.level = 0
	}
}

func (p *Pinger) book(f bot.Fill) {
	p.settled += signed(f.Side, f.Lots)
	p.cash -= signed(f.Side, f.Lots) * int64(f.Price)
}

func signed(side order.Side, lots uint64) int64 {
	if side == order.Buy {
		return int64(lots)
	}
	return -int64(lots)
}

// held returns the lots it has, as far as it knows: long if side is to buy,
// short if it is to sell.
func (p *Pinger) held(side order.Side) int64 {
	lots := p.settled
	for _, n := range p.pending {
		lots += n
	}
	if side == order.Sell {
		return -lots
	}
	return lots
}

// next sends a probe, if none is out. It is good for one auction.
func (p *Pinger) next(v bot.View) []bot.Instruction {
	if p.probe != 0 {
		return nil
	}
	if p.level == 0 {
		if p.side = 1 - p.side; p.loud {
			p.level, p.loud = 1, false
		}
	}
	lots := max(1, v.Market.MinQty)
	if p.level > 0 {
		lots = max(lots, p.Probe)
	}
	p.tag++
	p.probe = p.tag
	p.wants = 1 << (bits.Len64(lots) - 1) // all that the news may say of a fill
	p.Probes++
	past := v.Quote.Mid / 10_000 * p.Past
	limit := v.Quote.Mid - past
	if p.side == order.Buy {
		limit = v.Quote.Mid + past
	}
	return []bot.Instruction{{
		Do: bot.Place, Tag: p.tag, Side: p.side, Limit: limit, Lots: lots, MinFill: 1, Band: order.NoBand,
		Handling: order.Handling{Pool: p.Pool, Auctions: 1},
	}}
}

// load rests the bait, a tick inside the midpoint, so that rounding does not keep
// it from a large order there. Half of the push is the least that it takes.
func (p *Pinger) load(v bot.View) []bot.Instruction {
	p.tag++
	p.bait, p.stage, p.since, p.sold, p.level = p.tag, loading, v.Time, 0, 0
	least := p.Impact * p.Push / 2000
	side, limit, inside := order.Sell, v.Quote.Mid+least, int32(-1)
	if p.victim == order.Sell {
		side, limit, inside = order.Buy, v.Quote.Mid-min(v.Quote.Mid-1, least), 1
	}
	return []bot.Instruction{{
		Do: bot.Place, Tag: p.bait, Account: 1, Side: side, Limit: limit, Lots: p.Bait, MinFill: 1, Band: order.NoBand,
		Handling: order.Handling{Peg: order.Mid, Offset: inside, Pool: p.Pool},
	}}
}

// moment reports whether now is the time to push. A call that is known is pushed
// in the block before it. One that is not, before its interval begins; and
// before that is measured, if a move in it stops the call.
func (p *Pinger) moment(height uint32) bool {
	n := p.Rules.Interval
	switch {
	case p.Rules.Predictable:
		return (height+1)%n == n-1
	case p.Rules.Halted:
		return (height+2)%n == 0
	}
	return (height+1)%n == 0
}

// patience is for how many blocks the call is awaited.
func (p *Pinger) patience() uint32 {
	if p.Rules.Predictable {
		return 2
	}
	return p.Rules.Interval + 2
}

// unwind trades outside a little of what is held, so that it moves little, and
// not before the last push has gone: who sold into it would buy it back.
func (p *Pinger) unwind(v bot.View) []bot.Instruction {
	lots, side := p.held(order.Buy), order.Sell
	if lots < 0 {
		lots, side = -lots, order.Buy
	}
	if lots == 0 || p.pushed > 0 && v.Time < p.pushed+3*p.Decay*p.Rules.BlockTime {
		return nil
	}
	return []bot.Instruction{{Do: bot.Trade, Side: side, Lots: uint64(max(lots/128, min(lots, 20)))}}
}

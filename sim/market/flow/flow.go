package flow

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/market/event"
)

// Config is the traders of one market. Rates are in orders of a thousand blocks.
type Config struct {
	Noise    int    // of traders with reasons of their own
	Informed int    // of those who know the fair value; they come only if it pays
	Least    uint64 // lots of the smallest order; sizes fall off by halves above it
	Doubles  int    // the largest order has Least · 2^Doubles lots or nearly twice that
	Edge     uint64 // bp by which the fair value has to be past the quote for an informed trader
	Stay     uint64 // ns for which the most patient order rests
	Cancels  int    // of a hundred noise orders: those that are taken out before
	Modifies int    // … and those that are changed
	Natural  int    // of a hundred noise orders: those for the natural pool only
}

// Default is a market with an order every two seconds.
func Default() Config {
	return Config{Noise: 500, Informed: 150, Least: 100, Doubles: 3, Edge: 1, Stay: 120_000_000_000, Cancels: 20, Modifies: 10}
}

// Source makes the orders of one market. Make it with New.
type Source struct {
	config Config
	random *rand.Rand
	market uint32
	tick   uint64
	order  func() uint64 // names
	later  []event.Event // changes to come, ascending by time
}

// New returns a source; seed and market are what it depends on. order names a
// new order.
func New(c Config, seed uint64, m market.Record, order func() uint64) *Source {
	return &Source{config: c, random: rand.New(rand.NewPCG(seed, uint64(m.ID)<<8|2)), market: m.ID, tick: m.Tick, order: order}
}

// Block returns what happens in (from, to], in ns. The quote is the reference
// that the traders see, fair is the fair value.
func (s *Source) Block(from, to uint64, bid, ask, fair uint64) []event.Event {
	var list []event.Event
	for n := s.count(s.config.Noise); n > 0; n-- {
		list = s.noise(list, s.time(from, to), bid, ask)
	}
	for n := s.count(s.config.Informed); n > 0; n-- {
		list = s.informed(list, s.time(from, to), bid, ask, fair)
	}
	for len(s.later) > 0 && s.later[0].Time <= to {
		list = append(list, s.later[0])
		s.later = s.later[1:]
	}
	slices.SortStableFunc(list, func(x, y event.Event) int { return cmp.Compare(x.Time, y.Time) })
	return list
}

// count draws how many orders come in a block, at a rate of a thousand blocks:
// the whole part always, the rest by chance.
func (s *Source) count(rate int) int {
	n := rate / 1000
	if s.random.IntN(1000) < rate%1000 {
		n++
	}
	return n
}

func (s *Source) time(from, to uint64) uint64 { return from + 1 + s.random.Uint64N(to-from) }

// lots draws a size: each doubling is half as likely as the one before.
func (s *Source) lots() uint64 {
	n := s.config.Least
	for range s.config.Doubles {
		if s.random.IntN(2) == 0 {
			break
		}
		n *= 2
	}
	return n + s.random.Uint64N(n)
}

// noise is a trader who wants to trade: at the midpoint with a cap, or at a price
// of their own near it; now and then across the spread.
func (s *Source) noise(list []event.Event, now, bid, ask uint64) []event.Event {
	mid := bid + (ask-bid)/2
	e := event.Event{
		Time: now, Kind: event.Add, Market: s.market, Order: s.order(), Trader: "noise",
		Side: order.Side(s.random.IntN(2)), Size: s.lots(), Band: order.NoBand,
		Until: now + s.config.Stay/8 + s.random.Uint64N(s.config.Stay-s.config.Stay/8+1),
	}
	switch s.random.IntN(10) {
	case 0, 1, 2, 3, 4: // at the midpoint, up to 20 bp away
		e.Peg = order.Mid
		e.Price = away(e.Side, mid, mid/500)
	case 5, 6, 7, 8: // at a limit from 6 bp short of the midpoint to 6 bp past it
		e.Price = s.round(away(e.Side, mid-mid/1667, 0) + s.random.Uint64N(2*(mid/1667)+1))
	default: // at the other side of the quote, for the next auction only
		e.Peg, e.Auctions, e.Until = order.Market, 1, 0
		e.Price = away(e.Side, mid, mid/200)
	}
	if s.random.IntN(4) == 0 {
		e.MinFill = e.Size / (1 + s.random.Uint64N(4))
	}
	if s.random.IntN(100) < s.config.Natural {
		e.Pool = order.Natural
	}
	list = append(list, e)
	if e.Until == 0 {
		return list
	}
	switch chance := s.random.IntN(100); {
	case chance < s.config.Cancels:
		s.then(event.Event{Time: now + s.random.Uint64N(e.Until-now), Kind: event.Cancel, Market: s.market, Order: e.Order})
	case chance < s.config.Cancels+s.config.Modifies:
		s.then(event.Event{
			Time: now + s.random.Uint64N(e.Until-now), Kind: event.Modify, Market: s.market, Order: e.Order,
			Price: e.Price, Size: max(s.config.Least, e.Size/2),
		})
	}
	return list
}

// informed is a trader who comes only if the fair value is past the quote, and
// stays for two auctions.
func (s *Source) informed(list []event.Event, now, bid, ask, fair uint64) []event.Event {
	edge := fair / 10_000 * s.config.Edge
	e := event.Event{
		Time: now, Kind: event.Add, Market: s.market, Trader: "informed", Size: s.lots(), Band: order.NoBand, Auctions: 2,
	}
	switch mid := bid + (ask-bid)/2; {
	case fair > mid+edge:
		e.Side, e.Price = order.Buy, s.round(fair-edge)
	case fair+edge < mid:
		e.Side, e.Price = order.Sell, s.round(fair+edge)
	default:
		return list
	}
	e.Order = s.order()
	return append(list, e)
}

// away returns a price that is so much worse for its owner, at least 1.
func away(side order.Side, price, by uint64) uint64 {
	if side == order.Buy {
		return price + by
	}
	return max(1, price-min(price, by))
}

// round returns the price on the grid below, at least a tick.
func (s *Source) round(price uint64) uint64 { return max(s.tick, price-price%s.tick) }

// then keeps a change for its time.
func (s *Source) then(e event.Event) {
	i, _ := slices.BinarySearchFunc(s.later, e, func(x, y event.Event) int { return cmp.Compare(x.Time, y.Time+1) })
	s.later = slices.Insert(s.later, i, e)
}

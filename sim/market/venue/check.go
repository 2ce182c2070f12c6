package venue

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// ErrViolation is a rule that the engine broke: a fault, after which nothing may
// go on.
var ErrViolation = errors.New("venue: an auction broke a rule")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrViolation}, args...)...)
}

// check holds a result against the orders as the venue knows them. It takes
// nothing from the engine but the definition of distance from the reference.
func (v *Venue) check(p *pool, call auction.Call, r auction.Result) error {
	if r.Reason != auction.Cleared {
		if len(r.Fills) > 0 || r.Volume > 0 {
			return violation("%v with fills", r.Reason)
		}
		return nil
	}
	ref := call.Reference
	dev := market.Deviation(r.Price, ref.Mid)
	switch {
	case !ref.Valid(), call.Unstable:
		return violation("a trade without a stable reference")
	case len(r.Fills) < 2 || len(r.Fills) > call.MaxFills:
		return violation("%d fills, the cap is %d", len(r.Fills), call.MaxFills)
	case !call.Market.OnTick(r.Price):
		return violation("the price is not on the grid")
	case dev > call.Market.Collar || dev != r.Dev:
		return violation("the price is past the collar")
	}
	var lots [2]uint64
	seen := make(map[uint32]bool, len(r.Fills))
	sides := make(map[auction.Owner]order.Side, len(r.Fills))
	for _, f := range r.Fills {
		if int(f.Order) >= len(p.orders) || p.orders[f.Order] >= uint32(len(v.orders)) {
			return violation("a fill of no order")
		}
		at := p.orders[f.Order]
		o := &v.orders[at]
		e := o.event
		low, high := priceRange(o, call)
		side, met := sides[o.owner]
		switch {
		case o.state != open || o.id != f.Order || o.pool != p:
			return violation("a fill of an order that is not in the auction")
		case seen[at]:
			return violation("an order trades twice")
		case f.Lots == 0 || f.Lots > e.Size:
			return violation("a fill past the order's size")
		case f.Lots < e.MinFill && f.Lots != e.Size:
			return violation("a fill under the order's minimum")
		case r.Price < low || r.Price > high:
			return violation("a price past the order's limit or peg")
		case dev > e.Band:
			return violation("a price outside the order's band")
		case !o.rested(v.height, v.config.MinRest):
			return violation("an order that has not rested")
		case met && side != e.Side:
			return violation("an owner trades with themselves")
		}
		seen[at], sides[o.owner] = true, e.Side
		var carry uint64
		if lots[e.Side], carry = bits.Add64(lots[e.Side], f.Lots, 0); carry != 0 {
			return violation("more lots than there are numbers")
		}
	}
	if lots[order.Buy] != lots[order.Sell] || lots[order.Buy] != r.Volume {
		return violation("what is bought is not what is sold")
	}
	return nil
}

// priceRange returns the prices inside the limit and the peg.
func priceRange(o *resting, call auction.Call) (low, high uint64) {
	e, ref := o.event, call.Reference
	follows := ref.Mid
	switch {
	case e.Peg == order.Primary && e.Side == order.Buy, e.Peg == order.Market && e.Side == order.Sell:
		follows = ref.Bid
	case e.Peg == order.Primary, e.Peg == order.Market:
		follows = ref.Ask
	}
	peg := pegged(follows, e.Offset, call.Market.Tick)
	switch {
	case e.Side == order.Buy && e.Peg != order.NoPeg:
		return 1, min(e.Price, peg)
	case e.Side == order.Buy:
		return 1, e.Price
	case e.Peg != order.NoPeg:
		return max(e.Price, peg), math.MaxUint64
	}
	return e.Price, math.MaxUint64
}

// pegged returns follows + offset · tick, no less than 0 and no more than fits.
func pegged(follows uint64, offset int32, tick uint64) uint64 {
	steps := uint64(max(int64(offset), -int64(offset)))
	high, by := bits.Mul64(steps, tick)
	if offset < 0 {
		if high != 0 || by > follows {
			return 0
		}
		return follows - by
	}
	sum, carry := bits.Add64(follows, by, 0)
	if high != 0 || carry != 0 {
		return math.MaxUint64
	}
	return sum
}

// Audit walks through everything the venue holds.
func (v *Venue) Audit() error {
	opened := map[*pool]int{}
	alive := 0
	for at := range v.orders {
		o := &v.orders[at]
		if o.state == free {
			continue
		}
		alive++
		if o.state == open {
			opened[o.pool]++
		}
		if named, ok := v.byName[o.event.Order]; !ok || named != uint32(at) {
			return violation("an order without its name")
		}
		if o.event.Size+o.traded != o.placed {
			return violation("an order's lots are neither traded nor left")
		}
	}
	if alive != len(v.byName) {
		return violation("a name without its order")
	}
	for _, p := range v.pools {
		if p.book.Len() != opened[p] {
			return violation("the auctions see %d orders of %d", p.book.Len(), opened[p])
		}
		if m := p.market; m.bought != m.sold {
			return violation("more lots are bought than sold, or less")
		}
	}
	return nil
}

// refusal returns an error's code, if it is a refusal.
func refusal(err error) (rejection.Code, bool) {
	var r *rejection.Rejection
	if errors.As(err, &r) {
		return r.Code, true
	}
	return 0, false
}

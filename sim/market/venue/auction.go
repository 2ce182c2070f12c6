package venue

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// Auction is what one auction decided.
type Auction struct {
	Height    uint32
	Time      uint64 // ns
	Market    uint32
	Pool      order.Pool
	Reason    auction.Reason
	Reference market.Quote
	Price     uint64
	Volume    uint64 // lots
	Possible  uint64 // lots that could have traded at one price, were there no minima, no cap and no self-trade prevention
	Fills     []Fill
}

// Fill is what one order traded.
type Fill struct {
	Order  uint64
	Owner  uint32 // as the event named it
	Trader string
	Side   order.Side
	Lots   uint64
	Left   uint64 // lots
	First  bool   // the order's first
	Since  uint64 // ns: when the order came
}

// auctions runs all auctions of a block.
func (v *Venue) auctions(time uint64) ([]Auction, error) {
	draws := v.config.Secret.Auction(v.height)
	rank, up := draws.Rank(), epoch.Tie(v.schedule, v.height)
	free := v.config.MaxFills
	var list []Auction
	for _, p := range v.sequence(draws) {
		m := p.market
		call := auction.Call{
			Market: m.record, Reference: m.reference.Quote, Unstable: m.record.Unstable(m.reference.Swing),
			MaxFills: v.config.room(free), Up: up,
			Rank: func(id auction.ID) uint64 {
				// An order's name takes the place of its nullifier.
				var key [32]byte
				binary.BigEndian.PutUint64(key[24:], v.orders[p.orders[id]].event.Order)
				return rank.Of(key)
			},
		}
		result := p.book.Clear(call)
		if err := v.check(p, call, result); err != nil {
			return nil, err
		}
		a := Auction{
			Height: v.height, Time: time, Market: m.record.ID, Pool: p.kind, Reason: result.Reason,
			Reference: call.Reference, Price: result.Price, Volume: result.Volume, Possible: v.possible(p, call),
		}
		v.count.Auctions++
		v.note(uint64(v.height), uint64(p.number()), uint64(result.Reason), result.Price, result.Volume)
		if result.Reason == auction.Cleared {
			free -= v.config.class(len(result.Fills))
			v.count.Cleared++
			v.count.Lots += result.Volume
			a.Fills = v.lock(p, result.Fills)
		}
		list = append(list, a)
	}
	return list, nil
}

// sequence returns the pools that have orders, as the draws of this auction put
// them.
func (v *Venue) sequence(draws epoch.Auction) []*pool {
	var list []*pool
	for _, p := range v.pools {
		if p.book.Len() > 0 {
			list = append(list, p)
		}
	}
	place := func(p *pool) []byte {
		seed := draws.Seed(epoch.PoolRank, p.number(), 0)
		return seed[:]
	}
	slices.SortFunc(list, func(x, y *pool) int { return bytes.Compare(place(x), place(y)) })
	return list
}

// lock books the fills.
func (v *Venue) lock(p *pool, fills []auction.Fill) []Fill {
	list := make([]Fill, 0, len(fills))
	for _, f := range fills {
		at := p.orders[f.Order]
		o := &v.orders[at]
		first := o.traded == 0 && o.event.Size == o.placed
		o.traded += f.Lots
		o.event.Size -= f.Lots
		if o.event.Side == order.Buy {
			p.market.bought += f.Lots
		} else {
			p.market.sold += f.Lots
		}
		v.close(o)
		o.state = locked
		v.settles = append(v.settles, queued{at, v.height + v.config.Settle, v.serials[at]})
		v.count.Fills++
		v.note(o.event.Order, f.Lots)
		list = append(list, Fill{
			Order: o.event.Order, Owner: o.event.Owner, Trader: o.event.Trader, Side: o.event.Side,
			Lots: f.Lots, Left: o.event.Size, First: first, Since: o.event.Time,
		})
	}
	return list
}

// possible returns the most lots that orders of a pool agree on at one price.
func (v *Venue) possible(p *pool, call auction.Call) uint64 {
	if !call.Reference.Valid() || call.Unstable {
		return 0
	}
	var changes []change
	for id, at := range p.orders {
		if at >= uint32(len(v.orders)) {
			continue // an id that the book has not given out
		}
		o := &v.orders[at]
		if o.state != open || o.pool != p || o.id != auction.ID(id) {
			continue // one whose order left
		}
		e := o.event
		price, _ := call.Priority(auction.Order{Side: e.Side, Limit: e.Price, Qty: e.Size, Band: e.Band, Peg: e.Peg, Offset: e.Offset})
		if price != 0 {
			changes = append(changes, change{price, e.Side, e.Size})
		}
	}
	return crossing(changes)
}

// change is lots that join at a price, going up, or leave after it.
type change struct {
	price uint64
	side  order.Side
	lots  uint64
}

// crossing returns the largest min(demand, supply) over all prices.
func crossing(list []change) (most uint64) {
	// At one price sellers join before buyers leave.
	slices.SortFunc(list, func(x, y change) int {
		switch {
		case x.price != y.price && x.price < y.price, x.price == y.price && x.side < y.side:
			return -1
		case x == y || x.price == y.price && x.side == y.side:
			return 0
		}
		return 1
	})
	var demand, supply uint64
	for _, c := range list {
		if c.side == order.Buy {
			demand += c.lots
		}
	}
	for _, c := range list {
		if c.side == order.Sell {
			supply += c.lots
			most = max(most, min(demand, supply))
		} else {
			demand -= c.lots
		}
	}
	return most
}

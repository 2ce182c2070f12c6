package venue

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/event"
)

// state says where an order is.
type state uint8

const (
	free    state = iota // the place is nobody's
	waiting              // until it has rested for long enough, or its first interval begins
	open                 // auctions see it
	locked               // an auction matched it
)

// resting is one order.
type resting struct {
	event   event.Event // as it came or was modified; Size and MinFill are what is left
	placed  uint64      // lots that it had when it came or was modified
	traded  uint64      // lots since then
	pool    *pool
	owner   auction.Owner
	arrival uint32 // priority
	since   uint32 // block of the present leaf
	seen    uint16 // intervals that it was eligible in, if those are counted
	state   state
	leaving bool       // taken out while locked
	id      auction.ID // while it is open
}

// pool is one market's orders that may meet.
type pool struct {
	market *mkt
	kind   order.Pool
	book   *auction.Book
	orders []uint32 // by auction.ID: index in Venue.orders
}

func (p *pool) number() uint32 { return p.market.record.ID | uint32(p.kind)<<16 }

// mkt is a market with its reference.
type mkt struct {
	record    market.Record
	quote     market.Quote // as announced, for the block under way
	reference market.Reference
	pools     [2]*pool
	bought    uint64 // lots, all that ever were
	sold      uint64
}

// queued is an order and the block in which something is to happen to it.
type queued struct {
	order  uint32
	due    uint32 // block
	serial uint32 // of the order's place, so that a successor is not mistaken for it
}

// Venue is the orders and what is to happen to them. Make one with New.
type Venue struct {
	config   Config
	schedule registry.Schedule
	markets  map[uint32]*mkt
	pools    []*pool // ascending by number

	height  uint32
	orders  []resting
	serials []uint32 // by place: how many orders were in it before
	spare   []uint32 // places
	byName  map[uint64]uint32
	owners  map[uint32]auction.Owner
	nobody  []auction.Owner // numbers of owners with one order, free again
	last    auction.Owner

	ready   []queued // orders that wait to be eligible, by due
	settles []queued // locked orders, by due
	counted []queued // that are good for a number of auctions
	timed   untils   // a heap

	digest  hash.Hash
	count   Count
	expired []uint64 // names, in the block closed last
}

// Count is what a venue did so far.
type Count struct {
	Added, Modified, Cancelled uint64 // orders
	Refused                    uint64 // events that were wrong
	Late                       uint64 // changes of orders that were gone or matched
	Expired                    uint64 // orders whose time was over or that had their auctions
	Auctions, Cleared          uint64 // of a pool
	Fills                      uint64
	Lots                       uint64 // that changed hands
}

// New returns a venue without orders, whose first block is number 1.
func New(c Config) (*Venue, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	v := &Venue{
		config: c, schedule: c.Secret.Schedule(), markets: map[uint32]*mkt{},
		byName: map[uint64]uint32{}, owners: map[uint32]auction.Owner{}, digest: sha256.New(),
	}
	for _, r := range c.Markets {
		m := &mkt{record: r, reference: market.Reference{Market: r.ID}}
		for kind := range m.pools {
			m.pools[kind] = &pool{market: m, kind: order.Pool(kind), book: auction.New()}
		}
		v.markets[r.ID] = m
		v.pools = append(v.pools, m.pools[:]...)
	}
	return v, nil
}

// Height returns the last closed block.
func (v *Venue) Height() uint32 { return v.height }

// Count returns what the venue did.
func (v *Venue) Count() Count { return v.count }

// Resting returns the number of orders, locked ones included.
func (v *Venue) Resting() int { return len(v.byName) }

// Digest is of everything that was decided so far.
func (v *Venue) Digest() (d [32]byte) { return [32]byte(v.digest.Sum(nil)) }

// Expired returns the orders that left in the block closed last without having
// traded all, by themselves; it is good until the next block.
func (v *Venue) Expired() []uint64 { return v.expired }

// note adds a number to the digest.
func (v *Venue) note(numbers ...uint64) {
	var b [8]byte
	for _, n := range numbers {
		binary.BigEndian.PutUint64(b[:], n)
		v.digest.Write(b[:])
	}
}

// Take lets an event happen in the block under way. Its refusals leave the venue
// as it was: UNKNOWN_MARKET, BAD_TERMS (an order that is too small, or has a name
// that is in use), UNKNOWN_ORDER (it is gone), NULLIFIER_LOCKED (it is matched; a
// cancel still keeps its remainder out).
func (v *Venue) Take(e event.Event) error {
	err := v.take(e)
	switch code, ok := refusal(err); {
	case !ok:
	case code == rejection.UnknownOrder, code == rejection.NullifierLocked:
		v.count.Late++
	default:
		v.count.Refused++
	}
	return err
}

func (v *Venue) take(e event.Event) error {
	switch e.Kind {
	case event.Quote:
		m, ok := v.markets[e.Market]
		if !ok {
			return unknownMarket()
		}
		m.quote = market.NewQuote(e.Bid, e.Ask)
		return nil
	case event.Add:
		return v.add(e)
	}
	at, ok := v.byName[e.Order]
	if !ok {
		return rejection.New(rejection.UnknownOrder, "there is no such order any more")
	}
	o := &v.orders[at]
	if o.event.Market != e.Market {
		return rejection.New(rejection.UnknownOrder, "the order is of another market")
	}
	if o.state == locked {
		o.leaving = o.leaving || e.Kind == event.Cancel
		return rejection.New(rejection.NullifierLocked, "the order is matched")
	}
	if e.Kind == event.Cancel {
		v.count.Cancelled++
		v.drop(at)
		return nil
	}
	return v.modify(at, e)
}

func unknownMarket() error {
	return rejection.New(rejection.UnknownMarket, "the venue does not have the market")
}

func (v *Venue) add(e event.Event) error {
	m, ok := v.markets[e.Market]
	if !ok {
		return unknownMarket()
	}
	if err := v.admissible(m, e); err != nil {
		return err
	}
	if _, taken := v.byName[e.Order]; taken {
		return rejection.New(rejection.BadTerms, "the order's name is in use")
	}
	if parts := v.config.DefaultMinFill; e.MinFill == 0 && parts > 0 {
		e.MinFill = (e.Size-1)/parts + 1
	}
	v.count.Added++
	at := v.place()
	v.byName[e.Order] = at
	v.orders[at] = resting{
		event: e, placed: e.Size, pool: m.pools[e.Pool], owner: v.ownerOf(e.Owner),
		arrival: v.height + 1, since: v.height + 1, state: waiting,
	}
	v.wait(at)
	if e.Auctions != 0 {
		v.counted = append(v.counted, queued{order: at, serial: v.serials[at]})
	}
	if e.Until != 0 {
		v.timed.push(until{e.Until, at, v.serials[at]})
	}
	return nil
}

func (v *Venue) admissible(m *mkt, e event.Event) error {
	switch {
	case e.Size < m.record.MinQty:
		return rejection.New(rejection.BadTerms, "the order is under the market's minimum")
	case e.Price == 0 || e.Handling().Validate() != nil:
		return rejection.New(rejection.BadTerms, "the order has no price or an impossible handling")
	}
	return nil
}

// modify replaces an order. If only its size falls, it keeps its priority; it has
// to rest again in any case, since its leaf is new.
func (v *Venue) modify(at uint32, e event.Event) error {
	o := &v.orders[at]
	next := o.event
	next.Price, next.Size, next.MinFill = e.Price, e.Size, min(o.event.MinFill, e.Size)
	if err := v.admissible(o.pool.market, next); err != nil {
		return err
	}
	v.count.Modified++
	v.close(o)
	if next.Price != o.event.Price || next.Size > o.event.Size {
		o.arrival, o.seen = v.height+1, 0
	}
	o.event, o.placed, o.traded = next, next.Size, 0
	o.since = v.height + 1
	v.wait(at)
	return nil
}

// place returns a free place.
func (v *Venue) place() uint32 {
	if n := len(v.spare); n > 0 {
		at := v.spare[n-1]
		v.spare = v.spare[:n-1]
		return at
	}
	v.orders, v.serials = append(v.orders, resting{}), append(v.serials, 0)
	return uint32(len(v.orders) - 1)
}

// ownerOf returns an owner's number; 0 is somebody new.
func (v *Venue) ownerOf(name uint32) auction.Owner {
	if name == 0 {
		if n := len(v.nobody); n > 0 {
			o := v.nobody[n-1]
			v.nobody = v.nobody[:n-1]
			return o
		}
	} else if o, ok := v.owners[name]; ok {
		return o
	}
	v.last++
	if name != 0 {
		v.owners[name] = v.last
	}
	return v.last
}

// wait puts an order in line for the auctions.
func (v *Venue) wait(at uint32) {
	o := &v.orders[at]
	o.state = waiting
	v.ready = append(v.ready, queued{at, o.since + v.config.MinRest, v.serials[at]})
}

// drop forgets an order.
func (v *Venue) drop(at uint32) {
	o := &v.orders[at]
	v.close(o)
	delete(v.byName, o.event.Order)
	if o.event.Owner == 0 {
		v.nobody = append(v.nobody, o.owner)
	}
	*o = resting{}
	v.serials[at]++
	v.spare = append(v.spare, at)
}

// open shows an order to the auctions.
func (v *Venue) open(at uint32) {
	o := &v.orders[at]
	e := o.event
	o.id = o.pool.book.Insert(auction.Order{
		Side: e.Side, Limit: e.Price, Qty: e.Size, MinFill: e.MinFill, Band: e.Band, Peg: e.Peg, Offset: e.Offset,
		SelfTrade: e.SelfTrade, Owner: o.owner, Arrival: o.arrival,
	})
	o.state = open
	for int(o.id) >= len(o.pool.orders) {
		o.pool.orders = append(o.pool.orders, math.MaxUint32)
	}
	o.pool.orders[o.id] = at
}

// close hides an order from the auctions.
func (v *Venue) close(o *resting) {
	if o.state == open {
		o.pool.book.Remove(o.id)
		o.state = waiting
	}
}

// is reports whether a queued order is still there.
func (v *Venue) is(q queued) bool { return v.serials[q.order] == q.serial }

// rested reports whether an order may be in an auction of block height.
func (o *resting) rested(height, rest uint32) bool {
	return (o.state == waiting || o.state == open) && o.since+rest <= height
}

// Block closes the block under way, whose time is in ns, and runs its auctions.
// An error is a fault: the engine broke a rule.
func (v *Venue) Block(time uint64) ([]Auction, error) {
	v.height++
	v.expired = v.expired[:0]
	h := v.height
	for _, t := range v.timed.elapsed(time) {
		if v.is(queued{order: t.order, serial: t.serial}) {
			v.leave(t.order)
		}
	}
	for len(v.settles) > 0 && v.settles[0].due <= h {
		v.settle(v.settles[0])
		v.settles = v.settles[1:]
	}
	for len(v.ready) > 0 && v.ready[0].due <= h {
		q := v.ready[0]
		v.ready = v.ready[1:]
		// A modified order is in line twice; one of counted auctions is shown at an
		// interval's start.
		if !v.is(q) {
			continue
		}
		if o := &v.orders[q.order]; o.state == waiting && o.rested(h, v.config.MinRest) && (o.event.Auctions == 0 || o.seen > 0) {
			v.open(q.order)
		}
	}
	for _, id := range v.config.Markets {
		m := v.markets[id.ID]
		m.reference = m.reference.Next(uint64(h), uint64(v.config.Interval), m.quote)
	}
	if h%v.config.Interval == 0 {
		v.begin()
	}
	if !v.called() {
		return nil, nil
	}
	return v.auctions(time)
}

// begin starts an auction interval for the orders that are good for some.
func (v *Venue) begin() {
	kept := v.counted[:0]
	for _, q := range v.counted {
		if !v.is(q) {
			continue
		}
		switch o := &v.orders[q.order]; {
		case !o.rested(v.height, v.config.MinRest):
		case o.seen == o.event.Auctions:
			v.expire(q.order)
			continue
		default:
			if o.seen++; o.state == waiting {
				v.open(q.order)
			}
		}
		kept = append(kept, q)
	}
	v.counted = kept
}

// leave ends an order whose time is over.
func (v *Venue) leave(at uint32) {
	if o := &v.orders[at]; o.state == locked {
		o.leaving = true
		return
	}
	v.expire(at)
}

// expire forgets an order that nobody took out.
func (v *Venue) expire(at uint32) {
	v.count.Expired++
	v.expired = append(v.expired, v.orders[at].event.Order)
	v.drop(at)
}

// settle ends a lock.
func (v *Venue) settle(q queued) {
	o := &v.orders[q.order]
	if o.event.Size == 0 || o.leaving {
		if o.event.Size > 0 {
			v.expire(q.order)
		} else {
			v.drop(q.order)
		}
		return
	}
	o.since = v.height
	v.wait(q.order)
}

// called reports whether this block has auctions.
func (v *Venue) called() bool {
	if n := v.config.Interval; v.config.Predictable {
		return v.height%n == n-1
	}
	return epoch.Called(v.schedule, v.height, v.config.Interval)
}

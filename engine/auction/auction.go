package auction

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// Order is what an auction needs to know of a resting order.
type Order struct {
	Side    order.Side
	Limit   uint64        // quote hub units per lot
	Qty     uint64        // lots left
	MinFill uint64        // lots; a fill takes at least this, or all that is left
	Band    uint16        // bp around the reference
	Owner   field.Element // orders of one owner don't meet
	Arrival uint32        // block in which the order came to rest
	Tie     uint64        // keyed hash: the rank inside a block of arrival, lower first
}

// Call is one market's auction.
type Call struct {
	Market    market.Record
	Reference uint64 // quote hub units per lot; 0 if there is no valid one
	Orders    []Order
	MaxFills  int  // most orders that may trade
	Up        bool // the tie bit: of two prices equally near the reference, take the higher
}

// Fill is what one order trades.
type Fill struct {
	Order int // index into Call.Orders
	Lots  uint64
}

// Reason says why nothing traded.
type Reason uint8

// The reasons; the numbers stand in transcripts. Cleared means that something
// did trade.
const (
	NoReference Reason = 0 // the reference is absent or stale: the auction is skipped
	NoRoom      Reason = 1 // fewer than two fills are allowed
	TooLarge    Reason = 2 // the orders' totals exceed 64 bits: no honest set of orders does
	NoCross     Reason = 3 // no price at which a buyer and a seller agree
	Cleared     Reason = 4
)

// String names the reason.
func (r Reason) String() string {
	return [...]string{"no reference", "no room", "too large", "no cross", "cleared"}[r]
}

// Result is what an auction decided.
type Result struct {
	Reason Reason
	Price  uint64 // quote hub units per lot
	Dev    uint16 // distance from the reference in bp
	Volume uint64 // lots that change hands
	Fills  []Fill // ascending by order, every one at least a lot
}

// Rounds of repricing for minimum fills that stand in the way of the volume:
// first the last of the orders passed over leaves in each, then all of them, and
// in the end every order with a minimum, after which none can stand in the way:
// work is bounded whatever the orders are.
const (
	singleRounds = 16
	maxRounds    = 32
)

// Clear runs the auction.
//
// An order with a minimum counts for the price only if it trades: otherwise a
// bid that can't be met would move the price for all others and risk nothing.
// So an outcome in which such an order gets nothing is priced again without it.
// That can't cost volume by itself, but the new price may miss another minimum:
// the outcome of most volume stands, of equals the last.
func Clear(c Call) Result {
	if c.Reference == 0 {
		return Result{Reason: NoReference}
	}
	if c.MaxFills < 2 {
		return Result{Reason: NoRoom}
	}
	r := newRoster(c)
	if !r.fits() {
		return Result{Reason: TooLarge}
	}
	r.preventSelfTrade()
	curve := newCurve(r)
	best := Result{Reason: NoCross}
	for round := 0; ; round++ {
		price, volume := curve.price(c.Up)
		if volume == 0 || volume < best.Volume {
			return best
		}
		fills, passed := r.allocate(price, volume, c.MaxFills)
		switch {
		case len(passed) == 0:
			found := c.result(price, fills)
			if found.Volume < best.Volume {
				return best
			}
			best = found
			idle := r.idle(fills)
			if len(idle) == 0 || round >= maxRounds {
				return best
			}
			curve.exclude(idle...)
		case round < singleRounds:
			curve.exclude(passed[len(passed)-1])
		case round < maxRounds:
			curve.exclude(passed...)
		default:
			curve.exclude(r.idle(nil)...)
		}
	}
}

func (c Call) result(price uint64, fills []Fill) Result {
	res := Result{Reason: Cleared, Price: price, Dev: market.Deviation(price, c.Reference), Fills: fills}
	for _, f := range fills {
		if c.Orders[f.Order].Side == order.Buy {
			res.Volume += f.Lots
		}
	}
	return res
}

// Rank returns the first two terms of an order's priority: its effective price
// inside the collar and its size class; both are 0 if it takes no price there.
func (c Call) Rank(o Order) (price uint64, class int) {
	if c.Reference == 0 || o.Qty == 0 {
		return 0, 0
	}
	lo, hi, _ := newGrid(c.Market, c.Reference).accepted(o)
	switch {
	case lo > hi:
		return 0, 0
	case o.Side == order.Buy:
		return hi, size(o.Qty, c.Reference)
	}
	return lo, size(o.Qty, c.Reference)
}

// size returns the bit length of qty × reference.
func size(qty, reference uint64) int {
	high, low := bits.Mul64(qty, reference)
	if high != 0 {
		return 64 + bits.Len64(high)
	}
	return bits.Len64(low)
}

// ranked is an order that accepts at least one price: the grid prices of
// [lo, hi], inside the collar.
type ranked struct {
	Order
	index  int
	lo, hi uint64
	quoted bool // its own worst price lies inside the collar, so it is a candidate
	class  int  // size class
	out    bool // excluded from this auction
}

// worst returns the effective price: the least favourable one the order takes.
func (o *ranked) worst() uint64 {
	if o.Side == order.Buy {
		return o.hi
	}
	return o.lo
}

// takes reports whether the order takes part at price.
func (o *ranked) takes(price uint64) bool { return !o.out && o.lo <= price && price <= o.hi }

// least returns the smallest fill that the order's terms allow.
func (o *ranked) least() uint64 { return min(o.MinFill, o.Qty) }

// roster is the orders of one call, in priority order on each side.
type roster struct {
	reference   uint64
	grid        grid
	buys, sells []*ranked
}

func newRoster(c Call) *roster {
	r := &roster{reference: c.Reference, grid: newGrid(c.Market, c.Reference)}
	arena := make([]ranked, 0, len(c.Orders)) // never grows: pointers stay valid
	for i, o := range c.Orders {
		lo, hi, quoted := r.grid.accepted(o)
		if lo > hi || o.Qty == 0 {
			continue
		}
		arena = append(arena, ranked{Order: o, index: i, lo: lo, hi: hi, quoted: quoted, class: size(o.Qty, c.Reference)})
		if p := &arena[len(arena)-1]; o.Side == order.Buy {
			r.buys = append(r.buys, p)
		} else {
			r.sells = append(r.sells, p)
		}
	}
	slices.SortFunc(r.buys, func(x, y *ranked) int { return cmp.Or(cmp.Compare(y.hi, x.hi), rank(x, y)) })
	slices.SortFunc(r.sells, func(x, y *ranked) int { return cmp.Or(cmp.Compare(x.lo, y.lo), rank(x, y)) })
	return r
}

// rank orders two orders of equal price: larger size class, earlier block,
// keyed hash. The index only makes it total: ties of the hash don't happen.
func rank(x, y *ranked) int {
	return cmp.Or(cmp.Compare(y.class, x.class), age(x, y))
}

func age(x, y *ranked) int {
	return cmp.Or(cmp.Compare(x.Arrival, y.Arrival), cmp.Compare(x.Tie, y.Tie), cmp.Compare(x.index, y.index))
}

// fits reports whether all lots and all money of the call fit 64 bits. Real
// orders always do, since the turnstile bounds what exists of an asset; then no
// sum below can wrap, and neither can the notional of any fill.
func (r *roster) fits() bool {
	var money, lots uint64
	for _, o := range r.buys {
		m, ok1 := amount.Mul(o.Qty, o.hi)
		sum, ok2 := amount.Add(money, m)
		if !ok1 || !ok2 {
			return false
		}
		money = sum
	}
	for _, o := range r.sells {
		sum, ok := amount.Add(lots, o.Qty)
		if !ok {
			return false
		}
		lots = sum
	}
	return true
}

// preventSelfTrade excludes, oldest first, every order whose price crosses
// that of an older order of the same owner on the other side: the newer one
// sits this auction out.
func (r *roster) preventSelfTrade() {
	type quotes struct{ bid, ask uint64 } // best prices of the owner's orders kept so far
	owners := make(map[field.Element]*quotes, len(r.buys))
	for _, o := range r.buys {
		owners[o.Owner] = nil
	}
	var both []*ranked
	for _, o := range r.sells {
		if _, ok := owners[o.Owner]; ok {
			owners[o.Owner] = &quotes{ask: math.MaxUint64}
			both = append(both, o)
		}
	}
	if len(both) == 0 {
		return
	}
	for _, o := range r.buys {
		if owners[o.Owner] != nil {
			both = append(both, o)
		}
	}
	slices.SortFunc(both, age)
	for _, o := range both {
		switch q := owners[o.Owner]; {
		case o.Side == order.Buy && o.hi < q.ask:
			q.bid = max(q.bid, o.hi)
		case o.Side == order.Sell && o.lo > q.bid:
			q.ask = min(q.ask, o.lo)
		default:
			o.out = true
		}
	}
}

// idle lists the orders still in that carry a minimum and have none of fills,
// which are ascending by order.
func (r *roster) idle(fills []Fill) (list []*ranked) {
	for _, side := range [][]*ranked{r.buys, r.sells} {
		for _, o := range side {
			if o.out || o.least() <= 1 {
				continue
			}
			_, trades := slices.BinarySearchFunc(fills, o.index, func(f Fill, index int) int { return cmp.Compare(f.Order, index) })
			if !trades {
				list = append(list, o)
			}
		}
	}
	return list
}

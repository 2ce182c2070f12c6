package auction

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// auctionVector is one call of spec/vectors/auction.json and its result.
type auctionVector struct {
	Name      string        `json:"name"`
	Tick      uint64        `json:"tick"`
	Collar    uint16        `json:"collar"`
	Reference uint64        `json:"reference"`
	Up        bool          `json:"up"`
	MaxFills  int           `json:"maxFills"`
	Orders    []vectorOrder `json:"orders"`

	Reason string   `json:"reason"`
	Price  uint64   `json:"price"`
	Dev    uint16   `json:"dev"`
	Fills  []string `json:"fills"` // "LOTS of ORDER"
}

func (v auctionVector) call() Call {
	c := Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: v.Tick, Collar: v.Collar, MinQty: 1},
		Reference: v.Reference, MaxFills: v.MaxFills, Up: v.Up,
	}
	for _, o := range v.Orders {
		c.Orders = append(c.Orders, Order(o))
	}
	return c
}

// vectorOrder is an order in one line of text.
type vectorOrder Order

const orderFormat = "%s %d @ %d, min %d, band %d, owner %d, block %d, tie %d"

// MarshalText implements encoding.TextMarshaler.
func (o vectorOrder) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, orderFormat, o.Side, o.Qty, o.Limit, o.MinFill, o.Band, o.Owner.Uint64(), o.Arrival, o.Tie), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *vectorOrder) UnmarshalText(text []byte) error {
	var side string
	var owner uint64
	_, err := fmt.Sscanf(string(text), orderFormat, &side, &o.Qty, &o.Limit, &o.MinFill, &o.Band, &owner, &o.Arrival, &o.Tie)
	o.Owner = field.FromUint64(owner)
	if o.Side = order.Sell; side == "buy" {
		o.Side = order.Buy
	}
	return err
}

// with makes an order of its own owner in block 1; edit changes the rest.
func with(side order.Side, qty, limit uint64, edit ...func(*vectorOrder)) vectorOrder {
	o := vectorOrder{Side: side, Qty: qty, Limit: limit, Band: order.NoBand, Arrival: 1}
	for _, f := range edit {
		f(&o)
	}
	return o
}

func minimum(lots uint64) func(*vectorOrder)  { return func(o *vectorOrder) { o.MinFill = lots } }
func band(bp uint16) func(*vectorOrder)       { return func(o *vectorOrder) { o.Band = bp } }
func arrived(block uint32) func(*vectorOrder) { return func(o *vectorOrder) { o.Arrival = block } }
func tie(rank uint64) func(*vectorOrder)      { return func(o *vectorOrder) { o.Tie = rank } }
func owner(n uint64) func(*vectorOrder) {
	return func(o *vectorOrder) { o.Owner = field.FromUint64(n) }
}

// calls of the vectors: at least one per rule of spec/13-auction.md.
func vectorCalls() []auctionVector {
	const buy, sell = order.Buy, order.Sell
	type list = []vectorOrder
	var all []auctionVector
	add := func(name string, orders list, edit ...func(*auctionVector)) {
		v := auctionVector{Name: name, Tick: 2, Collar: 1000, Reference: 100, MaxFills: 64, Orders: orders, Fills: []string{}}
		for i := range v.Orders {
			if o := &v.Orders[i]; o.Owner.IsZero() {
				o.Owner = field.FromUint64(uint64(100 + i))
			}
			if o := &v.Orders[i]; o.Tie == 0 {
				o.Tie = uint64(i + 1)
			}
		}
		for _, f := range edit {
			f(&v)
		}
		all = append(all, v)
	}
	reference := func(p uint64) func(*auctionVector) { return func(v *auctionVector) { v.Reference = p } }
	collar := func(bp uint16) func(*auctionVector) { return func(v *auctionVector) { v.Collar = bp } }
	tick := func(n uint64) func(*auctionVector) { return func(v *auctionVector) { v.Tick = n } }
	most := func(n int) func(*auctionVector) { return func(v *auctionVector) { v.MaxFills = n } }
	up := func(v *auctionVector) { v.Up = true }

	add("no orders", list{})
	add("no cross", list{with(buy, 5, 99), with(sell, 5, 101)})
	add("no reference: skipped", list{with(buy, 5, 101), with(sell, 5, 99)}, reference(0))
	add("no room for two fills", list{with(buy, 5, 101), with(sell, 5, 99)}, most(1))
	add("money past 64 bits", list{with(buy, math.MaxUint64/50, 100), with(sell, 5, 99)})
	add("lots past 64 bits", list{with(buy, 5, 101), with(sell, math.MaxUint64, 99), with(sell, 1, 99)})

	add("rule 1: most volume", list{with(buy, 10, 103), with(buy, 4, 105), with(sell, 4, 98), with(sell, 6, 103)})
	add("rule 2: least surplus", list{with(buy, 9, 102), with(buy, 1, 100), with(sell, 9, 98)})
	add("rule 3: surplus of buyers, highest", list{with(buy, 10, 104), with(sell, 4, 97)})
	add("rule 3: surplus of sellers, lowest", list{with(buy, 4, 104), with(sell, 10, 97)})
	add("rule 4: at the reference", list{with(buy, 5, 104), with(sell, 5, 97)})
	add("rule 4: nearest below", list{with(buy, 5, 98), with(sell, 5, 95)})
	add("rule 4: tie, down", list{with(buy, 5, 104), with(sell, 5, 97)}, reference(101), tick(4))
	add("rule 4: tie, up", list{with(buy, 5, 104), with(sell, 5, 97)}, reference(101), tick(4), up)

	add("grid: half of an even tick", list{with(buy, 5, 103), with(sell, 5, 103)}, tick(2))
	add("grid: an odd tick whole", list{with(buy, 5, 104), with(sell, 5, 103)}, tick(5))
	add("grid: limits between prices", list{with(buy, 5, 109), with(sell, 5, 101)}, tick(5))
	add("collar: limits outside are no candidates", list{with(buy, 9, 200), with(sell, 4, 50)})
	add("collar: 0 is the reference alone", list{with(buy, 5, 110), with(sell, 5, 100)}, collar(0))
	add("collar: no price inside", list{with(buy, 5, 110), with(sell, 5, 90)}, collar(10), reference(101), tick(4))
	add("band: 0 trades at the reference only", list{with(buy, 5, 110, band(0)), with(buy, 9, 110), with(sell, 14, 95)})
	add("band: a buyer's worst price", list{with(buy, 9, 110, band(300)), with(sell, 5, 95)})
	add("band: a seller too far above", list{with(buy, 5, 98), with(sell, 5, 90, band(100))})

	add("priority: price", list{with(buy, 5, 101), with(buy, 5, 102), with(sell, 5, 100)})
	add("priority: outside the collar all prices are equal", list{with(buy, 5, 110), with(buy, 5, 500), with(sell, 5, 100)})
	add("priority: size class", list{with(buy, 5, 101), with(buy, 12, 101, arrived(9)), with(sell, 12, 101)})
	add("priority: same class, older block", list{with(buy, 7, 101, arrived(4)), with(buy, 6, 101, arrived(3)), with(sell, 6, 101)})
	add("priority: same block, keyed hash", list{with(buy, 5, 101, tie(9)), with(buy, 5, 101, tie(2)), with(sell, 5, 101)})

	add("self trade: the newer sits out", list{with(buy, 5, 101, owner(1)), with(sell, 5, 99, owner(1), arrived(2)), with(sell, 5, 100)})
	add("self trade: no cross, both stay", list{with(buy, 5, 100, owner(1)), with(sell, 5, 101, owner(1)), with(sell, 5, 99)})
	add("self trade: one that sits out blocks nobody", list{
		with(buy, 5, 105, owner(1)), with(sell, 5, 102, owner(1), arrived(2)), with(buy, 5, 103, owner(1), arrived(3)), with(sell, 9, 103, arrived(3)),
	})

	add("minimum: met", list{with(buy, 10, 101, minimum(5)), with(sell, 5, 99)})
	add("minimum: missed, nothing left", list{with(buy, 10, 101, minimum(6)), with(sell, 5, 99)})
	add("minimum: what is left is less, all of it will do", list{with(buy, 5, 101, minimum(9)), with(sell, 5, 99)})
	add("minimum: passed over, the next takes it", list{with(buy, 10, 102, minimum(8)), with(buy, 6, 101), with(sell, 6, 99)})
	add("minimum: weakest leaves, repriced", list{
		with(buy, 10, 105, minimum(10)), with(buy, 10, 104, minimum(10)), with(sell, 14, 97), with(buy, 4, 103, minimum(4)),
	})
	add("minimum: two together spoil what one of them can do", list{
		with(sell, 6, 97, minimum(6)), with(sell, 6, 98, minimum(6)), with(buy, 6, 99), with(buy, 3, 99),
	})
	add("minimum: one that can't be met moves no price", list{with(buy, 10, 105), with(buy, 900, 104, minimum(900)), with(sell, 10, 97)})
	add("minimum: nor one whose turn never comes", list{with(buy, 10, 105), with(buy, 9, 103, minimum(9)), with(sell, 10, 97)})
	add("minimum: nor one passed over for another", list{with(buy, 900, 105, minimum(900)), with(buy, 10, 105), with(sell, 10, 97)})
	var crowd list
	for i := range uint64(40) {
		crowd = append(crowd, with(buy, 3, 101, minimum(3), arrived(uint32(i))))
	}
	add("minimum: more misses than single rounds", append(crowd, with(sell, 2, 99), with(buy, 1, 101)))

	add("cap: the best of both sides", list{with(buy, 3, 103), with(buy, 3, 102), with(buy, 3, 101), with(sell, 9, 99)}, most(3))
	add("cap: the last one is cut", list{with(buy, 5, 103), with(buy, 5, 102), with(sell, 4, 99), with(sell, 4, 100)}, most(3))
	add("cap: the cut one misses its minimum", list{with(buy, 5, 103), with(buy, 5, 102), with(sell, 8, 99, minimum(6)), with(sell, 4, 100)}, most(2))
	return all
}

// TestVectors compares the engine with the file, and the model with it where
// the cap, which the model has not, is out of play.
func TestVectors(t *testing.T) {
	computed := vectorCalls()
	for i := range computed {
		v := &computed[i]
		r := Clear(v.call())
		v.Reason, v.Price, v.Dev = r.Reason.String(), r.Price, r.Dev
		for _, f := range r.Fills {
			v.Fills = append(v.Fills, fmt.Sprintf("%d of %d", f.Lots, f.Order))
		}
	}
	for _, v := range vector.Check(t, "auction", computed) {
		t.Run(v.Name, func(t *testing.T) {
			c := v.call()
			r := Clear(c)
			checkTerms(t, c, r)
			if r.Reason == NoReference || r.Reason == TooLarge || c.MaxFills < 64 { // the model has no such notions
				return
			}
			price, lots := modelClear(c)
			if diff := cmp.Diff(lots, lotsOf(r)); diff != "" || price != r.Price {
				t.Fatalf("price %d, the model says %d; fills (-model +engine):\n%s", r.Price, price, diff)
			}
		})
	}
}

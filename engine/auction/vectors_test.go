package auction

import (
	"fmt"
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

// TestVectors compares the engine with the file.
func TestVectors(t *testing.T) {
	reasons := map[Reason]int{}
	for _, v := range vector.Read[[]auctionVector](t, "auction") {
		t.Run(v.Name, func(t *testing.T) {
			c := v.call()
			r := Clear(c)
			got := v
			got.Reason, got.Price, got.Dev, got.Fills = r.Reason.String(), r.Price, r.Dev, []string{}
			for _, f := range r.Fills {
				got.Fills = append(got.Fills, fmt.Sprintf("%d of %d", f.Lots, f.Order))
			}
			if diff := cmp.Diff(v, got); diff != "" {
				t.Fatalf("(-file +engine):\n%s", diff)
			}
			reasons[r.Reason]++
			checkTerms(t, c, r)
		})
	}
	for r := range Cleared + 1 {
		if reasons[r] == 0 {
			t.Errorf("no vector ends with %q", r)
		}
	}
}

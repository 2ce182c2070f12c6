package auction

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// auctionVector is one call of spec/vectors/auction.json and its result.
type auctionVector struct {
	Name     string        `json:"name"`
	Tick     uint64        `json:"tick"`
	Collar   uint16        `json:"collar"`
	Bid      uint64        `json:"bid"`
	Mid      uint64        `json:"mid"`
	Ask      uint64        `json:"ask"`
	Unstable bool          `json:"unstable"`
	Up       bool          `json:"up"`
	MaxFills int           `json:"maxFills"`
	Orders   []vectorOrder `json:"orders"`

	Reason string   `json:"reason"`
	Price  uint64   `json:"price"`
	Dev    uint16   `json:"dev"`
	Fills  []string `json:"fills"` // "LOTS of ORDER", buyers and then sellers by priority; orders count from 0
}

func (v auctionVector) scene() scene {
	s := scene{Call: Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: v.Tick, Collar: v.Collar, MinQty: 1},
		Reference: Quote{Bid: v.Bid, Mid: v.Mid, Ask: v.Ask}, Unstable: v.Unstable, MaxFills: v.MaxFills, Up: v.Up,
	}}
	for _, o := range v.Orders {
		s.orders, s.ranks = append(s.orders, o.Order), append(s.ranks, o.rank)
	}
	return s
}

// vectorOrder is an order in one line of text.
type vectorOrder struct {
	Order
	rank uint64
}

const orderFormat = "%s %d @ %d, min %d, band %d, peg %d %+d, self %d, owner %d, block %d, tie %d"

// MarshalText implements encoding.TextMarshaler.
func (o vectorOrder) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, orderFormat, o.Side, o.Qty, o.Limit, o.MinFill, o.Band, o.Peg, o.Offset, o.SelfTrade, o.Owner, o.Arrival, o.rank), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *vectorOrder) UnmarshalText(text []byte) error {
	var side string
	_, err := fmt.Sscanf(string(text), strings.Replace(orderFormat, "%+d", "%d", 1), &side, &o.Qty, &o.Limit, &o.MinFill, &o.Band, &o.Peg, &o.Offset, &o.SelfTrade, &o.Owner, &o.Arrival, &o.rank)
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
			s := v.scene()
			r := s.clear()
			got := v
			got.Reason, got.Price, got.Dev, got.Fills = r.Reason.String(), r.Price, r.Dev, []string{}
			for _, f := range r.Fills {
				got.Fills = append(got.Fills, fmt.Sprintf("%d of %d", f.Lots, f.Order-1))
			}
			if diff := cmp.Diff(v, got, cmp.AllowUnexported(vectorOrder{})); diff != "" {
				t.Fatalf("(-file +engine):\n%s", diff)
			}
			reasons[r.Reason]++
			checkTerms(t, s, r)
		})
	}
	for r := range Unstable + 1 {
		if reasons[r] == 0 {
			t.Errorf("no vector ends with %q", r)
		}
	}
}

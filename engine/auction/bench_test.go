package auction

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// BenchmarkClear: 10,000 orders of as many owners; spread over 200 ticks, all
// at the reference, and with a minimum fill on each.
func BenchmarkClear(b *testing.B) {
	for _, width := range []int64{1, 200} {
		for _, minimum := range []uint64{0, 900} {
			r := rand.New(rand.NewSource(1))
			c := Call{
				Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000},
				Reference: 10_000,
				MaxFills:  1 << 20,
			}
			for i := range 10_000 {
				c.Orders = append(c.Orders, Order{
					Side:    order.Side(i % 2),
					Limit:   uint64(10_000 - width/2 + r.Int63n(width)),
					Qty:     1 + uint64(r.Intn(1000)),
					MinFill: minimum,
					Band:    order.NoBand,
					Owner:   field.FromUint64(uint64(i)),
					Arrival: uint32(r.Intn(50)),
					Tie:     r.Uint64(),
				})
			}
			b.Run(fmt.Sprintf("width=%d/minimum=%d", width, minimum), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if Clear(c).Reason != Cleared {
						b.Fatal("nothing cleared")
					}
				}
			})
		}
	}
}

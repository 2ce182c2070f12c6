package machine

import (
	"math/rand"
	"testing"

	"github.com/nightjar/nightjar/protocol/order"
)

// BenchmarkAuction: a whole auction over 10,000 resting orders, of which as
// many trade as the cap of legs allows, with blinds, commitments and digest.
func BenchmarkAuction(b *testing.B) {
	w := newWorld(b)
	w.chain.Params.SizeClasses = []int{8, 64}
	w.chain.Params.MaxFills = 64
	random := rand.New(rand.NewSource(1))
	for i := range uint64(10_000) {
		t := w.terms(1, order.Side(i%2), 1+random.Uint64()%1000, 90+random.Uint64()%20)
		value, err := t.Funding()
		if err != nil {
			b.Fatal(err)
		}
		w.m.book.Add(order.Order{Terms: t, Asset: t.FundingAsset(), Value: value, OID: w.fresh(), C: w.fresh(), S: w.fresh()}, order.Handling{}, i, 1)
	}
	w.block()
	w.block()
	b.ReportAllocs()
	for b.Loop() {
		a, err := w.m.Auction(w.secret)
		if err != nil || len(a.Groups) == 0 {
			b.Fatal(err)
		}
	}
}

// BenchmarkDigest: the state digest of the same book.
func BenchmarkDigest(b *testing.B) {
	w := newWorld(b)
	for i := range uint64(10_000) {
		t := w.terms(1, order.Side(i%2), 10, 100)
		w.m.book.Add(order.Order{Terms: t, OID: w.fresh(), C: w.fresh(), S: w.fresh()}, order.Handling{}, i, 1)
	}
	for b.Loop() {
		w.m.Digest()
	}
}

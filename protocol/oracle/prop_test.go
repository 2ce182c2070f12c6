package oracle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/quorum"
)

func drawPrices(t *rapid.T) (out []Price) {
	market := uint32(0)
	for range rapid.IntRange(0, 6).Draw(t, "prices") {
		market += rapid.Uint32Range(1, 1000).Draw(t, "step")
		bid := rapid.Uint64Min(1).Draw(t, "bid")
		out = append(out, Price{market, bid, rapid.Uint64Min(bid).Draw(t, "ask")})
	}
	return out
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Commit{Height: rapid.Uint64().Draw(t, "height"), Round: rapid.Uint32().Draw(t, "round")}
		for i := range rapid.IntRange(0, 5).Draw(t, "votes") {
			v := Vote{Validator: quorum.Key{byte(i)}, Prices: drawPrices(t), Signature: [64]byte{rapid.Byte().Draw(t, "s")}}
			c.Votes = append(c.Votes, v)
			if got, err := DecodeExtension(Extension(v.Prices)); err != nil || !cmp.Equal(v.Prices, got) {
				t.Fatalf("%v %s", err, cmp.Diff(v.Prices, got))
			}
		}
		if got, err := DecodeCommit(c.Encode()); err != nil || !cmp.Equal(c, got) {
			t.Fatalf("%v %s", err, cmp.Diff(c, got))
		}
	})
}

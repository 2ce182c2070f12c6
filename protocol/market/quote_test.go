package market

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// drawQuote draws a quote, or none.
func drawQuote(t *rapid.T) Quote {
	if rapid.IntRange(0, 4).Draw(t, "none") == 0 {
		return Quote{}
	}
	bid := rapid.OneOf(rapid.Uint64Range(1, 100), rapid.Uint64Min(1)).Draw(t, "bid")
	return NewQuote(bid, rapid.Uint64Min(bid).Draw(t, "ask"))
}

func TestMidIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuote(t)
		sum := new(big.Int).Add(new(big.Int).SetUint64(q.Bid), new(big.Int).SetUint64(q.Ask))
		if want := sum.Rsh(sum, 1); !want.IsUint64() || q.Mid != want.Uint64() || q.Mid < q.Bid || q.Mid > q.Ask {
			t.Fatalf("%+v, want a mid of %s", q, want)
		}
	})
	for _, c := range []Quote{{1, 1, 1}, {1, 1, 2}, {2, 2, 3}, {1, 1 << 63, math.MaxUint64}, {math.MaxUint64 - 1, math.MaxUint64 - 1, math.MaxUint64}, {}} {
		if got := NewQuote(c.Bid, c.Ask); got != c {
			t.Errorf("%+v, want %+v", got, c)
		}
	}
}

// TestSwing: over a drawn history the reference says of each block's interval
// where the mid was before it and how far from there it ever went.
func TestSwing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 5).Draw(t, "interval")
		mids := []uint64{}
		r := Reference{Market: 7}
		for h := range rapid.Uint64Range(1, 20).Draw(t, "blocks") {
			q := drawQuote(t)
			if rapid.Bool().Draw(t, "near") {
				q = NewQuote(10_000, 10_000+rapid.Uint64Range(0, 400).Draw(t, "spread"))
			}
			r, mids = r.Next(h, n, q), append(mids, q.Mid)
			first := h / n * n
			want := Reference{Market: 7, Quote: q}
			if first > 0 {
				want.Open = mids[first-1]
			}
			for _, mid := range mids[first:] {
				want.Swing = max(want.Swing, modelDeviation(mid, want.Open))
			}
			if r != want {
				t.Fatalf("block %d: %+v, want %+v", h, r, want)
			}
		}
	})
}

func TestUnstable(t *testing.T) {
	for _, c := range []struct {
		halt, swing uint16
		want        bool
	}{
		{200, 0, false}, {200, 200, false}, {200, 201, true}, {200, 65535, true},
		{0, 0, false}, {0, 1, true}, {65534, 65535, true}, {65535, 65535, false},
	} {
		if got := (Record{Halt: c.halt}).Unstable(c.swing); got != c.want {
			t.Errorf("halt %d, swing %d: %v", c.halt, c.swing, got)
		}
	}
}

func TestReferenceRoundTrip(t *testing.T) {
	read := func(b []byte) (Reference, error) {
		r := encoding.NewReader(b)
		out := ReadReference(r)
		return out, r.Done()
	}
	encode := func(r Reference) []byte {
		w := encoding.NewWriter(30)
		WriteReference(w, r)
		return w.Bytes()
	}
	rapid.Check(t, func(t *rapid.T) {
		want := Reference{
			Market: rapid.Uint32().Draw(t, "market"), Quote: drawQuote(t),
			Open: rapid.Uint64().Draw(t, "open"), Swing: rapid.Uint16().Draw(t, "swing"),
		}
		if got, err := read(encode(want)); err != nil || got != want {
			t.Fatalf("%+v, %v; want %+v", got, err, want)
		}
	})
	for _, q := range []Quote{{Bid: 2, Ask: 1}, {Bid: 1, Ask: 0}, {Bid: 0, Ask: 1}} {
		if _, err := read(encode(Reference{Quote: q})); !errors.Is(err, rejection.NonCanonical) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
)

// feeNoteVector is an element of spec/vectors/fee-note.json.
type feeNoteVector struct {
	Treasury   vector.Hex `json:"treasury"`
	Asset      uint32     `json:"asset"`
	Value      uint64     `json:"value"`
	Height     uint64     `json:"height"`
	Rho        vector.Hex `json:"rho"`
	C          vector.Hex `json:"C"`
	Commitment vector.Hex `json:"commitment"`
}

func TestFeeNoteVectors(t *testing.T) {
	for _, v := range vector.Read[[]feeNoteVector](t, "fee-note") {
		n := FeeNote(vector.Decode(t, v.Treasury, field.FromBytes), v.Asset, v.Value, v.Height)
		got := feeNoteVector{v.Treasury, n.Asset, n.Value, v.Height, vector.Encode(n.Rho), vector.Encode(n.C), vector.Encode(n.Commitment())}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("asset %d at %d (-file +test):\n%s", v.Asset, v.Height, diff)
		}
	}
}

// referenceVectors is spec/vectors/reference.json.
type referenceVectors struct {
	Quotes []struct {
		Name  string `json:"name"`
		Total uint64 `json:"total"` // power of all validators
		Votes []struct {
			Power uint64 `json:"power"`
			Bid   uint64 `json:"bid"`
			Ask   uint64 `json:"ask"`
		} `json:"votes"`
		Bid uint64 `json:"bid"`
		Mid uint64 `json:"mid"`
		Ask uint64 `json:"ask"`
	} `json:"quotes"`
	Swings []struct {
		Name     string   `json:"name"`
		Interval uint64   `json:"interval"`
		Mids     []uint64 `json:"mids"` // after each block from 0 on, as are:
		Opens    []uint64 `json:"opens"`
		Swings   []uint16 `json:"swings"`
	} `json:"swings"`
}

func TestReferenceVectors(t *testing.T) {
	file := vector.Read[referenceVectors](t, "reference")
	for _, v := range file.Quotes {
		var bids, asks []weighted
		for _, x := range v.Votes {
			bids, asks = append(bids, weighted{x.Bid, x.Power}), append(asks, weighted{x.Ask, x.Power})
		}
		got := market.NewQuote(median(bids, v.Total), median(asks, v.Total))
		if want := (market.Quote{Bid: v.Bid, Mid: v.Mid, Ask: v.Ask}); got != want {
			t.Errorf("%s: %+v, want %+v", v.Name, got, want)
		}
	}
	for _, v := range file.Swings {
		var r market.Reference
		for h, mid := range v.Mids {
			r = r.Next(uint64(h), v.Interval, market.NewQuote(mid, mid))
			if r.Open != v.Opens[h] || r.Swing != v.Swings[h] {
				t.Errorf("%s, block %d: open %d, swing %d; want %d, %d", v.Name, h, r.Open, r.Swing, v.Opens[h], v.Swings[h])
			}
		}
	}
}

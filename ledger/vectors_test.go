package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
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

//go:build kusama

package reserves

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// TestRealRuntimesAnchors: an anchor is read from the extrinsics of the chains
// that signers anchor on.
func TestRealRuntimesAnchors(t *testing.T) {
	for _, name := range []string{"v14/kusama", "v15/asset-hub-kusama"} {
		md, err := metadata.Decode(npm.Metadata(t, name))
		if err != nil {
			t.Fatal(err)
		}
		x := builderOf(t, md).anchor(signer("a"), encode(ownHeader(40)))
		l, blocks := chainOf(x)
		if a, err := Anchors(t.Context(), l, network, sets, blocks, own, 40); err != nil || a.Height != 40 || a.By != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

//go:build kusama

package event_test

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// A transfer of a parachain's token on Kusama's Asset Hub: the asset is a
// location, and comes back as the bytes it is known by.
func TestForeignAsset(t *testing.T) {
	m, err := metadata.Decode(npm.Metadata(t, "v15/asset-hub-kusama"))
	if err != nil {
		t.Fatal(err)
	}
	item, err := m.Event("ForeignAssets", "Transferred")
	if err != nil {
		t.Fatal(err)
	}
	location := []byte{1, 1, 0, 0x5d, 0x20} // one up, X1(Parachain(2071))
	asset, err := m.Registry.Read(item.Fields[0].Type, location)
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.Decode(m, block(t, m, happened(t, m, "ForeignAssets", "Transferred",
		metadata.Named{Name: "asset_id", Value: asset},
		metadata.Named{Name: "from", Value: metadata.Bytes(alice)},
		metadata.Named{Name: "to", Value: metadata.Bytes(bob)},
		metadata.Named{Name: "amount", Value: metadata.Uint{5}})))
	if err != nil || len(got) != 1 || !got[0].Is("ForeignAssets", "Transferred") {
		t.Fatalf("%+v, %v", got, err)
	}
	if b, err := got[0].Encoded(m, "asset_id"); err != nil || !bytes.Equal(b, location) {
		t.Errorf("%x, %v", b, err)
	}
}

//go:build kusama

package storage_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/storage"
)

func runtime(t testing.TB, name string) *metadata.Metadata {
	t.Helper()
	m, err := metadata.Decode(npm.Metadata(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Kusama, its Asset Hub and their like keep what this package reads as it reads
// it.
func TestAgreeKusama(t *testing.T) {
	for _, name := range []string{"v14/kusama", "v15/kusama", "v15/asset-hub-kusama", "v14/polkadot", "v15/polkadot", "v15/asset-hub-polkadot", "v15/substrate"} {
		if err := storage.Agree(runtime(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The fixed keys and values of assets are those of Asset Hub's metadata.
func TestAssetsOfAssetHub(t *testing.T) {
	m := runtime(t, "v15/asset-hub-kusama")
	who := [32]byte(unhex(t, alice))
	location := []byte{1, 1, 0, 0x5d, 0x20} // a sibling parachain: one up, X1(Parachain(2071))
	for pallet, asset := range map[string][]byte{"Assets": u32(1984), "ForeignAssets": location} {
		key, err := storage.Key(m, pallet, "Account", asset, who[:])
		if err != nil || !bytes.Equal(key, storage.AssetAccount(pallet, asset, who)) {
			t.Errorf("%s: %x, %v", pallet, key, err)
		}
		e, err := m.Storage(pallet, "Account")
		if err != nil {
			t.Fatal(err)
		}
		u128 := "05000000000000000100000000000000"
		for _, s := range []string{"0000", "0101", "0202" + u128, "0003", "0004" + alice + u128, "0300", "0005", "0004", "00"} {
			b := unhex(t, u128+s)
			got, err := storage.DecodeAssetAccount(b)
			v, wantErr := m.Registry.Read(e.Value, b)
			if (err == nil) != (wantErr == nil) {
				t.Errorf("%s %s: %v, the runtime says %v", pallet, s, err, wantErr)
			}
			if err != nil {
				continue
			}
			balance, _ := metadata.AsWide(v.(metadata.Composite).Get("balance"))
			status := v.(metadata.Composite).Get("status").(metadata.Variant).Index
			if got.Balance != balance || got.Balance != (amount.Wide{Hi: 1, Lo: 5}) || uint8(got.Status) != status {
				t.Errorf("%s %s: %+v, the runtime says %v", pallet, s, got, v)
			}
		}
	}
	if _, err := storage.Key(m, "ForeignAssets", "Account", append(location, 0), who[:]); !errors.Is(err, rejection.TrailingBytes) {
		t.Errorf("a location and a byte: %v", err)
	}
}

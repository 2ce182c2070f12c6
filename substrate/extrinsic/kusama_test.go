//go:build kusama

package extrinsic

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// recorded returns the builder of a recorded runtime.
func recorded(t *testing.T, name string) *Runtime {
	t.Helper()
	md, err := metadata.Decode(npm.Metadata(t, name))
	if err != nil {
		t.Fatal(err)
	}
	v, err := VersionOf(md)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(md, v, Pin{v.SpecName, v.TransactionVersion}, genesis)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Real Kusama's relay chain and Asset Hub: the calls of custody by hand, and the
// parts of their extensions, where the two differ.
func TestKusamaAndAssetHub(t *testing.T) {
	multi := Multisig{2, []account.ID{third, to, other}}
	for _, c := range []struct {
		name                                          string
		transfer, remark, batch, derivative, multisig string // pallet and call
		extra                                         string // after era and nonce
	}{
		{"v14/kusama", "0403", "0007", "1802", "1801", "1f", "00" + "00"},
		{"v15/asset-hub-kusama", "0a03", "0007", "2802", "2801", "29", "0000" + "00"}, // tip, no asset, mode
	} {
		r := recorded(t, c.name)
		must := func(call Call, err error) Call {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			return call
		}
		transfer := must(r.Transfer(to, amount.WideOf(1)))
		remark := must(r.Remark([]byte("NJW1")))
		batch := must(r.BatchAll(transfer, remark))
		wantBatch := c.batch + "08" + c.transfer + "00" + text(to) + "04" + c.remark + "10" + "4e4a5731"
		if got := hex.EncodeToString(batch.Bytes()); got != wantBatch {
			t.Errorf("%s: the payout is %s, want %s", c.name, got, wantBatch)
		}
		execution := must(r.Execute(multi, to, &Timepoint{Height: 7, Index: 1}, batch, Weight{1, 2}))
		want := c.multisig + "01" + "0200" + "08" + text(other) + text(third) + "01" + "0700000001000000" + wantBatch + "0408"
		if got := hex.EncodeToString(execution.Bytes()); got != want {
			t.Errorf("%s: its execution is %s, want %s", c.name, got, want)
		}
		hash := batch.Hash()
		approval := must(r.Approve(multi, to, nil, hash, Weight{1, 2}))
		if got := hex.EncodeToString(approval.Bytes()); !strings.HasPrefix(got, c.multisig+"02") {
			t.Errorf("%s: an approval is %s", c.name, got)
		}
		all := must(r.TransferAll(to, false))
		if got, want := hex.EncodeToString(must(r.Nested([]uint16{1, 2}, all)).Bytes()), c.derivative+"0100"+c.derivative+"0200"; !strings.HasPrefix(got, want) {
			t.Errorf("%s: a sweep is %s", c.name, got)
		}

		d, err := r.Draft(batch, Terms{Signer: to, Nonce: 3, Era: Era{64, 42}, Birth: [32]byte{1}})
		if err != nil {
			t.Fatal(err)
		}
		version := r.Version()
		little := func(v uint32) string {
			return hex.EncodeToString([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
		}
		wantPayload := wantBatch + "a502" + "0c" + c.extra +
			little(version.SpecVersion) + little(version.TransactionVersion) + text(genesis) + text([32]byte{1}) + "00"
		if got := hex.EncodeToString(d.Payload()); got != wantPayload {
			t.Errorf("%s: the payload is\n%s, want\n%s", c.name, got, wantPayload)
		}
	}
}

// Assets of Asset Hub: by number, and by their place on another chain.
func TestAssetTransfers(t *testing.T) {
	r := recorded(t, "v15/asset-hub-kusama")
	usdt, err := r.AssetTransfer("Assets", Uint(1984), to, amount.WideOf(1))
	if want := "3209" + "011f" + "00" + text(to) + "04"; err != nil || hex.EncodeToString(usdt.Bytes()) != want {
		t.Errorf("%x, %v, want %s", usdt.Bytes(), err, want)
	}
	// KAR: the parent's parachain 2000, its general key 0x0080.
	kar := "01" + "02" + "00" + "411f" + "06" + "02" + "0080" + strings.Repeat("00", 30)
	location, err := hex.DecodeString(kar)
	if err != nil {
		t.Fatal(err)
	}
	transfer, err := r.AssetTransfer("ForeignAssets", Encoded(location), to, amount.WideOf(1))
	if want := "3509" + kar + "00" + text(to) + "04"; err != nil || hex.EncodeToString(transfer.Bytes()) != want {
		t.Errorf("%x, %v, want %s", transfer.Bytes(), err, want)
	}
	for name, id := range map[string]Argument{
		"half a location":       Encoded(location[:len(location)-1]),
		"a location and a byte": Encoded(append(location, 0)),
		"a number":              Uint(1984),
		"bytes":                 Bytes(location),
	} {
		if _, err := r.AssetTransfer("ForeignAssets", id, to, amount.WideOf(1)); !errors.Is(err, rejection.BadCall) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The extensions of every recorded relay chain, system parachain and development
// node are known, and their encodings are what we think.
func TestRecordedRuntimesAreKnown(t *testing.T) {
	for _, name := range []string{"v14/kusama", "v14/polkadot", "v14/substrate", "v15/kusama", "v15/asset-hub-kusama", "v15/asset-hub-polkadot", "v15/polkadot"} {
		recorded(t, name)
	}
}

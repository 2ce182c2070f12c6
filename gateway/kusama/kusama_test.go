//go:build kusama

package kusama

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/vault"
)

// Assets of Kusama Asset Hub: USDt, and Karura's KAR, the parachain 2000's
// currency 0x0080.
var (
	tether  = binary.LittleEndian.AppendUint32(nil, 1984)
	karura  = append([]byte{1, 2, 0, 0x41, 0x1f, 6, 2, 0, 0x80}, make([]byte, 30)...)
	tethers = append([]byte{assetsKind}, tether...)
	karuras = append([]byte{foreignKind}, karura...)
)

func assetHub(t *testing.T) (*metadata.Metadata, []byte) {
	t.Helper()
	b := npm.Metadata(t, "v15/asset-hub-kusama")
	m, err := metadata.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return m, b
}

// TestAssetHubDeposits: KSM, an asset and a parachain's token come in on a
// parachain of Asset Hub's real runtime, believed from the relay chain's votes
// down, each told as the asset that it is.
func TestAssetHubDeposits(t *testing.T) {
	m, b := assetHub(t)
	g := newGeneratedOf(t, true, m, b)
	s := g.scene()
	var remarked []uint32
	for range 3 {
		remarked = append(remarked, s.extrinsic(ownerRemark(testOwner)))
	}
	s.transfer(remarked[0], depositor, g.custody, 500)
	s.paid(remarked[1], assetsPallet, tether, depositor, g.custody, 501)
	s.paid(remarked[2], foreignPallet, karura, depositor, g.custody, 502)
	for _, x := range remarked {
		s.remarked(x, depositor, ownerRemark(testOwner))
	}
	x := s.extrinsic()
	s.paid(x, foreignPallet, karura, depositor, announced, 503)
	s.paid(x, assetsPallet, tether, depositor, stranger, 504)
	item, err := m.Event(foreignPallet, "Issued") // by an XCM message
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.Registry.Read(item.Fields[0].Type, karura)
	if err != nil {
		t.Fatal(err)
	}
	s.event(noExtrinsic, foreignPallet, "Issued", named("asset_id", id), named("owner", accountValue(announced)), named("amount", amountValue(505)))
	g.play(s)
	g.finalise()

	scans, err := g.all(g.open())
	if err != nil {
		t.Fatal(err)
	}
	got := scans[len(scans)-1].Transfers
	want := []struct {
		external []byte
		amount   uint64
		owned    bool
	}{{nativeExternal, 500, true}, {tethers, 501, true}, {karuras, 502, true}, {karuras, 503, false}, {karuras, 505, false}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		if g := got[i]; string(g.External) != string(w.external) || g.Amount != amount.WideOf(w.amount) || (g.Owner != nil) != w.owned {
			t.Errorf("%+v, want %x %d %v", g, w.external, w.amount, w.owned)
		}
	}
}

// asset puts an asset of 10 minimum, and what custody holds of it, into the
// state.
func (g *generated) asset(pallet string, id []byte, held uint64, status storage.AssetStatus) {
	g.Helper()
	entry, err := g.metadata.Storage(pallet, "Asset")
	if err != nil {
		g.Fatal(err)
	}
	zeros := make([]byte, 32)
	details, err := g.metadata.Registry.Encode(entry.Value, metadata.Composite{
		named("owner", metadata.Bytes(zeros)), named("issuer", metadata.Bytes(zeros)), named("admin", metadata.Bytes(zeros)),
		named("freezer", metadata.Bytes(zeros)), named("supply", amountValue(1<<50)), named("deposit", amountValue(0)),
		named("min_balance", amountValue(10)), named("is_sufficient", metadata.Bool(true)), named("accounts", amountValue(1)),
		named("sufficients", amountValue(1)), named("approvals", amountValue(0)), named("status", metadata.Variant{Name: "Live"}),
	})
	if err != nil {
		g.Fatal(err)
	}
	key, err := storage.Key(g.metadata, pallet, "Asset", id)
	if err != nil {
		g.Fatal(err)
	}
	g.chain.Set(key, details)
	var w scale.Writer
	w.U128(amount.WideOf(held))
	w.U8(uint8(status))
	w.U8(1) // its minimum is enough for an account
	g.chain.Set(storage.AssetAccount(pallet, id, g.custody), w.Bytes())
}

// TestAssetHubPayments: payouts and sweeps of KSM, an asset and a parachain's
// token, as Asset Hub's real runtime reads them; and what custody has to keep.
func TestAssetHubPayments(t *testing.T) {
	m, b := assetHub(t)
	for _, test := range []struct {
		pallet   string
		id       []byte
		external []byte
		pay, all string // the movement's call
	}{
		{"", nil, nativeExternal, "Balances(transfer_keep_alive(Id(account dd) 1000))", "Balances(transfer_all(Id(account cc) false))"},
		{assetsPallet, tether, tethers, "Assets(transfer_keep_alive(1984 Id(account dd) 1000))", "Assets(transfer_all(1984 Id(account cc) false))"},
		{foreignPallet, karura, karuras, "ForeignAssets(transfer_keep_alive(1 X2([Parachain(2000) GeneralKey(2 0080" + strings.Repeat("00", 30) + ")]) Id(account dd) 1000))",
			"ForeignAssets(transfer_all(1 X2([Parachain(2000) GeneralKey(2 0080" + strings.Repeat("00", 30) + ")]) Id(account cc) false))"},
	} {
		t.Run("pallet "+test.pallet, func(t *testing.T) {
			c := codecOf(t, m)
			j := payout()
			j.External, j.Amount = test.external, amount.WideOf(1000)
			call, err := c.callOf(j)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, call); !strings.HasPrefix(got, "Utility(batch_all(["+test.pay+" System(remark_with_event(") {
				t.Errorf("a payout is %s", got)
			}
			owner := element(testOwner)
			sweep := vault.Job{JobID: vault.JobID{Kind: vault.Sweep}, Custody: custodian, From: c.Deposit(custodian, owner), Owner: &owner, To: custodian, External: test.external}
			if call, err = c.callOf(sweep); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, call); strings.Count(got, "as_derivative(") != 8 || !strings.Contains(got, test.all) {
				t.Errorf("a sweep is %s", got)
			}

			g := newGeneratedOf(t, true, m, b)
			g.account(vault.Account(g.signers.Keys[0]), 5, 1<<60)
			existential := uint64(3_333_333)
			fill := func(over uint64) {
				if test.pallet == "" {
					g.account(g.custody, 0, existential+over)
				} else {
					g.asset(test.pallet, test.id, 10+over, storage.Liquid)
				}
			}
			j.Generation, j.Custody, j.From = g.signers, g.custody, g.custody
			a := g.open()
			fill(999)
			if _, _, why, err := g.order(a, j, vault.Open); why != vault.DeferFunds || !errors.Is(err, rejection.FundsMissing) {
				t.Errorf("one unit short: deferred %d, %v", why, err)
			}
			fill(1000)
			o, attempt, why, err := g.order(a, j, vault.Open)
			if why != 0 || err != nil || attempt.Nonce != 5 {
				t.Fatalf("deferred %d, %v", why, err)
			}
			held := uint64(1010)
			if test.pallet == "" {
				held = existential + 1000
			}
			if got, err := a.Balance(t.Context(), test.external, g.custody, o.At); err != nil || got != amount.WideOf(held) {
				t.Errorf("holds %v, %v; want %d", got, err, held)
			}
			if test.pallet != "" {
				g.asset(test.pallet, test.id, 1<<40, storage.Blocked)
				if _, _, why, _ := g.order(a, j, vault.Open); why != vault.DeferFunds {
					t.Errorf("a blocked account: deferred %d", why)
				}
			}
		})
	}
}

// TestAssetHubIdentities: an asset's identity is one whole key of its pallet.
func TestAssetHubIdentities(t *testing.T) {
	m, _ := assetHub(t)
	for text, ok := range map[string]bool{
		"00": true, "01c0070000": true, hex.EncodeToString(karuras): true,
		"": false, "0000": false, "01": false, "01c00700": false, "01c007000000": false, "02": false,
		hex.EncodeToString(karuras) + "00": false, hex.EncodeToString(karuras[:len(karuras)-1]): false, "03": false,
		"0201020041": false, "02010200": false,
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseExternal(m, b); (err == nil) != ok || err != nil && !errors.Is(err, rejection.BadExternal) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAssetHubFormats: the events that the books rely on have the fields that
// they are read by, where the runtime has them at all.
func TestAssetHubFormats(t *testing.T) {
	for _, name := range []string{"v15/asset-hub-kusama", "v14/kusama"} {
		m, err := metadata.Decode(npm.Metadata(t, name))
		if err != nil {
			t.Fatal(err)
		}
		pallets := map[string]map[string]shape{"Balances": nativeShapes}
		if strings.Contains(name, "hub") {
			pallets[assetsPallet], pallets[foreignPallet] = assetShapes, assetShapes
		}
		seen := 0
		for pallet, shapes := range pallets {
			for event, s := range shapes {
				item, err := m.Event(pallet, event)
				if errors.Is(err, rejection.UnknownItem) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				seen++
				has := map[string]bool{"": true}
				for _, f := range item.Fields {
					has[f.Name] = true
				}
				if !has[s.from] || !has[s.to] || !has[s.amount] {
					t.Errorf("%s: %s.%s has other fields", name, pallet, event)
				}
			}
		}
		if seen < 10 {
			t.Errorf("%s: only %d events", name, seen)
		}
		if got, err := reserve(m, 2); err != nil || got.IsZero() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

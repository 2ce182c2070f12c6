package outside

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
)

// alice is the development account whose texts everybody knows.
const (
	aliceHex     = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
	aliceGeneric = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
	aliceKusama  = "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"
)

func TestAddresses(t *testing.T) {
	kusama, westend := ChainOf(Kusama), ChainOf(Westend)
	for _, c := range []struct {
		chain Chain
		text  string
	}{{kusama, aliceKusama}, {westend, aliceGeneric}, {kusama, "0x" + aliceHex}, {ChainOf(7), aliceGeneric}} {
		id, err := c.chain.ParseAddress(c.text)
		if err != nil || hex.EncodeToString(id[:]) != aliceHex {
			t.Errorf("%s on %s: %v", c.text, c.chain.Name, err)
		}
	}
	id, _ := kusama.ParseAddress(aliceKusama)
	if kusama.Address(id) != aliceKusama || westend.Address(id) != aliceGeneric {
		t.Error("an account is written otherwise")
	}
	for text, code := range map[string]rejection.Code{
		aliceGeneric:           rejection.AccountNetwork,
		"":                     rejection.AccountForm,
		"KSM":                  rejection.AccountForm,
		"0x" + aliceHex[2:]:    rejection.AccountForm,
		"0x" + aliceHex + "00": rejection.AccountForm,
		"0xzz" + aliceHex[2:]:  rejection.AccountForm,
		"HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74G": rejection.AccountChecksum,
	} {
		if _, err := kusama.ParseAddress(text); !errors.Is(err, code) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestChains(t *testing.T) {
	seen := map[uint32]bool{}
	for _, c := range chains {
		if seen[c.Number] || c.Number == 0 || c.Name == "" || c.Address(account.ID{1}) == "" {
			t.Errorf("%+v", c)
		}
		seen[c.Number] = true
	}
	if c := ChainOf(7); c.Number != 7 || c.Name != "chain 7" || c.Prefix != account.Generic || !c.Existential.IsZero() {
		t.Errorf("%+v", c)
	}
}

// TestCheckPayout: an amount is refused from one unit below what an account can
// hold, and only of the chain's own balance.
func TestCheckPayout(t *testing.T) {
	c := Chain{Number: 7, Name: "seven", Existential: amount.WideOf(5_000)}
	native := asset.Record{Symbol: "X", Decimals: 9, ExternalDecimals: 12, Chain: 7, External: []byte{asset.Native}}
	if err := c.CheckPayout(native, 4); !errors.Is(err, rejection.BelowExistential) {
		t.Errorf("4,000: %v", err)
	}
	if err := c.CheckPayout(native, 5); err != nil {
		t.Errorf("5,000: %v", err)
	}
	other := native
	other.External = []byte{asset.Numbered, 1, 0, 0, 0}
	if err := c.CheckPayout(other, 1); err != nil {
		t.Errorf("another asset: %v", err)
	}
	native.ExternalDecimals = 38
	if err := c.CheckPayout(native, 1<<63); !errors.Is(err, rejection.OutOfRange) {
		t.Errorf("2^63 · 10^29: %v", err)
	}
}

func signers(threshold uint8, keys ...byte) (s state.Signers) {
	s.Threshold = threshold
	for _, k := range keys {
		s.Keys = append(s.Keys, quorum.Key{k})
	}
	return s
}

// TestPlace: a place is that of exactly these signers, network and owner.
func TestPlace(t *testing.T) {
	c := field.FromUint64(7)
	place, err := PlaceOf("net", signers(2, 1, 2, 3), c)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := account.Multisig(2, []account.ID{{3}, {1}, {2}})
	if err != nil || place.Custody != custody || place.Deposit != account.Deposit(custody, external.NetworkOf("net"), c) {
		t.Errorf("%+v, %v", place, err)
	}
	remark, err := external.Decode(external.NetworkOf("net"), place.Remark)
	if err != nil || remark != (external.Owner{C: c}) {
		t.Errorf("the remark: %v %v", remark, err)
	}
	for name, p := range map[string]func() (Place, error){
		"threshold": func() (Place, error) { return PlaceOf("net", signers(3, 1, 2, 3), c) },
		"a signer":  func() (Place, error) { return PlaceOf("net", signers(2, 1, 2, 4), c) },
		"a network": func() (Place, error) { return PlaceOf("other", signers(2, 1, 2, 3), c) },
		"an owner":  func() (Place, error) { return PlaceOf("net", signers(2, 1, 2, 3), field.FromUint64(8)) },
	} {
		if other, err := p(); err != nil || other.Deposit == place.Deposit {
			t.Errorf("another of %s: the same place, %v", name, err)
		}
	}
	for name, s := range map[string]state.Signers{"one of one": signers(1, 1), "none": {}, "more than there are": signers(3, 1, 2)} {
		if _, err := PlaceOf("net", s, c); !errors.Is(err, rejection.BadMultisig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnnounce: a gateway that names another account for the owner is caught,
// and one that is down is no rejection; the honest one watches.
func TestAnnounce(t *testing.T) {
	place, err := PlaceOf("net", signers(2, 1, 2, 3), field.FromUint64(7))
	if err != nil {
		t.Fatal(err)
	}
	serve := func(a gate.Hash, status int) *gate.Client {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(gate.Watched{Account: a})
		}))
		t.Cleanup(s.Close)
		g, err := gate.New(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(g.Close)
		return g
	}
	honest, thief, down := serve(gate.Hash(place.Deposit), 200), serve(gate.Hash{9}, 200), serve(gate.Hash(place.Deposit), 500)
	errs := Announce(context.Background(), []*gate.Client{honest, thief, down}, 2, field.FromUint64(7), place, nil)
	if errs[0] != nil {
		t.Errorf("control: %v", errs[0])
	}
	if !errors.Is(errs[1], rejection.GatewayDiffers) {
		t.Errorf("a thief: %v", errs[1])
	}
	if errs[2] == nil || errors.As(errs[2], new(*rejection.Rejection)) {
		t.Errorf("a gateway that is down: %v", errs[2])
	}
}

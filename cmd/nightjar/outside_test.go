package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/outside"
)

const (
	aliceKusama  = "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"
	aliceGeneric = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
)

// ksm comes from Kusama; the others of outsideParams are a test asset and one of
// a chain that no wallet knows.
var ksm = wallet.Asset{ExitFee: 1_000_000, Record: asset.Record{
	ID: 2, Symbol: "KSM", Decimals: 9, Chain: outside.Kusama, ExternalDecimals: 12, External: []byte{asset.Native},
}}

func outsideParams() wallet.Params {
	return wallet.Params{Assets: []wallet.Asset{
		{Record: asset.Record{ID: 1, Symbol: "USD", Decimals: 6, ExternalDecimals: 6, Test: true}}, ksm,
		{Record: asset.Record{ID: 3, Symbol: "FOO", Decimals: 9, Chain: 9, ExternalDecimals: 12, External: []byte{asset.Numbered, 1, 0, 0, 0}}},
	}}
}

// gatewaysOf serves each handler as a gateway.
func gatewaysOf(t *testing.T, handlers ...http.HandlerFunc) (out gateways) {
	t.Helper()
	for _, h := range handlers {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		g, err := gate.New(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(g.Close)
		out = append(out, g)
	}
	return out
}

func says(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
}

func down(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }

func seen(index uint32, state string, signatures int) gate.Deposit {
	r := custody.Reference{Chain: outside.Kusama, Hash: [32]byte{1}, Index: index}
	return gate.Deposit{
		ID: gate.Hash(r.ID("net")), Reference: gate.Reference{Chain: r.Chain, Block: r.Hash, Index: index},
		Asset: 2, Amount: amount.WideOf(1_500_000_000_007), Units: 1_500_000_000, Dust: amount.WideOf(7),
		State: state, Signatures: signatures, Needed: 2,
	}
}

// TestGatewaysAsOne: of several gateways the furthest counts, one that is down
// does not, and a deposit under a false id is none.
func TestGatewaysAsOne(t *testing.T) {
	ctx, c := context.Background(), field.FromUint64(1)
	forged := seen(9, gate.DepositCredited, 2)
	forged.ID[0] ^= 1
	gs := gatewaysOf(t,
		says(gate.Deposits{Deposits: []gate.Deposit{seen(3, gate.DepositDue, 0), seen(4, gate.DepositHeld, 0)}}),
		down,
		says(gate.Deposits{Deposits: []gate.Deposit{seen(4, gate.DepositHeld, 0), seen(3, gate.DepositAttested, 1), forged}}),
	)
	got, err := gs.deposits(ctx, "net", c)
	want := []gate.Deposit{seen(3, gate.DepositAttested, 1), seen(4, gate.DepositHeld, 0)}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	if _, err := gs[1:2].deposits(ctx, "net", c); err == nil {
		t.Error("all gateways are down and nothing is said")
	}

	id := custody.ClaimID{7}
	unknown := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(gate.Refusal{Code: rejection.UnknownClaim.Name(), Number: uint16(rejection.UnknownClaim)})
	}
	approving := gate.Claim{ID: gate.Hash(id), State: gate.ClaimApproving, Needed: 2}
	executed := gate.Claim{ID: gate.Hash(id), State: gate.ClaimExecuted, Signatures: 1, Needed: 2}
	gs = gatewaysOf(t, unknown, says(executed), says(approving), down)
	if best, ok, err := gs.claim(ctx, id); err != nil || !ok || !cmp.Equal(best, executed) {
		t.Errorf("%+v %v %v", best, ok, err)
	}
	if _, ok, err := gs[:1].claim(ctx, id); ok || err != nil {
		t.Errorf("a claim that nobody knows yet: %v %v", ok, err)
	}
}

// TestAnnounceRefuses: one gateway that names another account is enough to show
// nobody an address; one that is down is told of.
func TestAnnounceRefuses(t *testing.T) {
	place := outside.Place{Deposit: [32]byte{5}}
	good, thief := says(gate.Watched{Account: gate.Hash{5}}), says(gate.Watched{Account: gate.Hash{6}})
	for name, c := range map[string]struct {
		gates    gateways
		watching int
		code     error
		fault    bool
	}{
		"all honest":  {gatewaysOf(t, good, good), 2, nil, false},
		"one is down": {gatewaysOf(t, down, good), 1, nil, false},
		"a thief":     {gatewaysOf(t, good, thief, good), 0, rejection.GatewayDiffers, false},
		"all down":    {gatewaysOf(t, down, down), 0, nil, true},
		"none":        {nil, 0, nil, false},
	} {
		var errs bytes.Buffer
		a := &app{stderr: &errs}
		n, err := a.announce(context.Background(), c.gates, 2, field.FromUint64(1), place, nil)
		switch {
		case n != c.watching, c.code != nil && !errors.Is(err, c.code), c.code == nil && !c.fault && err != nil, c.fault && err == nil:
			t.Errorf("%s: %d, %v", name, n, err)
		case name == "one is down" && !strings.Contains(errs.String(), c.gates[0].Address()):
			t.Errorf("nothing is said of the one that is down: %q", errs.String())
		}
	}
}

// TestIncoming: what a gateway calls credited is not, before the wallet has read
// it on the chain.
func TestIncoming(t *testing.T) {
	c := newCLI(t)
	c.ok(phrase, new(madeResult), "wallet", "restore")
	a := &app{stderr: new(bytes.Buffer), environment: func(n string) string { return c.env[n] }, dir: c.env["NIGHTJAR_HOME"], node: "http://127.0.0.1:1"}
	s, err := a.open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in := func(index uint32, state string) gate.Deposit {
		d := seen(index, state, 2)
		d.ID = gate.Hash(custody.Reference{Chain: d.Reference.Chain, Hash: d.Reference.Block, Index: index}.ID(s.Genesis.ChainID))
		return d
	}
	other := in(5, gate.DepositDue)
	other.Asset = 3
	gs := gatewaysOf(t, says(gate.Deposits{Deposits: []gate.Deposit{in(3, gate.DepositCredited), in(4, gate.DepositCredited), other}}))
	id := in(4, "").ID
	st := s.Wallet.State()
	st.History = append(st.History, wallet.Entry{Kind: wallet.DepositEntry, ID: wallet.ID(id), Asset: 2, Amount: 1_500_000_000})
	got, err := s.incoming(context.Background(), gs, ksm, field.FromUint64(1))
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if got[0].State != gate.DepositAttested || got[1].State != gate.DepositCredited {
		t.Errorf("%s, %s", got[0].State, got[1].State)
	}
	if got[0].Amount != "1.500000000007" || got[0].Dust != "0.000000000007" || got[1].Credit != "1.5" {
		t.Errorf("%+v", got[0])
	}
}

func TestPayinProgress(t *testing.T) {
	d := func(state string, signatures int) incomingView {
		return incomingView{State: state, Signatures: signatures, Needed: 2, Amount: "1"}
	}
	for name, c := range map[string]struct {
		deposits  []incomingView
		done, all int
	}{
		"nothing":             {nil, 0, 1},
		"final":               {[]incomingView{d(gate.DepositDue, 0)}, 1, 4},
		"signed by one":       {[]incomingView{d(gate.DepositAttested, 1)}, 2, 4},
		"signed by more":      {[]incomingView{d(gate.DepositAttested, 5)}, 3, 4},
		"credited":            {[]incomingView{d(gate.DepositCredited, 0)}, 4, 4},
		"held":                {[]incomingView{d(gate.DepositHeld, 0)}, 4, 4},
		"held for a moment":   {[]incomingView{{State: gate.DepositHeld, Reason: "UNREAD", Needed: 2}}, 1, 4},
		"held for people":     {[]incomingView{{State: gate.DepositHeld, Reason: "BELOW_MINIMUM", Needed: 2}}, 4, 4},
		"going back":          {[]incomingView{d(gate.DepositRefunding, 0)}, 1, 4},
		"the last one counts": {[]incomingView{d(gate.DepositCredited, 2), d(gate.DepositAttested, 1), d(gate.DepositHeld, 0)}, 2, 4},
	} {
		if done, all, text := payinProgress("KSM", c.deposits); done != c.done || all != c.all || text == "" {
			t.Errorf("%s: %d of %d, %q", name, done, all, text)
		}
	}
}

// TestPlaceIsShown: everything that somebody needs to pay in is in the answer,
// and a stopped or half-watched place says so.
func TestPlaceIsShown(t *testing.T) {
	c := field.FromUint64(7)
	signers := state.Signers{Threshold: 2, Keys: []quorum.Key{{1}, {2}, {3}}}
	place, err := outside.PlaceOf("net", signers, c)
	if err != nil {
		t.Fatal(err)
	}
	view := &client.Custody{
		Signers: signers,
		Assets:  []state.Asset{{Record: ksm.Record, MinDeposit: 1e7, MaxDeposit: 5e9, MaxSupply: 10e9}},
		Pools:   map[uint32]state.Pool{2: {Deposited: 4e9, Withdrawn: 1e9}},
	}
	v, err := viewPlace(view, ksm, place, 2)
	if err != nil {
		t.Fatal(err)
	}
	if v.Min != "0.01" || v.Max != "5" || v.Room != "7" || v.Signers != "2 of 3" || v.Needed != 2 || v.Halted {
		t.Errorf("%+v", v)
	}
	kusama := outside.ChainOf(outside.Kusama)
	if id, err := kusama.ParseAddress(v.Address); err != nil || id != place.Deposit {
		t.Errorf("%s: %v", v.Address, err)
	}
	r := payinResult{Asset: "KSM", Owner: "00", Place: v}
	text := func() string {
		var b bytes.Buffer
		r.print(&b)
		return b.String()
	}
	for _, part := range []string{v.Address, v.Custody, v.Remark, v.Min, v.Max, "Kusama Asset Hub", "--owner"} {
		if !strings.Contains(text(), part) {
			t.Errorf("%q is not in\n%s", part, text())
		}
	}
	if strings.Contains(text(), "ONLY") || strings.Contains(text(), "HALTED") {
		t.Errorf("a warning without a cause:\n%s", text())
	}
	r.Place.Watching = 1
	if !strings.Contains(text(), "ONLY 1") {
		t.Errorf("too few gateways:\n%s", text())
	}
	r.Place.Watching = 0
	if strings.Contains(text(), v.Address) {
		t.Errorf("an address that nobody looks at is offered:\n%s", text())
	}
	r.Place.Halted = true
	if !strings.Contains(text(), "HALTED") || strings.Contains(text(), v.Address) || strings.Contains(text(), v.Custody) {
		t.Errorf("halted deposits:\n%s", text())
	}
	view.Pools[2] = state.Pool{Deposited: 11e9}
	if v, err := viewPlace(view, ksm, place, 2); err != nil || v.Room != "0" {
		t.Errorf("above the cap: %s %v", v.Room, err)
	}
	view.Assets = nil
	if _, err := viewPlace(view, ksm, place, 2); !errors.Is(err, client.ErrUnverified) {
		t.Errorf("no record: %v", err)
	}
}

func TestRecipientsOutside(t *testing.T) {
	p := outsideParams()
	foo := p.Assets[2]
	for _, c := range []struct {
		asset wallet.Asset
		text  string
	}{{ksm, aliceKusama}, {foo, aliceGeneric}, {p.Assets[0], "0xdeadbeef"}} {
		r, err := readRecipient(c.asset, c.text)
		if err != nil || recipientText(p, c.asset.ID, r.Bytes()) != c.text {
			t.Errorf("%s: %s %v", c.text, recipientText(p, c.asset.ID, r.Bytes()), err)
		}
	}
	r, err := readRecipient(ksm, aliceKusama)
	if err != nil || len(r.Bytes()) != 32 {
		t.Errorf("a recipient of %d bytes, %v", len(r.Bytes()), err)
	}
	for text, code := range map[string]rejection.Code{
		aliceGeneric: rejection.AccountNetwork, "0xdeadbeef": rejection.AccountForm, "": rejection.AccountForm,
		strings.Replace(aliceKusama, "Upf", "Vpf", 1): rejection.AccountChecksum,
	} {
		if _, err := readRecipient(ksm, text); !errors.Is(err, code) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := recipientText(p, 77, []byte{0xde}); got != "0xde" {
		t.Errorf("an asset without a record: %s", got)
	}
}

// TestPayout: gateways tell how far a claim is, and can't close it; every state
// has words, and a bar that never goes back.
func TestPayout(t *testing.T) {
	claim := &wallet.Claim{ID: wallet.ID{7}, Asset: 2, Amount: 3e9, Recipient: make([]byte, 32), Status: wallet.ClaimOpen}
	open, err := viewPayout(outsideParams(), claim)
	if err != nil || open.State != "open" || open.Chain != "Kusama Asset Hub" || open.step() != 0 {
		t.Fatalf("%+v, %v", open, err)
	}
	payment := &gate.Reference{Chain: outside.Kusama, Block: gate.Hash{5}, Index: 6}
	step := -1
	for _, c := range []struct {
		told  gate.Claim
		state string
	}{
		{gate.Claim{State: gate.ClaimWaiting, PayableAt: 90}, gate.ClaimWaiting},
		{gate.Claim{State: gate.ClaimPayable}, gate.ClaimPayable},
		{gate.Claim{State: gate.ClaimApproving}, gate.ClaimApproving},
		{gate.Claim{State: gate.ClaimUnpayable, Reason: "BELOW_EXISTENTIAL"}, gate.ClaimUnpayable},
		{gate.Claim{State: gate.ClaimReturned}, gate.ClaimUnpayable},
		{gate.Claim{State: gate.ClaimExecuted, Payment: payment, Signatures: 1, Needed: 2}, gate.ClaimExecuted},
		{gate.Claim{State: gate.ClaimPaid, Payment: payment}, gate.ClaimExecuted},
		{gate.Claim{State: gate.ClaimClosed, Payment: payment}, gate.ClaimExecuted},
	} {
		c.told.ID = gate.Hash(claim.ID)
		v, err := gatewaysOf(t, says(c.told)).told(context.Background(), claim.ID, open)
		if err != nil || v.State != c.state || strings.Contains(v.say(), "does not know") || v.step() < step || v.step() >= payoutSteps {
			t.Errorf("%s: %+v %q %v", c.told.State, v, v.say(), err)
		}
		if (v.Block != "") != (c.told.Payment != nil) {
			t.Errorf("%s: the payment: %+v", c.told.State, v)
		}
		step = v.step()
	}
	for _, status := range []wallet.ClaimStatus{wallet.ClaimOpen, wallet.ClaimPaid, wallet.ClaimReturned} {
		claim.Status = status
		if v, err := viewPayout(outsideParams(), claim); err != nil || strings.Contains(v.say(), "does not know") {
			t.Errorf("%s: %q %v", status, v.say(), err)
		}
	}
	if v := (payoutView{State: "\x1b[2J", Claim: strings.Repeat("0", 64)}); strings.Contains(v.say(), "\x1b") {
		t.Error("a gateway writes to the terminal")
	}
}

// TestQR: what is on the screen is the code of the text, module by module.
func TestQR(t *testing.T) {
	drawn, err := qrCode(aliceKusama)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(aliceKusama, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	y := -quiet
	for _, line := range strings.Split(strings.TrimSuffix(drawn, "\n"), "\n") {
		_, line, _ = strings.Cut(line, "m")
		line, _, _ = strings.Cut(line, "\x1b")
		x := -quiet
		for _, r := range line {
			upper, lower := r == '█' || r == '▀', r == '█' || r == '▄'
			if upper != code.Black(x, y) || lower != code.Black(x, y+1) {
				t.Fatalf("module %d, %d", x, y)
			}
			x++
		}
		if x != code.Size+quiet {
			t.Fatalf("line %d ends at %d", y, x)
		}
		y += 2
	}
	if y < code.Size+quiet {
		t.Errorf("the picture ends at %d", y)
	}
	if _, err := qrCode(strings.Repeat("x", 5000)); err == nil {
		t.Error("more than a code holds")
	}
}

func TestOutsideFlags(t *testing.T) {
	c := newCLI(t)
	c.ok(phrase, new(madeResult), "wallet", "restore")
	for _, args := range [][]string{
		{"deposit", "KSM", "USD"},
		{"deposit", "KSM", "--asset", "USD"},
		{"deposits", "--gateway", "ftp://x", "--offline"},
		{"claims", "--gateway", "x", "--offline"},
		{"withdraw", "--asset", "KSM", "--amount", "1", "--to", "x", "--gateway", "x"},
		{"deposits", "now"},
	} {
		c.refused(rejection.BadFlag, "", args...)
	}
	var none depositsResult
	c.env["NIGHTJAR_GATEWAY"] = "http://127.0.0.1:1, http://127.0.0.1:2"
	if c.ok("", &none, "deposits", "--offline"); len(none.Deposits) != 0 {
		t.Errorf("%+v", none)
	}
	for _, f := range []payin{{block: strings.Repeat("0", 64)}, {owner: "x", block: "12"}} {
		if _, err := f.look(); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if h, err := parseHash("0x" + strings.Repeat("0", 63) + "1"); err != nil || h[31] != 1 {
		t.Errorf("control: %v", err)
	}
}

// TestWithdrawalIsTold: fee, destination and the signers' limit are said before
// anything is sent; a gateway that is down keeps nothing from that.
func TestWithdrawalIsTold(t *testing.T) {
	to, err := readRecipient(ksm, aliceKusama)
	if err != nil {
		t.Fatal(err)
	}
	tell := func(h http.HandlerFunc) string {
		var errs bytes.Buffer
		a := &app{stderr: &errs}
		a.tellWithdrawal(t.Context(), gatewaysOf(t, h), outsideParams(), ksm, 3_000_000_000, to)
		return errs.String()
	}
	limits := gate.Status{Limits: []gate.Limit{{Asset: ksm.ID, Rate: 5_000_000_000, Window: 600, MaxDelay: 7200}}}
	told, without := tell(says(limits)), tell(down)
	for _, want := range []string{"3 KSM", aliceKusama, "0.001 KSM"} {
		if !strings.Contains(told, want) || !strings.Contains(without, want) {
			t.Errorf("%q is not said:\n%s\n%s", want, told, without)
		}
	}
	const limit = "5 KSM in any 600 blocks; what is more waits for its turn, at most 7200 blocks"
	if !strings.Contains(told, limit) || strings.Contains(without, "blocks") {
		t.Errorf("%s\n%s", told, without)
	}
}

package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/reserves"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/trie"
)

// checkpointOf writes the checkpoint of a chain at its first block.
func checkpointOf(t *testing.T, c *chaintest.Chain) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(path, c.Genesis().Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVerifyFlags(t *testing.T) {
	c := newCLI(t)
	relay := chaintest.New("relay", trie.V0, chaintest.Equal("relay", 4))
	file := checkpointOf(t, relay)
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, relay.Genesis().Encode()[:40], 0o600); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(spec, []byte(" {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	node := "http://127.0.0.1:1"
	for name, x := range map[string]struct {
		code rejection.Code
		args []string
	}{
		"no number":               {rejection.BadFlag, []string{"--external", node}},
		"a number that is none":   {rejection.BadFlag, []string{"--external", "x=" + node}},
		"no address":              {rejection.BadFlag, []string{"--external", "2="}},
		"an address that is none": {rejection.BadFlag, []string{"--external", "2=ftp://x"}},
		"a chain twice":           {rejection.BadFlag, []string{"--external", "2=" + node, "--external", "2=" + node}},
		"no checkpoint":           {rejection.BadFlag, []string{"--external", "2=" + node}},
		"another's checkpoint":    {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "3=" + file}},
		"a relay chain of none":   {rejection.BadFlag, []string{"--relay", "2=1000@" + node}},
		"a relay without number":  {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "2=" + file, "--relay", "2=" + node}},
		"parachain 0":             {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "2=" + file, "--relay", "2=0@" + node}},
		"no file":                 {rejection.BadFile, []string{"--external", "2=" + node, "--checkpoint", "2=/nonexistent"}},
		"half a file":             {rejection.Truncated, []string{"--external", "2=" + node, "--checkpoint", "2=" + short}},
		"a specification only":    {rejection.BadCheckpoint, []string{"--external", "2=" + node, "--checkpoint", "2=" + spec}},
		"anchors of no chain":     {rejection.BadFlag, []string{"--anchors", "5", "--gateway", node}},
		"no block":                {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "2=" + file, "--anchor", "2=12"}},
		"another chain's block":   {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "2=" + file, "--anchor", "3=0x" + strings.Repeat("12", 32)}},
		"anchors from nobody":     {rejection.BadFlag, []string{"--external", "2=" + node, "--checkpoint", "2=" + file, "--anchors", "5"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.TB = t
			c.refused(x.code, "", append([]string{"verify"}, x.args...)...)
		})
	}
}

// TestVerifyReadsAParachain: what the flags say is what is read, from the
// checkpoint's file on.
func TestVerifyReadsAParachain(t *testing.T) {
	relay := chaintest.New("relay", trie.V0, chaintest.Equal("relay", 4))
	para := chaintest.New("asset hub", trie.V1, nil)
	para.Grow(3)
	relay.Include(1000, para)
	relay.Grow(2)
	relay.Finalise(relay.Tip().Number)
	serve := func(c *chaintest.Chain) string {
		s := httptest.NewServer(&chaintest.Server{Chain: c})
		t.Cleanup(s.Close)
		return s.URL
	}
	var e elsewhere
	a := &app{environment: func(string) string { return "" }}
	cmd := &cobra.Command{}
	e.register(a, cmd)
	args := []string{
		"--external", "434=" + serve(para), "--relay", "434=1000@" + serve(relay), "--checkpoint", "434=" + checkpointOf(t, relay),
		"--external", "42=" + serve(relay), "--checkpoint", "42=" + checkpointOf(t, relay),
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	chains, err := e.open(cmd)
	if err != nil || len(chains) != 2 || chains[0].number != 42 || chains[1].name() != "Kusama Asset Hub" {
		t.Fatalf("%+v, %v", chains, err)
	}
	for i, want := range []*chaintest.Chain{relay, para} {
		if b, err := chains[i].sync(t.Context()); err != nil || b.Hash != want.Tip().Hash {
			t.Errorf("chain %d: block %d, %v", chains[i].number, b.Number, err)
		}
	}
}

// TestVerifySays: a person sees what is wrong.
func TestVerifySays(t *testing.T) {
	proof := func(edit func(*reserves.Asset)) *reserves.Proof {
		a := reserves.Asset{
			ID: 2, Symbol: "KSM", Decimals: 9, ExternalDecimals: 12, Notes: 5e9, Claims: 5e8, Open: 1,
			Owed: amount.WideOf(5.5e12), Reserves: amount.WideOf(6e12 + 1), Surplus: amount.WideOf(5e11 + 1),
		}
		edit(&a)
		return &reserves.Proof{Chain: 434, Block: 77, Height: 9, Assets: []reserves.Asset{a}}
	}
	for name, c := range map[string]struct {
		finding finding
		want    []string
		never   []string
	}{
		"all is there": {
			finding{Name: "Kusama Asset Hub", Reserves: proof(func(*reserves.Asset) {}),
				Anchor: &reserves.Anchored{Height: 8, Signer: quorum.Key{0xab}, Block: 70, Equal: 2, By: 1}},
			[]string{"on Kusama Asset Hub", "block 77", "holds 6.000000000001, owes 5.5 (0.5 in 1 withdrawals), surplus 0.500000000001", "height 8", "2 anchors of 1 signers agree"},
			[]string{"ALARM", "SHORT"},
		},
		"a payment is under way": {
			finding{Reserves: proof(func(a *reserves.Asset) { a.Surplus, a.Paying = amount.Wide{}, amount.WideOf(5e11) })},
			[]string{"0.5 of it being paid now, or missing"}, []string{"ALARM", "surplus", "anchor"},
		},
		"short": {
			finding{Reserves: proof(func(a *reserves.Asset) { a.Short = true }), Alarm: "RESERVES_SHORT: asset 2"},
			[]string{"SHORT: LESS THAN THE NOTES ARE WORTH", "ALARM RESERVES_SHORT"}, []string{"surplus"},
		},
	} {
		var out strings.Builder
		verified{Report: &audit.Report{ChainID: "x"}, GenesisHash: strings.Repeat("0", 64), External: []finding{c.finding}}.print(&out)
		for _, s := range c.want {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%s: no %q in\n%s", name, s, &out)
			}
		}
		for _, s := range c.never {
			if strings.Contains(out.String(), s) {
				t.Errorf("%s: %q in\n%s", name, s, &out)
			}
		}
	}
}

package home

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/westend"
)

// whole is a configuration that nothing is missing from.
func whole() Config {
	c := Default()
	c.Peers = []string{"http://10.0.0.2:7820", "http://10.0.0.3:7820"}
	c.Chain = Chain{
		Number: 2, Name: "kusama", Prefix: 2, Genesis: strings.Repeat("ab", 32), Nodes: []string{"http://127.0.0.1:9944"},
		Relay: []string{"http://127.0.0.1:9945"}, Para: 1000, Checkpoint: "checkpoint", MaxFee: "10000000000",
	}
	c.Limits.Assets = []AssetLimit{{7, Limit{1_000_000, 9000, 20_000, "3333333", "10000000000"}}}
	c.Runtimes = []Runtime{{"statemine", 1_009_003, 15, strings.Repeat("cd", 32)}}
	return c
}

func written(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigRoundTrip: what a configuration says is what is read again.
func TestConfigRoundTrip(t *testing.T) {
	want := whole()
	text, err := want.Text()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(written(t, text))
	if err != nil || !cmp.Equal(want, got) {
		t.Fatalf("%v %s", err, cmp.Diff(want, got))
	}
	odd := whole()
	odd.Chain.Name = "a \"quoted\" \\ name\nof two lines"
	if text, err = odd.Text(); err != nil {
		t.Fatal(err)
	}
	if got, err = ReadConfig(written(t, text)); err != nil || got.Chain.Name != odd.Chain.Name {
		t.Errorf("%v %q", err, got.Chain.Name)
	}
}

func TestConfigRefuses(t *testing.T) {
	text, err := whole().Text()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*Config)
		code rejection.Code
	}{
		"a node that is none":      {func(c *Config) { c.Node = "localhost" }, rejection.OutOfRange},
		"no listener":              {func(c *Config) { c.Listen = "x" }, rejection.OutOfRange},
		"no watch":                 {func(c *Config) { c.Watched = 0 }, rejection.OutOfRange},
		"a strange key":            {func(c *Config) { c.Key.Kind = "plain" }, rejection.OutOfRange},
		"no key file":              {func(c *Config) { c.Key.File = "" }, rejection.OutOfRange},
		"no chain":                 {func(c *Config) { c.Chain.Number = 0 }, rejection.OutOfRange},
		"no nodes":                 {func(c *Config) { c.Chain.Nodes = nil }, rejection.OutOfRange},
		"a parachain without one":  {func(c *Config) { c.Chain.Relay = nil }, rejection.OutOfRange},
		"a relay without a number": {func(c *Config) { c.Chain.Para = 0 }, rejection.OutOfRange},
		"no checkpoint":            {func(c *Config) { c.Chain.Checkpoint = "" }, rejection.OutOfRange},
		"a short genesis":          {func(c *Config) { c.Chain.Genesis = "ab" }, rejection.OutOfRange},
		"no fee":                   {func(c *Config) { c.Chain.MaxFee = "0" }, rejection.OutOfRange},
		"a fee with a point":       {func(c *Config) { c.Chain.MaxFee = "0.1" }, rejection.OutOfRange},
		"a window of nothing":      {func(c *Config) { c.Limits.Window = 0 }, rejection.OutOfRange},
		"a wait without end":       {func(c *Config) { c.Limits.Assets[0].MaxDelay = 0 }, rejection.OutOfRange},
		"a deposit below zero":     {func(c *Config) { c.Limits.Existential = "-1" }, rejection.OutOfRange},
		"an asset twice":           {func(c *Config) { c.Limits.Assets = append(c.Limits.Assets, c.Limits.Assets[0]) }, rejection.OutOfRange},
		"anchors without grace":    {func(c *Config) { c.Anchors.Grace = 0 }, rejection.OutOfRange},
		"no pace":                  {func(c *Config) { c.Pace.Round = 0 }, rejection.OutOfRange},
		"no runtime":               {func(c *Config) { c.Runtimes = nil }, rejection.OutOfRange},
		"a runtime without a name": {func(c *Config) { c.Runtimes[0].SpecName = "" }, rejection.OutOfRange},
		"a peer that is none":      {func(c *Config) { c.Peers[1] = "10.0.0.3" }, rejection.OutOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			config := whole()
			c.edit(&config)
			text, err := config.Text()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ReadConfig(written(t, text)); !errors.Is(err, c.code) {
				t.Errorf("%v", err)
			}
		})
	}
	for name, c := range map[string]struct {
		text string
		code rejection.Code
	}{
		"an unknown key":      {"skip_proofs = true\n" + string(text), rejection.UnknownProperty},
		"an unknown limit":    {strings.Replace(string(text), "\nsweep_min", "\nsweep_max", 1), rejection.UnknownProperty},
		"a number for a text": {strings.Replace(string(text), `name = "kusama"`, "name = 3", 1), rejection.BadFile},
		"no TOML":             {"{", rejection.BadFile},
	} {
		if _, err := ReadConfig(written(t, []byte(c.text))); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadConfig(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, rejection.BadFile) {
		t.Errorf("no file: %v", err)
	}
}

var sampleCheckpoint = light.State{
	Finalised: header.Block{Number: 9, Hash: header.Hash{1}},
	Set:       grandpa.Set{ID: 3, Authorities: []grandpa.Authority{{Key: [32]byte{2}, Weight: 1}}},
}

// TestCheckpointOfAnEarlierRunIsNewer: the operator's checkpoint is for the
// first start; later ones begin where the last one ended.
func TestCheckpointOfAnEarlierRunIsNewer(t *testing.T) {
	h := Home(t.TempDir())
	c := whole()
	if _, err := h.Checkpoint(c); !errors.Is(err, rejection.BadCheckpoint) {
		t.Errorf("none: %v", err)
	}
	if err := os.WriteFile(string(h)+"/checkpoint", sampleCheckpoint.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := h.Checkpoint(c); err != nil || s.Finalised.Number != 9 {
		t.Errorf("the operator's: %v", err)
	}
	if err := os.MkdirAll(h.Data(), 0o700); err != nil {
		t.Fatal(err)
	}
	newer := sampleCheckpoint
	newer.Finalised.Number = 11
	if err := replace(h.newest(), newer.Encode()); err != nil {
		t.Fatal(err)
	}
	if s, err := h.Checkpoint(c); err != nil || s.Finalised.Number != 11 {
		t.Errorf("an earlier run's: %v", err)
	}
	if Digest(sampleCheckpoint) == Digest(newer) {
		t.Error("two checkpoints with one digest")
	}
	if err := os.WriteFile(h.newest(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Checkpoint(c); err == nil {
		t.Error("a damaged checkpoint was passed over")
	}
}

// TestReplace: a file is replaced whole and left alone by what fails.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, content := range []string{"one", "another"} {
		if err := replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != content {
			t.Fatalf("%q %v", b, err)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
	if err := writeNew(path, []byte("x")); !errors.Is(err, rejection.BadFile) {
		t.Errorf("overwritten: %v", err)
	}
}

// TestOnePrivateSocket: a socket that is served is not taken over; one that a
// dead process left is.
func TestOnePrivateSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := listenPrivate(path, "journal")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := listenPrivate(path, "journal"); !errors.Is(err, rejection.JournalInUse) {
		t.Errorf("two processes: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as after a kill
	l.Close()
	again, err := listenPrivate(path, "journal")
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// TestKey: from a file, with the password from a file or the environment.
func TestKey(t *testing.T) {
	h := Home(t.TempDir())
	c := whole()
	if _, err := signer.Create(h.KeyFile(c), "secret", [32]byte{1}, 4); err != nil {
		t.Fatal(err)
	}
	t.Setenv(PasswordVariable, "secret")
	if _, err := h.OpenKey(c); err != nil {
		t.Error(err)
	}
	t.Setenv(PasswordVariable, "wrong")
	if _, err := h.OpenKey(c); !errors.Is(err, rejection.WrongPassword) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(string(h)+"/password", []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Key.PasswordFile = "password"
	if _, err := h.OpenKey(c); err != nil {
		t.Error(err)
	}
	c.Key.PasswordFile = "absent"
	if _, err := h.OpenKey(c); !errors.Is(err, rejection.BadFile) {
		t.Errorf("%v", err)
	}
	c.Key = Key{Kind: TokenKey}
	if _, err := h.OpenKey(c); !errors.Is(err, rejection.NoKey) {
		t.Errorf("a token that is not named: %v", err)
	}
}

// TestRunRefuses: a home that is not whole is refused before anything is asked.
func TestRunRefuses(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	h := Home(t.TempDir())
	if err := Run(t.Context(), h, "test", log); !errors.Is(err, rejection.BadFile) {
		t.Errorf("no configuration: %v", err)
	}
	text, err := whole().Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.Config(), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), h, "test", log); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("no genesis: %v", err)
	}
	if err := os.WriteFile(h.Genesis(), sampleGenesis, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), h, "test", log); !errors.Is(err, rejection.NoKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := signer.Create(h.KeyFile(whole()), "secret", [32]byte{1}, 4); err != nil {
		t.Fatal(err)
	}
	t.Setenv(PasswordVariable, "secret")
	if err := Run(t.Context(), h, "test", log); !errors.Is(err, rejection.BadCheckpoint) {
		t.Errorf("no checkpoint: %v", err)
	}
	if _, err := os.Stat(h.Journal()); err == nil {
		t.Error("a journal was begun")
	}
}

var sampleGenesis = []byte(`{"chain_id":"test-1","validators":[{"key":"` + strings.Repeat("11", 32) + `","power":1}],
	"constants":{"execution_delay":2,"anchor_interval":1,"anchors":1,"governance_delay":5}}`)

// node is a node of an external chain that tells about itself.
func node(t *testing.T, answers map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		for method, answer := range answers {
			if strings.Contains(b.String(), `"`+method+`"`) {
				_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":` + answer + `}`))
				return
			}
		}
		http.Error(w, "no", http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestInit: a home is completed by what the chain's node says; one that says
// nonsense makes none, and nothing is overwritten.
func TestInit(t *testing.T) {
	says := map[string]string{
		"chain_getBlockHash": `"0x` + strings.Repeat("ab", 32) + `"`, "chain_getFinalizedHead": `"0x` + strings.Repeat("cd", 32) + `"`,
		"system_properties": `{"ss58Format":42,"tokenSymbol":"WND","tokenDecimals":12}`,
		"state_getMetadata": `"0x` + hex.EncodeToString([]byte("meta")) + `"`,
	}
	c := Default()
	c.Chain.Number, c.Chain.MaxFee = 2, "1"
	c.Chain.Nodes = []string{node(t, says)}
	h := Home(filepath.Join(t.TempDir(), "home"))
	if _, err := Init(t.Context(), h, c, sampleGenesis); err == nil {
		t.Error("metadata that is none was accepted")
	}
	if _, err := Init(t.Context(), h, c, []byte("{}")); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("no genesis: %v", err)
	}
	if _, err := os.Stat(string(h)); err == nil {
		t.Error("a home was made")
	}
	says["state_getMetadata"] = `"0x` + hex.EncodeToString(westend.Bytes(t)) + `"`
	made, err := Init(t.Context(), h, c, sampleGenesis)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(h.Config())
	if err != nil || !cmp.Equal(made, got, cmpopts.EquateEmpty()) {
		t.Fatalf("%v %s", err, cmp.Diff(made, got))
	}
	if r := got.Runtimes[0]; r.SpecName != "westend" || got.Chain.Prefix != 42 || got.Chain.Genesis != strings.Repeat("ab", 32) {
		t.Errorf("%+v %+v", r, got.Chain)
	}
	if _, err := h.ReadGenesis(); err != nil {
		t.Error(err)
	}
	if _, err := Init(t.Context(), h, c, sampleGenesis); !errors.Is(err, rejection.BadFile) {
		t.Errorf("overwritten: %v", err)
	}
}

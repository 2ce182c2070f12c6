package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
)

func readText(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadConfig(path)
}

// TestManualShowsDefaults keeps the manual honest: the file that Init writes
// says exactly what an absent key means.
func TestManualShowsDefaults(t *testing.T) {
	got, err := readText(t, string(configTemplate))
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	want.P2P.PersistentPeers = []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if _, err := readText(t, ""); err != nil {
		t.Fatalf("an empty file: %v", err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       rejection.Code
	}{
		{"unknown key", "rpc_lisen = \"x\"", rejection.UnknownProperty},
		{"unknown table", "[skip]\nproofs = true", rejection.UnknownProperty},
		{"not TOML", "rpc_listen = ", rejection.BadFile},
		{"wrong type", "rpc_listen = 5", rejection.BadFile},
		{"bad duration", "[consensus]\nblock_interval = \"soon\"", rejection.BadFile},
		{"no RPC", "rpc_listen = \"\"", rejection.OutOfRange},
		{"no streams", "rpc_streams = 0", rejection.OutOfRange},
		{"no p2p", "[p2p]\nlisten = \"\"", rejection.OutOfRange},
		{"zero interval", "[consensus]\nblock_interval = \"0s\"", rejection.OutOfRange},
		{"unknown mempool", "[mempool]\nkind = \"big\"", rejection.OutOfRange},
		{"no verifier", "[mempool]\nverifiers = 0", rejection.OutOfRange},
		{"unbounded mempool", "[mempool]\nmax_txs = 0", rejection.OutOfRange},
		{"public CometBFT RPC", "[consensus]\ncomet_rpc_listen = \"0.0.0.0:26657\"", rejection.OutOfRange},
	} {
		if _, err := readText(t, c.text); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := readText(t, "[consensus]\ncomet_rpc_listen = \"127.0.0.1:26657\""); err != nil {
		t.Error(err)
	}
}

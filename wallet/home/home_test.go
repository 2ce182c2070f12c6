package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// genesis is as much of a genesis file as a wallet reads.
func genesis(chain string, measurements string) []byte {
	return fmt.Appendf(nil, `{
  "chain_id": %q, "development": true, "allow_simulated": true,
  "simulated_root": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  "measurements": [%s], "fee_asset": 1,
  "validators": [{"key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "power": 10}],
  "constants": {"execution_delay": 2, "anchor_interval": 2, "anchors": 400}
}`, chain, measurements)
}

const words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

func TestPins(t *testing.T) {
	digest := strings.Repeat("07", 48)
	pins, err := readPins(genesis("a", `{"provider": "SIMULATED", "digest": "`+digest+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := registry.Measurement{Provider: registry.Simulated}
	for i := range want.Digest {
		want.Digest[i] = 7
	}
	if p := pins.Policy; pins.ChainID != "a" || !p.AllowSimulated || p.SimulatedRoot[0] != 0xd7 || len(p.Allowed) != 1 || p.Allowed[0] != want {
		t.Errorf("%+v", pins)
	}
	for _, bad := range []string{
		`{"provider": "SIMULATED", "digest": "07"}`,
		`{"provider": "SIMULATED", "digest": "x` + digest[1:] + `"}`,
		`{"provider": "simulated", "digest": "` + digest + `"}`,
	} {
		if _, err := readPins(genesis("a", bad)); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestOneNetwork: a directory stays on the network it was made on, and a wallet
// whose genesis copy was lost takes it from where it is told to.
func TestOneNetwork(t *testing.T) {
	ctx := context.Background()
	o := Options{Dir: filepath.Join(t.TempDir(), "w"), Password: "p", Node: "http://127.0.0.1:1", Genesis: genesis("a", "")}
	h, err := Create(ctx, o, Secret{Phrase: words})
	if err != nil {
		t.Fatal(err)
	}
	first := h.Wallet.Address()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	o.Genesis = genesis("b", "")
	if _, err := Open(ctx, o); !errors.Is(err, rejection.WrongNetwork) {
		t.Fatalf("another network: %v", err)
	}
	if err := os.Remove(filepath.Join(o.Dir, genesisFile)); err != nil {
		t.Fatal(err)
	}
	// The saved state is of network a: a genesis of b does not open it.
	if _, err := Open(ctx, o); !errors.Is(err, rejection.BadFile) {
		t.Fatalf("a state of another network: %v", err)
	}
	o.Genesis = genesis("a", "")
	h, err = Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if h.Wallet.Address() != first || h.Signer == nil {
		t.Error("another account")
	}
}

// TestDamagedCopies: what can be had again does not stop a wallet from opening.
func TestDamagedCopies(t *testing.T) {
	ctx := context.Background()
	o := Options{Dir: filepath.Join(t.TempDir(), "w"), Password: "p", Node: "http://127.0.0.1:1", Genesis: genesis("a", "")}
	h, err := Create(ctx, o, Secret{Phrase: words})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, garbage := range []string{"", "\x00\x01garbage"} {
		for _, name := range []string{trustedFile, genesisFile} {
			if err := os.WriteFile(filepath.Join(o.Dir, name), []byte(garbage), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h, err := Open(ctx, o)
		if err != nil {
			t.Fatalf("%q: %v", garbage, err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(o.Dir, genesisFile)); err != nil || string(b) != string(o.Genesis) {
		t.Error("the copy was not made good")
	}
}

// TestRefusedBeforeItIsMade: what is refused leaves no wallet behind, whose
// phrase nobody would have seen.
func TestRefusedBeforeItIsMade(t *testing.T) {
	for name, c := range map[string]struct {
		node, pins string
		code       rejection.Code
	}{
		"a node without a scheme": {"127.0.0.1:7800", "", rejection.BadFlag},
		"a wrong measurement":     {"http://127.0.0.1:1", `{"provider": "SIMULATED", "digest": "07"}`, rejection.BadGenesis},
	} {
		o := Options{Dir: filepath.Join(t.TempDir(), "w"), Password: "p", Node: c.node, Genesis: genesis("a", c.pins)}
		if _, err := Create(context.Background(), o, Secret{Phrase: words}); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something was made", name)
		}
	}
}

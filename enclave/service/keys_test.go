package service

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestDevelopmentKeysRefused: on a network of value an enclave proves with a
// ceremony's keys or does not start, and makes none of its own.
func TestDevelopmentKeysRefused(t *testing.T) {
	developed, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	vk := circuittest.Prover(t).Keys()
	g := chaintest.Genesis()
	g.Development, g.AllowSimulated, g.SimulatedRoot, g.Measurements = false, false, quorum.Key{}, nil
	for i := range g.Assets {
		g.Assets[i].Test, g.Assets[i].External = false, ledger.Hex{asset.Native}
	}
	g.Keys = map[ledger.Circuit]ledger.VerifyKey{}
	for c, k := range map[ledger.Circuit]*verify.Key{ledger.ActionCircuit: vk.Action, ledger.FillCircuit: vk.Fill, ledger.CollectCircuit: vk.Collect} {
		g.Keys[c] = ledger.VerifyKey{Hash: k.Hash(), Circuit: quorum.Key{1}, Transcript: quorum.Key{2}, Key: k.Encode()}
	}
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	file, none := filepath.Join(t.TempDir(), "genesis.json"), t.TempDir()
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, keys := range map[string]string{"development keys": developed, "no keys": none} {
		config := Config{Socket: filepath.Join(t.TempDir(), "s"), Genesis: file, Keys: keys, Provers: 1,
			TEE: chaintest.Device{Platform: registry.Platform{1}}, Log: slog.New(slog.DiscardHandler)}
		if err := Run(t.Context(), config); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := keystore.Origins(none); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("keys were made: %v", err)
	}
}

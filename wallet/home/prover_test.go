package home

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// TestDevelopmentKeysRefused: on a network of value a wallet proves with a
// ceremony's keys or not at all, even if its genesis named the others.
func TestDevelopmentKeysRefused(t *testing.T) {
	dir, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	key := quorum.Key(circuittest.Prover(t).Keys().Action.Hash())
	genesis := &client.Genesis{ChainID: "main", Keys: map[string]quorum.Key{"action": key}}
	if err := (&prover{dir: dir, genesis: genesis}).load(); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("development keys: %v", err)
	}
	genesis.Development = true
	if err := (&prover{dir: dir, genesis: genesis}).load(); err != nil {
		t.Errorf("control: %v", err)
	}
	genesis.Keys["action"] = quorum.Key{1}
	h := &Home{Genesis: genesis, prover: &prover{dir: dir, genesis: genesis}}
	if err := h.Prove(&wallet.Plan{Action: &action.Action{Version: 1}}); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("another network's keys: %v", err)
	}
}

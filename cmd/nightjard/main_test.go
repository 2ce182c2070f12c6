package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/testrun"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestInitIsRepeatable(t *testing.T) {
	home := filepath.Join(t.TempDir(), "n0")
	first, err := testrun.Run(command(), "init", "--home", home, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var id identity
	if err := json.Unmarshal([]byte(first), &id); err != nil || len(id.ValidatorKey) != 64 || len(id.NodeID) != 40 {
		t.Fatalf("%s: %v", first, err)
	}
	again, err := testrun.Run(command(), "init", "--home", home, "--json")
	if err != nil || again != first {
		t.Errorf("the second time: %s, %v", again, err)
	}
	people, err := testrun.Run(command(), "init", "--home", home)
	if err != nil || !strings.Contains(people, id.ValidatorKey) || !strings.Contains(people, "nightjard start") {
		t.Errorf("%s, %v", people, err)
	}
	for _, secret := range []string{"validator_key.json", "node_key.json"} {
		info, err := os.Stat(filepath.Join(home, secret))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", secret, info.Mode(), err)
		}
	}
}

// TestInitKeepsTheSigningState: a key that has run must not get a new, empty
// state, with which it could sign twice.
func TestInitKeepsTheSigningState(t *testing.T) {
	home := filepath.Join(t.TempDir(), "n0")
	if _, err := testrun.Run(command(), "init", "--home", home); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(home, "data", "validator_state.json")
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	if _, err := testrun.Run(command(), "init", "--home", home); err != nil {
		t.Errorf("a node that never ran: %v", err)
	}
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "data", "ledger"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := testrun.Run(command(), "init", "--home", home); err == nil {
		t.Error("a node that has run got an empty signing state")
	}
}

func TestStartRefuses(t *testing.T) {
	home := filepath.Join(t.TempDir(), "n0")
	if _, err := testrun.Run(command(), "start", "--home", home); !errors.Is(err, rejection.BadFile) {
		t.Errorf("without a home: %v", err)
	}
	if _, err := testrun.Run(command(), "init", "--home", home); err != nil {
		t.Fatal(err)
	}
	if _, err := testrun.Run(command(), "start", "--home", home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a genesis: %v", err)
	}
	genesis := filepath.Join(home, "genesis.json")
	for name, text := range map[string]string{"empty": "", "zero": "{}", "unknown key": `{"skip_proofs": true}`} {
		if err := os.WriteFile(genesis, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := testrun.Run(command(), "start", "--home", home); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s genesis: %v", name, err)
		}
	}
	config := filepath.Join(home, "config.toml")
	if err := os.WriteFile(config, []byte("skip_checks = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := testrun.Run(command(), "start", "--home", home); !errors.Is(err, rejection.UnknownProperty) {
		t.Errorf("unknown key: %v", err)
	}
	for _, args := range [][]string{{"start", "--skip-proofs"}, {"start", "extra"}, {"start", "--log-level", "loud", "--home", home}, {"stop"}} {
		if _, err := testrun.Run(command(), args...); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

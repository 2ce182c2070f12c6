package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/ceremony"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestCeremonyCommands: what needs no contribution. The rest is the package
// ceremony's, and all of it together e2e.TestCeremony's.
func TestCeremonyCommands(t *testing.T) {
	c, dir := newCLI(t), filepath.Join(t.TempDir(), "ceremony")
	var r struct {
		WaitsFor ceremony.Stage         `json:"waits_for"`
		Verified bool                   `json:"verified"`
		Chains   []ceremony.ChainReport `json:"chains"`
	}
	c.ok("", &r, "ceremony", "init", "--dir", dir, "--network", "test")
	if r.WaitsFor != ceremony.StagePowers || r.Verified || len(r.Chains) != 4 {
		t.Errorf("%+v", r)
	}
	c.ok("", &r, "ceremony", "verify", "--dir", dir)
	if !r.Verified {
		t.Errorf("%+v", r)
	}
	if exit, out, _ := c.run("", "ceremony", "verify", "--dir", dir); exit != exitDone || !strings.Contains(out, "Everything in it was checked.") {
		t.Errorf("as text: %d %s", exit, out)
	}

	notKey := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(notKey, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	beacon := strings.Repeat("0a", 32)
	for _, refused := range []struct {
		code rejection.Code
		args []string
	}{
		{rejection.BadFile, []string{"init", "--network", "test"}},
		{rejection.BadFile, []string{"contribute", "--name", "ada", "--key", notKey}},
		{rejection.BadFlag, []string{"contribute", "--key", filepath.Join(t.TempDir(), "key")}},
		{rejection.BadFlag, []string{"finalise", "--phase", "1", "--beacon", "0a", "--source", "x"}},
		{rejection.BadFlag, []string{"finalise", "--phase", "1", "--beacon", beacon}},
		{rejection.BadFlag, []string{"finalise", "--phase", "3", "--beacon", beacon, "--source", "x"}},
		{rejection.CeremonyStage, []string{"finalise", "--phase", "1", "--beacon", beacon, "--source", "x"}},
		{rejection.CeremonyStage, []string{"finalise", "--phase", "2", "--beacon", beacon, "--source", "x"}},
		{rejection.BadGenesis, []string{"verify", "--genesis", notKey}},
		{rejection.BadFlag, []string{"verify", "something"}},
	} {
		exit, out, _ := c.run("", append([]string{"ceremony", "--dir", dir, "--json"}, refused.args...)...)
		var f failure
		if err := json.Unmarshal([]byte(out), &f); err != nil || exit != exitRefused || f.Code != refused.code.Name() {
			t.Errorf("%v: %d %s", refused.args, exit, out)
		}
	}

	// A fault says where it is.
	name := filepath.Join(dir, "transcript.jsonl")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.Replace(text, []byte(`"constraints":`), []byte(`"constraints":1`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	exit, out, _ := c.run("", "ceremony", "verify", "--dir", dir, "--json")
	var f failure
	if err := json.Unmarshal([]byte(out), &f); err != nil || exit != exitRefused || f.Fault == nil || f.Fault.Check != ceremony.CheckCircuits {
		t.Errorf("%d %s", exit, out)
	}
}

// TestContributorKey: a key is made once and read after that.
func TestContributorKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	made, err := contributorKey(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := contributorKey(file)
	if err != nil || !made.Equal(again) {
		t.Errorf("another key: %v", err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestCompare: a genesis whose keys are not the ceremony's in anything is
// refused.
func TestCompare(t *testing.T) {
	r := &ceremony.Report{Stage: ceremony.StageFinished, Transcript: ceremony.Hash{9}, Chains: []ceremony.ChainReport{
		{Name: ceremony.Powers},
		{Name: "action", Circuit: ceremony.Hash{1}, Verifying: ceremony.Hash{2}},
		{Name: "fill", Circuit: ceremony.Hash{3}, Verifying: ceremony.Hash{4}},
		{Name: "collect", Circuit: ceremony.Hash{5}, Verifying: ceremony.Hash{6}},
	}}
	genesis := func() *ledger.Genesis {
		return &ledger.Genesis{Keys: map[ledger.Circuit]ledger.VerifyKey{
			"action":  {Circuit: quorum.Key{1}, Hash: quorum.Key{2}, Transcript: quorum.Key{9}},
			"fill":    {Circuit: quorum.Key{3}, Hash: quorum.Key{4}, Transcript: quorum.Key{9}},
			"collect": {Circuit: quorum.Key{5}, Hash: quorum.Key{6}, Transcript: quorum.Key{9}},
		}}
	}
	if err := compare(genesis(), r); err != nil {
		t.Fatalf("control: %v", err)
	}
	for what, change := range map[string]func(*ledger.VerifyKey){
		"key":        func(k *ledger.VerifyKey) { k.Hash[0] ^= 1 },
		"circuit":    func(k *ledger.VerifyKey) { k.Circuit[0] ^= 1 },
		"transcript": func(k *ledger.VerifyKey) { k.Transcript = quorum.Key{} },
	} {
		for _, circuit := range []ledger.Circuit{"action", "fill", "collect"} {
			g := genesis()
			k := g.Keys[circuit]
			change(&k)
			g.Keys[circuit] = k
			if err := compare(g, r); !errors.Is(err, rejection.BadGenesis) {
				t.Errorf("another %s of %s: %v", what, circuit, err)
			}
		}
	}
	r.Stage = ceremony.StageSealing
	if err := compare(genesis(), r); !errors.Is(err, rejection.CeremonyStage) {
		t.Errorf("before the end: %v", err)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// A genesis as far as a wallet reads it; the whole file is for nodes.
const genesis = `{
  "chain_id": "cli-test", "development": true, "allow_simulated": false,
  "simulated_root": "0000000000000000000000000000000000000000000000000000000000000000",
  "fee_asset": 1,
  "validators": [{"key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "power": 10}],
  "constants": {"execution_delay": 2, "anchor_interval": 2, "anchors": 400}
}`

const phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// cli runs one command line as a process would.
type cli struct {
	testing.TB
	env map[string]string
}

func newCLI(t testing.TB) *cli {
	dir := t.TempDir()
	path := filepath.Join(dir, "genesis.json")
	if err := os.WriteFile(path, []byte(genesis), 0o600); err != nil {
		t.Fatal(err)
	}
	return &cli{t, map[string]string{
		"NIGHTJAR_HOME": filepath.Join(dir, "wallet"), "NIGHTJAR_GENESIS": path,
		"NIGHTJAR_PASSWORD": "pass", "NIGHTJAR_NODE": "http://127.0.0.1:1",
	}}
}

func (c *cli) run(stdin string, args ...string) (exit int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, environment: func(n string) string { return c.env[n] }}
	exit = a.run(context.Background(), args)
	return exit, out.String(), errs.String()
}

// ok runs a command that must be done, and reads its JSON.
func (c *cli) ok(stdin string, into any, args ...string) {
	c.Helper()
	exit, out, errs := c.run(stdin, append(args, "--json")...)
	if exit != exitDone {
		c.Fatalf("%v: exit %d\n%s%s", args, exit, out, errs)
	}
	if strings.Count(out, "\n") != 1 {
		c.Fatalf("%v: not one line:\n%s", args, out)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		c.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// refused runs a command that must be refused with a code.
func (c *cli) refused(code rejection.Code, stdin string, args ...string) {
	c.Helper()
	exit, out, _ := c.run(stdin, append(args, "--json")...)
	var f failure
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		c.Fatalf("%v: %v\n%s", args, err, out)
	}
	if exit != exitRefused || f.OK || f.Code != code.Name() || f.Number != uint16(code) || f.Advice == "" {
		c.Errorf("%v: exit %d, %+v, want %s", args, exit, f, code.Name())
	}
}

func TestWalletCommands(t *testing.T) {
	c := newCLI(t)
	var made, again madeResult
	c.refused(rejection.NoWallet, "", "balance")
	c.ok(phrase+"\n", &made, "wallet", "restore")
	if made.Network != "njd" || made.Phrase != "" || !strings.HasPrefix(made.Address, "njd1") {
		t.Errorf("%+v", made)
	}
	c.refused(rejection.WalletExists, phrase, "wallet", "restore")
	var address addressResult
	c.ok("", &address, "address", "--offline")
	if address.Address != made.Address {
		t.Error("another address")
	}
	var balance balanceResult
	c.ok("", &balance, "balance", "--offline")
	if balance.Height != 0 || len(balance.Balances) != 0 {
		t.Errorf("%+v", balance)
	}
	var key keyResult
	c.ok("", &key, "viewing-key")
	var words phraseResult
	if c.ok("", &words, "wallet", "phrase"); words.Phrase != phrase {
		t.Errorf("%q", words.Phrase)
	}

	// The same account from its viewing key, and another one of the phrase.
	c.env["NIGHTJAR_HOME"] += "-watch"
	c.ok(key.ViewingKey, &again, "wallet", "watch")
	if again.Address != made.Address {
		t.Error("the viewing key is another account's")
	}
	c.refused(rejection.BadPhrase, "", "wallet", "phrase")
	c.env["NIGHTJAR_HOME"] += "-second"
	c.ok(phrase, &again, "wallet", "restore", "--account", "1")
	if again.Address == made.Address {
		t.Error("two accounts with one address")
	}
	c.env["NIGHTJAR_PASSWORD"] = "guess"
	c.refused(rejection.WrongPassword, "", "balance", "--offline")
}

func TestCreateShowsThePhrase(t *testing.T) {
	c := newCLI(t)
	exit, out, errs := c.run("", "wallet", "create")
	if exit != exitDone || !strings.Contains(out, "Next: ") {
		t.Fatalf("exit %d\n%s%s", exit, out, errs)
	}
	words := ""
	for _, line := range strings.Split(out, "\n") {
		if len(strings.Fields(line)) == 24 {
			words = strings.TrimSpace(line)
		}
	}
	if words == "" {
		t.Fatalf("no phrase in:\n%s", out)
	}
	var first, restored addressResult
	c.ok("", &first, "address", "--offline")
	c.env["NIGHTJAR_HOME"] += "-2"
	c.ok(words, &restored, "wallet", "restore")
	if first != restored {
		t.Error("the phrase shown restores another account")
	}
}

func TestBadInput(t *testing.T) {
	c := newCLI(t)
	for _, b := range []struct {
		code  rejection.Code
		stdin string
		args  []string
	}{
		{rejection.BadFlag, "", []string{"frobnicate"}},
		{rejection.BadFlag, "", []string{"wallet", "frobnicate"}},
		{rejection.BadFlag, "", []string{"devnet", "frobnicate"}},
		{rejection.BadFlag, "", []string{"plan", "frobnicate"}},
		{rejection.BadFlag, "", []string{"devnet", "up", "now"}},
		{rejection.BadFlag, "", []string{"demo", "now"}},
		{rejection.BadFlag, "", []string{"verify", "now"}},
		{rejection.BadFlag, "", []string{"balance", "--frobnicate"}},
		{rejection.BadFlag, "", []string{"balance", "now"}},
		{rejection.BadFlag, "", []string{"cancel"}},
		{rejection.BadFlag, "", []string{"deposit", "--asset", "KSM", "--amount", "1"}},
		{rejection.BadFlag, "", []string{"pull", "--timeout", "soon"}},
		{rejection.BadFlag, "", []string{"pull", "--all", "--timeout", "0s"}},
		{rejection.BadFlag, phrase, []string{"wallet", "restore", "--node", "127.0.0.1:7800"}},
		{rejection.BadPhrase, "", []string{"wallet", "restore"}},
		{rejection.BadPhrase, strings.Replace(phrase, "about", "nightjar", 1), []string{"wallet", "restore"}},
		{rejection.BadPhrase, strings.Replace(phrase, "about", "abandon", 1), []string{"wallet", "restore"}},
		{rejection.BadViewingKey, "", []string{"wallet", "watch"}},
		{rejection.BadViewingKey, "njdv1qqq", []string{"wallet", "watch"}},
		{rejection.BadGenesis, phrase, []string{"wallet", "restore", "--genesis", "/nowhere"}},
		{rejection.BadFile, "", []string{"plan", "sign", "/nowhere"}},
	} {
		c.refused(b.code, b.stdin, b.args...)
	}
	if exit, out, _ := c.run("", "balance", "--json", "--home", t.TempDir()); exit != exitRefused || !strings.Contains(out, "NO_WALLET") {
		t.Errorf("exit %d %s", exit, out)
	}
	c.ok(phrase, new(madeResult), "wallet", "restore")
	if exit, _, errs := c.run("", "balance"); exit != exitFault || !strings.HasPrefix(errs, "nightjar: ") {
		t.Errorf("an unreachable node: exit %d %s", exit, errs)
	}
	// A genesis of another network can't move a wallet there.
	other := filepath.Join(t.TempDir(), "other.json")
	if err := os.WriteFile(other, []byte(strings.Replace(genesis, "cli-test", "cli-fork", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.refused(rejection.WrongNetwork, "", "balance", "--genesis", other)
	c.refused(rejection.BadPlan, "", "plan", "show", other)
}

// TestUndecided: whatever ends the waiting for an action that is under way, the
// answer names the action, and is neither "done" nor "failed".
func TestUndecided(t *testing.T) {
	interrupted, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		cause error
		exit  int
		code  string
	}{
		"the time is over":    {context.Background(), nil, exitUndecided, ""},
		"the node is gone":    {context.Background(), errors.New("connection refused"), exitUndecided, ""},
		"the node lies":       {context.Background(), rejection.New(rejection.BadBlock, ""), exitUndecided, ""},
		"the person has gone": {interrupted, context.Canceled, exitInterrupted, ""},
	} {
		var out bytes.Buffer
		a := &app{stdout: &out, stderr: &out, json: true}
		exit := a.fail(c.ctx, errors.Join(&undecided{wallet.ID{0xab}, c.cause}, nil))
		var f failure
		if err := json.Unmarshal(out.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		if exit != c.exit || f.OK || !strings.HasPrefix(f.ID, "ab00") || f.Code != c.code || !strings.Contains(f.Detail, "ab00000000") {
			t.Errorf("%s: exit %d, %+v", name, exit, f)
		}
	}
}

func TestRecipients(t *testing.T) {
	for _, text := range []string{"0xdeadbeef", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"} {
		r, err := parseRecipient(text)
		if err != nil || showRecipient(r.Bytes()) != text {
			t.Errorf("%q: %q %v", text, showRecipient(r.Bytes()), err)
		}
	}
	for _, text := range []string{"", "0x", "0xzz", "0xabc", strings.Repeat("x", 64)} {
		if _, err := parseRecipient(text); !errors.Is(err, rejection.BadWithdrawal) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

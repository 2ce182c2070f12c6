package main

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/home"
	"github.com/nightjar/nightjar/internal/testkit/testrun"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func run(in string, args ...string) (string, error) {
	return testrun.Run(command(strings.NewReader(in), 4), args...)
}

// TestFlags: what is missing or wrong is refused before anything is asked.
func TestFlags(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"start"}, {"--skip-proofs"}, {"run", "now"}, {"run", "--log-level", "loud"}, {"key", "export"},
		{"init", "--home", dir}, {"init", "--home", dir, "--chain", "x"},
		{"refund", "--home", dir}, {"refund", "--home", dir, "--deposit", "01", "--to", "x"},
		{"acknowledge", "--home", dir}, {"acknowledge", "--home", dir, "--alarm", "1"},
	} {
		if _, err := run("", args...); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{"run"}, {"key", "new"}, {"key", "import"}, {"key", "show"}, {"checkpoint"}, {"runtime"}} {
		if _, err := run("", append(args, "--home", dir)...); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%v without a home: %v", args, err)
		}
	}
	if _, err := run("", "status", "--home", dir); !errors.Is(err, errNotRunning) {
		t.Errorf("status: %v", err)
	}
	if out, err := run("", "version"); err != nil || strings.TrimSpace(out) != version {
		t.Errorf("%q %v", out, err)
	}
}

// configured makes a home with a configuration.
func configured(t *testing.T, edit func(*home.Config)) string {
	t.Helper()
	c := home.Default()
	c.Chain = home.Chain{
		Number: 2, Name: "kusama", Prefix: 2, Genesis: strings.Repeat("ab", 32), Nodes: []string{"http://127.0.0.1:1"},
		Checkpoint: "checkpoint", MaxFee: "1",
	}
	c.Runtimes = []home.Runtime{{SpecName: "statemine", SpecVersion: 1, TransactionVersion: 1, Metadata: strings.Repeat("cd", 32)}}
	if edit != nil {
		edit(&c)
	}
	text, err := c.Text()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "gw") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(home.Home(dir).Config(), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKeys: a key is imported once, shown as it is, and its seed nowhere.
func TestKeys(t *testing.T) {
	dir := configured(t, nil)
	t.Setenv(home.PasswordVariable, "secret")
	seed := strings.Repeat("07", 32)
	for _, bad := range []string{"", "07", seed + "00", strings.Repeat("zz", 32)} {
		if _, err := run(bad, "key", "import", "--home", dir); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	out, err := run(seed+"\n", "key", "import", "--home", dir, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var made keyStatus
	// RFC 8032's function of this seed, and Kusama's address of it.
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Key != "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c" || made.Kind != home.FileKey {
		t.Fatalf("%s %v", out, err)
	}
	shown, err := run("", "key", "show", "--home", dir)
	if err != nil || !strings.Contains(shown, made.Key) || !strings.Contains(shown, made.Account) || strings.Contains(shown+out, seed) {
		t.Errorf("%s %v", shown, err)
	}
	for _, args := range [][]string{{"key", "import"}, {"key", "new"}} {
		if _, err := run(seed, append(args, "--home", dir)...); !errors.Is(err, rejection.KeyExists) {
			t.Errorf("%v: overwritten: %v", args, err)
		}
	}
	t.Setenv(home.PasswordVariable, "another")
	if _, err := run("", "key", "show", "--home", dir); !errors.Is(err, rejection.WrongPassword) {
		t.Errorf("%v", err)
	}
	fresh := configured(t, nil)
	one, err := run("", "key", "new", "--home", fresh)
	if err != nil {
		t.Fatal(err)
	}
	two, err := run("", "key", "new", "--home", configured(t, nil))
	if err != nil || one == two {
		t.Errorf("two keys are one: %v", err)
	}
	token := configured(t, func(c *home.Config) { c.Key = home.Key{Kind: home.TokenKey, File: "x"} })
	if _, err := run(seed, "key", "import", "--home", token); !errors.Is(err, rejection.BadFlag) {
		t.Errorf("a seed was put into a token: %v", err)
	}
}

// operator serves a home's socket as a gateway does.
func operator(t *testing.T, dir string, h http.Handler) {
	t.Helper()
	l, err := net.Listen("unix", home.Home(dir).Socket())
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
}

// TestOperator: orders reach the gateway as they were given, its refusals come
// back as what they are, and its status is in words.
func TestOperator(t *testing.T) {
	dir := configured(t, nil)
	deposit := gate.Hash{0xde}
	heard := 12.0
	status := gateway.Status{
		Network: "test-1", Chain: "kusama", Custody: "CUSTODY", Threshold: 2, Signers: 3, Listed: true, Height: 42, Block: 77, Final: 78, Stopped: true,
		Balances: []gateway.BalanceStatus{{Account: "CUSTODY", Asset: "KSM", Kind: "custody", Proven: amount.WideOf(1_500_000_000_000), Books: amount.WideOf(2e12), Decimals: 12}},
		Deposits: []gateway.DepositStatus{{Deposit: gate.Deposit{ID: deposit, State: gate.DepositHeld, Reason: "BELOW_MINIMUM", Amount: amount.WideOf(1)}, Decimals: 12, Symbol: "KSM"}},
		Claims:   []gateway.ClaimStatus{{Claim: gate.Claim{State: gate.ClaimWaiting, PayableAt: 99}, Symbol: "KSM", Recipient: "PAYEE"}},
		Peers:    []gateway.PeerStatus{{URL: "http://peer", Heard: &heard}, {URL: "http://other", Fault: "away"}},
		Alarms:   []gateway.AlarmStatus{{Reason: "SHORT", Words: "a custody account holds less", Number: 1}},
	}
	var orders []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(status) })
	mux.HandleFunc("POST /refund", func(w http.ResponseWriter, r *http.Request) {
		var o gateway.RefundOrder
		_ = json.NewDecoder(r.Body).Decode(&o)
		orders = append(orders, o.Deposit.String()+" "+o.To)
		if o.To == "elsewhere" {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(gate.Refusal{Code: rejection.NotHeld.Name(), Number: uint16(rejection.NotHeld), Detail: "it is due"})
			return
		}
		_ = json.NewEncoder(w).Encode(gateway.DepositStatus{Deposit: gate.Deposit{ID: o.Deposit, State: gate.DepositRefunding}, Refund: o.To})
	})
	mux.HandleFunc("POST /acknowledge", func(w http.ResponseWriter, r *http.Request) {
		var a gateway.Acknowledgement
		_ = json.NewDecoder(r.Body).Decode(&a)
		orders = append(orders, a.Reason)
		http.Error(w, "the disk is full", http.StatusInternalServerError)
	})
	operator(t, dir, mux)
	out, err := run("", "status", "--home", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CUSTODY   2 of 3 signers", "height 42", "STOPPED", "1.5 KSM", "books 2 ", "held, BELOW_MINIMUM", deposit.String(),
		"waiting until height 99", "PAYEE", "1. SHORT", "heard 12s ago", "never heard; away",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the status does not say %q:\n%s", want, out)
		}
	}
	var back gateway.Status
	if out, err = run("", "status", "--home", dir, "--json"); err != nil || json.Unmarshal([]byte(out), &back) != nil || back.Height != 42 {
		t.Errorf("%s %v", out, err)
	}
	if out, err = run("", "refund", "--home", dir, "--deposit", deposit.String(), "--to", "PAYER"); err != nil || !strings.Contains(out, "refunding") {
		t.Errorf("%s %v", out, err)
	}
	if _, err = run("", "refund", "--home", dir, "--deposit", deposit.String(), "--to", "elsewhere"); !errors.Is(err, rejection.NotHeld) {
		t.Errorf("%v", err)
	}
	if _, err = run("", "acknowledge", "--home", dir, "--alarm", "1", "--reason", "SHORT"); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("%v", err)
	}
	want := []string{deposit.String() + " PAYER", deposit.String() + " elsewhere", "SHORT"}
	if strings.Join(orders, ",") != strings.Join(want, ",") {
		t.Errorf("%q", orders)
	}
}

// TestRunbook: every command and alarm is in the runbook.
func TestRunbook(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "gateway.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range command(nil, 4).Commands() {
		if c.Name() != "help" && c.Name() != "completion" && !strings.Contains(string(page), "nightjar-gateway "+c.Name()) {
			t.Errorf("the runbook does not speak of %q", c.Name())
		}
	}
	for _, reason := range gateway.Alarms() {
		if !strings.Contains(string(page), "`"+reason+"`") {
			t.Errorf("the runbook does not say what to do about %s", reason)
		}
	}
}

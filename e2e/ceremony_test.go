//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// ceremonial drives `nightjar ceremony` on one directory.
type ceremonial struct {
	bin, dir, keys string
}

// ceremonyAnswer is what the commands say, as far as the test reads it.
type ceremonyAnswer struct {
	WaitsFor string `json:"waits_for"`
	Verified bool   `json:"verified"`
	Genesis  string `json:"genesis"`
	Code     string `json:"code"`
	Fault    struct {
		Check, Chain, Contributor, File string
		Entry                           int
	} `json:"fault"`
}

// run runs a command and times it.
func (c ceremonial) run(t *testing.T, args ...string) (ceremonyAnswer, int) {
	t.Helper()
	began := time.Now()
	cmd := exec.Command(filepath.Join(c.bin, "nightjar"), append(args, "--json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.Logf("%-60s %5.0f s, CPU %5.0f s, load %s", strings.Join(args[:min(len(args), 2)], " "), time.Since(began).Seconds(), cpu.Seconds(), load())
	var a ceremonyAnswer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return a, cmd.ProcessState.ExitCode()
}

func (c ceremonial) ok(t *testing.T, args ...string) ceremonyAnswer {
	t.Helper()
	a, exit := c.run(t, args...)
	if exit != 0 {
		t.Fatalf("%v: exit %d, %+v", args, exit, a)
	}
	return a
}

func (c ceremonial) contribute(t *testing.T, name string) {
	t.Helper()
	c.ok(t, "ceremony", "contribute", "--dir", c.dir, "--name", name, "--key", filepath.Join(c.keys, name))
}

func (c ceremonial) transcript() string { return filepath.Join(c.dir, "transcript.jsonl") }

// tamper is what a contributor can do who knows all rules: replace a point in
// the file by another of the right subgroup, and name and sign the result.
func (c ceremonial) tamper(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(c.transcript())
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	last := bytes.TrimSuffix(lines[len(lines)-2], []byte("\n"))
	var e struct{ Payload string }
	if err := json.Unmarshal(last, &e); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(c.dir, fmt.Sprintf("powers-003-%s.bin", e.Payload[:16]))
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	const tau3 = 3*144 + 8 + 96 + 2*48 // after three proofs, N, β in G2, τ and τ²
	copy(data[tau3:], data[tau3+48:][:48])
	sum := sha256.Sum256(data)
	payload := hex.EncodeToString(sum[:])
	if err := os.WriteFile(filepath.Join(c.dir, fmt.Sprintf("powers-003-%s.bin", payload[:16])), data, 0o644); err != nil {
		t.Fatal(err)
	}

	// The signature is over the line without it (spec/19).
	line := bytes.ReplaceAll(last, []byte(e.Payload), []byte(payload))
	line = regexp.MustCompile(`,"signature":"[0-9a-f]*"`).ReplaceAll(line, nil)
	const context = "nightjar/ceremony/v1"
	message := append(binary.BigEndian.AppendUint16(nil, uint16(len(context))), context...)
	digest := sha256.Sum256(append(message, line...))
	seed, err := os.ReadFile(filepath.Join(c.keys, name))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(seed)))
	if err != nil {
		t.Fatal(err)
	}
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(raw), digest[:])
	line = append(bytes.TrimSuffix(line, []byte("}")), fmt.Sprintf(`,"signature":"%x"}`+"\n", signature)...)
	text = append(bytes.Join(lines[:len(lines)-2], nil), line...)
	if err := os.WriteFile(c.transcript(), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCeremony holds a ceremony for all circuits with three contributors and a
// fourth who tampers, and then trades on a devnet whose keys are its keys.
func TestCeremony(t *testing.T) {
	dir := workDir(t)
	c := ceremonial{bin: binaries(t, dir), dir: filepath.Join(dir, "ceremony"), keys: dir}
	t.Setenv("NIGHTJAR_E2E_BIN", c.bin)
	c.ok(t, "ceremony", "init", "--dir", c.dir, "--network", "e2e")
	c.contribute(t, "ada")
	c.contribute(t, "ben")

	before, err := os.ReadFile(c.transcript())
	if err != nil {
		t.Fatal(err)
	}
	c.contribute(t, "mallory")
	c.tamper(t, "mallory")
	a, exit := c.run(t, "ceremony", "verify", "--dir", c.dir)
	if exit != 2 || a.Code != "BAD_CEREMONY" || a.Fault.Contributor != "mallory" || a.Fault.Check != "update" || a.Fault.Chain != "powers" || a.Fault.Entry != 3 {
		t.Fatalf("mallory's contribution: exit %d, %+v", exit, a)
	}
	// As the code advises: back to the entry before, and somebody else.
	if err := os.WriteFile(c.transcript(), before, 0o644); err != nil {
		t.Fatal(err)
	}
	c.contribute(t, "cleo")

	c.ok(t, "ceremony", "finalise", "--dir", c.dir, "--phase", "1", "--beacon", strings.Repeat("a1", 32), "--source", "the test's first beacon")
	for _, name := range []string{"ada", "ben", "cleo"} {
		c.contribute(t, name)
	}
	keys := filepath.Join(dir, "keys")
	c.ok(t, "ceremony", "finalise", "--dir", c.dir, "--phase", "2", "--beacon", strings.Repeat("b2", 32), "--source", "the test's second beacon", "--keys", keys)

	genesis, chain := c.trade(t, keys)
	if a := c.ok(t, "ceremony", "verify", "--dir", c.dir, "--genesis", genesis); !a.Verified || a.Genesis != chain {
		t.Errorf("the genesis against the ceremony: %+v", a)
	}
}

// trade makes a devnet on a ceremony's keys, fills an order there and verifies
// the chain. It returns the genesis file and the chain's name.
func (c ceremonial) trade(t *testing.T, keys string) (genesis, chain string) {
	t.Helper()
	t.Setenv("NIGHTJAR_KEYS", keys)
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()
	n := start(ctx, t, parse(t, market))
	g, err := ledger.ParseGenesis(n.genesis)
	if err != nil {
		t.Fatal(err)
	}
	for circuit, k := range g.Keys {
		if k.Transcript == [32]byte{} {
			t.Errorf("the devnet's %s key is not from the ceremony", circuit)
		}
	}
	n.awaitBook(ctx, t)
	seller, buyer := n.newOwner(ctx, t, "seller"), n.newOwner(ctx, t, "buyer")
	for _, credit := range []struct {
		to    *owner
		asset uint32
		units uint64
	}{{seller, ksm, 10 * oneKSM}, {buyer, usd, 300 * oneUSD}, {buyer, ksm, oneKSM}} {
		n.credit(ctx, t, credit.to, credit.asset, credit.units)
		credit.to.until(ctx, t, "the deposit can be spent", 5*time.Minute, func(s *wallet.State) bool { return spendable(s, credit.asset) > 0 })
	}
	sold := placed(seller.place(ctx, t, order.Sell, 5, dollars(2450)))
	seller.resting(ctx, t, sold)
	buyer.place(ctx, t, order.Buy, 5, dollars(2550))
	seller.until(ctx, t, "the order is filled", 10*time.Minute, func(*wallet.State) bool { return seller.order(t, sold).Status == wallet.Filled })
	c.ok(t, "verify", "--node", n.RPC(), "--genesis", n.Dir().Genesis())
	return n.Dir().Genesis(), g.ChainID
}

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// conceals leaves out of an auction's transcript, from a height on, whoever did
// not trade. Rogues that began at different heights would sign two stories, and
// the chain would take neither.
func conceals(from uint64) change {
	return change{"engine/machine/auction.go", "\ta.Transcript = transcript.NewAuction(", fmt.Sprintf(`
	parties = slices.DeleteFunc(parties, func(p transcript.Party) bool { return m.height >= %d && p.Outcome.Lots == 0 })
	a.Transcript = transcript.NewAuction(`, from)}
}

// told is what nightjar fairness and nightjar evidence check say.
type told struct {
	OK         bool     `json:"ok"`
	Code       string   `json:"code"`
	Rule       string   `json:"rule"`
	Heartbeats []uint64 `json:"heartbeats"`
	Asked      int      `json:"asked"`
	Auctions   int      `json:"auctions"`
	Unanswered int      `json:"unanswered"`
	Broken     []struct{ Rule, Evidence string }

	// Of nightjar fairness challenge:
	Status    string `json:"status"`
	Worker    string `json:"worker"`
	Shown     bool   `json:"shown"`
	InBook    bool   `json:"in_book"`
	Until     uint64 `json:"until"`
	Suspended uint64 `json:"suspended"`
}

// nightjar runs the product's command and returns its exit code and its last
// line of JSON.
func (n *network) nightjar(ctx context.Context, t *testing.T, args ...string) (int, told) {
	t.Helper()
	c := exec.CommandContext(ctx, filepath.Join(n.bin, "nightjar"), append(args, "--json", "--node", n.RPC(), "--genesis", n.Dir().Genesis())...)
	c.Env = append(os.Environ(), "NIGHTJAR_PASSWORD="+password)
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("nightjar %v: %v", args, err)
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	var last told
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		t.Fatalf("nightjar %v: %v\n%s%s", args, err, out.Bytes(), log.Bytes())
	}
	return c.ProcessState.ExitCode(), last
}

// worker asks a host for the id of its enclave's worker, which is another one
// after each start.
func (n *network) worker(ctx context.Context, w int) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Host(w)+"/status", nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var s struct {
		Worker string `json:"worker"`
	}
	return s.Worker, json.NewDecoder(res.Body).Decode(&s)
}

// twoOwners starts a network with owners who have money to sell and to buy.
func twoOwners(ctx context.Context, t *testing.T) (n *network, seller, buyer *owner) {
	t.Helper()
	n = start(ctx, t, parse(t, market))
	n.awaitBook(ctx, t)
	seller, buyer = n.newOwner(ctx, t, "seller"), n.newOwner(ctx, t, "buyer")
	n.credit(ctx, t, seller, ksm, 100*oneKSM)
	n.credit(ctx, t, buyer, ksm, oneKSM)
	n.credit(ctx, t, buyer, usd, 1000*oneUSD)
	seller.until(ctx, t, "there is money", time.Minute, func(s *wallet.State) bool { return spendable(s, ksm) > 0 })
	buyer.until(ctx, t, "there is money", time.Minute, func(s *wallet.State) bool { return spendable(s, ksm) > 0 && spendable(s, usd) > 0 })
	return n, seller, buyer
}

// TestFairness: the wallet's command finds nothing while the enclaves keep the
// rules, neither of an order that rests nor of one that was filled. Then two
// workers of three are enclaves that conceal, in what they sign, the orders that
// did not trade: the owner of one is alarmed, and somebody who has the genesis, a
// node and the file, but no wallet, comes to the same.
func TestFairness(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()
	n, seller, buyer := twoOwners(ctx, t)
	placed(seller.place(ctx, t, order.Sell, 10, dollars(2450)))
	bought := placed(buyer.place(ctx, t, order.Buy, 4, dollars(2550)))
	buyer.until(ctx, t, "the order is filled", 3*time.Minute, func(s *wallet.State) bool {
		x, err := s.FindOrder(bought.String())
		return err == nil && x.Status == wallet.Filled
	})
	for _, o := range []*owner{seller, buyer} {
		if err := o.home.Close(); err != nil {
			t.Fatal(err)
		}
	}
	evidence := filepath.Join(n.dir, "evidence")
	ask := func(o *owner) []string {
		args := []string{"fairness", "--home", filepath.Join(n.dir, "owners", o.name), "--out", evidence}
		for w := range 3 {
			args = append(args, "--worker", n.Host(w+1))
		}
		return args
	}
	for _, o := range []*owner{buyer, seller} {
		await(ctx, t, o.name+" is shown an auction", 5*time.Minute, func(ctx context.Context) (bool, error) {
			exit, r := n.nightjar(ctx, t, ask(o)...)
			if exit != 0 || !r.OK {
				t.Fatalf("honest workers: exit %d, %+v", exit, r)
			}
			return r.Asked > 0 && r.Auctions > 0 && r.Unanswered == 0, nil
		})
	}

	now, err := n.height(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rogue := n.buildRogue(t, forges, conceals(now+200))
	honest := honestVariable + "=" + filepath.Join(n.bin, "nightjar-enclave-sim")
	for _, w := range []int{2, 3} { // one after the other: the book is handed on
		before, err := n.worker(ctx, w)
		if err != nil {
			t.Fatal(err)
		}
		n.kill(ctx, t, fmt.Sprint("enclave-", w))
		n.enclave(t, w, rogue, honest)
		await(ctx, t, "the rogue holds the book", 3*time.Minute, func(ctx context.Context) (bool, error) {
			now, err := n.worker(ctx, w)
			if err != nil || now == before {
				return false, err
			}
			return n.holdsBook(ctx, w)
		})
	}
	watching, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	exit, r := n.nightjar(watching, t, append(ask(seller), "--watch")...)
	if exit != 4 || r.OK || len(r.Broken) != 1 || r.Broken[0].Rule != fairness.Excluded.String() {
		t.Fatalf("rogue workers: exit %d, %+v", exit, r)
	}
	info, err := os.Stat(r.Broken[0].Evidence)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if exit, r := n.nightjar(ctx, t, "evidence", "check", r.Broken[0].Evidence); exit != 0 || !r.OK || r.Rule != fairness.Excluded.String() {
		t.Errorf("the evidence: exit %d, %+v", exit, r)
	}
	b, err := os.ReadFile(r.Broken[0].Evidence)
	if err != nil {
		t.Fatal(err)
	}
	b[1] = byte(fairness.Mispriced)
	other := filepath.Join(n.dir, "other")
	if err := os.WriteFile(other, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if exit, r := n.nightjar(ctx, t, "evidence", "check", other); exit != 2 || r.OK || r.Code != "BAD_TRANSCRIPT" {
		t.Errorf("evidence of another rule: exit %d, %+v", exit, r)
	}
}

// TestFairnessChallenge: a worker that works answers on the chain what an owner
// asks it, and the owner's order is in its book. One whose machine is gone is
// suspended, and the two others go on trading.
func TestFairnessChallenge(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	n, seller, buyer := twoOwners(ctx, t)
	sold := placed(seller.place(ctx, t, order.Sell, 10, dollars(2450)))
	seller.resting(ctx, t, sold)
	if err := seller.home.Close(); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(n.dir, "owners", seller.name)
	ask := func(args ...string) (int, told) {
		return n.nightjar(ctx, t, append([]string{"fairness", "challenge", "--home", home, "--out", n.dir}, args...)...)
	}
	await(ctx, t, "a worker answers on the chain", 5*time.Minute, func(context.Context) (bool, error) {
		exit, r := ask("--worker", n.Host(1), sold.String())
		switch {
		case exit == 2 && (r.Code == "UNKNOWN_ORDER" || r.Code == "NOT_A_SIGNER"): // no heartbeat has the order yet
			return false, nil
		case exit != 0 || r.Status != "answered" || !r.Shown || !r.InBook:
			t.Fatalf("an honest worker: exit %d, %+v", exit, r)
		}
		return true, nil
	})

	gone, err := n.worker(ctx, 3)
	if err != nil {
		t.Fatal(err)
	}
	n.kill(ctx, t, "enclave-3", "host-3")
	if exit, r := ask("--worker", n.Host(3)); exit != 2 || r.Code != "BAD_FLAG" {
		t.Errorf("a host that is gone says who it is: exit %d, %+v", exit, r)
	}
	exit, r := ask("--worker-id", gone[:16])
	if exit != 0 || r.Status != "suspended" || r.Worker != gone || r.Suspended != r.Until+1 {
		t.Fatalf("a worker that is gone: exit %d, %+v", exit, r)
	}
	bought := placed(buyer.place(ctx, t, order.Buy, 4, dollars(2550)))
	buyer.until(ctx, t, "the order is filled", 3*time.Minute, func(s *wallet.State) bool {
		x, err := s.FindOrder(bought.String())
		return err == nil && x.Status == wallet.Filled
	})
	if exit, r := ask("--resume"); exit != 2 || r.Code != "UNKNOWN_CHALLENGE" {
		t.Errorf("nothing is left to go on with: exit %d, %+v", exit, r)
	}
}

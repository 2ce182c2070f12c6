//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// honestVariable names, to the rogue enclave, the binary whose measurement it
// claims to have.
const honestVariable = "NIGHTJAR_E2E_HONEST"

// change is a part of the sources that a rogue has otherwise.
type change struct{ file, old, new string }

// forges has an enclave's evidence tell of another binary: no hardware protects
// it any more.
var forges = change{"enclave/tee/simulated/simulated.go", "\tpath, err := os.Executable()\n", `
	path, err := os.Executable()
	if honest := os.Getenv("` + honestVariable + `"); honest != "" {
		path = honest
	}
`}

// reallocates has one buy and one sell of an auction trade a lot less than the
// rules say.
var reallocates = change{"engine/machine/auction.go", "\t\tresult := pool.clear(call)\n", `
		result := pool.clear(call)
		var changed [2]bool
		for i := range result.Fills {
			f := &result.Fills[i]
			side := pool.entry(*f).Order.Terms.Side
			if f.Lots > 1 && !changed[side] {
				f.Lots, changed[side] = f.Lots-1, true
			}
		}
`}

// buildRogue builds a simulated enclave with changes and returns its path.
func (n *network) buildRogue(t *testing.T, changes ...change) string {
	t.Helper()
	dir := filepath.Join(n.dir, "rogue")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for i, change := range changes {
		from, err := filepath.Abs(filepath.Join("..", change.file))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), change.old) != 1 {
			t.Fatalf("%s has changed: %q is not there once", change.file, change.old)
		}
		to := filepath.Join(dir, fmt.Sprint(i, ".go"))
		if err := os.WriteFile(to, []byte(strings.Replace(string(text), change.old, change.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[from] = to
	}
	raw, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "nightjar-enclave-sim")
	c := exec.Command("go", "build", "-tags", "simulated", "-overlay", file, "-o", binary, "./cmd/nightjar-enclave-sim")
	c.Dir = ".."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// enclave starts worker w's enclave from another binary; its host finds it.
// The returned function ends it.
func (n *network) enclave(t *testing.T, w int, binary string, environment ...string) (kill func()) {
	t.Helper()
	keys, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(n.dir, fmt.Sprintf("enclave-%d-%d.log", w, time.Now().UnixNano())))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(binary, "--socket", n.Socket(w), "--genesis", n.Dir().Genesis(),
		"--sim-root", n.Dir().SimulatedRoot(), "--platform", n.Dir().Platform(w), "--keys", keys)
	c.Env = append(os.Environ(), environment...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var ended bool
	kill = func() {
		if !ended {
			ended = true
			_ = c.Process.Signal(syscall.SIGKILL)
			_ = c.Wait()
			log.Close()
		}
	}
	t.Cleanup(kill)
	return kill
}

// diverged asks a worker's host how often others voted for what its enclave
// did not compute.
func (n *network) diverged(ctx context.Context, w int) (uint64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Host(w)+"/status", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var s struct {
		Diverged uint64 `json:"diverged"`
	}
	return s.Diverged, json.NewDecoder(res.Body).Decode(&s)
}

// TestRogue puts an enclave that was built to change allocations in the place
// of one worker. As what it is, the chain does not register it. With forged
// evidence it is a worker like any: then, next to it and a dead one, the last
// honest worker signs nothing that it did not compute, and no Lock appears.
// With a second honest worker the same orders are locked and settled as the
// rules say.
func TestRogue(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()
	n := start(ctx, t, parse(t, market))
	n.awaitBook(ctx, t)
	c := n.chronicle(t)
	seller, buyer, other := n.newOwner(ctx, t, "seller"), n.newOwner(ctx, t, "buyer"), n.newOwner(ctx, t, "other")
	for _, o := range []*owner{seller, buyer, other} {
		n.credit(ctx, t, o, ksm, 100*oneKSM)
		n.credit(ctx, t, o, usd, 3000*oneUSD)
	}
	rogue := n.buildRogue(t, forges, reallocates)

	n.kill(ctx, t, "enclave-2", "enclave-3")
	kill := n.enclave(t, 2, rogue)
	await(ctx, t, "the rogue is refused for its measurement", 2*time.Minute, func(context.Context) (bool, error) {
		log, err := os.ReadFile(n.Dir().Log("host-2"))
		return strings.Contains(string(log), rejection.MeasurementRefused.Name()), err
	})
	if in, err := n.holdsBook(ctx, 2); in || err != nil {
		t.Fatalf("the rogue takes part: %v %v", in, err)
	}

	kill()
	kill = n.enclave(t, 2, rogue, honestVariable+"="+filepath.Join(n.bin, "nightjar-enclave-sim"))
	await(ctx, t, "the rogue has forged its way in", 3*time.Minute, func(ctx context.Context) (bool, error) {
		return n.holdsBook(ctx, 2)
	})
	sell := placed(seller.place(ctx, t, order.Sell, 10, dollars(2450)))
	buys := []wallet.ID{placed(buyer.place(ctx, t, order.Buy, 7, dollars(2550))), placed(other.place(ctx, t, order.Buy, 3, dollars(2550)))}
	await(ctx, t, "the honest worker hears another result", 2*time.Minute, func(ctx context.Context) (bool, error) {
		d, err := n.diverged(ctx, 1)
		return d > 0, err
	})
	const more = 40 // blocks, in each of which there is an auction
	n.awaitBlocks(ctx, t, c.height()+more)
	if locks := c.count(func(e *nodev1.Entry) bool { return e.GetLocked() != nil }); locks != 0 {
		t.Fatalf("%d locks by one honest and one rogue worker", locks)
	}

	from := c.height()
	n.enclave(t, 3, filepath.Join(n.bin, "nightjar-enclave-sim"))
	c.find(ctx, t, "a lock by two honest workers", from, func(e *nodev1.Entry) bool { return e.GetLocked() != nil })
	kill() // its turn to prove would only cost time
	for o, want := range map[*owner]struct {
		id   wallet.ID
		lots uint64
	}{seller: {sell, 10}, buyer: {buys[0], 7}, other: {buys[1], 3}} {
		o.until(ctx, t, "the order is filled", 3*time.Minute, func(s *wallet.State) bool {
			x, err := s.FindOrder(want.id.String())
			return err == nil && x.Status == wallet.Filled
		})
		var lots uint64
		for _, f := range o.state().Fills {
			lots += f.Lots
		}
		if lots != want.lots {
			t.Errorf("%s was filled %d lots instead of %d", o.name, lots, want.lots)
		}
	}
}

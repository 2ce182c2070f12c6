//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// TestRestore lets two owners live through everything that leaves its only
// trace on the chain: partial fills, a bust, a returned claim, payments, a
// replace and a soft cancel. Then all workers are dead, and the phrases alone
// give it all back, from a node that started after the last worker had ended;
// and what they give back can be spent to the last note.
func TestRestore(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	defer cancel()
	n := start(ctx, t, parse(t, market))
	n.awaitBook(ctx, t)
	c := n.chronicle(t)
	alice, bob := n.newOwner(ctx, t, "alice"), n.newOwner(ctx, t, "bob")
	n.credit(ctx, t, alice, ksm, 120*oneKSM, 5*oneKSM, oneKSM)
	n.credit(ctx, t, alice, usd, 40*oneUSD)
	n.credit(ctx, t, bob, usd, 900*oneUSD, 900*oneUSD, 900*oneUSD)
	n.credit(ctx, t, bob, ksm, oneKSM, oneKSM, oneKSM)
	for _, o := range []*owner{alice, bob} {
		o.until(ctx, t, "the deposits can be spent", 3*time.Minute, func(s *wallet.State) bool {
			return spendable(s, ksm) > 0 && spendable(s, usd) > 0 && o.calm(s)
		})
	}

	block := partials(ctx, t, alice, bob)
	errands(ctx, t, alice, bob)
	n.bounce(ctx, t, alice)
	n.bust(ctx, t, c, alice, bob, block)

	t.Log("a new node, and wallets from their phrases alone")
	url := n.newNode(ctx, t)
	for _, o := range []*owner{alice, bob} {
		again := n.ownerOf(ctx, t, o.name+"-again", o.phrase, url)
		await(ctx, t, o.name+": both wallets at one block", 3*time.Minute, func(ctx context.Context) (bool, error) {
			if err := again.sync(ctx, t); err != nil {
				return false, err
			}
			err := o.sync(ctx, t)
			return o.state().Height == again.state().Height, err
		})
		if err := differ(o.state(), again.state()); err != nil {
			t.Fatalf("%s: %v", o.name, err)
		}
		if err := o.home.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d notes, %d orders, %d fills, %d entries of history, all equal",
			o.name, len(again.state().Notes), len(again.state().Orders), len(again.state().Fills), len(again.state().History))
		again.leave(ctx, t)
	}

	t.Log("the whole chain, as the new node tells it")
	cl := n.connect(t, url)
	defer cl.Close()
	status, err := cl.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	report, err := audit.Run(ctx, n.genesis, demo.Source(cl), status.Height, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Checked.Busts != 1 || report.Checked.Settlements != 3 {
		t.Errorf("%+v", report.Checked)
	}
	oneShape(ctx, t, cl, status.Height)
}

// partials fills a large order of alice's three times in part, and returns its
// id.
func partials(ctx context.Context, t *testing.T, alice, bob *owner) wallet.ID {
	t.Helper()
	t.Log("three partial fills of one order")
	block := placed(alice.place(ctx, t, order.Sell, 1000, dollars(2450)))
	alice.resting(ctx, t, block)
	for i, lots := range []uint64{100, 150, 200} {
		bought := placed(bob.place(ctx, t, order.Buy, lots, dollars(2600)))
		bob.until(ctx, t, "the order is filled", 5*time.Minute, func(s *wallet.State) bool {
			x, err := s.FindOrder(bought.String())
			return err == nil && x.Status == wallet.Filled
		})
		alice.until(ctx, t, "a partial fill", 3*time.Minute, func(s *wallet.State) bool { return len(s.Fills) == i+1 })
	}
	return block
}

// errands makes every other kind of action once.
func errands(ctx context.Context, t *testing.T, alice, bob *owner) {
	t.Helper()
	t.Log("a payment each way, a replace, a soft cancel")
	alice.send(ctx, t, func() (*wallet.Plan, error) {
		return alice.wallet().PlanTransfer(usd, 7*oneUSD, bob.wallet().Address())
	})
	bob.send(ctx, t, func() (*wallet.Plan, error) {
		return bob.wallet().PlanTransfer(ksm, 2*oneKSM, alice.wallet().Address())
	})
	aside := alice.resting(ctx, t, placed(alice.place(ctx, t, order.Sell, 20, dollars(2700))))
	terms := aside.Order.Terms
	terms.Qty = 30
	alice.send(ctx, t, func() (*wallet.Plan, error) { return alice.wallet().PlanReplace(aside, terms, aside.Handling) })
	alice.until(ctx, t, "the replacement rests", 2*time.Minute, func(s *wallet.State) bool { return alice.order(t, aside.ID).Status == wallet.Replaced })
	aside = alice.order(t, alice.order(t, aside.ID).Successor)
	alice.send(ctx, t, func() (*wallet.Plan, error) { return alice.wallet().PlanPull(aside) })
}

// bounce withdraws, and has custody return the claim.
func (n *network) bounce(ctx context.Context, t *testing.T, alice *owner) {
	t.Helper()
	t.Log("a claim that can't be paid comes back")
	recipient := recipientOf(t, "gone")
	alice.send(ctx, t, func() (*wallet.Plan, error) { return alice.wallet().PlanWithdraw(ksm, 3*oneKSM, recipient, nil) })
	alice.until(ctx, t, "the claim is open", 2*time.Minute, func(s *wallet.State) bool { return len(s.Claims) == 1 })
	returned, err := n.Dir().Return(custody.ClaimID(alice.state().Claims[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.client.Submit(ctx, returned); err != nil {
		t.Fatal(err)
	}
	alice.until(ctx, t, "the claim is returned", 2*time.Minute, func(s *wallet.State) bool {
		return s.Claims[0].Status == wallet.ClaimReturned && alice.calm(s)
	})
}

// bust lets an order of bob's match what is left of alice's, kills all workers
// before they can settle it, and waits until the lock has expired.
func (n *network) bust(ctx context.Context, t *testing.T, c *chronicle, alice, bob *owner, block wallet.ID) {
	t.Helper()
	t.Log("a lock whose workers die before they settle it")
	bob.until(ctx, t, "nothing is on its way", 2*time.Minute, bob.calm)
	buy := bob.place(ctx, t, order.Buy, 10, dollars(2600))
	nf := c.nullifier(ctx, t, buy)
	locked := c.find(ctx, t, "the lock", buy.AnchorHeight, func(e *nodev1.Entry) bool { return holds(e.GetLocked().GetNullifiers(), nf) })
	n.kill(ctx, t, "enclave-", "host-")
	t.Logf("all workers are dead %v after the lock's block", time.Since(locked.at).Round(time.Millisecond))
	c.find(ctx, t, "the bust", locked.height, func(e *nodev1.Entry) bool {
		if e.GetSettled() != nil {
			t.Fatal("it was settled first")
		}
		return holds(e.GetBusted().GetNullifiers(), nf)
	})
	for _, o := range []*owner{alice, bob} {
		o.until(ctx, t, "the bust is in the history, and nothing on its way", 5*time.Minute, func(s *wallet.State) bool {
			return o.calm(s) && slices.ContainsFunc(s.History, func(e wallet.Entry) bool { return e.Kind == wallet.BustEntry }) &&
				!slices.ContainsFunc(s.Orders, func(x *wallet.Order) bool { return x.Status == wallet.Matched })
		})
	}
	if x, y := alice.order(t, block), bob.order(t, placed(buy)); x.Status != wallet.Resting || x.Filled != 450 || y.Status != wallet.Resting {
		t.Fatalf("after the bust: %+v and %+v", x, y)
	}
}

// leave cancels every order and takes every note out, until nothing is left.
// What the wallet then says is spent it has held against the signed roots.
func (o *owner) leave(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, x := range o.state().Orders {
		if x.Live() {
			o.send(ctx, t, func() (*wallet.Plan, error) { return o.wallet().PlanCancel(x) })
		}
	}
	o.until(ctx, t, "every order is cancelled", 3*time.Minute, func(s *wallet.State) bool {
		return o.calm(s) && !slices.ContainsFunc(s.Orders, (*wallet.Order).Live)
	})
	recipient := recipientOf(t, o.name)
	for len(o.state().Notes) > 0 {
		asset, sum := o.handful()
		fee := exitFee(t, o.wallet().Params(), asset)
		p := o.send(ctx, t, func() (*wallet.Plan, error) { return o.wallet().PlanWithdraw(asset, sum-fee, recipient, nil) })
		if _, err := o.wallet().Wait(ctx, p.ID()); err != nil {
			t.Fatalf("%s: %v", o.name, err)
		}
	}
	for _, b := range o.state().Balances() {
		if b.Spendable+b.Maturing+b.Leaving+b.Orders != 0 {
			t.Errorf("%s: %+v is left", o.name, b)
		}
	}
}

// handful returns the first note's asset and the sum of the three largest
// notes of it, which one withdrawal can spend.
func (o *owner) handful() (asset uint32, sum uint64) {
	var values []uint64
	for _, note := range o.state().Notes {
		if len(values) == 0 {
			asset = note.Asset
		}
		if note.Asset == asset {
			values = append(values, note.Value)
		}
	}
	slices.Sort(values)
	for _, v := range values[max(0, len(values)-action.Slots):] {
		sum += v
	}
	return asset, sum
}

func exitFee(t *testing.T, p wallet.Params, asset uint32) uint64 {
	t.Helper()
	a, err := p.Asset(asset)
	if err != nil {
		t.Fatal(err)
	}
	return a.ExitFee
}

func recipientOf(t *testing.T, address string) action.Recipient {
	t.Helper()
	r, err := action.NewRecipient([]byte(address))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// newNode starts another node of the network, which knows the genesis and the
// first node's address and is no validator, waits until it has all blocks, and
// returns its URL.
func (n *network) newNode(ctx context.Context, t *testing.T) (url string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(string(n.Dir()), "devnet.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m devnet.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	free, err := freeport.Addresses(2)
	if err != nil {
		t.Fatal(err)
	}
	rpc, p2p := free[0], free[1]
	dir := filepath.Join(n.dir, "another-node")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("rpc_listen = %q\n[p2p]\nlisten = %q\nlocal_network = true\npersistent_peers = [%q]\n[mempool]\nverifiers = 1\n",
		rpc, p2p, n.nodeID(t, n.Dir().Node())+"@"+m.P2P)
	for name, content := range map[string][]byte{"config.toml": []byte(config), "genesis.json": n.genesis} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.nodeID(t, dir) // makes its keys
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command(filepath.Join(n.bin, "nightjard"), "start", "--home", dir, "--json")
	node.Stdout, node.Stderr = log, log
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_ = node.Wait()
		_ = log.Close()
	})
	url = "http://" + rpc
	cl := n.connect(t, url)
	defer cl.Close()
	target, err := n.height(ctx)
	if err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the new node has all blocks", 5*time.Minute, func(ctx context.Context) (bool, error) {
		s, err := cl.Status(ctx)
		return err == nil && s.Height >= target, err
	})
	return url
}

// nodeID makes what is missing of a node's home and returns the node's id.
func (n *network) nodeID(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(n.bin, "nightjard"), "init", "--home", dir, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var id struct {
		NodeID string `json:"node_id"`
	}
	if err := json.Unmarshal(out, &id); err != nil {
		t.Fatal(err)
	}
	return id.NodeID
}

func (n *network) connect(t *testing.T, url string) *client.Client {
	t.Helper()
	g, err := client.ParseGenesis(n.genesis)
	if err != nil {
		t.Fatal(err)
	}
	cl, err := client.New(url, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

// oneShape holds what the network serves of all actions against each other:
// every one of the run's kinds has one length in its block, and its entries say
// nothing more in one case than in another; a withdrawal apart.
func oneShape(ctx context.Context, t *testing.T, cl *client.Client, to uint64) {
	t.Helper()
	actions := 0
	err := cl.RawBlocks(ctx, 1, to, func(b *nodev1.RawBlock) error {
		for _, tx := range b.Txs {
			if tx[0] != action.Kind {
				continue
			}
			if actions++; len(tx) != action.Size {
				t.Errorf("block %d has an action of %d bytes", b.Height, len(tx))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string]int{}
	err = cl.CompactBlocks(ctx, 1, to, func(b *nodev1.CompactBlock) error {
		for _, e := range b.Entries {
			if x := e.GetAdmitted(); x != nil {
				shapes["admitted: "+sizes(slices.Concat(x.Nullifiers, [][]byte{x.Id}))]++
			}
			if x := e.GetExecuted(); x != nil {
				lists := sizes(slices.Concat(x.Nullifiers, x.Commitments, x.Ciphertexts, [][]byte{x.Id, x.Epk}))
				if x.OutAmount > 0 {
					shapes[fmt.Sprintf("withdrawn: %s, claim of %d", lists, len(x.Claim))]++
				} else {
					shapes[fmt.Sprintf("executed: %s, claim of %d, fee %d, asset %d", lists, len(x.Claim), x.Fee, x.OutAsset)]++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shapes) != 3 {
		t.Errorf("%d actions have the shapes %v", actions, shapes)
	}
	t.Logf("%d actions of %d bytes each: %v", actions, action.Size, shapes)
}

func sizes(list [][]byte) string {
	var out []string
	for _, b := range list {
		out = append(out, fmt.Sprint(len(b)))
	}
	return strings.Join(out, " ")
}

//go:build e2e

package e2e

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/wallet"
)

// kusamaRules are the assets of the story: dollars, which the devnet mints and
// fees are paid in, and the token of a Substrate chain. That chain stands in for
// Kusama's: it has the same pallets, and its finality is proven in the same way.
const kusamaRules = `title From a chain and back
asset USD 6 exit-fee 0.01
asset WND 9 exit-fee 0.001 chain 42 external native external-decimals 12 min 0.1 max 1000 cap 10000
fee 0.02
market WND/USD lot 0.1 tick 0.01 fee 5 collar 1000
price WND/USD 24.98 25.02
`

// wnd is the id of the token.
const wnd = 2

// place is what nightjar deposit answers.
type place struct {
	Owner string `json:"owner"`
	Place struct {
		Address  string `json:"address"`
		Account  string `json:"account"`
		Custody  string `json:"custody"`
		Remark   string `json:"remark"`
		Watching int    `json:"watching"`
	} `json:"place"`
	Deposits []struct {
		ID     string `json:"id"`
		Amount string `json:"amount"`
		Credit string `json:"credit"`
		Dust   string `json:"dust"`
		Number uint32 `json:"number"`
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"deposits"`
}

// withdrawn is what nightjar withdraw answers.
type withdrawn struct {
	Payout struct {
		Claim string `json:"claim"`
		State string `json:"state"`
		Block string `json:"block"`
	} `json:"payout"`
}

// kusama is the story's stage.
type kusama struct {
	*network
	outside *outsideChain
	gates   []*custodian
	began   time.Time
}

func (k *kusama) urls() string {
	var out []string
	for _, g := range k.gates {
		out = append(out, g.url)
	}
	return strings.Join(out, ",")
}

// TestKusama plays the whole way of money: from a Substrate chain in, by both
// ways of paying in, through a trade, and out to that chain again, with
// gateways killed on the way.
func TestKusama(t *testing.T) {
	ctx := t.Context()
	rules, err := scenario.Parse([]byte(kusamaRules))
	if err != nil {
		t.Fatal(err)
	}
	k := &kusama{began: time.Now(), network: start(ctx, t, rules)}
	k.outside = startOutside(ctx, t, k.dir)
	k.tell(t, "a devnet and a Substrate node with finality are running")
	k.startCustody(ctx, t)
	k.tell(t, "three gateways follow both")
	sue, ray, bob := k.newTrader(ctx, t, "sue"), k.newTrader(ctx, t, "ray"), k.newTrader(ctx, t, "bob")
	k.awaitBook(ctx, t)
	for _, d := range []struct {
		who   *trader
		units uint64
	}{{sue, 1e6}, {ray, 1e6}, {bob, 1000e6}} {
		k.deposit(ctx, t, d.who, 1, d.units)
	}

	// In: to an address of sue's own, and by a remark of ray's.
	const (
		bySue     = 10*outsideUnit + 7 // the 7 are dust
		byRay     = 5 * outsideUnit
		tooLittle = outsideUnit / 20
	)
	toSue, toRay := k.ask(ctx, t, sue), k.ask(ctx, t, ray)
	remark, err := hex.DecodeString(strings.TrimPrefix(toRay.Place.Remark, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	address, custody := k.account(t, toSue.Place.Account), k.parse(t, toRay.Place.Custody)
	plain := k.outside.submit(ctx, t, k.outside.transfer(t, address, bySue))
	batch := k.outside.submit(ctx, t, k.outside.call(t)(k.outside.runtime.BatchAll(
		k.outside.transfer(t, custody, byRay), k.outside.call(t)(k.outside.runtime.Remark(remark)))))
	k.awaitCredit(ctx, t, []arrival{{plain, 10e9}, {batch, 5e9}})
	k.credited(ctx, t, sue, toSue.Owner, "10", "0.000000000007")
	k.credited(ctx, t, ray, toRay.Owner, "5", "")

	// Through: sue sells, bob buys.
	k.must(ctx, t, sue, new(answer), "order", "--market", "WND/USD", "--side", "sell", "--qty", "8", "--limit", "24.50")
	k.must(ctx, t, bob, new(answer), "order", "--market", "WND/USD", "--side", "buy", "--qty", "8", "--limit", "26")
	await(ctx, t, "the trade", 15*time.Minute, func(ctx context.Context) (bool, error) {
		err := k.watch(ctx)
		return len(bob.witness.Fills) == 1 && notes(bob.witness, wnd) == 8e9, err
	})

	k.tell(t, "8 WND were traded")

	// Out: bob takes three of what he bought. A gateway is killed before it pays,
	// and each of the two that pay while its approval is under way.
	var fresh account.ID
	fresh[0], fresh[31] = 0x42, 0x24
	out := k.begin(ctx, t, bob, "withdraw", "--asset", "WND", "--amount", "3", "--to", "0x"+hex.EncodeToString(fresh[:]),
		"--gateway", k.urls(), "--timeout", "10m", "--follow", "30m")
	await(ctx, t, "a claim", 15*time.Minute, func(ctx context.Context) (bool, error) {
		err := k.watch(ctx)
		return len(bob.witness.Claims) == 1, err
	})
	k.gates[0].kill(t)
	k.gates[0].start(ctx, t)
	opener := k.killPaying(ctx, t, out, nil)
	joiner := k.killPaying(ctx, t, out, opener)
	k.tell(t, "killed with an approval under way: gateways %d and %d", slices.Index(k.gates, opener)+1, slices.Index(k.gates, joiner)+1)
	var paid withdrawn
	out.decode(t, &paid)
	if paid.Payout.State != string(wallet.ClaimPaid) || paid.Payout.Block == "" {
		t.Fatalf("%+v", paid)
	}
	if got := k.outside.balance(ctx, t, fresh); got != amount.WideOf(3*outsideUnit) {
		t.Fatalf("received %v", got)
	}

	k.tell(t, "3 WND are there, once")

	// Back: what is too little to be credited is held, and sent back when its
	// operators say so.
	back := account.ID{0x77}
	k.outside.submit(ctx, t, k.outside.transfer(t, address, tooLittle))
	id := k.held(ctx, t, sue, toSue.Owner, "BELOW_MINIMUM")
	k.refund(ctx, t, id, back)
	k.awaitBalance(ctx, t, "the refund", back, tooLittle)

	k.tell(t, "what was too little is back")
	k.listed(ctx, t, sue, bob, fresh)

	// The books of both chains are one: to the unit.
	k.checkBooks(ctx, t)
	pools, err := k.pools(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if p := pools[wnd]; p.deposited != 15e9 || p.withdrawn != 3e9 {
		t.Fatalf("%+v", p)
	}
	k.reconciled(ctx, t, bySue+byRay-3*outsideUnit, custody, address)
	verdict := k.verifyOutside(ctx, t, 12e9, amount.WideOf(7))
	k.alarms(ctx, t)
	k.verify(ctx, t)
	k.checkRestored(ctx, t)

	line := fmt.Sprintf("ok: 15 WND came in by two ways after proven finality, 8 were traded, 3 went out and arrived once though gateways were killed while they paid, 0.05 were too little and went back; custody holds every unit; %s", verdict)
	t.Log(line)
	if file := os.Getenv("NIGHTJAR_E2E_VERDICT"); file != "" && !t.Failed() {
		if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// killPaying kills the first gateway, other than one, that has an approval of a
// payment under way, and starts it again. The payment goes on while out runs.
func (k *kusama) killPaying(ctx context.Context, t *testing.T, out *command, other *custodian) (killed *custodian) {
	t.Helper()
	await(ctx, t, "an approval is under way", outsidePatience, func(ctx context.Context) (bool, error) {
		select {
		case <-out.done:
			t.Fatalf("the withdrawal ended before a gateway could be killed: %s%s", out.out.Bytes(), out.err.Bytes())
		default:
		}
		for _, g := range k.gates {
			if g == other {
				continue
			}
			// One that just starts answers nothing yet.
			if s, err := g.ask(ctx); err == nil && s.Flight != nil && s.Flight.Job == "payout" {
				g.kill(t)
				killed = g
				return true, nil
			}
		}
		return false, nil
	})
	killed.start(ctx, t)
	return killed
}

// listed demands that the wallets' lists say what happened.
func (k *kusama) listed(ctx context.Context, t *testing.T, depositor, taker *trader, to account.ID) {
	t.Helper()
	var in struct {
		Deposits []place `json:"deposits"`
	}
	// The gateways read the block in which the refund arrived a little later.
	await(ctx, t, "one deposit is credited and one sent back", outsidePatience, func(context.Context) (bool, error) {
		k.must(ctx, t, depositor, &in, "deposits", "--gateway", k.urls())
		states := map[string]int{}
		for _, p := range in.Deposits {
			for _, d := range p.Deposits {
				states[d.State]++
			}
		}
		if len(in.Deposits) != 1 || states["credited"] != 1 || states["refunded"] != 1 {
			return false, fmt.Errorf("%+v", in)
		}
		return true, nil
	})
	var past struct {
		Entries []struct {
			Kind string `json:"kind"`
			To   string `json:"to"`
		} `json:"entries"`
	}
	k.must(ctx, t, taker, &past, "history")
	seen := map[string]string{}
	for _, e := range past.Entries {
		seen[e.Kind] = e.To
	}
	if _, paid := seen[string(wallet.PaidEntry)]; !paid || seen[string(wallet.WithdrawEntry)] != to.SS58(account.Generic) {
		t.Fatalf("%+v", past)
	}
}

// ask takes a place to pay in to from a trader's wallet.
func (k *kusama) ask(ctx context.Context, t *testing.T, tr *trader) (p place) {
	t.Helper()
	k.must(ctx, t, tr, &p, "deposit", "wnd", "--gateway", k.urls(), "--no-wait")
	if p.Place.Watching != len(k.gates) || p.Place.Address == "" || len(p.Deposits) != 0 {
		t.Fatalf("%+v", p)
	}
	if k.parse(t, p.Place.Address) != k.account(t, p.Place.Account) {
		t.Fatalf("one address is two: %+v", p.Place)
	}
	return p
}

func (k *kusama) account(t *testing.T, text string) (id account.ID) {
	t.Helper()
	if n, err := hex.Decode(id[:], []byte(text)); err != nil || n != len(id) {
		t.Fatalf("%q is no account", text)
	}
	return id
}

func (k *kusama) parse(t *testing.T, text string) account.ID {
	t.Helper()
	id, err := account.Parse(text, account.Generic)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// arrival is a payment and the hub units that it is worth.
type arrival struct {
	sent
	units uint64
}

// awaitCredit waits until all arrivals were credited, and demands at every look
// that nothing is of a block that is not final.
func (k *kusama) awaitCredit(ctx context.Context, t *testing.T, arrivals []arrival) {
	t.Helper()
	blocks, all := map[uint32]uint64{}, uint64(0)
	for _, a := range arrivals {
		blocks[k.outside.included(ctx, t, a.sent)] += a.units
		all += a.units
	}
	early := 0 // looks at a deposit that is in a block and not final
	await(ctx, t, "the credit", outsidePatience, func(ctx context.Context) (bool, error) {
		pools, err := k.pools(ctx)
		if err != nil {
			return false, err
		}
		// Later than the look at the credit: finality never goes back.
		final, _, err := k.outside.finalized(ctx)
		if err != nil {
			return false, err
		}
		allowed := uint64(0)
		for block, units := range blocks {
			if block <= final {
				allowed += units
			}
		}
		if allowed < all {
			early++
		}
		if pools[wnd].deposited > allowed {
			t.Fatalf("%d units are credited and %d are final, up to block %d: %v", pools[wnd].deposited, allowed, final, blocks)
		}
		return pools[wnd].deposited == all, nil
	})
	k.tell(t, "credited; at %d looks before that blocks %v were not final, and nothing of them was", early, blocks)
}

// tell narrates.
func (k *kusama) tell(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("%7s  "+format, append([]any{time.Since(k.began).Round(time.Second)}, args...)...)
}

// credited demands that a trader's wallet knows its deposit, to the unit.
func (k *kusama) credited(ctx context.Context, t *testing.T, tr *trader, owner, credit, dust string) {
	t.Helper()
	var p place
	k.must(ctx, t, tr, &p, "deposit", "wnd", "--owner", owner, "--gateway", k.urls(), "--follow", "10m")
	if len(p.Deposits) != 1 || p.Deposits[0].State != "credited" || p.Deposits[0].Credit != credit || p.Deposits[0].Dust != dust {
		t.Fatalf("%s: %+v", tr.name, p.Deposits)
	}
}

// held waits until a gateway says that a deposit of a trader's is held, and why,
// and returns its id.
func (k *kusama) held(ctx context.Context, t *testing.T, tr *trader, owner, reason string) (id string) {
	t.Helper()
	await(ctx, t, "a held deposit", outsidePatience, func(context.Context) (bool, error) {
		var p place
		k.must(ctx, t, tr, &p, "deposit", "wnd", "--owner", owner, "--gateway", k.urls(), "--no-wait")
		for _, d := range p.Deposits {
			if d.State == "held" && d.Reason == reason {
				id = d.ID
			}
		}
		return id != "", nil
	})
	return id
}

// awaitBalance waits until an account has exactly so much.
func (k *kusama) awaitBalance(ctx context.Context, t *testing.T, what string, of account.ID, want uint64) {
	t.Helper()
	await(ctx, t, what, outsidePatience, func(ctx context.Context) (bool, error) {
		got := k.outside.balance(ctx, t, of)
		if got != amount.WideOf(want) {
			return false, fmt.Errorf("it has %v", got)
		}
		return true, nil
	})
}

// reconciled demands that custody's accounts hold exactly so much together. The
// signers' own accounts paid every fee.
func (k *kusama) reconciled(ctx context.Context, t *testing.T, want uint64, accounts ...account.ID) {
	t.Helper()
	await(ctx, t, "custody's balances add up", outsidePatience, func(ctx context.Context) (bool, error) {
		var total amount.Wide
		for _, id := range accounts {
			var ok bool
			if total, ok = total.Add(k.outside.balance(ctx, t, id)); !ok {
				t.Fatal("2^128")
			}
		}
		if total != amount.WideOf(want) {
			return false, fmt.Errorf("custody holds %v, not %d", total, want)
		}
		return true, nil
	})
}

// decode waits for a command that has to succeed, and decodes its answer.
func (c *command) decode(t *testing.T, into any) {
	t.Helper()
	if a := c.result(t); a.exit != 0 {
		t.Fatalf("%s %s: exit %d: %s%s", c.trader.name, strings.Join(c.args, " "), a.exit, c.out.Bytes(), c.err.Bytes())
	}
	if err := json.Unmarshal(c.out.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

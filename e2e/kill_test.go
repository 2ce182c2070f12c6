//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
)

// victim is what a round kills.
type victim string

const (
	theNode    victim = "node"
	theWallet  victim = "wallet"
	anEnclave  victim = "enclave"
	aHost      victim = "host"
	everything victim = "all workers"
)

// deck has the victims in their proportions; a run deals it again and again,
// each time in another order.
var deck = []victim{
	theNode, theNode, theNode, theWallet, theWallet, theWallet,
	anEnclave, anEnclave, aHost, everything,
}

// Defaults of a run; NIGHTJAR_E2E_ROUNDS and NIGHTJAR_E2E_SEED override them.
const defaultRounds = 30

func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestKill kills -9 one of the node, a worker's enclave or host, all workers
// or a wallet at a random moment of an operation, starts it again, and demands
// each time that the system goes on with nothing lost.
func TestKill(t *testing.T) {
	ctx := t.Context()
	rounds := setting(t, "NIGHTJAR_E2E_ROUNDS", defaultRounds)
	seed := setting(t, "NIGHTJAR_E2E_SEED", uint64(time.Now().UnixNano()))
	t.Logf("NIGHTJAR_E2E_SEED=%d NIGHTJAR_E2E_ROUNDS=%d", seed, rounds)

	rules, err := scenario.Parse(scenario.Default)
	if err != nil {
		t.Fatal(err)
	}
	n := start(ctx, t, rules)
	p := &play{network: n, rng: rand.New(rand.NewPCG(seed, 0)), length: 6 * time.Second}
	for _, name := range []string{"ada", "ben", "cleo"} {
		n.newTrader(ctx, t, name)
	}
	n.awaitBook(ctx, t)
	for _, tr := range p.traders {
		for range 2 {
			n.deposit(ctx, t, tr, 1, 200e9)
			n.deposit(ctx, t, tr, 2, 5000e6)
		}
	}
	var hand []victim
	for i := range int(rounds) {
		if len(hand) == 0 {
			hand = slices.Clone(deck)
			p.rng.Shuffle(len(hand), func(i, j int) { hand[i], hand[j] = hand[j], hand[i] })
		}
		p.round(ctx, t, i+1, hand[0])
		hand = hand[1:]
	}
	p.lives(ctx, t)
	for _, tr := range p.traders {
		n.checkWallet(ctx, t, tr)
	}
	n.checkRestored(ctx, t)
	report := n.verify(ctx, t)
	t.Logf("verified: %+v", report.Checked)
	t.Logf("operations: %v", p.ends)
	if report.Checked.Settlements == 0 || report.Checked.Claims == 0 {
		t.Error("nothing was traded or withdrawn: the rounds have shown nothing")
	}
}

// play is a run's trading.
type play struct {
	*network
	rng    *rand.Rand
	length time.Duration  // of an operation, on average: the next kill comes within it
	ends   map[string]int // how operations ended
}

// round starts two operations, kills the victim while they run, starts it
// again, and checks everything.
func (p *play) round(ctx context.Context, t *testing.T, number int, v victim) {
	began := time.Now()
	if err := p.watch(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := p.height(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.custody(ctx, t)
	order := p.rng.Perm(len(p.traders))
	a, b := p.traders[order[0]], p.traders[order[1]]
	first, second := p.begin(ctx, t, a, p.operation(a, "sell")...), p.begin(ctx, t, b, p.operation(b, "buy")...)
	moment := time.Duration(p.rng.Float64() * 0.8 * float64(p.length))
	worker := strconv.Itoa(1 + p.rng.IntN(p.Workers()))
	recover := p.rng.IntN(3) > 0

	// The moment is meant to be any: nothing is waited for but the end of what
	// it should interrupt.
	select {
	case <-first.done:
	case <-time.After(moment):
	}
	switch v {
	case theNode:
		p.kill(ctx, t, "node")
	case anEnclave:
		p.kill(ctx, t, "enclave-"+worker)
	case aHost:
		p.kill(ctx, t, "host-"+worker)
	case everything:
		p.kill(ctx, t, "enclave-", "host-")
	case theWallet:
		_ = first.cmd.Process.Kill() // an error says that it has ended
	}
	p.restart(ctx, t)

	var did []string
	acknowledged := map[*trader]string{}
	for _, c := range []*command{first, second} {
		a := c.result(t)
		did = append(did, p.ended(t, c, a, v))
		if a.Status == "executed" {
			acknowledged[c.trader] = a.ID
		}
	}
	p.awaitBlocks(ctx, t, before)
	for _, c := range []*command{first, second} {
		p.checkWallet(ctx, t, c.trader)
	}
	p.checkBooks(ctx, t)
	for tr, id := range acknowledged {
		if !slices.ContainsFunc(tr.seen, func(e wallet.Entry) bool { return e.ID.String() == id }) {
			t.Fatalf("%s was told that %s is executed, and its history does not have it", tr.name, id)
		}
	}
	if recover {
		p.awaitBook(ctx, t)
	}
	t.Logf("round %d: killed %s (worker %s) after %v; %s; %v", number, v, worker, moment.Round(time.Millisecond), strings.Join(did, "; "), time.Since(began).Round(time.Second))
}

// ended says how an operation ended. Undecided is a fine answer while things
// die, a refusal with a code is too; an unexplained failure is one only if the
// node was killed.
func (p *play) ended(t *testing.T, c *command, a answer, v victim) string {
	t.Helper()
	end := a.Status
	switch {
	case a.killed:
		end = "killed"
		if v != theWallet {
			t.Fatalf("%s %s was killed, and nobody killed it", c.trader.name, c.args)
		}
	case a.exit == 0:
		if end == "" {
			end = "done"
		}
		if a.Status != "" {
			p.length = (p.length + time.Since(c.started)) / 2
		}
	case a.Code != "":
		end = a.Code
	case a.exit == 3:
		end = "undecided"
	case v == theNode:
		end = "fault"
	default:
		t.Fatalf("%s %s: exit %d: %s", c.trader.name, c.args, a.exit, a.Detail)
	}
	if p.ends == nil {
		p.ends = map[string]int{}
	}
	p.ends[c.args[0]+" "+end]++
	return fmt.Sprint(c.trader.name, " ", strings.Join(c.args, " "), ": ", end)
}

// operation draws what a trader does next. Most are orders that cross.
func (p *play) operation(tr *trader, side string) []string {
	s := tr.witness
	var resting []string
	for _, o := range s.Orders {
		if o.Status == wallet.Resting {
			resting = append(resting, o.ID.String())
		}
	}
	any := func() string { return resting[p.rng.IntN(len(resting))] }
	lots := func(least, most int) string {
		n := least + p.rng.IntN(most-least+1)
		return fmt.Sprintf("%d.%d", n/10, n%10)
	}
	price := fmt.Sprintf("%d.%02d", 24+p.rng.IntN(3), p.rng.IntN(100))
	wait := []string{"--timeout", "20s"}
	if p.rng.IntN(4) == 0 {
		wait = []string{"--no-wait"}
	}
	draw := p.rng.IntN(20)
	if len(resting) == 0 && draw >= 12 && draw <= 16 {
		draw = 0
	}
	var args []string
	switch {
	case draw < 12:
		args = []string{"order", "--market", "KSM/USD", "--side", side, "--qty", lots(5, 60), "--limit", price}
	case draw < 14:
		args = []string{"cancel", any()}
	case draw < 15:
		args = []string{"replace", any(), "--qty", lots(5, 60), "--limit", price}
	case draw < 16:
		args = []string{"withdraw", "--order", any(), "--to", "0x" + strings.Repeat("ab", 20)}
	case draw < 17:
		args = []string{"pull", "--all"}
	case draw < 18:
		args = []string{"withdraw", "--asset", "USD", "--amount", lots(5, 60), "--to", "0x" + strings.Repeat("cd", 20)}
	case draw < 19:
		to := p.traders[p.rng.IntN(len(p.traders))]
		args = []string{"transfer", "--asset", "KSM", "--amount", lots(1, 20), "--to", to.address}
	default:
		return []string{"sync", "--from-start"}
	}
	return append(args, wait...)
}

// custody sometimes says that an open claim can't be paid: its money has to
// come back to its owner.
func (p *play) custody(ctx context.Context, t *testing.T) {
	t.Helper()
	if p.rng.IntN(4) != 0 {
		return
	}
	for _, tr := range p.traders {
		for _, c := range tr.witness.Claims {
			if c.Status != wallet.ClaimOpen {
				continue
			}
			tx, err := p.Dir().Return(custody.ClaimID(c.ID))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.client.Submit(ctx, tx); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// lives demands that the system still trades after all rounds: two new orders
// that cross are filled.
func (p *play) lives(ctx context.Context, t *testing.T) {
	t.Helper()
	p.awaitBook(ctx, t)
	a, b := p.traders[0], p.traders[1]
	fills := func() int { return len(a.witness.Fills) + len(b.witness.Fills) }
	var done any
	p.must(ctx, t, a, &done, "order", "--market", "KSM/USD", "--side", "sell", "--qty", "2", "--limit", "24")
	before := fills()
	p.must(ctx, t, b, &done, "order", "--market", "KSM/USD", "--side", "buy", "--qty", "2", "--limit", "26")
	await(ctx, t, "a fill after all rounds", 2*time.Minute, func(ctx context.Context) (bool, error) {
		err := p.watch(ctx)
		return fills() > before, err
	})
}

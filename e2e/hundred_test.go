//go:build e2e

package e2e

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

const (
	hundred      = 100
	batch        = 15              // of alice's orders in one auction; with the buyer 16 legs, a size class
	hundredLimit = 3 * time.Minute // from the first merge to the order's admission
)

// realFills is how many of the hundred notes come from fills that were
// matched, locked, proven and settled: all, unless NIGHTJAR_E2E_FILLS says
// fewer. The others are deposits: to the wallet they are notes like any.
func realFills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("NIGHTJAR_E2E_FILLS")
	if text == "" {
		return hundred
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > hundred {
		t.Fatalf("NIGHTJAR_E2E_FILLS is from 0 to %d", hundred)
	}
	return n
}

// TestHundredFills lets one owner be filled a hundred times and then place one
// order over everything that came in: the wallet brings the notes together by
// itself. The fee of every merge lies in another asset, which is the slowest
// case: a merge then takes two notes and not three.
func TestHundredFills(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 55*time.Minute)
	defer cancel()
	fills := realFills(t)
	n := start(ctx, t, parse(t, market))
	n.awaitBook(ctx, t)
	alice, bob := n.newOwner(ctx, t, "alice"), n.newOwner(ctx, t, "bob")
	n.credit(ctx, t, alice, ksm, oneKSM) // pays the fees of the merges
	if fills > 0 {
		n.fillMany(ctx, t, alice, bob, fills)
	}
	const each = oneUSD * 245 / 100 // about what one lot brings
	var rest []uint64
	for range hundred - fills {
		rest = append(rest, each)
	}
	n.credit(ctx, t, alice, usd, rest...)
	alice.until(ctx, t, "a hundred notes can be spent", 3*time.Minute, func(s *wallet.State) bool {
		return len(notesOf(s, usd)) == hundred && alice.calm(s)
	})

	sum := spendable(alice.state(), usd)
	limit := dollars(2400)
	lots := sum / unit(limit)
	t.Logf("%d notes, %d of them from fills, hold %d.%02d USD: an order over %d lots", hundred, fills, sum/oneUSD, sum%oneUSD*100/oneUSD, lots)
	if (lots+1)*unit(limit) <= sum || smallest(alice.state(), usd)+lots*unit(limit) <= sum {
		t.Fatal("the order leaves notes aside")
	}
	merges, from, spent := 0, time.Now(), cpu.Now()
	p, err := alice.wallet().Make(ctx, func() (*wallet.Plan, error) { return alice.plan(order.Buy, lots, limit) }, func(wallet.ID) { merges++ })
	if err != nil {
		t.Fatalf("after %d merges: %v", merges, err)
	}
	ready := time.Since(from)
	if _, err := alice.wallet().Send(ctx, p); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.wallet().Wait(ctx, p.ID()); err != nil {
		t.Fatal(err)
	}
	all, work := time.Since(from), cpu.Now()-spent
	if x := alice.order(t, placed(p)); x.Order.Value != lots*unit(limit) {
		t.Errorf("%+v", x)
	}
	t.Logf("load %s", load())
	t.Logf("| %d notes, %d merges | order planned after %.0f s | executed after %.0f s | the wallet's CPU %.0f s |", hundred, merges, ready.Seconds(), all.Seconds(), work.Seconds())
	if !busy() && all > hundredLimit {
		t.Errorf("more than %v", hundredLimit)
	}
}

// unit is what an order to buy holds for a lot.
func unit(limit uint64) uint64 {
	return limit + (limit*5+9_999)/10_000 // the market's fee is 5 bp
}

// fillMany gives alice notes of her own through fills: orders of one lot each,
// a batch of which meets one order of bob's in one auction.
func (n *network) fillMany(ctx context.Context, t *testing.T, alice, bob *owner, fills int) {
	t.Helper()
	n.credit(ctx, t, alice, ksm, slices.Repeat([]uint64{oneKSM}, 20)...)
	batches := (fills + batch - 1) / batch
	n.credit(ctx, t, bob, usd, slices.Repeat([]uint64{60 * oneUSD}, batches)...)
	n.credit(ctx, t, bob, ksm, oneKSM)
	for _, o := range []*owner{alice, bob} {
		o.until(ctx, t, "the deposits can be spent", 2*time.Minute, func(s *wallet.State) bool {
			return spendable(s, ksm) > 0 && o.calm(s)
		})
	}
	for done := 0; done < fills; {
		size := min(batch, fills-done)
		for range size {
			alice.place(ctx, t, order.Sell, 1, dollars(2450))
		}
		alice.until(ctx, t, "the orders rest", 3*time.Minute, func(s *wallet.State) bool {
			return len(alice.wallet().Outgoing()) == 0
		})
		bob.place(ctx, t, order.Buy, uint64(size), dollars(2600))
		done += size
		alice.until(ctx, t, "the orders are filled", 10*time.Minute, func(s *wallet.State) bool { return len(s.Fills) == done })
		t.Logf("%d fills, load %s", done, load())
	}
}

func notesOf(s *wallet.State, asset uint32) []*wallet.Note {
	var out []*wallet.Note
	for _, x := range s.Notes {
		if x.Asset == asset {
			out = append(out, x)
		}
	}
	return out
}

// smallest is the value of the smallest note of an asset.
func smallest(s *wallet.State, asset uint32) uint64 {
	return slices.MinFunc(notesOf(s, asset), func(a, b *wallet.Note) int { return int(int64(a.Value) - int64(b.Value)) }).Value
}

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// What an idle machine must stay within. The devnet's genesis says D = 2,
// w = 6, k = 2 and an auction after every block.
const (
	lockBlocks   = 2 + 6 + 2       // from an order's admission to its lock: D + w + 2
	settleTime   = 5 * time.Second // from a lock to the settlement of at most 4 fills
	anchorBlocks = 2               // until the next anchor: k
)

// busy says that the machine does other work too: times are printed, and not
// judged.
func busy() bool { return os.Getenv("NIGHTJAR_E2E_BUSY") != "" }

// load is the machine's load averages, to be read beside every time.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// series is what was measured of one thing, in blocks and in time, and what it
// has to stay within; 0 is no limit.
type series struct {
	name       string
	mostBlocks uint64
	mostTime   time.Duration

	blocks []uint64
	times  []time.Duration
}

func (s *series) add(from, to moment) {
	s.blocks = append(s.blocks, to.height-from.height)
	s.times = append(s.times, to.at.Sub(from.at))
}

func (s *series) slow() bool {
	return s.mostBlocks > 0 && slices.Max(s.blocks) > s.mostBlocks || s.mostTime > 0 && slices.Max(s.times) > s.mostTime
}

func median[T uint64 | time.Duration](v []T) T { return slices.Sorted(slices.Values(v))[len(v)/2] }

func (s *series) row() string {
	return fmt.Sprintf("| %s | %d | %d | %.1f | %.1f |", s.name,
		median(s.blocks), slices.Max(s.blocks), median(s.times).Seconds(), slices.Max(s.times).Seconds())
}

// TestLatency measures what a trader waits for, on a devnet where nobody else
// trades.
func TestLatency(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()
	n := start(ctx, t, parse(t, market))
	n.awaitBook(ctx, t)
	c := n.chronicle(t)
	seller, buyer := n.newOwner(ctx, t, "seller"), n.newOwner(ctx, t, "buyer")

	deposits := series{name: "deposit credited → spendable", mostBlocks: anchorBlocks}
	for _, credit := range []struct {
		to    *owner
		asset uint32
		units uint64
	}{{seller, ksm, 100 * oneKSM}, {buyer, usd, 3000 * oneUSD}, {buyer, ksm, oneKSM}} {
		have := spendable(credit.to.state(), credit.asset)
		from := c.height()
		n.credit(ctx, t, credit.to, credit.asset, credit.units)
		credited := c.find(ctx, t, "the deposit", from, func(e *nodev1.Entry) bool {
			return e.GetDeposited().GetAsset() == credit.asset && e.GetDeposited().GetAmount() == credit.units
		})
		credit.to.until(ctx, t, "the deposit can be spent", 3*time.Minute, func(s *wallet.State) bool {
			return spendable(s, credit.asset) > have
		})
		deposits.add(credited, moment{credit.to.anchor(), time.Now()})
	}

	out := []series{deposits}
	for _, fills := range []int{2, 4} {
		locked := series{name: fmt.Sprintf("order admitted → locked, %d fills", fills), mostBlocks: lockBlocks}
		settled := series{name: fmt.Sprintf("locked → settled, %d fills", fills), mostTime: settleTime}
		ready := series{name: fmt.Sprintf("settled → spendable, %d fills", fills), mostBlocks: anchorBlocks}
		for range 3 {
			r := trade(ctx, t, c, seller, buyer, fills-1)
			locked.add(r.admitted, r.locked)
			settled.add(r.locked, r.settled)
			ready.add(r.settled, r.ready)
		}
		out = append(out, locked, settled, ready)
	}
	t.Logf("load %s", load())
	t.Log("| | blocks, median | most | seconds, median | most |")
	for _, s := range out {
		t.Log(s.row())
	}
	for _, s := range out {
		if s.slow() && !busy() {
			t.Errorf("too slow: %s", s.row())
		}
	}
}

// anchor is the height of the anchor that the wallet's next action stands on.
func (o *owner) anchor() uint64 {
	a, _ := o.state().Anchor()
	return a.Height
}

// run is one trade's moments.
type run struct{ admitted, locked, settled, ready moment }

// trade lets sells orders rest and crosses them with one that buys all, and
// then spends what was bought in the very next action.
func trade(ctx context.Context, t *testing.T, c *chronicle, seller, buyer *owner, sells int) (r run) {
	t.Helper()
	const lots = 5
	for range sells {
		seller.resting(ctx, t, placed(seller.place(ctx, t, order.Sell, lots, dollars(2450))))
	}
	from := c.height()
	p := buyer.place(ctx, t, order.Buy, lots*uint64(sells), dollars(2550))
	action := p.ID()
	r.admitted = c.find(ctx, t, "the admission", from, func(e *nodev1.Entry) bool {
		return bytes.Equal(e.GetAdmitted().GetId(), action[:])
	})
	nf := c.nullifier(ctx, t, p)
	r.locked = c.find(ctx, t, "the lock", r.admitted.height, func(e *nodev1.Entry) bool {
		return holds(e.GetLocked().GetNullifiers(), nf)
	})
	r.settled = c.find(ctx, t, "the settlement", r.locked.height, func(e *nodev1.Entry) bool {
		return slices.ContainsFunc(e.GetSettled().GetLegs(), func(l *nodev1.Leg) bool { return bytes.Equal(l.Nullifier, nf) })
	})
	bought := lots * uint64(sells) * oneKSM / 10
	proceeds := func(s *wallet.State) *wallet.Note {
		i := slices.IndexFunc(s.Notes, func(x *wallet.Note) bool { return x.Asset == ksm && x.Value == bought && x.Height >= r.settled.height })
		if i < 0 {
			return nil
		}
		return s.Notes[i]
	}
	buyer.until(ctx, t, "the proceeds are in an anchor", 3*time.Minute, func(s *wallet.State) bool {
		return buyer.order(t, placed(p)).Status == wallet.Filled && buyer.anchor() >= r.settled.height
	})
	r.ready = moment{buyer.anchor(), time.Now()}

	note := *proceeds(buyer.state())
	next, err := buyer.wallet().PlanTransfer(ksm, bought-oneKSM/2000, seller.wallet().Address())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(next.Action.Nullifiers[:], note.Nullifier) {
		t.Fatal("the next action spends something else")
	}
	sent, err := buyer.wallet().Send(ctx, next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := buyer.wallet().Wait(ctx, sent); err != nil {
		t.Fatal(err)
	}
	return r
}

// nullifier returns that of an order, once its place in the tree is known.
func (c *chronicle) nullifier(ctx context.Context, t *testing.T, p *wallet.Plan) []byte {
	t.Helper()
	id := p.ID()
	var position uint64
	c.find(ctx, t, "the execution", p.AnchorHeight, func(e *nodev1.Entry) bool {
		position = e.GetExecuted().GetPosition()
		return bytes.Equal(e.GetExecuted().GetId(), id[:])
	})
	nf, _ := order.Nullify(p.Outputs[0].S, p.Action.Commitments[0], position)
	return encoded(nf)
}

func encoded(e field.Element) []byte {
	b := e.Bytes()
	return b[:]
}

func holds(list [][]byte, b []byte) bool {
	return slices.ContainsFunc(list, func(x []byte) bool { return bytes.Equal(x, b) })
}

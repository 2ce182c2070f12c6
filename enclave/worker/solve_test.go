package worker

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

var solved = flag.Int("fills", 250, "fills that TestMatchedIsProvable solves, or a few more")

// solver is a Prover that solves the circuits, as a prover does first, and makes
// no proof of it: a hundredth of the time. From each witness it also makes wrong
// ones, which must not solve.
type solver struct {
	chaintest.Echo
	t             testing.TB
	fill, collect circuittest.System

	fills, padding, partial, minima, groups int
	wrong                                   map[string]int
}

// Fill implements Prover.
func (s *solver) Fill(w fill.Witness) (proof [settlement.ProofSize]byte, err error) {
	f, err := w.Fill()
	if err != nil {
		return proof, err
	}
	if err := s.fill.Solve(w.Assign(f)); err != nil {
		s.t.Errorf("a fill of %d of %d lots does not solve: %v", w.Lots, w.Order.Terms.Qty, err)
	}
	t := w.Order.Terms
	switch {
	case w.Lots == 0:
		s.padding++
	case w.Lots < t.Qty:
		s.partial++
	}
	if s.fills++; t.MinFill > 1 && w.Lots > 0 {
		s.minima++
	}
	if w.Lots > 0 && s.fills%3 == 0 {
		s.spoil(w, f)
	}
	return s.Echo.Fill(w)
}

// spoil changes one thing at a time and publishes what then follows: a
// dishonest worker could do no better.
func (s *solver) spoil(w fill.Witness, f order.Fill) {
	t, x := w.Order.Terms, w.Execution
	past := t.Limit + 1
	if t.Side == order.Sell {
		past = t.Limit - 1
	}
	for what, change := range map[string]func(c *fill.Circuit){
		"a price past the limit":      func(c *fill.Circuit) { c.Price = past },
		"more lots than there are":    func(c *fill.Circuit) { c.Lots = t.Qty + 1 },
		"an auction after the expiry": func(c *fill.Circuit) { c.Height = uint64(t.Expiry) + 1 },
		"a fee above the order's":     func(c *fill.Circuit) { c.FeeBp = t.MaxFee + 1 },
		"another anchor":              func(c *fill.Circuit) { c.Anchor = field.FromUint64(1) },
		"a limit that was not signed": func(c *fill.Circuit) { c.Limit = t.Limit + 2 },
		"fewer lots than the minimum": func(c *fill.Circuit) { c.Lots = t.MinFill - 1 },
		"a price outside the band":    func(c *fill.Circuit) { c.Dev = t.Band + 1 },
	} {
		switch {
		case what == "fewer lots than the minimum" && (t.MinFill < 2 || t.MinFill > t.Qty):
			continue
		case what == "a price outside the band" && t.Band == order.NoBand:
			continue
		}
		c := w.Assign(f)
		change(c)
		anchor, height := c.Anchor, c.Height
		statement := circuittest.StateFill(c)
		if statement.Publish(); what == "a limit that was not signed" || what == "another anchor" {
			c.Anchor = anchor // the chain's, not one that follows
		}
		c.Height = height
		if s.fill.Solve(c) == nil {
			s.t.Errorf("%s solves", what)
		}
		s.wrong[what]++
	}
	c := w.Assign(f)
	c.Proceeds = f.Refund.Commitment()
	if s.fill.Solve(c) == nil {
		s.t.Errorf("other proceeds solve at price %d", x.Price)
	}
}

// Collect implements Prover.
func (s *solver) Collect(w collect.Witness) (proof [settlement.ProofSize]byte, err error) {
	if err := s.collect.Solve(w.Assign()); err != nil {
		s.t.Errorf("a group's price and fee do not solve: %v", err)
	}
	s.groups++
	for what, change := range map[string]func(*collect.Witness){
		"another tick":          func(w *collect.Witness) { w.Market.Tick = 2*w.Price + 1 },
		"another reference":     func(w *collect.Witness) { w.Reference++ },
		"another market's rate": func(w *collect.Witness) { w.Market.FeeBp++ },
	} {
		markets, references := w.Markets(), w.References()
		other := w
		change(&other)
		c := other.Assign()
		c.Markets, c.References = markets, references // the chain's
		if s.collect.Solve(c) == nil {
			s.t.Errorf("%s solves", what)
		}
		s.wrong[what]++
	}
	return s.Echo.Collect(w)
}

// TestMatchedIsProvable: on random books with every attribute, whatever the
// machine matches solves the circuits, with the witnesses that workers make from
// the chain; a fill outside its terms does not, and a group that does not balance
// has no binding signature.
func TestMatchedIsProvable(t *testing.T) {
	g := chaintest.Genesis()
	g.Limits.AuctionFills, g.Limits.SizeClasses = 48, []uint16{2, 4, 8, 16, 32}
	s := &solver{t: t, fill: circuittest.Compile(t, fill.New()), collect: circuittest.Compile(t, collect.New()), wrong: map[string]int{}}
	w := newWorldOf(t, g, chaintest.Echo{}, s)
	w.start()
	random := rand.New(rand.NewPCG(1, 13))
	unbalanced, most, enough := 0, 0, *solved
	if testing.Short() {
		enough /= 3
	}
	for round := 0; s.fills < enough || most < 8 && round < 200; round++ {
		for range 4 + random.IntN(16) {
			w.placeRandom(random)
		}
		for range 1 + random.IntN(4) {
			w.step()
			for _, m := range w.workers[0].auction {
				for _, g := range m.result.Groups {
					most = max(most, len(g.Legs))
				}
				if len(m.result.Groups) > 0 && unbalanced < 20 {
					unbalanced += w.unbalance(m, s)
				}
			}
		}
	}
	until(w, 40, func(e ledger.GroupSettled) bool { return true })
	t.Logf("%d fills, of which %d padding, %d partial, %d with a minimum; %d groups of up to %d; %d unbalanced; refused %v",
		s.fills, s.padding, s.partial, s.minima, s.groups, most, unbalanced, s.wrong)
	if s.padding == 0 || s.partial == 0 || s.minima == 0 || unbalanced == 0 || most < 8 || len(s.wrong) < 11 {
		t.Error("the run shows too little")
	}
}

// unbalance fills the first leg that has lots to spare with one lot more. The
// fill solves, being within its terms; but the group's value commitments don't
// sum to a key that anybody signs with.
func (w *world) unbalance(m *auction, s *solver) int {
	for i, g := range m.result.Groups {
		for k, leg := range g.Legs {
			t := leg.Order.Terms
			if leg.Padding || leg.Fill.Lots == t.Qty {
				continue
			}
			more, err := leg.Order.Apply(leg.Position, leg.Fill.Lots+1, g.Execution)
			if err != nil {
				w.Fatal(err)
			}
			path, ok := w.workers[0].keeper.Path(leg.Position, w.workers[0].edges[uint64(m.result.Height)-w.State.Params().RestBlocks])
			if !ok {
				continue // the order has left by now
			}
			witness := fill.Witness{Order: leg.Order, Path: path, Lots: more.Lots, Execution: g.Execution, Salt: g.Salt, Blind: leg.Blind}
			witness.Anchor = path.Root(leg.Order.Commitment())
			if err := s.fill.Solve(witness.Assign(more)); err != nil {
				w.Errorf("a fill within its terms does not solve: %v", err)
			}
			settle := m.result.Settle(i, w.Genesis.ChainID)
			if err := settle.VerifyBinding(w.Genesis.ChainID); err != nil {
				w.Fatal(err)
			}
			settle.Group.Legs = slices.Clone(settle.Group.Legs) // the worker settles with its own
			settle.Group.Legs[k] = witness.Leg(more)
			if err := settle.VerifyBinding(w.Genesis.ChainID); !errors.Is(err, rejection.BadBindingSignature) {
				w.Errorf("an unbalanced group: %v", err)
			}
			return 1
		}
	}
	return 0
}

// placeRandom lets one of nine owners place an order near the reference.
func (w *world) placeRandom(random *rand.Rand) {
	w.Helper()
	qty := uint64(1 + random.IntN(1<<(1+random.IntN(6))))
	t := chaintest.Terms(order.Side(random.IntN(2)), qty, chaintest.Price-4+uint64(random.IntN(9)))
	t.Expiry = uint32(w.Height()) + 8 + random.Uint32N(60)
	if random.IntN(2) == 0 {
		t.MinFill = 1 + random.Uint64N(qty)
	}
	if random.IntN(3) == 0 {
		t.Band = uint16(random.IntN(500))
	}
	var h order.Handling
	if random.IntN(3) == 0 {
		h.Peg, h.Offset = order.Peg(1+random.IntN(3)), int32(random.IntN(3)-1)
	}
	h.SelfTrade = order.SelfTrade(random.IntN(4))
	if random.IntN(4) == 0 {
		h.Pool = order.Natural
	}
	h.Auctions = uint16(random.IntN(2) * random.IntN(20))
	value, err := t.Funding()
	if err != nil {
		w.Fatal(err)
	}
	o := order.Order{Terms: t, Asset: t.FundingAsset(), Value: value,
		OID: field.FromHash("test", []byte{byte(random.IntN(9))}), C: w.Fresh(), S: w.Fresh()}
	w.Act(w.State.Book().Epoch, seal.Command{Kind: seal.NewOrder, Order: o, Handling: h},
		func(a *action.Action) { a.Commitments[0] = o.Commitment() })
}

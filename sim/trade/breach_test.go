package trade

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// TestBreaches: each wrong, done once in the middle of a run, ends it. With blind
// proofs it is the people who notice, and not the proofs.
func TestBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		Config
		want string
	}{
		"an action keeps its fee":                {Config{unpaid: true}, "what goes in is not what comes out"},
		"an action keeps its fee, blind":         {Config{unpaid: true, blind: true}, "conservation"},
		"an allocation is flipped":               {Config{spoil: flip}, "BAD_BINDING_SIGNATURE"},
		"an allocation is flipped, blind":        {Config{spoil: flip, blind: true}, "BAD_BINDING_SIGNATURE"},
		"a group trades past a limit":            {Config{spoil: past}, "a price past the limit"},
		"a group trades past a limit, blind":     {Config{spoil: past, blind: true}, "past its limit"},
		"a fill is below its minimum":            {Config{spoil: short}, "fewer lots than the minimum"},
		"a fill is below its minimum, blind":     {Config{spoil: short, blind: true}, "below its minimum"},
		"proceeds go to somebody else":           {Config{spoil: steal}, "does not follow from the witness"},
		"proceeds go to somebody else, blind":    {Config{spoil: steal, blind: true}, "is not its owner's due"},
		"a locked order is locked again":         {Config{spoil: relock}, "NULLIFIER_"},
		"one machine misses what the other sees": {Config{disturb: func(s *sim) bool { s.venue.forget = true; return true }}, "machines"},
		"soft cancels are not heard":             {Config{disturb: func(s *sim) bool { s.venue.deaf = true; return true }}, "took out"},
		"a coin is worth more":                   {Config{disturb: richer}, "conservation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Seed, c.Orders, c.Accounts, c.Tries, c.Stay = 3, 300, 60, 30, 150
			_, err := Run(c.Config)
			var v *Violation
			if !errors.As(err, &v) || !strings.Contains(err.Error(), c.want) || v.Seed != 3 || v.Height < 10 {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestSeed: the same seed is the same run, and another is another; a run with
// blind proofs and nothing wrong ends well.
func TestSeed(t *testing.T) {
	c := Config{Seed: 1, Orders: 300, Accounts: 60, Tries: 30, Stay: 100, Seal: 8}
	var all []Result
	for _, seed := range []uint64{1, 1, 2} {
		c.Seed = seed
		r, err := Run(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	c.Seed, c.blind = 1, true
	blind, err := Run(c)
	if err != nil || all[0] != all[1] || all[0] != blind || all[0].Digest == all[2].Digest {
		t.Errorf("%v, %+v", err, all)
	}
}

// spread returns the place of a group of which a leg fits.
func spread(a *called, fits func(machine.Leg) bool) (group, leg int, ok bool) {
	for i, g := range a.Groups {
		for k, l := range g.Legs {
			if !l.Padding && fits(l) {
				return i, k, true
			}
		}
	}
	return 0, 0, false
}

// republish makes a group again of its legs' lots at a price, whatever the
// covenants say.
func republish(s *sim, a *called, i int, price uint64, lots []uint64) {
	g := &a.Groups[i]
	x := &g.Execution
	x.Price, x.Dev = price, market.Deviation(price, g.Reference)
	g.Public.PC = g.Market.Commitment(price, x.Dev, x.Height, g.Salt)
	var fee uint64
	for k := range g.Legs {
		l := &g.Legs[k]
		if l.Padding {
			l.Order.Terms.Limit = price
		}
		f, err := l.Order.Reopen(l.Position, lots[k], price, x.FeeBp, x.Height)
		if err != nil {
			panic(err)
		}
		l.Fill = f
		fee += f.Fee
	}
	slices.SortFunc(g.Legs, func(a, b machine.Leg) int { return a.Fill.Nullifier.Cmp(&b.Fill.Nullifier) })
	g.Public.Legs = nil
	for _, l := range g.Legs {
		f := l.Fill
		g.Public.Legs = append(g.Public.Legs, settlement.Leg{
			Nullifier: f.Nullifier, Proceeds: f.Proceeds.Commitment(), Refund: f.Refund.Commitment(), Remainder: f.Remainder.Commitment(),
			Value: settlement.FillValue(l.Order.Terms.Side == order.Sell, f.BaseLeg, f.QuoteLeg, l.Blind), Report: f.Report,
		})
	}
	g.Fee.Note.Value, g.Fee.Note.Rho = fee, g.Public.PC
	g.Public.Fee = g.Fee.Note.Commitment()
	g.Public.FeeValue = settlement.FeeValueOf(fee, g.Fee.Blind)
	var err error
	if g.Public.FeeOpening, err = seal.SealFee(s.chain.genesis.Treasury.Address, [32]byte{1}, g.Public.PC, g.Market.Quote, fee, g.Fee.R); err != nil {
		panic(err)
	}
	a.rehash()
}

// rehash puts the groups in the sequence of their hashes, as they are now.
func (a *called) rehash() {
	for i := range a.Groups {
		a.Groups[i].Hash = a.Groups[i].Public.Hash()
	}
	slices.SortFunc(a.Groups, func(x, y machine.Group) int { return slices.Compare(x.Hash[:], y.Hash[:]) })
}

func lotsOf(g machine.Group) (lots []uint64) {
	for _, l := range g.Legs {
		lots = append(lots, l.Fill.Lots)
	}
	return lots
}

// flip gives one order a lot less, and nobody more.
func flip(s *sim, a *called) bool {
	i, k, ok := spread(a, func(l machine.Leg) bool { return l.Fill.Lots > max(1, l.Order.Terms.MinFill) })
	if !ok {
		return false
	}
	lots := lotsOf(a.Groups[i])
	lots[k]--
	republish(s, a, i, a.Groups[i].Execution.Price, lots)
	return true
}

// past moves a group's price a tick past the limit of one of its sellers.
func past(s *sim, a *called) bool {
	for i, g := range a.Groups {
		price := g.Execution.Price
		least := uint64(1 << 62)
		for _, l := range g.Legs {
			if l.Order.Terms.Side == order.Buy { // must still be covered by what it holds
				least = min(least, l.Order.Terms.Limit)
			}
		}
		for _, l := range g.Legs {
			t := l.Order.Terms
			if !l.Padding && t.Side == order.Sell && t.Limit > g.Market.Tick && t.Limit-g.Market.Tick < price && price <= least {
				republish(s, a, i, (t.Limit-g.Market.Tick)/g.Market.Tick*g.Market.Tick, lotsOf(g))
				return true
			}
		}
	}
	return false
}

// short takes a lot from an order that got exactly its minimum, and from one on
// the other side.
func short(s *sim, a *called) bool {
	for i, g := range a.Groups {
		lots := lotsOf(g)
		for k, l := range g.Legs {
			if t := l.Order.Terms; l.Padding || t.MinFill < 2 || l.Fill.Lots != t.MinFill {
				continue
			}
			for j, o := range g.Legs {
				if !o.Padding && o.Order.Terms.Side != l.Order.Terms.Side && o.Fill.Lots > max(1, o.Order.Terms.MinFill) {
					lots[k]--
					lots[j]--
					republish(s, a, i, g.Execution.Price, lots)
					return true
				}
			}
		}
	}
	return false
}

// steal pays an order's proceeds to somebody else.
func steal(_ *sim, a *called) bool {
	i, k, ok := spread(a, func(machine.Leg) bool { return true })
	if !ok {
		return false
	}
	g := &a.Groups[i]
	n := g.Legs[k].Fill.Proceeds
	n.C = field.FromUint64(99)
	g.Public.Legs = slices.Clone(g.Public.Legs)
	g.Public.Legs[k].Proceeds = n.Commitment()
	a.rehash()
	return true
}

// relock puts an order into the auction that the newest lock holds.
func relock(s *sim, a *called) bool {
	var newest uint64
	var nf field.Element
	for _, c := range s.watch.coins {
		if o := c.order; o != nil && o.locked != 0 && (o.locked > newest || o.locked == newest && c.nf.Cmp(&nf) < 0) {
			newest, nf = o.locked, c.nf
		}
	}
	if newest+lockBlocks < uint64(a.Height) || newest == 0 {
		return false
	}
	a.Groups[0].Legs[0].Fill.Nullifier = nf
	return true
}

// richer tells an owner that a coin is worth more than it is.
func richer(s *sim) bool {
	s.watch.held[hub]++
	return true
}

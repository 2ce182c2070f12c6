package ledger

import (
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
)

// validatorsAt returns the validators in force at a height.
func (b *block) validatorsAt(height uint64) []Validator {
	sets, _ := rowValidators.get(b, single)
	for i := len(sets) - 1; i >= 0; i-- {
		if sets[i].From <= height {
			return sets[i].Set
		}
	}
	return nil
}

func totalPower(set []Validator) (sum uint64) {
	for _, v := range set {
		sum += v.Power // ≤ maxValidators · maxPower
	}
	return sum
}

// observe takes the quotes in the vote extensions of the last block. Its votes
// carry more than two thirds of the power, as every commit's do: a proposer
// can leave out less than a third, and even those validators' last quotes
// stay.
func (b *block) observe(c *oracle.Commit) (verdict, error) {
	if c.Height+1 != b.in.Height || b.counts[oracle.Kind] > 0 {
		return verdict{}, rejection.New(rejection.BadOracleVote, "the commit of block %d in block %d", c.Height, b.in.Height)
	}
	set := b.validatorsAt(c.Height)
	var power uint64
	for _, v := range c.Votes {
		i := slices.IndexFunc(set, func(s Validator) bool { return s.Key == v.Validator })
		if i < 0 {
			return verdict{}, rejection.New(rejection.UnknownValidator, "")
		}
		power += set[i].Power
		for _, p := range v.Prices {
			if !rowMarket.has(b, id32(p.Market)) {
				return verdict{}, rejection.New(rejection.BadOracleVote, "market %d", p.Market)
			}
		}
	}
	if 3*power <= 2*totalPower(set) {
		return verdict{}, rejection.New(rejection.NotEnoughPower, "%d of %d", power, totalPower(set))
	}
	for _, v := range c.Votes {
		if !quorum.Verify(v.Validator, v.SignBytes(b.chainID(), c.Height, c.Round), v.Signature) {
			return verdict{}, rejection.New(rejection.BadOracleVote, "a signature")
		}
	}
	return verdict{effect: func() {
		for _, v := range c.Votes {
			b.keepOpinions(v, c.Height)
		}
	}}, nil
}

// keepOpinions merges a vote into its validator's last quotes.
func (b *block) keepOpinions(v oracle.Vote, height uint64) {
	if len(v.Prices) == 0 {
		return
	}
	kept, _ := rowVote.get(b, v.Validator[:])
	kept = slices.DeleteFunc(kept, func(o opinion) bool {
		return slices.ContainsFunc(v.Prices, func(p oracle.Price) bool { return p.Market == o.Market })
	})
	for _, p := range v.Prices {
		kept = append(kept, opinion{p.Market, p.Bid, p.Ask, height})
	}
	slices.SortFunc(kept, func(a, b opinion) int { return cmp.Compare(a.Market, b.Market) })
	rowVote.put(b.overlay, v.Validator[:], kept)
}

// weighted is a price and the power behind it.
type weighted struct{ price, power uint64 }

// references returns the reference of every market after this block, ascending
// by market, given those after the block before: of the validators' last
// quotes that are younger than StaleBlocks the lower medians, by power, of the
// bids and of the asks, if they carry more than two thirds of all power, and
// otherwise none. Less than a third is then less than half of what counts, so
// neither median leaves the range of the others' quotes.
func (b *block) references(before []market.Reference) []market.Reference {
	set := b.validatorsAt(b.in.Height)
	total := totalPower(set)
	bids, asks := make(map[uint32][]weighted), make(map[uint32][]weighted)
	for _, v := range set {
		opinions, _ := rowVote.get(b, v.Key[:])
		for _, o := range opinions {
			if b.in.Height-o.Height <= b.params.StaleBlocks {
				bids[o.Market] = append(bids[o.Market], weighted{o.Bid, v.Power})
				asks[o.Market] = append(asks[o.Market], weighted{o.Ask, v.Power})
			}
		}
	}
	var out []market.Reference
	for _, m := range rowMarket.all(b, single) {
		last := market.Reference{Market: m.ID} // of a market that is new
		if i := slices.IndexFunc(before, func(r market.Reference) bool { return r.Market == m.ID }); i >= 0 {
			last = before[i]
		}
		now := market.NewQuote(median(bids[m.ID], total), median(asks[m.ID], total))
		out = append(out, last.Next(b.in.Height, b.genesis().Constants.AuctionInterval, now))
	}
	return out
}

// median returns the smallest price p with 2·power(≤ p) ≥ Σ power, or 0
// unless 3·Σ power > 2·total.
func median(ws []weighted, total uint64) uint64 {
	var sum uint64
	for _, w := range ws {
		sum += w.power
	}
	if 3*sum <= 2*total {
		return 0
	}
	slices.SortFunc(ws, func(a, b weighted) int { return cmp.Compare(a.price, b.price) })
	var below uint64
	for _, w := range ws {
		if below += w.power; 2*below >= sum {
			return w.price
		}
	}
	return 0
}

// tables returns the market and reference tables after this block. Tables of
// the state are never changed in place.
func (b *block) tables() (markets, references *tree.Table) {
	markets, references = b.state.markets, b.state.references
	if b.remap || b.in.Height == 0 {
		markets = marketTable(b)
	}
	before, _ := rowReferences.get(b, single)
	now := b.references(before)
	if b.in.Height == 0 || !slices.Equal(now, before) {
		rowReferences.put(b.overlay, single, now)
	}
	quoted := func(x, y market.Reference) bool { return x.Market == y.Market && x.Quote == y.Quote }
	if b.in.Height == 0 || !slices.EqualFunc(now, before, quoted) {
		references = referenceTable(now)
		b.emit(ReferencesChanged{References: now})
	}
	return markets, references
}

// marketTable builds the table of all market records; the leaf index is the
// market's id.
func marketTable(from Backing) *tree.Table {
	leaves := make([]field.Element, market.Max)
	for _, m := range rowMarket.all(from, single) {
		leaves[m.ID] = m.Leaf()
	}
	return mustTable(leaves)
}

// referenceTable builds the table of references; the leaf of a market without
// a valid one says 0.
func referenceTable(references []market.Reference) *tree.Table {
	leaves := make([]field.Element, market.Max)
	for _, r := range references {
		leaves[r.Market] = market.RefLeaf(r.Market, r.Mid)
	}
	return mustTable(leaves)
}

// mustTable: market ids are below the table's size, by market.Record.Validate.
func mustTable(leaves []field.Element) *tree.Table {
	t, err := tree.NewTable(leaves)
	if err != nil {
		panic(err)
	}
	return t
}

package machine

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/engine/transcript"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

// called returns the eligible orders by pool, the pools in a sequence drawn for
// this auction, so that none always has the first claim on its fills.
func (m *Machine) called(draws epoch.Auction) [][]book.Entry {
	runs := book.ByPool(m.book.Eligible(m.height, m.chain.Params.MinRest))
	place := func(run []book.Entry) []byte {
		seed := draws.Seed(epoch.PoolRank, run[0].Pool().Number(), 0)
		return seed[:]
	}
	slices.SortFunc(runs, func(x, y []book.Entry) int { return bytes.Compare(place(x), place(y)) })
	return runs
}

// pool is eligible orders that may meet, as their auction sees them.
type pool struct {
	entries []book.Entry // of which number i is the auction's order i + 1
	orders  []auction.Order
	ranks   []uint64
	book    *auction.Book
}

func newPool(entries []book.Entry, rank epoch.Rank) *pool {
	p := &pool{entries: entries, book: auction.New()}
	owners := map[field.Element]auction.Owner{}
	for i := range entries {
		e := &entries[i]
		owner, ok := owners[e.Order.OID]
		if !ok {
			owner = auction.Owner(len(owners))
			owners[e.Order.OID] = owner
		}
		t := e.Order.Terms
		o := auction.Order{
			Side: t.Side, Limit: t.Limit, Qty: t.Qty, MinFill: t.MinFill, Band: t.Band, Owner: owner, Arrival: e.Arrival,
			Peg: e.Handling.Peg, Offset: e.Handling.Offset, SelfTrade: e.Handling.SelfTrade,
		}
		p.book.Insert(o)
		p.orders, p.ranks = append(p.orders, o), append(p.ranks, rank.Of(e.Key()))
	}
	return p
}

// clear runs the auction.
func (p *pool) clear(c auction.Call) auction.Result {
	c.Rank = func(id auction.ID) uint64 { return p.ranks[id-1] }
	return p.book.Clear(c)
}

// entry returns the order that a fill names.
func (p *pool) entry(f auction.Fill) *book.Entry { return &p.entries[f.Order-1] }

// outcomes says of every order why it stood where it stood and what it got
// (spec/13, "Transcripts").
func (p *pool) outcomes(c auction.Call, r auction.Result) []transcript.Leaf {
	lots := make([]uint64, len(p.entries))
	for _, f := range r.Fills {
		lots[f.Order-1] = f.Lots
	}
	leaves := make([]transcript.Leaf, len(p.entries))
	for i, o := range p.orders {
		price, class := c.Priority(o)
		w := encoding.NewWriter(50)
		w.U32(c.Market.ID)
		w.U64(c.Reference.Mid)
		w.U8(uint8(r.Reason))
		w.U64(r.Price)
		w.U64(price)
		w.U8(uint8(class))
		w.U32(o.Arrival)
		w.U64(p.ranks[i])
		w.U64(lots[i])
		leaves[i] = transcript.Leaf{Key: p.entries[i].Key(), Data: w.Bytes()}
	}
	return leaves
}

package machine

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/engine/transcript"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// called returns the eligible orders by market, the markets in a sequence drawn
// for this auction, so that no market always has the first claim on its fills.
func (m *Machine) called(draws epoch.Auction) [][]book.Entry {
	runs := book.ByMarket(m.book.Eligible(m.height, m.chain.Params.MinRest))
	place := func(run []book.Entry) []byte {
		seed := draws.Seed(epoch.MarketRank, run[0].Order.Terms.Market, 0)
		return seed[:]
	}
	slices.SortFunc(runs, func(x, y []book.Entry) int { return bytes.Compare(place(x), place(y)) })
	return runs
}

// bid is what the auction needs to know of an order.
func bid(e *book.Entry, rank epoch.Rank) auction.Order {
	t := e.Order.Terms
	return auction.Order{
		Side: t.Side, Limit: t.Limit, Qty: t.Qty, MinFill: t.MinFill, Band: t.Band,
		Owner: e.Order.OID, Arrival: e.Arrival, Tie: rank.Of(e.Key()),
	}
}

// outcomesOf says of every order in a call why it stood where it stood and what
// it got (spec/13, "Transcripts").
func outcomesOf(c auction.Call, r auction.Result, entries []book.Entry) []transcript.Leaf {
	lots := make([]uint64, len(entries))
	for _, f := range r.Fills {
		lots[f.Order] = f.Lots
	}
	leaves := make([]transcript.Leaf, len(entries))
	for i, o := range c.Orders {
		price, class := c.Rank(o)
		w := encoding.NewWriter(50)
		w.U32(c.Market.ID)
		w.U64(c.Reference)
		w.U8(uint8(r.Reason))
		w.U64(r.Price)
		w.U64(price)
		w.U8(uint8(class))
		w.U32(o.Arrival)
		w.U64(o.Tie)
		w.U64(lots[i])
		leaves[i] = transcript.Leaf{Key: entries[i].Key(), Data: w.Bytes()}
	}
	return leaves
}

package machine

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/transcript"
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
		p.orders, p.ranks = append(p.orders, o), append(p.ranks, rank.Of(e.Key()))
	}
	p.book.InsertAll(nil, p.orders)
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
// (spec/20, "Auction").
func (p *pool) outcomes(c auction.Call, r auction.Result) []transcript.Party {
	list := make([]transcript.Party, len(p.entries))
	for i, o := range p.orders {
		e := &p.entries[i]
		price, class := c.Priority(o)
		list[i] = transcript.Party{
			Secret: transcript.Secret{Nullifier: e.Nullifier, S: e.Order.S}, Side: o.Side,
			Outcome: transcript.Outcome{
				Market: c.Market.ID, Pool: e.Handling.Pool, Price: price, Class: uint8(class),
				Arrival: o.Arrival, Hash: p.ranks[i], In: o.Qty,
			},
		}
	}
	for _, f := range r.Withheld {
		list[f.Order-1].Outcome.In -= f.Lots
	}
	for _, f := range r.Fills {
		list[f.Order-1].Outcome.Lots = f.Lots
	}
	return list
}

// common says what all orders of the pool had in common, and commits to the
// last order of each side that traded.
func (p *pool) common(c auction.Call, r auction.Result, parties []transcript.Party, draws epoch.Auction) transcript.PoolSecrets {
	of := p.entries[0].Pool()
	common := transcript.PoolSecrets{
		Pool: transcript.Pool{
			Market: c.Market.ID, Kind: of.Kind, Reference: c.Reference, Result: transcript.Result(r.Reason),
			Price: r.Price, Exact: r.Exact, HashKey: draws.Seed(epoch.OrderRank, 0, 0),
		},
		Salt: draws.Seed(epoch.PoolVeil, of.Number(), 0),
	}
	for side := range common.Seed {
		common.Seed[side] = draws.Seed(epoch.PoolVeil, of.Number(), 1+side)
	}
	for _, o := range parties {
		if rank := o.Outcome.Rank(o.Side); o.Outcome.Lots > 0 && rank.Compare(common.Last[o.Side]) > 0 {
			common.Last[o.Side] = rank
		}
	}
	common.Close()
	return common
}

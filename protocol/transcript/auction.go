package transcript

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/order"
)

// Intake is the orders that were in the book at one height. It holds their
// secrets, and must not leave the enclave.
type Intake struct {
	Height uint64
	Tree   Tree
	Held   []Held // in the sequence of the tree
}

// Held is an order of an intake.
type Held struct {
	Secret Secret
	Taken  Taken
}

// NewIntake makes the intake of a height.
func NewIntake(height uint64, held []Held) Intake {
	in := Intake{Height: height}
	var entries []Entry
	entries, in.Held = label(held, func(h *Held) Entry {
		key := h.Secret.Label(domain.Intake, height)
		return Entry{key, h.Taken.Value(h.Secret.S, key)}
	})
	in.Tree = New(domain.Intake, entries)
	return in
}

// label returns the entries of a list, ascending by key, and the list in their
// sequence.
func label[T any](list []T, entry func(*T) Entry) ([]Entry, []T) {
	type pair struct {
		entry Entry
		of    int
	}
	pairs := make([]pair, len(list))
	for i := range list {
		pairs[i] = pair{entry(&list[i]), i}
	}
	slices.SortFunc(pairs, func(x, y pair) int { return bytes.Compare(x.entry.Key[:], y.entry.Key[:]) })
	entries, sorted := make([]Entry, len(list)), make([]T, len(list))
	for i, p := range pairs {
		entries[i], sorted[i] = p.entry, list[p.of]
	}
	return entries, sorted
}

// Auction is the transcript of one auction. It holds orders' secrets, and must
// not leave the enclave.
type Auction struct {
	Height   uint64
	Interval uint64 // its number
	Orders   Tree
	Pools    Tree
	Parties  []Party       // in the sequence of Orders
	Commons  []PoolSecrets // ascending by number
}

// Party is an eligible order and what became of it.
type Party struct {
	Secret  Secret
	Side    order.Side
	Outcome Outcome
}

// PoolSecrets is a pool with what its entry and its commitments hide.
type PoolSecrets struct {
	Pool Pool
	Salt [32]byte
	Seed [2][32]byte // by side: of the commitment to the last rank
	Last [2]Rank     // by side: of the last order that traded; zero if none did
}

// Close commits to the last ranks.
func (p *PoolSecrets) Close() {
	for side := range p.Last {
		p.Pool.Last[side] = p.Last[side].Commit(p.Seed[side])
	}
}

// NewAuction makes the transcript of the auction at height, which is the call
// of an interval.
func NewAuction(height, interval uint64, parties []Party, pools []PoolSecrets) Auction {
	a := Auction{Height: height, Interval: interval, Commons: slices.Clone(pools)}
	var entries []Entry
	entries, a.Parties = label(parties, func(p *Party) Entry {
		key := p.Secret.Label(domain.Transcript, interval)
		return Entry{key, p.Outcome.Value(p.Secret.S, key)}
	})
	a.Orders = New(domain.Transcript, entries)
	slices.SortFunc(a.Commons, func(x, y PoolSecrets) int { return int(x.Pool.Number()) - int(y.Pool.Number()) })
	places := make([]Entry, PoolSpaces)
	for i := range places {
		places[i].Key = poolKey(uint32(i))
	}
	for _, p := range a.Commons {
		places[p.Pool.Number()].Value = p.Pool.value(p.Salt)
	}
	a.Pools = New(domain.Pools, places)
	return a
}

// Root returns the root of the auction.
func (a Auction) Root() [32]byte { return AuctionRoot(a.Height, a.Orders.Root(), a.Pools.Root()) }

// AuctionRoot binds an auction's height to its two trees.
func AuctionRoot(height uint64, orders, pools [32]byte) [32]byte {
	w := encoding.NewWriter(8)
	w.U64(height)
	return hash(domain.Transcript, auctionByte, w.Bytes(), orders[:], pools[:])
}

// Show returns the pool with this number and its path; false if the auction has
// no order of it.
func (a Auction) Show(number uint32) (PoolShown, *PoolSecrets, bool) {
	i, ok := slices.BinarySearchFunc(a.Commons, number, func(p PoolSecrets, n uint32) int { return int(p.Pool.Number()) - int(n) })
	if !ok {
		return PoolShown{}, nil, false
	}
	p := &a.Commons[i]
	return PoolShown{Pool: p.Pool, Salt: p.Salt, Siblings: a.Pools.Path(int(number)).Siblings}, p, true
}

// Called is an auction of a heartbeat.
type Called struct {
	Height   uint64
	Interval uint64
	Root     [32]byte
}

// NewAuctions is the tree of a heartbeat's auctions: the roots of those that
// were called, ascending by height, by the number of the call.
func NewAuctions(called []Called) Tree {
	entries := make([]Entry, len(called))
	var before, n uint64
	for i, c := range called {
		if n++; i == 0 || c.Interval != before {
			before, n = c.Interval, 0
		}
		entries[i] = Entry{CallKey(Call(c.Interval, n)), c.Root}
	}
	return New(domain.Auctions, entries)
}

// Call returns the number of a call: of an interval in which an epoch began
// there may be several, numbered from 0.
func Call(interval, n uint64) uint64 { return interval<<8 | n&0xff }

// CallInterval returns the interval of a call.
func CallInterval(call uint64) uint64 { return call >> 8 }

// CallKey is the number of a call as a key.
func CallKey(call uint64) (key [32]byte) {
	binary.BigEndian.PutUint64(key[24:], call)
	return key
}

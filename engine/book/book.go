package book

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
)

// Entry is one order in the book.
type Entry struct {
	Order      order.Order
	Handling   order.Handling
	Position   uint64        // of its leaf in the tree
	Commitment field.Element // ocm, the leaf
	Nullifier  field.Element // nf_o

	Arrival   uint32 // block in which it came to rest; a remainder keeps its first order's
	Since     uint32 // block whose root is the first to hold the leaf
	Lock      uint32 // auction that locked it; 0 while it rests
	FreeUntil uint32 // last block of its exit window after a bust
	Seen      uint16 // auction intervals that it may have been matched in; counted only if Handling bounds them
	Counted   bool   // the interval under way is one of them
	Reserved  bool   // an admitted action is about to spend it
	Leaving   bool   // taken out while locked: it does not come back

	key [field.Size]byte // Nullifier's bytes: the sequence of everything here
}

func newEntry(o order.Order, h order.Handling, position uint64, arrival, since uint32) *Entry {
	e := &Entry{Order: o, Handling: h, Position: position, Commitment: o.Commitment(), Arrival: arrival, Since: since}
	e.Nullifier, _ = order.Nullify(o.S, e.Commitment, position)
	e.key = e.Nullifier.Bytes()
	return e
}

// Key returns the nullifier's canonical bytes.
func (e *Entry) Key() [field.Size]byte { return e.key }

// Book is the set of orders. Make one with New or Read.
type Book struct {
	orders   map[field.Element]*Entry // by nullifier
	byLeaf   index[field.Element]
	byOwner  index[field.Element]
	byExpiry index[uint32]
	byLock   index[uint32]
	counted  map[*Entry]struct{} // those that are good for a number of auctions
	deadline uint64              // no order's time is over before; 0 if none has one
	changes  Changes
}

// Changes are the leaves, by ascending position, that orders came to rest in,
// and those whose orders left: which paths a worker must start to keep, and
// then which it may forget. A leaf may be in both.
type Changes struct {
	Rested []uint64
	Gone   []uint64
}

// Drain returns the changes since it was last called, or since the book was
// made.
func (b *Book) Drain() Changes {
	c := b.changes
	b.changes = Changes{}
	slices.Sort(c.Rested)
	slices.Sort(c.Gone)
	return c
}

// index finds the entries that share a value.
type index[K comparable] map[K]map[*Entry]struct{}

func (x index[K]) add(k K, e *Entry) {
	if x[k] == nil {
		x[k] = make(map[*Entry]struct{}, 1)
	}
	x[k][e] = struct{}{}
}

func (x index[K]) remove(k K, e *Entry) {
	if delete(x[k], e); len(x[k]) == 0 {
		delete(x, k)
	}
}

// New returns an empty book.
func New() *Book {
	return &Book{
		orders:   map[field.Element]*Entry{},
		byLeaf:   index[field.Element]{},
		byOwner:  index[field.Element]{},
		byExpiry: index[uint32]{},
		byLock:   index[uint32]{},
		counted:  map[*Entry]struct{}{},
	}
}

// Len returns the number of orders, locked ones included.
func (b *Book) Len() int { return len(b.orders) }

// Find returns a copy of the order with a nullifier.
func (b *Book) Find(nullifier field.Element) (Entry, bool) {
	if e, ok := b.orders[nullifier]; ok {
		return *e, true
	}
	return Entry{}, false
}

// Entries returns copies of all orders, ascending by nullifier.
func (b *Book) Entries() []Entry { return b.list(func(*Entry) bool { return true }) }

// Eligible returns the orders that auction height may match, ascending by
// nullifier. rest is w: a settlement proves membership in the root of block
// height − w. The lock's earliest block is height + 1.
func (b *Book) Eligible(height, rest uint32) []Entry {
	return b.list(func(e *Entry) bool {
		return e.free(height, rest) && (e.Handling.Auctions == 0 || e.Counted)
	})
}

// free reports whether the chain lets auction height match the order.
func (e *Entry) free(height, rest uint32) bool {
	return e.Lock == 0 && !e.Reserved && e.FreeUntil <= height && height <= e.Order.Terms.Expiry &&
		height >= rest && e.Since <= height-rest
}

// Begin starts an auction interval at height. Of the orders that are good for a
// number of auctions, those that could be matched now count this interval, or
// leave if they have none left. The others wait for the next one: who was not
// counted at an interval's start is not matched in it, so that none has a call
// that it was not asked to have.
func (b *Book) Begin(height, rest uint32) {
	for e := range b.counted {
		switch e.Counted = false; {
		case !e.free(height, rest):
		case e.Seen == e.Handling.Auctions:
			b.leave(e)
		default:
			e.Seen++
			e.Counted = true
		}
	}
}

// Elapse takes out the orders whose time is over at now, in seconds of Unix
// time.
func (b *Book) Elapse(now uint64) {
	if b.deadline == 0 || now < b.deadline {
		return
	}
	b.deadline = 0
	for _, e := range b.orders {
		switch until := e.Handling.Until; {
		case until > now:
			b.due(e)
		case until != 0:
			b.leave(e)
		}
	}
}

// due brings the deadline forward to an order's.
func (b *Book) due(e *Entry) {
	if until := e.Handling.Until; until != 0 && (b.deadline == 0 || until < b.deadline) {
		b.deadline = until
	}
}

func (b *Book) list(keep func(*Entry) bool) []Entry {
	kept := make([]*Entry, 0, len(b.orders)) // sorting pointers moves a fortieth of the bytes
	for _, e := range b.orders {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, func(x, y *Entry) int { return bytes.Compare(x.key[:], y.key[:]) })
	list := make([]Entry, len(kept))
	for i, e := range kept {
		list[i] = *e
	}
	return list
}

// Add lets an order rest whose leaf entered the tree in block height.
func (b *Book) Add(o order.Order, h order.Handling, position uint64, height uint32) {
	b.insert(newEntry(o, h, position, height, height))
}

// Replace lets an order rest like Add, in the place of one that was spent for
// it. If only its size fell, it keeps that one's priority; somebody else's order
// does not get it.
func (b *Book) Replace(old Entry, o order.Order, h order.Handling, position uint64, height uint32) {
	e := newEntry(o, h, position, height, height)
	same := old.Order.Terms
	same.Qty, same.MinFill = o.Terms.Qty, min(same.MinFill, o.Terms.Qty)
	if o.Terms == same && o.Terms.Qty <= old.Order.Terms.Qty && o.OID == old.Order.OID && h == old.Handling {
		e.Arrival, e.Seen = old.Arrival, old.Seen
	}
	b.insert(e)
}

func (b *Book) insert(e *Entry) {
	b.orders[e.Nullifier] = e
	b.byLeaf.add(e.Commitment, e)
	b.byOwner.add(e.Order.OID, e)
	b.byExpiry.add(e.Order.Terms.Expiry, e)
	if e.Lock != 0 {
		b.byLock.add(e.Lock, e)
	}
	if e.Handling.Auctions != 0 {
		b.counted[e] = struct{}{}
	}
	b.due(e)
	b.changes.Rested = append(b.changes.Rested, e.Position)
}

// Remove forgets an order: its leaf is spent.
func (b *Book) Remove(nullifier field.Element) {
	if e, ok := b.orders[nullifier]; ok {
		b.remove(e)
	}
}

func (b *Book) remove(e *Entry) {
	delete(b.orders, e.Nullifier)
	b.byLeaf.remove(e.Commitment, e)
	b.byOwner.remove(e.Order.OID, e)
	b.byExpiry.remove(e.Order.Terms.Expiry, e)
	b.byLock.remove(e.Lock, e)
	delete(b.counted, e)
	b.changes.Gone = append(b.changes.Gone, e.Position)
}

// Reserve notes that an action which spends the order was admitted.
func (b *Book) Reserve(nullifier field.Element) { b.reserve(nullifier, true) }

// Release notes that the action was dropped.
func (b *Book) Release(nullifier field.Element) { b.reserve(nullifier, false) }

func (b *Book) reserve(nullifier field.Element, reserved bool) {
	if e, ok := b.orders[nullifier]; ok {
		e.Reserved = reserved
	}
}

// Lock notes that the order is matched by an auction (above 0).
func (b *Book) Lock(nullifier field.Element, auction uint32) {
	if e, ok := b.orders[nullifier]; ok {
		b.byLock.remove(e.Lock, e)
		e.Lock = auction
		b.byLock.add(auction, e)
	}
}

// Bust returns to the book what an auction's lock still holds; until block
// freeUntil it is the owners' alone.
func (b *Book) Bust(auction, freeUntil uint32) {
	for e := range b.byLock[auction] {
		if e.Leaving {
			b.remove(e)
			continue
		}
		b.byLock.remove(auction, e)
		e.Lock, e.FreeUntil = 0, freeUntil
	}
}

// Settle replaces a filled order by its remainder, whose leaf entered the tree
// in block height. A remainder without lots, and one of an order that was
// leaving, does not rest.
func (b *Book) Settle(nullifier field.Element, remainder order.Order, position uint64, height uint32) {
	e, ok := b.orders[nullifier]
	if !ok {
		return
	}
	b.remove(e)
	if remainder.Terms.Qty > 0 && !e.Leaving {
		left := newEntry(remainder, e.Handling, position, e.Arrival, height)
		left.Seen = e.Seen
		b.insert(left)
	}
}

// Cancel takes out the order with leaf commitment ocm. Knowing its secret is
// what entitles to it.
func (b *Book) Cancel(ocm, secret field.Element) {
	for e := range b.byLeaf[ocm] {
		if e.Order.S == secret {
			b.leave(e)
		}
	}
}

// CancelAll takes out all orders of an owner.
func (b *Book) CancelAll(owner field.Element) {
	for e := range b.byOwner[owner] {
		b.leave(e)
	}
}

// Expire takes out the orders whose last auction was at height.
func (b *Book) Expire(height uint32) {
	for e := range b.byExpiry[height] {
		b.leave(e)
	}
}

// leave: a locked order stays known until its lock ends, since its settlement
// is under way.
func (b *Book) leave(e *Entry) {
	if e.Lock == 0 {
		b.remove(e)
	} else {
		e.Leaving = true
	}
}

// Pool is what an auction is of: orders of one market that may meet.
type Pool struct {
	Market uint32
	Kind   order.Pool
}

// Number is the pool in the draws of an auction: no two have the same.
func (p Pool) Number() uint32 { return p.Market | uint32(p.Kind)<<16 }

// Pool returns the order's.
func (e *Entry) Pool() Pool { return Pool{e.Order.Terms.Market, e.Handling.Pool} }

// ByPool splits a list of entries into lists of one pool each, ascending by
// number; within a pool the sequence stays.
func ByPool(list []Entry) [][]Entry {
	place := map[Pool]int{}
	var runs [][]Entry
	for _, e := range list {
		i, ok := place[e.Pool()]
		if !ok {
			i = len(runs)
			place[e.Pool()] = i
			runs = append(runs, nil)
		}
		runs[i] = append(runs[i], e)
	}
	slices.SortFunc(runs, func(x, y []Entry) int { return cmp.Compare(x[0].Pool().Number(), y[0].Pool().Number()) })
	return runs
}

package auction

import (
	"math/bits"

	"github.com/nightjar/nightjar/protocol/order"
)

// node is an order in the arena: no pointers, so that the garbage collector
// never walks a million of them.
type node struct {
	qty, minimum uint64
	bucket       uint32
	prev, next   ID // in the bucket; next is also the chain of free nodes
	left, right  ID // among the owner's
	owner        Owner
	arrival      uint32
	mode         order.SelfTrade
	touched      bool // some of its lots are not in the auction under way
}

// bucket holds the orders of one ladder, limit, size class and kind, ascending
// by block of arrival. With a block's orders it does nothing: their sequence is
// another one in each auction.
type bucket struct {
	key        bucketKey
	qty        uint64 // of all its orders; whole as long as the side's total fits
	least      uint64 // no order in it has a smaller minimum
	orders     uint32
	head, tail ID
	last       uint32 // no order in it is of a younger block
	place      uint32 // among its side's, while it is in the crossing of an auction
}

type bucketKey struct {
	limit  uint64
	ladder uint32
	class  uint8 // bit length of the lots
	strict bool  // orders with a minimum above 1
}

// presence is an owner's orders.
type presence struct {
	buys, sells uint32 // how many
	first       ID
	place       uint32 // in Book.both, if there are some on both sides
}

// wide is a sum of 64-bit numbers.
type wide struct{ high, low uint64 }

func (w *wide) add(x uint64) {
	low, carry := bits.Add64(w.low, x, 0)
	w.low, w.high = low, w.high+carry
}

func (w *wide) sub(x uint64) {
	low, borrow := bits.Sub64(w.low, x, 0)
	w.low, w.high = low, w.high-borrow
}

// Book is the orders that one market's auction may match. Make one with New.
type Book struct {
	nodes   []node // 0 is no order
	free    ID
	orders  int
	buckets []bucket
	spare   []uint32 // buckets that are nobody's
	find    table
	ladders []ladder
	rails   map[ladderKey]uint32
	owners  []presence
	both    []Owner // with orders on both sides

	offered wide // of the sellers
	bid     wide // of the buyers, at their limits
	huge    int  // orders that are past 64 bits by themselves

	auction auction // scratch of the auction under way
}

// New returns an empty book.
func New() *Book {
	return &Book{nodes: make([]node, 1), find: newTable(), rails: map[ladderKey]uint32{}, auction: auction{cut: map[ID]uint64{}, buys: side{side: order.Buy}, sells: side{side: order.Sell}}}
}

// Len returns the number of orders.
func (b *Book) Len() int { return b.orders }

// Insert lets an order rest, whose Qty and Limit are positive.
func (b *Book) Insert(o Order) ID {
	key := bucketKey{limit: o.Limit, ladder: b.ladder(o.ladder()), class: uint8(bits.Len64(o.Qty)), strict: min(o.MinFill, o.Qty) > 1}
	at, ok := b.find.get(b.buckets, key)
	if !ok {
		at = b.open(key)
	} else if b.buckets[at].orders == 0 {
		b.ladders[key.ladder].empty--
	}
	id := b.take()
	n := &b.nodes[id]
	*n = node{qty: o.Qty, minimum: min(o.MinFill, o.Qty), bucket: at, owner: o.Owner, arrival: o.Arrival, mode: o.SelfTrade}
	b.link(&b.buckets[at], id, n)
	b.join(id, n, o.Side)
	b.count(o.Side, o.Qty, o.Limit, +1)
	return id
}

// Remove takes an order out.
func (b *Book) Remove(id ID) {
	n := &b.nodes[id]
	k := &b.buckets[n.bucket]
	side := b.ladders[k.key.ladder].side
	b.part(n, side)
	b.count(side, n.qty, k.key.limit, -1)
	if n.prev != 0 {
		b.nodes[n.prev].next = n.next
	} else {
		k.head = n.next
	}
	if n.next != 0 {
		b.nodes[n.next].prev = n.prev
	} else {
		k.tail = n.prev
	}
	k.qty -= n.qty
	if k.orders--; k.orders == 0 {
		b.ladders[k.key.ladder].empty++
		k.least, k.last = ^uint64(0), 0
	}
	n.next, b.free = b.free, id
}

// take returns a free node.
func (b *Book) take() ID {
	if id := b.free; id != 0 {
		b.free = b.nodes[id].next
		return id
	}
	b.nodes = append(b.nodes, node{})
	return ID(len(b.nodes) - 1)
}

// open makes a bucket and tells its ladder.
func (b *Book) open(key bucketKey) uint32 {
	k := bucket{key: key, least: ^uint64(0)}
	at := uint32(len(b.buckets))
	if n := len(b.spare); n > 0 {
		at, b.spare = b.spare[n-1], b.spare[:n-1]
		b.buckets[at] = k
	} else {
		b.buckets = append(b.buckets, k)
	}
	b.find.put(b.buckets, at)
	l := &b.ladders[key.ladder]
	l.fresh = append(l.fresh, rung{limit: key.limit, class: key.class, strict: key.strict, bucket: at})
	return at
}

// link puts a node behind all that are not younger. A new order is the youngest;
// one that comes back has to look for its place.
func (b *Book) link(k *bucket, id ID, n *node) {
	after := k.tail
	if n.arrival < k.last {
		for after != 0 && b.nodes[after].arrival > n.arrival {
			after = b.nodes[after].prev
		}
	}
	k.last = max(k.last, n.arrival)
	if n.prev = after; after == k.tail {
		k.tail = id
	} else if after != 0 {
		n.next = b.nodes[after].next
	} else {
		n.next = k.head
	}
	if after != 0 {
		b.nodes[after].next = id
	} else {
		k.head = id
	}
	if n.next != 0 {
		b.nodes[n.next].prev = id
	}
	k.qty += n.qty
	k.least = min(k.least, n.minimum)
	k.orders++
}

// join puts a node among its owner's.
func (b *Book) join(id ID, n *node, side order.Side) {
	for int(n.owner) >= len(b.owners) {
		b.owners = append(b.owners, presence{})
	}
	p := &b.owners[n.owner]
	if n.right = p.first; n.right != 0 {
		b.nodes[n.right].left = id
	}
	p.first = id
	count, other := &p.sells, p.buys
	if side == order.Buy {
		count, other = &p.buys, p.sells
	}
	if *count++; *count == 1 && other > 0 {
		p.place = uint32(len(b.both))
		b.both = append(b.both, n.owner)
	}
}

// part takes a node from among its owner's.
func (b *Book) part(n *node, side order.Side) {
	p := &b.owners[n.owner]
	if n.left != 0 {
		b.nodes[n.left].right = n.right
	} else {
		p.first = n.right
	}
	if n.right != 0 {
		b.nodes[n.right].left = n.left
	}
	count, other := &p.sells, p.buys
	if side == order.Buy {
		count, other = &p.buys, p.sells
	}
	if *count--; *count == 0 && other > 0 {
		last := b.both[len(b.both)-1]
		b.both[p.place], b.owners[last].place = last, p.place
		b.both = b.both[:len(b.both)-1]
	}
}

// count keeps the totals: sign is +1 or −1.
func (b *Book) count(side order.Side, qty, limit uint64, sign int) {
	total, high, low := &b.offered, uint64(0), qty
	if side == order.Buy {
		total = &b.bid
		high, low = bits.Mul64(qty, limit)
	}
	switch {
	case high != 0:
		b.huge += sign
	case sign > 0:
		total.add(low)
	default:
		total.sub(low)
	}
	b.orders += sign
}

// fits reports whether all lots for sale and all money bid fit 64 bits. Real
// orders always do, since the turnstile bounds what exists of an asset; then no
// sum of an auction can wrap, and neither can the notional of any fill.
func (b *Book) fits() bool { return b.huge == 0 && b.offered.high == 0 && b.bid.high == 0 }

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

// bucket holds the orders of one limit and kind, ascending by block of arrival.
// With a block's orders it does nothing: their sequence is another one in each
// auction.
type bucket struct {
	key        bucketKey
	qty        uint64 // of all its orders; whole as long as the side's total fits
	least      uint64 // no order in it has a smaller minimum
	orders     uint32
	head, tail ID
	last       uint32 // no order in it is of a younger block
	ladder     uint32
	place      uint32 // among its side's, while it is in the crossing of an auction

	_ [8]byte // a line of the processor's cache for each: 64 bytes
}

type bucketKey struct {
	limit uint64
	kind  kind
}

// kind is all that the orders of a bucket have in common but for the limit, in
// one number, which is quick to hash and to compare: side, 1 bit; strict, 1; peg,
// 2; size class, the bit length of the lots, 7; band, 16; offset, 32.
type kind uint64

// bucket returns the key of an order's bucket.
func (o *Order) bucket() bucketKey { return bucketKey{limit: o.Limit, kind: o.kind()} }

// kind returns an order's kind; strict is one with a minimum above 1.
func (o *Order) kind() kind {
	k := kind(o.Side) | kind(o.Peg)<<2 | kind(bits.Len64(o.Qty))<<4 | kind(o.Band)<<16
	if min(o.MinFill, o.Qty) > 1 {
		k |= 1 << 1
	}
	if o.Peg != order.NoPeg {
		k |= kind(uint32(o.Offset)) << 32
	}
	return k
}

func (k kind) side() order.Side { return order.Side(k & 1) }
func (k kind) strict() bool     { return k>>1&1 != 0 }
func (k kind) class() uint8     { return uint8(k >> 4 & 127) }

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

	fetched ID // keeps the compiler from leaving fetch's reads out

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
	key := o.bucket()
	return b.insert(&o, key, b.find.hash(key))
}

// ahead is how many orders InsertAll fetches memory for at a time.
const ahead = 64

// InsertAll does what Insert does with one order after the other, and appends
// their ids. In a large book an insertion mostly waits for memory, for one piece
// that names the next; here the pieces of many orders are waited for together.
func (b *Book) InsertAll(ids []ID, orders []Order) []ID {
	var keys [ahead]bucketKey
	var hashes [ahead]uint32
	for len(orders) > 0 {
		batch := orders[:min(len(orders), ahead)]
		orders = orders[len(batch):]
		for i := range batch {
			keys[i] = batch[i].bucket()
			hashes[i] = b.find.hash(keys[i])
		}
		b.fetch(batch, hashes[:])
		for i := range batch {
			ids = append(ids, b.insert(&batch[i], keys[i], hashes[i]))
		}
	}
	return ids
}

// fetch reads what inserting orders will read first, no read depending on the
// one before it. What it finds is only a guess.
func (b *Book) fetch(orders []Order, hashes []uint32) {
	var found [ahead]uint32
	var sum ID
	for i := range orders {
		found[i] = uint32(b.find.slots[b.find.home(hashes[i])])
		if o := int(orders[i].Owner); o < len(b.owners) {
			sum ^= b.owners[o].first
		}
	}
	for i := range orders {
		if n := found[i]; n != 0 {
			found[i] = uint32(b.buckets[n-1].tail)
		}
	}
	for i := range orders {
		sum ^= b.nodes[found[i]].next
	}
	b.fetched = sum
}

func (b *Book) insert(o *Order, key bucketKey, hash uint32) ID {
	at, ok := b.find.get(b.buckets, key, hash)
	if !ok {
		at = b.open(key, hash, b.ladder(o.ladder()))
	} else if k := &b.buckets[at]; k.orders == 0 {
		b.ladders[k.ladder].empty--
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
	side := k.key.kind.side()
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
		b.ladders[k.ladder].empty++
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
func (b *Book) open(key bucketKey, hash, on uint32) uint32 {
	k := bucket{key: key, least: ^uint64(0), ladder: on}
	at := uint32(len(b.buckets))
	if n := len(b.spare); n > 0 {
		at, b.spare = b.spare[n-1], b.spare[:n-1]
		b.buckets[at] = k
	} else {
		b.buckets = append(b.buckets, k)
	}
	b.find.put(hash, at)
	l := &b.ladders[on]
	l.fresh = append(l.fresh, rung{limit: key.limit, class: key.kind.class(), strict: key.kind.strict(), bucket: at})
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

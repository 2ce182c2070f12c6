package auction

import (
	"cmp"
	"slices"
)

// walk goes through one side's orders that take a price, by priority: effective
// price, size class, block of arrival, keyed hash. It looks at no more of the
// book than it is asked for.
type walk struct {
	b     *Book
	side  *side
	price uint64
	next  int      // the first bucket not begun
	heads []cursor // of the buckets equal in price and class: a heap, oldest first
	batch []ranked // what is left of one block's orders, last first
}

// cursor is the first order of a bucket that was not passed yet.
type cursor struct {
	arrival uint32
	id      ID
	kept    int // index of id among the kept orders, or −1 if the bucket is in as a whole
}

type ranked struct {
	hash uint64
	id   ID
}

// start begins at the best order.
func (w *walk) start(b *Book, s *side, price uint64) {
	w.b, w.side, w.price, w.next = b, s, price, 0
	w.heads, w.batch = w.heads[:0], w.batch[:0]
}

// order returns the next order whose minimum is at most left, which must not
// grow from one call to the next; ok is false at the end.
func (w *walk) order(left uint64) (id ID, ok bool) {
	for {
		for n := len(w.batch); n > 0; n = len(w.batch) {
			id := w.batch[n-1].id
			w.batch = w.batch[:n-1]
			if w.b.nodes[id].minimum <= left {
				return id, true
			}
		}
		if len(w.heads) == 0 && !w.begin(left) {
			return 0, false
		}
		w.fill()
	}
}

// begin opens the next buckets that are equal in price and class.
func (w *walk) begin(left uint64) bool {
	a := &w.b.auction
	list := w.side.buckets
	for first := w.next; w.next < len(list); w.next++ {
		k := list[w.next]
		if len(w.heads) > 0 && (list[first].worst != k.worst || list[first].class != k.class) {
			break
		}
		from := &w.b.buckets[k.bucket]
		switch {
		case !k.takes(w.side.side, w.price) || from.least > left:
		case !k.strict || !a.only:
			w.push(cursor{id: from.head, kept: -1})
		default:
			if i, ok := slices.BinarySearchFunc(a.kept, k.bucket, w.b.keptIn); ok {
				w.push(cursor{id: a.kept[i], kept: i})
			}
		}
		if len(w.heads) == 0 {
			first = w.next + 1
		}
	}
	return len(w.heads) > 0
}

// fill takes the orders of the oldest block out of the heads.
func (w *walk) fill() {
	block := w.heads[0].arrival
	for len(w.heads) > 0 && w.heads[0].arrival == block {
		c := w.pop()
		for ; c.id != 0 && w.b.nodes[c.id].arrival == block; w.b.advance(&c) {
			if w.b.lots(c.id) > 0 {
				w.batch = append(w.batch, ranked{w.b.auction.Rank(c.id), c.id})
			}
		}
		w.push(c)
	}
	slices.SortFunc(w.batch, func(x, y ranked) int { return cmp.Compare(y.hash, x.hash) })
}

// advance moves a cursor to the next order of its bucket.
func (b *Book) advance(c *cursor) {
	if c.kept < 0 {
		c.id = b.nodes[c.id].next
		return
	}
	kept := b.auction.kept
	bucket := b.nodes[c.id].bucket
	if c.kept++; c.kept < len(kept) && b.nodes[kept[c.kept]].bucket == bucket {
		c.id = kept[c.kept]
	} else {
		c.id = 0
	}
}

// keptIn compares a kept order's bucket with another.
func (b *Book) keptIn(id ID, bucket uint32) int { return cmp.Compare(b.nodes[id].bucket, bucket) }

func (w *walk) push(c cursor) {
	if c.id == 0 {
		return
	}
	c.arrival = w.b.nodes[c.id].arrival
	w.heads = append(w.heads, c)
	for i := len(w.heads) - 1; i > 0; {
		up := (i - 1) / 2
		if w.heads[up].arrival <= w.heads[i].arrival {
			break
		}
		w.heads[up], w.heads[i] = w.heads[i], w.heads[up]
		i = up
	}
}

func (w *walk) pop() cursor {
	top := w.heads[0]
	n := len(w.heads) - 1
	w.heads[0] = w.heads[n]
	w.heads = w.heads[:n]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < n; c++ {
			if w.heads[c].arrival < w.heads[least].arrival {
				least = c
			}
		}
		if least == i {
			return top
		}
		w.heads[i], w.heads[least] = w.heads[least], w.heads[i]
		i = least
	}
}

package main

import (
	"github.com/emirpasic/gods/trees/redblacktree"
	"github.com/emirpasic/gods/utils"
)

// resting is an order in the queue of its level.
type resting struct {
	number, lots uint32
	at           *level
	before, next *resting
}

// level is the orders at one price, oldest first.
type level struct {
	buy         bool
	price       uint32
	first, last *resting
}

// book is a continuous order book.
type book struct {
	bids, asks *redblacktree.Tree // price to level
	orders     map[uint32]*resting
	traded     uint64 // lots
}

func newBook() *book {
	return &book{bids: redblacktree.NewWith(utils.UInt32Comparator), asks: redblacktree.NewWith(utils.UInt32Comparator), orders: map[uint32]*resting{}}
}

func (b *book) side(buy bool) *redblacktree.Tree {
	if buy {
		return b.bids
	}
	return b.asks
}

// best returns the level that an incoming order meets first.
func (b *book) best(buy bool) *level {
	tree := b.side(!buy)
	node := tree.Left()
	if !buy {
		node = tree.Right()
	}
	if node == nil {
		return nil
	}
	return node.Value.(*level)
}

// insert trades what crosses, and lets the rest rest.
func (b *book) insert(number uint32, buy bool, price, lots uint32) {
	for lots > 0 {
		l := b.best(buy)
		if l == nil || buy && l.price > price || !buy && l.price < price {
			break
		}
		other := l.first
		n := min(lots, other.lots)
		lots, other.lots = lots-n, other.lots-n
		b.traded += uint64(n)
		if other.lots == 0 {
			b.remove(other)
		}
	}
	if lots == 0 {
		return
	}
	tree := b.side(buy)
	var l *level
	if found, ok := tree.Get(price); ok {
		l = found.(*level)
	} else {
		l = &level{buy: buy, price: price}
		tree.Put(price, l)
	}
	o := &resting{number: number, lots: lots, at: l, before: l.last}
	if l.last != nil {
		l.last.next = o
	} else {
		l.first = o
	}
	l.last = o
	b.orders[number] = o
}

// cancel takes an order out; one that has traded is not there.
func (b *book) cancel(number uint32) {
	if o, ok := b.orders[number]; ok {
		b.remove(o)
	}
}

func (b *book) remove(o *resting) {
	l := o.at
	if o.before != nil {
		o.before.next = o.next
	} else {
		l.first = o.next
	}
	if o.next != nil {
		o.next.before = o.before
	} else {
		l.last = o.before
	}
	if l.first == nil {
		b.side(l.buy).Remove(l.price)
	}
	delete(b.orders, o.number)
}

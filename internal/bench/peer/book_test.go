package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBook: the book trades what a list does that is searched for the best and
// oldest order each time, and lots are conserved.
func TestBook(t *testing.T) {
	type line struct{ number, price, lots uint32 }
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := newBook()
		var sides [2][]line // sellers, buyers, oldest first
		var traded, inserted, cancelled uint64
		for number := range uint32(200) {
			if r.IntN(3) == 0 {
				gone := r.Uint32N(number + 1)
				b.cancel(gone)
				for s := range sides {
					sides[s] = slices.DeleteFunc(sides[s], func(l line) bool {
						if l.number == gone {
							cancelled += uint64(l.lots)
						}
						return l.number == gone
					})
				}
				continue
			}
			s := r.IntN(2)
			price, lots := 90+r.Uint32N(20), 1+r.Uint32N(9)
			b.insert(number, s == 1, price, lots)
			inserted += uint64(lots)
			for lots > 0 {
				best := -1
				for i, l := range sides[1-s] {
					crosses := s == 1 && l.price <= price || s == 0 && l.price >= price
					if crosses && (best < 0 || s == 1 && l.price < sides[1-s][best].price || s == 0 && l.price > sides[1-s][best].price) {
						best = i
					}
				}
				if best < 0 {
					break
				}
				l := &sides[1-s][best]
				n := min(lots, l.lots)
				lots, l.lots, traded = lots-n, l.lots-n, traded+uint64(n)
				if l.lots == 0 {
					sides[1-s] = slices.Delete(sides[1-s], best, best+1)
				}
			}
			if lots > 0 {
				sides[s] = append(sides[s], line{number, price, lots})
			}
		}
		if b.traded != traded || len(b.orders) != len(sides[0])+len(sides[1]) {
			t.Fatalf("seed %d: %d lots, the list says %d", seed, b.traded, traded)
		}
		left := inserted - cancelled - 2*traded
		for _, o := range b.orders {
			left -= uint64(o.lots)
		}
		if left != 0 {
			t.Fatalf("seed %d: lots are lost", seed)
		}
		for s := range sides {
			for _, l := range sides[s] {
				if o := b.orders[l.number]; o == nil || o.lots != l.lots || o.at.price != l.price {
					t.Fatalf("seed %d: order %d", seed, l.number)
				}
			}
		}
	}
}

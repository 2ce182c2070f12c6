package auction

import (
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/order"
)

// strength orders the modes by what they take away; of two that differ the
// weaker rules.
var strength = [...]uint8{order.Newest: 1, order.Oldest: 2, order.Both: 3, order.Decrement: 0}

// self is an order whose owner has orders on both sides.
type self struct {
	owner   Owner
	arrival uint32
	hash    uint64
	id      ID
	side    order.Side
	worst   uint64
}

// preventSelfTrade goes through each owner's orders, oldest first. An order
// meets the older ones of the other side that it crosses, the best price first,
// then the oldest, until it is out itself.
func (b *Book) preventSelfTrade() {
	a := &b.auction
	a.selves = a.selves[:0]
	for _, owner := range b.both {
		for id := b.owners[owner].first; id != 0; id = b.nodes[id].right {
			if k, s, ok := b.crossing(id); ok {
				a.selves = append(a.selves, self{owner, b.nodes[id].arrival, a.Rank(id), id, s.side, k.worst})
			}
		}
	}
	slices.SortFunc(a.selves, func(x, y self) int {
		return cmp.Or(cmp.Compare(x.owner, y.owner), cmp.Compare(x.arrival, y.arrival), cmp.Compare(x.hash, y.hash))
	})
	for rest := a.selves; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].owner == rest[0].owner {
			n++
		}
		b.separate(rest[:n])
		rest = rest[n:]
	}
}

// separate keeps one owner's orders, oldest first, from each other.
func (b *Book) separate(own []self) {
	var bids, asks []self // that are in, best price first, then oldest
	for _, o := range own {
		against, with := &asks, &bids
		if o.side == order.Sell {
			against, with = &bids, &asks
		}
		for i := 0; i < len(*against) && b.lots(o.id) > 0 && crosses(o, (*against)[i]); {
			b.meet((*against)[i].id, o.id)
			if b.lots((*against)[i].id) == 0 {
				*against = slices.Delete(*against, i, i+1)
			} else {
				i++
			}
		}
		if b.lots(o.id) > 0 {
			i, _ := slices.BinarySearchFunc(*with, o, func(x, o self) int {
				if better := cmp.Compare(x.worst, o.worst); o.side == order.Buy && better != 0 {
					return -better
				} else if better != 0 {
					return better
				}
				return -1 // behind the older ones
			})
			*with = slices.Insert(*with, i, o)
		}
	}
}

func crosses(x, y self) bool {
	if x.side == order.Buy {
		return x.worst >= y.worst
	}
	return y.worst >= x.worst
}

// meet applies the weaker of two orders' modes.
func (b *Book) meet(older, newer ID) {
	x, y := b.nodes[older].mode, b.nodes[newer].mode
	if strength[y] < strength[x] {
		x = y
	}
	lots := [2]uint64{b.lots(older), b.lots(newer)}
	switch x {
	case order.Newest:
		b.reduce(newer, lots[1])
	case order.Oldest:
		b.reduce(older, lots[0])
	case order.Both:
		b.reduce(older, lots[0])
		b.reduce(newer, lots[1])
	case order.Decrement:
		less := min(lots[0], lots[1])
		for i, id := range []ID{older, newer} {
			if lots[i]-less < b.nodes[id].minimum {
				b.reduce(id, lots[i]) // what is left may not trade
			} else {
				b.reduce(id, less)
			}
		}
	}
}

package machine

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
)

// crowd is the number of owners that a print covers at least. A bucket knows no
// more of them: who stands in a bucket is its secret.
const crowd = 3

// bucket is a sum of one pool's fills. Zero is none.
type bucket struct {
	lots        uint64          // bought
	hi, lo      uint64          // Σ price × lots of the buyers, in quote hub units
	first, last uint32          // blocks of the first and the last settlement
	owners      []field.Element // of both sides: the smallest, at most crowd, ascending
}

// buckets are a pool's: new fills go into the open one, prints come out of the
// closed one.
type buckets struct{ open, closed bucket }

// fill returns the bucket of one fill in a block.
func fill(o order.Order, lots, price uint64, height uint32) bucket {
	b := bucket{first: height, last: height, owners: []field.Element{o.OID}}
	if o.Terms.Side == order.Buy {
		b.lots = lots
		b.hi, b.lo = bits.Mul64(price, lots)
	}
	return b
}

func (b bucket) empty() bool { return len(b.owners) == 0 }

// plus returns the sum of both. The notional can't overflow: it is less than
// lots × 2^64. What would bring the lots to 2^64 is left out: prints never say
// more than was traded.
func (b bucket) plus(c bucket) bucket {
	lots, ok := amount.Add(b.lots, c.lots)
	switch {
	case b.empty():
		return c
	case c.empty() || !ok:
		return b
	}
	var carry uint64
	sum := bucket{lots: lots, first: min(b.first, c.first), last: max(b.last, c.last)}
	sum.lo, carry = bits.Add64(b.lo, c.lo, 0)
	sum.hi, _ = bits.Add64(b.hi, c.hi, carry)
	sum.owners = slices.Concat(b.owners, c.owners)
	slices.SortFunc(sum.owners, func(x, y field.Element) int { return x.Cmp(&y) })
	sum.owners = slices.Compact(sum.owners)
	sum.owners = sum.owners[:min(crowd, len(sum.owners))]
	return sum
}

// prints reports whether the bucket is told in the heartbeat of a height: it
// has enough owners, and nothing in it is younger than the interval of
// heartbeats.
func (b bucket) prints(height, interval uint32) bool {
	return len(b.owners) == crowd && b.lots > 0 && uint64(b.last)+uint64(interval) <= uint64(height)
}

// print returns what is told of the bucket:
//
//	price = floor(notional / lots), then down to the grid
//
// which is at least one step of the grid, since every fill's price is.
func (b bucket) print(of book.Pool, tick uint64) registry.Print {
	p := registry.Print{Market: of.Market, Pool: of.Kind, First: uint64(b.first), Last: uint64(b.last), Lots: b.lots}
	average, _ := bits.Div64(b.hi, b.lo, b.lots) // hi < lots
	step := tick
	if tick%2 == 0 {
		step = tick / 2
	}
	p.Price = average - average%step
	if of.Kind == order.Natural {
		p.Lots = 1 << (bits.Len64(b.lots) - 1)
	}
	return p
}

// record puts a fill into the open bucket of its pool.
func (m *Machine) record(e *book.Entry, lots, price uint64) {
	of := e.Pool()
	b := m.tape[of]
	b.open = b.open.plus(fill(e.Order, lots, price, m.height))
	m.tape[of] = b
}

// beats reports whether a heartbeat is of the machine's height.
func (m *Machine) beats() bool {
	k := m.chain.Params.Heartbeat
	return k > 0 && m.height%k == 0
}

// Prints returns the prints of the heartbeat of this height, ascending by
// market and pool; none if no heartbeat is of it.
func (m *Machine) Prints() (list []registry.Print) {
	if !m.beats() {
		return nil
	}
	for _, of := range m.pools() {
		b := m.tape[of].closed
		if mkt, ok := m.chain.market(of.Market); ok && b.prints(m.height, m.chain.Params.Heartbeat) {
			list = append(list, b.print(of, mkt.Record.Tick))
		}
	}
	return list
}

// turn is the first thing after a height of a heartbeat. Whether the chain takes
// that heartbeat isn't known yet, and its prints are never made again: so that
// no fill is printed twice, one that is not taken takes them with it.
func (m *Machine) turn() {
	if !m.beats() {
		return
	}
	for of, b := range m.tape {
		if _, ok := m.chain.market(of.Market); ok && b.closed.prints(m.height, m.chain.Params.Heartbeat) {
			b.closed = bucket{}
		}
		if b = (buckets{closed: b.closed.plus(b.open)}); b.closed.empty() {
			delete(m.tape, of)
			continue
		}
		m.tape[of] = b
	}
}

// pools returns the pools with fills, ascending by market and pool.
func (m *Machine) pools() []book.Pool {
	list := make([]book.Pool, 0, len(m.tape))
	for of := range m.tape {
		list = append(list, of)
	}
	slices.SortFunc(list, comparePools)
	return list
}

func comparePools(x, y book.Pool) int {
	return cmp.Or(cmp.Compare(x.Market, y.Market), cmp.Compare(x.Kind, y.Kind))
}

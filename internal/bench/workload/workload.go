package workload

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
)

// The size of the stream.
const (
	Preload    = 100_000
	Operations = 1_000_000
)

// Mid is the price that nobody rests at; Depth is how far from it orders rest
// at most, and Reach how far beyond it orders go at most that cross. In ticks.
const (
	Mid   = 100_000
	Depth = 1000
	Reach = 250
)

// Op is one operation. Orders are numbered in the sequence of their insertion.
type Op struct {
	Cancel bool
	Buy    bool   // of an insertion
	Order  uint32 // its number
	Price  uint32 // of an insertion, in ticks
	Lots   uint32
}

// Draw returns the stream of a seed; the first Preload operations are the
// orders that rest before the clock starts.
func Draw(seed uint64) []Op {
	r := rand.New(rand.NewPCG(seed, 2026))
	ops := make([]Op, 0, Preload+Operations)
	var orders uint32
	var resting []uint32 // inserted to rest, not cancelled
	insert := func(cross bool) {
		// Nearer to the middle there are more: of two distances the smaller.
		away := 1 + min(r.Uint32N(Depth), r.Uint32N(Depth))
		op := Op{Buy: r.IntN(2) == 0, Order: orders, Lots: 1 + r.Uint32N(100)}
		if cross {
			away = 1 + r.Uint32N(Reach)
		} else {
			resting = append(resting, orders)
		}
		if op.Price = Mid + away; op.Buy != cross {
			op.Price = Mid - away
		}
		orders++
		ops = append(ops, op)
	}
	for range Preload {
		insert(false)
	}
	for range Operations {
		switch n := r.IntN(100); {
		case n < 45 && len(resting) > 0:
			i, last := r.IntN(len(resting)), len(resting)-1
			ops = append(ops, Op{Cancel: true, Order: resting[i]})
			resting[i], resting = resting[last], resting[:last]
		case n < 90:
			insert(false)
		default:
			insert(true)
		}
	}
	return ops
}

// Write writes the stream for a program that is not part of this module:
// operations of 16 bytes, four little-endian numbers: 0 for a cancel, 1 for a
// sale, 2 for a purchase; the order; the price; the lots.
func Write(w io.Writer, ops []Op) error {
	var record [16]byte
	for _, op := range ops {
		kind := uint32(1)
		if op.Cancel {
			kind = 0
		} else if op.Buy {
			kind = 2
		}
		for i, v := range [4]uint32{kind, op.Order, op.Price, op.Lots} {
			binary.LittleEndian.PutUint32(record[4*i:], v)
		}
		if _, err := w.Write(record[:]); err != nil {
			return err
		}
	}
	return nil
}

package bot

import (
	"math"
	"slices"

	"github.com/nightjar/nightjar/protocol/order"
)

// Block trades one large order: it rests at the midpoint, or so many ticks past
// it, with a cap that is fixed when it begins and a minimum fill, for as long as
// the trader can wait; what is left then is traded outside, a part in every block.
type Block struct {
	Side    order.Side
	Lots    uint64
	MinFill uint64 // lots; 0: what the venue gives
	Offset  uint64 // ticks past the midpoint that it pays, so that it meets who asks for a spread
	Cap     uint64 // bp past the first midpoint that it still pays
	Start   uint64 // ns
	Wait    uint64 // ns that it rests
	Slices  uint64 // blocks over which the rest is traded outside; 0: at once
	Pool    order.Pool
	Arrival uint64 // midpoint that Cap is from; 0: that of the block in which it begins

	stage stage
	tag   uint64
	done  uint64 // lots, as settled
	slice uint64
	paid  uint64 // Σ lots × price, of all that was traded
}

// stage is where a Block is.
type stage uint8

const (
	before  stage = iota
	resting       // in the venue
	leaving       // the cancel is on its way, fills may still settle
	outside       // the rest is traded outside
	finished
)

// settling is how long a Block waits for the last fill after its cancel.
const settling = 30_000_000_000 // ns

// Done reports whether all is traded.
func (b *Block) Done() bool { return b.stage == finished }

// Traded returns the lots traded so far, what they cost or brought, and the
// midpoint at the beginning.
func (b *Block) Traded() (lots, notional, arrival uint64) { return b.done, b.paid, b.Arrival }

// offset is Offset as it is added to the midpoint.
func (b *Block) offset() int32 {
	o := int32(min(b.Offset, math.MaxInt32))
	if b.Side == order.Sell {
		return -o
	}
	return o
}

// left returns the lots that are not traded.
func (b *Block) left() uint64 { return b.Lots - min(b.Lots, b.done) }

// Act takes the next step.
func (b *Block) Act(v View) []Instruction {
	for _, f := range v.Settled {
		b.book(f)
	}
	for _, f := range v.Outside {
		b.book(f)
	}
	if b.stage == resting && slices.Contains(v.Gone, b.tag) {
		b.stage = before // it is placed again
	}
	switch {
	case b.stage <= resting && b.left() == 0:
		b.stage = finished
	case b.stage == before && b.Arrival != 0 && v.Time >= b.Start+b.Wait:
		b.stage = leaving // nothing rests
	case b.stage == before && v.Time >= b.Start && v.Quote.Valid():
		b.stage = resting
		b.tag++
		if b.Arrival == 0 {
			b.Arrival = v.Quote.Mid
		}
		return []Instruction{{
			Do: Place, Tag: b.tag, Side: b.Side, Limit: capped(b.Side, b.Arrival, b.Cap), Lots: b.left(), MinFill: min(b.MinFill, b.left()), Band: order.NoBand,
			Handling: order.Handling{Peg: order.Mid, Offset: b.offset(), Pool: b.Pool},
		}}
	case b.stage == resting && v.Time >= b.Start+b.Wait:
		b.stage = leaving
		return []Instruction{{Do: Cancel, Tag: b.tag}}
	case b.stage == leaving && v.Time >= b.Start+b.Wait+settling:
		b.stage = outside
		b.slice = max(1, b.left()/max(1, b.Slices))
		fallthrough
	case b.stage == outside:
		if b.left() == 0 {
			b.stage = finished
			return nil
		}
		return []Instruction{{Do: Trade, Side: b.Side, Lots: min(b.slice, b.left())}}
	}
	return nil
}

func (b *Block) book(f Fill) {
	b.done += f.Lots
	b.paid += f.Lots * f.Price
}

package bot

import (
	"math"
	"math/bits"

	"github.com/nightjar/nightjar/protocol/order"
)

// Maker quotes both sides of a market: an order to buy and one to sell, pegged,
// so that they follow the reference by themselves. What it holds moves its
// quotes, and past a bound it leaves one side out.
//
// It is a reference for how the venue is meant to be used, not for how to make
// money.
type Maker struct {
	Lots    uint64    // of one order
	Most    int64     // lots it holds at most, long or short
	Peg     order.Peg // Mid or Primary
	Offset  int32     // ticks from what the peg follows, away from the other side
	Skew    int32     // ticks that the quotes move down at Most long, and up at Most short
	Cap     uint64    // bp around the reference that a limit allows
	Refresh uint64    // ns after which an order is placed again, since caps and skew grow old

	tag       uint64
	inventory int64 // lots, as settled
	quotes    [2]quoted
}

// quoted is an order of one side; Tag 0 is none.
type quoted struct {
	tag    uint64
	placed uint64 // ns
}

// Inventory returns the lots held, as far as they are settled.
func (m *Maker) Inventory() int64 { return m.inventory }

// Act keeps one order on each side.
func (m *Maker) Act(v View) (list []Instruction) {
	for _, f := range v.Settled {
		if f.Side == order.Buy {
			m.inventory += int64(f.Lots)
		} else {
			m.inventory -= int64(f.Lots)
		}
		if q := &m.quotes[f.Side]; q.tag == f.Tag && f.Left == 0 {
			q.tag = 0
		}
	}
	for _, tag := range v.Gone {
		for s := range m.quotes {
			if m.quotes[s].tag == tag {
				m.quotes[s].tag = 0
			}
		}
	}
	if !v.Quote.Valid() {
		return nil
	}
	for _, side := range []order.Side{order.Buy, order.Sell} {
		q := &m.quotes[side]
		if q.tag != 0 && v.Time < q.placed+m.Refresh {
			continue
		}
		if q.tag != 0 {
			list = append(list, Instruction{Do: Cancel, Tag: q.tag})
			q.tag = 0
		}
		long := m.inventory
		if side == order.Sell {
			long = -long
		}
		if long >= m.Most {
			continue
		}
		m.tag++
		*q = quoted{m.tag, v.Time}
		list = append(list, Instruction{
			Do: Place, Tag: m.tag, Side: side, Lots: max(m.Lots, v.Market.MinQty), Band: order.NoBand,
			Limit:    capped(side, v.Quote.Mid, m.Cap),
			Handling: order.Handling{Peg: m.Peg, Offset: m.offset(side)},
		})
	}
	return list
}

// offset returns the ticks from what the peg follows.
func (m *Maker) offset(side order.Side) int32 {
	skew := int32(0)
	if m.Most > 0 {
		skew = -int32(int64(m.Skew) * m.inventory / m.Most)
	}
	if side == order.Buy {
		return skew - m.Offset
	}
	return skew + m.Offset
}

// capped returns the worst price within bp of a price, at least 1:
//
//	price ± ⌊price · bp / 10^4⌋
//
// rounded towards the price, so that a cap is never passed.
func capped(side order.Side, price, bp uint64) uint64 {
	hi, lo := bits.Mul64(price, bp)
	away := uint64(math.MaxUint64)
	if hi < 10_000 {
		away, _ = bits.Div64(hi, lo, 10_000)
	}
	if side == order.Buy {
		return price + min(away, math.MaxUint64-price)
	}
	return max(1, price-min(price, away))
}

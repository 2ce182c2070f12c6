package registry

import (
	"cmp"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxPrints is the most prints of a heartbeat: one for each pool of each market.
const MaxPrints = 2 * market.Max

// Print is what the public is told of a pool's fills: a sum over at least three
// owners, at least one heartbeat interval old (spec/13-auction.md, "Prints").
type Print struct {
	Market uint32
	Pool   order.Pool
	First  uint64 // block of the first settlement that is in it
	Last   uint64 // block of the last one
	Lots   uint64 // bought, which is sold; of the natural pool the power of two below
	Price  uint64 // average, in quote hub units per lot, rounded down to the market's grid
}

func writePrints(w *encoding.Writer, list []Print) {
	w.U16(uint16(len(list)))
	for _, p := range list {
		w.U32(p.Market)
		w.U8(uint8(p.Pool))
		w.U64(p.First)
		w.U64(p.Last)
		w.U64(p.Lots)
		w.U64(p.Price)
	}
}

// readPrints refuses (NON_CANONICAL) prints out of sequence and those that no
// enclave makes; more than MaxPrints are OVERSIZED.
func readPrints(r *encoding.Reader) (list []Print) {
	for n := r.Count(MaxPrints); n > 0 && r.Err() == nil; n-- {
		p := Print{Market: r.U32(), Pool: order.Pool(r.U8()), First: r.U64(), Last: r.U64(), Lots: r.U64(), Price: r.U64()}
		switch {
		case len(list) > 0 && p.compare(list[len(list)-1]) <= 0:
			r.Fail(rejection.New(rejection.NonCanonical, "prints are not in ascending order of market and pool"))
		case p.Pool > order.Natural || p.First > p.Last || p.Lots == 0 || p.Price == 0:
			r.Fail(rejection.New(rejection.NonCanonical, "a print of nothing"))
		case p.Pool == order.Natural && p.Lots&(p.Lots-1) != 0:
			r.Fail(rejection.New(rejection.NonCanonical, "a print of naturals that is no size class"))
		}
		list = append(list, p)
	}
	return list
}

// compare is the sequence of a heartbeat's prints.
func (p Print) compare(q Print) int {
	return cmp.Or(cmp.Compare(p.Market, q.Market), cmp.Compare(p.Pool, q.Pool))
}

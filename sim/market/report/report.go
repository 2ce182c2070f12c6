package report

import (
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/market/event"
	"github.com/nightjar/nightjar/sim/market/venue"
)

// Horizons are those of the markouts, in ns, ascending.
var Horizons = [...]uint64{1e9, 10e9, 60e9, 300e9}

// Recorder takes note of a run. Make one with New.
type Recorder struct {
	traders map[string]*tally
	markets map[uint32]*outside
	ids     []uint32 // of them, in the sequence in which they were first heard of: floats add up in one sequence

	auctions, cleared, skipped uint64
	lots, possible             uint64
}

// tally is what is known of one kind of trader.
type tally struct {
	orders, lots  uint64
	filled, whole uint64   // orders that traded at all, and all they had
	traded        uint64   // lots
	first         []uint64 // ns from the order to its first fill

	// Over fills, in bp.
	touch, mid sum
	marks      [len(Horizons)]sum
}

// sum is of values weighted by lots.
type sum struct{ weighted, lots float64 }

func (s *sum) add(value float64, lots uint64) {
	s.weighted += float64(value * float64(lots)) // no fused step: the same on every machine
	s.lots += float64(lots)
}

func (s *sum) mean() *float64 {
	if s.lots == 0 {
		return nil
	}
	m := s.weighted / s.lots
	return &m
}

// outside is one market's quote and the fills whose markouts are to come.
type outside struct {
	quote market.Quote
	marks [len(Horizons)][]mark // by due, ascending
}

type mark struct {
	due   uint64
	who   *tally
	side  order.Side
	lots  uint64
	price uint64
}

// New returns a recorder that knows nothing.
func New() *Recorder {
	return &Recorder{traders: map[string]*tally{}, markets: map[uint32]*outside{}}
}

func (r *Recorder) of(trader string) *tally {
	if trader == "" {
		trader = "all"
	}
	t := r.traders[trader]
	if t == nil {
		t = &tally{}
		r.traders[trader] = t
	}
	return t
}

func (r *Recorder) market(id uint32) *outside {
	m := r.markets[id]
	if m == nil {
		m = &outside{}
		r.markets[id] = m
		r.ids = append(r.ids, id)
	}
	return m
}

// Event takes an event that the venue accepted.
func (r *Recorder) Event(e event.Event) {
	switch e.Kind {
	case event.Quote:
		r.market(e.Market).quote = market.NewQuote(e.Bid, e.Ask)
	case event.Add:
		t := r.of(e.Trader)
		t.orders++
		t.lots += e.Size
	}
}

// Block takes what a block's auctions did, after its events; the markouts that
// are due are made at the quote as it is.
func (r *Recorder) Block(now uint64, list []venue.Auction) {
	for _, id := range r.ids {
		m := r.markets[id]
		for h := range Horizons {
			n := 0
			for n < len(m.marks[h]) && m.marks[h][n].due <= now {
				k := m.marks[h][n]
				k.who.marks[h].add(gain(k.side, k.price, m.quote.Mid), k.lots)
				n++
			}
			m.marks[h] = m.marks[h][n:]
		}
	}
	for _, a := range list {
		r.auctions++
		r.possible += a.Possible
		r.lots += a.Volume
		switch a.Reason {
		case auction.Cleared:
			r.cleared++
		case auction.NoReference, auction.Unstable:
			r.skipped++
		}
		m := r.market(a.Market)
		for _, f := range a.Fills {
			t := r.of(f.Trader)
			t.traded += f.Lots
			if f.First {
				t.filled++
				t.first = append(t.first, a.Time-min(a.Time, f.Since))
			}
			if f.Left == 0 {
				t.whole++
			}
			touch := a.Reference.Bid
			if f.Side == order.Buy {
				touch = a.Reference.Ask
			}
			t.touch.add(gain(f.Side, a.Price, touch), f.Lots)
			t.mid.add(gain(f.Side, a.Price, a.Reference.Mid), f.Lots)
			for h, ns := range Horizons {
				m.marks[h] = append(m.marks[h], mark{a.Time + ns, t, f.Side, f.Lots, a.Price})
			}
		}
	}
}

// gain returns by how many bp a price, which is positive, is better for its owner
// than another one.
func gain(side order.Side, price, than uint64) float64 {
	d := float64(than) - float64(price)
	if side == order.Sell {
		d = -d
	}
	return d / float64(price) * 10_000
}

// Report is what a recorder heard. Money is in bp of the price, weighted by lots;
// time in seconds.
type Report struct {
	Auctions uint64  `json:"auctions"`
	Cleared  uint64  `json:"cleared"`
	Skipped  uint64  `json:"skipped"` // for want of a stable reference
	Lots     uint64  `json:"lots"`
	Missed   uint64  `json:"missed_lots"` // bid and offered at one price, and not traded: minima, cap, self-trade prevention
	Traders  []Class `json:"traders"`     // ascending by name
}

// Class is one kind of trader.
type Class struct {
	Trader   string     `json:"trader"`
	Orders   uint64     `json:"orders"`
	Lots     uint64     `json:"lots"`
	Filled   float64    `json:"orders_filled"` // share of the orders that traded at all
	Whole    float64    `json:"orders_whole"`  // … that traded all they had
	Traded   float64    `json:"lots_filled"`   // share of the lots
	First    *float64   `json:"first_fill_median_s"`
	Late     *float64   `json:"first_fill_90_s"` // nine of ten first fills came sooner
	Improved *float64   `json:"improvement_bp"`  // against the other side of the reference's quote
	FromMid  *float64   `json:"from_mid_bp"`
	Markouts []*float64 `json:"markouts_bp"` // at Horizons; what came due in time
}

// Report sums up.
func (r *Recorder) Report() Report {
	out := Report{Auctions: r.auctions, Cleared: r.cleared, Skipped: r.skipped, Lots: r.lots, Missed: r.possible - min(r.possible, r.lots)}
	for name, t := range r.traders {
		c := Class{
			Trader: name, Orders: t.orders, Lots: t.lots,
			Filled: share(t.filled, t.orders), Whole: share(t.whole, t.orders), Traded: share(t.traded, t.lots),
			Improved: t.touch.mean(), FromMid: t.mid.mean(),
		}
		slices.Sort(t.first)
		if n := len(t.first); n > 0 {
			half, late := float64(t.first[n/2])/1e9, float64(t.first[n*9/10])/1e9
			c.First, c.Late = &half, &late
		}
		for h := range t.marks {
			c.Markouts = append(c.Markouts, t.marks[h].mean())
		}
		out.Traders = append(out.Traders, c)
	}
	slices.SortFunc(out.Traders, func(x, y Class) int {
		if x.Trader < y.Trader {
			return -1
		}
		return 1
	})
	return out
}

func share(part, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

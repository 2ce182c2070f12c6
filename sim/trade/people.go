package trade

import (
	"math/rand/v2"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// account is a person who trades on one market.
type account struct {
	id     int
	market int // place in genesisMarkets
	key    keys.SpendingKey
	view   keys.ViewingKey
	to     keys.Address
	oid    field.Element
	alpha  jubjub.Scalar // always the same: nothing here is about who can tell whose action it is
	rk     jubjub.Point

	money map[uint32][]*coin // free notes by asset, in the sequence in which they came
	open  []*coin            // orders of theirs in the tree
	busy  bool               // an action of theirs is under way
}

// coin is money in the tree: a note, or an order if it has an open book entry.
type coin struct {
	owner    *account // nil: the treasury
	asset    uint32
	value    uint64
	r, c     field.Element // c = H(OWNER; pk_d, r)
	mid      field.Element // rho of a note, s of an order
	leaf     field.Element
	position uint64
	nf       field.Element
	since    uint64 // block that put it into the tree
	order    *promise
}

// promise is what an order's owner demands, and what the owner knows happened to
// it: all of it the simulation's own knowledge.
type promise struct {
	terms    order.Terms
	handling order.Handling

	left    uint64 // first auction for which its owner took it out, or 0
	first   uint64 // block in which the first order of this chain of remainders came to rest
	kept    uint64 // of an order that only shrank: the block of the one whose priority it may have
	locked  uint64 // auction of the open lock, or 0
	touched bool   // a lock or a spend has ever come between it and its auctions
	exit    uint64 // last block of the exit window after a bust
}

func newAccount(i int) *account {
	lo, hi := hashOf("account", i, 0), hashOf("account", i, 1)
	k := keys.Derive(append(lo[:], hi[:]...), 0)
	v := k.Viewing()
	alpha := keys.Alpha(lo[:])
	return &account{
		id: i, market: i % len(mids), key: k, view: v, to: v.Address(0), oid: v.OID(), money: map[uint32][]*coin{},
		alpha: alpha, rk: v.Randomize(alpha),
	}
}

func (a *account) total(asset uint32) (sum uint64) {
	for _, c := range a.money[asset] {
		sum += c.value
	}
	return sum
}

// largest returns up to n free notes of an asset, the largest first and then the
// oldest.
func (a *account) largest(asset uint32, n int) (out []*coin) {
	list := a.money[asset]
	if len(list) == 0 {
		return nil
	}
	best := list[0]
	for _, c := range list[1:] {
		if c.value > best.value {
			best = c
		}
	}
	out = append(out, best)
	for _, c := range list {
		if len(out) == n {
			break
		}
		if c != best {
			out = append(out, c)
		}
	}
	return out
}

// kind says what an action is for.
type kind uint8

const (
	placing kind = iota
	replacing
	cancelling
	softly  // takes an order out of the book and merges notes
	wholly  // takes all out
	beating // a heartbeat of a few blocks
	paying  // somebody else
	leaving // a withdrawal
	kinds   = iota
)

// plan is what somebody wants to do next.
type plan struct {
	kind     kind
	who      *account
	in       [3]*coin // nil: a dummy
	terms    order.Terms
	handling order.Handling
	value    uint64   // of the new order, of a payment or of a withdrawal
	asset    uint32   // of a payment or withdrawal
	payee    *account // of a payment
	target   *coin    // of a soft cancel
	blocks   uint32   // of a heartbeat
	salt     uint64
	free     bool // for tests: pays no fee
}

// tape is what everybody sees: what people decide by.
type tape struct {
	height uint64 // of the last block
	time   uint64
	quotes [4]market.Quote
	stay   uint32 // blocks for which the most patient order rests
}

// decide draws what an account does, or nothing.
func decide(random *rand.Rand, a *account, p tape, everybody []*account) (plan, bool) {
	out := plan{who: a, salt: random.Uint64()}
	fee := a.largest(hub, 1)
	if len(fee) == 0 || fee[0].value < 2*flatFee || p.quotes[a.market].Mid == 0 {
		return out, false
	}
	m := record(a.market)
	out.in[1] = fee[0]
	var free []*coin // own orders that may be spent
	for _, c := range a.open {
		if c.order.locked == 0 {
			free = append(free, c)
		}
	}
	some := func() *coin { return free[random.IntN(len(free))] }
	dice := random.IntN(100)
	if len(free) > 6 {
		dice = random.IntN(26)
	}
	switch {
	case dice < 20 && len(free) > 0:
		out.kind, out.in[0] = cancelling, some()
		out.third()
		return out, true
	case dice < 26 && len(free) > 0:
		out.kind, out.in[0] = replacing, some()
		old := out.in[0].order
		out.terms, out.handling = old.terms, old.handling
		if random.IntN(2) == 0 && out.terms.Qty > 2*m.MinQty { // keeps its place
			out.terms.Qty -= 1 + random.Uint64N(out.terms.Qty/2)
		} else {
			out.terms.Limit = around(random, out.terms.Side, p.quotes[a.market], m.Tick)
			out.terms.Expiry = uint32(p.height) + 20 + random.Uint32N(p.stay)
		}
		out.terms.MinFill = min(out.terms.MinFill, out.terms.Qty) // a remainder may have less
		var err error
		if out.value, err = out.terms.Funding(); err != nil || out.value > out.in[0].value || out.terms.Qty < m.MinQty {
			out.kind = cancelling
		}
		out.third()
		return out, true
	case dice < 28 && len(a.open) > 0:
		out.kind, out.target = softly, a.open[random.IntN(len(a.open))]
		return out.from(random, m)
	case dice < 29:
		out.kind = []kind{wholly, beating}[random.IntN(2)]
		out.blocks = random.Uint32N(20)
		return out.from(random, m)
	case dice < 31:
		out.kind, out.payee = paying, everybody[random.IntN(len(everybody))]
		out, ok := out.from(random, m)
		out.asset, out.value = out.in[0].assetOr(hub), 0
		if out.in[0] != nil {
			out.value = 1 + out.in[0].value/(2+random.Uint64N(30))
		}
		return out, ok && out.payee != a
	case dice < 32:
		out.kind, out.in[1] = leaving, nil
		list := a.largest([]uint32{m.Base, m.Quote, hub}[random.IntN(3)], 1)
		if len(list) == 0 || list[0].value < 1000 {
			return out, false
		}
		out.in[0], out.asset, out.value = list[0], list[0].asset, 1+list[0].value/(2+random.Uint64N(50))
		return out, true
	}
	return out.place(random, p, m)
}

func (c *coin) assetOr(asset uint32) uint32 {
	if c == nil {
		return asset
	}
	return c.asset
}

// third adds a free note of the asset of slot 0 to merge.
func (p *plan) third() {
	for _, c := range p.who.money[p.in[0].asset] {
		if c != p.in[1] {
			p.in[2] = c
			break
		}
	}
}

// from pays with notes of one of the market's assets, merging two.
func (p plan) from(random *rand.Rand, m market.Record) (plan, bool) {
	list := p.who.largest([]uint32{m.Base, m.Quote}[random.IntN(2)], 2)
	for i, c := range list {
		p.in[2*i] = c
	}
	return p, len(list) > 0
}

// around draws a limit from a little on the passive to a little on the other side
// of the middle, on the grid.
func around(random *rand.Rand, side order.Side, q market.Quote, tick uint64) uint64 {
	spread := max(q.Mid/200, tick) // half a percent
	limit := q.Mid - spread + random.Uint64N(2*spread+1)
	if side == order.Buy {
		limit += spread / 4
	} else {
		limit -= min(limit-1, spread/4)
	}
	return max(tick, limit-limit%tick)
}

// place draws a new order.
func (p plan) place(random *rand.Rand, now tape, m market.Record) (plan, bool) {
	q := now.quotes[p.who.market]
	side := order.Side(random.IntN(2))
	fund := [2]uint32{m.Base, m.Quote}
	// Who has much more of one asset trades it back.
	if base, quote := p.who.total(m.Base)/m.LotSize, p.who.total(m.Quote)/q.Mid; base > 4*quote {
		side = order.Sell
	} else if quote > 4*base {
		side = order.Buy
	}
	notes := p.who.largest(fund[side], 2)
	var have uint64
	for i, c := range notes {
		p.in[2*i] = c
		have += c.value
	}
	t := order.Terms{
		Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: side,
		Limit: around(random, side, q, m.Tick), Qty: m.MinQty, Band: order.NoBand, MaxFee: m.FeeBp + uint16(random.IntN(3)),
		Expiry: uint32(now.height) + delay + 1 + random.Uint32N(now.stay),
	}
	for range 7 {
		if random.IntN(5) < 2 {
			break
		}
		t.Qty *= 2
	}
	t.Qty += random.Uint64N(t.Qty)
	unit, err := t.Unit()
	if err != nil || have/unit < m.MinQty {
		return p, false
	}
	t.Qty = min(t.Qty, have/unit)
	switch random.IntN(8) {
	case 0:
		t.MinFill = t.Qty
	case 1, 2:
		t.MinFill = t.Qty / (1 + random.Uint64N(4))
	}
	if random.IntN(6) == 0 {
		t.Band = uint16(random.IntN(80))
	}
	var h order.Handling
	if random.IntN(3) == 0 {
		h.Peg, h.Offset = order.Peg(1+random.IntN(3)), int32(random.IntN(5)-2)
	}
	h.SelfTrade = order.SelfTrade(random.IntN(4))
	if random.IntN(5) == 0 {
		h.Pool = order.Natural
	}
	if random.IntN(6) == 0 {
		h.Auctions = uint16(1 + random.IntN(5))
	}
	if random.IntN(8) == 0 {
		h.Until = now.time + delay + random.Uint64N(uint64(now.stay))
	}
	p.kind, p.terms, p.handling = placing, t, h
	if p.value, err = t.Funding(); err != nil || t.Validate() != nil {
		return p, false
	}
	return p, true
}

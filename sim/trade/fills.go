package trade

import (
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// settled: owners open their reports, and check what was done to their orders.
func (w *watch) settled(e ledger.GroupSettled, s *settlement.Settle) error {
	if err := w.leaves(e.Leaves); err != nil {
		return err
	}
	l := w.locks[e.Auction]
	if l == nil {
		return fmt.Errorf("a settlement without a lock")
	}
	w.stats.Groups++
	var price, bought, sold, fees uint64
	var pool [2]uint32
	var quote uint32
	sides := map[*account]order.Side{}
	for i, leg := range s.Group.Legs {
		nf := leg.Nullifier
		if !l.nullifiers[nf] || e.Nullifiers[i] != nf {
			return fmt.Errorf("a settlement spends what is not locked")
		}
		c, err := w.spend(nf)
		if err != nil {
			return err
		}
		if c == nil {
			w.stats.Padding++
			continue
		}
		f, err := w.open(c, leg, e.Auction, price)
		if err != nil {
			return err
		}
		t := c.order.terms
		here := [2]uint32{t.Market, uint32(c.order.handling.Pool)}
		if price == 0 {
			price, pool, quote = f.price, here, t.Quote
		}
		if here != pool {
			return fmt.Errorf("orders of two pools meet")
		}
		if side, ok := sides[c.owner]; ok && side != t.Side {
			return fmt.Errorf("somebody trades with themselves")
		}
		sides[c.owner] = t.Side
		if t.Side == order.Buy {
			bought += f.lots
		} else {
			sold += f.lots
		}
		fees += f.fee
		w.stats.Fills++
		w.stats.Lots += f.lots
		for j, made := range f.made {
			if made != nil {
				w.add(made, e.Position+uint64(3*i+j))
			}
		}
	}
	switch {
	case bought != sold || bought == 0:
		return fmt.Errorf("a group buys %d lots and sells %d", bought, sold)
	case l.pools[pool]:
		return fmt.Errorf("a pool trades twice in one auction")
	}
	l.pools[pool] = true
	opened, ok := w.treasury.OpenFee(s.Group.PC, s.Group.Fee, s.Group.FeeOpening)
	if !ok || opened.Note.Value != fees || opened.Note.Asset != quote {
		return fmt.Errorf("the treasury is to get %d and opens %d", fees, opened.Note.Value)
	}
	w.add(&coin{asset: quote, value: fees}, w.next-1)
	if l.left -= len(s.Group.Legs); l.left == 0 {
		delete(w.locks, e.Auction)
	}
	return nil
}

// opened is what an owner reads in a report.
type opened struct {
	lots, price, fee uint64
	made             [3]*coin
}

// open reads an order's report and checks that its owner was done right.
func (w *watch) open(c *coin, leg settlement.Leg, auction, price uint64) (opened, error) {
	p := c.order
	t, refs := p.terms, w.history[auction]
	if p.locked != auction {
		return opened{}, fmt.Errorf("an order is settled that another auction locked")
	}
	_, next := field.K2(c.mid, c.leaf, words(0, 0, uint64(domain.ONF), c.position))
	pad, rho := field.K2(c.mid, leg.Nullifier, words(0, 0, uint64(domain.Rcpt), auction))
	report := leg.Report
	report.Sub(&report, &pad)
	b := report.Bytes()
	word := func(at, n int) (v uint64) {
		for _, x := range b[at : at+n] {
			v = v<<8 | uint64(x)
		}
		return v
	}
	f := opened{lots: word(24, 8), price: word(16, 8)}
	feeBp := uint16(word(8, 8))
	if word(0, 8) != 0 || word(8, 8) > 10_000 || f.lots == 0 || f.lots > t.Qty {
		return f, fmt.Errorf("a report that its owner can't read")
	}
	ref, mkt, ok := reference(refs, t.Market)
	if !ok {
		return f, fmt.Errorf("a fill in an unknown market")
	}
	if err := p.keeps(f, feeBp, price, ref, mkt); err != nil {
		return f, fmt.Errorf("a fill %w", err)
	}
	m, ok := fillMoney(t, f.lots, f.price, feeBp)
	if !ok {
		return f, fmt.Errorf("a fill out of range")
	}
	f.fee = m.fee
	proceeds, funding := t.Quote, t.Base
	if t.Side == order.Buy {
		proceeds, funding = t.Base, t.Quote
	}
	left := *p
	left.terms.Qty -= f.lots
	left.locked, left.touched, left.exit = 0, true, 0
	if until := p.handling.Until; until != 0 && w.time >= until {
		left.leave(w.height) // its time ended under the lock
	}
	made := [3]*coin{
		{owner: c.owner, asset: proceeds, value: m.proceeds, r: c.r, c: c.c, mid: rho},
		{owner: c.owner, asset: funding, value: m.refund, r: c.r, c: c.c, mid: plus(rho, 1)},
		{owner: c.owner, asset: funding, value: m.rest, r: c.r, c: c.c, mid: next, order: &left},
	}
	made[0].leaf = noteLeaf(proceeds, m.proceeds, rho, c.c)
	made[1].leaf = noteLeaf(funding, m.refund, made[1].mid, c.c)
	made[2].leaf = orderLeaf(funding, m.rest, termsHash(left.terms), c.owner.oid, next, c.c)
	for j, leaf := range []field.Element{leg.Proceeds, leg.Refund, leg.Remainder} {
		if made[j].leaf != leaf {
			return f, fmt.Errorf("a fill whose output %d is not its owner's due", j)
		}
		if made[j].value > 0 {
			f.made[j] = made[j]
		}
	}
	if m.rest > 0 {
		w.stats.Partial++
	}
	return f, nil
}

// keeps says whether a fill kept everything that the owner asked.
func (p *promise) keeps(f opened, feeBp uint16, price uint64, ref market.Reference, m market.Record) error {
	t, h := p.terms, p.handling
	dev := deviation(f.price, ref.Mid)
	worst := t.Limit
	if h.Peg != order.NoPeg {
		follows := [2][4]uint64{{0, ref.Mid, ref.Ask, ref.Bid}, {0, ref.Mid, ref.Bid, ref.Ask}}[t.Side][h.Peg]
		peg := int64(follows) + int64(h.Offset)*int64(m.Tick)
		if t.Side == order.Buy {
			worst = min(worst, uint64(max(0, peg)))
		} else {
			worst = max(worst, uint64(max(0, peg)))
		}
	}
	switch {
	case price != 0 && f.price != price:
		return fmt.Errorf("at another price than the others of its group")
	case t.Side == order.Buy && f.price > worst, t.Side == order.Sell && f.price < worst:
		return fmt.Errorf("past its limit or peg")
	case f.lots < t.MinFill && f.lots < t.Qty:
		return fmt.Errorf("below its minimum")
	case dev > t.Band || dev > m.Collar:
		return fmt.Errorf("outside its band or the collar")
	case feeBp > t.MaxFee || feeBp != m.FeeBp:
		return fmt.Errorf("with another fee rate")
	case f.price == 0 || 2*f.price%m.Tick != 0:
		return fmt.Errorf("off the grid")
	case ref.Mid == 0 || ref.Swing > m.Halt:
		return fmt.Errorf("while its market is halted")
	}
	return nil
}

func reference(refs []market.Reference, id uint32) (market.Reference, market.Record, bool) {
	for i := range mids {
		if m := record(i); m.ID == id {
			for _, r := range refs {
				if r.Market == id {
					return r, m, true
				}
			}
		}
	}
	return market.Reference{}, market.Record{}, false
}

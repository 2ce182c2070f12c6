package live

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// want is what is to become of a ticket's order.
type want uint8

const (
	keep   want = iota
	leave       // cancelled, or replaced by the next ticket's
	change      // replaced by itself: with other terms, or the same to be in the book again
)

// ticket is an order of the strategy, from the instruction until it holds no
// money any more.
type ticket struct {
	in    bot.Instruction
	want  want
	to    *bot.Instruction // what a change is to; nil is the same again
	order wallet.ID        // zero until it is on chain
	spare bool             // of an earlier life: the strategy does not know it

	// A ticket that follows another takes its order's place in one action, which is
	// one proof and one fee instead of two, and needs its money once.
	next, after *ticket

	action wallet.ID // under way
	coming wallet.ID // the order that it places

	auction uint64 // that took the order, as reported
	hold    uint64 // refused: not tried before this height
	tries   uint   // refusals of its cancel
}

// patience is how often a cancel is refused before Leave gives it up.
const patience = 5

// of returns the ticket of an order.
func (d *Desk) of(id wallet.ID) *ticket {
	for _, t := range d.tickets {
		if t.order == id || t.coming == id {
			return t
		}
	}
	return nil
}

// find returns the ticket with the strategy's name for it.
func (d *Desk) find(tag uint64) *ticket {
	for _, t := range d.tickets {
		if t.in.Tag == tag && !t.spare && tag != 0 {
			return t
		}
	}
	return nil
}

func (d *Desk) remove(t *ticket) {
	d.tickets = slices.DeleteFunc(d.tickets, func(x *ticket) bool { return x == t })
	if t.next != nil {
		t.next.after = nil // it stands for itself now
	}
	if t.after != nil {
		t.after.next = nil
	}
}

// gone tells the strategy that an order left.
func (d *Desk) gone(t *ticket) {
	if !t.spare {
		d.news.Gone = append(d.news.Gone, t.in.Tag)
	}
}

// order returns an order of the wallet by its id.
func (d *Desk) order(id wallet.ID) *wallet.Order {
	if id.IsZero() {
		return nil
	}
	for _, o := range d.Wallet.State().Orders {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// instructionOf is what would place an order as it is now.
func instructionOf(o *wallet.Order) bot.Instruction {
	t := o.Order.Terms
	return bot.Instruction{Do: bot.Place, Side: t.Side, Limit: t.Limit, Lots: t.Qty, MinFill: t.MinFill, Band: t.Band, Handling: o.Handling}
}

// write turns an instruction into tickets.
func (d *Desk) write(in bot.Instruction) error {
	t := d.find(in.Tag)
	switch {
	case in.Account != 0:
		return &fault{errors.New("live: a wallet is one owner, and the strategy wants to be another too")}
	case in.Handling.Auctions != 0 || in.Handling.Until != 0:
		return &fault{errors.New("live: a wallet does not see when an order's time in force is over; the strategy cancels it")}
	case in.Do == bot.Place && (t != nil || in.Tag == 0):
		return &fault{fmt.Errorf("live: the strategy uses tag %d twice", in.Tag)}
	case in.Do == bot.Place:
		t = &ticket{in: in}
		for _, old := range d.tickets {
			if (old.want == leave || old.spare) && old.in.Side == in.Side && old.next == nil && old.action.IsZero() && !old.order.IsZero() {
				old.want, old.spare, old.next, t.after = leave, false, t, old
				break
			}
		}
		d.tickets = append(d.tickets, t)
	case t == nil: // gone, and the strategy has not heard of it yet
	case in.Do == bot.Cancel && t.order.IsZero() && t.action.IsZero():
		d.remove(t)
	case in.Do == bot.Cancel:
		t.want = leave
	case t.order.IsZero() && t.action.IsZero():
		t.in.Limit, t.in.Lots = in.Limit, in.Lots
	default:
		to := t.in
		to.Limit, to.Lots = in.Limit, in.Lots
		t.want, t.to = change, &to
	}
	return nil
}

// update takes what the last sync brought into the tickets.
func (d *Desk) update(notices []wallet.Notice) error {
	if err := d.account(); err != nil || d.Dry {
		return err
	}
	under := map[wallet.ID]bool{}
	for _, o := range d.Wallet.Outgoing() {
		under[o.ID] = true
	}
	d.heard(under)
	for _, t := range slices.Clone(d.tickets) {
		if t.after != nil || under[t.action] || !slices.Contains(d.tickets, t) {
			continue
		}
		if !t.action.IsZero() && d.decided(t, notices) {
			continue
		}
		if err := d.look(t); err != nil {
			return err
		}
	}
	return nil
}

// decided ends a ticket's action, which the chain executed or did not. It reports
// whether the ticket is done with.
func (d *Desk) decided(t *ticket, notices []wallet.Notice) bool {
	id, coming := t.action, t.coming
	done := d.order(coming) != nil
	if o := d.order(t.order); coming.IsZero() {
		done = o != nil && !o.Live()
	}
	t.action, t.coming = wallet.ID{}, wallet.ID{}
	if !done {
		failed := Event{Kind: Failed, Order: coming, What: t.in}
		for _, n := range notices {
			if n.ID == id {
				failed.Err = n.Err
			}
		}
		d.report(failed)
	}
	switch {
	case t.next != nil && done:
		t.next.order, t.next.coming, t.next.action = coming, wallet.ID{}, wallet.ID{}
		d.refusals[t.in.Side] = 0
		d.remove(t)
		return true
	case t.next != nil:
		t.next.coming, t.next.action = wallet.ID{}, wallet.ID{}
	case coming.IsZero(): // a cancel
	case done:
		d.refusals[t.in.Side] = 0
		if t.order = coming; t.want == change {
			t.want = keep
		}
		if t.to != nil {
			t.in, t.to = *t.to, nil
		}
	case t.order.IsZero():
		d.postpone(t)
	}
	return false
}

// look compares a ticket with its order on chain.
func (d *Desk) look(t *ticket) error {
	height := d.Wallet.State().Height
	if t.order.IsZero() {
		if t.hold > 0 && height >= t.hold { // the strategy decides anew, with a new price
			d.gone(t)
			d.remove(t)
		}
		return nil
	}
	o := d.order(t.order)
	if o == nil {
		return &fault{errors.New("live: the node has taken back what it said of an order")}
	}
	switch {
	case !o.Live():
		if o.Status != wallet.Filled && t.want != leave {
			d.gone(t)
			d.report(Event{Kind: Gone, Order: o.ID, What: t.in})
		}
		d.remove(t)
	case o.Status == wallet.Matched:
		if t.auction != o.Auction {
			t.auction = o.Auction
			least := max(1, min(o.Order.Terms.MinFill, o.Order.Terms.Qty))
			d.news.Matched = append(d.news.Matched, bot.Match{Tag: t.in.Tag, Side: t.in.Side, Lots: least, Price: o.Order.Terms.Limit})
			d.report(Event{Kind: Matched, Order: o.ID, What: t.in})
		}
	case o.Status != wallet.Resting || t.want != keep || t.spare:
	case o.Expired(height + 1):
		t.want = leave
		d.gone(t)
		d.report(Event{Kind: Gone, Order: o.ID, What: t.in})
	case d.Wallet.Params().Forgotten(o):
		t.want, t.to = change, nil
	}
	return nil
}

// postpone keeps a refused order back for 2, 4, 8 … 64 blocks; then the strategy
// is told that it is gone.
func (d *Desk) postpone(t *ticket) {
	side := t.in.Side
	d.refusals[side]++
	t.hold = d.Wallet.State().Height + 1<<min(d.refusals[side], 6)
}

// terms are the order of an instruction, as large as the limit allows. Except is
// the order that it takes the place of.
func (d *Desk) terms(in bot.Instruction, except wallet.ID) (t order.Terms, err error) {
	p := d.Wallet.Params()
	m, err := p.Market(d.Market)
	if err != nil {
		return t, err
	}
	room, err := d.room(in.Side, except)
	if err != nil {
		return t, err
	}
	lots := min(in.Lots, room)
	if lots < min(in.Lots, m.MinQty) {
		return t, errHeld
	}
	t = order.Terms{
		Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: in.Side, Limit: onTick(in.Side, in.Limit, m.Tick),
		Qty: lots, MinFill: min(in.MinFill, lots), Expiry: math.MaxUint32, Band: in.Band, MaxFee: m.FeeBp,
	}
	if in.MinFill == 0 {
		t.MinFill = m.ProposedMinFill(lots)
	}
	if d.Life > 0 {
		t.Expiry = p.ExpiryAfter(uint64(max(p.Time, 0)) + d.Life)
	}
	return t, nil
}

// errHeld says that a limit leaves no room for an order that the market takes.
var errHeld = rejection.New(rejection.ParameterBounds, "the limit of the position leaves no room for it")

// onTick returns the nearest price on the market's grid, multiples of half a tick,
// that is no worse for the owner: rounded down for a buyer, up for a seller.
func onTick(side order.Side, price, tick uint64) uint64 {
	step := tick
	if tick%2 == 0 {
		step = tick / 2
	}
	if step == 0 || price%step == 0 {
		return price
	}
	down := price - price%step
	if side == order.Buy || down > math.MaxUint64-step {
		return down
	}
	return down + step
}

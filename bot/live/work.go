package live

import (
	"context"
	"errors"
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// heard books the heartbeat under way once it is decided.
func (d *Desk) heard(under map[wallet.ID]bool) {
	if d.beat.IsZero() || under[d.beat] {
		return
	}
	id := d.beat
	d.beat = wallet.ID{}
	for _, e := range slices.Backward(d.Wallet.State().History) {
		if e.ID == id && e.Kind != wallet.DroppedEntry {
			d.beaten, d.beatDue = e.Height, e.Height+uint64(d.Beat)/2
			return
		}
	}
	d.beatDue = 0
	d.report(Event{Kind: Failed})
}

// work does the most urgent thing that can be done now, and reports whether there
// was one. An error that is not fatal says that the node is away, or the disk.
func (d *Desk) work(ctx context.Context) (bool, error) {
	if !d.started {
		return false, nil
	}
	height := d.Wallet.State().Height
	if d.beaten > 0 && d.Wallet.Params().BookSince > d.beaten {
		d.beaten, d.beatDue = 0, 0 // the enclaves forgot it with their book
	}
	if !d.Dry && !d.closing && d.beat.IsZero() && height >= d.beatDue {
		return d.sendBeat(ctx)
	}
	if d.beaten == 0 && !d.closing && !d.Dry {
		return false, nil
	}
	// What takes risk out goes first.
	for _, urgent := range []bool{true, false} {
		for _, t := range d.tickets {
			if (t.want == leave && t.next == nil) == urgent && d.ready(t, height) {
				return d.do(ctx, t)
			}
		}
	}
	return false, nil
}

// ready reports whether there is something to do about a ticket, and it can be
// done now: an order in an auction's result has to wait for its settlement.
func (d *Desk) ready(t *ticket, height uint64) bool {
	if t.after != nil || !t.action.IsZero() || t.hold > height {
		return false
	}
	if t.order.IsZero() {
		return t.hold == 0 && !d.closing
	}
	o := d.order(t.order)
	return t.want != keep && (d.Dry || o != nil && o.Status == wallet.Resting)
}

func (d *Desk) sendBeat(ctx context.Context) (bool, error) {
	p, err := d.Wallet.Make(ctx, func() (*wallet.Plan, error) { return d.Wallet.PlanHeartbeat(d.Beat) }, d.merged)
	if err == nil {
		d.beat, err = d.send(ctx, p)
	}
	if err == nil {
		d.report(Event{Kind: Beating, Blocks: d.Beat})
		return true, nil
	}
	if refusal(err) {
		d.beatDue = d.Wallet.State().Height + LeastBeat/10
		d.report(Event{Kind: Refused, Err: err, Blocks: d.Beat})
		return false, nil
	}
	return false, err
}

func (d *Desk) merged(wallet.ID) {
	d.actions++
	d.report(Event{Kind: Merging})
}

func (d *Desk) send(ctx context.Context, p *wallet.Plan) (wallet.ID, error) {
	id, err := d.Wallet.Send(ctx, p)
	if err == nil {
		d.actions++
	}
	return id, err
}

// refusal reports whether an error is a typed one that is worth trying again
// later.
func refusal(err error) bool {
	return errors.As(err, new(*rejection.Rejection)) && !fatal(err)
}

// moved reports whether a refusal says that the order to be spent is in an
// auction's result or gone: the next sync tells which.
func moved(err error) bool {
	return errors.Is(err, rejection.NullifierLocked) || errors.Is(err, rejection.NullifierSpent) ||
		errors.Is(err, rejection.UnknownOrder) || errors.Is(err, rejection.WalletConflict)
}

// do carries out what a ticket is for.
func (d *Desk) do(ctx context.Context, t *ticket) (bool, error) {
	if d.Dry {
		d.pretend(t)
		return true, nil
	}
	event := Event{What: t.in, Order: t.order}
	plan := func() (*wallet.Plan, error) { return d.plan(t, &event) }
	p, err := d.Wallet.Make(ctx, plan, d.merged)
	var id wallet.ID
	if err == nil {
		id, err = d.send(ctx, p)
	}
	switch {
	case err == nil:
	case !t.order.IsZero() && moved(err):
		return false, nil
	case !refusal(err):
		return false, err
	default:
		d.refused(t, event, err)
		return false, nil
	}
	t.action = id
	if placed, ok := p.Places(); ok {
		t.coming, event.Order = placed, placed
		event.What.Lots, event.What.Limit = p.Outputs[0].Terms.Qty, p.Outputs[0].Terms.Limit
		event.What.MinFill = p.Outputs[0].Terms.MinFill
	}
	if t.next != nil {
		t.next.action, t.next.coming = id, t.coming
	}
	d.report(event)
	return true, nil
}

// plan plans what a ticket is for, from the newest state.
func (d *Desk) plan(t *ticket, event *Event) (*wallet.Plan, error) {
	o := d.order(t.order)
	switch {
	case t.order.IsZero():
		event.Kind = Placing
		terms, err := d.terms(t.in, wallet.ID{})
		if err != nil {
			return nil, err
		}
		return d.Wallet.PlanOrder(terms, t.in.Handling)
	case o == nil:
		return nil, &fault{errors.New("live: the node has taken back what it said of an order")}
	case t.next != nil:
		event.Kind, event.What = Replacing, t.next.in
		terms, err := d.terms(t.next.in, t.order)
		if err != nil {
			return nil, err
		}
		return d.Wallet.PlanReplace(o, terms, t.next.in.Handling)
	case t.want == leave:
		event.Kind = Leaving
		return d.Wallet.PlanCancel(o)
	case t.to != nil:
		event.Kind, event.What = Replacing, *t.to
		terms, err := d.terms(*t.to, t.order)
		if err != nil {
			return nil, err
		}
		return d.Wallet.PlanReplace(o, terms, t.to.Handling)
	}
	event.Kind = Renewing
	return d.Wallet.PlanReplace(o, o.Order.Terms, o.Handling)
}

// refused keeps back what the wallet or the network refused. If an order was to
// take another's place, the other leaves all the same: the strategy wants it out.
func (d *Desk) refused(t *ticket, event Event, err error) {
	kept := t
	if n := t.next; n != nil {
		t.next, n.after = nil, nil
		kept = n
	}
	event.Kind, event.Err = Refused, err
	if errors.Is(err, errHeld) {
		event.Kind = Held
	}
	if kept.order.IsZero() {
		d.postpone(kept)
	} else {
		kept.tries++
		kept.hold = d.Wallet.State().Height + 1<<min(kept.tries, 6)
	}
	d.report(event)
}

// pretend is do of a dry run: orders rest until the strategy takes them out, and
// nothing trades.
func (d *Desk) pretend(t *ticket) {
	switch {
	case t.order.IsZero():
		d.report(Event{Kind: Placing, What: t.in})
		t.order = wallet.ID{1} // of no order
	case t.next != nil:
		d.report(Event{Kind: Replacing, What: t.next.in})
		t.next.order = t.order
		d.remove(t)
	case t.want == leave:
		d.report(Event{Kind: Leaving, What: t.in})
		d.remove(t)
	default:
		d.report(Event{Kind: Replacing, What: *t.to})
		t.in, t.want, t.to = *t.to, keep, nil
	}
}

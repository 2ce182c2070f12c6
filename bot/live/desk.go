package live

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// Desk is a strategy at work.
type Desk struct {
	Config
	tickets []*ticket // in the sequence in which they were written
	news    bot.View  // gathered since the strategy was last asked
	acted   uint64    // height at which it was

	// What settled since Since, and how much of the wallet's lists is in it.
	position int64
	cash     big.Int // quote hub units received, less paid
	spent    map[uint32]uint64
	fills    int
	entries  int

	beat    wallet.ID // heartbeat under way
	beaten  uint64    // height of the last one that was executed; 0 before the first
	beatDue uint64    // height of the next one

	refusals [2]uint // in sequence, by side
	actions  uint64
	closing  bool
	started  bool
}

// New returns a desk. It does nothing before Run.
func New(c Config) (*Desk, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Desk{Config: c, spent: map[uint32]uint64{}}, nil
}

// Position returns the lots held, as far as they are settled.
func (d *Desk) Position() int64 { return d.position }

// Spent returns what all actions cost in an asset, in its hub units.
func (d *Desk) Spent(asset uint32) uint64 { return d.spent[asset] }

// Run trades until it is interrupted, the strategy is finished, a limit is
// reached, or something is wrong that no retry mends: only then the error is not
// nil. Whatever ends it, the orders are still there: Leave takes them out.
func (d *Desk) Run(ctx context.Context) (Stop, error) {
	why, err := d.run(ctx)
	if ctx.Err() != nil {
		why, err = Interrupted, nil
	}
	d.report(Event{Kind: Stopped, Why: why, Err: err})
	return why, err
}

func (d *Desk) run(ctx context.Context) (Stop, error) {
	var why Stop
	err := d.loop(ctx, func() (done bool, err error) {
		if !d.started {
			return false, d.begin()
		}
		if why, err = d.ask(); why != "" || err != nil {
			return true, err
		}
		return false, nil
	})
	if err != nil {
		why = Broken
	}
	return why, err
}

// Leave takes every order of the wallet in the market out and waits until the
// money is back, then ends the heartbeats. It returns the orders that still hold
// money, with an error that says why it could not wait for them: those leave the
// book when the last heartbeat is over.
func (d *Desk) Leave(ctx context.Context) ([]*wallet.Order, error) {
	if d.Dry {
		return nil, nil
	}
	d.closing, d.started = true, true
	d.tickets = slices.DeleteFunc(d.tickets, func(t *ticket) bool { return t.order.IsZero() })
	for _, t := range d.tickets {
		t.want, t.next, t.hold, t.tries = leave, nil, 0, 0
	}
	err := d.loop(ctx, func() (bool, error) {
		d.adopt()
		left, stuck := d.left(), true
		for _, t := range d.tickets {
			stuck = stuck && t.tries >= patience
		}
		switch {
		case len(left) > 0 && stuck && len(d.tickets) > 0:
			return true, nil
		case len(left) > 0 || len(d.Wallet.Outgoing()) > 0:
			return false, nil
		}
		return true, nil
	})
	left := d.left()
	for _, o := range left {
		d.report(Event{Kind: Left, Order: o.ID, What: instructionOf(o)})
	}
	if err != nil || len(left) > 0 || d.beaten == 0 {
		return left, err
	}
	p, err := d.Wallet.Make(ctx, d.Wallet.PlanLastHeartbeat, nil)
	if err == nil {
		var id wallet.ID
		if id, err = d.send(ctx, p); err == nil {
			_, err = d.Wallet.Wait(ctx, id)
		}
	}
	if err == nil {
		d.report(Event{Kind: Silent})
	}
	return nil, err
}

// left returns the orders in the market that hold money.
func (d *Desk) left() (list []*wallet.Order) {
	for _, o := range d.Wallet.State().Orders {
		if o.Order.Terms.Market == d.Market && o.Live() {
			list = append(list, o)
		}
	}
	return list
}

// loop syncs, lets decide say what there is to do, and does one thing of it, again
// and again. A node that is away is waited for; a refusal is not an error here.
func (d *Desk) loop(ctx context.Context, decide func() (done bool, err error)) error {
	pause, away := d.Away, false
	for ctx.Err() == nil {
		notices, err := d.Wallet.Sync(ctx)
		worked := false
		if err == nil {
			if wrong := d.update(notices); wrong != nil {
				return wrong
			}
			done, wrong := decide()
			if done || wrong != nil {
				return wrong
			}
			worked, err = d.work(ctx)
		}
		if err == nil && away {
			away, pause = false, d.Away
			d.report(Event{Kind: Back})
		}
		wait := d.Poll
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case fatal(err):
			return err
		case err != nil:
			if !away {
				d.report(Event{Kind: Away, Err: err})
			}
			away, wait, pause = true, pause, min(2*pause, max(mostAway, d.Away))
		case worked:
			continue
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fatal reports whether trying again can't help: the keys here are not the
// network's, or the wallet can't sign.
func fatal(err error) bool {
	for _, code := range []rejection.Code{
		rejection.BadGenesis, rejection.CircuitsRetired, rejection.BadPlan, rejection.WrongNetwork, rejection.UnknownMarket,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	var broken *fault
	return errors.As(err, &broken)
}

// fault is an error of the strategy or of the chain's word.
type fault struct{ error }

func sleep(ctx context.Context, t time.Duration) error {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (d *Desk) report(e Event) {
	e.Height, e.Time = d.Wallet.State().Height, d.Wallet.State().Time
	e.Position, e.Actions = d.position, d.actions
	d.Report(e)
}

// begin is done once every action of an earlier life is decided. Orders that it
// left are nobody's until the strategy has been asked.
func (d *Desk) begin() error {
	if len(d.Wallet.Outgoing()) > 0 {
		return nil
	}
	if _, err := d.Wallet.Params().Market(d.Market); err != nil {
		return err
	}
	d.adopt()
	d.started = true
	d.report(Event{Kind: Started})
	return nil
}

// adopt writes a ticket for each live order in the market that has none.
func (d *Desk) adopt() {
	for _, o := range d.left() {
		if !slices.ContainsFunc(d.tickets, func(t *ticket) bool { return t.order == o.ID || t.coming == o.ID }) {
			t := &ticket{in: instructionOf(o), order: o.ID, spare: true}
			if d.closing {
				t.want = leave
			}
			d.tickets = append(d.tickets, t)
		}
	}
}

// ask shows the strategy a new block and writes down what it wants. A reason that
// is not empty ends the run.
func (d *Desk) ask() (Stop, error) {
	p := d.Wallet.Params()
	m, err := p.Market(d.Market)
	if err != nil {
		return "", err
	}
	height := d.Wallet.State().Height
	if height == d.acted {
		return "", nil
	}
	d.acted = height
	if d.Limits.Loss > 0 && m.Reference.Valid() && d.loss(p, m).Cmp(new(big.Int).SetUint64(d.Limits.Loss)) > 0 {
		return LossLimit, nil
	}
	view := d.news
	view.Time, view.Market, view.Quote = uint64(max(p.Time, 0))*1e9, m.Record, m.Reference
	list := d.Strategy.Act(view)
	d.news = bot.View{}
	for _, in := range list {
		if in.Do == bot.Trade {
			return TimeOver, nil
		}
		if err := d.write(in); err != nil {
			return "", err
		}
	}
	if m.Reference.Valid() { // it has spoken: what it did not take up is not wanted
		for _, t := range d.tickets {
			if t.spare && t.next == nil {
				t.spare, t.want = false, leave
			}
		}
	}
	if s, ok := d.Strategy.(interface{ Done() bool }); ok && s.Done() {
		return Finished, nil
	}
	return "", nil
}

// account books what has settled since it was last called. A state that is
// younger than what was booked contradicts itself.
func (d *Desk) account() error {
	s := d.Wallet.State()
	if len(s.Fills) < d.fills || len(s.History) < d.entries {
		return &fault{errors.New("live: the node has taken back what it said of settled trades")}
	}
	for ; d.fills < len(s.Fills); d.fills++ {
		f := s.Fills[d.fills]
		if f.Market != d.Market || f.Height <= d.Since {
			continue
		}
		quote := new(big.Int).SetUint64(f.Quote)
		if f.Side == order.Buy {
			d.position += int64(f.Lots)
			d.cash.Sub(&d.cash, quote)
		} else {
			d.position -= int64(f.Lots)
			d.cash.Add(&d.cash, quote)
		}
		shown := bot.Fill{Side: f.Side, Lots: f.Lots, Price: f.Price, Left: f.Left}
		if t := d.of(f.Order); t != nil {
			shown.Tag = t.in.Tag
		}
		d.news.Settled = append(d.news.Settled, shown)
		if d.started { // else it is of an earlier life
			d.report(Event{Kind: Filled, Order: f.Order, Fill: f})
		}
	}
	for ; d.entries < len(s.History); d.entries++ {
		if e := s.History[d.entries]; e.Height > d.Since && e.Kind != wallet.FillEntry {
			d.spent[e.FeeAsset] += e.Fee
		}
	}
	return nil
}

// loss returns, in quote hub units,
//
//	paid − received − position · mid + what actions cost
//
// where the cost counts if it is in the market's quote asset, or in its base asset
// at the reference; in a third asset it does not.
func (d *Desk) loss(p wallet.Params, m wallet.Market) *big.Int {
	mid := new(big.Int).SetUint64(m.Reference.Mid)
	value := new(big.Int).Mul(big.NewInt(d.position), mid)
	loss := new(big.Int).Neg(value.Add(value, &d.cash))
	cost := new(big.Int).SetUint64(d.spent[p.FeeAsset])
	switch p.FeeAsset {
	case m.Quote:
		loss.Add(loss, cost)
	case m.Base: // rounded up: a loss is never shown smaller than it is
		cost.Mul(cost, mid)
		lot := new(big.Int).SetUint64(m.LotSize)
		cost.Add(cost, new(big.Int).Sub(lot, big.NewInt(1)))
		loss.Add(loss, cost.Div(cost, lot))
	}
	return loss
}

// room returns how many lots one more order of a side may have: if all orders of
// that side traded, it included, the position would be at its limit. Except is an
// order that it takes the place of.
func (d *Desk) room(side order.Side, except wallet.ID) (uint64, error) {
	if err := d.account(); err != nil {
		return 0, err
	}
	held := d.position
	if side == order.Sell {
		held = -held
	}
	room := new(big.Int).Sub(new(big.Int).SetUint64(d.Limits.Position), big.NewInt(held))
	known := map[wallet.ID]bool{}
	for _, o := range d.Wallet.State().Orders {
		known[o.ID] = true
		if t := o.Order.Terms; o.Live() && t.Market == d.Market && t.Side == side && o.ID != except {
			room.Sub(room, new(big.Int).SetUint64(t.Qty))
		}
	}
	// An order that is not on chain yet counts beside what it takes the place of: one
	// of them will be there.
	for _, out := range d.Wallet.Outgoing() {
		id, ok := out.Plan.Places()
		if t := out.Plan.Outputs[0].Terms; ok && !known[id] && t.Market == d.Market && t.Side == side {
			room.Sub(room, new(big.Int).SetUint64(t.Qty))
		}
	}
	if room.Sign() <= 0 {
		return 0, nil
	}
	return room.Uint64(), nil
}

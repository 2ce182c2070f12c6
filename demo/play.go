package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
)

// player carries the events of one scenario out.
type player struct {
	scenario *scenario.Scenario
	net      *devnet.Net
	client   *client.Client
	traders  []*trader
	say      func(format string, args ...any)

	corrupt Corruption

	dead  bool        // the scenario has killed all workers
	moved uint64      // height at which a reference price was last changed
	exits []wallet.ID // actions sent as exits while no enclave was running
}

// play carries out one event.
func (p *player) play(ctx context.Context, s scenario.Step) error {
	if p.corrupt == CorruptExit && p.enclavesDead() {
		for _, t := range p.traders {
			t.withhold = true
		}
	}
	if _, ok := s.Do.(scenario.Price); ok {
		var err error
		if p.moved, err = p.height(ctx); err != nil {
			return err
		}
	}
	switch e := s.Do.(type) {
	case scenario.Price:
		return p.net.SetPrice(e.Market, e.Price)
	case scenario.Deposit:
		return p.deposit(ctx, e)
	case scenario.Transfer:
		from, to := p.traders[e.From], p.traders[e.To]
		address := to.wallet().Address()
		_, err := from.send(ctx, func() (*wallet.Plan, error) { return from.wallet().PlanTransfer(e.Asset, e.Amount, address) })
		if err == nil {
			to.due++
		}
		return err
	case scenario.Order:
		return p.order(ctx, e)
	case scenario.Cancel:
		t := p.traders[e.Trader]
		return t.run(ctx, func(ctx context.Context) (*wallet.Plan, error) { return t.with(ctx, e.ID, t.wallet().PlanCancel) })
	case scenario.Replace:
		return p.replace(ctx, e)
	case scenario.CancelAll:
		t := p.traders[e.Trader]
		_, err := t.send(ctx, t.wallet().PlanPullAll)
		return err
	case scenario.Heartbeat:
		w := p.traders[e.Trader].wallet()
		_, err := p.traders[e.Trader].send(ctx, func() (*wallet.Plan, error) {
			if e.Blocks == 0 {
				return w.PlanLastHeartbeat()
			}
			return w.PlanHeartbeat(e.Blocks)
		})
		return err
	case scenario.Withdraw:
		plan, err := p.traders[e.Trader].withdraw(ctx, e.Asset, e.Amount, e.To)
		return p.exit(plan, err)
	case scenario.Exit:
		return p.leave(ctx, p.traders[e.Trader], e.ID, e.To)
	case scenario.Sync:
		return p.quiet(ctx)
	case scenario.Kill:
		return p.kill(ctx, e)
	case scenario.Start:
		return p.start(ctx)
	case scenario.ExpectFills:
		return p.expectFills(ctx, e)
	case scenario.ExpectFilled:
		return p.expectFilled(ctx, e)
	case scenario.ExpectBalance:
		return p.expectBalance(ctx, e)
	}
	return fmt.Errorf("event %T", s.Do)
}

func (p *player) deposit(ctx context.Context, e scenario.Deposit) error {
	t := p.traders[e.Trader]
	owner, err := t.wallet().DepositOwner()
	if err != nil {
		return err
	}
	tx, err := p.net.Dir().Mint(e.Asset, e.Amount, owner)
	if err != nil {
		return err
	}
	if _, err = p.client.Submit(ctx, tx); err == nil {
		t.due++
	}
	return err
}

func (p *player) order(ctx context.Context, e scenario.Order) error {
	t := p.traders[e.Trader]
	plan, err := t.send(ctx, func() (*wallet.Plan, error) {
		return t.wallet().PlanOrder(t.terms(p.scenario.Markets[e.Market], uint32(e.Market), e), t.handling(e))
	})
	if err != nil {
		return err
	}
	t.place(e.ID, plan)
	return nil
}

func (p *player) replace(ctx context.Context, e scenario.Replace) error {
	t := p.traders[e.Trader]
	return t.run(ctx, func(ctx context.Context) (*wallet.Plan, error) {
		plan, err := t.with(ctx, e.ID, func(o *wallet.Order) (*wallet.Plan, error) {
			terms, handling := t.terms(p.scenario.Markets[e.Market], uint32(e.Market), e.Order), t.handling(e.Order)
			if !e.Renew {
				terms.Expiry, handling.Until = o.Order.Terms.Expiry, o.Handling.Until
			}
			return t.wallet().PlanReplace(o, terms, handling)
		})
		if err == nil && plan != nil {
			t.place(e.ID, plan)
		}
		return plan, err
	})
}

// leave takes all that an order holds out in one action.
func (p *player) leave(ctx context.Context, t *trader, id string, to []byte) error {
	recipient, err := action.NewRecipient(to)
	if err != nil {
		return err
	}
	return t.run(ctx, func(ctx context.Context) (*wallet.Plan, error) {
		plan, err := t.with(ctx, id, func(o *wallet.Order) (*wallet.Plan, error) {
			return t.wallet().PlanWithdraw(o.Order.Asset, 0, recipient, o)
		})
		if plan == nil {
			return nil, err
		}
		return plan, p.exit(plan, err)
	})
}

// exit remembers a withdrawal that was made while no enclave was running.
func (p *player) exit(plan *wallet.Plan, err error) error {
	if err == nil && p.enclavesDead() {
		p.exits = append(p.exits, plan.ID())
	}
	return err
}

// enclavesDead looks at the processes, not at what was asked for.
func (p *player) enclavesDead() bool {
	for w := 1; w <= p.net.Workers(); w++ {
		if len(p.net.Pids(w)) > 0 {
			return false
		}
	}
	return true
}

// kill ends workers with SIGKILL and returns when they are gone.
func (p *player) kill(ctx context.Context, e scenario.Kill) error {
	first, last := e.Worker, e.Worker
	if e.Worker == 0 {
		first, last, p.dead = 1, p.net.Workers(), true
	}
	for w := first; w <= last; w++ {
		if err := p.net.KillWorker(w); err != nil {
			return err
		}
		for len(p.net.Pids(w)) > 0 {
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// start starts killed workers and waits until they are at work. If nobody kept
// the book they begin an empty one after the chain's silent blocks, and an order
// sealed before that would be sealed to nobody.
func (p *player) start(ctx context.Context) error {
	lost := p.enclavesDead()
	before, err := p.height(ctx)
	if err != nil {
		return err
	}
	if err := p.net.StartWorkers(); err != nil {
		return err
	}
	p.dead = false
	if lost {
		p.say("nobody kept the book: waiting for a new one")
	}
	return AwaitWorkers(ctx, p.client, before, lost)
}

// AwaitWorkers returns once workers that were started after block before are at
// work: with a new book if the old one was lost or there has been none, else
// with a sign of life.
func AwaitWorkers(ctx context.Context, cl *client.Client, before uint64, lost bool) error {
	for {
		view, err := cl.View(ctx)
		if err == nil && (view.Book.Since > before || !lost && view.Book.Alive > before) {
			return nil
		}
		if e := pause(ctx, 250*time.Millisecond); e != nil {
			return fmt.Errorf("the workers are not at work: %w", errors.Join(e, err))
		}
	}
}

// quiet waits until every action of every trader is decided, every deposit has
// matured, no order is matched, and the book has had the time to match what
// rests: w blocks after the last change, of a price too, and the lock's window. Errands that
// came too late are done again.
func (p *player) quiet(ctx context.Context) error {
	for {
		busy, last := false, uint64(0)
		var height uint64
		for _, t := range p.traders {
			if err := t.sync(ctx); err != nil {
				return err
			}
			if err := t.again(ctx); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			s := t.wallet().State()
			height = max(height, s.Height)
			busy = busy || t.expecting()
			for _, o := range s.Orders {
				if o.Live() && o.Status != wallet.Resting {
					busy = true
				}
			}
			for _, h := range s.History {
				last = max(last, h.Height)
			}
			last = max(last, p.moved)
		}
		if !busy && (p.dead || height >= last+settleBlocks) {
			return nil
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
}

// settleBlocks is how long after the last change a quiet book stays quiet:
// resting time, anchor interval, lock window.
const settleBlocks = 6 + 2 + 8

func (p *player) expectFills(ctx context.Context, e scenario.ExpectFills) error {
	t := p.traders[e.Trader]
	if err := t.sync(ctx); err != nil {
		return err
	}
	if n := uint64(len(t.wallet().State().Fills)); n < e.Fills {
		return fmt.Errorf("%s has had %d fills, expected at least %d", t.name, n, e.Fills)
	}
	return nil
}

// expectFilled looks at the newest order under the scenario's id.
func (p *player) expectFilled(ctx context.Context, e scenario.ExpectFilled) error {
	t := p.traders[e.Trader]
	if err := t.sync(ctx); err != nil {
		return err
	}
	o, newest := t.order(e.ID)
	if o == nil || !newest {
		return fmt.Errorf("%s's %s is not on chain", t.name, e.ID)
	}
	if o.Filled != e.Lots {
		return fmt.Errorf("%d lots of %s's %s are filled, expected %d", o.Filled, t.name, e.ID, e.Lots)
	}
	return nil
}

func (p *player) expectBalance(ctx context.Context, e scenario.ExpectBalance) error {
	t := p.traders[e.Trader]
	if err := t.sync(ctx); err != nil {
		return err
	}
	balances := t.wallet().State().Balances()
	var have uint64
	if i := slices.IndexFunc(balances, func(b wallet.Balance) bool { return b.Asset == e.Asset }); i >= 0 {
		have = balances[i].Spendable + balances[i].Maturing
	}
	if have != e.Amount {
		params := t.wallet().Params()
		return fmt.Errorf("%s has %s %s, expected %s", t.name, params.Amount(e.Asset, have), params.Symbol(e.Asset), params.Amount(e.Asset, e.Amount))
	}
	return nil
}

// epilogue makes an exit without enclaves if the scenario had none: the promise
// is checked in every demo. The first trader with an order that rests takes it
// out; failing that, the first with enough of anything.
func (p *player) epilogue(ctx context.Context) error {
	if len(p.exits) > 0 {
		return nil
	}
	if err := p.quiet(ctx); err != nil {
		return err
	}
	p.say("No exit without enclaves so far: killing all workers (SIGKILL), then an owner leaves alone")
	if err := p.kill(ctx, scenario.Kill{}); err != nil {
		return err
	}
	to := []byte{0xe1}
	for _, t := range p.traders {
		for _, id := range slices.Sorted(maps.Keys(t.orders)) {
			if o, _ := t.order(id); o == nil || !o.Live() {
				continue
			}
			err := p.leave(ctx, t, id, to)
			if errors.Is(err, rejection.NotEnoughFunds) {
				continue // holds less than the fee
			}
			if err != nil || len(p.exits) > 0 {
				return err
			}
		}
	}
	for _, t := range p.traders {
		for _, b := range t.wallet().State().Balances() {
			plan, err := t.withdraw(ctx, b.Asset, (b.Spendable+1)/2, to)
			if err == nil {
				return p.exit(plan, nil)
			}
		}
	}
	return errors.New("nobody has anything to leave with")
}

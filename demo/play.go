package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/devnet"
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
	exits []wallet.ID // actions sent as exits while no enclave was running
}

// play carries out one event.
func (p *player) play(ctx context.Context, s scenario.Step) error {
	if p.corrupt == CorruptExit && p.enclavesDead() {
		for _, t := range p.traders {
			t.withhold = true
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
		o, err := p.live(ctx, e.Trader, e.ID)
		if err != nil || o == nil {
			return err
		}
		_, err = t.send(ctx, func() (*wallet.Plan, error) { return t.wallet().PlanCancel(o) })
		return err
	case scenario.Replace:
		return p.replace(ctx, e)
	case scenario.CancelAll:
		t := p.traders[e.Trader]
		_, err := t.send(ctx, t.wallet().PlanPullAll)
		return err
	case scenario.Withdraw:
		plan, err := p.traders[e.Trader].withdraw(ctx, e.Asset, e.Amount, e.To, nil)
		return p.exit(plan, err)
	case scenario.Exit:
		o, err := p.live(ctx, e.Trader, e.ID)
		if err != nil || o == nil {
			return err
		}
		plan, err := p.traders[e.Trader].withdraw(ctx, o.Order.Asset, 0, e.To, o)
		return p.exit(plan, err)
	case scenario.Sync:
		return p.quiet(ctx)
	case scenario.Kill:
		return p.kill(ctx, e)
	case scenario.Start:
		p.dead = false
		return p.net.StartWorkers()
	case scenario.ExpectFills:
		return p.expectFills(ctx, e)
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
		height := t.wallet().Params().Height
		return t.wallet().PlanOrder(t.terms(p.scenario.Markets[e.Market], uint32(e.Market), e, height))
	})
	if err != nil {
		return err
	}
	t.orders[e.ID] = placed(plan)
	return nil
}

// placed returns the id of the order that a plan places.
func placed(plan *wallet.Plan) wallet.ID { return wallet.ID(plan.Action.Commitments[0].Bytes()) }

// live returns a resting order, or says that the market was faster: then there
// is nothing left to do, as for any trader.
func (p *player) live(ctx context.Context, trader int, id string) (*wallet.Order, error) {
	t := p.traders[trader]
	o, err := t.resting(ctx, id)
	if err != nil || o.Live() {
		return o, err
	}
	p.say("too late: %s's order %s is %s", t.name, id, o.Status)
	return nil, nil
}

func (p *player) replace(ctx context.Context, e scenario.Replace) error {
	t := p.traders[e.Trader]
	o, err := p.live(ctx, e.Trader, e.ID)
	if err != nil || o == nil {
		return err
	}
	terms := o.Order.Terms
	terms.Qty, terms.Limit, terms.MinFill = e.Qty, e.Limit, min(terms.MinFill, e.Qty)
	plan, err := t.send(ctx, func() (*wallet.Plan, error) { return t.wallet().PlanReplace(o, terms) })
	if err == nil {
		t.orders[e.ID] = placed(plan)
	}
	return err
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

// quiet waits until every action of every trader is decided, every deposit has
// matured, no order is matched, and the book has had the time to match what
// rests: w blocks after the last change and the lock's window.
func (p *player) quiet(ctx context.Context) error {
	for {
		busy, last := false, uint64(0)
		var height uint64
		for _, t := range p.traders {
			if err := t.sync(ctx); err != nil {
				return err
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
	p.say("No exit without enclaves so far: killing all workers (SIGKILL), then an owner leaves alone")
	if err := p.kill(ctx, scenario.Kill{}); err != nil {
		return err
	}
	to := []byte{0xe1}
	for _, t := range p.traders {
		for _, o := range t.wallet().State().Orders {
			if o.Status == wallet.Resting {
				plan, err := t.withdraw(ctx, o.Order.Asset, 0, to, o)
				if errors.Is(err, rejection.NotEnoughFunds) {
					continue // holds less than the fee
				}
				return p.exit(plan, err)
			}
		}
	}
	for _, t := range p.traders {
		for _, b := range t.wallet().State().Balances() {
			plan, err := t.withdraw(ctx, b.Asset, b.Spendable/2, to, nil)
			if err == nil {
				return p.exit(plan, nil)
			}
		}
	}
	return errors.New("nobody has anything to leave with")
}

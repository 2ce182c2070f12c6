package wallet

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

func (w *Wallet) drafter() drafter {
	return drafter{state: w.state, params: w.params, held: w.held()}
}

// plan finishes what a drafter began. Nothing is sealed to the enclaves, not
// even a cancel, before the Guard has checked who they are; an action that
// tells them nothing does not depend on them.
func (w *Wallet) plan(d *draft, err error) (*Plan, error) {
	if err != nil {
		return nil, err
	}
	if d.command.Kind != seal.Nothing {
		if w.config.Guard == nil {
			return nil, rejection.New(rejection.BadEvidence, "nothing checks the enclaves' evidence")
		}
		if err := w.config.Guard.Check(w.params); err != nil {
			return nil, err
		}
	}
	version, err := w.version(d.out.Amount > 0)
	if err != nil {
		return nil, err
	}
	return w.drafter().plan(d, version, w.config.Random)
}

// version chooses the version of the circuits of an action: the newest, or if
// there have been several the newest that the prover has the key of. A retired
// one serves withdrawals only (CIRCUITS_RETIRED).
func (w *Wallet) version(exit bool) (uint8, error) {
	all := w.params.Circuits
	if len(all) == 0 {
		return 0, rejection.New(rejection.NotEnoughFunds, "the chain's circuits are not known yet; sync")
	}
	newest := all[len(all)-1].Version
	if w.config.Prover == nil || len(all) == 1 {
		return newest, nil
	}
	key, err := w.config.Prover.Key()
	if err != nil {
		return 0, err
	}
	for _, c := range slices.Backward(all) {
		switch {
		case c.Key != key:
		case c.Retired && !exit:
			return 0, rejection.New(rejection.CircuitsRetired, "the proving keys here are of version %d and can still withdraw; for all else get those of version %d", c.Version, newest)
		default:
			return c.Version, nil
		}
	}
	return 0, rejection.New(rejection.BadGenesis, "the proving keys here are of no version of this network's circuits")
}

// checkProver refuses (BAD_GENESIS) a prover whose proofs would be worth
// nothing in a plan.
func (w *Wallet) checkProver(p *Plan) error {
	key, err := w.config.Prover.Key()
	if err != nil {
		return err
	}
	for _, c := range w.params.Circuits {
		if c.Version == p.Action.Version && c.Key == key {
			return nil
		}
	}
	return rejection.New(rejection.BadGenesis, "the proving keys here are not those of version %d of this network's circuits", p.Action.Version)
}

// PlanTransfer plans a payment.
func (w *Wallet) PlanTransfer(asset uint32, value uint64, to keys.Address) (*Plan, error) {
	return w.plan(w.drafter().transfer(asset, value, to))
}

// PlanOrder plans a new order: terms that the covenant enforces, and what the
// enclaves are asked for beside them.
func (w *Wallet) PlanOrder(t order.Terms, h order.Handling) (*Plan, error) {
	return w.plan(w.drafter().order(t, h, nil))
}

// PlanReplace plans the atomic replacement of an order by one with other terms
// or another handling and the same funding asset. What the owner does not want
// changed is o.Order.Terms and o.Handling.
func (w *Wallet) PlanReplace(o *Order, t order.Terms, h order.Handling) (*Plan, error) {
	return w.plan(w.drafter().order(t, h, o))
}

// PlanCancel plans that an order becomes a note again.
func (w *Wallet) PlanCancel(o *Order) (*Plan, error) {
	return w.plan(w.drafter().cancel(o))
}

// PlanWithdraw plans a withdrawal of value of asset to an address on its
// chain. From an order, it needs no other money and no enclave, and a value of
// 0 is all that the order holds.
func (w *Wallet) PlanWithdraw(asset uint32, value uint64, to action.Recipient, from *Order) (*Plan, error) {
	return w.plan(w.drafter().withdraw(asset, value, to, from))
}

// PlanPull plans to tell the enclaves to drop one order from the book.
func (w *Wallet) PlanPull(o *Order) (*Plan, error) {
	return w.plan(w.drafter().pull(o))
}

// PlanPullAll plans to tell them to drop all of the account's orders.
func (w *Wallet) PlanPullAll() (*Plan, error) {
	return w.plan(w.drafter().pullAll())
}

// PlanHeartbeat plans to tell them to drop all of the account's orders unless
// another heartbeat comes within blocks.
func (w *Wallet) PlanHeartbeat(blocks uint32) (*Plan, error) {
	return w.plan(w.drafter().heartbeat(blocks))
}

// PlanLastHeartbeat plans to tell them that no more heartbeats will come and
// that the orders stay.
func (w *Wallet) PlanLastHeartbeat() (*Plan, error) {
	return w.plan(w.drafter().beat(0))
}

// Send proves a plan, signs it and submits it.
func (w *Wallet) Send(ctx context.Context, p *Plan) (ID, error) {
	if w.config.Prover == nil || w.config.Spending == nil {
		return ID{}, rejection.New(rejection.BadPlan, "this wallet can't both prove and sign; do it where the keys are")
	}
	if err := w.checkProver(p); err != nil {
		return ID{}, err
	}
	if err := p.Prove(w.config.Prover, w.config.View.ProverKey); err != nil {
		return ID{}, err
	}
	entropy := make([]byte, 32)
	if _, err := io.ReadFull(w.config.Random, entropy); err != nil {
		return ID{}, err
	}
	if err := p.Sign(*w.config.Spending, entropy); err != nil {
		return ID{}, err
	}
	return w.Submit(ctx, p)
}

// Submit hands a proven and signed plan to the network. It saves it first:
// after a crash the next Sync goes on where this one stopped. A refusal drops
// the plan again; if the network can't be reached, the plan stays and is
// submitted later.
func (w *Wallet) Submit(ctx context.Context, p *Plan) (ID, error) {
	id := p.ID()
	if i := slices.IndexFunc(w.local.Pending, func(o *Outgoing) bool { return o.ID == id }); i >= 0 {
		return id, w.offer(ctx, w.local.Pending[i]) // the same again
	}
	if p.ChainID != w.params.ChainID {
		return ID{}, rejection.New(rejection.BadPlan, "it is for chain %q", p.ChainID)
	}
	if !p.Ready() {
		return ID{}, rejection.New(rejection.BadPlan, "it is not both proven and signed")
	}
	held := w.held()
	for _, nf := range p.nullifiers() {
		if held[nf] {
			return ID{}, rejection.New(rejection.WalletConflict, "")
		}
	}
	o := &Outgoing{ID: id, Plan: p}
	w.local.Pending = append(w.local.Pending, o)
	if err := w.save(); err != nil {
		w.local.Pending = w.local.Pending[:len(w.local.Pending)-1]
		return ID{}, err
	}
	if err := w.offer(ctx, o); err != nil {
		w.local.Pending = slices.DeleteFunc(w.local.Pending, func(x *Outgoing) bool { return x == o })
		return ID{}, errors.Join(err, w.save())
	}
	return id, nil
}

// Wait syncs until the chain has decided an action of the wallet, and returns
// its entry in the history.
func (w *Wallet) Wait(ctx context.Context, id ID) (Entry, error) {
	for {
		notices, err := w.Sync(ctx)
		if err != nil {
			return Entry{}, err
		}
		for _, n := range notices {
			if n.ID == id {
				return Entry{}, n.Err
			}
		}
		if _, ok := w.state.index.deeds[id]; ok {
			return w.state.entry(id), nil
		}
		if err := w.pause(ctx); err != nil {
			return Entry{}, err
		}
	}
}

// entry returns the newest entry of an action.
func (s *State) entry(id ID) Entry {
	for _, e := range slices.Backward(s.History) {
		if e.ID == id {
			return e
		}
	}
	return Entry{}
}

// pause waits until it is time to look for new blocks again.
func (w *Wallet) pause(ctx context.Context) error {
	t := time.NewTimer(w.config.Poll)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Make calls plan until it succeeds. It waits where money is on its way (change
// of outgoing actions, notes and orders younger than the newest anchor), and
// brings notes together where it lies in too many of them. Merging runs ahead
// of the chain: while one merge waits for its blocks, the next is proven.
// Report is told of every merge.
func (w *Wallet) Make(ctx context.Context, plan func() (*Plan, error), report func(ID)) (*Plan, error) {
	var goal *crowded
	for {
		p, err := plan()
		var c *crowded
		if errors.As(err, &c) {
			goal = c
		}
		soon := errors.As(err, new(*young))
		if err == nil || c == nil && !soon && !errors.Is(err, rejection.NotEnoughFunds) {
			return p, err
		}
		step, stuck := w.merge(goal)
		switch {
		case stuck != nil:
			return nil, stuck
		case step != nil:
			id, err := w.Send(ctx, step)
			if err != nil {
				return nil, err
			}
			if report != nil {
				report(id)
			}
		case !soon && !w.underWay():
			return nil, err
		default:
			if err := w.pause(ctx); err != nil {
				return nil, err
			}
		}
		if _, err := w.Sync(ctx); err != nil {
			return nil, err
		}
	}
}

// merge plans the next merge towards a goal; nil if there is no goal, or
// nothing to do but wait.
func (w *Wallet) merge(goal *crowded) (*Plan, error) {
	if goal == nil {
		return nil, nil
	}
	d, err := w.drafter().merge(goal, w.arriving(goal.asset))
	if err != nil && w.underWay() || d == nil && err == nil {
		return nil, nil
	}
	return w.plan(d, err)
}

// underWay reports whether waiting alone will make more money spendable.
func (w *Wallet) underWay() bool {
	newest := w.state.newest()
	return len(w.local.Pending) > 0 ||
		slices.ContainsFunc(w.state.Notes, func(n *Note) bool { return n.Position >= newest.frontier.Size() })
}

// arriving returns the notes of an asset that will be spendable without any
// further action: outputs of outgoing actions, and notes younger than the
// newest anchor.
func (w *Wallet) arriving(asset uint32) []uint64 {
	var out []uint64
	for _, p := range w.local.Pending {
		for _, o := range p.Plan.Outputs {
			if o.Kind == seal.OwnNote && o.Asset == asset && o.Value > 0 {
				out = append(out, o.Value)
			}
		}
	}
	newest := w.state.newest()
	for _, n := range w.state.Notes {
		if n.Asset == asset && n.By.IsZero() && n.Position >= newest.frontier.Size() {
			out = append(out, n.Value)
		}
	}
	return out
}

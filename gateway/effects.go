package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/vault"
)

// inbox is what waits to be carried out, by who does it: each kind waits for
// another party, and none holds up the others.
type inbox struct {
	sign    *mailbox[vault.Statement]
	submit  *mailbox[[]byte]
	prepare *mailbox[vault.Order]
	send    *mailbox[vault.Attempt]
}

func newInbox() inbox {
	return inbox{newMailbox[vault.Statement](), newMailbox[[]byte](), newMailbox[vault.Order](), newMailbox[vault.Attempt]()}
}

// effectsLoop hands effects to who carries them out.
func (g *Gateway) effectsLoop(ctx context.Context) error {
	return each(ctx, g.core.effects, func(_ context.Context, e vault.Effect) error {
		g.dispatch(e)
		return nil
	})
}

func (g *Gateway) dispatch(e vault.Effect) {
	switch e := e.(type) {
	case vault.Sign:
		g.inbox.sign.put(e.Statement)
	case vault.SubmitHub:
		g.inbox.submit.put(e.Transaction)
	case vault.Prepare:
		g.inbox.prepare.put(e.Order)
	case vault.Submit:
		g.inbox.send.put(e.Attempt)
	case vault.Alarm:
		w := words[e.Reason]
		g.Log.Error(w[1], "alarm", w[0], "ref", hexOf(e.Ref[:]), "signer", hexOf(e.Key[:]))
	}
}

// The loops of those who carry effects out. Each returns an error only if the
// gateway has to end.
func (g *Gateway) signLoop(ctx context.Context) error { return each(ctx, g.inbox.sign, g.signed) }
func (g *Gateway) submitLoop(ctx context.Context) error {
	return each(ctx, g.inbox.submit, g.submit)
}
func (g *Gateway) prepareLoop(ctx context.Context) error {
	return each(ctx, g.inbox.prepare, g.prepare)
}
func (g *Gateway) sendLoop(ctx context.Context) error { return each(ctx, g.inbox.send, g.send) }

// each carries out one item after the other.
func each[T any](ctx context.Context, from *mailbox[T], do func(context.Context, T) error) error {
	for {
		items, err := from.take(ctx)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := do(ctx, item); err != nil {
				return err
			}
		}
	}
}

// effectTimeout bounds one conversation with the external chain.
const effectTimeout = 2 * time.Minute

// signed signs what the machine decided. A signature that can't be made now is
// tried again: nobody else makes it.
func (g *Gateway) signed(ctx context.Context, s vault.Statement) error {
	for {
		signed, err := g.sign(s)
		if err == nil {
			g.board.clear(signerAway)
			g.published.add(g.Vault.ChainID, signed)
			return g.tookSignature("own", g.core.onSignature(signed))
		}
		g.note(signerAway, err)
		if errors.Is(err, rejection.NotSignable) {
			return nil // it never will be
		}
		if err := sleep(ctx, g.Pace.Round); err != nil {
			return err
		}
	}
}

func (g *Gateway) sign(s vault.Statement) (vault.Signed, error) {
	out := vault.Signed{Statement: s}
	var err error
	if s.Deposit != nil {
		out.Signature, err = g.Signer.SignDeposit(s.Deposit)
	} else {
		out.Signature, err = g.Signer.SignClosing(s.Closing)
	}
	return out, err
}

// tookSignature counts a signature and passes on an error only if it ends the
// gateway.
func (g *Gateway) tookSignature(origin string, err error) error {
	outcome := "taken"
	var refused *rejection.Rejection
	if errors.As(err, &refused) {
		outcome, err = refused.Code.Name(), nil
	}
	if err == nil {
		g.metrics.signatures.WithLabelValues(origin, outcome).Inc()
	}
	return err
}

// submit hands a transaction to Nightjar. All gateways do; the first one counts.
// The machine hands over again what Nightjar still has not.
func (g *Gateway) submit(ctx context.Context, tx []byte) error {
	_, err := g.Node.Submit(ctx, tx)
	var refused *rejection.Rejection
	outcome := "accepted"
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, rejection.DepositReplayed) || errors.Is(err, rejection.ClaimClosed) || errors.Is(err, rejection.DuplicateTx):
		outcome = "known"
	case errors.As(err, &refused):
		outcome = "refused"
		// Its kind alone: a deposit's size is its owner's.
		g.Log.Warn("Nightjar refuses a transaction", "kind", transaction.Kind(tx[0]).String(), "error", err)
		g.board.set(hubRefuses, refused.Code.Name())
	case err != nil:
		outcome = "failed"
		g.note(nodeAway, err)
	default:
		g.board.clear(hubRefuses)
	}
	g.metrics.submissions.WithLabelValues(outcome).Inc()
	return nil
}

// prepare has an attempt built. The machine asks for one at a time.
func (g *Gateway) prepare(ctx context.Context, o vault.Order) error {
	limited, cancel := context.WithTimeout(ctx, effectTimeout)
	defer cancel()
	a, why, err := g.Adapter.Prepare(limited, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || why != 0 {
		if why == 0 {
			why = vault.DeferNode
		}
		g.deferred(why, err)
		return g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) {
			return nil, m.OnDeferred(o.Job.JobID, why), nil
		})
	}
	err = g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) { return m.OnPrepared(a) })
	var refused *rejection.Rejection
	if errors.As(err, &refused) {
		g.metrics.attempts.WithLabelValues(refused.Code.Name()).Inc()
		if !errors.Is(err, rejection.JobOver) {
			g.Log.Warn("an attempt was not taken", "error", err)
		}
		return nil
	}
	if err == nil {
		g.board.clear(feeHigh, fundsLow, runtimeNew)
		g.metrics.attempts.WithLabelValues("made").Inc()
		g.Log.Info("acts on the external chain", "job", jobNames[a.Kind], "ref", hexOf(a.Ref[:]), "attempt", a.Number, "until", a.Until)
	}
	return err
}

var jobNames = map[vault.Kind]string{
	vault.Payout: "payout", vault.Sweep: "sweep", vault.Refund: "refund", vault.Drain: "drain", vault.Anchor: "anchor",
}

var deferralNames = map[vault.Deferral]string{
	vault.DeferState: "state", vault.DeferFee: "fee", vault.DeferFunds: "funds", vault.DeferRuntime: "runtime", vault.DeferNode: "node",
}

// deferred tells people why an attempt was not made.
func (g *Gateway) deferred(why vault.Deferral, err error) {
	g.metrics.attempts.WithLabelValues("deferred_" + deferralNames[why]).Inc()
	if err == nil {
		err = errors.New("no attempt was made")
	}
	switch why {
	case vault.DeferFee:
		g.note(feeHigh, err)
	case vault.DeferFunds:
		g.note(fundsLow, err)
	case vault.DeferRuntime:
		g.note(runtimeNew, err)
	case vault.DeferNode:
		g.note(chainAway, err)
	default:
		g.Log.Debug("an attempt waits", "error", err)
	}
}

// send hands an attempt to the external chain. What does not arrive is handed
// over again some blocks later.
func (g *Gateway) send(ctx context.Context, a vault.Attempt) error {
	limited, cancel := context.WithTimeout(ctx, effectTimeout)
	defer cancel()
	err := g.Adapter.Submit(limited, a)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		g.Log.Warn("an attempt was not handed over", "job", jobNames[a.Kind], "ref", hexOf(a.Ref[:]), "error", err)
	}
	return nil
}

// settle forgets the signatures that Nightjar needs no more.
func (g *Gateway) settle(h vault.Hub) {
	for _, id := range h.Credited {
		g.published.drop([32]byte(id))
	}
	for _, e := range h.Closed {
		g.published.drop([32]byte(e.ID))
	}
}

// about is what a statement is about: a deposit's or a claim's id.
func about(chainID string, s vault.Statement) [32]byte {
	if s.Deposit != nil {
		return s.Deposit.Reference.ID(chainID)
	}
	return s.Closing.Claim
}

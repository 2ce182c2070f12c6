package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/outside"
)

// payoutView is how far a withdrawal is on its own chain.
type payoutView struct {
	Claim      string `json:"claim"`
	Chain      string `json:"chain"`
	Recipient  string `json:"recipient"`
	State      string `json:"state"` // open, paid or returned as the chain has it, or what a gateway says
	Reason     string `json:"reason,omitempty"`
	PayableAt  uint64 `json:"payable_at,omitempty"` // block of Nightjar at the latest
	Signatures int    `json:"signatures"`
	Needed     int    `json:"needed"`
	Block      string `json:"block,omitempty"` // of the payment on the external chain
	Index      uint32 `json:"index,omitempty"` // of the event in it
}

func (v payoutView) print(w io.Writer) {
	fmt.Fprintf(w, "Claim %s, to %s on %s: %s.\n", v.Claim[:10], v.Recipient, v.Chain, v.say())
	if v.Block != "" {
		fmt.Fprintf(w, "Payment: block 0x%s, event %d.\n", v.Block, v.Index)
	}
}

// say is its state in words.
func (v payoutView) say() string {
	switch v.State {
	case string(wallet.ClaimOpen):
		return "waiting for the gateways"
	case gate.ClaimWaiting:
		return fmt.Sprintf("waiting for its turn, which comes at block %d at the latest", v.PayableAt)
	case gate.ClaimPayable, gate.ClaimApproving:
		text := "its turn has come"
		if v.State == gate.ClaimApproving {
			text = "the signers approve its payment"
		}
		if v.Reason != "" {
			text += " (" + sayUnpaid(v.Reason) + ")"
		}
		return text
	case gate.ClaimExecuted:
		return fmt.Sprintf("paid there, %d of %d signatures for it here", v.Signatures, v.Needed)
	case string(wallet.ClaimPaid):
		return "paid"
	case gate.ClaimUnpayable:
		return "it can't be paid (" + sayUnpaid(v.Reason) + ") and comes back to you"
	case string(wallet.ClaimReturned):
		return "it could not be paid and is back in your wallet"
	}
	return fmt.Sprintf("in a state that this wallet does not know: %q", v.State)
}

// sayUnpaid explains why a claim waits or can't be paid.
func sayUnpaid(reason string) string {
	said := map[string]string{
		"BAD_RECIPIENT":     "the recipient is no account there",
		"BELOW_EXISTENTIAL": "the chain keeps nothing so small",
		"BEYOND_CHAIN":      "more than the chain can hold",
		"EXECUTION_FAILED":  "the chain refused the payment",
		"WAITS_FOR_FEE":     "fees there are above the signers' limit; it is paid when they fall",
		"WAITS_FOR_FUNDS":   "the custody account is being filled up",
		"WAITS_FOR_SIGNERS": "another signer's turn",
		"WAITS_FOR_RUNTIME": "that chain was upgraded, and the operators have yet to accept it",
		"WAITS_FOR_NODE":    "the gateway's node there does not answer",
	}
	if text, ok := said[reason]; ok {
		return text
	}
	return fmt.Sprintf("%q", reason)
}

// step is its place on a bar of payoutSteps.
func (v payoutView) step() int {
	switch v.State {
	case gate.ClaimWaiting:
		return 1
	case gate.ClaimPayable:
		return 2
	case gate.ClaimApproving, gate.ClaimUnpayable:
		return 3
	case gate.ClaimExecuted:
		return 4
	}
	return 0
}

const payoutSteps = 5

// recipient reads an address on an asset's own chain. For a test asset, which
// is on none, any bytes will do.
func readRecipient(a wallet.Asset, text string) (action.Recipient, error) {
	chain, ok := outsideOf(a)
	if !ok {
		return parseRecipient(text)
	}
	id, err := chain.ParseAddress(text)
	if err != nil {
		return action.Recipient{}, err
	}
	return action.NewRecipient(id[:])
}

// recipientText is its inverse, as far as the records are known.
func recipientText(p wallet.Params, asset uint32, b []byte) string {
	if a, err := p.Asset(asset); err == nil {
		if chain, ok := outsideOf(a); ok && len(b) == 32 {
			return chain.Address([32]byte(b))
		}
	}
	return showRecipient(b)
}

// tellWithdrawal says before anything is sent what it costs, where it goes and
// how long it may wait.
func (a *app) tellWithdrawal(ctx context.Context, gs gateways, p wallet.Params, asset wallet.Asset, value uint64, to action.Recipient) {
	chain, ok := outsideOf(asset)
	if a.json || !ok {
		return
	}
	what := "everything in the order"
	if value > 0 {
		what = p.Amount(asset.ID, value) + " " + asset.Symbol
	}
	a.say("withdrawing %s to %s on %s", what, recipientText(p, asset.ID, to.Bytes()), chain.Name)
	a.say("fee %s %s, taken beside it; an account there keeps nothing below %s %s", p.Amount(asset.ID, asset.ExitFee), asset.Symbol,
		amount.FormatWide(chain.Existential, asset.ExternalDecimals), asset.Symbol)
	if a.offline {
		return
	}
	said, err := each(gs, func(g *gate.Client) (gate.Status, error) { return g.Status(ctx) })
	if err != nil || len(said) == 0 {
		return // whoever does not answer does not stop it
	}
	l := said[0].Limit(asset.ID)
	a.say("the signers pay %s %s in any %d blocks; what is more waits for its turn, at most %d blocks",
		p.Amount(asset.ID, l.Rate), asset.Symbol, l.Window, l.MaxDelay)
}

// payout is how far a claim is: what the chain says, and before it has closed
// the claim what the gateways say.
func (s *session) payout(ctx context.Context, gs gateways, claim *wallet.Claim) (payoutView, error) {
	v, err := viewPayout(s.Wallet.Params(), claim)
	switch {
	case err != nil:
		return v, err
	case claim.Status == wallet.ClaimPaid:
		return v, s.payment(ctx, claim.ID, &v)
	case claim.Status == wallet.ClaimOpen && len(gs) > 0:
		return gs.told(ctx, claim.ID, v)
	}
	return v, nil
}

// viewPayout is what the wallet itself knows of a claim.
func viewPayout(p wallet.Params, claim *wallet.Claim) (payoutView, error) {
	asset, err := p.Asset(claim.Asset)
	return payoutView{
		Claim: claim.ID.String(), Chain: outside.ChainOf(asset.Chain).Name, State: string(claim.Status),
		Recipient: recipientText(p, claim.Asset, claim.Recipient),
	}, err
}

// told adds to an open claim what the gateways say. They can't close it: that
// is the chain's to say.
func (gs gateways) told(ctx context.Context, id wallet.ID, v payoutView) (payoutView, error) {
	told, ok, err := gs.claim(ctx, custody.ClaimID(id))
	if err != nil || !ok {
		return v, err
	}
	v.State, v.Reason, v.PayableAt, v.Signatures, v.Needed = told.State, told.Reason, told.PayableAt, told.Signatures, told.Needed
	switch v.State { // until the chain has said so
	case string(wallet.ClaimPaid), string(wallet.ClaimReturned), gate.ClaimClosed:
		v.State = gate.ClaimExecuted
		if told.Payment == nil {
			v.State = gate.ClaimUnpayable
		}
	}
	if told.Payment != nil {
		v.Block, v.Index = told.Payment.Block.String(), told.Payment.Index
	}
	return v, nil
}

// payoutOf goes on with a withdrawal that was executed: it waits, if there are
// gateways to ask, until the money is on its own chain.
func (a *app) payoutOf(gs gateways, patience time.Duration) func(context.Context, *session, wallet.ID, *sentResult) error {
	return func(ctx context.Context, s *session, action wallet.ID, r *sentResult) error {
		claim := s.Wallet.State().ClaimOf(action)
		if claim == nil {
			return nil
		}
		p := s.Wallet.Params()
		if asset, err := p.Asset(claim.Asset); err != nil {
			return err
		} else if _, ok := outsideOf(asset); !ok {
			return nil
		}
		// The withdrawal is done. Whatever hinders the gateways from answering,
		// the answer says so much.
		v, err := viewPayout(p, claim)
		if err != nil {
			return err
		}
		r.Payout = &v
		if len(gs) == 0 || patience <= 0 {
			return nil
		}
		waiting, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := a.followPayout(waiting, s, gs, claim.ID, r.Payout); err != nil {
			if waiting.Err() == nil {
				fmt.Fprintf(a.stderr, "nightjar: %v\n", err)
			}
			return errors.Join(errReported, errWaiting)
		}
		if r.Payout.State == string(wallet.ClaimPaid) {
			r.next = ""
		}
		return nil
	}
}

// payment reads from the chain's own state, proven, which payment closed a claim.
func (s *session) payment(ctx context.Context, id wallet.ID, v *payoutView) error {
	view, err := s.Client().Custody(ctx, []custody.ClaimID{custody.ClaimID(id)}, nil)
	if err != nil {
		return err
	}
	if c, ok := view.Claims[custody.ClaimID(id)]; ok && c.Closed == custody.Paid {
		v.Block, v.Index = hex.EncodeToString(c.Payment.Hash[:]), c.Payment.Index
		v.Signatures, v.Needed = int(view.Signers.Threshold), int(view.Signers.Threshold)
	}
	return nil
}

// followPayout waits until the chain has closed a claim; v is how far it was
// seen, also when the time is over.
func (a *app) followPayout(ctx context.Context, s *session, gs gateways, id wallet.ID, v *payoutView) error {
	bar := progress{app: a}
	defer bar.end()
	for {
		if err := s.sync(ctx); err != nil {
			return err
		}
		claim := s.Wallet.State().FindClaim(id)
		if claim == nil {
			return fmt.Errorf("claim %s is gone", id.Short())
		}
		now, err := s.payout(ctx, gs, claim)
		switch {
		case err == nil:
			*v = now
			if now.State == string(wallet.ClaimPaid) || now.State == string(wallet.ClaimReturned) {
				bar.show(payoutSteps, payoutSteps, now.say())
				return nil
			}
			bar.show(now.step(), payoutSteps, now.say())
		case errors.As(err, new(*rejection.Rejection)):
			return err
		default:
			bar.show(0, payoutSteps, "the gateways do not answer; trying again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followPoll):
		}
	}
}

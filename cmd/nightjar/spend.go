package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// spendCommands make actions.
func (a *app) spendCommands() []*cobra.Command {
	return []*cobra.Command{
		a.depositCommand(), a.transferCommand(), a.orderCommand(), a.cancelCommand(), a.replaceCommand(),
		a.pullCommand(), a.heartbeatCommand(), a.withdrawCommand(),
	}
}

// sending are the flags of every command that makes an action.
type sending struct {
	file    string
	noWait  bool
	timeout time.Duration

	// then goes on with an action that was executed, before the answer is
	// written; nil if that is the end.
	then func(context.Context, *session, wallet.ID, *sentResult) error
}

func (f *sending) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "plan", "", "write the plan to a file, to be proven and signed elsewhere, instead of sending it")
	cmd.Flags().BoolVar(&f.noWait, "no-wait", false, "do not wait until the chain has executed it")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long to wait")
}

// check refuses a time to wait that is none: the action would be sent.
func (f *sending) check() error {
	if f.timeout <= 0 {
		return rejection.New(rejection.BadFlag, "--timeout is more than 0; --no-wait does not wait at all")
	}
	return nil
}

// sentResult says what became of an action.
type sentResult struct {
	OK     bool       `json:"ok"`
	ID     string     `json:"id"`
	Kind   string     `json:"kind"`
	Status string     `json:"status"` // submitted or executed
	Fee    string     `json:"fee"`
	Order  string     `json:"order,omitempty"` // placed, replaced or closed
	Entry  *entryView `json:"entry,omitempty"`
	Terms  *promise   `json:"terms,omitempty"` // of the order that is placed
	Merges int        `json:"merges,omitempty"`

	Payout *payoutView `json:"payout,omitempty"` // of a withdrawal to another chain

	next string
}

func (r sentResult) print(w io.Writer) {
	if r.Merges > 0 {
		fmt.Fprintf(w, "%d merges brought your notes together first.\n", r.Merges)
	}
	if r.Order != "" {
		fmt.Fprintf(w, "Order %s\n", r.Order[:10])
	}
	fmt.Fprintf(w, "Action %s, %s: %s, fee %s.\n", r.ID[:10], r.Kind, r.Status, r.Fee)
	if r.Terms != nil {
		r.Terms.print(w)
	}
	if r.Payout != nil {
		r.Payout.print(w)
	}
	if r.next != "" {
		fmt.Fprintln(w, "Next: "+r.next)
	}
}

// sent begins the result of a plan that was handed to the network.
func (s *session) sent(p *wallet.Plan, next string) sentResult {
	id, records, feeAsset := p.ID(), s.Wallet.Params(), p.FeeAsset
	if p.Action.FeeInAsset {
		feeAsset = p.Action.Out.Asset
	}
	r := sentResult{
		OK: true, ID: id.String(), Kind: string(p.Kind), Status: "submitted", next: next,
		Fee: records.Amount(feeAsset, p.Action.Fee) + " " + records.Symbol(feeAsset),
	}
	if placed, ok := p.Places(); ok {
		r.Order = placed.String()
		promised := promiseOf(records, p.Outputs[0].Terms, p.Outputs[0].Handling)
		r.Terms = &promised
	}
	return r
}

// undecided says that an action was submitted, and that waiting for it ended
// before the chain had decided it. It is saved: whoever sends it again, does it
// twice.
type undecided struct {
	id    wallet.ID
	cause error // nil if the time was over
}

func (u *undecided) Error() string {
	text := fmt.Sprintf("action %s is submitted and not decided yet: do not send it again, `nightjar sync` goes on with it", u.id.Short())
	if u.cause != nil {
		text += fmt.Sprintf(" (%v)", u.cause)
	}
	return text
}

func (u *undecided) Unwrap() error { return u.cause }

// planFileResult says where a plan was written.
type planFileResult struct {
	OK    bool     `json:"ok"`
	Plan  string   `json:"plan"`
	ID    string   `json:"id"`
	Kind  string   `json:"kind"`
	Terms *promise `json:"terms,omitempty"` // of the order that it places
}

func (r planFileResult) print(w io.Writer) {
	fmt.Fprintf(w, "Plan of a %s in %s. It is secret: it shows what it does.\nNext: nightjar plan prove %s, nightjar plan sign %s (anywhere, in any order), nightjar plan submit %s\n",
		r.Kind, r.Plan, r.Plan, r.Plan, r.Plan)
	if r.Terms != nil {
		r.Terms.print(w)
	}
}

// spend makes a plan, merging notes first where it must, and sends it.
func (a *app) spend(cmd *cobra.Command, f *sending, next string, plan func(*session) (*wallet.Plan, error)) error {
	if err := f.check(); err != nil {
		return err
	}
	return a.with(cmd.Context(), func(s *session) error {
		ctx := cmd.Context()
		merges := 0
		make := func() (*wallet.Plan, error) { return plan(s) }
		var p *wallet.Plan
		var err error
		if f.file != "" {
			if p, err = make(); err != nil {
				return err
			}
			return a.writePlan(f.file, p, s.Wallet.Params())
		}
		p, err = s.Wallet.Make(ctx, make, func(id wallet.ID) {
			merges++
			if !a.json {
				fmt.Fprintf(a.stderr, "merging notes: %s\n", id.Short())
			}
		})
		if err != nil {
			return err
		}
		var id wallet.ID
		if err := a.working("proving", func() error { id, err = s.Wallet.Send(ctx, p); return err }); err != nil {
			return err
		}
		r := s.sent(p, next)
		r.Merges = merges
		return a.finish(ctx, s, f, id, r)
	})
}

// finish waits for an action unless told not to, and reports it.
func (a *app) finish(ctx context.Context, s *session, f *sending, id wallet.ID, r sentResult) error {
	if f.noWait {
		r.next = "nightjar sync"
		return a.emit(r)
	}
	waiting, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	var e wallet.Entry
	err := a.working("waiting for the chain", func() (err error) { e, err = s.Wallet.Wait(waiting, id); return err })
	if err != nil && slices.ContainsFunc(s.Wallet.Outgoing(), func(o *wallet.Outgoing) bool { return o.ID == id }) {
		if waiting.Err() != nil {
			err = ctx.Err() // nil if only the time to wait is over
		}
		return &undecided{id, err}
	}
	if err != nil {
		return err
	}
	v := viewEntry(s.Wallet, e)
	r.Status, r.Entry = "executed", &v
	switch {
	case e.Successor != nil:
		r.Order = e.Successor.String()
	case e.Order != nil:
		r.Order = e.Order.String()
	}
	if f.then != nil {
		err = f.then(ctx, s, id, &r)
	}
	if err == nil || errors.Is(err, errReported) {
		err = errors.Join(err, a.emit(r))
	}
	return err
}

func (a *app) writePlan(path string, p *wallet.Plan, records wallet.Params) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	id := p.ID()
	r := planFileResult{OK: true, Plan: path, ID: id.String(), Kind: string(p.Kind)}
	if _, ok := p.Places(); ok {
		promised := promiseOf(records, p.Outputs[0].Terms, p.Outputs[0].Handling)
		r.Terms = &promised
	}
	return a.emit(r)
}

// positive refuses an amount of 0.
func positive(v uint64, err error) (uint64, error) {
	if err == nil && v == 0 {
		err = rejection.New(rejection.BadAmount, "the amount is 0")
	}
	return v, err
}

func (a *app) transferCommand() *cobra.Command {
	var f sending
	var symbol, text, to string
	cmd := &cobra.Command{
		Use: "transfer", Short: "Pay somebody", Args: nothing,
		Example: "nightjar transfer --to njd1… --asset KSM --amount 1.5",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.spend(cmd, &f, "nightjar balance", func(s *session) (*wallet.Plan, error) {
				address, err := keys.ParseAddress(to, s.Network)
				if err != nil {
					return nil, err
				}
				asset, err := s.Wallet.Params().FindAsset(symbol)
				if err != nil {
					return nil, err
				}
				value, err := positive(asset.ParseAmount(text))
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanTransfer(asset.ID, value, address)
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "address to pay")
	cmd.Flags().StringVar(&symbol, "asset", "", "what, by symbol or id")
	cmd.Flags().StringVar(&text, "amount", "", "how much, as a decimal number")
	f.register(cmd)
	return cmd
}

func (a *app) withdrawCommand() *cobra.Command {
	var f sending
	var reach reaching
	var symbol, text, to, from string
	cmd := &cobra.Command{
		Use: "withdraw", Short: "Send money to its own chain, from notes or straight from an order", Args: nothing,
		Long: `Withdraw sends an asset to an address on its own chain. The fee is taken from
the withdrawn asset; no other coin, no enclave and nobody's permission is
needed. With --order the money comes straight out of a resting order, all of
it unless --amount says less.

Where gateways are named it waits until the money is there, and shows the
payment.`,
		Example: "nightjar withdraw --asset KSM --amount 3 --to ADDRESS\nnightjar withdraw --order 2f6c01ab9d --to ADDRESS",
		RunE: func(cmd *cobra.Command, _ []string) error {
			gs, err := reach.dial()
			if err != nil {
				return err
			}
			defer gs.close()
			f.then = a.payoutOf(gs, reach.patience(a, cmd, f.noWait))
			return a.spend(cmd, &f, "nightjar claims", func(s *session) (*wallet.Plan, error) {
				var o *wallet.Order
				var asset wallet.Asset
				var err error
				if from != "" {
					if o, err = s.Wallet.State().FindOrder(from); err != nil {
						return nil, err
					}
					asset, err = s.Wallet.Params().Asset(o.Order.Asset)
				} else {
					asset, err = s.Wallet.Params().FindAsset(symbol)
				}
				if err != nil {
					return nil, err
				}
				recipient, err := readRecipient(asset, to)
				if err != nil {
					return nil, err
				}
				var value uint64
				if text != "" || o == nil {
					if value, err = positive(asset.ParseAmount(text)); err != nil {
						return nil, err
					}
				}
				arrives := value
				if o != nil && value == 0 { // all of it
					arrives = o.Order.Value - min(o.Order.Value, asset.ExitFee)
				}
				if chain, ok := outsideOf(asset); ok {
					if err := chain.CheckPayout(asset.Record, arrives); err != nil {
						return nil, err
					}
				}
				a.tellWithdrawal(cmd.Context(), gs, s.Wallet.Params(), asset, value, recipient)
				return s.Wallet.PlanWithdraw(asset.ID, value, recipient, o)
			})
		},
	}
	cmd.Flags().StringVar(&symbol, "asset", "", "what, by symbol or id")
	cmd.Flags().StringVar(&text, "amount", "", "how much, as a decimal number")
	cmd.Flags().StringVar(&to, "to", "", "address on the asset's own chain, as text or as 0x and hex digits")
	cmd.Flags().StringVar(&from, "order", "", "take it out of this order")
	f.register(cmd)
	reach.register(a, cmd)
	reach.registerFollow(cmd, "the money is there")
	return cmd
}

// parseRecipient reads an address of another chain: hex after 0x, and anything
// else as the text that it is.
func parseRecipient(text string) (action.Recipient, error) {
	b := []byte(text)
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		var err error
		if b, err = hex.DecodeString(digits); err != nil {
			return action.Recipient{}, rejection.New(rejection.BadWithdrawal, "after 0x an address has hex digits")
		}
	}
	return action.NewRecipient(b)
}

// showRecipient is the inverse of parseRecipient.
func showRecipient(b []byte) string {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return "0x" + hex.EncodeToString(b)
		}
	}
	return string(b)
}

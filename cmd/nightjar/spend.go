package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// spendCommands make actions.
func (a *app) spendCommands() []*cobra.Command {
	return []*cobra.Command{
		a.depositCommand(), a.transferCommand(), a.orderCommand(), a.cancelCommand(), a.replaceCommand(),
		a.pullCommand(), a.withdrawCommand(),
	}
}

// sending are the flags of every command that makes an action.
type sending struct {
	file    string
	noWait  bool
	timeout time.Duration
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
	Merges int        `json:"merges,omitempty"`
	next   string
}

func (r sentResult) print(w io.Writer) {
	if r.Merges > 0 {
		fmt.Fprintf(w, "%d merges brought your notes together first.\n", r.Merges)
	}
	if r.Order != "" {
		fmt.Fprintf(w, "Order %s\n", r.Order[:10])
	}
	fmt.Fprintf(w, "Action %s, %s: %s, fee %s.\n", r.ID[:10], r.Kind, r.Status, r.Fee)
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
	OK   bool   `json:"ok"`
	Plan string `json:"plan"`
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

func (r planFileResult) print(w io.Writer) {
	fmt.Fprintf(w, "Plan of a %s in %s. It is secret: it shows what it does.\nNext: nightjar plan prove %s, nightjar plan sign %s (anywhere, in any order), nightjar plan submit %s\n",
		r.Kind, r.Plan, r.Plan, r.Plan, r.Plan)
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
			return a.writePlan(f.file, p)
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
	v := viewEntry(s.Wallet.Params(), e)
	r.Status, r.Entry = "executed", &v
	switch {
	case e.Successor != nil:
		r.Order = e.Successor.String()
	case e.Order != nil:
		r.Order = e.Order.String()
	}
	return a.emit(r)
}

func (a *app) writePlan(path string, p *wallet.Plan) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	id := p.ID()
	return a.emit(planFileResult{true, path, id.String(), string(p.Kind)})
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

// orderFlags are the terms of an order as a person writes them.
type orderFlags struct {
	market, side, qty, limit, min, band, expiry, maxFee string
	last                                                uint32
}

func (o *orderFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.qty, "qty", "", "how much of the base asset, as a decimal number")
	flags.StringVar(&o.limit, "limit", "", "the worst price, in the quote asset for one of the base asset")
	flags.StringVar(&o.min, "min", "", "the least of the base asset that a fill may take (default: anything)")
	flags.StringVar(&o.band, "band", "", "how far from the reference price it may trade, in bp; 0 is at it, none is anywhere (default: none)")
	flags.StringVar(&o.expiry, "expiry", "", "last block in which it may trade, +N for N blocks from now, or none (default: none)")
	flags.StringVar(&o.maxFee, "max-fee", "", "largest fee in bp (default: the market's)")
}

// terms applies the flags that were given to t.
func (o *orderFlags) terms(p wallet.Params, m wallet.Market, t order.Terms) (order.Terms, error) {
	var err error
	read := func(text string, parse func(string) (uint64, error), into *uint64) {
		if text == "" || err != nil {
			return
		}
		*into, err = parse(text)
	}
	read(o.qty, func(s string) (uint64, error) { return positive(p.ParseLots(m, s)) }, &t.Qty)
	read(o.limit, func(s string) (uint64, error) { return p.ParsePrice(m, s) }, &t.Limit)
	read(o.min, func(s string) (uint64, error) { return p.ParseLots(m, s) }, &t.MinFill)
	if err != nil {
		return t, err
	}
	if t.Band, err = number16("band", o.band, t.Band, order.NoBand); err != nil {
		return t, err
	}
	if t.MaxFee, err = number16("max-fee", o.maxFee, t.MaxFee, t.MaxFee); err != nil {
		return t, err
	}
	switch {
	case o.expiry == "":
	case o.expiry == "none":
		t.Expiry = math.MaxUint32
	default:
		n, err := strconv.ParseUint(strings.TrimPrefix(o.expiry, "+"), 10, 32)
		if strings.HasPrefix(o.expiry, "+") {
			n += p.Height
		}
		if err != nil || n > math.MaxUint32 {
			return t, rejection.New(rejection.BadTerms, "expiry %q is neither a block, +N nor none", o.expiry)
		}
		t.Expiry = uint32(n)
	}
	return t, nil
}

// number16 reads a small number, or a word for its largest meaning.
func number16(name, text string, otherwise, none uint16) (uint16, error) {
	switch text {
	case "":
		return otherwise, nil
	case "none":
		return none, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, rejection.New(rejection.BadTerms, "%s %q is not a number of bp", name, text)
	}
	return uint16(n), nil
}

func (a *app) orderCommand() *cobra.Command {
	var f sending
	var o orderFlags
	cmd := &cobra.Command{
		Use: "order", Short: "Place a hidden order", Args: nothing,
		Example: "nightjar order --market KSM/USD --side buy --qty 2.5 --limit 25.10 --min 0.5 --band 100 --expiry +7200",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.spend(cmd, &f, "nightjar orders, nightjar fills", func(s *session) (*wallet.Plan, error) {
				p := s.Wallet.Params()
				m, err := p.FindMarket(o.market)
				if err != nil {
					return nil, err
				}
				t := order.Terms{
					Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize,
					Expiry: math.MaxUint32, Band: order.NoBand, MaxFee: m.FeeBp,
				}
				switch strings.ToLower(o.side) {
				case "buy":
					t.Side = order.Buy
				case "sell":
					t.Side = order.Sell
				default:
					return nil, rejection.New(rejection.BadTerms, "--side is buy or sell, not %q", o.side)
				}
				if o.qty == "" || o.limit == "" {
					return nil, rejection.New(rejection.BadTerms, "--qty and --limit are needed: there are no orders without a limit")
				}
				if t, err = o.terms(p, m, t); err != nil {
					return nil, err
				}
				return s.Wallet.PlanOrder(t, order.Handling{})
			})
		},
	}
	cmd.Flags().StringVar(&o.market, "market", "", "market, as BASE/QUOTE or by id")
	cmd.Flags().StringVar(&o.side, "side", "", "buy or sell")
	o.register(cmd)
	f.register(cmd)
	return cmd
}

func (a *app) replaceCommand() *cobra.Command {
	var f sending
	var o orderFlags
	cmd := &cobra.Command{
		Use: "replace ORDER", Short: "Replace a resting order by one with other terms, in one step", Args: exactly(1, "the id of an order, or its first digits"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.spend(cmd, &f, "nightjar orders", func(s *session) (*wallet.Plan, error) {
				old, err := s.Wallet.State().FindOrder(args[0])
				if err != nil {
					return nil, err
				}
				p := s.Wallet.Params()
				m, err := p.Market(old.Order.Terms.Market)
				if err != nil {
					return nil, err
				}
				t, err := o.terms(p, m, old.Order.Terms)
				if err != nil {
					return nil, err
				}
				if o.qty != "" && o.min == "" {
					t.MinFill = min(t.MinFill, t.Qty)
				}
				return s.Wallet.PlanReplace(old, t, old.Handling)
			})
		},
	}
	o.register(cmd)
	f.register(cmd)
	return cmd
}

func (a *app) cancelCommand() *cobra.Command {
	var f sending
	cmd := &cobra.Command{
		Use: "cancel ORDER", Short: "Take an order's money back", Args: exactly(1, "the id of an order, or its first digits"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.spend(cmd, &f, "nightjar balance", func(s *session) (*wallet.Plan, error) {
				o, err := s.Wallet.State().FindOrder(args[0])
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanCancel(o)
			})
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) pullCommand() *cobra.Command {
	var f sending
	var all bool
	var heartbeat uint32
	cmd := &cobra.Command{
		Use: "pull [ORDER]", Short: "Tell the enclaves to stop trading an order; its money stays in it until you cancel",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if given := len(args) + count(all) + count(heartbeat > 0); given != 1 {
				return rejection.New(rejection.BadFlag, "it takes an order's id, --all or --heartbeat")
			}
			return a.spend(cmd, &f, "nightjar cancel ORDER", func(s *session) (*wallet.Plan, error) {
				switch {
				case all:
					return s.Wallet.PlanPullAll()
				case heartbeat > 0:
					return s.Wallet.PlanHeartbeat(heartbeat)
				}
				o, err := s.Wallet.State().FindOrder(args[0])
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanPull(o)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all of your orders")
	cmd.Flags().Uint32Var(&heartbeat, "heartbeat", 0, "all of your orders, unless another heartbeat comes within so many blocks")
	f.register(cmd)
	return cmd
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *app) withdrawCommand() *cobra.Command {
	var f sending
	var symbol, text, to, from string
	cmd := &cobra.Command{
		Use: "withdraw", Short: "Send money to its own chain, from notes or straight from an order", Args: nothing,
		Long: `Withdraw sends an asset to an address on its own chain. The fee is taken from
the withdrawn asset; no other coin, no enclave and nobody's permission is
needed. With --order the money comes straight out of a resting order, all of
it unless --amount says less.`,
		Example: "nightjar withdraw --asset KSM --amount 3 --to ADDRESS\nnightjar withdraw --order 2f6c01ab9d --to ADDRESS",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.spend(cmd, &f, "nightjar claims", func(s *session) (*wallet.Plan, error) {
				recipient, err := parseRecipient(to)
				if err != nil {
					return nil, err
				}
				var o *wallet.Order
				var asset wallet.Asset
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
				var value uint64
				if text != "" || o == nil {
					if value, err = positive(asset.ParseAmount(text)); err != nil {
						return nil, err
					}
				}
				return s.Wallet.PlanWithdraw(asset.ID, value, recipient, o)
			})
		},
	}
	cmd.Flags().StringVar(&symbol, "asset", "", "what, by symbol or id")
	cmd.Flags().StringVar(&text, "amount", "", "how much, as a decimal number")
	cmd.Flags().StringVar(&to, "to", "", "address on the asset's own chain, as text or as 0x and hex digits")
	cmd.Flags().StringVar(&from, "order", "", "take it out of this order")
	f.register(cmd)
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

package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// queryCommands look and change nothing on chain.
func (a *app) queryCommands() []*cobra.Command {
	return []*cobra.Command{
		a.addressCommand(), a.balanceCommand(), a.depositsCommand(), a.ordersCommand(), a.fillsCommand(), a.historyCommand(),
		a.claimsCommand(), a.pendingCommand(), a.marketsCommand(), a.viewingKeyCommand(), a.syncCommand(),
	}
}

// query makes a command that shows something of the open wallet.
func (a *app) query(use, short string, show func(*session) (result, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(s *session) error {
				r, err := show(s)
				if err != nil {
					return err
				}
				return a.emit(r)
			})
		},
	}
}

// table writes rows in columns.
func table(w io.Writer, heads string, rows [][]any) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, heads)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, cell)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

type addressResult struct {
	Address string `json:"address"`
}

func (r addressResult) print(w io.Writer) { fmt.Fprintln(w, r.Address) }

func (a *app) addressCommand() *cobra.Command {
	var fresh bool
	cmd := a.query("address", "Show an address to be paid at", func(s *session) (result, error) {
		addr := s.Wallet.Address()
		if fresh {
			var err error
			if addr, err = s.Wallet.NewAddress(); err != nil {
				return nil, err
			}
		}
		return addressResult{addr.Format(s.Network)}, nil
	})
	cmd.Flags().BoolVar(&fresh, "new", false, "a new one, which nobody can link to the others")
	return cmd
}

type balanceResult struct {
	Height   uint64           `json:"height"`
	Balances []balanceOfAsset `json:"balances"`
}

type balanceOfAsset struct {
	Asset     string `json:"asset"`
	ID        uint32 `json:"id"`
	Spendable string `json:"spendable"`
	Maturing  string `json:"maturing"`
	Leaving   string `json:"leaving"`
	Orders    string `json:"orders"`
	Claims    string `json:"claims"`
}

func (r balanceResult) print(w io.Writer) {
	if len(r.Balances) == 0 {
		fmt.Fprintf(w, "Nothing yet, at block %d.\nNext: nightjar deposit --asset SYMBOL\n", r.Height)
		return
	}
	var rows [][]any
	for _, b := range r.Balances {
		rows = append(rows, []any{b.Asset, b.Spendable, b.Orders, b.Maturing, b.Leaving, b.Claims})
	}
	table(w, "ASSET\tSPENDABLE\tIN ORDERS\tMATURING\tLEAVING\tWITHDRAWING", rows)
	fmt.Fprintf(w, "at block %d\n", r.Height)
}

func (a *app) balanceCommand() *cobra.Command {
	return a.query("balance", "Show what there is of every asset", func(s *session) (result, error) {
		p := s.Wallet.Params()
		r := balanceResult{Height: s.Wallet.State().Height, Balances: []balanceOfAsset{}}
		for _, b := range s.Wallet.Balances() {
			r.Balances = append(r.Balances, balanceOfAsset{
				Asset: p.Symbol(b.Asset), ID: b.Asset,
				Spendable: p.Amount(b.Asset, b.Spendable), Maturing: p.Amount(b.Asset, b.Maturing),
				Leaving: p.Amount(b.Asset, b.Leaving), Orders: p.Amount(b.Asset, b.Orders), Claims: p.Amount(b.Asset, b.Claims),
			})
		}
		return r, nil
	})
}

type ordersResult struct {
	Height uint64      `json:"height"`
	Orders []orderView `json:"orders"`
}

type orderView struct {
	ID       string `json:"id"`
	Market   string `json:"market"`
	Side     string `json:"side"`
	Placed   string `json:"placed"`
	Filled   string `json:"filled"`
	Left     string `json:"left"`
	Limit    string `json:"limit"`
	Min      string `json:"min"`
	Band     string `json:"band"`
	Peg      string `json:"peg"`    // none, mid, primary or market
	Offset   int32  `json:"offset"` // ticks
	TIF      string `json:"tif"`
	Self     string `json:"self_trade"`
	Pool     string `json:"pool"`
	handling string
	Expiry   uint32 `json:"expiry"`
	MaxFeeBp uint16 `json:"max_fee_bp"`
	Locked   string `json:"locked"`
	Asset    string `json:"asset"`
	Status   string `json:"status"`
	Expired  bool   `json:"expired"`
	Known    bool   `json:"known"` // to the enclaves, as far as the chain tells
	Height   uint64 `json:"height"`
}

func viewOrder(p wallet.Params, o *wallet.Order, height uint64) orderView {
	t := o.Order.Terms
	m, err := p.Market(t.Market)
	if err != nil {
		m.LotSize, m.Base, m.Quote = t.LotSize, t.Base, t.Quote
	}
	v := orderView{
		ID: o.ID.String(), Market: p.Pair(m), Side: t.Side.String(),
		Placed: p.Lots(m, o.Placed), Filled: p.Lots(m, o.Filled), Left: p.Lots(m, t.Qty), Limit: p.Price(m, t.Limit),
		Min: p.Lots(m, t.MinFill), Band: fmt.Sprint(t.Band, " bp"), Expiry: t.Expiry, MaxFeeBp: t.MaxFee,
		Asset: p.Symbol(o.Order.Asset), Locked: "0", Status: string(o.Status), Expired: o.Expired(height), Known: !p.Forgotten(o), Height: o.Height,
	}
	v.Peg, v.Offset, v.TIF = nameOf(pegs, o.Handling.Peg), o.Handling.Offset, showForce(o.Handling)
	v.Self, v.Pool, v.handling = nameOf(selfTrades, o.Handling.SelfTrade), showPool(o.Handling), showHandling(o.Handling)
	if t.Band == order.NoBand {
		v.Band = "none"
	}
	if o.Live() {
		v.Locked = p.Amount(o.Order.Asset, o.Order.Value)
	}
	if v.Expired {
		v.Status += ", expired"
	}
	if !v.Known {
		v.Status += ", lost by the enclaves: `nightjar replace` it by itself"
	}
	return v
}

func (r ordersResult) print(w io.Writer) {
	if len(r.Orders) == 0 {
		fmt.Fprintln(w, "No orders.\nNext: nightjar order --market BASE/QUOTE --side buy --qty 1 --limit 1")
		return
	}
	var rows [][]any
	for _, o := range r.Orders {
		rows = append(rows, []any{o.ID[:10], o.Market, o.Side, o.Left + " of " + o.Placed, o.Limit, o.handling, o.Status, o.Locked + " " + o.Asset})
	}
	table(w, "ORDER\tMARKET\tSIDE\tLEFT\tLIMIT\tHANDLING\tSTATUS\tLOCKED", rows)
}

func (a *app) ordersCommand() *cobra.Command {
	var all bool
	cmd := a.query("orders", "Show your orders", func(s *session) (result, error) {
		r := ordersResult{Height: s.Wallet.State().Height, Orders: []orderView{}}
		for _, o := range s.Wallet.State().Orders {
			if all || o.Live() {
				r.Orders = append(r.Orders, viewOrder(s.Wallet.Params(), o, r.Height))
			}
		}
		return r, nil
	})
	cmd.Flags().BoolVar(&all, "all", false, "also those that are filled, cancelled or replaced")
	return cmd
}

type fillsResult struct {
	Fills []fillView `json:"fills"`
}

type fillView struct {
	Order   string `json:"order"`
	Market  string `json:"market"`
	Side    string `json:"side"`
	Qty     string `json:"qty"`
	Price   string `json:"price"`
	Paid    string `json:"paid"`
	Got     string `json:"got"`
	Fee     string `json:"fee"`
	Refund  string `json:"refund"`
	Left    string `json:"left"`
	Auction uint64 `json:"auction"`
	Height  uint64 `json:"height"`
}

func viewFill(p wallet.Params, f wallet.Fill) fillView {
	m, _ := p.Market(f.Market)
	base, quote := p.Amount(m.Base, f.Base)+" "+p.Symbol(m.Base), p.Amount(m.Quote, f.Quote)+" "+p.Symbol(m.Quote)
	v := fillView{
		Order: f.Order.String(), Market: p.Pair(m), Side: f.Side.String(), Qty: p.Lots(m, f.Lots), Price: p.Price(m, f.Price),
		Paid: quote, Got: base, Fee: p.Amount(m.Quote, f.Fee) + " " + p.Symbol(m.Quote),
		Refund: p.Amount(m.Quote, f.Refund) + " " + p.Symbol(m.Quote), Left: p.Lots(m, f.Left),
		Auction: f.Auction, Height: f.Height,
	}
	if f.Side == order.Sell {
		v.Paid, v.Got = base, quote
		v.Refund = p.Amount(m.Base, f.Refund) + " " + p.Symbol(m.Base)
	}
	return v
}

func (r fillsResult) print(w io.Writer) {
	if len(r.Fills) == 0 {
		fmt.Fprintln(w, "No fills.")
		return
	}
	var rows [][]any
	for _, f := range r.Fills {
		rows = append(rows, []any{f.Auction, f.Order[:10], f.Market, f.Side, f.Qty, f.Price, f.Paid, f.Got, f.Fee, f.Refund})
	}
	table(w, "AUCTION\tORDER\tMARKET\tSIDE\tQTY\tPRICE\tPAID\tGOT\tFEE\tREFUND", rows)
}

func (a *app) fillsCommand() *cobra.Command {
	return a.query("fills", "Show the settled fills of your orders", func(s *session) (result, error) {
		r := fillsResult{Fills: []fillView{}}
		for _, f := range s.Wallet.State().Fills {
			r.Fills = append(r.Fills, viewFill(s.Wallet.Params(), f))
		}
		return r, nil
	})
}

type historyResult struct {
	Entries []entryView `json:"entries"`
}

type entryView struct {
	wallet.Entry
	AssetName  string `json:"asset_name"`
	AmountText string `json:"amount_text"`
	FeeText    string `json:"fee_text,omitempty"`
	Handling   string `json:"handling,omitempty"` // of an order that was placed, as --peg, --tif and the others say it
}

func (r historyResult) print(w io.Writer) {
	if len(r.Entries) == 0 {
		fmt.Fprintln(w, "Nothing has happened yet.")
		return
	}
	var rows [][]any
	for _, e := range r.Entries {
		about := shorten(e.To)
		if e.Order != nil {
			about = "order " + e.Order.Short()
		}
		if e.Handling != "" {
			about += ", " + e.Handling
		}
		rows = append(rows, []any{e.Height, e.Kind, e.AmountText + " " + e.AssetName, e.FeeText, about, e.ID.Short()})
	}
	table(w, "BLOCK\tWHAT\tAMOUNT\tFEE\tABOUT\tID", rows)
}

// shorten keeps the ends of a long address: enough to recognise it.
func shorten(s string) string {
	const whole, end = 24, 10
	if len(s) <= whole {
		return s
	}
	return s[:end] + "…" + s[len(s)-end:]
}

func viewEntry(w *wallet.Wallet, e wallet.Entry) entryView {
	p := w.Params()
	if b, err := hex.DecodeString(e.To); err == nil && e.Kind == wallet.WithdrawEntry {
		e.To = recipientText(p, e.Asset, b)
	}
	v := entryView{Entry: e, AssetName: p.Symbol(e.Asset), AmountText: p.Amount(e.Asset, e.Amount)}
	if e.Fee > 0 {
		v.FeeText = p.Amount(e.FeeAsset, e.Fee) + " " + p.Symbol(e.FeeAsset)
	}
	placed := e.Successor
	if e.Kind == wallet.OrderEntry {
		placed = e.Order
	}
	if placed != nil {
		if o, err := w.State().FindOrder(placed.String()); err == nil {
			v.Handling = showHandling(o.Handling)
		}
	}
	return v
}

func (a *app) historyCommand() *cobra.Command {
	return a.query("history", "Show everything that happened", func(s *session) (result, error) {
		r := historyResult{Entries: []entryView{}}
		for _, e := range s.Wallet.State().History {
			r.Entries = append(r.Entries, viewEntry(s.Wallet, e))
		}
		return r, nil
	})
}

type claimsResult struct {
	Claims []claimView `json:"claims"`
}

type claimView struct {
	ID        string `json:"id"`
	Asset     string `json:"asset"`
	Amount    string `json:"amount"`
	Recipient string `json:"recipient"`
	Status    string `json:"status"`
	Height    uint64 `json:"height"`

	Payout *payoutView `json:"payout,omitempty"` // of an open one, as the gateways say
	said   string
}

func (r claimsResult) print(w io.Writer) {
	if len(r.Claims) == 0 {
		fmt.Fprintln(w, "No withdrawals.")
		return
	}
	var rows [][]any
	for _, c := range r.Claims {
		status := c.Status
		if c.said != "" {
			status += ", " + c.said
		}
		rows = append(rows, []any{c.ID[:10], c.Amount + " " + c.Asset, status, c.Height, c.Recipient})
	}
	table(w, "CLAIM\tAMOUNT\tSTATUS\tBLOCK\tTO", rows)
}

func (a *app) claimsCommand() *cobra.Command {
	var f reaching
	cmd := a.query("claims", "Show your withdrawals and where they stand", nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), func(s *session) error {
			gs, err := f.dial()
			if err != nil {
				return err
			}
			defer gs.close()
			r := claimsResult{Claims: []claimView{}}
			for _, c := range s.Wallet.State().Claims {
				v, err := s.viewClaim(cmd.Context(), gs, c)
				if err != nil {
					return err
				}
				r.Claims = append(r.Claims, v)
			}
			return a.emit(r)
		})
	}
	f.register(a, cmd)
	return cmd
}

// viewClaim shows a claim; of an open one also what the gateways say.
func (s *session) viewClaim(ctx context.Context, gs gateways, c *wallet.Claim) (claimView, error) {
	p := s.Wallet.Params()
	v := claimView{
		ID: c.ID.String(), Asset: p.Symbol(c.Asset), Amount: p.Amount(c.Asset, c.Amount),
		Recipient: recipientText(p, c.Asset, c.Recipient), Status: string(c.Status), Height: c.Height,
	}
	asset, err := p.Asset(c.Asset)
	if err != nil {
		return v, err
	}
	if _, ok := outsideOf(asset); !ok || c.Status != wallet.ClaimOpen || len(gs) == 0 || s.app.offline {
		return v, nil
	}
	payout, err := s.payout(ctx, gs, c)
	if err != nil {
		return v, err
	}
	v.Payout, v.said = &payout, payout.say()
	return v, nil
}

type pendingResult struct {
	Pending []pendingView `json:"pending"`
}

type pendingView struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Admitted bool   `json:"admitted"`
}

func (r pendingResult) print(w io.Writer) {
	if len(r.Pending) == 0 {
		fmt.Fprintln(w, "Nothing is under way.")
		return
	}
	var rows [][]any
	for _, p := range r.Pending {
		where := "submitted"
		if p.Admitted {
			where = "in a block, not executed yet"
		}
		rows = append(rows, []any{p.ID[:10], p.Kind, where})
	}
	table(w, "ACTION\tKIND\tSTATUS", rows)
}

func (a *app) pendingCommand() *cobra.Command {
	return a.query("pending", "Show actions that the chain has not decided yet", func(s *session) (result, error) {
		r := pendingResult{Pending: []pendingView{}}
		for _, o := range s.Wallet.Outgoing() {
			r.Pending = append(r.Pending, pendingView{o.ID.String(), string(o.Plan.Kind), o.Admitted})
		}
		return r, nil
	})
}

type marketsResult struct {
	Markets     []marketView `json:"markets"`
	Fee         string       `json:"fee"`         // of an action that is not a withdrawal
	Withdrawals []string     `json:"withdrawals"` // fee in each asset
}

type marketView struct {
	ID        uint32 `json:"id"`
	Pair      string `json:"pair"`
	Lot       string `json:"lot"`
	Tick      string `json:"tick"`
	MinQty    string `json:"min_qty"`
	FeeBp     uint16 `json:"fee_bp"`
	Reference string `json:"reference"` // the middle of:
	Bid       string `json:"bid"`
	Ask       string `json:"ask"`
}

func (r marketsResult) print(w io.Writer) {
	var rows [][]any
	for _, m := range r.Markets {
		rows = append(rows, []any{m.ID, m.Pair, m.Reference, m.Bid, m.Ask, m.Lot, m.MinQty, m.Tick, m.FeeBp})
	}
	table(w, "ID\tMARKET\tREFERENCE\tBID\tASK\tLOT\tSMALLEST\tTICK\tFEE (bp)", rows)
	fmt.Fprintf(w, "A withdrawal costs %s, every other action %s.\n", strings.Join(r.Withdrawals, " or "), r.Fee)
}

func (a *app) marketsCommand() *cobra.Command {
	return a.query("markets", "Show the markets and what trading costs", func(s *session) (result, error) {
		p := s.Wallet.Params()
		r := marketsResult{Markets: []marketView{}, Fee: p.Amount(p.FeeAsset, p.Fee) + " " + p.Symbol(p.FeeAsset)}
		for _, x := range p.Assets {
			r.Withdrawals = append(r.Withdrawals, p.Amount(x.ID, x.ExitFee)+" "+x.Symbol)
		}
		for _, m := range p.Markets {
			v := marketView{
				ID: m.ID, Pair: p.Pair(m), Lot: p.Lots(m, 1), Tick: p.Price(m, m.Tick),
				MinQty: p.Lots(m, m.MinQty), FeeBp: m.FeeBp, Reference: "none", Bid: "none", Ask: "none",
			}
			if q := m.Reference; q.Valid() {
				v.Reference, v.Bid, v.Ask = p.Price(m, q.Mid), p.Price(m, q.Bid), p.Price(m, q.Ask)
			}
			r.Markets = append(r.Markets, v)
		}
		return r, nil
	})
}

type keyResult struct {
	ViewingKey string `json:"viewing_key,omitempty"`
	ProverKey  string `json:"prover_key,omitempty"`
}

func (r keyResult) print(w io.Writer) { fmt.Fprintln(w, r.ViewingKey+r.ProverKey) }

func (a *app) viewingKeyCommand() *cobra.Command {
	var prover bool
	cmd := &cobra.Command{
		Use: "viewing-key", Short: "Show the key that sees everything and spends nothing", Args: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			if prover {
				return a.emit(keyResult{ProverKey: s.View.ProverKey.Format(s.Network)})
			}
			return a.emit(keyResult{ViewingKey: s.View.Format(s.Network)})
		},
	}
	cmd.Flags().BoolVar(&prover, "prover", false, "the key that proves plans, and neither sees nor spends")
	return cmd
}

type syncResult struct {
	Height      uint64 `json:"height"`
	Development bool   `json:"development"`
	Chain       string `json:"chain_id"`
	Pending     int    `json:"pending"`
}

func (r syncResult) print(w io.Writer) {
	fmt.Fprintf(w, "%s, block %d.\n", r.Chain, r.Height)
	if r.Development {
		fmt.Fprintln(w, "DEVELOPMENT network: nothing on it is worth anything, and its enclaves may protect nothing.")
	}
	if r.Pending > 0 {
		fmt.Fprintf(w, "%d actions are under way: nightjar pending\n", r.Pending)
	}
}

func (a *app) syncCommand() *cobra.Command {
	cmd := a.query("sync", "Read the chain up to the newest block", func(s *session) (result, error) {
		return syncResult{
			Height: s.Wallet.State().Height, Chain: s.Genesis.ChainID,
			Development: s.Network == keys.Development, Pending: len(s.Wallet.Outgoing()),
		}, nil
	})
	cmd.Flags().BoolVar(&a.rescan, "from-start", false, "forget what was read and read it all again")
	return cmd
}

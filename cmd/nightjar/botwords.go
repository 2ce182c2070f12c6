package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nightjar/nightjar/bot/live"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// botLine is what a bot says of one event: a line, or a JSON value on one.
type botLine struct {
	Event    string `json:"event"`
	Height   uint64 `json:"height"`
	Time     string `json:"time"`
	Order    string `json:"order,omitempty"`
	Side     string `json:"side,omitempty"`
	Qty      string `json:"qty,omitempty"`      // of the base asset
	Limit    string `json:"limit,omitempty"`    // of an order
	Peg      string `json:"peg,omitempty"`      // with its offset
	MinFill  string `json:"min_fill,omitempty"` // of the base asset
	Price    string `json:"price,omitempty"`    // of a fill
	Fee      string `json:"fee,omitempty"`      // of a fill, in the quote asset
	Left     string `json:"left,omitempty"`     // of the order after a fill
	Blocks   uint32 `json:"blocks,omitempty"`   // of a heartbeat
	Position string `json:"position"`           // of the base asset, as settled
	Code     string `json:"code,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Why      string `json:"why,omitempty"` // it stopped
}

// write says a line as one JSON value, or as text.
func (t *trading) write(v any, text func(io.Writer)) error {
	if t.app.json {
		return json.NewEncoder(t.app.stdout).Encode(v)
	}
	text(t.app.stdout)
	return nil
}

// base is lots with a sign, as an amount of the base asset.
func (t *trading) base(lots int64) string {
	if lots < 0 {
		return "-" + t.params.Lots(t.market, uint64(-lots))
	}
	return t.params.Lots(t.market, uint64(lots))
}

// report writes an event.
func (t *trading) report(e live.Event) {
	p, m := t.params, t.market
	v := botLine{
		Event: string(e.Kind), Height: e.Height, Time: time.Unix(e.Time, 0).UTC().Format(time.RFC3339),
		Position: t.base(e.Position), Blocks: e.Blocks, Why: string(e.Why),
	}
	if !e.Order.IsZero() {
		v.Order = e.Order.String()
	}
	if w := e.What; w.Lots > 0 {
		v.Side, v.Qty, v.Limit = w.Side.String(), p.Lots(m, w.Lots), p.Price(m, w.Limit)
		if w.Handling.Peg != order.NoPeg {
			v.Peg = showPeg(w.Handling)
		}
		if w.MinFill > 0 {
			v.MinFill = p.Lots(m, w.MinFill)
		}
	}
	if f := e.Fill; e.Kind == live.Filled {
		v.Side, v.Qty, v.Price, v.Left = f.Side.String(), p.Lots(m, f.Lots), p.Price(m, f.Price), p.Lots(m, f.Left)
		v.Fee = p.Amount(m.Quote, f.Fee)
	}
	var refused *rejection.Rejection
	switch {
	case errors.As(e.Err, &refused):
		v.Code, v.Detail = refused.Code.Name(), refused.Detail
	case e.Err != nil:
		v.Detail = e.Err.Error()
	}
	_ = t.write(v, v.print(p.Symbol(m.Base))) // nobody may be there to read it
}

// print returns the line for a person.
func (v botLine) print(base string) func(io.Writer) {
	return func(w io.Writer) {
		fmt.Fprintf(w, "%s  block %d  %-9s", v.Time[11:19], v.Height, v.Event)
		switch {
		case v.Price != "":
			fmt.Fprintf(w, "  %s %s %s at %s, fee %s, %s left in order %s; position %s", v.Side, v.Qty, base, v.Price, v.Fee, v.Left, v.Order[:10], v.Position)
		case v.Qty != "":
			fmt.Fprintf(w, "  %s %s %s", v.Side, v.Qty, base)
			if v.Peg != "" {
				fmt.Fprintf(w, " at %s", v.Peg)
			}
			fmt.Fprintf(w, ", limit %s", v.Limit)
			if v.Order != "" {
				fmt.Fprintf(w, ", order %s", v.Order[:10])
			}
		}
		if v.Blocks > 0 {
			fmt.Fprintf(w, "  for %d blocks", v.Blocks)
		}
		if v.Event == string(live.Started) {
			fmt.Fprintf(w, "  position %s %s", v.Position, base)
		}
		for _, text := range []string{v.Why, v.Code, v.Detail} {
			if text != "" {
				fmt.Fprint(w, "  ", text)
			}
		}
		fmt.Fprintln(w)
	}
}

// botOpening is what a bot says first.
type botOpening struct {
	Event       string `json:"event"`
	Strategy    string `json:"strategy"`
	Market      string `json:"market"`
	Resumed     bool   `json:"resumed"`
	Since       uint64 `json:"since"`
	MaxPosition string `json:"max_position"`
	MaxLoss     string `json:"max_loss,omitempty"`
	ActionFee   string `json:"action_fee"`
}

func (t *trading) open(resumed bool) {
	p, m := t.params, t.market
	v := botOpening{
		Event: "opening", Strategy: t.job.Strategy, Market: p.Pair(m), Resumed: resumed, Since: t.job.Since,
		MaxPosition: p.Lots(m, t.config.Limits.Position) + " " + p.Symbol(m.Base), ActionFee: p.Amount(p.FeeAsset, p.Fee) + " " + p.Symbol(p.FeeAsset),
	}
	if t.config.Limits.Loss > 0 {
		v.MaxLoss = p.Amount(m.Quote, t.config.Limits.Loss) + " " + p.Symbol(m.Quote)
	}
	_ = t.write(v, func(w io.Writer) {
		what := "begins now"
		if resumed {
			what = fmt.Sprintf("goes on with what began after block %d (--fresh begins anew)", t.job.Since)
		}
		fmt.Fprintf(w, "The %s in %s %s.\n", v.Strategy, v.Market, what)
		fmt.Fprintf(w, "Position: at most %s, long or short.", v.MaxPosition)
		if v.MaxLoss != "" {
			fmt.Fprintf(w, " Loss: it ends past %s.", v.MaxLoss)
		}
		fmt.Fprintf(w, "\nEvery order, replacement, cancel and heartbeat costs %s.\n", v.ActionFee)
		if t.flags.dry {
			fmt.Fprintln(w, "A dry run: nothing is sent.")
		}
	})
}

// botSummary is what a bot says last.
type botSummary struct {
	Event    string   `json:"event"`
	OK       bool     `json:"ok"`
	Why      string   `json:"why"`
	Position string   `json:"position"`
	Fills    int      `json:"fills"`
	Bought   string   `json:"bought"`
	Sold     string   `json:"sold"`
	Cost     string   `json:"cost"` // of all actions since the work began
	Left     []string `json:"left"` // orders that still hold money
	Detail   string   `json:"detail,omitempty"`
}

// sum says how a run ended. The sums are of all the work since it began.
func (t *trading) sum(d *live.Desk, why live.Stop, left []*wallet.Order, fault error) error {
	p, m := t.params, t.market
	v := botSummary{
		Event: "summary", OK: fault == nil && len(left) == 0 && why != live.LossLimit, Why: string(why), Position: t.base(d.Position()),
		Cost: p.Amount(p.FeeAsset, d.Spent(p.FeeAsset)) + " " + p.Symbol(p.FeeAsset), Left: []string{},
	}
	var lots [2]uint64
	for _, f := range t.Wallet.State().Fills {
		if f.Market == m.ID && f.Height > t.job.Since {
			v.Fills++
			lots[f.Side] += f.Lots
		}
	}
	v.Bought, v.Sold = p.Lots(m, lots[order.Buy]), p.Lots(m, lots[order.Sell])
	for _, o := range left {
		v.Left = append(v.Left, o.ID.String())
	}
	if fault != nil {
		v.Detail = fault.Error()
	}
	return t.write(v, func(w io.Writer) {
		base := p.Symbol(m.Base)
		fmt.Fprintf(w, "\nStopped: %s. %d fills since block %d: bought %s, sold %s, position %s %s. Actions cost %s.\n",
			v.Why, v.Fills, t.job.Since, v.Bought, v.Sold, v.Position, base, v.Cost)
		if why == live.TimeOver {
			fmt.Fprintln(w, "The time is over; what is left was not traded.")
		}
		switch {
		case t.flags.dry:
		case len(left) == 0 && fault == nil:
			fmt.Fprintln(w, "No order is left; all money is in the wallet.")
		case len(left) > 0:
			fmt.Fprintf(w, "%d orders still hold money. They leave the book %d blocks after the last heartbeat; `nightjar cancel --all` takes the money back.\n", len(left), t.flags.heartbeat)
		}
		if v.Detail != "" {
			fmt.Fprintln(w, v.Detail)
		}
	})
}

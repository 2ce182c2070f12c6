package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
)

// promise says in words what an order will do, and who sees to it.
type promise struct {
	Covenant []string `json:"covenant"` // no settlement against it can be proven
	Enclaves []string `json:"enclaves"` // asked for; attested code does it, no proof says so
}

func (v promise) print(w io.Writer) {
	fmt.Fprintln(w, "Proven, whatever the enclaves do:")
	for _, line := range v.Covenant {
		fmt.Fprintln(w, "  it "+line)
	}
	fmt.Fprintln(w, "Asked of the enclaves:")
	for _, line := range v.Enclaves {
		fmt.Fprintln(w, "  "+line)
	}
}

func promiseOf(p wallet.Params, t order.Terms, h order.Handling) promise {
	m, err := p.Market(t.Market)
	if err != nil { // a machine without the records
		m.LotSize, m.Base, m.Quote = t.LotSize, t.Base, t.Quote
	}
	return promise{covenantWords(p, m, t), enclaveWords(t, h)}
}

func covenantWords(p wallet.Params, m wallet.Market, t order.Terms) []string {
	verb, beyond := "sells", "more"
	if t.Side == order.Buy {
		verb, beyond = "buys", "less"
	}
	base := p.Symbol(t.Base)
	out := []string{fmt.Sprintf("%s up to %s %s, at %s %s or %s", verb, p.Lots(m, t.Qty), base, p.Price(m, t.Limit), p.Symbol(t.Quote), beyond)}
	switch {
	case t.MinFill >= t.Qty && t.Qty > 1:
		out = append(out, "fills as a whole or not at all")
	case t.MinFill > 1:
		out = append(out, fmt.Sprintf("fills at least %s %s at a time, or all that is left", p.Lots(m, t.MinFill), base))
	default:
		out = append(out, "fills in parts of any size")
	}
	switch t.Band {
	case order.NoBand:
	case 0:
		out = append(out, "trades at the reference price only")
	default:
		out = append(out, fmt.Sprintf("trades at most %d bp from the reference price", t.Band))
	}
	if t.Expiry != math.MaxUint32 {
		out = append(out, fmt.Sprintf("trades in no block after %d", t.Expiry))
	}
	return append(out, fmt.Sprintf("pays a fee of at most %d bp", t.MaxFee))
}

func enclaveWords(t order.Terms, h order.Handling) []string {
	var out []string
	if h.Peg != order.NoPeg {
		followed := "the middle of the reference quote"
		switch {
		case h.Peg == order.Mid:
		case (h.Peg == order.Primary) == (t.Side == order.Buy):
			followed = "the bid of the reference quote"
		default:
			followed = "the ask of the reference quote"
		}
		if h.Offset != 0 {
			followed += fmt.Sprintf(" %+d ticks", h.Offset)
		}
		out = append(out, "let it follow "+followed+", never beyond its limit")
	}
	switch {
	case h.Auctions == 1:
		out = append(out, "let it go after one auction, filled or not; its money stays in it until you cancel")
	case h.Auctions > 1:
		out = append(out, fmt.Sprintf("let it go after %d auctions; the money left stays in it until you cancel", h.Auctions))
	}
	if h.Until != 0 {
		out = append(out, "let it go at "+showTime(h.Until)+"; the money left stays in it until you cancel")
	}
	if h.Auctions == 0 && h.Until == 0 {
		out = append(out, "keep it until it is filled or you take it out")
	}
	meets := map[order.SelfTrade]string{
		order.Newest: "the newer one sits out", order.Oldest: "the older one sits out", order.Both: "both sit out",
		order.Decrement: "each sits out with what it could trade with the other",
	}
	out = append(out, "if it would meet another order of yours: "+meets[h.SelfTrade])
	if h.Pool == order.Natural {
		out = append(out, "let it meet orders of natural counterparties only")
	}
	return out
}

// showTime is a time of the chain; one past what a calendar holds is the number
// itself.
func showTime(seconds uint64) string {
	const last = 253_402_300_799 // the end of the year 9999
	if seconds > last {
		return fmt.Sprintf("second %d of Unix time", seconds)
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
}

// showPeg is a peg with its offset, as in mid-2; none without one.
func showPeg(h order.Handling) string {
	name := nameOf(pegs, h.Peg)
	if h.Offset != 0 {
		name += fmt.Sprintf("%+d", h.Offset)
	}
	return name
}

// showForce is a time in force as --tif takes it. What IOC and FOK say of the
// fill is in the terms.
func showForce(h order.Handling) string {
	var parts []string
	if h.Auctions > 0 {
		parts = append(parts, fmt.Sprintf("gfa:%d", h.Auctions))
	}
	if h.Until > 0 {
		parts = append(parts, "gtd:"+showTime(h.Until))
	}
	if len(parts) == 0 {
		return "gtc"
	}
	return strings.Join(parts, " ")
}

func showPool(h order.Handling) string {
	if h.Pool == order.Natural {
		return "natural"
	}
	return "all"
}

// showHandling is everything that is not as if nothing had been asked for.
func showHandling(h order.Handling) string {
	var parts []string
	if h.Peg != order.NoPeg {
		parts = append(parts, showPeg(h))
	}
	if h.Auctions > 0 || h.Until > 0 {
		parts = append(parts, showForce(h))
	}
	if h.SelfTrade != order.Newest {
		parts = append(parts, nameOf(selfTrades, h.SelfTrade))
	}
	if h.Pool == order.Natural {
		parts = append(parts, showPool(h))
	}
	return strings.Join(parts, " ")
}

package scenario

import (
	"math"
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/order"
)

// order reads: order TRADER ID buy|sell AMOUNT MARKET limit PRICE, and options.
func (p *parser) order() Event {
	o := Order{Trader: p.traderIndex(p.next("the trader")), ID: p.next("the order's id"), Band: order.NoBand, Life: DefaultLife}
	switch side := p.next("the side"); side {
	case "buy":
		o.Buy = true
	case "sell":
	default:
		p.fail("the side is buy or sell, not %q", side)
	}
	qty := p.next("the amount")
	o.Market = p.marketIndex(p.next("the market"))
	if p.err != nil {
		return o
	}
	m := p.s.Markets[o.Market]
	o.Qty = p.lots(qty, m)
	o.Limit = p.price(p.need("limit"), m)
	o.MaxFee = m.FeeBp
	p.options(&o, m)
	p.rest(o)
	p.spend(o.Trader, 1, p.s.Fee)
	return o
}

// replace reads: replace TRADER ID qty AMOUNT limit PRICE, and options. What is
// not said stays.
func (p *parser) replace() Event {
	t, id := p.resting()
	if p.err != nil {
		return nil
	}
	r := Replace{Order: p.means.orders[key{t, id}].order}
	m := p.s.Markets[r.Market]
	r.Qty = p.lots(p.need("qty"), m)
	r.Limit = p.price(p.need("limit"), m)
	r.MinFill = min(r.MinFill, r.Qty)
	r.Renew = p.options(&r.Order, m)
	if p.err != nil {
		return r
	}
	p.means.release(t, id)
	p.rest(r.Order)
	p.spend(t, 1, p.s.Fee)
	return r
}

// options reads what may follow an order, in any sequence, each once:
//
//	min AMOUNT | aon, band BP, max-fee BP, life BLOCKS, tif FORCE,
//	peg none|mid|primary|market, offset TICKS, self-trade MODE, pool all|natural
//
// It reports whether the order's time begins anew.
func (p *parser) options(o *Order, m Market) (renew bool) {
	seen, fok := map[string]bool{}, false
	for p.err == nil && len(p.words) > 0 {
		name := p.next("an option")
		if seen[name] {
			p.fail("%s is said twice", name)
		}
		seen[name] = true
		if name == "aon" {
			o.MinFill = o.Qty
			continue
		}
		value := p.next("the value of " + name)
		if p.err != nil {
			break
		}
		switch name {
		case "min":
			o.MinFill = p.lots(value, m)
		case "band":
			o.Band = uint16(p.number(value, order.NoBand))
		case "max-fee":
			o.MaxFee = uint16(p.number(value, 1000))
		case "life":
			o.Life, renew = uint32(p.positive(p.number(value, 1<<24), "the life")), true
		case "tif":
			fok, renew = p.force(o, value), true
		case "peg":
			o.Handling.Peg = choose(p, "peg", value, map[string]order.Peg{"none": order.NoPeg, "mid": order.Mid, "primary": order.Primary, "market": order.Market})
		case "offset":
			o.Handling.Offset = p.offset(value)
		case "self-trade":
			o.Handling.SelfTrade = choose(p, "self-trade", value, map[string]order.SelfTrade{
				"newest": order.Newest, "oldest": order.Oldest, "both": order.Both, "decrement": order.Decrement,
			})
		case "pool":
			o.Handling.Pool = choose(p, "pool", value, map[string]order.Pool{"all": order.All, "natural": order.Natural})
		default:
			p.fail("%q is not understood here", name)
		}
	}
	if o.Handling.Peg == order.NoPeg && !seen["offset"] {
		o.Handling.Offset = 0
	}
	switch {
	case p.err != nil:
	case seen["aon"] && seen["min"]:
		p.fail("aon is a minimum of the whole amount: leave one of the two out")
	case fok && seen["min"]:
		p.fail("fok fills the whole amount: leave min out, or write ioc")
	case seen["offset"] && o.Handling.Peg == order.NoPeg:
		p.fail("an offset is from a peg")
	case o.MaxFee < m.FeeBp:
		p.fail("the market's fee of %d bp is above the order's maximum", m.FeeBp)
	}
	return renew
}

// force reads a time in force. Whatever was in force before is over. It reports
// whether the order fills as a whole or not at all.
func (p *parser) force(o *Order, text string) (fok bool) {
	o.Handling.Auctions, o.Handling.Until, o.Day, o.Seconds = 0, 0, false, 0
	kind, value, valued := strings.Cut(text, ":")
	switch {
	case kind == "gtd" && strings.HasPrefix(value, "+"):
		o.Seconds = uint32(p.positive(p.number(value[1:], math.MaxUint32), "the time"))
	case kind == "gtd":
		p.fail("gtd takes a time from now in seconds, as in gtd:+60")
	case kind == "gfa":
		o.Handling.Auctions = uint16(p.positive(p.number(value, math.MaxUint16), "the number of auctions"))
	case valued:
		p.fail("%s takes nothing after a colon", kind)
	case kind == "gtc":
	case kind == "day":
		o.Day = true
	case kind == "ioc":
		o.Handling.Auctions = 1
	case kind == "fok":
		o.Handling.Auctions, o.MinFill, fok = 1, o.Qty, true
	default:
		p.fail("tif is gtc, day, gtd:+SECONDS, gfa:N, ioc or fok, not %q", text)
	}
	return fok
}

func (p *parser) offset(s string) int32 {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		p.fail("%q is not a number of ticks", s)
	}
	return int32(v)
}

// choose reads one of a few words.
func choose[T any](p *parser, what, word string, words map[string]T) T {
	v, ok := words[word]
	if !ok {
		p.fail("there is no %s %q", what, word)
	}
	return v
}

// rest books the order's funding.
func (p *parser) rest(o Order) {
	if p.err != nil {
		return
	}
	m := p.s.Markets[o.Market]
	if o.Qty < m.MinQty {
		p.fail("the order is smaller than the market's minimum")
		return
	}
	terms := order.Terms{
		Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: order.Sell,
		Limit: o.Limit, Qty: o.Qty, MinFill: o.MinFill, MaxFee: o.MaxFee,
	}
	if o.Buy {
		terms.Side = order.Buy
	}
	if err := terms.Validate(); err != nil {
		p.fail("%v", err)
		return
	}
	funding, err := terms.Funding()
	if err != nil {
		p.fail("%v", err)
		return
	}
	if p.means.knows(o.Trader, o.ID) {
		p.fail("order %s of this trader exists already", o.ID)
		return
	}
	p.spend(o.Trader, terms.FundingAsset(), funding)
	made := placed{order: o, asset: terms.FundingAsset(), funding: funding, proceeds: terms.ProceedsAsset()}
	if o.Buy {
		made.earn = o.Qty * m.LotSize
		made.refund = funding - o.Qty // an auction may pay any price from 1 up
	} else {
		made.earn = 1<<64 - 1 // an auction may pay any price above the limit
	}
	p.means.place(made)
}

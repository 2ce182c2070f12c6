package scenario

import (
	"github.com/nightjar/nightjar/protocol/market"
)

// event reads one event, checks it against what can have happened before, and
// appends it.
func (p *parser) event(word string) {
	var e Event
	switch word {
	case "price":
		m := p.marketIndex(p.next("the market"))
		if p.err == nil {
			e = Price{Market: m, Price: p.quote(p.s.Markets[m])}
		}
	case "deposit":
		d := Deposit{Trader: p.traderIndex(p.next("the trader"))}
		d.Amount, d.Asset = p.money()
		if p.err == nil && p.s.Assets[d.Asset-1].External != nil {
			p.fail("%s comes from its own chain: only test assets are minted", p.s.Assets[d.Asset-1].Symbol)
		}
		if p.err == nil && !p.means.deposit(d.Asset, d.Amount) {
			p.fail("the deposits of an asset are at most 2^62 of its smallest units together")
		}
		p.means.add(d.Trader, d.Asset, d.Amount)
		e = d
	case "transfer":
		t := Transfer{From: p.traderIndex(p.next("the sender")), To: p.traderIndex(p.next("the receiver"))}
		t.Amount, t.Asset = p.money()
		if p.err == nil && t.From == t.To {
			p.fail("a transfer goes to somebody else")
		}
		p.spend(t.From, t.Asset, t.Amount)
		p.spend(t.From, 1, p.s.Fee)
		p.means.add(t.To, t.Asset, t.Amount)
		e = t
	case "order":
		e = p.order()
	case "cancel":
		t, id := p.resting()
		p.spend(t, 1, p.s.Fee)
		p.means.release(t, id)
		e = Cancel{Trader: t, ID: id}
	case "replace":
		e = p.replace()
	case "cancel-all":
		t := p.traderIndex(p.next("the trader"))
		p.spend(t, 1, p.s.Fee)
		e = CancelAll{Trader: t}
	case "heartbeat":
		t := p.traderIndex(p.next("the trader"))
		p.spend(t, 1, p.s.Fee)
		e = Heartbeat{Trader: t, Blocks: uint32(p.number(p.next("the number of blocks"), 1<<24))}
	case "withdraw":
		w := Withdraw{Trader: p.traderIndex(p.next("the trader"))}
		w.Amount, w.Asset = p.money()
		w.To = p.recipient()
		p.spend(w.Trader, w.Asset, w.Amount)
		p.exitFee(w.Trader, w.Asset)
		e = w
	case "exit":
		t, id := p.resting()
		e = Exit{Trader: t, ID: id, To: p.recipient()}
		p.means.drop(t, id)
	case "sync":
		p.means.sync()
		e = Sync{}
	case "kill":
		e = p.kill()
	case "start":
		if w := p.next("what to start"); p.err == nil && w != "workers" {
			p.fail("only workers can be started")
		}
		e = Start{}
	case "expect":
		e = p.expect()
	default:
		p.fail("%q is not a statement", word)
	}
	if p.err == nil && len(p.s.Steps) == MaxSteps {
		p.fail("more than %d events", MaxSteps)
	}
	p.s.Steps = append(p.s.Steps, Step{Line: p.line, Text: p.text, Do: e})
}

// quote reads "BID [ASK]"; a lone number is both: a market without a spread.
func (p *parser) quote(m Market) market.Quote {
	bid := p.price(p.next("the bid"), m)
	ask := bid
	if p.err == nil && len(p.words) > 0 {
		ask = p.price(p.next("the ask"), m)
	}
	if p.err == nil && bid > ask {
		p.fail("the bid is above the ask")
	}
	return market.NewQuote(bid, ask)
}

// money reads "AMOUNT SYMBOL".
func (p *parser) money() (uint64, uint32) {
	text := p.next("the amount")
	asset := p.assetID(p.next("the asset"))
	return p.positive(p.amount(text, asset), "the amount"), asset
}

// spend refuses what the trader can't possibly have.
func (p *parser) spend(trader int, asset uint32, v uint64) {
	if p.err == nil && !p.means.take(trader, asset, v) {
		p.fail("impossible: %s can't have that much %s by now", p.s.Traders[trader], p.s.Assets[asset-1].Symbol)
	}
}

func (p *parser) exitFee(trader int, asset uint32) {
	if p.err == nil {
		p.spend(trader, asset, p.s.Assets[asset-1].ExitFee)
	}
}

// resting reads a trader and the id of an order of theirs that may rest.
func (p *parser) resting() (int, string) {
	t := p.traderIndex(p.next("the trader"))
	id := p.next("the order's id")
	if p.err == nil && !p.means.knows(t, id) {
		p.fail("%s has no order %q", p.s.Traders[t], id)
	}
	return t, id
}

func (p *parser) kill() Event {
	switch what := p.next("what to kill"); what {
	case "workers":
		return Kill{}
	case "worker":
		return Kill{Worker: int(p.positive(p.number(p.next("the worker's number"), 16), "the worker's number"))}
	default:
		p.fail("only workers can be killed, not %q", what)
		return nil
	}
}

func (p *parser) expect() Event {
	switch what := p.next("what to expect"); what {
	case "fills":
		t := p.traderIndex(p.next("the trader"))
		return ExpectFills{Trader: t, Fills: p.number(p.next("the number of fills"), 1<<20)}
	case "filled":
		e := ExpectFilled{Trader: p.traderIndex(p.next("the trader")), ID: p.next("the order's id")}
		text := p.next("the amount")
		m, ok := p.means.ever[key{e.Trader, e.ID}]
		if p.err == nil && !ok {
			p.fail("%s has had no order %q", p.s.Traders[e.Trader], e.ID)
		}
		if p.err == nil {
			e.Lots = p.wholeLots(text, p.s.Markets[m])
		}
		return e
	case "balance":
		e := ExpectBalance{Trader: p.traderIndex(p.next("the trader"))}
		text := p.next("the amount")
		e.Asset = p.assetID(p.next("the asset"))
		e.Amount = p.amount(text, e.Asset)
		return e
	default:
		p.fail("fills, what of an order is filled or a balance can be expected, not %q", what)
		return nil
	}
}

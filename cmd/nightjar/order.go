package main

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// orderFlags are an order as a person writes it (spec/16-wallet.md, "Orders").
type orderFlags struct {
	qty, limit, minFill, band, expiry, maxFee string
	peg, tif, selfTrade                       string
	offset                                    int32
	aon, natural                              bool

	given func(string) bool // whether the command line has the flag
}

func (o *orderFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.qty, "qty", "", "how much of the base asset, as a decimal number")
	flags.StringVar(&o.limit, "limit", "", "the worst price, in the quote asset for one of the base asset; it is the cap of a peg too")
	flags.StringVar(&o.minFill, "min-fill", "", "the least of the base asset that a fill may take, or all that is left; 0 is anything (default: the market's smallest order, so that nobody can probe for less)")
	flags.BoolVar(&o.aon, "aon", false, "all or none: the minimum fill is the whole quantity")
	flags.StringVar(&o.peg, "peg", "", "a price to follow inside the limit: mid, primary (your side of the reference quote) or market (the other side); none is the limit alone")
	flags.Int32Var(&o.offset, "offset", 0, "so many ticks are added to what --peg follows: -2, 0, +3")
	flags.StringVar(&o.tif, "tif", "", "time in force: gtc (until cancelled), day (until the next midnight, UTC), gtd:TIME (RFC 3339), gfa:N (for N auctions), ioc (for one), fok (for one, all or none) (default: gtc)")
	flags.StringVar(&o.selfTrade, "self-trade", "", "what sits out an auction in which two orders of yours would meet: newest, oldest, both, or decrement (each by what they could trade with each other) (default: newest)")
	flags.BoolVar(&o.natural, "natural", false, "meet only orders that say the same: of nobody who trades for a living")
	flags.StringVar(&o.band, "band", "", "how far from the reference price it may trade, in bp; 0 is at it, none is anywhere (default: none)")
	flags.StringVar(&o.expiry, "expiry", "", "last block in which it may trade, +N for N blocks from now, or none (default: none, or late enough for --tif)")
	flags.StringVar(&o.maxFee, "max-fee", "", "largest fee in bp (default: the market's)")
	o.given = flags.Changed
}

var (
	pegs       = map[string]order.Peg{"none": order.NoPeg, "mid": order.Mid, "primary": order.Primary, "market": order.Market}
	selfTrades = map[string]order.SelfTrade{"newest": order.Newest, "oldest": order.Oldest, "both": order.Both, "decrement": order.Decrement}
)

// nameOf is the inverse of pegs and selfTrades.
func nameOf[T comparable](names map[string]T, v T) string {
	for name, x := range names {
		if x == v {
			return name
		}
	}
	return ""
}

func badFlag(format string, args ...any) error {
	return rejection.New(rejection.BadFlag, format, args...)
}

// check refuses what contradicts itself, before anything is opened.
func (o *orderFlags) check() error {
	if _, ok := pegs[o.peg]; o.peg != "" && !ok {
		return badFlag("--peg is mid, primary, market or none, not %q", o.peg)
	}
	if _, ok := selfTrades[o.selfTrade]; o.selfTrade != "" && !ok {
		return badFlag("--self-trade is newest, oldest, both or decrement, not %q", o.selfTrade)
	}
	force, err := parseForce(o.tif)
	if err != nil {
		return err
	}
	switch {
	case o.peg == "none" && o.given("offset"):
		return badFlag("an offset is from a peg: write --peg mid, primary or market, or leave --offset out")
	case o.aon && o.minFill != "":
		return badFlag("--aon is a minimum fill of the whole quantity: leave it or --min-fill out")
	case force.whole && o.minFill != "":
		return badFlag("--tif fok fills the whole quantity or nothing: leave --min-fill out, or write --tif ioc")
	case force.whole && o.given("aon") && !o.aon:
		return badFlag("--tif fok is all or none: leave --aon=false out, or write --tif ioc")
	}
	return nil
}

// force is a time in force.
type force struct {
	auctions uint16
	whole    bool
	day      bool
	until    uint64 // seconds of Unix time
}

func parseForce(text string) (force, error) {
	kind, value, valued := strings.Cut(text, ":")
	var f force
	switch kind {
	case "gtd":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil || at.Unix() <= 0 {
			return f, badFlag("--tif gtd needs a time as in gtd:2027-01-31T17:00:00Z, not %q", value)
		}
		f.until = uint64(at.Unix())
		return f, nil
	case "gfa":
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil || n == 0 {
			return f, badFlag("--tif gfa needs a number of auctions from 1 to 65535, as in gfa:3, not %q", value)
		}
		f.auctions = uint16(n)
		return f, nil
	case "", "gtc":
	case "day":
		f.day = true
	case "ioc":
		f.auctions = 1
	case "fok":
		f.auctions, f.whole = 1, true
	default:
		return f, badFlag("--tif is gtc, day, gtd:TIME, gfa:N, ioc or fok, not %q", text)
	}
	if valued {
		return f, badFlag("--tif %s takes nothing after a colon", kind)
	}
	return f, nil
}

// secondsPerDay is that of UTC as Unix time counts it.
const secondsPerDay = 86_400

// apply makes the flags that were given part of an order that is new (fresh) or
// replaces one of these terms and this handling.
func (o *orderFlags) apply(p wallet.Params, m wallet.Market, t order.Terms, h order.Handling, fresh bool) (order.Terms, order.Handling, error) {
	t, err := o.prices(p, m, t)
	if err == nil {
		t, h, err = o.times(p, t, h)
	}
	if err != nil {
		return t, h, err
	}
	f, _ := parseForce(o.tif)
	switch {
	case o.aon || f.whole:
		t.MinFill = t.Qty
	case o.minFill != "":
		if t.MinFill, err = p.ParseLots(m, o.minFill); err != nil {
			return t, h, err
		}
	case fresh:
		t.MinFill = m.ProposedMinFill(t.Qty)
	default:
		t.MinFill = min(t.MinFill, t.Qty)
	}
	if o.peg != "" {
		h.Peg = pegs[o.peg]
	}
	switch {
	case o.given("offset") && h.Peg == order.NoPeg:
		return t, h, badFlag("an offset is from a peg: write --peg mid, primary or market, or leave --offset out")
	case o.given("offset"):
		h.Offset = o.offset
	case h.Peg == order.NoPeg:
		h.Offset = 0
	}
	if o.selfTrade != "" {
		h.SelfTrade = selfTrades[o.selfTrade]
	}
	if o.given("natural") {
		h.Pool = order.All
		if o.natural {
			h.Pool = order.Natural
		}
	}
	return t, h, nil
}

// prices applies quantity, limit, band and fee.
func (o *orderFlags) prices(p wallet.Params, m wallet.Market, t order.Terms) (_ order.Terms, err error) {
	if o.qty != "" {
		if t.Qty, err = positive(p.ParseLots(m, o.qty)); err != nil {
			return t, err
		}
	}
	if o.limit != "" {
		if t.Limit, err = p.ParsePrice(m, o.limit); err != nil {
			return t, err
		}
	}
	if t.Band, err = number16("band", o.band, t.Band, order.NoBand); err != nil {
		return t, err
	}
	t.MaxFee, err = number16("max-fee", o.maxFee, t.MaxFee, t.MaxFee)
	return t, err
}

// times applies time in force and expiry. The chain's time counts, since the
// enclaves go by it. A new time in force replaces the expiry too: that of the
// order before may have followed from a time.
func (o *orderFlags) times(p wallet.Params, t order.Terms, h order.Handling) (order.Terms, order.Handling, error) {
	f, err := parseForce(o.tif)
	if err != nil {
		return t, h, err
	}
	now := uint64(max(p.Time, 0))
	if f.day {
		f.until = (now/secondsPerDay + 1) * secondsPerDay
	}
	if o.tif != "" {
		h.Auctions, h.Until, t.Expiry = f.auctions, f.until, math.MaxUint32
	}
	if f.until != 0 {
		if f.until <= now {
			return t, h, badFlag("--tif gtd: by the chain's clock that time is over")
		}
		t.Expiry = p.ExpiryAfter(f.until)
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
			return t, h, rejection.New(rejection.BadTerms, "expiry %q is neither a block, +N nor none", o.expiry)
		}
		t.Expiry = uint32(n)
	}
	return t, h, nil
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
	var name, side string
	cmd := &cobra.Command{
		Use: "order", Short: "Place a hidden order", Args: nothing,
		Long: `Order locks the money of a hidden order, seals it to the enclaves and lets it
wait for the next auctions. Its limit, minimum fill, band, expiry and largest
fee are a covenant: no settlement that breaks one of them can be proven,
whatever the enclaves do. Peg, time in force, self-trade prevention and pool are
what the enclaves are asked for: their code, which is attested, does it, and the
chain can't prove that they did. The answer says which is which.`,
		Example: `nightjar order --market KSM/USD --side buy --qty 2.5 --limit 25.10 --band 100
nightjar order --market KSM/USD --side sell --qty 40 --limit 24 --peg mid --offset +2 --tif day
nightjar order --market KSM/USD --side buy --qty 10 --limit 25.50 --peg market --tif fok --natural`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			placed := map[string]order.Side{"buy": order.Buy, "sell": order.Sell}
			way, ok := placed[strings.ToLower(side)]
			switch {
			case name == "":
				return badFlag("--market is needed; `nightjar markets` lists them")
			case !ok:
				return badFlag("--side is buy or sell, not %q", side)
			case o.qty == "" || o.limit == "":
				return badFlag("--qty and --limit are needed: there are no orders without a limit, pegged ones included")
			case o.given("offset") && o.peg == "":
				return badFlag("an offset is from a peg: write --peg mid, primary or market, or leave --offset out")
			}
			if err := o.check(); err != nil {
				return err
			}
			return a.spend(cmd, &f, "nightjar orders, nightjar fills", func(s *session) (*wallet.Plan, error) {
				p := s.Wallet.Params()
				m, err := p.FindMarket(name)
				if err != nil {
					return nil, err
				}
				t, h, err := o.apply(p, m, order.Terms{
					Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: way,
					Expiry: math.MaxUint32, Band: order.NoBand, MaxFee: m.FeeBp,
				}, order.Handling{}, true)
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanOrder(t, h)
			})
		},
	}
	cmd.Flags().StringVar(&name, "market", "", "market, as BASE/QUOTE or by id")
	cmd.Flags().StringVar(&side, "side", "", "buy or sell")
	o.register(cmd)
	f.register(cmd)
	return cmd
}

func (a *app) replaceCommand() *cobra.Command {
	var f sending
	var o orderFlags
	cmd := &cobra.Command{
		Use: "replace ORDER", Short: "Replace a resting order by a changed one, in one step", Args: exactly(1, "the id of an order, or its first digits"),
		Long: `Replace takes an order out and places one in its stead in one action: there is
never both or neither. What no flag names stays as it is. An order of which
only the quantity falls keeps its place in the queue; with any other change it
starts anew.`,
		Example: "nightjar replace 2f6c01ab9d --qty 5\nnightjar replace 2f6c01ab9d --peg none --limit 24.80 --tif gtc",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
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
				t, h, err := o.apply(p, m, old.Order.Terms, old.Handling, false)
				if err != nil {
					return nil, err
				}
				return s.Wallet.PlanReplace(old, t, h)
			})
		},
	}
	o.register(cmd)
	f.register(cmd)
	return cmd
}

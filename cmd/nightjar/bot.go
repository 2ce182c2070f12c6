package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/bot/live"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// botFlags are those of every bot.
type botFlags struct {
	market, size, maxLoss string
	heartbeat             uint32
	stop                  time.Duration
	dry, fresh            bool
}

func (f *botFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.market, "market", "", "market, as BASE/QUOTE or by id")
	flags.StringVar(&f.maxLoss, "max-loss", "", "of the quote asset: a larger loss, fees included, ends the run")
	flags.Uint32Var(&f.heartbeat, "heartbeat", 600, "blocks after which the enclaves pull a silent bot's orders")
	flags.DurationVar(&f.stop, "stop-timeout", 5*time.Minute, "how long to wait for the orders' money at the end")
	flags.BoolVar(&f.dry, "dry-run", false, "say what would be done, and send nothing")
	flags.BoolVar(&f.fresh, "fresh", false, "forget where earlier work began: the position is 0 now")
}

// check refuses what can be refused before anything is opened.
func (f *botFlags) check(a *app) error {
	switch {
	case f.market == "":
		return badFlag("--market is needed; `nightjar markets` lists them")
	case f.size == "":
		return badFlag("--size is needed")
	case f.stop <= 0:
		return badFlag("--stop-timeout is more than 0")
	case f.heartbeat < live.LeastBeat:
		return badFlag("--heartbeat can't be renewed in fewer than %d blocks", live.LeastBeat)
	case a.offline:
		return badFlag("a bot follows the chain: leave --offline out")
	}
	return nil
}

// trading is a bot that is about to start.
type trading struct {
	*session
	flags  *botFlags
	params wallet.Params
	market wallet.Market
	job    live.Job
	path   string // of the job
	lots   uint64 // --size
	config live.Config
}

func (a *app) botCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "bot", Short: "Trade by a strategy: a market maker, or one large order", Args: cobra.ArbitraryArgs, RunE: group,
		Long: `Bot runs a reference strategy with the wallet in --home until it is interrupted.
Give it a wallet of its own: it takes every order in its market for its own, and
the wallet stays in use as long as it runs. docs/bots.md has a tour.

Before the first order it tells the enclaves to pull all of its orders should it
fall silent for --heartbeat blocks. Interrupted once, it cancels its orders and
waits for their money; interrupted again, it stops at once and says what is left.
With --json it writes one JSON value a line.`,
	}
	c.AddCommand(a.makerCommand(), a.blockCommand())
	return c
}

func (a *app) makerCommand() *cobra.Command {
	var f botFlags
	var most, peg string
	var offset, skew int32
	var limit uint64
	var refresh time.Duration
	c := &cobra.Command{
		Use: "maker", Short: "Quote both sides of a market", Args: nothing,
		Long: `Maker keeps an order to buy and one to sell, pegged to the reference, so that
they follow it by themselves. What it holds moves both quotes, down when it is
long and up when it is short. At its largest position it quotes one side only.
It is a reference for how the venue is used, not for how to make money.`,
		Example: "nightjar bot maker --market KSM/USD --size 5 --max-position 20 --max-loss 10 --offset 1",
		RunE: func(cmd *cobra.Command, _ []string) error {
			pegged, ok := map[string]order.Peg{"mid": order.Mid, "primary": order.Primary}[peg]
			switch err := f.check(a); {
			case err != nil:
				return err
			case most == "" || f.maxLoss == "":
				return badFlag("--max-position and --max-loss are needed: a maker does not start without bounds")
			case !ok:
				return badFlag("--peg is mid or primary, not %q", peg)
			case offset < 0 || skew < 0:
				return badFlag("--offset and --skew are 0 or more")
			case limit == 0 || limit > 10_000:
				return badFlag("--cap is from 1 to 10000 bp")
			case refresh < time.Minute:
				return badFlag("--refresh is a minute or more: each replaces two orders, and pays for it")
			}
			return a.trade(cmd.Context(), "maker", &f, func(t *trading) error {
				lots, err := positive(t.params.ParseLots(t.market, most))
				if err != nil {
					return err
				}
				t.config.Limits.Position = lots
				t.config.Life = uint64(2 * refresh / time.Second)
				t.config.Strategy = &bot.Maker{
					Lots: t.lots, Most: int64(min(lots, 1<<62)), Peg: pegged, Offset: offset, Skew: skew, Cap: limit, Refresh: uint64(refresh),
				}
				return nil
			})
		},
	}
	flags := c.Flags()
	f.register(c)
	flags.StringVar(&f.size, "size", "", "of the base asset, in each order")
	flags.StringVar(&most, "max-position", "", "of the base asset: the most that it is ever long or short, whatever trades")
	flags.StringVar(&peg, "peg", "mid", "what the quotes follow: mid, or primary (each its own side of the reference quote)")
	flags.Int32Var(&offset, "offset", 1, "ticks from there, away from the other side")
	flags.Int32Var(&skew, "skew", 2, "ticks by which both quotes are moved at the largest position")
	flags.Uint64Var(&limit, "cap", 100, "bp around the midpoint that a quote may follow the reference before it is placed again")
	flags.DurationVar(&refresh, "refresh", 10*time.Minute, "how often quotes are placed again, with a new cap and skew")
	return c
}

func (a *app) blockCommand() *cobra.Command {
	var f botFlags
	var side, least string
	var offset, limit uint64
	var wait time.Duration
	var natural bool
	var block *bot.Block
	c := &cobra.Command{
		Use: "block", Short: "Trade one large order", Args: nothing,
		Long: `Block rests one large order at the midpoint, or some ticks past it, until it is
traded or --wait is over. It never pays more than --cap past the midpoint of its
beginning, also not after it was stopped and started again. What the venue has
not traded in time is left to you: there is no market outside for it.`,
		Example: "nightjar bot block --market KSM/USD --side buy --size 40 --cap 100 --offset 2 --wait 1h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			way, ok := map[string]order.Side{"buy": order.Buy, "sell": order.Sell}[strings.ToLower(side)]
			switch err := f.check(a); {
			case err != nil:
				return err
			case !ok:
				return badFlag("--side is buy or sell, not %q", side)
			case limit == 0 || limit > 10_000:
				return badFlag("--cap is needed, from 1 to 10000 bp: a block does not start without a bound")
			case wait < time.Minute:
				return badFlag("--wait is a minute or more")
			}
			return a.trade(cmd.Context(), "block", &f, func(t *trading) error {
				for _, x := range t.Wallet.State().Fills {
					if x.Market == t.market.ID && x.Height > t.job.Since && x.Side != way {
						return rejection.New(rejection.BadFile, "the block that was begun here is of the other side; begin anew with --fresh")
					}
				}
				block = &bot.Block{
					Side: way, Lots: t.lots, Offset: offset, Cap: limit, Arrival: t.job.Arrival,
					Start: uint64(t.job.Began) * 1e9, Wait: uint64(wait),
				}
				if natural {
					block.Pool = order.Natural
				}
				var err error
				if least != "" {
					block.MinFill, err = t.params.ParseLots(t.market, least)
				}
				t.config.Limits.Position = t.lots
				t.config.Life = uint64(2 * wait / time.Second)
				t.config.Strategy = block
				return err
			})
		},
	}
	flags := c.Flags()
	f.register(c)
	flags.StringVar(&side, "side", "", "buy or sell")
	flags.StringVar(&f.size, "size", "", "of the base asset, in all")
	flags.StringVar(&least, "min-fill", "", "of the base asset: the least that a fill may take (default: the market's smallest order)")
	flags.Uint64Var(&offset, "offset", 0, "ticks past the midpoint that it pays, to meet who asks for a spread")
	flags.Uint64Var(&limit, "cap", 0, "bp past the midpoint of its beginning that it pays at most")
	flags.DurationVar(&wait, "wait", time.Hour, "how long it rests")
	flags.BoolVar(&natural, "natural", false, "meet only orders that say the same")
	return c
}

// trade runs a bot from start to end. Prepare fills in the strategy and its limits.
func (a *app) trade(ctx context.Context, strategy string, f *botFlags, prepare func(*trading) error) error {
	return a.with(ctx, func(s *session) error {
		t, err := s.prepare(strategy, f, prepare)
		if err != nil {
			return err
		}
		d, err := live.New(t.config)
		if err != nil {
			return err
		}
		why, fault := d.Run(ctx)
		left, err := t.leave(ctx, d)
		if err == nil && fault == nil && len(left) == 0 && strategy == "block" && (why == live.Finished || why == live.TimeOver) && !f.dry {
			err = live.EndJob(t.path)
		}
		if err := t.sum(d, why, left, errors.Join(fault, err)); err != nil {
			return err
		}
		if fault == nil && err == nil && len(left) == 0 && why != live.LossLimit {
			return nil
		}
		return errReported
	})
}

// prepare reads the flags in the market's units, and where the work began.
func (s *session) prepare(strategy string, f *botFlags, prepare func(*trading) error) (*trading, error) {
	t := &trading{session: s, flags: f, params: s.Wallet.Params()}
	var err error
	if t.market, err = t.params.FindMarket(f.market); err != nil {
		return nil, err
	}
	if t.lots, err = positive(t.params.ParseLots(t.market, f.size)); err != nil {
		return nil, err
	}
	if t.lots < t.market.MinQty {
		return nil, rejection.New(rejection.BadTerms, "the market's smallest order is %s %s", t.params.Lots(t.market, t.market.MinQty), t.params.Symbol(t.market.Base))
	}
	t.config = live.Config{Wallet: s.Wallet, Market: t.market.ID, Beat: f.heartbeat, Dry: f.dry, Report: t.report}
	if f.maxLoss != "" {
		quote, err := t.params.Asset(t.market.Quote)
		if err != nil {
			return nil, err
		}
		if t.config.Limits.Loss, err = positive(quote.ParseAmount(f.maxLoss)); err != nil {
			return nil, err
		}
	}
	t.path = filepath.Join(s.app.dir, fmt.Sprintf("bot-%d.json", t.market.ID))
	var resumed bool
	if !f.fresh {
		if t.job, resumed, err = live.LoadJob(t.path, strategy); err != nil {
			return nil, err
		}
	}
	if !resumed {
		state := s.Wallet.State()
		t.job = live.Job{Strategy: strategy, Since: state.Height, Began: state.Time, Arrival: t.market.Reference.Mid}
	}
	t.config.Since = t.job.Since
	if err := prepare(t); err != nil {
		return nil, err
	}
	if !resumed && !f.dry {
		if err := t.job.Save(t.path); err != nil {
			return nil, err
		}
	}
	t.open(resumed)
	return t, nil
}

// leave takes the orders out, with a patience of its own: the run may have ended
// by an interrupt.
func (t *trading) leave(ctx context.Context, d *live.Desk) ([]*wallet.Order, error) {
	if t.flags.dry {
		return nil, nil
	}
	leaving, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	limited, cancel := context.WithTimeout(leaving, t.flags.stop)
	defer cancel()
	if !t.app.json {
		fmt.Fprintln(t.app.stdout, "Taking the orders out and waiting for their money; interrupt again to stop at once.")
	}
	left, err := d.Leave(limited)
	if len(left) > 0 && limited.Err() != nil {
		err = nil // what is left says it
	}
	return left, err
}

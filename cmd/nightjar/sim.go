package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/event"
	"github.com/nightjar/nightjar/sim/market/report"
	run "github.com/nightjar/nightjar/sim/market/session"
	"github.com/nightjar/nightjar/sim/market/study"
)

// simulation is the flags of `nightjar sim`.
type simulation struct {
	seed            uint64
	events, write   string
	markets         int
	duration, block time.Duration
	interval, rest  uint32
	least, parts    uint64
	predictable     bool
	noise, informed int
	makers, trades  int
	halt, collar    uint16
	cap             int
}

// simCommand plays markets on the engine's own rules. It touches no wallet and
// no network.
func (a *app) simCommand() *cobra.Command {
	var f simulation
	c := &cobra.Command{
		Use:   "sim",
		Short: "Simulate a market, from a seed or from a file of orders",
		Long: `Simulate markets on the rules that the enclaves run, without a chain.

From a seed, traders are made up: some who want to trade, some who know more
than the reference, market makers and block traders. --write keeps what they
did as a CSV file. With --events, what happens is read from such a file.

docs/market-study.md describes the model, the file and the report.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.events != "" {
				for _, name := range []string{"seed", "write", "duration", "noise", "informed", "makers", "blocks"} {
					if c.Flags().Changed(name) {
						return rejection.New(rejection.BadFlag, "--%s says how orders are made; with --events they are read", name)
					}
				}
			}
			return a.simulate(c.Context(), f)
		},
	}
	flags := c.Flags()
	flags.Uint64Var(&f.seed, "seed", 1, "what the traders and the calls are made from")
	flags.StringVar(&f.events, "events", "", "a CSV file of order events to play instead of a seed")
	flags.StringVar(&f.write, "write", "", "write a seed's events to this new file")
	flags.IntVar(&f.markets, "markets", 1, "markets, numbered from 1")
	flags.DurationVar(&f.duration, "duration", time.Hour, "how long the market is open")
	flags.DurationVar(&f.block, "block-time", time.Second, "time from block to block")
	flags.Uint32Var(&f.interval, "interval", 12, "blocks in which one auction is called")
	flags.Uint32Var(&f.rest, "min-rest", 4, "blocks that an order rests before it may trade")
	flags.Uint64Var(&f.least, "min-size", 1, "lots of the smallest order")
	flags.Uint64Var(&f.parts, "default-min-fill", 0, "an order without a minimum fill gets one part in so many of its size; 0: none")
	flags.BoolVar(&f.predictable, "predictable", false, "call in the last block of every interval, not at a drawn one")
	flags.Uint16Var(&f.collar, "collar", 500, "bp around the reference in which a market trades")
	flags.Uint16Var(&f.halt, "halt", 65535, "bp that the reference may move in an interval")
	flags.IntVar(&f.cap, "max-fills", 64, "fills of one auction, over all markets")
	flags.IntVar(&f.noise, "noise", 500, "orders of noise traders in a thousand blocks")
	flags.IntVar(&f.informed, "informed", 150, "chances for informed traders in a thousand blocks")
	flags.IntVar(&f.makers, "makers", 2, "market makers in each market")
	flags.IntVar(&f.trades, "blocks", 4, "block traders in each market and hour")
	c.AddCommand(a.simStudyCommand())
	return c
}

// config turns the flags into a run.
func (f simulation) config() (run.Config, error) {
	bad := func(what string) (run.Config, error) {
		return run.Config{}, rejection.New(rejection.BadFlag, "%s", what)
	}
	const most = 10_000_000 // blocks
	switch {
	case f.markets < 1 || f.markets > 100:
		return bad("--markets is from 1 to 100")
	case f.block < time.Millisecond || f.block > time.Hour:
		return bad("--block-time is from a millisecond to an hour")
	case f.duration < f.block || f.duration/f.block > most:
		return bad(fmt.Sprintf("--duration is from a block to %d blocks", most))
	case f.noise < 0 || f.informed < 0 || f.makers < 0 || f.trades < 0 || f.makers > 1000 || f.trades > 1000:
		return bad("there can't be so many traders")
	case f.interval == 0 || f.interval > 1<<16 || f.rest > 1<<16:
		return bad("--interval is from 1 to 65536 blocks, --min-rest not above")
	}
	c := run.Default(f.seed, f.markets)
	c.BlockTime, c.Blocks = uint64(f.block), uint32(f.duration/f.block)
	c.Venue.Interval, c.Venue.MinRest, c.Venue.Predictable = f.interval, f.rest, f.predictable
	c.Venue.DefaultMinFill, c.Venue.MaxFills = f.parts, f.cap
	c.Flow.Noise, c.Flow.Informed = f.noise, f.informed
	for i := range c.Venue.Markets {
		m := &c.Venue.Markets[i]
		m.MinQty, m.Collar, m.Halt = f.least, f.collar, f.halt
		c.Agents = append(c.Agents, f.agents(m.ID)...)
	}
	return c, nil
}

// agents returns a market's makers and block traders.
func (f simulation) agents(id uint32) (list []run.Agent) {
	for i := range f.makers {
		m := &bot.Maker{Lots: 400, Most: 4000, Peg: order.Mid, Offset: int32(1 + i%3), Skew: 4, Cap: 50, Refresh: 60e9}
		if i%2 == 1 {
			m.Peg, m.Offset = order.Primary, 0
		}
		list = append(list, run.Agent{Trader: "maker", Market: id, Strategy: m})
	}
	for i := range f.trades * max(1, int(f.duration/time.Hour)) {
		list = append(list, run.Agent{Trader: "block", Market: id, Strategy: &bot.Block{
			Side: order.Side(i % 2), Lots: 5000 + 1000*uint64(i%7), Cap: 30, Wait: 600e9, Slices: 60,
			Start: uint64(time.Hour) / uint64(f.trades) * uint64(i),
		}})
	}
	return list
}

// simulated is the answer of `nightjar sim`.
type simulated struct {
	OK        bool          `json:"ok"`
	Blocks    uint32        `json:"blocks"`
	Orders    uint64        `json:"orders"`
	Modified  uint64        `json:"modified"`
	Cancelled uint64        `json:"cancelled"`
	Expired   uint64        `json:"expired"`
	Refused   uint64        `json:"refused"`
	Late      uint64        `json:"late"`
	Resting   int           `json:"resting"`
	Digest    string        `json:"digest"` // of all auctions
	Report    report.Report `json:"report"`
}

func (s simulated) print(w io.Writer) {
	fmt.Fprintf(w, "%d blocks: %d orders, %d modified, %d cancelled, %d expired, %d resting at the end\n", s.Blocks, s.Orders, s.Modified, s.Cancelled, s.Expired, s.Resting)
	fmt.Fprintf(w, "%d events refused, %d too late\n", s.Refused, s.Late)
	s.Report.Print(w)
	fmt.Fprintf(w, "\ndigest of all auctions: %s\n", s.Digest)
}

func (a *app) simulate(ctx context.Context, f simulation) error {
	c, err := f.config()
	if err != nil {
		return err
	}
	var r run.Result
	switch {
	case f.events != "":
		in, err := os.Open(f.events)
		if err != nil {
			return rejection.New(rejection.BadFile, "%v", err)
		}
		defer in.Close()
		c.Blocks = 0
		r, err = run.Replay(c, event.NewReader(interruptible{ctx, in}), run.Listener{})
		if err != nil {
			return err
		}
	case f.write != "":
		r, err = record(ctx, c, f.write)
	default:
		r, err = run.Play(c, run.Listener{Record: func(event.Event) error { return ctx.Err() }})
	}
	if err != nil {
		return err
	}
	n := r.Count
	return a.emit(simulated{
		OK: true, Blocks: r.Blocks, Orders: n.Added, Modified: n.Modified, Cancelled: n.Cancelled, Expired: n.Expired,
		Refused: n.Refused, Late: n.Late, Resting: r.Left, Digest: fmt.Sprintf("%x", r.Digest), Report: r.Report,
	})
}

// interruptible reads until a signal comes.
type interruptible struct {
	ctx context.Context
	in  io.Reader
}

func (r interruptible) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(b)
}

// record plays a seed and keeps its events; a file that was begun and not
// finished is removed.
func record(ctx context.Context, c run.Config, path string) (r run.Result, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return r, rejection.New(rejection.BadFile, "%s is there already", path)
	} else if err != nil {
		return r, err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	w := event.NewWriter(out)
	r, err = run.Play(c, run.Listener{Record: func(e event.Event) error { return errors.Join(ctx.Err(), w.Write(e)) }})
	if err != nil {
		return r, err
	}
	return r, w.Flush()
}

// simStudyCommand runs the pinging study.
func (a *app) simStudyCommand() *cobra.Command {
	var seeds int
	var docs string
	c := &cobra.Command{
		Use:   "study",
		Short: "What pinging earns with each defence on and off",
		Long: `Run the pinging study of docs/market-study.md. With --docs, rewrite the results
in DIR/market-study.md and the plots in DIR/market; the same seeds give the same
bytes.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			if seeds < 2 || seeds > 100_000 {
				return rejection.New(rejection.BadFlag, "--seeds is from 2 to 100000")
			}
			r, err := study.Run(c.Context(), seeds, a.simProgress())
			if err != nil {
				return err
			}
			if docs != "" {
				if err := writeStudy(docs, r); err != nil {
					return err
				}
			}
			return a.emit(studied{OK: true, Results: r})
		},
	}
	c.Flags().IntVar(&seeds, "seeds", 100, "seeds of each setting")
	c.Flags().StringVar(&docs, "docs", "", "the directory of market-study.md, to rewrite its results")
	return c
}

// simProgress says now and then how far the study is.
func (a *app) simProgress() func(done, total int) {
	said := -1
	return func(done, total int) {
		if tenth := 10 * done / total; tenth != said && !a.json {
			said = tenth
			fmt.Fprintf(a.stderr, "%d of %d runs\n", done, total)
		}
	}
}

// studied is the study's answer.
type studied struct {
	OK bool `json:"ok"`
	study.Results
}

func (s studied) print(w io.Writer) { io.WriteString(w, s.Table()) }

// writeStudy rewrites the page and the plots.
func writeStudy(docs string, r study.Results) error {
	page := filepath.Join(docs, "market-study.md")
	text, err := os.ReadFile(page)
	if err != nil {
		return rejection.New(rejection.BadFile, "%v", err)
	}
	text, err = r.Rewrite(text)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(docs, "market"), 0o755); err != nil {
		return err
	}
	for _, p := range r.Plots() {
		if err := os.WriteFile(filepath.Join(docs, "market", p.Name), []byte(p.SVG), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(page, text, 0o644)
}

package study

import (
	"context"
	"fmt"
	"math"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/market/session"
)

// Outcome is one run of one setting.
type Outcome struct {
	Profit    float64 // of the pinger, in bp of what the block traders traded
	Probes    float64
	Pushes    float64
	Taken     float64 // pushes after which the bait traded
	Shortfall float64 // of the block traders against the midpoint at which each began, in bp; less is better
	Filled    float64 // of the block traders' lots, the share that traded in the venue
	Noise     float64 // of the noise traders' lots
	Lots      float64 // all that traded in the venue
}

// play runs a setting with one seed.
func (s Setting) play(seed uint64, ping bool) (Outcome, error) {
	c, large, p := s.run(seed, ping)
	r, err := session.Play(c, session.Listener{})
	if err != nil {
		return Outcome{}, fmt.Errorf("study: %s, seed %d: %w", s.Name, seed, err)
	}
	out := Outcome{Lots: float64(r.Count.Lots)}
	for _, t := range r.Report.Traders {
		switch t.Trader {
		case "block":
			out.Filled = t.Traded
		case "noise":
			out.Noise = t.Traded
		}
	}
	cost, volume := shortfall(large)
	out.Shortfall = cost / volume * 10_000
	if p != nil {
		out.Profit = float64(p.Profit(r.Fair[0], c.Lit.HalfSpread)) / volume * 10_000
		out.Probes, out.Pushes, out.Taken = float64(p.Probes), float64(p.Pushes), float64(p.Taken)
	}
	return out, nil
}

// shortfall returns what block traders paid beyond the midpoints at which they
// began, and the value at these.
func shortfall(large []*bot.Block) (cost, volume float64) {
	for _, b := range large {
		lots, notional, arrival := b.Traded()
		at := float64(lots) * float64(arrival)
		volume += at
		if b.Side == order.Buy {
			cost += float64(notional) - at
		} else {
			cost += at - float64(notional)
		}
	}
	return cost, max(volume, 1)
}

// Mean is a mean over seeds with its 95 % interval of confidence.
type Mean struct {
	Mean float64 `json:"mean"`
	Half float64 `json:"half"` // half of the interval's width
}

// mean takes Student's t for at least 50 values: 2.01, which is wider than
// needed above that.
func mean(values []float64) Mean {
	n := float64(len(values))
	var sum, squares float64
	for _, v := range values {
		sum += v
	}
	m := sum / n
	for _, v := range values {
		squares += float64((v - m) * (v - m))
	}
	if n < 2 {
		return Mean{Mean: m}
	}
	return Mean{m, 2.01 * math.Sqrt(squares/(n-1)/n)}
}

// Cell is a setting's results over all seeds.
type Cell struct {
	Name   string `json:"setting"`
	Plan   Plan   `json:"plan"`
	Profit Mean   `json:"pinger_profit_bp"` // of the block traders' volume
	Saved  Mean   `json:"saved_bp"`         // profit without defences less this one, seed by seed
	Probes Mean   `json:"probes"`
	Pushes Mean   `json:"pushes"`
	Harm   Mean   `json:"harm_bp"` // the block traders' shortfall less that without a pinger, seed by seed

	// Without a pinger: what the defences cost everybody.
	Shortfall Mean `json:"shortfall_bp"`
	Filled    Mean `json:"block_filled"`
	Noise     Mean `json:"noise_filled"`
}

// Results is the whole study.
type Results struct {
	Seeds   int      `json:"seeds"`
	Cells   []Cell   `json:"cells"`
	Impacts []uint64 `json:"impacts"` // of the market outside, in thousandths of a unit a lot
	ByDepth []Series `json:"by_impact"`
}

// Series is the pinger's profit for each of a list of values.
type Series struct {
	Name   string `json:"setting"`
	Profit []Mean `json:"pinger_profit_bp"`
}

// Seeds that plans are chosen with; those of the study begin at 1.
const (
	training      = 30
	firstTraining = 1_000_000
)

// series are the settings that are run at other depths too.
var series = []Setting{
	{Name: "no defence"},
	{Name: "unpredictable call", Defences: Random},
	{Name: "all, pinger in the pool", Defences: All, Liar: true},
}

// Run runs the study over so many seeds, 1, 2, 3 …; progress hears of the runs
// that are done, of all that are known of.
func Run(ctx context.Context, seeds int, progress func(done, total int)) (Results, error) {
	out := Results{Seeds: seeds, Impacts: []uint64{100, 200, 300, 600}}
	settings := Settings()
	cells := len(settings)
	for _, s := range series {
		for _, s.Impact = range out.Impacts {
			settings = append(settings, s)
		}
	}
	b := batch{progress: progress, total: len(settings)*(len(Plans)*training+seeds) + cells*seeds}
	if err := b.plan(ctx, settings); err != nil {
		return Results{}, err
	}
	pings, calm := make([][]Outcome, len(settings)), make([][]Outcome, cells)
	for i, s := range settings {
		pings[i] = b.add(s, 1, seeds, true)
		if i < cells {
			calm[i] = b.add(s, 1, seeds, false)
		}
	}
	if err := b.run(ctx); err != nil {
		return Results{}, err
	}
	for i, s := range settings[:cells] {
		out.Cells = append(out.Cells, cell(s, pings[0], pings[i], calm[i]))
	}
	at := cells
	for _, s := range series {
		line := Series{Name: s.Name}
		for range out.Impacts {
			line.Profit = append(line.Profit, over(pings[at], profit))
			at++
		}
		out.ByDepth = append(out.ByDepth, line)
	}
	return out, nil
}

func profit(o Outcome) float64 { return o.Profit }

func over(list []Outcome, value func(Outcome) float64) Mean {
	values := make([]float64, len(list))
	for i, o := range list {
		values[i] = value(o)
	}
	return mean(values)
}

func cell(s Setting, none, ping, calm []Outcome) Cell {
	c := Cell{
		Name: s.Name, Plan: s.Plan,
		Profit:    over(ping, profit),
		Probes:    over(ping, func(o Outcome) float64 { return o.Probes }),
		Pushes:    over(ping, func(o Outcome) float64 { return o.Pushes }),
		Shortfall: over(calm, func(o Outcome) float64 { return o.Shortfall }),
		Filled:    over(calm, func(o Outcome) float64 { return o.Filled }),
		Noise:     over(calm, func(o Outcome) float64 { return o.Noise }),
	}
	saved, harm := make([]float64, len(ping)), make([]float64, len(ping))
	for i := range ping {
		saved[i] = none[i].Profit - ping[i].Profit
		harm[i] = ping[i].Shortfall - calm[i].Shortfall
	}
	c.Saved, c.Harm = mean(saved), mean(harm)
	return c
}

package study

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/chart"
)

// Table returns the results as Markdown.
func (r Results) Table() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d seeds a setting, %d others to choose the plan; ± is half of a 95 %% interval.\n\n", r.Seeds, training)
	s.WriteString("| setting | plan | pinger earns, bp | by how much less than with no defence | probes | pushes | block traders pay for it, bp | their cost without a pinger, bp | of their lots traded in the venue | of noise lots |\n")
	s.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range r.Cells {
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %.0f | %.1f | %s | %s | %.0f %% | %.0f %% |\n",
			c.Name, c.Plan, c.Profit, c.Saved, c.Probes.Mean, c.Pushes.Mean, c.Harm, c.Shortfall, 100*c.Filled.Mean, 100*c.Noise.Mean)
	}
	s.WriteString("\n| pinger earns, bp; 1,000 lots push the market outside by |")
	for _, v := range r.Impacts {
		fmt.Fprintf(&s, " %.1f bp |", float64(v)/100)
	}
	s.WriteString("\n|---" + strings.Repeat("|---", len(r.Impacts)) + "|\n")
	for _, line := range r.ByDepth {
		fmt.Fprintf(&s, "| %s |", line.Name)
		for _, m := range line.Profit {
			fmt.Fprintf(&s, " %s |", m)
		}
		s.WriteString("\n")
	}
	return s.String()
}

// String gives "mean ± half".
func (m Mean) String() string { return fmt.Sprintf("%.2f ± %.2f", m.Mean+0, m.Half) }

// String names the plan.
func (p Plan) String() string {
	text := fmt.Sprintf("probe %d, push %d, bait %d", p.Probe, p.Push, p.Bait)
	if p.Hold {
		text += ", hold"
	}
	return text
}

const (
	begin = "<!-- market-study: written by make market-study -->\n"
	end   = "<!-- /market-study -->\n"
)

// Rewrite puts the table between the marks of a page (BAD_FILE if they are not
// there).
func (r Results) Rewrite(page []byte) ([]byte, error) {
	from, to := bytes.Index(page, []byte(begin)), bytes.Index(page, []byte(end))
	if from < 0 || to < from {
		return nil, rejection.New(rejection.BadFile, "the page has no place for the results")
	}
	return []byte(string(page[:from]) + begin + "\n" + r.Table() + "\n" + string(page[to:])), nil
}

// Plot is a picture and the name of its file.
type Plot struct{ Name, SVG string }

// Plots draws the results.
func (r Results) Plots() []Plot {
	note := fmt.Sprintf("mean over %d seeds with 95 %% intervals; in bp of what the block traders trade", r.Seeds)
	earns := chart.Bars{Title: "What the pinger earns", Unit: "bp", Note: note}
	pays := chart.Bars{Title: "What the pinger costs the block traders", Unit: "bp", Note: "their shortfall less that of the same seed without a pinger; mean and 95 % interval"}
	filled := chart.Bars{Title: "What the defences cost: lots of block traders that trade in the venue", Unit: "%", Note: "without a pinger; mean and 95 % interval"}
	for i, c := range r.Cells {
		bar := func(m Mean, by float64) chart.Bar {
			return chart.Bar{Label: c.Name, Value: m.Mean * by, Low: (m.Mean - m.Half) * by, Hi: (m.Mean + m.Half) * by, Strong: i == 0 || strings.HasPrefix(c.Name, "all")}
		}
		earns.Bars = append(earns.Bars, bar(c.Profit, 1))
		pays.Bars = append(pays.Bars, bar(c.Harm, 1))
		filled.Bars = append(filled.Bars, bar(c.Filled, 100))
	}
	depth := chart.Lines{Title: "What the pinger earns, by the depth of the market outside", Note: note, XUnit: "bp by which 1,000 lots push it", YUnit: "bp"}
	for _, s := range r.ByDepth {
		line := chart.Line{Label: s.Name}
		for i, m := range s.Profit {
			line.Points = append(line.Points, chart.Point{X: float64(r.Impacts[i]) / 100, Y: m.Mean, Low: m.Mean - m.Half, Hi: m.Mean + m.Half})
		}
		depth.Lines = append(depth.Lines, line)
	}
	return []Plot{
		{"earns.svg", earns.SVG()},
		{"pays.svg", pays.SVG()},
		{"filled.svg", filled.SVG()},
		{"depth.svg", depth.SVG()},
	}
}

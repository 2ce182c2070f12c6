package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the report as tables.
func (r Report) Print(out io.Writer) {
	fmt.Fprintf(out, "%d auctions, %d with trades, %d skipped for want of a stable reference\n", r.Auctions, r.Cleared, r.Skipped)
	fmt.Fprintf(out, "%d lots traded, %d more were bid and offered at one price (minima, cap, self-trade prevention)\n\n", r.Lots, r.Missed)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "trader\torders\tfilled\twhole\tlots\tfilled\tfirst fill\t90 %\tvs touch\tvs mid\tafter 1 s\t10 s\t1 min\t5 min\t")
	for _, c := range r.Traders {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t", c.Trader, c.Orders, percent(c.Filled), percent(c.Whole), c.Lots, percent(c.Traded),
			value(c.First, "%.0f s"), value(c.Late, "%.0f s"), value(c.Improved, "%+.2f bp"), value(c.FromMid, "%+.2f bp"))
		for _, m := range c.Markouts {
			fmt.Fprintf(w, "%s\t", value(m, "%+.2f bp"))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func value(v *float64, format string) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf(format, *v)
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func (a *app) demoCommand() *cobra.Command {
	var file, dir, corrupt string
	var workers int
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play a scenario on a devnet of its own, then check everything",
		Long: `Play a scenario on a devnet of its own: deposits, hidden orders, sealed
auctions, proven settlements, and an exit after all workers were killed. Then
verify the chain from genesis and restore every wallet from its phrase.

docs/scenarios.md says how to write a scenario. The exit code is 0 only if all
of it held.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.demo(c.Context(), file, dir, demo.Corruption(corrupt), workers)
		},
	}
	c.Flags().StringVar(&file, "scenario", "", "a scenario file; the built-in one if empty")
	c.Flags().StringVar(&dir, "dir", "", "keep everything in this directory, which must be empty; a temporary one that is removed if empty")
	c.Flags().IntVar(&workers, "workers", 3, "workers, 2 to 16")
	names := make([]string, 0, 5)
	for _, x := range demo.Corruptions() {
		names = append(names, string(x))
	}
	c.Flags().StringVar(&corrupt, "corrupt", "", "show the final checks one thing wrongly, to see them fail: "+strings.Join(names, ", "))
	return c
}

func (a *app) demo(ctx context.Context, file, dir string, corrupt demo.Corruption, workers int) error {
	if workers < 2 || workers > 16 {
		return rejection.New(rejection.BadFlag, "--workers is from 2 to 16")
	}
	if corrupt != demo.None && !slices.Contains(demo.Corruptions(), corrupt) {
		return rejection.New(rejection.BadFlag, "--corrupt is one of %v", demo.Corruptions())
	}
	s, err := readScenario(file)
	if err != nil {
		return err
	}
	bin, err := devnet.FindBinaries(func(what string) { a.say("%s", what) })
	if err != nil {
		return err
	}
	p, err := a.keys()
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "nightjar-demo-*"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	summary, err := demo.Run(ctx, demo.Options{
		Scenario: s, Dir: dir, Workers: workers, Binaries: bin, Prover: p, Corrupt: corrupt, Say: a.say,
	})
	if summary == nil {
		return err
	}
	// The summary is the answer, also when it says no.
	if e := a.emit(demoResult{summary}); e != nil {
		return e
	}
	if err != nil && ctx.Err() == nil {
		return errReported
	}
	return err
}

type demoResult struct{ *demo.Summary }

func (r demoResult) print(w io.Writer) {
	if r.Audit == nil {
		fmt.Fprintln(w, "NOT OK:", r.Failure) // nothing was counted yet
		return
	}
	fmt.Fprintf(w, "\n%s\n\nWhat the whole world saw                          What each owner saw\n", r.Title)
	left := []string{
		fmt.Sprintf("%d deposits, %d withdrawals (asset and amount)", r.Observer.Deposits, r.Observer.Claims),
		fmt.Sprintf("%d actions, all of one size", r.Observer.ActionProofs),
		fmt.Sprintf("%d locks, %d settled groups", r.Observer.Locks, r.Observer.Settlements),
		fmt.Sprintf("%d fill proofs, padding included", r.Observer.FillProofs),
		"no owner, market, side, price or size",
	}
	var right []string
	for _, t := range r.Traders {
		right = append(right, fmt.Sprintf("%s: %d orders, %d fills", t.Name, t.Orders, len(t.Fills)))
		for _, f := range t.Fills {
			right = append(right, "  "+f)
		}
		for _, b := range t.Balances {
			right = append(right, fmt.Sprintf("  %s %s, %s in orders", b.Spendable, b.Asset, b.Orders))
		}
	}
	t := tabwriter.NewWriter(w, 50, 0, 1, ' ', 0)
	for i := range max(len(left), len(right)) {
		l, x := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			x = right[i]
		}
		fmt.Fprintf(t, "%s\t%s\n", l, x)
	}
	t.Flush()
	fmt.Fprintln(w)
	printReport(w, r.Audit)
	fmt.Fprintf(w, "\nexit without any enclave: %v   wallets restored from phrases: %v   verify: %s\n", r.ExitWithoutEnclave, r.Restored, r.Verify)
	if r.OK {
		fmt.Fprintln(w, "ok: everything held")
	} else {
		fmt.Fprintln(w, "NOT OK:", r.Failure)
	}
}

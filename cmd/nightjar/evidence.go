package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// evidenceCommand is about evidence against the enclaves (spec/20-fairness.md).
func (a *app) evidenceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "evidence", Short: "Check evidence that enclaves broke the auction's rules", Args: cobra.ArbitraryArgs, RunE: group}
	cmd.AddCommand(&cobra.Command{
		Use:   "check FILE",
		Short: "Check a file of evidence against the chain, from genesis and with no secrets",
		Long: `Check a file of evidence: verify the chain from genesis as nightjar verify
does, and come from its heartbeats, references, locks and settlements to the rule
that the file says was broken. Exit code 0 means that it was; evidence
that proves nothing is refused (BAD_TRANSCRIPT).

The file reveals one order of whoever made it. The genesis file is the root of
all of it: name it with --genesis.`,
		Args: exactly(1, "a file of evidence"),
		RunE: func(c *cobra.Command, args []string) error { return a.checkEvidence(c, args[0]) },
	})
	return cmd
}

func (a *app) checkEvidence(c *cobra.Command, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return rejection.New(rejection.BadFile, "%v", err)
	}
	e, err := fairness.DecodeEvidence(b)
	if err != nil {
		return err
	}
	chain, err := a.follow(c.Context())
	if err != nil {
		return err
	}
	defer chain.Close()
	if err := e.Check(chain.Chronicle()); err != nil {
		return err
	}
	r := evidenceResult{OK: true, ChainID: e.ChainID, Rule: e.Rule.String()}
	if len(e.Exhibits) > 0 {
		r.Order = &accusedOrder{e.Claim.Order.Terms.Market, e.Claim.Position}
	}
	for _, x := range e.Exhibits {
		r.Heartbeats = append(r.Heartbeats, x.Heartbeat)
	}
	return a.emit(r)
}

type evidenceResult struct {
	OK         bool          `json:"ok"`
	ChainID    string        `json:"chain_id"`
	Rule       string        `json:"rule"`
	Order      *accusedOrder `json:"order,omitempty"`
	Heartbeats []uint64      `json:"heartbeats,omitempty"`
}

// accusedOrder is the order against which the rule was broken.
type accusedOrder struct {
	Market uint32 `json:"market"`
	Leaf   uint64 `json:"leaf"` // its position among the chain's commitments
}

func (r evidenceResult) print(w io.Writer) {
	fmt.Fprintf(w, "The evidence holds: on %s the rule was broken: %s.\n", r.ChainID, r.Rule)
	if r.Order != nil {
		fmt.Fprintf(w, "  against the order of leaf %d, in market %d\n", r.Order.Leaf, r.Order.Market)
	}
	for _, h := range r.Heartbeats {
		fmt.Fprintf(w, "  shown under the heartbeat of block %d\n", h)
	}
}

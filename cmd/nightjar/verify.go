package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/reserves"
)

// verifyCommand checks a chain from genesis.
func (a *app) verifyCommand() *cobra.Command {
	var out elsewhere
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole chain from genesis: headers, proofs, signatures, rules, turnstile",
		Long: `Check the whole chain from genesis, with no secrets: every header by its
commit, every proof, every signature, every worker's evidence, the rules of
locks and settlements, the turnstile and the fee counters. What remains to be
believed is listed at the end.

The genesis file is the root of all of it: name it with --genesis. Without one,
the node may tell it, but of a development network only.

With --external and --checkpoint it also proves the reserves: what the custody
holds on another chain, read from final blocks by proof, against what Nightjar
owes. The nodes need not be trusted, the checkpoint has to be right. With
--anchors it demands that a signer has written the header of a recent block
there, and that every anchor found says what this chain does. If reserves are
short or an anchor differs, the exit code is 4.`,
		Example: `  nightjar verify --genesis genesis.json
  nightjar verify --genesis genesis.json \
    --external 434=https://asset-hub --relay 434=1000@https://kusama --checkpoint 434=kusama.checkpoint \
    --gateway https://custody-1,https://custody-2 --anchors 1200`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			chains, err := out.open(c)
			if err != nil {
				return err
			}
			genesis, cl, err := a.reach(c.Context())
			if err != nil {
				return err
			}
			defer cl.Close()
			v := verification{app: a, client: cl, chainID: cl.Genesis().ChainID}
			if v.auditor, err = audit.New(genesis); err != nil {
				return err
			}
			if err := v.all(c.Context()); err != nil {
				return err
			}
			r := verified{GenesisHash: hex.EncodeToString(cl.Genesis().Hash[:])}
			alarm := false
			for _, x := range chains {
				found, err := v.outside(c.Context(), x, out.age)
				if err != nil {
					return err
				}
				alarm = alarm || found.Alarm != ""
				r.External = append(r.External, *found)
			}
			r.Report = v.auditor.Report()
			for _, x := range chains {
				r.Assumptions = append(r.Assumptions, fmt.Sprintf(
					"the checkpoint of %s is of the real chain, and of each of its sets of authorities less than a third lies", x.name()))
			}
			if err := a.emit(r); err != nil {
				return err
			}
			if alarm {
				return errAlarm
			}
			return nil
		},
	}
	out.register(a, c)
	return c
}

// verification is one run of verify.
type verification struct {
	app     *app
	client  *client.Client
	auditor *audit.Auditor
	chainID string
}

// all checks every block that there is.
func (v *verification) all(ctx context.Context) error {
	st, err := v.client.Status(ctx)
	if err != nil {
		return err
	}
	bar := v.app.bar("verifying blocks")
	bar.ChangeMax64(int64(st.Height))
	return v.auditor.Advance(ctx, demo.Source(v.client), st.Height, func(h uint64) { _ = bar.Set64(int64(h)) })
}

// catchUp checks the blocks that have come since.
func (v *verification) catchUp(ctx context.Context) error {
	const near = 4 // blocks: what a custody pays in that time has not been seen final
	for {
		st, err := v.client.Status(ctx)
		if err != nil {
			return err
		}
		behind := st.Height - min(st.Height, v.auditor.Height())
		if err := v.auditor.Advance(ctx, demo.Source(v.client), st.Height, nil); err != nil {
			return err
		}
		if behind <= near {
			return nil
		}
	}
}

// verified is a report with the hash that people compare.
type verified struct {
	*audit.Report
	GenesisHash string    `json:"genesis_hash"`
	External    []finding `json:"external,omitempty"`
}

func (v verified) print(w io.Writer) {
	fmt.Fprintf(w, "%s is what its genesis %s and its rules make of it, up to height %d.\n\n", v.ChainID, v.GenesisHash[:16], v.Height)
	printReport(w, v.Report, v.External...)
}

func printReport(w io.Writer, r *audit.Report, chains ...finding) {
	c := r.Checked
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "checked\theaders, commits, app hashes\t%d\n", c.Blocks)
	fmt.Fprintf(t, "\taction proofs and spend signatures\t%d\n", c.ActionProofs)
	fmt.Fprintf(t, "\tfill proofs\t%d\n", c.FillProofs)
	fmt.Fprintf(t, "\tcollect proofs and binding signatures\t%d\n", c.CollectProofs)
	fmt.Fprintf(t, "\tlocks with their quorums\t%d\n", c.Locks)
	fmt.Fprintf(t, "\tsettlements\t%d\n", c.Settlements)
	fmt.Fprintf(t, "\tdeposits and withdrawal claims\t%d, %d\n", c.Deposits, c.Claims)
	fmt.Fprintf(t, "\tworkers' registrations with evidence\t%d\n", c.Registrations)
	for i, c := range r.Circuits {
		head, until := "", "the newest"
		if i == 0 {
			head = "circuits"
		}
		if c.Retires > 0 {
			until = fmt.Sprintf("retires after block %d", c.Retires)
		}
		fmt.Fprintf(t, "%s\tversion %d since block %d, %s\t\n", head, c.Version, c.Since, until)
	}
	for i, a := range r.Assets {
		head := ""
		if i == 0 {
			head = "turnstile"
		}
		fmt.Fprintf(t, "%s\t%s: in %s, out %s, fees %s\t\n", head, a.Symbol,
			amount.FormatDecimal(a.Deposited, a.Decimals), amount.FormatDecimal(a.Withdrawn, a.Decimals), amount.FormatDecimal(a.Fees, a.Decimals))
	}
	t.Flush()
	for _, o := range chains {
		o.print(w)
	}
	fmt.Fprintln(w, "\nstill to be believed:")
	for _, s := range r.Assumptions {
		fmt.Fprintln(w, "  -", s)
	}
}

// print shows what another chain says.
func (o finding) print(w io.Writer) {
	p := o.Reserves
	fmt.Fprintf(w, "\non %s, proven in its final block %d %x…:\n", o.Name, p.Block, p.Hash[:6])
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, a := range p.Assets {
		head := ""
		if i == 0 {
			head = "reserves"
		}
		state := "surplus " + amount.FormatWide(a.Surplus, a.ExternalDecimals)
		switch {
		case a.Short:
			state = "SHORT: LESS THAN THE NOTES ARE WORTH"
		case !a.Paying.IsZero():
			state = amount.FormatWide(a.Paying, a.ExternalDecimals) + " of it being paid now, or missing"
		}
		fmt.Fprintf(t, "%s\t%s: holds %s, owes %s (%s in %d withdrawals), %s\n", head, a.Symbol,
			amount.FormatWide(a.Reserves, a.ExternalDecimals), amount.FormatWide(a.Owed, a.ExternalDecimals),
			amount.FormatDecimal(a.Claims, a.Decimals), a.Open, state)
	}
	if o.Anchor != nil {
		fmt.Fprintf(t, "anchor\t%s\n", anchorWords(o.Anchor))
	}
	t.Flush()
	if o.Alarm != "" {
		fmt.Fprintf(w, "\nALARM %s\n", o.Alarm)
	}
}

func anchorWords(a *reserves.Anchored) string {
	return fmt.Sprintf("height %d, remarked by signer %x… in block %d; %d anchors of %d signers agree with this chain",
		a.Height, a.Signer[:6], a.Block, a.Equal, a.By)
}

var errNoFinal = errors.New("nothing is final yet")

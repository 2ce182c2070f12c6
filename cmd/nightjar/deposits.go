package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client/gate"
)

// depositsResult lists what was to come from other chains, the newest last.
type depositsResult struct {
	Deposits []awaitedView `json:"deposits"`
}

// awaitedView is a commitment that was shown, and what came for it.
type awaitedView struct {
	Asset    string         `json:"asset"`
	Owner    string         `json:"owner"`
	Height   uint64         `json:"height"` // when it was shown
	Deposits []incomingView `json:"deposits"`
}

func (r depositsResult) print(w io.Writer) {
	if len(r.Deposits) == 0 {
		fmt.Fprintln(w, "This wallet awaits nothing from other chains. Next: nightjar deposit SYMBOL")
		return
	}
	var rows [][]any
	for _, a := range r.Deposits {
		if len(a.Deposits) == 0 {
			rows = append(rows, []any{a.Height, a.Asset, "-", "nothing came yet", a.Owner})
		}
		for _, d := range a.Deposits {
			rows = append(rows, []any{a.Height, a.Asset, d.Amount, sayDeposit(d), a.Owner})
		}
	}
	table(w, "SINCE\tASSET\tAMOUNT\tSTATE\tCOMMITMENT", rows)
	fmt.Fprintln(w, "Next: nightjar deposit ASSET --owner COMMITMENT goes on with one.")
}

func (a *app) depositsCommand() *cobra.Command {
	var f reaching
	cmd := a.query("deposits", "Show what comes from other chains, and how far it is", nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), func(s *session) error {
			gs, err := f.dial()
			if err != nil {
				return err
			}
			defer gs.close()
			r := depositsResult{Deposits: []awaitedView{}}
			seen := map[uint64]bool{} // an index that was handed out again is one commitment
			for _, x := range s.Wallet.Awaited() {
				if seen[x.Index] {
					continue
				}
				seen[x.Index] = true
				asset, err := s.Wallet.Params().Asset(x.Asset)
				if err != nil {
					return err
				}
				c := s.Wallet.State().DepositOwner(x.Index)
				v := awaitedView{
					Asset: asset.Symbol, Owner: gate.Hash(c.Bytes()).String(), Height: x.Height, Deposits: []incomingView{},
				}
				if len(gs) > 0 && !a.offline {
					if v.Deposits, err = s.incoming(cmd.Context(), gs, asset, c); err != nil {
						return err
					}
				}
				r.Deposits = append(r.Deposits, v)
			}
			return a.emit(r)
		})
	}
	f.register(a, cmd)
	return cmd
}

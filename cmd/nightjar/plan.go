package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/wallet"
)

// planCommand works on plans in files: proving needs no spending key, signing
// needs no node, and the two may happen anywhere and in either order.
func (a *app) planCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "plan", Short: "Prove, sign and submit a plan from a file", Args: cobra.ArbitraryArgs, RunE: group}
	cmd.AddCommand(a.planShowCommand(), a.planProveCommand(), a.planSignCommand(), a.planSubmitCommand())
	return cmd
}

func readPlan(path string) (*wallet.Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, rejection.New(rejection.BadFile, "%v", err)
	}
	return wallet.DecodePlan(b)
}

// planView is what a plan does, worked out from its content.
type planView struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Chain  string   `json:"chain_id"`
	Does   []string `json:"does"`
	Proven bool     `json:"proven"`
	Signed bool     `json:"signed"`
}

func (v planView) print(w io.Writer) {
	fmt.Fprintf(w, "%s %s on %s\n", v.Kind, v.ID[:10], v.Chain)
	for _, line := range v.Does {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintf(w, "proven: %v, signed: %v\n", v.Proven, v.Signed)
}

// viewPlan says what a plan does; names come from the records last seen, which
// a machine without a network may not have.
func viewPlan(p *wallet.Plan, records wallet.Params, network keys.Network) planView {
	id := p.ID()
	v := planView{
		ID: id.String(), Kind: string(p.Kind), Chain: p.ChainID,
		Proven: p.Action.Proof != [len(p.Action.Proof)]byte{}, Signed: p.Action.Signature != [len(p.Action.Signature)]byte{},
	}
	say := func(format string, args ...any) { v.Does = append(v.Does, fmt.Sprintf(format, args...)) }
	money := func(asset uint32, value uint64) string {
		return records.Amount(asset, value) + " " + records.Symbol(asset)
	}
	for _, in := range p.Inputs {
		switch {
		case in.Order != nil:
			say("spends an order with %s", money(in.Asset, in.Value))
		case !in.Dummy:
			say("spends a note of %s", money(in.Asset, in.Value))
		}
	}
	for _, out := range p.Outputs {
		switch {
		case out.Kind == seal.Payment:
			say("pays %s to %s", money(out.Asset, out.Value), p.Payee.Format(network))
		case out.Kind == seal.OwnOrder:
			t, promised := out.Terms, promiseOf(records, out.Terms, out.Handling)
			say("places an order to %s %d lots at %d or better, with %s", t.Side, t.Qty, t.Limit, money(out.Asset, out.Value))
			for _, line := range promised.Covenant {
				say("proven: it %s", line)
			}
			for _, line := range promised.Enclaves {
				say("asked of the enclaves: %s", line)
			}
		case out.Value > 0:
			say("keeps %s", money(out.Asset, out.Value))
		}
	}
	if q := p.Question; q != nil {
		say("has worker %x answer on the chain about the heartbeat of block %d", q.Worker[:5], q.Query.Heartbeat)
	}
	if o := p.Action.Out; o.Amount > 0 {
		say("withdraws %s to %s", money(o.Asset, o.Amount), recipientText(records, o.Asset, o.Recipient.Bytes()))
		say("fee %s", money(o.Asset, p.Action.Fee))
	} else {
		say("fee %s", money(p.FeeAsset, p.Action.Fee))
	}
	return v
}

func (a *app) planShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show FILE", Short: "Check a plan and say what it does", Args: exactly(1, "a plan's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onPlan(cmd, args[0], func(s *session, p *wallet.Plan) error { return p.Check(s.View) })
		},
	}
}

// onPlan opens the wallet without a network and does something to a plan.
func (a *app) onPlan(cmd *cobra.Command, path string, do func(*session, *wallet.Plan) error) error {
	p, err := readPlan(path)
	if err != nil {
		return err
	}
	s, err := a.open(cmd.Context())
	if err != nil {
		return err
	}
	defer s.Close()
	if p.ChainID != s.Genesis.ChainID {
		return rejection.New(rejection.WrongNetwork, "the plan is for %s", p.ChainID)
	}
	if err := do(s, p); err != nil {
		return err
	}
	return a.emit(viewPlan(p, s.Wallet.Params(), s.Network))
}

func (a *app) planProveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "prove FILE", Short: "Add the proof to a plan", Args: exactly(1, "a plan's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onPlan(cmd, args[0], func(s *session, p *wallet.Plan) error {
				err := a.working("proving", func() error { return s.Prove(p) })
				if err != nil {
					return err
				}
				return savePlan(args[0], p)
			})
		},
	}
}

func (a *app) planSignCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sign FILE", Short: "Check a plan and add the signature", Args: exactly(1, "a plan's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onPlan(cmd, args[0], func(s *session, p *wallet.Plan) error {
				if s.Signer == nil {
					return rejection.New(rejection.BadPlan, "a wallet made from a viewing key can't sign")
				}
				var entropy [32]byte
				if _, err := rand.Read(entropy[:]); err != nil {
					return err
				}
				if err := p.Sign(*s.Signer, entropy[:]); err != nil {
					return err
				}
				return savePlan(args[0], p)
			})
		},
	}
}

// savePlan replaces a plan's file as a whole.
func savePlan(path string, p *wallet.Plan) error {
	b, err := p.MarshalJSON()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (a *app) planSubmitCommand() *cobra.Command {
	var f sending
	cmd := &cobra.Command{
		Use: "submit FILE", Short: "Send a plan that is proven and signed", Args: exactly(1, "a plan's file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			p, err := readPlan(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(s *session) error {
				id, err := s.Wallet.Submit(cmd.Context(), p)
				if err != nil {
					return err
				}
				return a.finish(cmd.Context(), s, &f, id, s.sent(p, "nightjar history"))
			})
		},
	}
	f.register(cmd)
	return cmd
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/outside"
)

// errWaiting ends a command whose answer, already written, says how far it is:
// the time to wait is over before the money has moved.
var errWaiting = errors.New("not done yet")

// followPoll is how often gateways are asked while somebody waits.
const followPoll = 2 * time.Second

// reaching are the flags of commands that ask gateways.
type reaching struct {
	addresses []string
	follow    time.Duration
}

func (f *reaching) register(a *app, cmd *cobra.Command) {
	var known []string
	if v := a.environment("NIGHTJAR_GATEWAY"); v != "" {
		known = strings.Split(v, ",")
	}
	cmd.Flags().StringSliceVar(&f.addresses, "gateway", known, "addresses of the custody's gateways, with commas between them (NIGHTJAR_GATEWAY)")
}

func (f *reaching) registerFollow(cmd *cobra.Command, what string) {
	cmd.Flags().DurationVar(&f.follow, "follow", time.Hour, "how long to wait until "+what+"; with --json, only if it is given")
}

// patience is how long to wait: a program that reads one JSON value says so.
func (f *reaching) patience(a *app, cmd *cobra.Command, noWait bool) time.Duration {
	if noWait || a.json && !cmd.Flags().Changed("follow") {
		return 0
	}
	return f.follow
}

// gateways are the custody's gateways as one voice: where they differ, the one
// that is furthest is shown. None of them moves money by what it says here.
type gateways []*gate.Client

func (f *reaching) dial() (gateways, error) {
	var out gateways
	for _, address := range f.addresses {
		g, err := gate.New(strings.TrimSpace(address))
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

func (gs gateways) close() {
	for _, g := range gs {
		g.Close()
	}
}

// each asks all gateways at once; it is an error only if none answers, and then
// that of the first.
func each[T any](gs gateways, ask func(*gate.Client) (T, error)) ([]T, error) {
	answers, errs := make([]T, len(gs)), make([]error, len(gs))
	var all sync.WaitGroup
	for i, g := range gs {
		all.Go(func() { answers[i], errs[i] = ask(g) })
	}
	all.Wait()
	var out []T
	var first error
	for i, err := range errs {
		switch {
		case err == nil:
			out = append(out, answers[i])
		case first == nil:
			first = fmt.Errorf("no gateway answers: %w", err)
		}
	}
	if len(out) > 0 {
		first = nil
	}
	return out, first
}

// depositRank orders the states of a deposit by how far they are.
var depositRank = map[string]int{
	gate.DepositHeld: 1, gate.DepositDue: 2, gate.DepositRefunding: 3, gate.DepositAttested: 4,
	gate.DepositRefunded: 5, gate.DepositCredited: 6,
}

// claimRank does so for claims.
var claimRank = map[string]int{
	gate.ClaimWaiting: 1, gate.ClaimPayable: 2, gate.ClaimApproving: 3, gate.ClaimUnpayable: 4,
	gate.ClaimExecuted: 5, gate.ClaimPaid: 6, gate.ClaimReturned: 6, gate.ClaimClosed: 7,
}

// deposits asks what became of an owner commitment's deposits. What a gateway
// says under another id than its reference has is left out.
func (gs gateways) deposits(ctx context.Context, chainID string, c field.Element) ([]gate.Deposit, error) {
	lists, err := each(gs, func(g *gate.Client) ([]gate.Deposit, error) { return g.Deposits(ctx, c) })
	if err != nil {
		return nil, err
	}
	var out []gate.Deposit
	at := map[gate.Hash]int{}
	for _, list := range lists {
		for _, d := range list {
			reference := custody.Reference{Chain: d.Reference.Chain, Hash: d.Reference.Block, Index: d.Reference.Index}
			if d.ID != gate.Hash(reference.ID(chainID)) {
				continue
			}
			i, known := at[d.ID]
			switch {
			case !known:
				at[d.ID] = len(out)
				out = append(out, d)
			case further(depositRank[d.State], d.Signatures, depositRank[out[i].State], out[i].Signatures):
				out[i] = d
			}
		}
	}
	return out, nil
}

// claim asks how far a withdrawal is; ok is false if no gateway has seen it yet.
func (gs gateways) claim(ctx context.Context, id custody.ClaimID) (best gate.Claim, ok bool, err error) {
	answers, err := each(gs, func(g *gate.Client) (*gate.Claim, error) {
		c, err := g.Claim(ctx, id)
		if errors.Is(err, rejection.UnknownClaim) {
			return nil, nil // it follows a little behind
		}
		return &c, err
	})
	for _, c := range answers {
		if c != nil && (!ok || further(claimRank[c.State], c.Signatures, claimRank[best.State], best.Signatures)) {
			best, ok = *c, true
		}
	}
	return best, ok, err
}

func further(rank, signatures, rankBefore, signaturesBefore int) bool {
	return rank > rankBefore || rank == rankBefore && signatures > signaturesBefore
}

// outsideOf returns the chain of an asset; ok is false for what is on none.
func outsideOf(a wallet.Asset) (c outside.Chain, ok bool) {
	return outside.ChainOf(a.Chain), !a.Test && len(a.External) > 0
}

// progress shows how far something is: on a terminal in one line, which it
// writes again, otherwise in a line for each change; nothing with --json.
type progress struct {
	app  *app
	last string
}

func (p *progress) show(done, all int, text string) {
	const width = 12
	full := 0
	if all > 0 {
		full = min(done, all) * width / all
	}
	line := fmt.Sprintf("[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", width-full), text)
	if p.app.json || line == p.last {
		return
	}
	p.last = line
	if f, ok := terminal(p.app.stderr); ok {
		fmt.Fprintf(f, "\r\033[K%s", line)
		return
	}
	p.app.say("%s", line)
}

// end leaves the line as it is.
func (p *progress) end() {
	if _, ok := terminal(p.app.stderr); ok && p.last != "" && !p.app.json {
		fmt.Fprintln(p.app.stderr)
	}
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/replica"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/remote"
	"github.com/nightjar/nightjar/wallet/vigil"
)

const (
	answerTimeout = 15 * time.Second // a host gives its enclave 10
	defaultSlots  = 4
)

// watching are the flags of the fairness command.
type watching struct {
	workers     []string
	out         string
	slots       int
	watch, goOn bool
}

// fairnessCommand has workers show what became of the wallet's orders.
func (a *app) fairnessCommand() *cobra.Command {
	var f watching
	cmd := &cobra.Command{
		Use:   "fairness",
		Short: "Check that the enclaves kept the auction's rules with your orders",
		Long: `Ask workers what the last heartbeats' auctions did with your orders, live ones
and those filled or cancelled of late, and check the answers against the chain,
which is verified from genesis: that the order took part, at a price by the
rules, that nobody traded before it who comes later, and that its settlement is
what the auction said. If a rule was broken, evidence that anybody can check with
nightjar evidence check is written to the directory --out, and the exit code is 4.
Evidence reveals the order.

Workers' hosts are named with --worker, for example http://127.0.0.1:7810, once
for each; one is chosen by lot, and another asked if it does not answer. After
each heartbeat there are as many queries as it has auctions, times --slots,
however many orders you have: a query tells nothing about the order, and those
without an order are about none. More orders than slots take turns.

With --watch it goes on: leave it running. It asks after every heartbeat that the
chain takes, and ends at the first alarm, unless --continue. With --json it
writes one line after each.`,
		Example: "nightjar fairness --watch --worker http://10.0.0.1:7810 --worker http://10.0.0.2:7810 --out evidence",
		Args:    nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case a.offline:
				return badFlag("the answers are held against the chain: leave --offline out")
			case f.goOn && !f.watch:
				return badFlag("--continue is for --watch")
			}
			return a.checkFairness(c.Context(), &f)
		},
	}
	cmd.Flags().StringArrayVar(&f.workers, "worker", nil, "URL of a worker's host; once for each")
	cmd.Flags().StringVar(&f.out, "out", ".", "directory for evidence")
	cmd.Flags().IntVar(&f.slots, "slots", defaultSlots, "orders asked about after each heartbeat")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "go on after every heartbeat until interrupted")
	cmd.Flags().BoolVar(&f.goOn, "continue", false, "go on after an alarm too")
	cmd.AddCommand(a.challengeCommand())
	return cmd
}

// checkFairness asks once, or for as long as it may.
func (a *app) checkFairness(ctx context.Context, f *watching) error {
	if len(f.workers) == 0 {
		return badFlag("name workers' hosts with --worker")
	}
	chain, err := a.follow(ctx)
	if err != nil {
		return err
	}
	defer chain.Close()
	// The wallet is open for a moment only: others trade with it meanwhile.
	var account *wallet.Witness
	err = a.with(ctx, func(s *session) error {
		account, err = s.Wallet.Witness(remote.New(chain.client))
		return err
	})
	if err != nil {
		return err
	}
	if err := chain.advance(ctx); err != nil { // opening took its time, and workers forget
		return err
	}
	config := vigil.Config{Chain: chain.Chronicle(), Slots: f.slots, Random: rand.Reader}
	for _, url := range f.workers {
		config.Workers = append(config.Workers, hosted(strings.TrimRight(url, "/")))
	}
	v, err := vigil.New(config)
	if err != nil {
		return err
	}
	if !f.watch {
		return a.look(ctx, chain, account, v, f.out)
	}
	return a.keepWatching(ctx, chain, account, v, f)
}

// keepWatching looks whenever the chain took a heartbeat. A node that is away is
// asked again.
func (a *app) keepWatching(ctx context.Context, chain *following, account *wallet.Witness, v *vigil.Vigil, f *watching) error {
	told := false // that heartbeats are overdue
	for {
		err := chain.advance(ctx)
		_, late := chain.Chronicle().Overdue()
		if err == nil && (v.Due() || late && !told) {
			err = a.look(ctx, chain, account, v, f.out)
			told = late
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil, errors.Is(err, errAlarm) && f.goOn:
		case errors.Is(err, errAlarm), errors.As(err, new(*replica.Refusal)), errors.As(err, new(*rejection.Rejection)), errors.As(err, new(*os.PathError)):
			return err
		default:
			fmt.Fprintf(a.stderr, "nightjar: %v; trying again\n", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// look asks about what the chain took since the last time, and tells. An order
// that the wallet saw placed after the newest block of the chronicle is asked
// about next time.
func (a *app) look(ctx context.Context, chain *following, account *wallet.Witness, v *vigil.Vigil, out string) error {
	if err := account.Sync(ctx); err != nil {
		return err
	}
	r, err := v.Round(ctx, stakes(account.State()))
	if err != nil {
		return err
	}
	view, err := newFairnessResult(r, out)
	if err != nil {
		return err
	}
	if last, late := chain.Chronicle().Overdue(); late {
		view.OK, view.Overdue = false, &last
	}
	if err := a.emit(view); err != nil {
		return err
	}
	if !view.OK {
		return errAlarm
	}
	return nil
}

func stakes(s *wallet.State) []vigil.Order {
	list := []vigil.Order{}
	for _, x := range s.Stakes() {
		list = append(list, vigil.Order{Name: x.ID.Short(), Claim: x.Claim, Handling: x.Handling})
	}
	return list
}

type fairnessResult struct {
	OK         bool            `json:"ok"`
	Heartbeats []uint64        `json:"heartbeats"` // asked about
	Queries    int             `json:"queries"`
	Unanswered int             `json:"unanswered"`
	Orders     int             `json:"orders"`                  // live, or spent of late
	Asked      int             `json:"asked"`                   // of them
	Auctions   int             `json:"auctions"`                // they took part in
	Exact      int             `json:"exact,omitempty"`         // in which priority can't be judged
	Broken     []brokenRule    `json:"broken,omitempty"`        // with evidence
	Missing    []lostOrder     `json:"missing,omitempty"`       // the enclaves had them, and do not any more
	Untaken    []lostOrder     `json:"untaken,omitempty"`       // the enclaves never had them
	Altered    []lostOrder     `json:"altered,omitempty"`       // the enclaves have them with another handling
	Overdue    *uint64         `json:"overdue_since,omitempty"` // the last heartbeat, if the next ones do not come
	Refusals   []workerRefusal `json:"refusals,omitempty"`      // queries that a worker did not answer
	Challenge  []string        `json:"challenge,omitempty"`
}

type brokenRule struct {
	Order    string `json:"order"`
	Rule     string `json:"rule"`
	Evidence string `json:"evidence"` // file
}

type lostOrder struct {
	Order     string `json:"order"`
	Heartbeat uint64 `json:"heartbeat"`
	Had       uint64 `json:"had,omitempty"` // the heartbeat that had it
}

type workerRefusal struct {
	Worker    string `json:"worker"`
	Heartbeat uint64 `json:"heartbeat"`
	Queries   int    `json:"queries"`
	Reason    string `json:"reason"`
}

// newFairnessResult writes the evidence, and says where.
func newFairnessResult(r *vigil.Report, out string) (fairnessResult, error) {
	view := fairnessResult{
		OK: !r.Alarm(), Heartbeats: append([]uint64{}, r.Heartbeats...), Queries: r.Queries, Unanswered: r.Unanswered,
		Orders: r.Orders, Asked: r.Asked, Auctions: r.Auctions, Exact: r.Exact, Challenge: r.Challenge,
	}
	for _, f := range r.Findings {
		b, err := writeEvidence(f, out)
		if err != nil {
			return view, err
		}
		view.Broken = append(view.Broken, b)
	}
	for _, l := range r.Missing {
		view.Missing = append(view.Missing, lostOrder(l))
	}
	for _, l := range r.Untaken {
		view.Untaken = append(view.Untaken, lostOrder(l))
	}
	for _, l := range r.Altered {
		view.Altered = append(view.Altered, lostOrder(l))
	}
	for _, x := range r.Refusals {
		reason := x.Err.Error()
		if refused := new(rejection.Rejection); errors.As(x.Err, &refused) {
			reason = refused.Detail
		}
		view.Refusals = append(view.Refusals, workerRefusal{x.Worker, x.Heartbeat, x.Queries, reason})
	}
	return view, nil
}

// writeEvidence writes what proves a finding, for its owner's eyes.
func writeEvidence(f vigil.Finding, out string) (brokenRule, error) {
	file := filepath.Join(out, fmt.Sprintf("evidence-%s-%d-%d", f.Order, f.Rule, f.Evidence.Exhibits[len(f.Evidence.Exhibits)-1].Heartbeat))
	if err := os.MkdirAll(out, 0o700); err != nil {
		return brokenRule{}, err
	}
	return brokenRule{f.Order, f.Rule.String(), file}, os.WriteFile(file, f.Evidence.Encode(), 0o600)
}

func (r fairnessResult) print(w io.Writer) {
	switch n := len(r.Heartbeats); n {
	case 0:
		fmt.Fprintln(w, "no heartbeat to ask about")
	case 1:
		fmt.Fprintf(w, "heartbeat %d: ", r.Heartbeats[0])
	default:
		fmt.Fprintf(w, "heartbeats %d to %d: ", r.Heartbeats[0], r.Heartbeats[n-1])
	}
	if len(r.Heartbeats) > 0 {
		fmt.Fprintf(w, "%d queries, %d unanswered; %d of %d orders; part in %d auctions", r.Queries, r.Unanswered, r.Asked, r.Orders, r.Auctions)
		if r.Exact > 0 {
			fmt.Fprintf(w, ", in %d of them minimum fills decided", r.Exact)
		}
		fmt.Fprintln(w)
	}
	for _, x := range r.Refusals {
		fmt.Fprintf(w, "  %s did not answer %d queries about heartbeat %d: %s\n", x.Worker, x.Queries, x.Heartbeat, x.Reason)
	}
	for _, worker := range r.Challenge {
		fmt.Fprintf(w, "  %s has answered nothing for several heartbeats; have it answer on the chain: nightjar fairness challenge --worker %s\n", worker, worker)
	}
	for _, l := range r.Untaken {
		fmt.Fprintf(w, "  order %s is not in the enclaves' book at block %d and never was: cancel and place it again\n", l.Order, l.Heartbeat)
	}
	for _, l := range r.Missing {
		fmt.Fprintf(w, "  ALARM: order %s was in the enclaves' book at block %d and is not at %d: did you take it out?\n", l.Order, l.Had, l.Heartbeat)
	}
	for _, l := range r.Altered {
		fmt.Fprintf(w, "  ALARM: order %s is in the enclaves' book at block %d, and not as you placed it\n", l.Order, l.Heartbeat)
	}
	if r.Overdue != nil {
		fmt.Fprintf(w, "  ALARM: the enclaves have signed no heartbeat since block %d: what they did since can't be checked\n", *r.Overdue)
	}
	for _, b := range r.Broken {
		fmt.Fprintf(w, "  ALARM: order %s: %s; evidence in %s\n", b.Order, b.Rule, b.Evidence)
	}
}

// hosted is a worker behind its host, named by its URL.
type hosted string

func (h hosted) Name() string { return string(h) }

// Ask implements vigil.Worker.
func (h hosted) Ask(ctx context.Context, query [fairness.QuerySize]byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(h)+"/fairness", bytes.NewReader(query[:]))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the worker's host answered %s", res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, int64(fairness.SealedSize)+1))
}

// following is the chain, verified from genesis, as far as it was read.
type following struct {
	*audit.Follower
	app    *app
	client *client.Client
}

// follow verifies the chain from genesis up to its newest block, and can go on.
// The caller closes it.
func (a *app) follow(ctx context.Context) (*following, error) {
	genesis, cl, err := a.reach(ctx)
	if err != nil {
		return nil, err
	}
	f, err := audit.Follow(genesis)
	if err != nil {
		cl.Close()
		return nil, err
	}
	chain := &following{f, a, cl}
	if err := chain.advance(ctx); err != nil {
		chain.Close()
		return nil, err
	}
	return chain, nil
}

// Close ends the connection to the node.
func (f *following) Close() { f.client.Close() }

func (f *following) advance(ctx context.Context) error {
	st, err := f.client.Status(ctx)
	if err != nil {
		return err
	}
	const worthwhile = 200 // blocks
	progress := func(uint64) {}
	if st.Height > f.Chronicle().Height()+worthwhile {
		bar := f.app.bar("verifying blocks")
		bar.ChangeMax64(int64(st.Height))
		progress = func(h uint64) { _ = bar.Set64(int64(h)) }
	}
	return f.Advance(ctx, demo.Source(f.client), st.Height, progress)
}

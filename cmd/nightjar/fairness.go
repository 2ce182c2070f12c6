package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

const (
	heartbeatsAsked = 4 // as many as a worker keeps
	answerTimeout   = 20 * time.Second
)

// fairnessCommand has a worker show what became of the wallet's live orders.
func (a *app) fairnessCommand() *cobra.Command {
	var worker, out string
	cmd := &cobra.Command{
		Use:   "fairness",
		Short: "Check that the enclaves kept the auction's rules with your orders",
		Long: `Ask a worker what the last heartbeats' auctions did with each of your live
orders, and check the answers against the chain, which is verified from genesis:
that the order took part, at a price by the rules, and that nobody traded before
it who comes later. If a rule was broken, evidence that anybody can check with
nightjar evidence check is written to the directory --out. It reveals the order.

The worker's host is named with --worker, for example http://127.0.0.1:7810. A
query tells it nothing about the order, and without orders one is asked about
none.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(s *session) error { return a.checkFairness(c.Context(), s, worker, out) })
		},
	}
	cmd.Flags().StringVar(&worker, "worker", "", "URL of a worker's host")
	cmd.Flags().StringVar(&out, "out", ".", "directory for evidence")
	return cmd
}

type orderFairness struct {
	Order    string   `json:"order"`
	Auctions int      `json:"auctions"`           // it took part in
	Exact    int      `json:"exact,omitempty"`    // in which priority can't be judged
	Unshown  int      `json:"unshown,omitempty"`  // answers that prove nothing
	Missing  []uint64 `json:"missing,omitempty"`  // heartbeats that lack it, unless you took it out
	Broken   []string `json:"broken,omitempty"`   // rules
	Evidence []string `json:"evidence,omitempty"` // files
}

type fairnessResult struct {
	Heartbeats int             `json:"heartbeats"`
	Orders     []orderFairness `json:"orders"`
}

func (r fairnessResult) print(w io.Writer) {
	fmt.Fprintf(w, "%d heartbeats, %d live orders\n", r.Heartbeats, len(r.Orders))
	for _, o := range r.Orders {
		fmt.Fprintf(w, "%s took part in %d auctions", o.Order, o.Auctions)
		if o.Exact > 0 {
			fmt.Fprintf(w, ", in %d of them minimum fills decided", o.Exact)
		}
		fmt.Fprintln(w)
		if o.Unshown > 0 {
			fmt.Fprintf(w, "  ALARM: %d answers prove nothing: ask another worker\n", o.Unshown)
		}
		for _, h := range o.Missing {
			fmt.Fprintf(w, "  ALARM: the enclaves had it and lack it at block %d: did you take it out?\n", h)
		}
		for i, rule := range o.Broken {
			fmt.Fprintf(w, "  ALARM: %s; evidence in %s\n", rule, o.Evidence[i])
		}
	}
}

func (a *app) checkFairness(ctx context.Context, s *session, worker, out string) error {
	if worker == "" {
		return rejection.New(rejection.BadFlag, "name a worker's host with --worker")
	}
	chain, parsed, err := a.chronicle(ctx)
	if err != nil {
		return err
	}
	beats := chain.Newest(heartbeatsAsked)
	ask := asker(ctx, worker, parsed.ChainID)
	r := fairnessResult{Heartbeats: len(beats), Orders: []orderFairness{}}
	for _, o := range s.Wallet.State().Orders {
		if !o.Live() {
			continue
		}
		review, err := fairness.Claim{Order: o.Order, Position: o.Position}.Review(chain, beats, chain.Interval(), ask)
		if err != nil {
			return err
		}
		view := orderFairness{
			Order: o.ID.Short(), Auctions: review.Auctions, Exact: review.Exact, Unshown: len(review.Unshown), Missing: review.Missing,
		}
		for i, e := range review.Evidence {
			file := filepath.Join(out, fmt.Sprintf("evidence-%s-%d", o.ID.Short(), i+1))
			if err := os.WriteFile(file, e.Encode(), 0o600); err != nil {
				return err
			}
			view.Broken, view.Evidence = append(view.Broken, e.Rule.String()), append(view.Evidence, file)
		}
		r.Orders = append(r.Orders, view)
	}
	if len(r.Orders) == 0 && len(beats) > 0 {
		h := beats[len(beats)-1]
		if _, _, err := ask(h.Height, transcript.Call(h.Height/chain.Interval(), 0), nobody()); err != nil {
			return err
		}
	}
	return a.emit(r)
}

// nobody is an order that there is not.
func nobody() transcript.Secret {
	var a, b [32]byte
	_, _ = rand.Read(a[:]) // never fails
	_, _ = rand.Read(b[:])
	return transcript.Secret{Nullifier: field.FromHash("nightjar/nobody", a[:]), S: field.FromHash("nightjar/nobody", b[:])}
}

// asker asks a worker over its host, each time under a key of its own.
func asker(ctx context.Context, worker, chainID string) fairness.Asker {
	return func(heartbeat, call uint64, s transcript.Secret) (fairness.Query, *fairness.Answer, error) {
		var seed fairness.KeySeed
		_, _ = rand.Read(seed[:]) // never fails
		q := fairness.Ask(heartbeat, call, s, seed.Public())
		sealed, err := post(ctx, worker+"/fairness", q.Bytes())
		if err != nil {
			return q, nil, err
		}
		answer, err := seed.Open(chainID, &q, sealed)
		return q, answer, err
	}
}

func post(ctx context.Context, url string, query [fairness.QuerySize]byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(query[:]))
	if err != nil {
		return nil, rejection.New(rejection.BadFlag, "%v", err)
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

// chronicle verifies the chain from genesis and remembers what its enclaves are
// judged by.
func (a *app) chronicle(ctx context.Context) (*chronicle.Chronicle, *client.Genesis, error) {
	genesis, err := a.genesisFile(ctx)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := client.ParseGenesis(genesis)
	if err != nil {
		return nil, nil, err
	}
	cl, err := client.New(a.node, parsed, nil)
	if err != nil {
		return nil, nil, err
	}
	defer cl.Close()
	st, err := cl.Status(ctx)
	if err != nil {
		return nil, nil, err
	}
	bar := a.bar("verifying blocks")
	bar.ChangeMax64(int64(st.Height))
	chain, err := audit.Chronicle(ctx, genesis, demo.Source(cl), st.Height, func(h uint64) { _ = bar.Set64(int64(h)) })
	return chain, parsed, err
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/replica"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/vigil"
)

// challenging are the flags of the challenge command.
type challenging struct {
	host, id, out string
	timeout       time.Duration
	resume        bool
}

// challengeCommand has a worker answer on the chain (spec/20-fairness.md,
// "Challenge").
func (a *app) challengeCommand() *cobra.Command {
	var f challenging
	cmd := &cobra.Command{
		Use:   "challenge [ORDER]",
		Short: "Have a silent worker answer on the chain, or be suspended",
		Long: `Put a question to a worker on the chain, where everybody sees whether it answers.
It costs the flat fee. A worker that does not answer in time is suspended, and so
are its operator and platform for a while; the other workers go on.

The question is about the newest heartbeat that the worker signed, and about an
order of yours: ORDER, or one that rests, or nobody's if you have none. Nobody
sees which. The answer is judged as nightjar fairness does it: if it shows that a
rule was broken, evidence is written to the directory --out and the exit code is 4.

Name the worker by the URL of its host, or by its id (or its first digits) if the
host is silent too. What opens the answer is kept in the wallet: if the command
is interrupted, --resume goes on.`,
		Example: "nightjar fairness challenge --worker http://10.0.0.1:7810\nnightjar fairness challenge --worker-id 3fa9c2 2f6c01ab9d\nnightjar fairness challenge --resume",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return badFlag("it takes one order at most")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case a.offline:
				return badFlag("a challenge is put to the chain: leave --offline out")
			case f.timeout <= 0:
				return badFlag("--timeout is more than 0")
			case f.resume && (len(args) > 0 || f.host != "" || f.id != ""):
				return badFlag("--resume goes on with what was asked: it takes no worker and no order")
			case f.resume:
				return a.resumeChallenges(c.Context(), &f)
			case (f.host == "") == (f.id == ""):
				return badFlag("name the worker with --worker or with --worker-id")
			}
			return a.challenge(c.Context(), &f, strings.Join(args, ""))
		},
	}
	cmd.Flags().StringVar(&f.host, "worker", "", "URL of the worker's host, which says who it is")
	cmd.Flags().StringVar(&f.id, "worker-id", "", "the worker's id, or its first digits")
	cmd.Flags().StringVar(&f.out, "out", ".", "directory for evidence")
	cmd.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "how long to wait for the answer")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "go on with what was asked and not yet answered")
	return cmd
}

// challenge asks, and waits for what comes of it.
func (a *app) challenge(ctx context.Context, f *challenging, order string) error {
	chain, err := a.follow(ctx)
	if err != nil {
		return err
	}
	defer chain.Close()
	worker, err := a.challenged(ctx, f, chain.Chronicle())
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	var asked wallet.Asked
	// The wallet is open until the chain has the question, and not while the
	// worker takes its time.
	err = a.with(ctx, func(s *session) error {
		if err := chain.advance(ctx); err != nil { // opening took its time
			return err
		}
		if asked, err = compose(chain.Chronicle(), worker, s.Wallet.State(), order); err != nil {
			return err
		}
		return a.ask(ctx, waiting, s, asked)
	})
	if err != nil {
		return err
	}
	return a.awaitAnswer(ctx, waiting, chain, f, asked)
}

// ask submits a question, and waits until the chain has it.
func (a *app) ask(ctx, waiting context.Context, s *session, asked wallet.Asked) error {
	p, err := s.Wallet.Make(waiting, func() (*wallet.Plan, error) { return s.Wallet.PlanChallenge(asked.Question) }, nil)
	if err != nil {
		return err
	}
	if err := s.Wallet.Keep(asked); err != nil {
		return err
	}
	var id wallet.ID
	err = a.working("proving", func() error { id, err = s.Wallet.Send(ctx, p); return err })
	if err != nil {
		return errors.Join(err, s.Wallet.Forget(asked.Question))
	}
	fmt.Fprintf(a.stderr, "nightjar: worker %s is asked; if this is interrupted, `nightjar fairness challenge --resume` goes on\n", hex.EncodeToString(asked.Worker[:4]))
	err = a.working("waiting for the chain", func() error { _, err := s.Wallet.Wait(waiting, id); return err })
	if err != nil && outgoing(s.Wallet, asked.Question) {
		if waiting.Err() != nil {
			err = ctx.Err() // nil if only the time to wait is over
		}
		return &undecided{id, err}
	}
	return err
}

func outgoing(w *wallet.Wallet, q wallet.Question) bool {
	return slices.ContainsFunc(w.Outgoing(), func(o *wallet.Outgoing) bool { return o.Plan.Question != nil && *o.Plan.Question == q })
}

// resumeChallenges goes on with all that was asked.
func (a *app) resumeChallenges(ctx context.Context, f *challenging) error {
	chain, err := a.follow(ctx)
	if err != nil {
		return err
	}
	defer chain.Close()
	var list []wallet.Asked
	err = a.with(ctx, func(s *session) error {
		if err := chain.advance(ctx); err != nil {
			return err
		}
		for _, x := range s.Wallet.Asked() {
			if _, ok := chain.Chronicle().Challenge(a.challengeID(chain, x)); ok || outgoing(s.Wallet, x.Question) {
				list = append(list, x)
				continue
			}
			fmt.Fprintf(a.stderr, "nightjar: the question about the heartbeat at %d never came to the chain\n", x.Query.Heartbeat)
			if err := s.Wallet.Forget(x.Question); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return rejection.New(rejection.UnknownChallenge, "nothing was asked that is not answered")
	}
	waiting, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	var alarm error
	for _, x := range list {
		err := a.awaitAnswer(ctx, waiting, chain, f, x)
		if err != nil && !errors.Is(err, errAlarm) {
			return err
		}
		alarm = errors.Join(alarm, err)
	}
	return alarm
}

func (a *app) challengeID(chain *following, x wallet.Asked) challenge.ID {
	return challenge.NewID(chain.Chronicle().ID(), x.Worker, &x.Query)
}

// awaitAnswer follows the chain until a question is decided, and tells how.
func (a *app) awaitAnswer(ctx, waiting context.Context, chain *following, f *challenging, asked wallet.Asked) error {
	id := a.challengeID(chain, asked)
	bar := a.bar("blocks that the worker has let pass")
	var x chronicle.Challenge
	for {
		err := chain.advance(waiting)
		if errors.As(err, new(*rejection.Rejection)) || errors.As(err, new(*replica.Refusal)) {
			return err
		}
		known := false // a node that is away is asked again
		if x, known = chain.Chronicle().Challenge(id); known {
			bar.ChangeMax64(int64(x.Until - x.Block))
			_ = bar.Set64(int64(min(chain.Chronicle().Height(), x.Until) - x.Block))
		}
		if x.Answered != 0 || x.Suspended != 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-waiting.Done():
			if err := a.emit(newChallengeResult(asked, id, x)); err != nil {
				return err
			}
			return errors.Join(errReported, &undecided{wallet.ID(id), nil})
		case <-time.After(time.Second):
		}
	}
	_ = bar.Finish()
	r, err := decided(chain.Chronicle(), asked, id, x, f.out)
	if err != nil {
		return err
	}
	if err := a.forget(ctx, asked.Question); err != nil {
		fmt.Fprintf(a.stderr, "nightjar: the question stays in the wallet: %v\n", err)
	}
	if err := a.emit(r); err != nil {
		return err
	}
	if !r.OK {
		return errAlarm
	}
	return nil
}

// forget drops what the wallet kept of a question.
func (a *app) forget(ctx context.Context, q wallet.Question) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.Wallet.Forget(q), s.Close())
}

// challenged finds the worker that the flags name among those that signed the
// heartbeats which can be challenged.
func (a *app) challenged(ctx context.Context, f *challenging, c *chronicle.Chronicle) (id settlement.WorkerID, err error) {
	prefix := strings.ToLower(f.id)
	if f.host != "" {
		if prefix, err = workerAt(ctx, strings.TrimRight(f.host, "/")); err != nil {
			return id, badFlag("its host does not say who the worker is (%v): name it with --worker-id; %s", err, known(c))
		}
	}
	return findWorker(c, prefix)
}

// workerAt asks a host whose it is.
func workerAt(ctx context.Context, host string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, host+"/status", nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var status struct {
		Worker string `json:"worker"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&status)
	if err == nil && len(status.Worker) != 2*len(settlement.WorkerID{}) {
		err = errors.New("no worker's id")
	}
	return status.Worker, err
}

// signers returns who signed one of the heartbeats that can be challenged,
// ascending.
func signers(c *chronicle.Chronicle) (list []settlement.WorkerID) {
	for _, h := range c.Newest(fairness.Kept) {
		list = append(list, c.Signers(h.Height)...)
	}
	slices.SortFunc(list, func(x, y settlement.WorkerID) int { return slices.Compare(x[:], y[:]) })
	return slices.Compact(list)
}

func known(c *chronicle.Chronicle) string {
	var ids []string
	for _, id := range signers(c) {
		ids = append(ids, hex.EncodeToString(id[:]))
	}
	return fmt.Sprintf("of late heartbeats were signed by [%s]", strings.Join(ids, " "))
}

func findWorker(c *chronicle.Chronicle, prefix string) (id settlement.WorkerID, err error) {
	n := 0
	for _, x := range signers(c) {
		if strings.HasPrefix(hex.EncodeToString(x[:]), prefix) {
			id, n = x, n+1
		}
	}
	switch {
	case n > 1:
		return id, rejection.New(rejection.UnknownWorker, "more than one begins so; %s", known(c))
	case n == 0 && len(prefix) == 2*len(id):
		return id, rejection.New(rejection.NotASigner, "of a heartbeat of late; %s", known(c))
	case n == 0:
		return id, rejection.New(rejection.UnknownWorker, "none begins so; %s", known(c))
	}
	return id, nil
}

// compose makes the question: about the newest heartbeat that the worker signed
// and the chain took, and about the order named, or one that rests, or nobody's.
func compose(c *chronicle.Chronicle, worker settlement.WorkerID, s *wallet.State, order string) (asked wallet.Asked, err error) {
	var named wallet.ID
	if order != "" {
		o, err := s.FindOrder(order)
		if err != nil {
			return asked, err
		}
		named = o.ID
	}
	live := map[wallet.ID]bool{}
	for _, o := range s.Orders {
		live[o.ID] = o.Live()
	}
	var stakes []wallet.Stake
	var orders []vigil.Order
	for _, x := range slices.Backward(s.Stakes()) { // the newest leaf of an order first
		if order == "" && live[x.ID] || order != "" && x.ID == named {
			stakes = append(stakes, x)
			orders = append(orders, vigil.Order{Name: x.ID.Short(), Claim: x.Claim, Handling: x.Handling})
		}
	}
	for _, h := range slices.Backward(c.Newest(fairness.Kept)) {
		if !slices.Contains(c.Signers(h.Height), worker) {
			continue
		}
		q := vigil.Compose(c, h, orders, rand.Reader)
		if order != "" && q.Order == nil {
			return asked, rejection.New(rejection.UnknownOrder, "no auction before block %d can have had it, and there the worker signed last; wait for its next heartbeat", h.Height)
		}
		asked = wallet.Asked{Question: wallet.Question{Worker: worker, Query: q.Query}, Seed: q.Seed, Secret: q.Secret}
		for i := range orders {
			if q.Order == &orders[i] {
				asked.Stake = &stakes[i]
			}
		}
		return asked, nil
	}
	return asked, rejection.New(rejection.NotASigner, "of a heartbeat of late")
}

// challengeResult says what became of a challenge.
type challengeResult struct {
	OK             bool         `json:"ok"`
	Status         string       `json:"status"` // answered, suspended or open
	Challenge      string       `json:"challenge"`
	Worker         string       `json:"worker"`
	Heartbeat      uint64       `json:"heartbeat"`
	Order          string       `json:"order,omitempty"`
	Block          uint64       `json:"block,omitempty"`           // that took it
	Until          uint64       `json:"until,omitempty"`           // last block for the answer
	Answered       uint64       `json:"answered,omitempty"`        // block
	Suspended      uint64       `json:"suspended,omitempty"`       // block
	SuspendedUntil uint64       `json:"suspended_until,omitempty"` // last block of it
	Shown          bool         `json:"shown"`                     // the answer shows the heartbeat
	InBook         bool         `json:"in_book"`                   // and the order in the enclaves' book
	Lots           uint64       `json:"lots,omitempty"`            // that it traded in the auction asked about
	Worthless      string       `json:"worthless,omitempty"`       // why the answer is one that no honest worker gives
	Broken         []brokenRule `json:"broken,omitempty"`
}

func newChallengeResult(asked wallet.Asked, id challenge.ID, x chronicle.Challenge) challengeResult {
	r := challengeResult{
		OK: true, Status: "open", Challenge: hex.EncodeToString(id[:]), Worker: hex.EncodeToString(asked.Worker[:]),
		Heartbeat: asked.Query.Heartbeat, Block: x.Block, Until: x.Until,
	}
	if asked.Stake != nil {
		r.Order = asked.Stake.ID.String()
	}
	return r
}

// decided says what became of a challenge that is open no more; evidence is
// written.
func decided(c vigil.Chain, asked wallet.Asked, id challenge.ID, x chronicle.Challenge, out string) (challengeResult, error) {
	r := newChallengeResult(asked, id, x)
	if x.Answered == 0 {
		r.Status, r.Suspended, r.SuspendedUntil = "suspended", x.Suspended, x.SuspendedUntil
		return r, nil
	}
	r.Status, r.Answered = "answered", x.Answered
	q := vigil.Question{Query: asked.Query, Seed: asked.Seed, Secret: asked.Secret}
	if s := asked.Stake; s != nil {
		q.Order = &vigil.Order{Name: s.ID.Short(), Claim: s.Claim, Handling: s.Handling}
	}
	v, err := q.Judge(c, x.Answer.Sealed[:])
	var refused *rejection.Rejection
	switch {
	case errors.As(err, &refused) && refused.Code == rejection.BadTranscript:
		r.OK, r.Worthless = false, refused.Detail
		return r, nil
	case err != nil:
		return r, err
	}
	r.Shown, r.InBook, r.Lots = v.Shown, v.Taken, v.Lots
	for _, finding := range v.Findings {
		b, err := writeEvidence(finding, out)
		if err != nil {
			return r, err
		}
		r.OK, r.Broken = false, append(r.Broken, b)
	}
	return r, nil
}

func (r challengeResult) print(w io.Writer) {
	who := "worker " + r.Worker[:10]
	switch r.Status {
	case "open":
		if r.Until == 0 {
			fmt.Fprintf(w, "The chain has not taken the question to %s yet.\n", who)
			break
		}
		fmt.Fprintf(w, "%s has not answered yet; it has up to block %d.\nNext: nightjar fairness challenge --resume\n", who, r.Until)
	case "suspended":
		fmt.Fprintf(w, "%s was suspended at block %d, up to block %d: it did not answer what it was asked at block %d.\n", who, r.Suspended, r.SuspendedUntil, r.Block)
	case "answered":
		fmt.Fprintf(w, "%s was asked at block %d about heartbeat %d and answered at block %d.\n", who, r.Block, r.Heartbeat, r.Answered)
		switch {
		case r.Worthless != "":
			fmt.Fprintf(w, "  ALARM: no enclave that keeps the rules answers so: %s\n", r.Worthless)
		case !r.Shown:
			fmt.Fprintln(w, "  it has nothing to show of that heartbeat: it was handed the book since")
		case r.Order == "":
			fmt.Fprintln(w, "  it shows the heartbeat; you had no order in it")
		default:
			there := "is not in the enclaves' book of that block"
			if r.InBook {
				there = "is in the enclaves' book of that block"
			}
			fmt.Fprintf(w, "  order %s %s, and traded %d lots in the auction asked about\n", r.Order[:10], there, r.Lots)
		}
	}
	for _, b := range r.Broken {
		fmt.Fprintf(w, "  ALARM: order %s: %s; evidence in %s\n", b.Order, b.Rule, b.Evidence)
	}
}

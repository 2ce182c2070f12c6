package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
	"github.com/nightjar/nightjar/wallet"
)

// TestChallengeInput: what asks nobody, or contradicts itself, is refused before
// anything is opened.
func TestChallengeInput(t *testing.T) {
	c := newCLI(t)
	for _, b := range []struct {
		code rejection.Code
		args []string
	}{
		{rejection.BadFlag, nil},
		{rejection.BadFlag, []string{"a", "b", "--worker-id", "3f"}},
		{rejection.BadFlag, []string{"--worker-id", "3f", "--worker", "http://127.0.0.1:1"}},
		{rejection.BadFlag, []string{"--worker-id", "3f", "--offline"}},
		{rejection.BadFlag, []string{"--worker-id", "3f", "--timeout", "0s"}},
		{rejection.BadFlag, []string{"--resume", "--worker-id", "3f"}},
		{rejection.BadFlag, []string{"--resume", "2f6c"}},
		{rejection.BadGenesis, []string{"--worker-id", "3f", "--genesis", "/nowhere"}},
		{rejection.BadGenesis, []string{"--resume", "--genesis", "/nowhere"}},
	} {
		c.refused(b.code, "", append([]string{"fairness", "challenge"}, b.args...)...)
	}
}

// TestWorkerAt: a host says whose it is, or it is said that it does not.
func TestWorkerAt(t *testing.T) {
	body := `{"worker":"` + strings.Repeat("3f", 32) + `"}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(body)) }))
	defer s.Close()
	if id, err := workerAt(t.Context(), s.URL); err != nil || id != strings.Repeat("3f", 32) {
		t.Errorf("%s, %v", id, err)
	}
	for _, body = range []string{"", "{}", `{"worker":"3f"}`} {
		if _, err := workerAt(t.Context(), s.URL); err == nil {
			t.Errorf("%q was taken", body)
		}
	}
	if _, err := findWorker(chronicle.New(&ledger.Genesis{}), "3f"); !isCode(err, rejection.UnknownWorker) {
		t.Error(err)
	}
	if _, err := findWorker(chronicle.New(&ledger.Genesis{}), strings.Repeat("3f", 32)); !isCode(err, rejection.NotASigner) {
		t.Error(err)
	}
}

func isCode(err error, code rejection.Code) bool { return errors.Is(err, code) }

// chainOf is a chain with one heartbeat, at 8, in which an auction was called.
type chainOf struct {
	beat fairness.Heartbeat
	life fairness.Life
}

func (chainOf) ID() string { return "test" }

func (c chainOf) Heartbeat(uint64) (fairness.Heartbeat, bool) { return c.beat, true }

func (c chainOf) Facts(fairness.Claim, fairness.Heartbeat, uint64, uint64) (*fairness.Facts, bool) {
	return &fairness.Facts{Interval: 4, Life: c.life, BookSince: 1, Rest: 1, Whole: true}, true
}

func (chainOf) Signer(settlement.WorkerID) (quorum.Key, bool) { return quorum.Key{}, false }

func (c chainOf) Newest(int) []fairness.Heartbeat { return []fairness.Heartbeat{c.beat} }

func (chainOf) Calls(fairness.Heartbeat) []uint64 { return []uint64{transcript.Call(1, 0)} }

// TestChallengeDecided: what a worker says on the chain is opened and judged, what
// no honest one says is an alarm, and silence is a suspension.
func TestChallengeDecided(t *testing.T) {
	stake := &wallet.Stake{ID: wallet.ID{0x2f}}
	stake.Order = order.Order{Terms: order.Terms{Market: 5, Qty: 4, Expiry: 1000, Side: order.Buy}, S: field.FromUint64(9)}
	held := fairness.NewHeld(transcript.NewIntake(8, []transcript.Held{{
		Secret: stake.Secret(), Taken: transcript.Taken{Commitment: stake.Order.Commitment(), Arrival: 1},
	}}), nil)
	chain := chainOf{beat: fairness.Heartbeat{Height: 8, First: 4}, life: fairness.Life{Since: 1}}
	chain.beat.Intake, chain.beat.Transcript = held.Roots()
	seed := fairness.KeySeed{3}
	asked := wallet.Asked{Seed: seed, Secret: stake.Secret(), Stake: stake}
	asked.Query = fairness.Ask(8, transcript.Call(1, 0), asked.Secret, seed.Public())
	asked.Worker[0] = 0x3f
	id := challenge.ID{7}
	say := func(a *fairness.Answer) chronicle.Challenge {
		sealed, err := asked.Query.Seal("test", a)
		if err != nil {
			t.Fatal(err)
		}
		answer := &challenge.Answer{Challenge: id}
		copy(answer.Sealed[:], sealed)
		return chronicle.Challenge{Block: 20, Until: 60, Answered: 22, Answer: answer}
	}
	out := filepath.Join(t.TempDir(), "evidence")
	show := func(x chronicle.Challenge) (challengeResult, string) {
		r, err := decided(chain, asked, id, x, out)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		r.print(&text)
		return r, text.String()
	}
	// No auction was called in a whole interval: that breaks a rule.
	r, text := show(say(held.Answer(&asked.Query)))
	if r.OK || r.Status != "answered" || !r.Shown || !r.InBook || len(r.Broken) != 1 || r.Broken[0].Rule != fairness.Skipped.String() {
		t.Errorf("%+v", r)
	}
	if strings.Count(text, "ALARM") != 1 || !strings.Contains(text, "answered at block 22") {
		t.Error(text)
	}
	b, err := os.ReadFile(r.Broken[0].Evidence)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := fairness.DecodeEvidence(b); err != nil || e.Rule != fairness.Skipped || e.Check(chain) != nil {
		t.Errorf("%+v, %v", e, err)
	}
	if r, text := show(say(&fairness.Answer{Status: fairness.Unknown})); !r.OK || r.Shown || strings.Contains(text, "ALARM") {
		t.Errorf("%+v", r)
	}
	if r, text := show(say(&fairness.Answer{Status: fairness.Denied})); r.OK || r.Worthless == "" || !strings.Contains(text, "ALARM") {
		t.Errorf("%+v", r)
	}
	r, text = show(chronicle.Challenge{Block: 20, Until: 60, Suspended: 61, SuspendedUntil: 461})
	if !r.OK || r.Status != "suspended" || r.Worker != hex.EncodeToString(asked.Worker[:]) || !strings.Contains(text, "suspended at block 61") {
		t.Errorf("%+v\n%s", r, text)
	}
	open := newChallengeResult(asked, id, chronicle.Challenge{Block: 20, Until: 60})
	var told bytes.Buffer
	open.print(&told)
	if open.Status != "open" || !strings.Contains(told.String(), "--resume") {
		t.Errorf("%+v\n%s", open, &told)
	}
}

package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
	"github.com/nightjar/nightjar/wallet/vigil"
)

// TestEvidenceInput: what is no evidence is refused before anything is asked.
func TestEvidenceInput(t *testing.T) {
	c := newCLI(t)
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	evidence := &fairness.Evidence{ChainID: "test", Rule: fairness.Equivocated, Signed: [][]byte{{1}, {2}}}
	for _, b := range []struct {
		code rejection.Code
		args []string
	}{
		{rejection.BadFlag, []string{"evidence", "frobnicate"}},
		{rejection.BadFlag, []string{"evidence", "check"}},
		{rejection.BadFile, []string{"evidence", "check", "/nowhere"}},
		{rejection.Truncated, []string{"evidence", "check", file("empty", nil)}},
		{rejection.UnknownVersion, []string{"evidence", "check", file("other", []byte{9})}},
		{rejection.BadGenesis, []string{"evidence", "check", file("good", evidence.Encode()), "--genesis", "/nowhere"}},
		{rejection.BadFlag, []string{"fairness", "now"}},
		{rejection.BadFlag, []string{"fairness"}},
		{rejection.BadFlag, []string{"fairness", "--worker", "http://127.0.0.1:1", "--continue"}},
		{rejection.BadFlag, []string{"fairness", "--worker", "http://127.0.0.1:1", "--offline"}},
		{rejection.BadGenesis, []string{"fairness", "--worker", "http://127.0.0.1:1", "--genesis", "/nowhere"}},
	} {
		c.refused(b.code, "", b.args...)
	}
}

// TestHostedWorker: a query goes out as it is, and what comes back is handed on;
// a host that fails is no answer.
func TestHostedWorker(t *testing.T) {
	held := fairness.NewHeld(transcript.NewIntake(8, nil), nil)
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/fairness" || r.Method != http.MethodPost {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		q, err := fairness.DecodeQuery(b)
		if err != nil {
			t.Error(err)
			return
		}
		sealed, err := q.Seal("test", held.Answer(&q))
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write(append(sealed, make([]byte, 1<<16)...)[:len(sealed)+(status-http.StatusOK)])
	}))
	defer s.Close()
	seed := fairness.KeySeed{1}
	q := fairness.Ask(8, 0, transcript.Secret{}, seed.Public())
	sealed, err := hosted(s.URL).Ask(t.Context(), q.Bytes())
	if err != nil || len(sealed) != fairness.SealedSize {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	if a, err := seed.Open("test", &q, sealed); err != nil || a.Status != fairness.Shows {
		t.Fatal(err)
	}
	status = http.StatusGatewayTimeout
	if _, err := hosted(s.URL).Ask(t.Context(), q.Bytes()); err == nil {
		t.Error("a host that failed was taken for an answer")
	}
}

// TestFairnessResult: findings are written where only their owner reads them,
// and an alarm is loud.
func TestFairnessResult(t *testing.T) {
	evidence := &fairness.Evidence{ChainID: "test", Rule: fairness.Excluded, Exhibits: []fairness.Exhibit{{Heartbeat: 8, Answer: &fairness.Answer{}}}}
	evidence.Claim.Order.Terms.Side = order.Buy
	r := &vigil.Report{
		Heartbeats: []uint64{8}, Orders: 1, Asked: 1,
		Findings: []vigil.Finding{{Order: "2f6c01ab9d", Rule: fairness.Excluded, Evidence: evidence}},
		Missing:  []vigil.Lost{{Order: "2f6c01ab9d", Heartbeat: 16, Had: 8}},
		Refusals: []vigil.Refusal{{Worker: "http://a", Heartbeat: 8, Queries: 2, Err: errors.New("gone")}},
	}
	out := filepath.Join(t.TempDir(), "evidence")
	view, err := newFairnessResult(r, out)
	if err != nil || view.OK || len(view.Broken) != 1 || len(view.Missing) != 1 || len(view.Refusals) != 1 {
		t.Fatalf("%+v, %v", view, err)
	}
	info, err := os.Stat(view.Broken[0].Evidence)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	b, err := os.ReadFile(view.Broken[0].Evidence)
	if err != nil || !bytes.Equal(b, evidence.Encode()) {
		t.Errorf("another file: %v", err)
	}
	var text bytes.Buffer
	view.Overdue = new(uint64)
	view.print(&text)
	if n := strings.Count(text.String(), "ALARM"); n != 3 {
		t.Errorf("%d alarms in\n%s", n, &text)
	}
	if quiet, err := newFairnessResult(&vigil.Report{}, out); err != nil || !quiet.OK {
		t.Errorf("%+v, %v", quiet, err)
	}
}

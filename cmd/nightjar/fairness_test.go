package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
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
	} {
		c.refused(b.code, "", b.args...)
	}
}

// TestAsker: an answer is opened under the query's own key; what a host sends
// instead proves nothing.
func TestAsker(t *testing.T) {
	held := fairness.NewHeld(transcript.NewIntake(8, nil), nil)
	var seen [][]byte
	garble := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/fairness" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		q, err := fairness.DecodeQuery(b)
		if err != nil {
			t.Error(err)
			return
		}
		seen = append(seen, bytes.Clone(q.Key[:]))
		sealed, err := q.Seal("test", held.Answer(&q))
		if err != nil {
			t.Error(err)
		}
		if garble {
			sealed[9]++
		}
		_, _ = w.Write(sealed)
	}))
	defer s.Close()
	ask := asker(t.Context(), s.URL, "test")
	for range 2 {
		q, a, err := ask(8, 0, nobody())
		if err != nil || a.Status != fairness.Shows || q.Heartbeat != 8 {
			t.Fatalf("%v", err)
		}
	}
	if bytes.Equal(seen[0], seen[1]) {
		t.Error("two queries share a key")
	}
	garble = true
	if _, _, err := ask(8, 0, nobody()); !errors.Is(err, rejection.BadTranscript) {
		t.Errorf("a garbled answer: %v", err)
	}
}

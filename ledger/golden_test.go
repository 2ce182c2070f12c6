package ledger

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
)

var update = flag.Bool("update", false, "rewrite testdata")

// describe renders an event for the golden script: what it is about, short.
func describe(e Event) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", e), "ledger.")
	nf := func(e field.Element) string {
		b := e.Bytes()
		return fmt.Sprintf("%x", b[:4])
	}
	switch v := e.(type) {
	case ActionAdmitted:
		return fmt.Sprintf("%s index %d, nf_0 %s", name, v.Index, nf(v.Nullifiers[0]))
	case ActionExecuted:
		return fmt.Sprintf("%s admitted %d, nf_0 %s, leaves from %d", name, v.Admitted, nf(v.Nullifiers[0]), v.Position)
	case ActionDropped:
		return fmt.Sprintf("%s admitted %d, nf_0 %s", name, v.Admitted, nf(v.Nullifiers[0]))
	case LockAccepted:
		return fmt.Sprintf("%s auction %d, %d nullifiers, until %d", name, v.Auction, len(v.Nullifiers), v.Until)
	case LockExpired:
		return fmt.Sprintf("%s auction %d, %d nullifiers, exit until %d", name, v.Auction, len(v.Nullifiers), v.ExitUntil)
	case GroupSettled:
		return fmt.Sprintf("%s auction %d, %d fills, leaves from %d", name, v.Auction, len(v.Nullifiers), v.Position)
	case DepositCredited:
		return fmt.Sprintf("%s asset %d, %d units, leaf %d", name, v.Asset, v.Amount, v.Position)
	case ClaimOpened:
		return fmt.Sprintf("%s asset %d, %d units", name, v.Asset, v.Amount)
	case FeesPaid:
		return fmt.Sprintf("%s asset %d, %d units, leaf %d", name, v.Asset, v.Amount, v.Position)
	case WorkerRegistered:
		return fmt.Sprintf("%s %x", name, v.Worker.ID[:4])
	case EpochStarted:
		return fmt.Sprintf("%s %d", name, v.Epoch.Number)
	case HeartbeatSeen:
		return fmt.Sprintf("%s through %d", name, v.Height)
	case ChallengeAccepted:
		return fmt.Sprintf("%s index %d, heartbeat %d, until %d", name, v.Index, v.Heartbeat, v.Until)
	case WorkerSuspended:
		return fmt.Sprintf("%s %x, until %d", name, v.Worker[:4], v.Until)
	case ReferencesChanged:
		return fmt.Sprintf("%s %v", name, v.References)
	case ProposalAccepted:
		return fmt.Sprintf("%s %d, %T, at %d", name, v.Nonce, v.Change, v.At)
	case ProposalEnacted:
		return fmt.Sprintf("%s %T", name, v.Change)
	}
	return name
}

// The story's events and app hashes are a file: a change of any rule, row or
// encoding shows in it, and every machine computes the same.
func TestStoryIsTheRecordedOne(t *testing.T) {
	var out strings.Builder
	first, err := Initial(testGenesis())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "0  app hash %x\n", first.AppHash)
	store := NewMemory()
	store.Write(first.Delta)
	s, err := Open(testGenesis(), new(believe), store)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range story(t) {
		r, err := s.Apply(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Events {
			fmt.Fprintf(&out, "%d  %s\n", b.Height, describe(e))
		}
		if len(r.Events) > 0 {
			fmt.Fprintf(&out, "%d  app hash %x\n", b.Height, r.AppHash)
		}
		store.Write(r.Delta)
		s.Advance(r)
	}
	path := filepath.Join("testdata", "story.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("%s (-file +code):\n%s", path, d)
	}
}

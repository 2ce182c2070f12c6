package transaction

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// samples holds one transaction of every kind, in the order of a block.
func samples() []struct {
	kind Kind
	tx   Transaction
} {
	group := settlement.Group{FeeValue: jubjub.Identity()}
	return []struct {
		kind Kind
		tx   Transaction
	}{
		{Oracle, &oracle.Commit{Height: 1}},
		{Worker, &registry.Worker{}},
		{Epoch, &registry.Epoch{}},
		{Heartbeat, &registry.Heartbeat{}},
		{Answer, &challenge.Answer{}},
		{Lock, &settlement.Lock{}},
		{Settle, &settlement.Settle{Version: 1, Groups: [][32]byte{group.Hash()}, Group: group}},
		{Deposit, &custody.Deposit{}},
		{Closing, &custody.Closing{Result: custody.Returned}},
		{Proposal, &governance.Proposal{Change: governance.HaltDeposits{}}},
		{Action, &action.Action{Version: 1, RK: jubjub.Spend}},
		{Challenge, &challenge.Challenge{
			Query:  fairness.Query{Key: fairness.KeySeed{1}.Public()},
			Action: action.Action{Version: 1, RK: jubjub.Spend},
		}},
	}
}

func TestDecodeEveryKind(t *testing.T) {
	seen := map[Kind]bool{}
	last := RankOracle
	for _, s := range samples() {
		b := s.tx.Encode()
		got, kind, err := Decode(b)
		if err != nil || kind != s.kind || !bytes.Equal(got.Encode(), b) {
			t.Errorf("%s: %v", s.kind, err)
		}
		if seen[kind] || kind.String() == "unknown" || Kind(b[0]) != kind {
			t.Errorf("kind %d", kind)
		}
		seen[kind] = true
		if kind.Rank() < last {
			t.Errorf("%s ranks before its predecessor", kind)
		}
		last = kind.Rank()
	}
	for k := range 256 {
		if !seen[Kind(k)] {
			if _, _, err := Decode([]byte{byte(k), 1}); !errors.Is(err, rejection.UnknownKind) {
				t.Errorf("kind %d: %v", k, err)
			}
			if Kind(k).String() != "unknown" || Kind(k).Rank() != RankAction {
				t.Errorf("kind %d has a name or a rank", k)
			}
		}
	}
}

func TestDecodeBounds(t *testing.T) {
	if _, _, err := Decode(nil); !errors.Is(err, rejection.Truncated) {
		t.Error(err)
	}
	if _, _, err := Decode(make([]byte, MaxSize+1)); !errors.Is(err, rejection.Oversized) {
		t.Error(err)
	}
}

func TestActionOf(t *testing.T) {
	for _, s := range samples() {
		a, err := ActionOf(s.tx.Encode())
		carries := s.kind == Action || s.kind == Challenge
		if carries && (err != nil || a.RK != jubjub.Spend) || !carries && !errors.Is(err, rejection.UnknownKind) {
			t.Errorf("%s: %v", s.kind, err)
		}
	}
	if _, err := ActionOf(nil); !errors.Is(err, rejection.Truncated) {
		t.Error(err)
	}
}

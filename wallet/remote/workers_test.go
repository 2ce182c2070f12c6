package remote

import (
	"crypto/ed25519"
	"testing"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/state"
)

// TestWorkers: a registration counts only for the row that it fits, and one
// that is not there is noticed.
func TestWorkers(t *testing.T) {
	operator := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	worker := func(n byte) (state.Worker, []byte) {
		w := &registry.Worker{SigningKey: quorum.Key{n}, Evidence: []byte{n}}
		w.Sign("chain", operator)
		return state.Worker{ID: w.ID(), Operator: w.Operator, SigningKey: w.SigningKey, SealKey: w.SealKey}, w.Encode()
	}
	first, said1 := worker(1)
	second, said2 := worker(2)
	other := second
	other.SealKey[0]++ // the row of a worker with another key than it says
	for name, c := range map[string]struct {
		rows     []state.Worker
		said     [][]byte
		complete bool
		evidence []byte // one byte of each worker's; 0 = none
	}{
		"all":             {[]state.Worker{first, second}, [][]byte{said2, said1}, true, []byte{1, 2}},
		"one replaced":    {[]state.Worker{first, second}, [][]byte{said2}, false, []byte{0, 2}},
		"one new":         {[]state.Worker{first}, [][]byte{said1, said2}, true, []byte{1}},
		"another key":     {[]state.Worker{first, other}, [][]byte{said1, said2}, false, []byte{1, 0}},
		"garbage":         {[]state.Worker{first}, [][]byte{{1, 2, 3}, nil}, false, []byte{0}},
		"nothing is said": {[]state.Worker{first}, nil, false, []byte{0}},
	} {
		got, complete := workers(c.rows, c.said)
		if complete != c.complete || len(got) != len(c.rows) {
			t.Errorf("%s: %v, complete %v", name, got, complete)
			continue
		}
		for i, want := range c.evidence {
			if has := len(got[i].Evidence) == 1; has != (want != 0) || has && got[i].Evidence[0] != want {
				t.Errorf("%s: worker %d has evidence %x", name, i, got[i].Evidence)
			}
		}
	}
}

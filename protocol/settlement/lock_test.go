package settlement

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// lockVectors is spec/vectors/lock.json.
type lockVectors struct {
	Chain    string            `json:"chain"`
	Workers  []workerVector    `json:"workers"`
	Outcomes []outcomeVector   `json:"outcomes"`
	Locks    []lockVector      `json:"locks"`
	Refused  []vector.Mutation `json:"refused"`
	Forged   []vector.Mutation `json:"forged"` // they decode; not every signature is valid
}

type workerVector struct {
	Key vector.Hex `json:"key"`
	ID  vector.Hex `json:"id"`
}

type outcomeVector struct {
	Height  uint64       `json:"height"`
	Groups  []vector.Hex `json:"groups"`
	Outcome vector.Hex   `json:"outcome"`
}

type lockVector struct {
	Name        string       `json:"name"`
	Height      uint64       `json:"height"`
	Nullifiers  []vector.Hex `json:"nullifiers"`
	Outcome     vector.Hex   `json:"outcome"`
	StateDigest vector.Hex   `json:"stateDigest"`
	Bytes       vector.Hex   `json:"bytes"`
	SignBytes   vector.Hex   `json:"signBytes"`
}

// verifies reports whether every signature is valid under its worker's key.
func verifies(l *Lock, chainID string, keys map[WorkerID]quorum.Key) bool {
	for _, s := range l.Signatures {
		if !quorum.Verify(keys[s.Worker], l.SignBytes(chainID), s.Signature) {
			return false
		}
	}
	return true
}

func TestLockVectors(t *testing.T) {
	v := vector.Read[lockVectors](t, "lock")
	keys := map[WorkerID]quorum.Key{}
	for _, w := range v.Workers {
		id := NewWorkerID([32]byte(w.Key))
		if !bytes.Equal(id[:], w.ID) {
			t.Errorf("worker id %x", id)
		}
		keys[id] = quorum.Key(w.Key)
	}
	for _, o := range v.Outcomes {
		var groups [][32]byte
		for _, g := range o.Groups {
			groups = append(groups, [32]byte(g))
		}
		if got := Outcome(o.Height, groups); !bytes.Equal(got[:], o.Outcome) {
			t.Errorf("outcome of auction %d: %x", o.Height, got)
		}
	}
	encoded := map[string]vector.Hex{}
	for _, c := range v.Locks {
		encoded[c.Name] = c.Bytes
		got, err := DecodeLock(c.Bytes)
		if err != nil || !bytes.Equal(got.Encode(), c.Bytes) {
			t.Fatalf("%s: %v", c.Name, err)
		}
		want := &Lock{
			Height: c.Height, Outcome: [32]byte(c.Outcome), StateDigest: [32]byte(c.StateDigest),
			Signatures: got.Signatures,
		}
		for _, nf := range c.Nullifiers {
			want.Nullifiers = append(want.Nullifiers, vector.Decode(t, nf, field.FromBytes))
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", c.Name, d)
		}
		if !bytes.Equal(got.SignBytes(v.Chain), c.SignBytes) || !verifies(got, v.Chain, keys) {
			t.Errorf("%s: bytes to sign, or a signature", c.Name)
		}
	}
	for _, m := range v.Refused {
		_, err := DecodeLock(m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Forged {
		if got, err := DecodeLock(m.Apply(encoded[m.Of])); err != nil || verifies(got, v.Chain, keys) {
			t.Errorf("%s: %s: %v", m.Of, m.Name, err)
		}
	}
}

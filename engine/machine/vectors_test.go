package machine

import (
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// stateVectors is spec/vectors/engine-state.json.
type stateVectors struct {
	States  []stateVector     `json:"states"`
	Refused []vector.Mutation `json:"refused"`
}

// stateVector is a state, and the settlements that the world's secret and
// chain make of it: the bytes that all workers must agree on.
type stateVector struct {
	Name       string       `json:"name"`
	State      vector.Hex   `json:"state"`
	Digest     vector.Hex   `json:"digest"`
	Intake     vector.Hex   `json:"intake"`
	Transcript vector.Hex   `json:"transcript"`
	Outcome    vector.Hex   `json:"outcome"`
	Groups     []vector.Hex `json:"groups"` // their settlements without proofs, on chain "test"
}

func (w *world) vector(name string) stateVector {
	digest, intake, transcript, lock := w.m.Digest(), w.m.Intake().Root(), w.last.Transcript.Root(), w.last.Lock()
	v := stateVector{
		Name: name, State: w.m.Encode(), Digest: digest[:], Intake: intake[:],
		Transcript: transcript[:], Outcome: lock.Outcome[:], Groups: []vector.Hex{},
	}
	for i := range w.last.Groups {
		s := w.last.Settle(i, "test")
		s.Version = 1
		v.Groups = append(v.Groups, s.Encode())
	}
	return v
}

func TestVectors(t *testing.T) {
	var v stateVectors
	empty := newWorld(t)
	empty.block()
	v.States = append(v.States, empty.vector("empty"))

	w := newWorld(t)
	w.place("a", "Ann", w.terms(1, order.Buy, 10, 101))
	w.place("b", "Bob", w.terms(1, order.Sell, 4, 99))
	w.place("c", "Cid", w.terms(1, order.Sell, 3, 99))
	for range delay + 1 {
		w.block()
	}
	w.block()
	v.States = append(v.States, w.vector("an auction with padding"))

	matched := w.matched
	w.lockNow = &matched
	w.place("d", "Dan", w.terms(4, order.Sell, 4, 48))
	w.place("e", "Eve", w.terms(4, order.Sell, 4, 48))
	w.command(seal.Command{Kind: seal.Heartbeat, OID: oid("Ann"), Blocks: 9})
	w.command(seal.Command{Kind: seal.Heartbeat, OID: oid("Bob"), Blocks: 9})
	w.block()
	w.command(seal.Command{Kind: seal.CancelAll, OID: oid("Ann")})
	w.block()
	full := w.vector("locked, leaving, announced, sessions")
	v.States = append(v.States, full)

	const (
		header  = 1 + 4 + 4
		entry   = order.OpeningSize + 8 + 4*4 + 1
		pending = 32 + order.OpeningSize
		session = 32 + 4
	)
	book, sessions := header+3*entry+4, header+3*entry+4+2*pending+4
	if len(full.State) != sessions+2*session {
		t.Fatalf("%d bytes", len(full.State))
	}
	swap := func(at, size int) vector.Hex {
		return slices.Concat(full.State[at+size:at+2*size], full.State[at:at+size])
	}
	leaving := header
	for full.State[leaving+entry-1] != 2 {
		leaving += entry
	}
	for _, m := range []vector.Mutation{
		{Name: "another version", With: vector.Hex{2}, Code: "UNKNOWN_VERSION"},
		{Name: "truncated", Cut: 1, Code: "TRUNCATED"},
		{Name: "trailing byte", Append: vector.Hex{0}, Code: "TRAILING_BYTES"},
		{Name: "orders swapped", Offset: header, With: swap(header, entry), Code: "NON_CANONICAL"},
		{Name: "announced orders swapped", Offset: book, With: swap(book, pending), Code: "NON_CANONICAL"},
		{Name: "sessions swapped", Offset: sessions, With: swap(sessions, session), Code: "NON_CANONICAL"},
		{Name: "unknown flag", Offset: header + entry - 1, With: vector.Hex{4}, Code: "NON_CANONICAL"},
		{Name: "leaving without a lock", Offset: leaving + entry - 9, With: vector.Hex{0, 0, 0, 0}, Code: "NON_CANONICAL"},
		{Name: "leaf older than arrival", Offset: header + entry - 13, With: vector.Hex{0, 0, 0, 1}, Code: "NON_CANONICAL"},
		{Name: "a session that is over", Offset: len(full.State) - 4, With: vector.Hex{0, 0, 0, 6}, Code: "NON_CANONICAL"},
		{Name: "more orders than there are", Offset: header - 4, With: vector.Hex{0xff}, Code: "NON_CANONICAL"},
	} {
		m.Of = full.Name
		v.Refused = append(v.Refused, m)
	}

	file := vector.Check(t, "engine-state", v)
	base := map[string]vector.Hex{}
	for _, s := range file.States {
		base[s.Name] = s.State
		m, err := Decode(s.State, w.chain)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if digest := m.Digest(); !slices.Equal(digest[:], s.Digest) {
			t.Errorf("%s: another digest after decoding", s.Name)
		}
	}
	codes := map[string]rejection.Code{}
	for _, c := range rejection.All() {
		codes[c.Name()] = c
	}
	for _, m := range file.Refused {
		if _, err := Decode(m.Apply(base[m.Of]), w.chain); !errors.Is(err, codes[m.Code]) {
			t.Errorf("%s: %v, want %s", m.Name, err, m.Code)
		}
	}
}

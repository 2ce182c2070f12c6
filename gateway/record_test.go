package gateway

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/vault"
)

func bytes32(r *rapid.T, name string) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, name))
}

func drawSigners(r *rapid.T) state.Signers {
	s := state.Signers{Threshold: rapid.Uint8().Draw(r, "threshold")}
	for range rapid.IntRange(1, 3).Draw(r, "keys") {
		s.Keys = append(s.Keys, quorum.Key(bytes32(r, "key")))
	}
	return s
}

func drawPlace(r *rapid.T) place {
	p := place{Height: rapid.Uint64().Draw(r, "height"), First: rapid.Uint64().Draw(r, "first"), Signers: drawSigners(r)}
	for range rapid.IntRange(0, 3).Draw(r, "pending") {
		p.Pending = append(p.Pending, vault.Rotation{Height: rapid.Uint64().Draw(r, "at"), Signers: drawSigners(r)})
	}
	for range rapid.IntRange(0, 3).Draw(r, "opening") {
		p.Opening = append(p.Opening, opening{rapid.Uint64().Draw(r, "at"), custody.ClaimID(bytes32(r, "claim"))})
	}
	return p
}

// TestRecordsRoundTrip: the shell's own records, and nothing shorter or longer.
func TestRecordsRoundTrip(t *testing.T) {
	again := func(r *rapid.T, b []byte, decode func([]byte) (any, error), want any) {
		got, err := decode(b)
		if err != nil || !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
			r.Fatalf("%v: %s", err, cmp.Diff(want, got))
		}
		if _, err := decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.TrailingBytes) {
			r.Fatalf("longer: %v", err)
		}
		if _, err := decode(b[:rapid.IntRange(0, len(b)-1).Draw(r, "cut")]); !errors.Is(err, rejection.Truncated) {
			r.Fatalf("shorter: %v", err)
		}
		if _, err := decode(append([]byte{1}, b[1:]...)); !errors.Is(err, rejection.UnknownKind) {
			r.Fatalf("another kind: %v", err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		start := vault.Start{Hub: rapid.Uint64().Draw(r, "hub"), Block: vault.Cursor{Number: rapid.Uint64().Draw(r, "number"), Hash: bytes32(r, "hash")}}
		again(r, encodeStart(start), func(b []byte) (any, error) { return decodeStart(b) }, start)
		p := drawPlace(r)
		b, ok := encodePlace(p)
		if !ok {
			r.Fatal("a small place does not fit")
		}
		again(r, b, func(b []byte) (any, error) { return decodePlace(b) }, p)
		a := Anchor{
			Reference: custody.Reference{Chain: rapid.Uint32().Draw(r, "chain"), Hash: bytes32(r, "hash"), Index: rapid.Uint32().Draw(r, "index")},
			By:        quorum.Key(bytes32(r, "by")), Height: rapid.Uint64().Draw(r, "height"), App: bytes32(r, "app"), Validators: bytes32(r, "validators"),
		}
		again(r, encodeAnchor(a), func(b []byte) (any, error) { return decodeAnchor(b) }, a)
		type alarm struct {
			Alarm vault.Alarm
			Seen  bool
		}
		w := alarm{vault.Alarm{Reason: vault.AlarmReason(rapid.Uint8().Draw(r, "reason")), Ref: bytes32(r, "ref"), Key: quorum.Key(bytes32(r, "key"))}, rapid.Bool().Draw(r, "seen")}
		again(r, encodeAlarm(w.Alarm, w.Seen), func(b []byte) (any, error) {
			a, seen, err := decodeAlarm(b)
			return alarm{a, seen}, err
		}, w)
	})
}

// TestPlaceIsBounded: too much under way is not written, and nothing breaks.
func TestPlaceIsBounded(t *testing.T) {
	p := place{Height: 1, Signers: abc}
	for range maxUnderWay + 1 {
		p.Opening = append(p.Opening, opening{})
	}
	if _, ok := encodePlace(p); ok {
		t.Error("a place that no decoder takes was written")
	}
	p.Opening = p.Opening[1:]
	if b, ok := encodePlace(p); !ok {
		t.Error("the largest place")
	} else if _, err := decodePlace(b); err != nil {
		t.Error(err)
	}
}

// TestRememberRefuses: a journal that does not begin as one, or that holds what
// nobody writes, is refused.
func TestRememberRefuses(t *testing.T) {
	start := encodeStart(vault.Start{Hub: 1, Block: vault.Cursor{Hash: [32]byte{1}}})
	at, _ := encodePlace(place{Height: 1, First: 1, Signers: abc})
	good := vault.Encode(vault.Scanned{At: vault.Cursor{Number: 1, Hash: [32]byte{2}}})
	alarm := vault.Alarm{Reason: vault.Short, Ref: [32]byte{1}}
	other := vault.Alarm{Reason: vault.TwoStatements, Ref: [32]byte{2}}
	m, ok, err := remember([][][]byte{{start, at}, {good}, {good, at, encodeAlarm(alarm, false)}, {encodeAlarm(other, false)}, {encodeAlarm(alarm, true)}})
	if err != nil || !ok || len(m.records) != 2 || !cmp.Equal(m.alarms, []vault.Alarm{other}) {
		t.Fatalf("%v %v %+v", ok, err, m)
	}
	if _, ok, err := remember(nil); ok || err != nil {
		t.Errorf("an empty one: %v %v", ok, err)
	}
	for name, batches := range map[string][][][]byte{
		"no start":        {{at, at}},
		"no place":        {{start, start}},
		"the start alone": {{start}},
		"a strange kind":  {{start, at}, {{0xff}}},
		"an empty record": {{start, at}, {{}}},
		"a second start":  {{start, at}, {start}},
		"a cut record":    {{start, at}, {good[:3]}},
	} {
		if _, _, err := remember(batches); !errors.Is(err, rejection.BadJournal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIdentity: a journal is of one network, chain and key.
func TestIdentity(t *testing.T) {
	k := publicKey(testKey("a"))
	seen := map[[32]byte]bool{identity(chainID, 2, k): true}
	for _, id := range [][32]byte{identity("test-2", 2, k), identity(chainID, 3, k), identity(chainID, 2, publicKey(testKey("b")))} {
		if seen[id] {
			t.Error("two gateways share a journal")
		}
		seen[id] = true
	}
}

func FuzzRecords(f *testing.F) {
	at, _ := encodePlace(place{Height: 1, First: 1, Signers: abc, Opening: []opening{{1, custody.ClaimID{1}}}})
	f.Add(at)
	f.Add(encodeAnchor(Anchor{Height: 1}))
	f.Add(encodeAlarm(vault.Alarm{Reason: vault.Short}, true))
	f.Add(encodeStart(vault.Start{Hub: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := decodePlace(b); err == nil {
			if again, ok := encodePlace(p); ok && !bytes.Equal(again, b) {
				t.Fatal("a place with two encodings")
			}
		}
		if a, err := decodeAnchor(b); err == nil && !bytes.Equal(encodeAnchor(a), b) {
			t.Fatal("an anchor with two encodings")
		}
		if a, seen, err := decodeAlarm(b); err == nil && !bytes.Equal(encodeAlarm(a, seen), b) {
			t.Fatal("an alarm with two encodings")
		}
		if s, err := decodeStart(b); err == nil && !bytes.Equal(encodeStart(s), b) {
			t.Fatal("a start with two encodings")
		}
	})
}

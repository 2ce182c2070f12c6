package external

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func hash32(t *rapid.T, name string) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
}

func remark() *rapid.Generator[Remark] {
	return rapid.Custom(func(t *rapid.T) Remark {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return Owner{field.FromUint64(rapid.Uint64Min(1).Draw(t, "c"))}
		case 1:
			return Payout{custody.ClaimID(hash32(t, "claim"))}
		case 2:
			return Sweep{custody.DepositID(hash32(t, "deposit"))}
		case 3:
			return Refund{custody.DepositID(hash32(t, "deposit"))}
		default:
			return Anchor{rapid.Uint64().Draw(t, "height"), hash32(t, "app"), hash32(t, "validators")}
		}
	})
}

func TestRemarksMeanOneThing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here, there := NetworkOf("nightjar-1"), NetworkOf("nightjar-2")
		want := remark().Draw(t, "remark")
		b := Encode(here, want)
		got, err := Decode(here, b)
		if err != nil || !cmp.Equal(got, want) {
			t.Fatalf("%v, %v", got, err)
		}
		if _, err := Decode(there, b); !errors.Is(err, rejection.WrongNetwork) {
			t.Fatalf("on another network: %v", err)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, err := Decode(here, b[:cut]); !errors.Is(err, rejection.Truncated) {
			t.Fatalf("%d bytes: %v", cut, err)
		}
		if _, err := Decode(here, append(b, 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Fatalf("one byte more: %v", err)
		}
		other := remark().Draw(t, "other")
		if !cmp.Equal(want, other) && cmp.Equal(b, Encode(here, other)) {
			t.Fatalf("%v and %v are one remark", want, other)
		}
	})
}

func TestRemarkRefusals(t *testing.T) {
	here := NetworkOf("nightjar-1")
	good := Encode(here, Owner{field.FromUint64(7)})
	if _, err := Decode(here, good); err != nil {
		t.Fatal(err)
	}
	edit := func(f func(b []byte)) []byte {
		b := append([]byte(nil), good...)
		f(b)
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		code rejection.Code
	}{
		"another kind":      {edit(func(b []byte) { b[2] = 'X' }), rejection.UnknownKind},
		"another version":   {edit(func(b []byte) { b[3] = '2' }), rejection.UnknownKind},
		"another network":   {edit(func(b []byte) { b[4] ^= 1 }), rejection.WrongNetwork},
		"C above the field": {edit(func(b []byte) { b[12] = 0xff }), rejection.NonCanonical},
		"C of nobody":       {edit(func(b []byte) { b[43] = 0 }), rejection.ZeroCommitment},
	} {
		if _, err := Decode(here, c.b); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyThePreimageIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here := NetworkOf("nightjar-1")
		want := remark().Draw(t, "remark")
		b := Encode(here, want)
		noise := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("NJD1W"))), 0, 40)
		body := noise.Draw(t, "before")
		// What begins like a remark and is none, and a remark that the event does not name.
		body = append(body, b[:rapid.IntRange(0, len(b)-1).Draw(t, "part")]...)
		decoy := Encode(here, remark().Draw(t, "decoy"))
		body = append(body, decoy...)
		body = append(append(body, b...), noise.Draw(t, "after")...)
		if got, ok := Find(here, body, Hash(b)); !ok || !cmp.Equal(got, want) {
			t.Fatalf("%v, %v", got, ok)
		}
		if got, ok := Find(NetworkOf("nightjar-2"), body, Hash(b)); ok {
			t.Fatalf("found for another network: %v", got)
		}
		// The body is the node's word. Another C under the event's hash is none.
		lie := append([]byte(nil), b...)
		lie[len(lie)-1] ^= 1
		if got, ok := Find(here, lie, Hash(b)); ok {
			t.Fatalf("a forged body passes for the event's remark: %v", got)
		}
	})
}

func TestNothingOfAnUnusableRemarkIsFound(t *testing.T) {
	here := NetworkOf("nightjar-1")
	b := Encode(here, Owner{})
	if got, ok := Find(here, b, Hash(b)); ok {
		t.Errorf("an owner that nobody is: %v", got)
	}
}

func TestPathsDependOnTheOwner(t *testing.T) {
	here, there := NetworkOf("nightjar-1"), NetworkOf("nightjar-2")
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		same := Path(here, field.FromUint64(a)) == Path(here, field.FromUint64(b))
		if same != (a == b) {
			t.Fatalf("%d and %d", a, b)
		}
		if Path(here, field.FromUint64(a)) == Path(there, field.FromUint64(a)) {
			t.Fatalf("%d has one path on two networks", a)
		}
	})
}

package vault

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// drawRecord draws a record of a kind.
func drawRecord(t *rapid.T, kind int) Record {
	hash := func(name string) (h [32]byte) {
		copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
		return h
	}
	u64 := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
	u32 := func(name string) uint32 { return rapid.Uint32().Draw(t, name) }
	some := func(name string, most int) []byte {
		if b := rapid.SliceOfN(rapid.Byte(), 0, most).Draw(t, name); len(b) > 0 {
			return b
		}
		return nil
	}
	wide := func() amount.Wide { return amount.Wide{Hi: u64("hi"), Lo: u64("lo")} }
	element := func() field.Element { return field.FromHash("test", some("element", 4)) }
	in := Cursor{u64("number"), hash("hash")}
	result := custody.Result(rapid.Uint8Range(1, 2).Draw(t, "result"))
	switch kind {
	case kindScanned:
		return Scanned{in}
	case kindRotated:
		s := state.Signers{Threshold: rapid.Byte().Draw(t, "threshold")}
		for range rapid.IntRange(0, 3).Draw(t, "keys") {
			s.Keys = append(s.Keys, quorum.Key(hash("key")))
		}
		return Rotated{Rotation{u64("height"), s}, hash("custody")}
	case kindWatched:
		return Watched{element()}
	case kindUnwatched:
		return Unwatched{element()}
	case kindBegun:
		return Begun{hash("account"), some("external", maxExternal), wide()}
	case kindMoved:
		m := Moved{in, Transfer{u32("index"), u32("extrinsic"), some("external", maxExternal), wide(), hash("from"), hash("to"), nil}, Flow(rapid.Uint8Range(1, 3).Draw(t, "flow"))}
		if rapid.Bool().Draw(t, "owned") {
			e := element()
			m.Transfer.Owner = &e
		}
		return m
	case kindStepped:
		s := Stepped{in, Step{u32("index"), u32("extrinsic"), hash("custody"), hash("call"), hash("by"), Stage(rapid.Uint8Range(1, 5).Draw(t, "stage")), nil}}
		if rapid.Bool().Draw(t, "known") {
			s.Step.Job = &JobID{Kind(rapid.Uint8Range(1, 5).Draw(t, "job")), hash("ref")}
		}
		return s
	case kindNoticed:
		return Noticed{
			Claim{hash("id"), u32("asset"), u64("amount"), some("recipient", maxRecipient), u64("opened")},
			hash("generation"), some("external", maxExternal), wide(), Verdict(rapid.Uint8Range(1, 4).Draw(t, "verdict")), u64("at"), hash("call"),
		}
	case kindRecoded:
		return Recoded{hash("claim"), hash("call")}
	case kindAttested:
		return Attested{hash("deposit"), u32("asset"), u64("amount")}
	case kindCredited:
		return Credited{hash("deposit")}
	case kindOrdered:
		return Ordered{hash("deposit"), hash("to"), hash("custody"), hash("call")}
	case kindPrepared:
		return Prepared{Attempt{
			JobID{Kind(rapid.Uint8Range(1, 5).Draw(t, "job")), hash("ref")}, u32("number"), Form(rapid.Uint8Range(1, 3).Draw(t, "form")),
			u32("nonce"), hash("call"), u64("birth"), u64("until"), hash("hash"), some("extrinsic", 300),
		}}
	case kindResolved:
		return Resolved{hash("hash"), Outcome(rapid.Uint8Range(1, 3).Draw(t, "outcome"))}
	case kindDecided:
		return Decided{hash("claim"), result, custody.Reference{Chain: u32("chain"), Hash: hash("hash"), Index: u32("index")}}
	default:
		return Closed{hash("claim"), result}
	}
}

func TestRecordsRoundTrip(t *testing.T) {
	for kind := kindScanned; kind <= kindClosed; kind++ {
		rapid.Check(t, func(t *rapid.T) {
			r := drawRecord(t, kind)
			if r.kind() != uint8(kind) {
				t.Fatalf("a %T of kind %d", r, kind)
			}
			got, err := Decode(Encode(r))
			if err != nil || !reflect.DeepEqual(r, got) {
				t.Fatalf("%v\n%+v\n%+v", err, r, got)
			}
		})
	}
}

func TestRecordsRefused(t *testing.T) {
	stepped := Encode(Stepped{})
	prepared := Encode(Prepared{Attempt{JobID: JobID{Kind: Payout}, Form: Open}})
	for name, c := range map[string]struct {
		bytes []byte
		want  rejection.Code
	}{
		"nothing":            {nil, rejection.Truncated},
		"no kind":            {[]byte{0}, rejection.UnknownKind},
		"another kind":       {[]byte{kindClosed + 1}, rejection.UnknownKind},
		"cut":                {Encode(Scanned{})[:30], rejection.Truncated},
		"more":               {append(Encode(Scanned{}), 0), rejection.TrailingBytes},
		"no stage":           {stepped, rejection.NonCanonical},
		"another stage":      {append(stepped[:len(stepped)-2], 6, 0), rejection.NonCanonical},
		"an element too big": {append([]byte{kindWatched}, bytes.Repeat([]byte{0xff}, 32)...), rejection.NonCanonical},
		"a long extrinsic":   {append(prepared[:len(prepared)-2], 0xff, 0xff), rejection.Oversized},
		"many signers":       {append([]byte{kindRotated, 0, 0, 0, 0, 0, 0, 0, 1, 2}, 0, 65), rejection.Oversized},
	} {
		if _, err := Decode(c.bytes); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(Scanned{}))
	f.Add(Encode(Moved{Flow: Takeover, Transfer: Transfer{Owner: new(field.Element)}}))
	f.Add(Encode(Prepared{Attempt{JobID: JobID{Kind: Anchor}, Form: Plain, Extrinsic: []byte{1}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := Decode(b); err == nil && !bytes.Equal(Encode(r), b) {
			t.Fatalf("two encodings of a %T", r)
		}
	})
}

// FuzzDecodeSigned: what a peer sends is decoded to one statement or refused.
func FuzzDecodeSigned(f *testing.F) {
	one := []quorum.Signature{{}}
	f.Add((&custody.Deposit{Signatures: one}).Encode())
	f.Add((&custody.Closing{Result: custody.Returned, Signatures: one}).Encode())
	f.Add((&custody.Deposit{}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSigned(b)
		if err == nil && !bytes.Equal(s.Encode(), b) {
			t.Fatal("two encodings of a signed statement")
		}
		if err == nil && (s.Statement.Deposit == nil) == (s.Statement.Closing == nil) {
			t.Fatal("a statement of both or neither")
		}
	})
}

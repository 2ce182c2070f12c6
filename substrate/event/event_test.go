package event_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/westend"
)

var (
	alice = bytes.Repeat([]byte{0xa1}, 32)
	bob   = bytes.Repeat([]byte{0xb0}, 32)
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a westend-dev node kept under System.Events in a block without users.
const recorded = "08000000000000008281f53a0002000000010000000000c2f8fa1400020000"

func TestRecorded(t *testing.T) {
	got, err := event.Decode(westend.Metadata(t), unhex(t, recorded))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d events", len(got))
	}
	for i, r := range got {
		if !r.Is("System", "ExtrinsicSuccess") || r.Phase != event.ApplyExtrinsic || r.Extrinsic != uint32(i) || r.Index != uint32(i) {
			t.Errorf("event %d: %+v", i, r)
		}
	}
}

// block encodes events as a runtime would.
func block(t testing.TB, m *metadata.Metadata, events ...metadata.Value) []byte {
	t.Helper()
	e, err := m.Storage("System", "Events")
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Registry.Encode(e.Value, metadata.List(events))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// happened is an event in the form of the runtime.
func happened(t testing.TB, m *metadata.Metadata, pallet, name string, fields ...metadata.Named) metadata.Value {
	t.Helper()
	item, err := m.Event(pallet, name)
	if err != nil {
		t.Fatal(err)
	}
	return metadata.Composite{
		{Name: "phase", Value: metadata.Variant{Name: "ApplyExtrinsic", Fields: metadata.Composite{{Value: metadata.Uint{3}}}}},
		{Name: "event", Value: metadata.Variant{Name: pallet, Index: item.Pallet, Fields: metadata.Composite{
			{Value: metadata.Variant{Name: name, Index: item.Index, Fields: fields}}}}},
		{Name: "topics", Value: metadata.List{metadata.Bytes(bob)}},
	}
}

func executed(t testing.TB, m *metadata.Metadata, result metadata.Variant) metadata.Value {
	return happened(t, m, "Multisig", "MultisigExecuted",
		metadata.Named{Name: "approving", Value: metadata.Bytes(alice)},
		metadata.Named{Name: "timepoint", Value: metadata.Composite{{Name: "height", Value: metadata.Uint{7}}, {Name: "index", Value: metadata.Uint{1}}}},
		metadata.Named{Name: "multisig", Value: metadata.Bytes(bob)},
		metadata.Named{Name: "call_hash", Value: metadata.Bytes(alice)},
		metadata.Named{Name: "result", Value: result})
}

var done = metadata.Variant{Name: "Ok", Fields: metadata.Composite{{Value: metadata.List{}}}}

func failed(reason metadata.Variant) metadata.Variant {
	return metadata.Variant{Name: "Err", Index: 1, Fields: metadata.Composite{{Value: reason}}}
}

var noFunds = metadata.Variant{Name: "Module", Index: 3, Fields: metadata.Composite{{Value: metadata.Composite{
	{Name: "index", Value: metadata.Uint{4}}, {Name: "error", Value: metadata.Bytes{2, 0, 0, 0}}}}}}

// A deposit with its remark, and a payout.
func TestDecode(t *testing.T) {
	m := westend.Metadata(t)
	got, err := event.Decode(m, block(t, m,
		happened(t, m, "Balances", "Transfer",
			metadata.Named{Name: "from", Value: metadata.Bytes(alice)},
			metadata.Named{Name: "to", Value: metadata.Bytes(bob)},
			metadata.Named{Name: "amount", Value: metadata.Uint{5, 1}}),
		happened(t, m, "System", "Remarked",
			metadata.Named{Name: "sender", Value: metadata.Bytes(alice)},
			metadata.Named{Name: "hash", Value: metadata.Bytes(bob)}),
		executed(t, m, done),
		executed(t, m, failed(noFunds))))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Fatalf("%d events", len(got))
	}
	for i, r := range got {
		if r.Index != uint32(i) || r.Phase != event.ApplyExtrinsic || r.Extrinsic != 3 || !cmp.Equal(r.Topics, [][32]byte{[32]byte(bob)}) {
			t.Errorf("event %d: %+v", i, r)
		}
	}
	from, err := got[0].Account("from")
	if !got[0].Is("Balances", "Transfer") || from != [32]byte(alice) || err != nil {
		t.Errorf("%x, %v", from, err)
	}
	value, err := got[0].Amount("amount")
	if value != (amount.Wide{Hi: 1, Lo: 5}) || err != nil {
		t.Errorf("%v, %v", value, err)
	}
	if b, err := got[0].Encoded(m, "amount"); err != nil || hex.EncodeToString(b) != "05000000000000000100000000000000" {
		t.Errorf("%x, %v", b, err)
	}
	for i, want := range []bool{true, false} {
		if ok, err := got[2+i].Succeeded("result"); ok != want || err != nil {
			t.Errorf("execution %d: %v, %v", i, ok, err)
		}
	}
	if got := event.Failure(m, got[3].Fields.Get("result")); got != "Balances.InsufficientBalance" {
		t.Errorf("%s", got)
	}
	// A field that is not there, or is of another type.
	for name, ask := range map[string]func() error{
		"no account":      func() error { _, err := got[0].Account("who"); return err },
		"not an account":  func() error { _, err := got[0].Account("amount"); return err },
		"no amount":       func() error { _, err := got[0].Amount("value"); return err },
		"not an amount":   func() error { _, err := got[0].Amount("from"); return err },
		"no result":       func() error { _, err := got[0].Succeeded("result"); return err },
		"not a result":    func() error { _, err := got[0].Succeeded("from"); return err },
		"nothing encoded": func() error { _, err := got[0].Encoded(m, "asset_id"); return err },
	} {
		if err := ask(); !errors.Is(err, rejection.UnexpectedType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFailure(t *testing.T) {
	m := westend.Metadata(t)
	for want, v := range map[string]metadata.Value{
		"BadOrigin": metadata.Variant{Name: "BadOrigin", Index: 2},
		"Balances.InsufficientBalance": metadata.Variant{Name: "Module", Fields: metadata.Composite{ // before ModuleError
			{Name: "index", Value: metadata.Uint{4}}, {Name: "error", Value: metadata.Uint{2}}}},
		"Module": metadata.Variant{Name: "Module", Fields: metadata.Composite{
			{Name: "index", Value: metadata.Uint{4}}, {Name: "error", Value: metadata.Uint{99}}}},
		"": nil,
	} {
		if got := event.Failure(m, v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Bytes that no runtime of this metadata wrote are refused whole; the recorded
// ones, the control, are not.
func TestRefused(t *testing.T) {
	m := westend.Metadata(t)
	good := unhex(t, recorded)
	if _, err := event.Decode(m, good); err != nil {
		t.Fatal(err)
	}
	edit := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want rejection.Code
	}{
		"nothing":          {nil, rejection.Truncated},
		"a byte less":      {good[:len(good)-1], rejection.Truncated},
		"a byte more":      {append(bytes.Clone(good), 0), rejection.TrailingBytes},
		"an event more":    {edit(0, 3<<2), rejection.Truncated},
		"an event less":    {edit(0, 1<<2), rejection.TrailingBytes},
		"no such phase":    {edit(1, 3), rejection.BadValue},
		"no such pallet":   {edit(6, 200), rejection.BadValue},
		"no such event":    {edit(7, 200), rejection.BadValue},
		"a count too long": {append([]byte{9, 0}, good[1:]...), rejection.NonCanonical},
	} {
		if got, err := event.Decode(m, c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

// A runtime that keeps its events in another layout is refused as such,
// whatever the layout is.
func TestOtherLayouts(t *testing.T) {
	m := westend.Metadata(t)
	system, err := m.Pallet("System")
	if err != nil {
		t.Fatal(err)
	}
	var events *metadata.StorageEntry
	for i := range system.Storage {
		if system.Storage[i].Name == "Events" {
			events = &system.Storage[i]
		}
	}
	own, unexpected := events.Value, 0
	for id := range metadata.TypeID(m.Registry.Len()) {
		if id == own {
			continue
		}
		events.Value = id
		for n := range 80 {
			b := make([]byte, n)
			if n > 0 && m.Registry.Type(id).Kind == metadata.KindSequence {
				b[0] = 4 // one element
			}
			got, err := event.Decode(m, b)
			switch {
			case errors.Is(err, rejection.UnexpectedType):
				unexpected++
			case err == nil && len(got) > 0:
				t.Fatalf("type %d: %+v", id, got)
			}
		}
	}
	if unexpected < 300 {
		t.Errorf("only %d other layouts read", unexpected)
	}
	events.Name = "Happenings"
	if _, err := event.Decode(m, nil); !errors.Is(err, rejection.UnknownItem) {
		t.Errorf("no events: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	m := westend.Metadata(f)
	e, err := m.Storage("System", "Events")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(unhex(f, recorded))
	f.Add(block(f, m, executed(f, m, done), executed(f, m, failed(noFunds))))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := event.Decode(m, b)
		if err != nil {
			return
		}
		v, err := m.Registry.Read(e.Value, b)
		if err != nil || len(v.(metadata.List)) != len(got) {
			t.Fatalf("%d events, %v", len(got), err)
		}
		for i, r := range got {
			if _, err := m.Event(r.Pallet, r.Name); err != nil || r.Index != uint32(i) {
				t.Fatalf("%+v: %v", r, err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	m := westend.Metadata(b)
	var events []metadata.Value
	for range 200 {
		events = append(events, happened(b, m, "Balances", "Transfer",
			metadata.Named{Name: "from", Value: metadata.Bytes(alice)},
			metadata.Named{Name: "to", Value: metadata.Bytes(bob)},
			metadata.Named{Name: "amount", Value: metadata.Uint{5, 1}}))
	}
	raw := block(b, m, events...)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := event.Decode(m, raw); err != nil {
			b.Fatal(err)
		}
	}
}

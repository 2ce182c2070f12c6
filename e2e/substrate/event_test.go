package substrate

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/registry"
	"github.com/centrifuge/go-substrate-rpc-client/v4/registry/parser"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/sample"
	"github.com/nightjar/nightjar/substrate/westend"
)

// TestEvents has both implementations read lists of events of every kind that
// the runtime has, and compares names, phases, topics and every leaf.
func TestEvents(t *testing.T) { events(t, westend.Bytes(t)) }

func events(t *testing.T, raw []byte) {
	ours, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	var md types.Metadata
	if err := codec.Decode(raw, &md); err != nil {
		t.Fatal(err)
	}
	names, err := registry.NewFactory().CreateEventRegistry(&md)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := ours.Storage("System", "Events")
	if err != nil {
		t.Fatal(err)
	}
	record := ours.Registry.Type(entry.Value).Elem
	seen, compared := map[string]bool{}, 0
	rapid.Check(t, func(t *rapid.T) {
		var list metadata.List
		for range rapid.IntRange(1, 4).Draw(t, "events") {
			if v, ok := sample.Value(t, &ours.Registry, record); ok && readable(v) {
				list = append(list, v)
			}
		}
		b, err := ours.Registry.Encode(entry.Value, list)
		if err != nil {
			t.Fatal(err)
		}
		got, err := event.Decode(ours, b)
		if err != nil {
			t.Fatal(err)
		}
		data := types.StorageDataRaw(b)
		want, err := parser.NewEventParser().ParseEvents(names, &data)
		if err != nil {
			t.Fatalf("%x: they say %v", b, err)
		}
		if len(got) != len(want) {
			t.Fatalf("%x: %d events, they read %d", b, len(got), len(want))
		}
		for i := range got {
			compare(t, &got[i], want[i])
			seen[want[i].Name] = true
			compared++
		}
	})
	if len(seen) < len(names)*2/3 || compared < Cases {
		t.Errorf("only %d events, %d of %d kinds", compared, len(seen), len(names))
	}
}

// compare demands that one event reads alike.
func compare(t *rapid.T, ours *event.Record, theirs *parser.Event) {
	t.Helper()
	if name := ours.Pallet + "." + ours.Name; name != theirs.Name || len(ours.Fields) != len(theirs.Fields) {
		t.Fatalf("%s of %d fields, they say %s of %d", name, len(ours.Fields), theirs.Name, len(theirs.Fields))
	}
	phases := [...]bool{theirs.Phase.IsApplyExtrinsic, theirs.Phase.IsFinalization, theirs.Phase.IsInitialization}
	if !phases[ours.Phase] || ours.Phase == event.ApplyExtrinsic && ours.Extrinsic != theirs.Phase.AsApplyExtrinsic {
		t.Fatalf("%s: phase %d of %d, they say %+v", theirs.Name, ours.Phase, ours.Extrinsic, theirs.Phase)
	}
	if !slices.EqualFunc(ours.Topics, theirs.Topics, func(a [32]byte, b types.Hash) bool { return a == b }) {
		t.Fatalf("%s: topics %x, they say %x", theirs.Name, ours.Topics, theirs.Topics)
	}
	for i, f := range ours.Fields {
		field := theirs.Fields[i]
		if f.Name != "" && field.Name != f.Name && !strings.HasSuffix(field.Name, "."+f.Name) {
			t.Fatalf("%s: field %s, they say %s", theirs.Name, f.Name, field.Name)
		}
		if a, b := ourLeaves(nil, f.Value), theirLeaves(nil, field.Value); !slices.Equal(a, b) {
			t.Fatalf("%s.%s:\nours   %v\ntheirs %v", theirs.Name, f.Name, a, b)
		}
	}
}

// readable reports whether the other implementation can read a value: its
// strings of bits and its characters are not Substrate's.
func readable(v metadata.Value) bool {
	switch v := v.(type) {
	case metadata.BitString:
		return false
	case metadata.List:
		return !slices.ContainsFunc(v, func(e metadata.Value) bool { return !readable(e) })
	case metadata.Composite:
		return !slices.ContainsFunc(v, func(e metadata.Named) bool { return !readable(e.Value) })
	case metadata.Variant:
		return readable(v.Fields)
	}
	return true
}

// ourLeaves lists what a value is made of, in order. Of an alternative with
// fields the other implementation keeps the fields only, so ours is compared by
// those.
func ourLeaves(leaves []string, v metadata.Value) []string {
	switch v := v.(type) {
	case metadata.Bytes:
		for _, b := range v {
			leaves = append(leaves, fmt.Sprint(b))
		}
	case metadata.List:
		for _, e := range v {
			leaves = ourLeaves(leaves, e)
		}
	case metadata.Composite:
		for _, f := range v {
			leaves = ourLeaves(leaves, f.Value)
		}
	case metadata.Variant:
		if len(v.Fields) == 0 {
			return append(leaves, fmt.Sprint(v.Index))
		}
		leaves = ourLeaves(leaves, v.Fields)
	case metadata.Text:
		leaves = append(leaves, hex.EncodeToString([]byte(v)))
	default: // integers and flags
		leaves = append(leaves, fmt.Sprint(v))
	}
	return leaves
}

func theirLeaves(leaves []string, v any) []string {
	switch v := v.(type) {
	case nil:
	case []any:
		for _, e := range v {
			leaves = theirLeaves(leaves, e)
		}
	case registry.DecodedFields:
		for _, f := range v {
			leaves = theirLeaves(leaves, f.Value)
		}
	case string:
		leaves = append(leaves, hex.EncodeToString([]byte(v)))
	case types.UCompact:
		leaves = append(leaves, (*big.Int)(&v).String())
	case types.U128:
		leaves = append(leaves, v.String())
	case types.I128:
		leaves = append(leaves, v.String())
	case types.U256:
		leaves = append(leaves, v.String())
	case types.I256:
		leaves = append(leaves, v.String())
	default:
		leaves = append(leaves, fmt.Sprint(v))
	}
	return leaves
}

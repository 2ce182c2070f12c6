package metadata_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/sample"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/westend"
)

// roundTrip checks one value of a random type, and that a changed bit is
// refused or is another value.
func roundTrip(t *rapid.T, g *metadata.Registry) {
	id := metadata.TypeID(rapid.IntRange(0, g.Len()-1).Draw(t, "type"))
	v, ok := sample.Value(t, g, id)
	if !ok {
		return
	}
	b, err := g.Encode(id, v)
	if err != nil {
		t.Fatalf("type %d, %v: %v", id, v, err)
	}
	got, err := g.Read(id, b)
	if diff := cmp.Diff(v, got); err != nil || diff != "" {
		t.Fatalf("type %d, %x: %v %s", id, b, err, diff)
	}
	r := scale.NewReader(append(bytes.Clone(b), 7))
	if _, err := g.Decode(r, id); err != nil || r.Len() != 1 || r.Offset() != len(b) {
		t.Fatalf("type %d: %v, %d left", id, err, r.Len())
	}
	if len(b) == 0 {
		return
	}
	b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	if other, err := g.Read(id, b); err == nil && cmp.Equal(v, other) {
		t.Fatalf("type %d: two encodings of one value", id)
	}
}

func TestRoundTrip(t *testing.T) {
	g := &westend.Metadata(t).Registry
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, g) })
}

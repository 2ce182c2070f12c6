package field

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
)

// fieldVectors is spec/vectors/field.json.
type fieldVectors struct {
	Elements    []decimal        `json:"elements"`
	Permutation []triple         `json:"permutation"`
	Sponge      []sponge         `json:"sponge"`
	FromHash    []fromHash       `json:"from_hash"`
	Refused     []vector.Refusal `json:"refused"`
}

type decimal struct {
	Decimal string     `json:"decimal"`
	Bytes   vector.Hex `json:"bytes"`
}

// triple is the permutation and both compressions of one input.
type triple struct {
	In [3]vector.Hex `json:"in"`
	P  [3]vector.Hex `json:"p"`
	K  vector.Hex    `json:"k"`
	K2 [2]vector.Hex `json:"k2"`
}

type sponge struct {
	Tag uint16       `json:"tag"`
	In  []vector.Hex `json:"in"`
	Out vector.Hex   `json:"out"`
}

type fromHash struct {
	Context string       `json:"context"`
	Parts   []vector.Hex `json:"parts"`
	Out     vector.Hex   `json:"out"`
}

// elements decodes what a vector holds.
func elements(t *testing.T, in ...vector.Hex) (out []Element) {
	t.Helper()
	for _, b := range in {
		out = append(out, vector.Decode(t, b, FromBytes))
	}
	return out
}

// agree demands that every element is the one that the file says.
func agree(t *testing.T, what string, i int, got []Element, file ...vector.Hex) {
	t.Helper()
	for j, e := range got {
		if !bytes.Equal(wire(e), file[j]) {
			t.Errorf("%s %d, element %d: %x, the file says %x", what, i, j, wire(e), file[j])
		}
	}
}

func TestVectors(t *testing.T) {
	file := vector.Read[fieldVectors](t, "field")
	for i, v := range file.Elements {
		var want Element
		if _, err := want.SetString(v.Decimal); err != nil {
			t.Fatal(err)
		}
		agree(t, "element", i, elements(t, v.Bytes), wire(want))
	}
	for i, v := range file.Permutation {
		in := elements(t, v.In[:]...)
		p := P(in[0], in[1], in[2])
		x, y := K2(in[0], in[1], in[2])
		agree(t, "permutation", i, p[:], v.P[:]...)
		agree(t, "compression", i, []Element{K(in[0], in[1], in[2])}, v.K)
		agree(t, "double compression", i, []Element{x, y}, v.K2[:]...)
	}
	for i, v := range file.Sponge {
		agree(t, "sponge", i, []Element{H(domain.Tag(v.Tag), elements(t, v.In...)...)}, v.Out)
	}
	for i, v := range file.FromHash {
		parts := make([][]byte, len(v.Parts))
		for j, p := range v.Parts {
			parts[j] = p
		}
		agree(t, "from_hash", i, []Element{FromHash(domain.Context(v.Context), parts...)}, v.Out)
	}
	for _, v := range file.Refused {
		_, err := FromBytes(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
}

// The library's permutation equals the one of reference_test.go, written again
// over integers from the paper (eprint 2023/323) and spec/00.
func TestPermutationAgainstIntegers(t *testing.T) {
	keys := roundKeys()
	for n := range uint64(4) {
		a, b := FromHash(domain.Generator, []byte{byte(n)}), FromHash(domain.Generator, []byte{byte(n), 1})
		in := [3]Element{a, b, FromUint64(n)}
		want := reference(in, keys)
		if got := P(in[0], in[1], in[2]); got != want {
			t.Fatalf("input %d: the permutation differs from its specification", n)
		}
	}
}

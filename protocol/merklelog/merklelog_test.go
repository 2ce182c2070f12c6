package merklelog

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// naive is RFC 6962's definition: the left subtree is the largest power of two
// below the size.
func naive(entries []field.Element) Hash {
	switch len(entries) {
	case 0:
		return Hash{}
	case 1:
		return leaf(entries[0])
	}
	k := 1
	for 2*k < len(entries) {
		k *= 2
	}
	return join(naive(entries[:k]), naive(entries[k:]))
}

func TestRootIsRFC6962s(t *testing.T) {
	var f Frontier
	var entries []field.Element
	for i := range uint64(130) {
		if f.Root() != naive(entries) || f.Size() != i {
			t.Fatalf("at size %d", i)
		}
		e := field.FromUint64(i*i + 1)
		f.Append(e)
		entries = append(entries, e)
	}
}

func TestCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f Frontier
		for i := range rapid.IntRange(0, 300).Draw(t, "size") {
			f.Append(field.FromUint64(uint64(i)))
		}
		b := f.Encode()
		got, err := Decode(b)
		if err != nil || got != f || !bytes.Equal(got.Encode(), b) {
			t.Fatal("a frontier does not survive its encoding")
		}
		copied := got
		got.Append(field.FromUint64(1))
		if copied != f || got.Root() == f.Root() {
			t.Fatal("a copy shares memory")
		}
		if _, err := Decode(append(b, 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Fatal(err)
		}
		if _, err := Decode(b[:len(b)-1]); !errors.Is(err, rejection.Truncated) {
			t.Fatal(err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	var l Frontier
	for i := range uint64(5) {
		l.Append(field.FromUint64(i))
	}
	f.Add(l.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := Decode(b); err == nil && !bytes.Equal(l.Encode(), b) {
			t.Fatal("two encodings of one frontier")
		}
	})
}

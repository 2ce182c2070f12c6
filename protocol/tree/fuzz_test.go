package tree

import (
	"bytes"
	"testing"
)

func FuzzDecodeFrontier(f *testing.F) {
	for _, size := range []uint64{0, 1, 5, 3 * 3 * 3, Capacity - 1, Capacity} {
		full := thinAir(size)
		f.Add(full.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeFrontier(b)
		if err == nil && !bytes.Equal(got.Encode(), b) {
			t.Fatal("two encodings of one frontier")
		}
	})
}

func FuzzDecodeKeeper(f *testing.F) {
	k := new(Keeper)
	f.Add(k.Encode())
	if err := k.Append(leaves(0, 23), []int{2, 11, 22}); err != nil {
		f.Fatal(err)
	}
	f.Add(k.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeKeeper(b)
		if err != nil {
			return
		}
		if !bytes.Equal(got.Encode(), b) {
			t.Fatal("two encodings of one keeper")
		}
		for _, position := range got.Marks() {
			if _, ok := got.Path(position, got.Edge()); !ok {
				t.Fatal("a mark without a path")
			}
		}
	})
}

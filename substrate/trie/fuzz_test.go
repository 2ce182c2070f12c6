package trie

import (
	"bytes"
	"testing"
)

// Any bytes are a node or are refused; what a lookup below them gives is
// bounded and repeatable.
func FuzzLookup(f *testing.F) {
	_, whole := Build(V1, []Entry{{[]byte("ab"), []byte("x")}, {[]byte("ac"), bytes.Repeat([]byte("y"), 40)}, {[]byte("a"), nil}})
	for _, n := range whole.nodes {
		f.Add(n, []byte("ab"), []byte("ac"))
	}
	f.Fuzz(func(t *testing.T, a, b, key []byte) {
		root := hashOf(a)
		v, ok, err := Get(root, [][]byte{a, b}, key)
		w, again, err2 := Get(root, [][]byte{b, a}, key)
		if !bytes.Equal(v, w) || ok != again || (err == nil) != (err2 == nil) {
			t.Fatal("the answer depends on the order of the nodes")
		}
		if err != nil && ok {
			t.Fatal("an answer and an error")
		}
	})
}

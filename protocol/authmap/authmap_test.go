package authmap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// naive computes the root from the whole contents, bucket by bucket.
func naive(contents map[string][]byte) Hash {
	m := New()
	for k, v := range contents {
		m = m.With([]Change{{[]byte(k), v}})
	}
	return m.Root()
}

func TestRootIsAFunctionOfTheContents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contents := map[string][]byte{}
		m := New()
		for range rapid.IntRange(0, 8).Draw(t, "batches") {
			var changes []Change
			for range rapid.IntRange(0, 20).Draw(t, "changes") {
				key := fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "key"))
				var value []byte
				if rapid.Bool().Draw(t, "set") {
					value = []byte{byte(rapid.IntRange(0, 3).Draw(t, "value"))}
					contents[key] = value
				} else {
					delete(contents, key)
				}
				changes = append(changes, Change{[]byte(key), value})
			}
			before := m.Root()
			next := m.With(changes)
			if m.Root() != before {
				t.Fatal("With changed its receiver")
			}
			m = next
		}
		if m.Root() != naive(contents) {
			t.Fatal("two ways to the same contents")
		}
		for i := range 32 {
			key := []byte(fmt.Sprint(i))
			value, ok := contents[string(key)]
			p := m.Prove(key)
			if !ok {
				value = nil
			}
			if !Verify(m.Root(), key, value, p) {
				t.Fatalf("key %d is not proven", i)
			}
			if other := []byte{9}; Verify(m.Root(), key, other, p) || ok && Verify(m.Root(), key, nil, p) {
				t.Fatalf("key %d is proven to hold something else", i)
			}
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	m := New().With([]Change{{[]byte("a"), []byte("1")}, {[]byte("b"), []byte("2")}})
	root, key, value := m.Root(), []byte("a"), []byte("1")
	for name, edit := range map[string]func(*Proof){
		"a sibling":        func(p *Proof) { p.Path[3][0] ^= 1 },
		"an entry less":    func(p *Proof) { p.Bucket = p.Bucket[1:] },
		"an entry more":    func(p *Proof) { p.Bucket = append(p.Bucket, Pair{Key: Hash{0xff}}) },
		"an entry twice":   func(p *Proof) { p.Bucket = append(p.Bucket, p.Bucket[0]) },
		"another value":    func(p *Proof) { p.Bucket[0].Value[0] ^= 1 },
		"another key":      func(p *Proof) { p.Bucket[0].Key[31] ^= 1 },
		"a value from b's": func(p *Proof) { p.Bucket[0].Value = m.Prove([]byte("b")).Bucket[0].Value },
	} {
		p := m.Prove(key)
		edit(&p)
		if Verify(root, key, value, p) {
			t.Errorf("%s: accepted", name)
		}
	}
	if Verify(root, key, []byte{}, m.Prove(key)) || Verify(root, []byte("b"), value, m.Prove(key)) || Verify(Hash{}, key, value, m.Prove(key)) {
		t.Error("another statement is proven")
	}
	// An empty value is a value.
	e := m.With([]Change{{[]byte("c"), []byte{}}})
	if !Verify(e.Root(), []byte("c"), []byte{}, e.Prove([]byte("c"))) || Verify(e.Root(), []byte("c"), nil, e.Prove([]byte("c"))) {
		t.Error("an empty value and absence are told apart")
	}
}

// The order of changes of different keys does not matter.
func TestShuffled(t *testing.T) {
	var changes []Change
	for i := range 5000 {
		changes = append(changes, Change{[]byte(fmt.Sprint(i)), bytes.Repeat([]byte{byte(i)}, i%7+1)})
	}
	want := New().With(changes).Root()
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	if New().With(changes[:2000]).With(changes[2000:]).Root() != want {
		t.Error("the root depends on the order")
	}
}

func BenchmarkWith300(b *testing.B) {
	var old []Change
	for i := range 100_000 {
		old = append(old, Change{[]byte(fmt.Sprint(i)), []byte("value")})
	}
	m := New().With(old)
	var changes []Change
	for i := range 300 {
		changes = append(changes, Change{[]byte(fmt.Sprint("new", i)), []byte("value")})
	}
	for b.Loop() {
		m.With(changes)
	}
}

package grandpa_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/trie"
)

// What Verify refuses is in substrate/light's tests, with the headers.

func example(n int) (*chaintest.Chain, grandpa.Justification) {
	c := chaintest.New("example", trie.V1, chaintest.Equal("example", n))
	c.Grow(8)
	return c, c.Justify(5, 3)
}

func TestRoundTrip(t *testing.T) {
	_, j := example(7)
	b := j.Encode()
	got, err := grandpa.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(j, got); diff != "" {
		t.Fatal(diff)
	}
	if _, err := grandpa.Decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.TrailingBytes) {
		t.Errorf("a byte more: %v", err)
	}
	for n := range b {
		if _, err := grandpa.Decode(b[:n]); !errors.Is(err, rejection.Truncated) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := grandpa.Decode(make([]byte, grandpa.MaxSize+1)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("size: %v", err)
	}
}

// Counts that the bytes could hold, and that no justification has.
func TestCounts(t *testing.T) {
	for name, a := range map[string]struct{ votes, headers int }{
		"votes": {2*grandpa.MaxAuthorities + 1, 0}, "ancestries": {0, grandpa.MaxAncestries + 1},
	} {
		j := grandpa.Justification{Precommits: make([]grandpa.Precommit, a.votes), Ancestries: make([]header.Header, a.headers)}
		if _, err := grandpa.Decode(j.Encode()); !errors.Is(err, rejection.Oversized) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var w scale.Writer
	grandpa.WriteAuthorities(&w, make([]grandpa.Authority, grandpa.MaxAuthorities+1))
	r := scale.NewReader(w.Bytes())
	if grandpa.ReadAuthorities(r); !errors.Is(r.Err(), rejection.BadAuthorities) {
		t.Errorf("authorities: %v", r.Err())
	}
}

// The message that is signed, byte by byte.
func TestMessage(t *testing.T) {
	hash := header.Hash{0: 0xaa, 31: 0xbb}
	want := append([]byte{1}, hash[:]...)
	want = append(want, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0)
	if got := grandpa.Message(header.Block{Number: 0x01020304, Hash: hash}, 0x0102030405060708, 9); !bytes.Equal(got, want) {
		t.Errorf("%x", got)
	}
}

func FuzzDecode(f *testing.F) {
	_, j := example(3)
	f.Add(j.Encode())
	set := grandpa.Set{Authorities: chaintest.Authorities(chaintest.Equal("example", 3))}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := grandpa.Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(got.Encode(), b) {
			t.Fatal("two encodings of one justification")
		}
		// Nobody without the keys makes another one that holds.
		if got.Verify(set) == nil && (got.Target != j.Target || got.Round != j.Round) {
			t.Fatal("a forgery")
		}
	})
}

func FuzzChange(f *testing.F) {
	f.Add(grandpa.Change{Authorities: chaintest.Authorities(chaintest.Equal("example", 2)), Delay: 3}.Item().Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := grandpa.ChangeOf(header.Header{Digest: []header.Item{{Kind: header.Consensus, Engine: grandpa.Engine, Data: b}}})
		if err == nil && c != nil && !bytes.Equal(c.Item().Data, b) {
			t.Fatal("two encodings of one change")
		}
	})
}

// A justification of a thousand authorities, as Kusama's.
func BenchmarkVerify1000(b *testing.B) {
	c, j := example(1000)
	s := c.Genesis()
	raw := j.Encode()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		j, err := grandpa.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if err := j.Verify(s.Set); err != nil {
			b.Fatal(err)
		}
	}
}

// After the last number of all comes none: a vote for block 0 is not for a
// descendant, whatever the headers say.
func TestNumbersDoNotWrap(t *testing.T) {
	voters := chaintest.Equal("wrap", 1)
	set := grandpa.Set{Authorities: chaintest.Authorities(voters)}
	target := header.Block{Number: math.MaxUint32 - 1, Hash: header.Hash{1}}
	last := header.Header{Parent: target.Hash, Number: math.MaxUint32}
	wrapped := header.Header{Parent: last.Hash(), Number: 0}
	for _, c := range []struct {
		headers []header.Header
		want    error
	}{
		{[]header.Header{last}, nil},
		{[]header.Header{last, wrapped}, rejection.VoteAstray},
	} {
		j := grandpa.Justification{Target: target, Ancestries: c.headers}
		j.Precommits = []grandpa.Precommit{chaintest.Sign(voters[0], c.headers[len(c.headers)-1].Block(), 0, 0)}
		if err := j.Verify(set); !errors.Is(err, c.want) {
			t.Errorf("%d headers: %v", len(c.headers), err)
		}
	}
}

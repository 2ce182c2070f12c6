package header

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

func draw(t *rapid.T) Header {
	hash := func(label string) (h Hash) {
		copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
		return h
	}
	h := Header{Parent: hash("parent"), Number: rapid.Uint32().Draw(t, "number"), StateRoot: hash("state"), ExtrinsicsRoot: hash("extrinsics")}
	for range rapid.IntRange(0, 5).Draw(t, "items") {
		i := Item{Kind: rapid.SampledFrom([]Kind{Other, Consensus, Seal, PreRuntime, RuntimeEnvironmentUpdated}).Draw(t, "kind")}
		if i.Kind != RuntimeEnvironmentUpdated {
			i.Data = append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "data")...)
		}
		if i.Kind != RuntimeEnvironmentUpdated && i.Kind != Other {
			copy(i.Engine[:], "FRNK")
		}
		h.Digest = append(h.Digest, i)
	}
	return h
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := draw(t)
		b := h.Encode()
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(h, got); diff != "" {
			t.Fatal(diff)
		}
		if _, err := Decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Fatalf("a byte more: %v", err)
		}
		if _, err := Decode(b[:len(b)-1]); !errors.Is(err, rejection.Truncated) {
			t.Fatalf("a byte less: %v", err)
		}
	})
}

// Polkadot's genesis block: its parent and extrinsics root are those of
// nothing, and its hash is the chain's well-known name.
func TestPolkadotGenesis(t *testing.T) {
	b, err := hex.DecodeString("0000000000000000000000000000000000000000000000000000000000000000" + "00" +
		"29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17" +
		"03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314" + "00")
	if err != nil {
		t.Fatal(err)
	}
	h, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Hash().String(); got != "0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3" {
		t.Fatal(got)
	}
}

func TestRefused(t *testing.T) {
	h := Header{Digest: []Item{{Kind: 1}}}
	if _, err := Decode(h.Encode()); !errors.Is(err, rejection.UnknownKind) {
		t.Errorf("kind: %v", err)
	}
	h.Digest = make([]Item, MaxDigest+1)
	if _, err := Decode(h.Encode()); !errors.Is(err, rejection.Oversized) {
		t.Errorf("digest: %v", err)
	}
	h.Digest = h.Digest[:MaxDigest]
	if _, err := Decode(h.Encode()); err != nil {
		t.Errorf("digest: %v", err)
	}
	if _, err := Decode(make([]byte, MaxSize+1)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("size: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Header{Number: 7, Digest: []Item{{Kind: Consensus, Engine: Engine{'F', 'R', 'N', 'K'}, Data: []byte{1}}}}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := Decode(b); err == nil && !bytes.Equal(h.Encode(), b) {
			t.Fatal("two encodings of one header")
		}
	})
}

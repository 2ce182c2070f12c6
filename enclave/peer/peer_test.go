package peer

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

func TestRoundTrip(t *testing.T) {
	for _, s := range samples() {
		b := Encode(chainID, from, s.body, sign)
		if want := map[bool]int{true: Large, false: Small}[s.name == "part"]; len(b) != want {
			t.Errorf("%s takes %d bytes", s.name, len(b))
		}
		e, err := Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if diff := cmp.Diff(s.body, e.Body); diff != "" || e.From != from {
			t.Errorf("%s: %s", s.name, diff)
		}
		if !e.Verify(chainID, public) {
			t.Errorf("%s: the signature does not verify", s.name)
		}
		if e.Verify("test-2", public) {
			t.Errorf("%s: it verifies for another chain", s.name)
		}
	}
}

// TestEveryBitCounts: a message with a bit changed is refused, or is not its
// sender's.
func TestEveryBitCounts(t *testing.T) {
	b := Encode(chainID, from, samples()[0].body, sign)
	rapid.Check(t, func(t *rapid.T) {
		c := bytes.Clone(b)
		at := rapid.IntRange(0, 8*len(c)-1).Draw(t, "bit")
		c[at/8] ^= 1 << (at % 8)
		e, err := Decode(c)
		if err == nil && e.From == from && e.Verify(chainID, public) {
			t.Fatal("accepted")
		}
	})
}

func TestRefused(t *testing.T) {
	vote := Encode(chainID, from, samples()[0].body, sign)
	part := Encode(chainID, from, samples()[3].body, sign)
	proofs := Encode(chainID, from, samples()[4].body, sign)
	with := func(b []byte, offset int, v ...byte) []byte {
		c := bytes.Clone(b)
		copy(c[offset:], v)
		return c
	}
	signed := &Offer{Epoch: registry.Epoch{Signatures: []settlement.WorkerSignature{{}}}}
	for name, c := range map[string]struct {
		code rejection.Code
		b    []byte
	}{
		"empty":                {rejection.OutOfRange, nil},
		"a byte short":         {rejection.OutOfRange, vote[:len(vote)-1]},
		"version":              {rejection.UnknownVersion, with(vote, 0, 2)},
		"kind":                 {rejection.UnknownKind, with(vote, 33, 9)},
		"padding":              {rejection.NonCanonical, with(vote, Small-signatureSize-1, 1)},
		"length past the end":  {rejection.Oversized, with(vote, 34, 0xff, 0xff)},
		"body too short":       {rejection.NonCanonical, with(vote, 34, 0, 0)},
		"subject":              {rejection.UnknownKind, with(vote, headerSize, 4)},
		"part past the last":   {rejection.NonCanonical, with(part, headerSize+40, 0, 2)},
		"first part not full":  {rejection.NonCanonical, with(part, headerSize+40, 0, 0)},
		"a vote in large":      {rejection.OutOfRange, with(part, 33, byte(KindVote))},
		"a part in small":      {rejection.OutOfRange, with(vote, 33, byte(KindPart))},
		"no proofs":            {rejection.NonCanonical, Encode(chainID, from, new(Proofs), sign)},
		"proofs out of order":  {rejection.NonCanonical, with(proofs, headerSize+12+194, 0, 0)},
		"a proof too many":     {rejection.Oversized, with(proofs, headerSize+10, 0, MaxProofs+1)},
		"proofs in large":      {rejection.OutOfRange, with(part, 33, byte(KindProofs))},
		"an offer with quorum": {rejection.NonCanonical, Encode(chainID, from, signed, sign)},
	} {
		if _, err := Decode(c.b); !errors.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code.Name())
		}
	}
}

// TestPartSize: a full part just fits.
func TestPartSize(t *testing.T) {
	p := &Part{Count: 2, Bytes: make([]byte, PartSize)}
	w := encoding.NewWriter(Large)
	p.write(w)
	if got := headerSize + len(w.Bytes()) + signatureSize; got != Large {
		t.Errorf("a full part takes %d bytes", got)
	}
	if e, err := Decode(Encode(chainID, from, p, sign)); err != nil || len(e.Body.(*Part).Bytes) != PartSize {
		t.Error(err)
	}
}

// TestMaxProofs: a full message of proofs fits into a small one.
func TestMaxProofs(t *testing.T) {
	p := &Proofs{List: make([]Proof, MaxProofs)}
	for i := range p.List {
		p.List[i].Index = uint16(i)
	}
	b := Encode(chainID, from, p, sign)
	if e, err := Decode(b); err != nil || len(b) != Small || len(e.Body.(*Proofs).List) != MaxProofs {
		t.Errorf("%d bytes: %v", len(b), err)
	}
}

// FuzzDecode: whatever is accepted has one encoding.
func FuzzDecode(f *testing.F) {
	for _, s := range samples() {
		f.Add(Encode(chainID, from, s.body, sign))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Decode(b)
		if err != nil {
			return
		}
		again := Encode(chainID, e.From, e.Body, func([]byte) [64]byte { return e.signature })
		if !bytes.Equal(b, again) {
			t.Fatal("two encodings of one message")
		}
	})
}

package fairness

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

func secret(n uint64) transcript.Secret {
	return transcript.Secret{Nullifier: field.FromUint64(n), S: field.FromUint64(n + 100)}
}

// heldOf is a heartbeat with some orders in the intake and no auction.
func heldOf(orders int) *Held {
	var list []transcript.Held
	for i := range orders {
		list = append(list, transcript.Held{Secret: secret(uint64(i)), Taken: transcript.Taken{Arrival: 1}})
	}
	return NewHeld(transcript.NewIntake(8, list), nil)
}

// TestSizes: spec/20's.
func TestSizes(t *testing.T) {
	if QuerySize != 1328 || AnswerSize != 8428 {
		t.Errorf("a query has %d bytes, an answer %d", QuerySize, AnswerSize)
	}
	q := Ask(8, 0, secret(1), KeySeed{1}.Public())
	w := encoding.NewWriter(QuerySize)
	q.Write(w)
	again, err := DecodeQuery(w.Bytes())
	if err != nil || again != q || len(w.Bytes()) != QuerySize {
		t.Errorf("%d bytes, %v", len(w.Bytes()), err)
	}
	q.Key = [1216]byte{0xff, 0xff, 0xff}
	w = encoding.NewWriter(QuerySize)
	q.Write(w)
	if _, err := DecodeQuery(w.Bytes()); !errors.Is(err, rejection.NonCanonical) {
		t.Errorf("a key that is none: %v", err)
	}
}

// TestDecodeAnswerRefuses: an answer says nothing beyond what it shows.
func TestDecodeAnswerRefuses(t *testing.T) {
	h := heldOf(3)
	there, strange := Ask(8, 0, secret(1), KeySeed{1}.Public()), Ask(8, 0, secret(9), KeySeed{1}.Public())
	for name, c := range map[string]struct {
		q    Query
		edit func(*Answer)
		want error
	}{
		"as it is":                      {there, func(*Answer) {}, nil},
		"another status":                {there, func(a *Answer) { a.Status = 3 }, rejection.NonCanonical},
		"shown and denied":              {there, func(a *Answer) { a.Status = Denied }, rejection.NonCanonical},
		"taken, not found":              {strange, func(a *Answer) { a.Taken.Arrival = 1 }, rejection.NonCanonical},
		"a height without a call":       {there, func(a *Answer) { a.Height = 1 }, rejection.NonCanonical},
		"roots without a call":          {there, func(a *Answer) { a.Roots[1][3] = 1 }, rejection.NonCanonical},
		"orders without a call":         {there, func(a *Answer) { a.Orders.Size = 1 }, rejection.NonCanonical},
		"an outcome, not found":         {there, func(a *Answer) { a.Outcome.Lots = 1 }, rejection.NonCanonical},
		"a pool without an outcome":     {there, func(a *Answer) { a.Pool.Pool.Price = 1 }, rejection.NonCanonical},
		"an opening without an outcome": {there, func(a *Answer) { a.Last.Bits = 1 }, rejection.NonCanonical},
	} {
		a := h.Answer(&c.q)
		c.edit(a)
		if _, err := DecodeAnswer(a.Encode()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	q := Ask(8, 0, secret(1), [1216]byte{})
	f.Add(heldOf(3).Answer(&q).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := DecodeAnswer(b); err == nil && !bytes.Equal(a.Encode(), b) {
			t.Fatal("two encodings of one answer")
		}
	})
}

func FuzzDecodeEvidence(f *testing.F) {
	q := Ask(8, 0, secret(1), [1216]byte{})
	f.Add((&Evidence{ChainID: "test", Rule: Excluded, Exhibits: []Exhibit{{8, 0, heldOf(3).Answer(&q)}}}).Encode())
	f.Add((&Evidence{ChainID: "test", Rule: Equivocated, Signed: [][]byte{{1}, {2}}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := DecodeEvidence(b); err == nil && !bytes.Equal(e.Encode(), b) {
			t.Fatal("two encodings of one file")
		}
	})
}

// TestDecodeEvidenceRefuses: other versions, rules and numbers of exhibits.
func TestDecodeEvidenceRefuses(t *testing.T) {
	good := (&Evidence{ChainID: "test", Rule: Equivocated, Signed: [][]byte{{1}, {2}}}).Encode()
	edit := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"as it is":     {good, nil},
		"version":      {edit(0, 2), rejection.UnknownVersion},
		"no rule":      {edit(1, 0), rejection.UnknownKind},
		"another rule": {edit(1, 9), rejection.UnknownKind},
		"exhibits":     {edit(8, 1), rejection.OutOfRange},
		"short":        {good[:len(good)-1], rejection.Truncated},
		"long":         {append(bytes.Clone(good), 0), rejection.TrailingBytes},
	} {
		if _, err := DecodeEvidence(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// registered is a chain that knows one worker.
type registered struct{ key quorum.Key }

func (registered) ID() string                              { return "test" }
func (registered) Heartbeat(uint64) (h Heartbeat, ok bool) { return h, false }
func (registered) Facts(Claim, Heartbeat, uint64, uint64) (*Facts, bool) {
	return nil, false
}
func (r registered) Signer(id settlement.WorkerID) (quorum.Key, bool) {
	return r.key, id == settlement.NewWorkerID(r.key)
}

// TestEquivocation: two heartbeats of one height and one signer are evidence;
// one twice, two heights, strangers and other chains' signatures are none.
func TestEquivocation(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	var key quorum.Key
	copy(key[:], private.Public().(ed25519.PublicKey))
	signed := func(chain string, h registry.Heartbeat) []byte {
		h.Signatures = []settlement.WorkerSignature{{
			Worker: settlement.NewWorkerID(key), Signature: quorum.Sign(private, h.SignBytes(chain)).Signature,
		}}
		return h.Encode()
	}
	one, other := registry.Heartbeat{Height: 8, Intake: [32]byte{1}}, registry.Heartbeat{Height: 8, Intake: [32]byte{2}}
	next := registry.Heartbeat{Height: 16, Intake: [32]byte{2}}
	for name, c := range map[string]struct {
		signed [][]byte
		chain  registered
		want   error
	}{
		"two":           {[][]byte{signed("test", one), signed("test", other)}, registered{key}, nil},
		"one twice":     {[][]byte{signed("test", one), signed("test", one)}, registered{key}, rejection.BadTranscript},
		"two heights":   {[][]byte{signed("test", one), signed("test", next)}, registered{key}, rejection.BadTranscript},
		"another chain": {[][]byte{signed("test", one), signed("tesu", other)}, registered{key}, rejection.BadTranscript},
		"a stranger":    {[][]byte{signed("test", one), signed("test", other)}, registered{quorum.Key{1}}, rejection.BadTranscript},
		"no heartbeat":  {[][]byte{signed("test", one), {8}}, registered{key}, rejection.Truncated},
	} {
		e := &Evidence{ChainID: "test", Rule: Equivocated, Signed: c.signed}
		if err := e.Check(c.chain); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

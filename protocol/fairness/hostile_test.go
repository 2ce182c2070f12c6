package fairness

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// calledHeld is a heartbeat with one call, in which two buyers wanted what the
// first got.
func calledHeld() *Held {
	var parties []transcript.Party
	for i := range uint64(2) {
		parties = append(parties, transcript.Party{Secret: secret(i), Side: order.Buy, Outcome: transcript.Outcome{
			Market: 5, Price: 102 - i, Class: 4, Arrival: 1, In: 8, Lots: 6 * (1 - i), Hash: i,
		}})
	}
	pool := transcript.PoolSecrets{Salt: [32]byte{1}, Pool: transcript.Pool{Market: 5, Result: transcript.Cleared, Price: 100}}
	pool.Last[order.Buy] = parties[0].Outcome.Rank(order.Buy)
	pool.Close()
	auction := transcript.NewAuction(7, 7, parties, []transcript.PoolSecrets{pool})
	var list []transcript.Held
	for i := range uint64(3) {
		list = append(list, transcript.Held{Secret: secret(i), Taken: transcript.Taken{Arrival: 1}})
	}
	return NewHeld(transcript.NewIntake(8, list), []transcript.Auction{auction})
}

// TestNoByteIsFree: of an answer that verifies, no byte can be another one: it is
// refused as no answer, or does not verify.
func TestNoByteIsFree(t *testing.T) {
	held := calledHeld()
	h := Heartbeat{Height: 8, First: 1}
	h.Intake, h.Transcript = held.Roots()
	for name, who := range map[string]uint64{"who traded last": 0, "who did not trade": 1, "who was in no call": 2, "nobody": 9} {
		q := Ask(8, transcript.Call(7, 0), secret(who), KeySeed{1}.Public())
		good := held.Answer(&q).Encode()
		check := func(b []byte) (*Seen, error) {
			a, err := DecodeAnswer(b)
			if err != nil {
				return nil, err
			}
			return a.Verify(h, &q, secret(who), order.Buy)
		}
		seen, err := check(good)
		if err != nil || !seen.Called || (seen.Taken != nil) != (who < 3) || (seen.Outcome != nil) != (who < 2) || (seen.Last != nil) != (who < 2) {
			t.Fatalf("%s: %+v, %v", name, seen, err)
		}
		const stride = 13 // meets every place of a hash, and each field
		for at := 0; at < len(good); at += stride {
			b := bytes.Clone(good)
			b[at] ^= 1 << (at % 8)
			if _, err := check(b); !errors.Is(err, rejection.BadTranscript) && !errors.Is(err, rejection.NonCanonical) && !errors.Is(err, rejection.OutOfRange) {
				t.Fatalf("%s, byte %d: %v", name, at, err)
			}
		}
	}
}

// typed demands that what was not decoded was refused with a code.
func typed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.As(err, new(*rejection.Rejection)) {
		t.Fatalf("an error without a code: %v", err)
	}
}

func FuzzDecodeQuery(f *testing.F) {
	q := Ask(8, transcript.Call(7, 1), secret(1), KeySeed{1}.Public())
	b := q.Bytes()
	f.Add(b[:])
	f.Add(b[:len(b)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := DecodeQuery(b)
		typed(t, err)
		if err != nil {
			return
		}
		if again := q.Bytes(); !bytes.Equal(again[:], b) {
			t.Fatal("two encodings of one query")
		}
		// Whatever is asked is answered, in one size; nobody is shown an order.
		a := heldOf(3).Answer(&q)
		if a.Status == Shows && (a.Intake.Found || a.Orders.Found) && !q.entitled(secret(1).S) && !q.entitled(secret(0).S) && !q.entitled(secret(2).S) {
			t.Fatal("somebody was shown an order without its secret")
		}
		if sealed, err := q.Seal("test", a); err == nil && len(sealed) != SealedSize {
			t.Fatalf("%d bytes", len(sealed))
		}
	})
}

// FuzzCheckEvidence: whatever a file says, it is refused with a code, and none is
// believed on a chain on which nothing happened.
func FuzzCheckEvidence(f *testing.F) {
	q := Ask(8, 0, secret(1), [1216]byte{})
	x := Exhibit{8, 0, heldOf(3).Answer(&q)}
	for rule := Omitted; rule <= Unkept; rule++ {
		e := &Evidence{ChainID: "test", Rule: rule, Exhibits: []Exhibit{x, x}[:rule.exhibits()]}
		e.Claim.Order.Terms.Side = order.Buy
		f.Add(e.Encode())
	}
	f.Add((&Evidence{ChainID: "test", Rule: Equivocated, Signed: [][]byte{{1}, {2}}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEvidence(b)
		typed(t, err)
		if err != nil {
			return
		}
		if err = e.Check(registered{}); err == nil {
			t.Fatal("evidence of nothing")
		}
		typed(t, err)
	})
}

// TestDecodeEvidenceOfOrders: each part of a file about an order is refused by
// its own decoder.
func TestDecodeEvidenceOfOrders(t *testing.T) {
	q := Ask(8, 0, secret(1), [1216]byte{})
	e := &Evidence{ChainID: "test", Rule: Excluded, Exhibits: []Exhibit{{8, 0, heldOf(3).Answer(&q)}}}
	good := e.Encode()
	const header = 2 + 2 + 4 // version, rule, Var("test")
	opening := len(good) - AnswerSize - 16 - 1 - 8 - header
	if _, err := DecodeEvidence(good); err != nil {
		t.Fatal(err)
	}
	edit := func(at int, with ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"a chain id past its bound": {edit(2, 0, 65), rejection.Oversized},
		"an element of no field":    {edit(header+opening-32, bytes.Repeat([]byte{0xff}, 32)...), rejection.NonCanonical},
		"two exhibits":              {edit(header+opening+8, 2), rejection.OutOfRange},
		"an answer that is none":    {edit(header+opening+8+1+16, 3), rejection.NonCanonical},
		"cut in the opening":        {good[:header+10], rejection.Truncated},
		"cut in the answer":         {good[:len(good)-1], rejection.Truncated},
		"more":                      {append(bytes.Clone(good), 0), rejection.TrailingBytes},
	} {
		if _, err := DecodeEvidence(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

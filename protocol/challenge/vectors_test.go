package challenge

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// challengeVectors is spec/vectors/challenge.json.
type challengeVectors struct {
	Challenges []challengeVector `json:"challenges"`
	Answers    []answerVector    `json:"answers"`
	Refused    []vector.Mutation `json:"refused"`
	Forged     []vector.Mutation `json:"forged"` // they decode; the signature is not valid
}

type challengeVector struct {
	Name    string     `json:"name"`
	Chain   string     `json:"chain"`
	Worker  vector.Hex `json:"worker"`
	Query   vector.Hex `json:"query"`
	Bytes   vector.Hex `json:"bytes"`
	ID      vector.Hex `json:"id"`
	Sighash vector.Hex `json:"sighash"`
}

type answerVector struct {
	Name      string     `json:"name"`
	Key       vector.Hex `json:"key"`
	Challenge vector.Hex `json:"challenge"`
	Sealed    vector.Hex `json:"sealed"`
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytesSHA256"`
}

func TestVectors(t *testing.T) {
	v := vector.Read[challengeVectors](t, "challenge")
	encoded := map[string]vector.Hex{}
	chain := v.Challenges[0].Chain
	for _, x := range v.Challenges {
		encoded[x.Name] = x.Bytes
		c, err := Decode(x.Bytes)
		if err != nil || !bytes.Equal(c.Encode(), x.Bytes) || len(x.Bytes) != Size {
			t.Fatalf("%s: %v", x.Name, err)
		}
		query, err := fairness.DecodeQuery(x.Query)
		if err != nil || c.Query != query || c.Worker != settlement.WorkerID(x.Worker) {
			t.Errorf("%s: worker or query: %v", x.Name, err)
		}
		id, sighash := c.ID(x.Chain), c.Sighash(x.Chain)
		if !bytes.Equal(id[:], x.ID) || !bytes.Equal(sighash[:], x.Sighash) {
			t.Errorf("%s: id or sighash", x.Name)
		}
		if err := c.VerifySignature(x.Chain); err != nil {
			t.Errorf("%s: %v", x.Name, err)
		}
		// Nobody can take the action out and let the challenge drop.
		if err := c.Action.VerifySignature(x.Chain); !errors.Is(err, rejection.BadSpendSignature) {
			t.Errorf("%s: the action alone: %v", x.Name, err)
		}
	}
	keys := map[string]quorum.Key{}
	for _, x := range v.Answers {
		encoded[x.Name], keys[x.Name] = x.Bytes, quorum.Key(x.Key)
		a, err := DecodeAnswer(x.Bytes)
		if err != nil || !bytes.Equal(a.Encode(), x.Bytes) || len(x.Bytes) != AnswerSize {
			t.Fatalf("%s: %v", x.Name, err)
		}
		if a.Challenge != ID(x.Challenge) || !bytes.Equal(a.Sealed[:], x.Sealed) {
			t.Errorf("%s: %+v", x.Name, a)
		}
		if sum := sha256.Sum256(a.SignBytes(chain)); !bytes.Equal(sum[:], x.SignBytes) || !a.Verify(chain, keys[x.Name]) {
			t.Errorf("%s: bytes to sign, or the signature", x.Name)
		}
	}
	for _, m := range v.Refused {
		b := m.Apply(encoded[m.Of])
		var err error
		if encoded[m.Of][0] == Kind {
			_, err = Decode(b)
		} else {
			_, err = DecodeAnswer(b)
		}
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Forged {
		b := m.Apply(encoded[m.Of])
		if encoded[m.Of][0] == Kind {
			if c, err := Decode(b); err != nil || !errors.Is(c.VerifySignature(chain), rejection.BadSpendSignature) {
				t.Errorf("%s: %s: %v", m.Of, m.Name, err)
			}
		} else if a, err := DecodeAnswer(b); err != nil || a.Verify(chain, keys[m.Of]) {
			t.Errorf("%s: %s: %v", m.Of, m.Name, err)
		}
	}
}

func TestSizes(t *testing.T) {
	if Size != 2+32+1328+action.Size || AnswerSize != 2+32+9564+64 {
		t.Errorf("%d and %d bytes", Size, AnswerSize)
	}
}

func FuzzDecode(f *testing.F) {
	v := vector.Read[challengeVectors](f, "challenge")
	f.Add([]byte(v.Challenges[0].Bytes))
	f.Add([]byte(v.Answers[0].Bytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Decode(b); err == nil && (!bytes.Equal(c.Encode(), b) || c.Action.Out.Amount != 0) {
			t.Fatal("two encodings of one challenge, or one that is a withdrawal")
		}
		if a, err := DecodeAnswer(b); err == nil && !bytes.Equal(a.Encode(), b) {
			t.Fatal("two encodings of one answer")
		}
	})
}

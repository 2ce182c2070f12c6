package challenge

import (
	"crypto/ed25519"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// Answer is what a worker says to a challenge. Only who holds the seed of the
// query's key can read it; everybody sees that it was given.
type Answer struct {
	Challenge ID
	Sealed    [fairness.SealedSize]byte
	Signature [ed25519.SignatureSize]byte // by the worker's registered key over SignBytes
}

// AnswerSize is the length of every encoded answer in bytes.
const AnswerSize = 2 + 32 + fairness.SealedSize + ed25519.SignatureSize

func (a *Answer) body(w *encoding.Writer) {
	w.U8(AnswerKind)
	w.U8(AnswerVersion)
	w.Fixed(a.Challenge[:])
	w.Fixed(a.Sealed[:])
}

// SignBytes is what the worker signs.
func (a *Answer) SignBytes(chainID string) []byte {
	w := encoding.NewWriter(AnswerSize + 128)
	w.Var([]byte(domain.ChallengeAnswer))
	w.Var([]byte(chainID))
	a.body(w)
	return w.Bytes()
}

// Verify reports whether the signature is the key's.
func (a *Answer) Verify(chainID string, key quorum.Key) bool {
	return quorum.Verify(key, a.SignBytes(chainID), a.Signature)
}

// Encode returns the canonical bytes.
func (a *Answer) Encode() []byte {
	w := encoding.NewWriter(AnswerSize)
	a.body(w)
	w.Fixed(a.Signature[:])
	return w.Bytes()
}

// DecodeAnswer is the inverse of Encode.
func DecodeAnswer(b []byte) (*Answer, error) {
	r := encoding.NewReader(b)
	header(r, AnswerKind, AnswerVersion)
	a := new(Answer)
	r.Fixed(a.Challenge[:])
	r.Fixed(a.Sealed[:])
	r.Fixed(a.Signature[:])
	if err := r.Done(); err != nil {
		return nil, err
	}
	return a, nil
}

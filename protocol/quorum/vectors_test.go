package quorum

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
)

// signatureVectors is spec/vectors/ed25519.json.
type signatureVectors struct {
	Taken   []signatureVector `json:"taken"`
	Refused []signatureVector `json:"refused"`
}

type signatureVector struct {
	Name      string     `json:"name"`
	Key       vector.Hex `json:"key"`
	Message   vector.Hex `json:"message"`
	Signature vector.Hex `json:"signature"`
}

func (v signatureVector) verifies() bool {
	return Verify(Key(v.Key), v.Message, [64]byte(v.Signature))
}

func TestVectors(t *testing.T) {
	v := vector.Read[signatureVectors](t, "ed25519")
	for _, s := range v.Taken {
		if !s.verifies() {
			t.Errorf("%s: refused", s.Name)
		}
	}
	for _, s := range v.Refused {
		if s.verifies() {
			t.Errorf("%s: taken", s.Name)
		}
	}
}

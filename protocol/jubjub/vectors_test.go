package jubjub

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// curveVectors is spec/vectors/jubjub.json.
type curveVectors struct {
	Generators     []namedPoint     `json:"generators"`
	Multiples      []multiple       `json:"multiples"`
	Signatures     []signature      `json:"signatures"`
	Forged         []forgery        `json:"forged"` // they do not verify; the key may be the identity
	Refused        []vector.Refusal `json:"refused"`
	RefusedScalars []vector.Refusal `json:"refused_scalars"`
}

type namedPoint struct {
	Name string     `json:"name"`
	X    vector.Hex `json:"x"`
	Y    vector.Hex `json:"y"`
	Wire vector.Hex `json:"wire"`
}

type multiple struct {
	Base   string     `json:"base"`
	Scalar vector.Hex `json:"scalar"`
	Wire   vector.Hex `json:"wire"`
}

type signature struct {
	Context   domain.Context `json:"context"`
	Base      string         `json:"base"`
	Secret    vector.Hex     `json:"secret"`
	Key       vector.Hex     `json:"key"`
	Message   vector.Hex     `json:"message"`
	Entropy   vector.Hex     `json:"entropy"`
	Signature vector.Hex     `json:"signature"`
}

type forgery struct {
	Name      string         `json:"name"`
	Context   domain.Context `json:"context"`
	Base      string         `json:"base"`
	Key       vector.Hex     `json:"key"`
	Message   vector.Hex     `json:"message"`
	Signature vector.Hex     `json:"signature"`
}

func decodeScalar(b []byte) (Scalar, error) {
	r := encoding.NewReader(b)
	s := ReadScalar(r)
	return s, r.Done()
}

func TestVectors(t *testing.T) {
	file := vector.Read[curveVectors](t, "jubjub")
	bases := map[string]Point{"spend": Spend, "base": Base, "quote": Quote, "blind": Blind}
	same := func(what string, p Point, want vector.Hex) {
		t.Helper()
		if b := Encode(p); !bytes.Equal(b[:], want) {
			t.Errorf("%s: %x, the file says %x", what, b, want)
		}
		if got, err := Decode(want); err != nil || got != p {
			t.Errorf("%s: decoding gives %v", what, err)
		}
	}
	for _, v := range file.Generators {
		p := bases[v.Name]
		if x, y := vector.Encode(p.X), vector.Encode(p.Y); !bytes.Equal(x, v.X) || !bytes.Equal(y, v.Y) {
			t.Errorf("%s: (%x, %x)", v.Name, x, y)
		}
		same(v.Name, p, v.Wire)
	}
	if len(file.Generators) != len(bases) {
		t.Errorf("%d generators", len(file.Generators))
	}
	for _, v := range file.Multiples {
		k, err := decodeScalar(v.Scalar)
		if err != nil {
			t.Fatal(err)
		}
		same("multiple of "+v.Base, Mul(bases[v.Base], k), v.Wire)
	}
	for _, v := range file.Signatures {
		secret, err := decodeScalar(v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		key := Mul(bases[v.Base], secret)
		same("key", key, v.Key)
		sig := Sign(v.Context, bases[v.Base], secret, v.Message, v.Entropy)
		if !bytes.Equal(sig[:], v.Signature) || !Verify(v.Context, bases[v.Base], key, v.Message, sig) {
			t.Errorf("signature %x under %s", sig, v.Context)
		}
	}
	for _, v := range file.Forged {
		r := encoding.NewReader(v.Key)
		key := ReadAny(r)
		if err := r.Done(); err != nil {
			t.Fatal(err)
		}
		if Verify(v.Context, bases[v.Base], key, v.Message, Signature(v.Signature)) {
			t.Errorf("%s: it verifies", v.Name)
		}
	}
	for _, v := range file.Refused {
		_, err := Decode(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
	for _, v := range file.RefusedScalars {
		_, err := decodeScalar(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
}

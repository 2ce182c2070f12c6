package jubjub

import (
	"math/big"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
)

type curveVectors struct {
	Generators []namedPoint     `json:"generators"`
	Multiples  []multiple       `json:"multiples"`
	Signatures []signature      `json:"signatures"`
	Refused    []vector.Refusal `json:"refused"`
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
	Context   string     `json:"context"`
	Base      string     `json:"base"`
	Secret    vector.Hex `json:"secret"`
	Key       vector.Hex `json:"key"`
	Message   vector.Hex `json:"message"`
	Entropy   vector.Hex `json:"entropy"`
	Signature vector.Hex `json:"signature"`
}

func wire(p Point) vector.Hex {
	b := Encode(p)
	return b[:]
}

func TestVectors(t *testing.T) {
	var v curveVectors
	generators := []struct {
		name  string
		point Point
	}{{"spend", Spend}, {"base", Base}, {"quote", Quote}, {"blind", Blind}}
	for i, g := range generators {
		x, y := g.point.X.Bytes(), g.point.Y.Bytes()
		v.Generators = append(v.Generators, namedPoint{g.name, x[:], y[:], wire(g.point)})

		k := ScalarFromHash(domain.Generator, []byte("vector"), []byte{byte(i)})
		kb := k.Bytes()
		v.Multiples = append(v.Multiples, multiple{g.name, kb[:], wire(Mul(g.point, k))})
	}
	for i, c := range []struct {
		ctx     domain.Context
		base    string
		point   Point
		entropy []byte
	}{{domain.SpendSig, "spend", Spend, nil}, {domain.BindingSig, "blind", Blind, []byte{1, 2, 3}}} {
		secret := ScalarFromBig(big.NewInt(int64(1000 + i)))
		sb := secret.Bytes()
		message := []byte("nightjar")
		sig := Sign(c.ctx, c.point, secret, message, c.entropy)
		v.Signatures = append(v.Signatures, signature{
			string(c.ctx), c.base, sb[:], wire(Mul(c.point, secret)), message, c.entropy, sig[:],
		})
	}
	for _, r := range refusals() {
		v.Refused = append(v.Refused, vector.Refusal{Name: r.name, Bytes: r.b, Code: r.code.Name()})
	}
	vector.Check(t, "jubjub", v)
}

package circuittest

import (
	"fmt"
	"math/big"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
)

// Trapdoor is a setup whose secrets were kept: it proves any public inputs, true
// or not, in no time, and the verifier can't tell. Tests of what happens to
// proofs, and not of what they state, take their keys and proofs from here.
type Trapdoor struct {
	alpha, beta, gamma, delta fr.Element
	k                         []fr.Element
	key                       *verify.Key
}

// NewTrapdoor makes the setup of a name for a number of public inputs.
func NewTrapdoor(name string, inputs int) *Trapdoor {
	draw := func(what string) fr.Element { return field.FromHash("trapdoor", []byte(name), []byte(what)) }
	t := &Trapdoor{alpha: draw("alpha"), beta: draw("beta"), gamma: draw("gamma"), delta: draw("delta")}
	p := verify.Points{Alpha: g1(t.alpha), Beta: g2(t.beta), Gamma: g2(t.gamma), Delta: g2(t.delta)}
	for i := range inputs + 1 {
		k := draw(fmt.Sprintf("k_%d", i))
		// K_i = [k_i/γ]G, so that e(L, γ) = e(G, G)^(Σ k_i·x_i).
		var over fr.Element
		over.Div(&k, &t.gamma)
		t.k, p.K = append(t.k, k), append(p.K, g1(over))
	}
	var err error
	if t.key, err = verify.NewKey(p); err != nil {
		panic(err)
	}
	return t
}

// Key returns the verifying key.
func (t *Trapdoor) Key() *verify.Key { return t.key }

// Prove returns a proof of any inputs; another salt gives another proof.
//
//	A = [a]G, B = [b]G, C = [(ab − αβ − Σ k_i·x_i)/δ]G
func (t *Trapdoor) Prove(public []field.Element, salt uint64) [verify.ProofSize]byte {
	a := field.FromHash("trapdoor", fmt.Append(nil, "a", salt))
	b := field.FromHash("trapdoor", fmt.Append(nil, "b", salt))
	var c, x fr.Element
	c.Mul(&a, &b).Sub(&c, x.Mul(&t.alpha, &t.beta)).Sub(&c, &t.k[0])
	for i := range public {
		c.Sub(&c, x.Mul(&t.k[i+1], &public[i]))
	}
	c.Div(&c, &t.delta)
	p, err := verify.NewProof(g1(a), g2(b), g1(c))
	if err != nil {
		panic(err)
	}
	return p.Encode()
}

// Trapdoors are a trapdoor for each circuit.
type Trapdoors struct{ Action, Fill, Collect *Trapdoor }

// NewTrapdoors makes the setups of a name with the circuits' numbers of inputs.
func NewTrapdoors(name string) Trapdoors {
	return Trapdoors{
		Action:  NewTrapdoor(name+" action", 15),
		Fill:    NewTrapdoor(name+" fill", 10),
		Collect: NewTrapdoor(name+" collect", 8),
	}
}

// Keys returns the three verifying keys.
func (t Trapdoors) Keys() verify.Keys {
	return verify.Keys{Action: t.Action.key, Fill: t.Fill.key, Collect: t.Collect.key}
}

func g1(s fr.Element) (p curve.G1Affine) {
	p.ScalarMultiplicationBase(s.BigInt(new(big.Int)))
	return p
}

func g2(s fr.Element) (p curve.G2Affine) {
	p.ScalarMultiplicationBase(s.BigInt(new(big.Int)))
	return p
}

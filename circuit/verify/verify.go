package verify

import (
	"crypto/sha256"
	"errors"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Claim is a statement with its proof.
type Claim struct {
	Key    *Key
	Public []field.Element // in the circuit's order, without the constant 1
	Proof  [ProofSize]byte
}

// errKey is a fault of the caller, not of the proof.
var errKey = errors.New("claim without a verifying key")

// parse checks the shape of a claim and decodes its proof.
func (c Claim) parse() (Proof, error) {
	if c.Key == nil {
		return Proof{}, errKey
	}
	if len(c.Public) != c.Key.Inputs() {
		return Proof{}, rejection.New(rejection.BadProof, "%d public inputs instead of %d", len(c.Public), c.Key.Inputs())
	}
	return ParseProof(c.Proof)
}

// One checks a single claim (BAD_PROOF):
//
//	e(A, B) · e(−L, γ) · e(−C, δ) = e(α, β),  L = K_0 + Σ x_i·K_i
func One(c Claim) error {
	p, err := c.parse()
	if err != nil {
		return err
	}
	key := c.Key
	one := field.FromUint64(1)
	l, err := combine(key.points.K, append([]field.Element{one}, c.Public...))
	if err != nil {
		return err
	}
	l.Neg(&l)
	p.c.Neg(&p.c)
	e, err := curve.Pair([]curve.G1Affine{p.a, l, p.c}, []curve.G2Affine{p.b, key.points.Gamma, key.points.Delta})
	if err != nil {
		return err
	}
	if !e.Equal(&key.base) {
		return rejection.New(rejection.BadProof, "")
	}
	return nil
}

// Batch checks claims under any keys together.
type Batch struct{}

// Check refuses (BAD_PROOF) the claims unless all of them hold. One equation
// covers them: with r_i of 128 bits and κ over the keys,
//
//	∏_i e(r_i·A_i, B_i) · ∏_κ e(−Σ r_i·L_i, γ_κ) · e(−Σ r_i·C_i, δ_κ) · e(−Σ r_i·α_κ, β_κ) = 1
//
// Each r_i is a hash of all keys, inputs and proofs, so that no claim can be
// chosen to cancel another's error. Only when the equation fails are the claims
// checked one by one, to name the first bad one.
func (Batch) Check(claims []Claim) error {
	switch len(claims) {
	case 0:
		return nil
	case 1:
		return One(claims[0])
	}
	proofs := make([]Proof, len(claims))
	for i, c := range claims {
		var err error
		if proofs[i], err = c.parse(); err != nil {
			return at(i, err)
		}
	}
	ok, err := check(claims, proofs)
	if err != nil || ok {
		return err
	}
	for i, c := range claims {
		if err := One(c); err != nil {
			return at(i, err)
		}
	}
	return errors.New("the batch equation fails though every claim holds")
}

// at adds the index of the claim to a rejection.
func at(i int, err error) error {
	if errors.Is(err, rejection.BadProof) {
		return rejection.New(rejection.BadProof, "proof %d of the batch", i)
	}
	return err
}

// side is what the claims of one key add to the equation.
type side struct {
	publics []field.Element // Σ r_i·(1, x_i)
	c       []curve.G1Affine
	r       []field.Element
}

// check evaluates the batch equation.
//
// It uses the plain Miller loop, which leaves out pairs with infinity. The
// library's loop over precomputed lines is faster by little, writes into the
// lines it is given, and collapses the whole product if one point is infinity.
func check(claims []Claim, proofs []Proof) (bool, error) {
	r := coefficients(claims)
	a := make([]curve.G1Jac, len(claims))
	q := make([]curve.G2Affine, len(claims))
	sides := map[*Key]*side{}
	var order []*Key // of first appearance: maps have none
	for i, c := range claims {
		a[i].FromAffine(&proofs[i].a)
		a[i].ScalarMultiplication(&a[i], r[i].BigInt(new(big.Int)))
		q[i] = proofs[i].b

		s := sides[c.Key]
		if s == nil {
			s = &side{publics: make([]field.Element, 1+len(c.Public))}
			sides[c.Key] = s
			order = append(order, c.Key)
		}
		s.publics[0].Add(&s.publics[0], &r[i])
		for j, x := range c.Public {
			x.Mul(&x, &r[i])
			s.publics[1+j].Add(&s.publics[1+j], &x)
		}
		s.c = append(s.c, proofs[i].c)
		s.r = append(s.r, r[i])
	}

	p := curve.BatchJacobianToAffineG1(a)
	for _, key := range order {
		s := sides[key]
		l, err := combine(key.points.K, s.publics)
		if err != nil {
			return false, err
		}
		c, err := combine(s.c, s.r)
		if err != nil {
			return false, err
		}
		var alpha curve.G1Affine
		alpha.ScalarMultiplication(&key.points.Alpha, s.publics[0].BigInt(new(big.Int)))
		p = append(p, *l.Neg(&l), *c.Neg(&c), *alpha.Neg(&alpha))
		q = append(q, key.points.Gamma, key.points.Delta, key.points.Beta)
	}
	return curve.PairingCheck(p, q)
}

// combine returns Σ scalars_i·points_i.
func combine(points []curve.G1Affine, scalars []field.Element) (sum curve.G1Affine, err error) {
	_, err = sum.MultiExp(points, scalars, ecc.MultiExpConfig{NbTasks: 1})
	return sum, err
}

// coefficients returns r_i = SHA-256(seed ‖ i), the first 128 bits of it, where
// seed hashes every key, public input and proof of the batch.
func coefficients(claims []Claim) []field.Element {
	w := encoding.NewWriter(1024 * len(claims))
	w.Var([]byte(domain.ProofBatch))
	w.U32(uint32(len(claims)))
	for _, c := range claims {
		w.Fixed(c.Key.hash[:]) // which fixes the number of inputs
		for _, x := range c.Public {
			field.Write(w, x)
		}
		w.Fixed(c.Proof[:])
	}
	seed := sha256.Sum256(w.Bytes())
	out := make([]field.Element, len(claims))
	for i := range out {
		w := encoding.NewWriter(64)
		w.Fixed(seed[:])
		w.U32(uint32(i))
		h := sha256.Sum256(w.Bytes())
		out[i].SetBytes(h[:16])
	}
	return out
}

package verify

import (
	"crypto/sha256"
	"errors"
	"math/big"
	"slices"

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
	ok, err := c.holds(p)
	if err == nil && !ok {
		err = rejection.New(rejection.BadProof, "")
	}
	return err
}

// holds evaluates the equation of one claim.
func (c Claim) holds(p Proof) (bool, error) {
	key := c.Key
	one := field.FromUint64(1)
	l, err := combine(key.points.K, append([]field.Element{one}, c.Public...))
	if err != nil {
		return false, err
	}
	l.Neg(&l)
	p.c.Neg(&p.c)
	e, err := curve.Pair([]curve.G1Affine{p.a, l, p.c}, []curve.G2Affine{p.b, key.points.Gamma, key.points.Delta})
	return err == nil && e.Equal(&key.base), err
}

// Batch checks claims under any keys together.
type Batch struct{}

// Check refuses (BAD_PROOF) the claims unless all of them hold. It evaluates
// one equation, whatever the outcome: in consensus nobody may spend more of a
// validator's time than an honest block of the same size does.
func (Batch) Check(claims []Claim) error {
	switch len(claims) {
	case 0:
		return nil
	case 1:
		return One(claims[0])
	}
	all := make([]parsed, len(claims))
	for i, c := range claims {
		p, err := c.parse()
		if err != nil {
			return err
		}
		all[i] = parsed{i, c, p}
	}
	ok, err := check(all)
	if err == nil && !ok {
		err = rejection.New(rejection.BadProof, "in a batch of %d", len(claims))
	}
	return err
}

// Find returns the indices of the claims that do not hold, ascending, by
// halving what fails: one equation if all of n hold, at most 2k·log n if k do
// not. It is for those who have to tell a bad proof from a good one, and never
// for consensus.
func (Batch) Find(claims []Claim) ([]int, error) {
	var bad []int
	var rest []parsed
	for i, c := range claims {
		p, err := c.parse()
		switch {
		case errors.Is(err, rejection.BadProof):
			bad = append(bad, i)
		case err != nil:
			return nil, err
		default:
			rest = append(rest, parsed{i, c, p})
		}
	}
	if len(rest) == 0 {
		return bad, nil
	}
	more, err := halve(rest, false)
	bad = append(bad, more...)
	slices.Sort(bad)
	return bad, err
}

// few is how many claims cost less one by one than in halves.
const few = 8

// halve returns the indices of the bad claims among some; fails says that there
// is one.
func halve(some []parsed, fails bool) (bad []int, err error) {
	if !fails && len(some) > 1 {
		if ok, err := check(some); ok || err != nil {
			return nil, err
		}
	}
	if len(some) <= few {
		for _, p := range some {
			ok, err := p.holds(p.proof)
			if err != nil {
				return nil, err
			}
			if !ok {
				bad = append(bad, p.index)
			}
		}
		return bad, nil
	}
	left, err := halve(some[:len(some)/2], false)
	if err != nil {
		return nil, err
	}
	right, err := halve(some[len(some)/2:], len(left) == 0)
	return append(left, right...), err
}

// parsed is a claim with its decoded proof and its index among all claims.
type parsed struct {
	index int
	Claim
	proof Proof
}

// side is what the claims of one key add to the equation.
type side struct {
	publics []field.Element // Σ r_i·(1, x_i)
	c       []curve.G1Affine
	r       []field.Element
}

// check evaluates the batch equation. With r_i of 128 bits and κ over the keys,
//
//	∏_i e(r_i·A_i, B_i) · ∏_κ e(−Σ r_i·L_i, γ_κ) · e(−Σ r_i·C_i, δ_κ) · e(−Σ r_i·α_κ, β_κ) = 1
//
// Each r_i is a hash of all keys, inputs and proofs, so that no claim can be
// chosen to cancel another's error.
//
// It uses the plain Miller loop, which leaves out pairs with infinity. The
// library's loop over precomputed lines is faster by little, writes into the
// lines it is given, and collapses the whole product if one point is infinity.
func check(claims []parsed) (bool, error) {
	r := coefficients(claims)
	a := make([]curve.G1Jac, len(claims))
	q := make([]curve.G2Affine, len(claims))
	sides := map[*Key]*side{}
	var order []*Key // of first appearance: maps have none
	for i, c := range claims {
		a[i].FromAffine(&c.proof.a)
		a[i].ScalarMultiplication(&a[i], r[i].BigInt(new(big.Int)))
		q[i] = c.proof.b

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
		s.c = append(s.c, c.proof.c)
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
func coefficients(claims []parsed) []field.Element {
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

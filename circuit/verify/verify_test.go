package verify_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

var proven struct {
	sync.Once
	claims []verify.Claim
}

// claims returns one real claim of each circuit, proven once for all tests.
func claims(tb testing.TB) []verify.Claim {
	tb.Helper()
	proven.Do(func() { proven.claims = circuittest.Claims(tb, circuittest.Prover(tb)) })
	if proven.claims == nil {
		tb.Fatal("no claims")
	}
	return batch(proven.claims, len(proven.claims))
}

// batch repeats the claims up to n.
func batch(of []verify.Claim, n int) []verify.Claim {
	out := make([]verify.Claim, n)
	for i := range out {
		out[i] = of[i%len(of)]
		out[i].Public = slices.Clone(out[i].Public)
	}
	return out
}

func refused(tb testing.TB, what string, err error) {
	tb.Helper()
	if !errors.Is(err, rejection.BadProof) {
		tb.Errorf("%s: %v", what, err)
	}
}

// parts returns the three points of a proof.
func parts(tb testing.TB, proof [verify.ProofSize]byte) (a curve.G1Affine, b curve.G2Affine, c curve.G1Affine) {
	tb.Helper()
	_, e1 := a.SetBytes(proof[:48])
	_, e2 := b.SetBytes(proof[48:144])
	_, e3 := c.SetBytes(proof[144:])
	if err := errors.Join(e1, e2, e3); err != nil {
		tb.Fatal(err)
	}
	return a, b, c
}

func join(a curve.G1Affine, b curve.G2Affine, c curve.G1Affine) (proof [verify.ProofSize]byte) {
	x, y, z := a.Bytes(), b.Bytes(), c.Bytes()
	copy(proof[:48], x[:])
	copy(proof[48:144], y[:])
	copy(proof[144:], z[:])
	return proof
}

func TestProofRoundTrip(t *testing.T) {
	for _, c := range claims(t) {
		p, err := verify.ParseProof(c.Proof)
		if err != nil {
			t.Fatal(err)
		}
		if p.Encode() != c.Proof {
			t.Error("re-encoding differs")
		}
	}
}

// offSubgroupG1 returns a point of the curve outside the prime-order subgroup.
func offSubgroupG1() (p curve.G1Affine) {
	for x := uint64(1); ; x++ {
		p.X.SetUint64(x)
		var y fp.Element
		y.Square(&p.X).Mul(&y, &p.X)
		four := new(fp.Element).SetUint64(4)
		y.Add(&y, four)
		if p.Y.Sqrt(&y) != nil && !p.IsInSubGroup() {
			return p
		}
	}
}

// malformed returns one variant of a good proof for each class of failure.
func malformed(tb testing.TB, good verify.Claim) map[string][verify.ProofSize]byte {
	tb.Helper()
	a, b, c := parts(tb, good.Proof)
	with := func(change func(p *[verify.ProofSize]byte)) [verify.ProofSize]byte {
		p := good.Proof
		change(&p)
		return p
	}
	modulus := fp.Modulus().FillBytes(make([]byte, 48))
	off := offSubgroupG1()
	var infinity1 curve.G1Affine
	var infinity2 curve.G2Affine
	return map[string][verify.ProofSize]byte{
		"all zero":             {},
		"not compressed":       with(func(p *[verify.ProofSize]byte) { p[0] &^= 0x80 }),
		"infinity flag":        with(func(p *[verify.ProofSize]byte) { p[0] |= 0x40 }),
		"infinity for A":       join(infinity1, b, c),
		"infinity for B":       join(a, infinity2, c),
		"infinity for C":       join(a, b, infinity1),
		"x is the modulus":     with(func(p *[verify.ProofSize]byte) { copy(p[:48], modulus); p[0] |= 0x80 }),
		"A off the subgroup":   join(off, b, c),
		"C off the subgroup":   join(a, b, off),
		"no point has this x":  with(func(p *[verify.ProofSize]byte) { copy(p[:48], noPointG1()) }),
		"other root of A":      with(func(p *[verify.ProofSize]byte) { p[0] ^= 0x20 }),
		"other root of B":      with(func(p *[verify.ProofSize]byte) { p[48] ^= 0x20 }),
		"other root of C":      with(func(p *[verify.ProofSize]byte) { p[144] ^= 0x20 }),
		"A and C swapped":      join(c, b, a),
		"A doubled":            join(*new(curve.G1Affine).Double(&a), b, c),
		"B's last bit flipped": with(func(p *[verify.ProofSize]byte) { p[143] ^= 1 }),
		"A's last bit flipped": with(func(p *[verify.ProofSize]byte) { p[47] ^= 1 }),
	}
}

// TestMalformedProofs: refused alone and in a batch.
func TestMalformedProofs(t *testing.T) {
	good := claims(t)[0]
	for name, proof := range malformed(t, good) {
		bad := good
		bad.Proof = proof
		refused(t, name, verify.One(bad))
		refused(t, name+" in a batch", verify.Batch{}.Check([]verify.Claim{good, bad, good}))
	}
}

// noPointG1 returns the compressed form of an x that no point of the curve has.
func noPointG1() []byte {
	var x, y fp.Element
	for i := uint64(1); ; i++ {
		x.SetUint64(i)
		y.Square(&x).Mul(&y, &x)
		y.Add(&y, new(fp.Element).SetUint64(4))
		if new(fp.Element).Sqrt(&y) == nil {
			b := x.Bytes()
			b[0] |= 0x80
			return b[:]
		}
	}
}

// TestOtherCircuit: a proof passes under no key but its own, nor with another
// number of inputs.
func TestOtherCircuit(t *testing.T) {
	all := claims(t)
	for i, c := range all {
		for j, d := range all {
			if i == j {
				continue
			}
			wrong := verify.Claim{Key: d.Key, Public: c.Public, Proof: c.Proof}
			refused(t, "number of inputs", verify.One(wrong))
			padded := append(slices.Clone(c.Public), make([]field.Element, 64)...)
			wrong.Public = padded[:d.Key.Inputs()]
			refused(t, fmt.Sprintf("proof %d under key %d", i, j), verify.One(wrong))
			refused(t, "in a batch", verify.Batch{}.Check([]verify.Claim{c, wrong}))
		}
	}
	if err := verify.One(verify.Claim{}); err == nil || errors.Is(err, rejection.BadProof) {
		t.Errorf("no key: %v", err)
	}
}

// TestOneBadAmong64: whichever claim is bad and in whatever way, the batch is
// refused.
func TestOneBadAmong64(t *testing.T) {
	good := batch(claims(t), 64)
	if err := (verify.Batch{}).Check(good); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 31, 63} {
		bad := batch(good, 64)
		one := field.FromUint64(1)
		bad[i].Public[2].Add(&bad[i].Public[2], &one)
		refused(t, fmt.Sprintf("input of claim %d", i), verify.Batch{}.Check(bad))

		bad = batch(good, 64)
		a, b, c := parts(t, bad[i].Proof)
		bad[i].Proof = join(*a.Double(&a), b, c)
		refused(t, fmt.Sprintf("proof of claim %d", i), verify.Batch{}.Check(bad))
	}
}

// TestCancellingErrors: two proofs whose errors cancel if all coefficients are
// equal, and inputs swapped between two claims of one circuit.
func TestCancellingErrors(t *testing.T) {
	good := batch(claims(t), 6)
	bad := batch(good, 6)
	a, b, c := parts(t, bad[0].Proof)
	d, e, f := parts(t, bad[3].Proof)
	_, _, g1, _ := curve.Generators()
	c.Add(&c, &g1)
	f.Sub(&f, &g1)
	bad[0].Proof, bad[3].Proof = join(a, b, c), join(d, e, f)
	refused(t, "C + G and C − G", verify.Batch{}.Check(bad))

	bad = batch(good, 6)
	one := field.FromUint64(1)
	bad[0].Public[1].Add(&bad[0].Public[1], &one)
	bad[3].Public[1].Sub(&bad[3].Public[1], &one)
	refused(t, "x + 1 and x − 1", verify.Batch{}.Check(bad))

	// The same statement under two proofs, the inputs of one moved.
	w := rapid.Custom(circuittest.Collect).Example(11)
	proof, err := circuittest.Prover(t).Collect(w)
	if err != nil {
		t.Fatal(err)
	}
	first, second := good[2], verify.Claim{Key: good[2].Key, Public: circuittest.CollectInputs(w), Proof: proof}
	if err := (verify.Batch{}).Check([]verify.Claim{first, second}); err != nil {
		t.Fatal(err)
	}
	first.Public, second.Public = second.Public, first.Public
	refused(t, "swapped inputs", verify.Batch{}.Check([]verify.Claim{first, second}))
}

// TestBatchIsAnyOrder: order and repetition don't matter to good claims; an
// empty batch is fine.
func TestBatchIsAnyOrder(t *testing.T) {
	all := claims(t)
	if err := (verify.Batch{}).Check(nil); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		picks := rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 1, 6).Draw(t, "picks")
		var b []verify.Claim
		for _, i := range picks {
			b = append(b, all[i])
		}
		if err := (verify.Batch{}).Check(b); err != nil {
			t.Fatal(err)
		}
	})
}

// TestKeys: a key is its canonical bytes; malformed keys are refused by class.
func TestKeys(t *testing.T) {
	for i, c := range claims(t) {
		raw := c.Key.Encode()
		k, err := verify.ParseKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(k.Encode(), raw) || k.Hash() != c.Key.Hash() {
			t.Error("re-encoding differs")
		}
		for name, bad := range malformedKeys(c) {
			if _, err := verify.ParseKey(bad.raw); !errors.Is(err, bad.code) {
				t.Errorf("%s: %s: %v", prove.Names()[i], name, err)
			}
		}
	}
}

// badKey is a malformed key and the code that refuses it.
type badKey struct {
	raw  []byte
	code rejection.Code
}

// malformedKeys returns one variant of a good key for each class of failure.
func malformedKeys(c verify.Claim) map[string]badKey {
	const firstK = 1 + 48 + 3*96 + 2
	raw := c.Key.Encode()
	infinity := append([]byte{0xc0}, make([]byte, 47)...)
	with := func(at int, b ...byte) []byte {
		out := slices.Clone(raw)
		copy(out[at:], b)
		return out
	}
	return map[string]badKey{
		"version":             {with(0, 9), rejection.UnknownVersion},
		"truncated":           {raw[:len(raw)-1], rejection.Truncated},
		"trailing":            {append(slices.Clone(raw), 0), rejection.TrailingBytes},
		"alpha at infinity":   {with(1, infinity...), rejection.BadPoint},
		"K_0 at infinity":     {with(firstK, infinity...), rejection.BadPoint},
		"last K at infinity":  {with(len(raw)-48, infinity...), rejection.BadPoint},
		"beta at infinity":    {with(49, append(infinity, make([]byte, 48)...)...), rejection.BadPoint},
		"uncompressed point":  {with(1, raw[1]&^0x80), rejection.BadPoint},
		"one point too few":   {with(firstK-2, 0, byte(len(c.Public))), rejection.TrailingBytes},
		"no input points":     {append(slices.Clone(raw[:firstK-2]), 0, 0), rejection.OutOfRange},
		"too many points":     {with(firstK-2, 0xff, 0xff), rejection.Oversized},
		"K off the subgroup":  {with(firstK, offBytes()...), rejection.BadPoint},
		"empty":               {nil, rejection.Truncated},
		"K of no curve point": {with(firstK, noPointG1()...), rejection.BadPoint},
	}
}

func offBytes() []byte {
	p := offSubgroupG1()
	b := p.Bytes()
	return b[:]
}

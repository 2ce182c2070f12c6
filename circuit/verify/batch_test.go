package verify_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// toys returns n different claims under the three keys of a setup with a known
// trapdoor: to a batch they are what real ones are.
func toys(n int) []verify.Claim {
	setup := circuittest.NewTrapdoors("batch")
	return toysOf(n, setup.Action, setup.Fill, setup.Collect)
}

// toysOf is toys under the keys of given setups by turns.
func toysOf(n int, of ...*circuittest.Trapdoor) []verify.Claim {
	out := make([]verify.Claim, n)
	for i := range out {
		t := of[i%len(of)]
		public := make([]field.Element, t.Key().Inputs())
		for j := range public {
			public[j] = field.FromUint64(uint64(1000*i + j))
		}
		out[i] = verify.Claim{Key: t.Key(), Public: public, Proof: t.Prove(public, uint64(i))}
	}
	return out
}

// spoil returns the claims with one changed, each time in another way, so that
// it still parses.
func spoil(tb testing.TB, claims []verify.Claim, which ...int) []verify.Claim {
	tb.Helper()
	out := batch(claims, len(claims))
	for n, i := range which {
		one := field.FromUint64(1)
		if n%2 == 0 {
			out[i].Public[n%8].Add(&out[i].Public[n%8], &one)
			continue
		}
		a, b, c := parts(tb, out[i].Proof)
		out[i].Proof = join(*a.Double(&a), b, c)
	}
	return out
}

// TestOneBadAmong256: whichever claim is bad, the batch is refused as a whole,
// and only who asks learns which it was.
func TestOneBadAmong256(t *testing.T) {
	good := toys(256)
	if err := (verify.Batch{}).Check(good); err != nil {
		t.Fatal(err)
	}
	if bad, err := (verify.Batch{}).Find(good); err != nil || len(bad) != 0 {
		t.Fatalf("found %v in a good batch: %v", bad, err)
	}
	for _, i := range []int{0, 127, 255} {
		bad := spoil(t, good, i)
		refused(t, fmt.Sprintf("claim %d", i), verify.Batch{}.Check(bad))
		if found, err := (verify.Batch{}).Find(bad); err != nil || !slices.Equal(found, []int{i}) {
			t.Errorf("claim %d: found %v, %v", i, found, err)
		}
	}
}

// TestFind: exactly the bad ones are found, those that are no proofs included.
func TestFind(t *testing.T) {
	good := toys(24)
	for _, which := range [][]int{{}, {0}, {23}, {3, 4}, {11, 12}, {0, 7, 8, 15, 23}, {1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		for _, n := range []int{1, 9, len(good)} {
			in := slices.DeleteFunc(slices.Clone(which), func(i int) bool { return i >= n })
			bad := spoil(t, good[:n], in...)
			if len(in) > 2 {
				bad[in[1]].Proof = [verify.ProofSize]byte{} // no proof at all
			}
			found, err := verify.Batch{}.Find(bad)
			if err != nil || !slices.Equal(found, in) {
				t.Errorf("%v among %d: found %v, %v", in, n, found, err)
			}
		}
	}
	if _, err := (verify.Batch{}).Find([]verify.Claim{{}}); err == nil || errors.Is(err, rejection.BadProof) {
		t.Errorf("no key: %v", err)
	}
}

// TestFindCancellingErrors: errors that would cancel under equal coefficients
// are both found, wherever the halves part them.
func TestFindCancellingErrors(t *testing.T) {
	good := toys(12)
	_, _, g1, _ := curve.Generators()
	for _, pair := range [][2]int{{0, 3}, {2, 8}, {5, 11}, {6, 9}} {
		bad := batch(good, len(good))
		a, b, c := parts(t, bad[pair[0]].Proof)
		d, e, f := parts(t, bad[pair[1]].Proof)
		c.Add(&c, &g1)
		f.Sub(&f, &g1)
		bad[pair[0]].Proof, bad[pair[1]].Proof = join(a, b, c), join(d, e, f)
		refused(t, fmt.Sprint(pair), verify.Batch{}.Check(bad))
		if found, err := (verify.Batch{}).Find(bad); err != nil || !slices.Equal(found, pair[:]) {
			t.Errorf("%v: found %v, %v", pair, found, err)
		}
	}
}

// TestAnotherSetupOfTheSameCircuit: two setups of Collect differ in nothing but
// their trapdoors, and neither's proofs hold under the other's key.
func TestAnotherSetupOfTheSameCircuit(t *testing.T) {
	system, err := prove.Compile(prove.Collect)
	if err != nil {
		t.Fatal(err)
	}
	key, err := system.Setup()
	if err != nil {
		t.Fatal(err)
	}
	second := prove.New(key)
	w := rapid.Custom(circuittest.Collect).Example(3)
	old := claims(t)[2]
	young := verify.Claim{Key: key.Verifying(), Public: circuittest.CollectInputs(w)}
	if young.Proof, err = second.Collect(w); err != nil {
		t.Fatal(err)
	}
	if err := (verify.Batch{}).Check([]verify.Claim{old, young}); err != nil || !slices.Equal(old.Public, young.Public) {
		t.Fatalf("control: %v", err)
	}
	crossed := []verify.Claim{
		{Key: young.Key, Public: old.Public, Proof: old.Proof},
		{Key: old.Key, Public: old.Public, Proof: young.Proof},
	}
	for i, c := range crossed {
		refused(t, fmt.Sprintf("proof %d under the other key", i), verify.One(c))
	}
	refused(t, "both in a batch", verify.Batch{}.Check(crossed))
}

// BenchmarkBatch measures a batch of different claims, a third under each key,
// in CPU milliseconds a proof.
func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{16, 64, 256, 1000} {
		claims := toys(n)
		for _, bad := range []int{0, 1, n / 4} {
			which := make([]int, bad)
			for i := range which {
				which[i] = i * n / bad
			}
			set := spoil(b, claims, which...)
			b.Run(fmt.Sprintf("%d/bad=%d", n, bad), func(b *testing.B) {
				start := cpu.Now()
				for b.Loop() {
					found, err := verify.Batch{}.Find(set)
					if err != nil || len(found) != bad {
						b.Fatal(found, err)
					}
				}
				b.ReportMetric(1e3*(cpu.Now()-start).Seconds()/float64(b.N*n), "cpu-ms/proof")
			})
		}
	}
}

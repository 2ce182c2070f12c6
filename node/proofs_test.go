package node

import (
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// counted is the real verifier and how many claims it was asked about.
type counted struct {
	ledger.Verifier
	claims int
}

func (c *counted) Check(claims []ledger.Claim) error {
	c.claims += len(claims)
	return c.Verifier.Check(claims)
}

func (c *counted) Find(claims []ledger.Claim) ([]int, error) {
	c.claims += len(claims)
	return c.Verifier.Find(claims)
}

// claimOf is a claim of a setup that holds.
func claimOf(t *circuittest.Trapdoor, n uint64) ledger.Claim {
	public := make([]field.Element, t.Key().Inputs())
	for i := range public {
		public[i] = field.FromUint64(100*n + uint64(i))
	}
	return ledger.Claim{Circuit: ledger.ActionCircuit, Key: t.Key(), Public: public, Proof: t.Prove(public, n)}
}

// TestProofCache: what was accepted is not verified again, and that is all
// that is remembered.
func TestProofCache(t *testing.T) {
	base := new(counted)
	cache := newProofCache(base)
	a := toys().Action
	claims := []ledger.Claim{claimOf(a, 1), claimOf(a, 2), claimOf(a, 3), claimOf(a, 4), claimOf(a, 5)}
	bad := claimOf(a, 9)
	bad.Proof = claims[0].Proof

	asked := func(what string, want int) {
		t.Helper()
		if base.claims != want {
			t.Errorf("%s: %d claims verified, want %d", what, base.claims, want)
		}
		base.claims = 0
	}
	accept := func(c ...ledger.Claim) {
		t.Helper()
		if err := cache.Check(c); err != nil {
			t.Fatal(err)
		}
	}
	accept(claims[:2]...)
	accept(claims[:3]...)
	asked("three claims, two of them twice", 3)

	for range 2 {
		if err := cache.Check([]ledger.Claim{claims[3], bad}); !errors.Is(err, rejection.BadProof) {
			t.Fatalf("a false claim: %v", err)
		}
	}
	asked("a refused batch, twice: nothing of it is remembered", 4)
	found, err := cache.Find([]ledger.Claim{claims[0], bad, claims[3], bad, claims[4]})
	if err != nil || !slices.Equal(found, []int{1, 3}) {
		t.Fatalf("found %v, %v", found, err)
	}
	asked("Find", 4)
	accept(claims...)
	asked("what Find has cleared", 0)
	if err := cache.Check([]ledger.Claim{bad}); !errors.Is(err, rejection.BadProof) {
		t.Errorf("a false claim after Find: %v", err)
	}
}

// TestProofCacheAttacks: an accepted proof vouches for nothing but its own
// inputs under its own key.
func TestProofCacheAttacks(t *testing.T) {
	cache := newProofCache(ledger.Verifier{})
	setup := toys()
	honest := claimOf(setup.Action, 1)
	if err := cache.Check([]ledger.Claim{honest}); err != nil {
		t.Fatal(err)
	}
	changed := honest
	changed.Public = slices.Clone(honest.Public)
	changed.Public[3] = field.FromUint64(7)
	fewer := honest
	fewer.Public = honest.Public[:14]
	version := honest
	version.Key = circuittest.NewTrapdoor("the next version", honest.Key.Inputs()).Key()
	circuit := honest
	circuit.Key = setup.Fill.Key()
	for name, c := range map[string]ledger.Claim{
		"under changed inputs": changed, "under fewer inputs": fewer,
		"under another version's key": version, "under another circuit's key": circuit,
	} {
		if err := cache.Check([]ledger.Claim{c}); !errors.Is(err, rejection.BadProof) {
			t.Errorf("a cached proof %s: %v", name, err)
		}
	}
}

// TestProofCacheIsBounded: old claims are forgotten, twice a generation's size
// is never passed.
func TestProofCacheIsBounded(t *testing.T) {
	cache := newProofCache(new(believe))
	c := claimOf(toys().Action, 1)
	for i := range 3 * proofCacheSize {
		c.Proof[2], c.Proof[3], c.Proof[4] = byte(i), byte(i>>8), byte(i>>16)
		if err := cache.Check([]ledger.Claim{c}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(cache.young) + len(cache.old); n > 2*proofCacheSize || n < proofCacheSize {
		t.Errorf("%d claims are remembered", n)
	}
}

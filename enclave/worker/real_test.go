package worker

import (
	"testing"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
)

// settlements verifies the proofs of settlements. Actions go by unproven: this
// test is not about wallets.
type settlements struct{ ledger.Verifier }

func (s settlements) Check(claims []ledger.Claim) error {
	_, rest := ofSettlements(claims)
	return s.Verifier.Check(rest)
}

func (s settlements) Find(claims []ledger.Claim) ([]int, error) {
	index, rest := ofSettlements(claims)
	bad, err := s.Verifier.Find(rest)
	for i := range bad {
		bad[i] = index[bad[i]]
	}
	return bad, err
}

// ofSettlements returns the claims of settlements and where they stand.
func ofSettlements(claims []ledger.Claim) (index []int, rest []ledger.Claim) {
	for i, c := range claims {
		if c.Circuit != ledger.ActionCircuit {
			index, rest = append(index, i), append(rest, c)
		}
	}
	return index, rest
}

// TestRealProofs: what workers match is proven by the circuits' own prover and
// accepted by the ledger's own verifier.
func TestRealProofs(t *testing.T) {
	dir, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	prover, err := keystore.Open(dir, nil, prove.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	g := chaintest.Genesis()
	g.Keys = ledger.DevelopmentKeys(prover.Keys())
	w := newWorldOf(t, g, settlements{}, prover)
	w.start()
	w.three()
	settled := until(w, 20, always[ledger.GroupSettled])
	if len(settled.Nullifiers) != 4 {
		t.Errorf("%d legs", len(settled.Nullifiers))
	}
	w.agree()
}

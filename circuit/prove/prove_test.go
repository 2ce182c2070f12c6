package prove_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// open returns the prover with the development keys of this machine.
func open(tb testing.TB) *prove.Prover {
	tb.Helper()
	dir, err := keystore.Dir()
	if err != nil {
		tb.Fatal(err)
	}
	p, err := keystore.Open(dir, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// realClaims proves one statement of each circuit, in the order of Names. The
// public inputs are those that the protocol computes from its wire objects.
func realClaims(tb testing.TB, p *prove.Prover) []verify.Claim {
	tb.Helper()
	claim := func(key *verify.Key, public []field.Element, proof [verify.ProofSize]byte, err error) verify.Claim {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return verify.Claim{Key: key, Public: public, Proof: proof}
	}
	keys := p.Keys()
	a := rapid.Custom(circuittest.Action).Example(7)
	f := rapid.Custom(circuittest.Fill).Example(3)
	c := rapid.Custom(circuittest.Collect).Example(3)
	aProof, aErr := p.Action(a)
	fProof, fErr := p.Fill(f)
	cProof, cErr := p.Collect(c)
	return []verify.Claim{
		claim(keys.Action, circuittest.ActionInputs(a), aProof, aErr),
		claim(keys.Fill, fillInputs(tb, f), fProof, fErr),
		claim(keys.Collect, collectInputs(c), cProof, cErr),
	}
}

// TestProveAndVerify: what the prover proves is what the wire says.
func TestProveAndVerify(t *testing.T) {
	claims := realClaims(t, open(t))
	for i, claim := range claims {
		if err := verify.One(claim); err != nil {
			t.Fatalf("claim %d: %v", i, err)
		}
	}
	if err := (verify.Batch{}).Check(claims); err != nil {
		t.Fatal(err)
	}
}

// fillInputs builds a settlement around one fill.
func fillInputs(t testing.TB, w fill.Witness) []field.Element {
	t.Helper()
	f, err := w.Fill()
	if err != nil {
		t.Fatal(err)
	}
	s := settlement.Settle{
		Height: uint64(w.Execution.Height),
		Group:  settlement.Group{PC: w.PC(), Legs: []settlement.Leg{w.Leg(f)}},
	}
	return s.FillInputs(0, w.Anchor)
}

func collectInputs(w collect.Witness) []field.Element {
	s := settlement.Settle{
		Height: uint64(w.Height),
		Group: settlement.Group{
			PC:       w.PC(),
			Fee:      w.FeeNote().Commitment(),
			FeeValue: settlement.FeeValueOf(w.Fee, w.Blind),
		},
	}
	return s.CollectInputs(w.Markets(), w.References(), w.Treasury)
}

// TestRefusals: the prover says why natively, and never proves what the circuit
// refuses.
func TestRefusals(t *testing.T) {
	p := open(t)

	a := rapid.Custom(circuittest.Action).Example(7)
	a.Outputs[1].Value++
	if _, err := p.Action(a); !errors.Is(err, rejection.BadPlan) {
		t.Errorf("unbalanced action: %v", err)
	}
	if _, err := p.Prove(a.Assign()); !errors.Is(err, prove.ErrUnsatisfied) {
		t.Errorf("unbalanced assignment: %v", err)
	}

	f := rapid.Custom(circuittest.Fill).Example(3)
	f.Order.Terms.Expiry = f.Execution.Height - 1
	if _, err := p.Fill(f); !errors.Is(err, rejection.BadTerms) {
		t.Errorf("expired order: %v", err)
	}

	c := rapid.Custom(circuittest.Collect).Example(3)
	c.MarketPath.Index++
	if _, err := p.Collect(c); !errors.Is(err, rejection.OutOfRange) {
		t.Errorf("misplaced market: %v", err)
	}
}

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

// TestProveAndVerify: the public inputs that the protocol computes from its
// wire objects are the ones the circuits prove.
func TestProveAndVerify(t *testing.T) {
	p := open(t)
	keys := p.Keys()
	var claims []verify.Claim

	a := rapid.Custom(circuittest.Action).Example(7)
	proof, err := p.Action(a)
	if err != nil {
		t.Fatal(err)
	}
	claims = append(claims, verify.Claim{Key: keys.Action, Public: circuittest.ActionInputs(a), Proof: proof})

	f := rapid.Custom(circuittest.Fill).Example(3)
	proof, err = p.Fill(f)
	if err != nil {
		t.Fatal(err)
	}
	claims = append(claims, verify.Claim{Key: keys.Fill, Public: fillInputs(t, f), Proof: proof})

	c := rapid.Custom(circuittest.Collect).Example(3)
	proof, err = p.Collect(c)
	if err != nil {
		t.Fatal(err)
	}
	claims = append(claims, verify.Claim{Key: keys.Collect, Public: collectInputs(c), Proof: proof})

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

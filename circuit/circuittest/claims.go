package circuittest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Prover returns the prover with the development keys of this machine.
func Prover(tb testing.TB) *prove.Prover {
	tb.Helper()
	dir, err := keystore.Dir()
	if err != nil {
		tb.Fatal(err)
	}
	p, err := keystore.Open(dir, nil, prove.Names()...)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// Claims proves one statement of each circuit, in the order of Names. The
// public inputs are those that the protocol computes from its wire objects.
func Claims(tb testing.TB, p *prove.Prover) []verify.Claim {
	tb.Helper()
	claim := func(key *verify.Key, public []field.Element, proof [verify.ProofSize]byte, err error) verify.Claim {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return verify.Claim{Key: key, Public: public, Proof: proof}
	}
	keys := p.Keys()
	a := rapid.Custom(Action).Example(7)
	f := rapid.Custom(Fill).Example(3)
	c := rapid.Custom(Collect).Example(3)
	aProof, aErr := p.Action(a)
	fProof, fErr := p.Fill(f)
	cProof, cErr := p.Collect(c)
	return []verify.Claim{
		claim(keys.Action, ActionInputs(a), aProof, aErr),
		claim(keys.Fill, FillInputs(tb, f), fProof, fErr),
		claim(keys.Collect, CollectInputs(c), cProof, cErr),
	}
}

// FillInputs returns the public inputs of a fill, from a settlement around it.
func FillInputs(tb testing.TB, w fill.Witness) []field.Element {
	tb.Helper()
	f, err := w.Fill()
	if err != nil {
		tb.Fatal(err)
	}
	s := settlement.Settle{
		Height: uint64(w.Execution.Height),
		Group:  settlement.Group{PC: w.PC(), Legs: []settlement.Leg{w.Leg(f)}},
	}
	return s.FillInputs(0, w.Anchor)
}

// CollectInputs returns the public inputs of a group, from a settlement of it.
func CollectInputs(w collect.Witness) []field.Element {
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

// ActionInputs returns the public inputs of an action, in their order.
func ActionInputs(w *action.Witness) []field.Element {
	nf, cm, rk := w.Nullifiers(), w.Commitments(), w.RK()
	x := uint64(0)
	if w.FeeInAsset {
		x = 1
	}
	return []field.Element{
		w.Anchor, nf[0], nf[1], nf[2], cm[0], cm[1], cm[2], rk.X, rk.Y,
		field.FromUint64(w.Fee), field.FromUint64(uint64(w.FeeAsset)), field.FromUint64(x),
		field.FromUint64(w.Out), field.FromUint64(uint64(w.OutAsset)), w.Digest,
	}
}

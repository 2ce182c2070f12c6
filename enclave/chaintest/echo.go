package chaintest

import (
	"crypto/sha256"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Echo stands in for proofs: what its Prover makes says which public inputs the
// witness has, computed by the native twins, and its Check demands that they
// are the ones which the ledger asks about. It does not establish that the
// circuits hold; the workers' own tests settle with real ones too. Actions need no proof
// here.
type Echo struct{}

// Check implements ledger.Proofs.
func (Echo) Check(claims []ledger.Claim) error {
	for _, c := range claims {
		if c.Circuit != ledger.ActionCircuit && c.Proof != stamp(c.Public) {
			return rejection.New(rejection.BadProof, "%s", c.Circuit)
		}
	}
	return nil
}

// Find implements ledger.Proofs.
func (e Echo) Find(claims []ledger.Claim) (bad []int, err error) {
	for i := range claims {
		if e.Check(claims[i:i+1]) != nil {
			bad = append(bad, i)
		}
	}
	return bad, nil
}

func stamp(public []field.Element) (proof [settlement.ProofSize]byte) {
	h := sha256.New()
	for _, e := range public {
		b := e.Bytes()
		h.Write(b[:])
	}
	h.Sum(proof[:0])
	return proof
}

// Fill implements worker.Prover.
func (Echo) Fill(w fill.Witness) (proof [settlement.ProofSize]byte, err error) {
	f, err := w.Fill()
	if err != nil {
		return proof, err
	}
	if w.Lots > 0 && w.Path.Root(w.Order.Commitment()) != w.Anchor {
		return proof, rejection.New(rejection.UnknownAnchor, "the path does not lead to the anchor")
	}
	leg := w.Leg(f)
	x, y := jubjub.Coordinates(leg.Value)
	return stamp([]field.Element{w.Anchor, field.FromUint64(uint64(w.Execution.Height)),
		leg.Nullifier, leg.Proceeds, leg.Refund, leg.Remainder, w.PC(), x, y, leg.Report}), nil
}

// Keys implements worker.Prover.
func (Echo) Keys() verify.Keys { return toys().Keys() }

// Collect implements worker.Prover.
func (Echo) Collect(w collect.Witness) (proof [settlement.ProofSize]byte, err error) {
	if err := w.Check(); err != nil {
		return proof, err
	}
	n := w.FeeNote()
	x, y := jubjub.Coordinates(settlement.FeeValueOf(w.Fee, w.Blind))
	return stamp([]field.Element{w.Markets(), w.References(), field.FromUint64(uint64(w.Height)),
		w.PC(), n.Commitment(), x, y, w.Treasury}), nil
}

package ledger

import (
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Verifier is the real Proofs: it checks a block's claims in one batch.
type Verifier struct{ keys map[Circuit]*verify.Key }

// NewVerifier returns the verifier of a chain; BAD_GENESIS if a verifying key
// is not one, or not of a circuit with that many public inputs.
func NewVerifier(g *Genesis) (*Verifier, error) {
	v := &Verifier{keys: make(map[Circuit]*verify.Key)}
	for _, c := range circuits {
		k, err := verify.ParseKey(g.Keys[c].Key)
		if err != nil {
			return nil, rejection.New(rejection.BadGenesis, "the %s key: %v", c, err)
		}
		if k.Hash() != g.Keys[c].Hash || k.Inputs() != inputs[c] {
			return nil, rejection.New(rejection.BadGenesis, "the %s key is another circuit's", c)
		}
		v.keys[c] = k
	}
	return v, nil
}

// inputs are the numbers of public inputs (spec/11-circuits.md).
var inputs = map[Circuit]int{ActionCircuit: 15, FillCircuit: 10, CollectCircuit: 8}

// Check implements Proofs.
func (v *Verifier) Check(claims []Claim) error {
	batch := make([]verify.Claim, len(claims))
	for i, c := range claims {
		batch[i] = verify.Claim{Key: v.keys[c.Circuit], Public: c.Public, Proof: c.Proof}
	}
	return verify.Batch{}.Check(batch)
}

package ledger

import (
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
)

// Claim is a proof, what it claims to prove, and the key that it is for.
type Claim struct {
	Circuit Circuit
	Key     *verify.Key
	Public  []field.Element
	Proof   [action.ProofSize]byte
}

// Proofs checks claims under their keys. It may remember claims that it has
// accepted: acceptance depends on nothing but the claim.
//
// Product code has one implementation, Verifier, possibly behind a cache.
type Proofs interface {
	// Check returns nil only if every claim is proven, and otherwise BAD_PROOF,
	// at no more cost than if all were: consensus asks it.
	Check(claims []Claim) error
	// Find returns the indices of the claims that are not proven, ascending. It
	// costs what Check does if there are none, else more: consensus never asks
	// it.
	Find(claims []Claim) ([]int, error)
}

// Verifier is the real Proofs: it checks claims in one batch.
type Verifier struct{}

// Check implements Proofs.
func (Verifier) Check(claims []Claim) error { return verify.Batch{}.Check(batch(claims)) }

// Find implements Proofs.
func (Verifier) Find(claims []Claim) ([]int, error) { return verify.Batch{}.Find(batch(claims)) }

func batch(claims []Claim) []verify.Claim {
	out := make([]verify.Claim, len(claims))
	for i, c := range claims {
		out[i] = verify.Claim{Key: c.Key, Public: c.Public, Proof: c.Proof}
	}
	return out
}

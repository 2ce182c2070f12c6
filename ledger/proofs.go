package ledger

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
)

// Circuit names one of the three circuits.
type Circuit string

// The circuits.
const (
	ActionCircuit  Circuit = "action"
	FillCircuit    Circuit = "fill"
	CollectCircuit Circuit = "collect"
)

var circuits = []Circuit{ActionCircuit, FillCircuit, CollectCircuit}

// Claim is a proof and what it claims to prove.
type Claim struct {
	Circuit Circuit
	Public  []field.Element
	Proof   [action.ProofSize]byte
}

// Proofs checks claims under the genesis' verifying keys. Check returns nil
// only if every claim is proven, and otherwise BAD_PROOF. It may remember
// claims that it has accepted: acceptance depends on nothing but the claim.
//
// Product code has one implementation, NewVerifier's, possibly behind a cache.
type Proofs interface {
	Check(claims []Claim) error
}

package world

import (
	"sync"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/protocol/governance"
)

// next is the setup of a second version of the circuits. What its proofs state
// is no business of these stories, so it is one whose trapdoor is known.
var next = sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("sim, version 2") })

// NextCircuits returns the change to a second version of the circuits.
func (w *World) NextCircuits() governance.AddCircuits {
	k := next().Keys()
	return governance.AddCircuits{
		Version: 2, Overlap: w.Genesis.Bounds.MinOverlap,
		Action:  governance.CircuitKey{Key: k.Action.Encode()},
		Fill:    governance.CircuitKey{Key: k.Fill.Encode()},
		Collect: governance.CircuitKey{Key: k.Collect.Encode()},
	}
}

// Upgrade makes the second version the current one and returns the last block
// of the overlap.
func (w *World) Upgrade() (last uint64) {
	w.Must(w.Propose(w.NextCircuits()).Encode())
	w.Advance(w.Genesis.Constants.GovernanceDelay)
	return w.State.Circuits()[0].Retires
}

// ProveNext proves a finished action under the second version and signs it.
func (a *Action) ProveNext() {
	a.Tx.Version = 2
	a.Tx.Proof = next().Action.Prove(a.Tx.PublicInputs(ChainID, HUB), 0)
	a.Sign()
}

package prove

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/circuit/verify"
)

// ErrUnsatisfied is the error of a witness that breaks its circuit.
var ErrUnsatisfied = errors.New("the witness does not satisfy the circuit")

// ErrNoKey is the error of a proof for whose circuit the Prover has no key.
var ErrNoKey = errors.New("no proving key")

// Prover holds the keys of some of the circuits: a wallet proves actions only,
// an enclave settlements only.
type Prover struct{ keys map[Name]*Key }

// New makes a Prover of the keys' circuits.
func New(keys ...*Key) *Prover {
	p := &Prover{keys: map[Name]*Key{}}
	for _, k := range keys {
		p.keys[k.system.name] = k
	}
	return p
}

// Keys returns the verifying keys; nil for a circuit that it can't prove.
func (p *Prover) Keys() verify.Keys {
	return verify.Keys{Action: p.verifying(Action), Fill: p.verifying(Fill), Collect: p.verifying(Collect)}
}

func (p *Prover) verifying(name Name) *verify.Key {
	if k := p.keys[name]; k != nil {
		return k.verify
	}
	return nil
}

// Action proves an action. It refuses (BAD_PLAN) a witness that can't be
// proven, saying why.
func (p *Prover) Action(w *action.Witness) ([verify.ProofSize]byte, error) {
	if err := w.Check(); err != nil {
		return [verify.ProofSize]byte{}, err
	}
	return p.Prove(w.Assign())
}

// Fill proves a fill. It refuses (BAD_TERMS, OUT_OF_RANGE) what the covenant
// forbids.
func (p *Prover) Fill(w fill.Witness) ([verify.ProofSize]byte, error) {
	f, err := w.Fill()
	if err != nil {
		return [verify.ProofSize]byte{}, err
	}
	return p.Prove(w.Assign(f))
}

// Collect proves a group's price and fee. It refuses (OUT_OF_RANGE) a price
// off the grid.
func (p *Prover) Collect(w collect.Witness) ([verify.ProofSize]byte, error) {
	if err := w.Check(); err != nil {
		return [verify.ProofSize]byte{}, err
	}
	return p.Prove(w.Assign())
}

// Prove proves any assignment of one of the three circuits (ErrUnsatisfied)
// and verifies the proof before it returns it: a bit flipped in memory must not
// leave the machine as a spent fee.
func (p *Prover) Prove(assignment frontend.Circuit) (proof [verify.ProofSize]byte, err error) {
	name, err := nameOf(assignment)
	if err != nil {
		return proof, err
	}
	key := p.keys[name]
	if key == nil {
		return proof, fmt.Errorf("%s: %w", name, ErrNoKey)
	}
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		return proof, fmt.Errorf("witness of %s: %w", name, err)
	}
	made, err := groth16.Prove(key.system.r1cs, key.proving, w, backend.WithSolverOptions(solver.WithHints(gadget.Hints()...)))
	if err != nil {
		// The solver's message names constraints and values: keep it inside.
		return proof, fmt.Errorf("%s: %w", name, ErrUnsatisfied)
	}
	checked, err := verify.NewProof(made.Ar, made.Bs, made.Krs)
	if err != nil {
		return proof, fmt.Errorf("own proof of %s: %w", name, err)
	}
	proof = checked.Encode()
	values, ok := w.Vector().(fr.Vector)
	if !ok {
		return proof, errors.New("a witness of another field")
	}
	public := values[:key.system.Public()]
	if err := verify.One(verify.Claim{Key: key.verify, Public: public, Proof: proof}); err != nil {
		return [verify.ProofSize]byte{}, fmt.Errorf("own proof of %s: %w", name, err)
	}
	return proof, nil
}

func nameOf(assignment frontend.Circuit) (Name, error) {
	switch assignment.(type) {
	case *action.Circuit:
		return Action, nil
	case *fill.Circuit:
		return Fill, nil
	case *collect.Circuit:
		return Collect, nil
	}
	return "", fmt.Errorf("%T is not an assignment of a circuit", assignment)
}

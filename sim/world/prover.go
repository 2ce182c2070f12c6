package world

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
)

// Proof is a proof on the wire.
type Proof = [verify.ProofSize]byte

// Prover makes proofs with the development keys and remembers them, in memory
// and beside the keys: a world says the same things in every run, and a proof
// depends on nothing but the key and what it says. A remembered proof is
// verified before it is used. It is safe for concurrent use.
type Prover struct {
	prover *prove.Prover
	dir    string

	mu    sync.Mutex
	last  map[prove.Name]Proof
	known map[string]Proof
}

// OpenProver loads the development keys, or makes them, which takes a minute.
func OpenProver() (*Prover, error) {
	dir, err := keystore.Dir()
	if err != nil {
		return nil, err
	}
	p, err := keystore.Open(dir, nil, prove.Names()...)
	if err != nil {
		return nil, err
	}
	proofs := filepath.Join(dir, "sim-proofs")
	if err := os.MkdirAll(proofs, 0o755); err != nil {
		return nil, err
	}
	return &Prover{prover: p, dir: proofs, last: map[prove.Name]Proof{}, known: map[string]Proof{}}, nil
}

// Keys returns the verifying keys.
func (p *Prover) Keys() verify.Keys { return p.prover.Keys() }

func (p *Prover) key(name prove.Name) *verify.Key {
	switch k := p.prover.Keys(); name {
	case prove.Action:
		return k.Action
	case prove.Fill:
		return k.Fill
	default:
		return k.Collect
	}
}

// Prove returns a proof of the assignment, whose public inputs are given. If
// the assignment does not satisfy the circuit, it returns the best a thief can
// do: some other proof of the same circuit, which nobody will accept for these
// inputs, and false.
func (p *Prover) Prove(name prove.Name, public []field.Element, assignment frontend.Circuit) (Proof, bool) {
	key := p.key(name)
	id := proofID(key, public)
	if proof, ok := p.recall(key, id, public); ok {
		p.remember(name, id, proof)
		return proof, true
	}
	proof, err := p.prover.Prove(assignment)
	if err != nil || verify.One(verify.Claim{Key: key, Public: public, Proof: proof}) != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.last[name], false
	}
	p.remember(name, id, proof)
	p.store(id, proof)
	return proof, true
}

func (p *Prover) remember(name prove.Name, id string, proof Proof) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[name], p.known[id] = proof, proof
}

func proofID(key *verify.Key, public []field.Element) string {
	h := sha256.New()
	k := key.Hash()
	h.Write(k[:])
	for _, e := range public {
		b := e.Bytes()
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

func (p *Prover) recall(key *verify.Key, id string, public []field.Element) (proof Proof, ok bool) {
	p.mu.Lock()
	proof, ok = p.known[id]
	p.mu.Unlock()
	if ok {
		return proof, true
	}
	raw, err := os.ReadFile(filepath.Join(p.dir, id))
	if err != nil || len(raw) != len(proof) {
		return proof, false
	}
	copy(proof[:], raw)
	if verify.One(verify.Claim{Key: key, Public: public, Proof: proof}) != nil {
		return Proof{}, false
	}
	return proof, true
}

// store writes a proof for later runs. A proof that can't be stored is made
// again; one that is half written does not verify.
func (p *Prover) store(id string, proof Proof) {
	f, err := os.CreateTemp(p.dir, "new-*")
	if err != nil {
		return
	}
	defer os.Remove(f.Name())
	_, err = bytes.NewReader(proof[:]).WriteTo(f)
	if f.Close() == nil && err == nil {
		_ = os.Rename(f.Name(), filepath.Join(p.dir, id))
	}
}

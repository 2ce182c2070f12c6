package prove

import (
	"crypto/sha256"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/nightjar/nightjar/circuit/verify"
)

// NewSystem compiles any circuit under a name. Compile is for the protocol's
// own; this is for ceremonies, whose rules don't depend on the circuit.
func NewSystem(name Name, circuit frontend.Circuit) (*System, error) {
	compiled, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", name, err)
	}
	system, ok := compiled.(*cs.R1CS)
	if !ok {
		return nil, fmt.Errorf("compile %s: not a BLS12-381 constraint system", name)
	}
	h := sha256.New()
	if _, err := system.WriteTo(h); err != nil {
		return nil, fmt.Errorf("compile %s: %w", name, err)
	}
	return &System{name: name, r1cs: system, digest: [sha256.Size]byte(h.Sum(nil))}, nil
}

// R1CS returns the constraint system, which is the caller's to read only.
func (s *System) R1CS() *cs.R1CS { return s.r1cs }

// NewKey makes a key of what a setup gave, whoever ran it: one party (Setup) or
// a ceremony. It refuses (BAD_POINT) a key with a free public input and takes
// none with proof commitments, for which a proof has no room.
func (s *System) NewKey(pk *groth16.ProvingKey, vk *groth16.VerifyingKey) (*Key, error) {
	if len(vk.CommitmentKeys) != 0 || len(pk.CommitmentKeys) != 0 {
		return nil, fmt.Errorf("setup of %s: the circuit uses proof commitments", s.name)
	}
	v, err := verify.NewKey(verify.Points{
		Alpha: vk.G1.Alpha, Beta: vk.G2.Beta, Gamma: vk.G2.Gamma, Delta: vk.G2.Delta, K: vk.G1.K,
	})
	if err != nil {
		return nil, fmt.Errorf("setup of %s: %w", s.name, err)
	}
	if v.Inputs() != s.Public() {
		return nil, fmt.Errorf("setup of %s: made for another circuit", s.name)
	}
	return &Key{system: s, proving: pk, verify: v}, nil
}

// System returns the circuit that the key is for.
func (k *Key) System() *System { return k.system }

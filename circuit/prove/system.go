package prove

import (
	"crypto/sha256"
	"fmt"
	"io"

	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/logger"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/verify"
)

// gnark logs to standard output, from proving too; a witness's timings are
// nobody's business. Silencing it is a process-wide switch, so it is thrown
// once, before anything here can run.
var _ = func() struct{} { logger.Disable(); return struct{}{} }()

// Name is one of the three circuits.
type Name string

// The circuits of the protocol.
const (
	Action  Name = "action"
	Fill    Name = "fill"
	Collect Name = "collect"
)

// Names returns all circuits in their fixed order.
func Names() []Name { return []Name{Action, Fill, Collect} }

// empty returns the circuit without values.
func (n Name) empty() frontend.Circuit {
	switch n {
	case Action:
		return action.New()
	case Fill:
		return fill.New()
	case Collect:
		return collect.New()
	}
	return nil
}

// System is a compiled circuit.
type System struct {
	name   Name
	r1cs   *cs.R1CS
	digest [sha256.Size]byte
}

// Compile compiles a circuit; the result is the same on every machine.
func Compile(name Name) (*System, error) {
	circuit := name.empty()
	if circuit == nil {
		return nil, fmt.Errorf("no circuit %q", name)
	}
	return NewSystem(name, circuit)
}

// Name returns which circuit it is.
func (s *System) Name() Name { return s.name }

// Digest is the SHA-256 of the compiled constraint system: golden files pin
// it, and key files are named by it.
func (s *System) Digest() [sha256.Size]byte { return s.digest }

// Constraints returns the number of constraints.
func (s *System) Constraints() int { return s.r1cs.GetNbConstraints() }

// Public returns the number of public inputs.
func (s *System) Public() int { return s.r1cs.GetNbPublicVariables() - 1 }

// Key is a proving key with its circuit and verifying key.
type Key struct {
	system  *System
	proving *groth16.ProvingKey
	verify  *verify.Key
}

// Setup makes a key. INSECURE DEVELOPMENT: whoever runs it could keep the
// trapdoor and forge proofs, so only development networks may use the result.
func (s *System) Setup() (*Key, error) {
	var pk groth16.ProvingKey
	var vk groth16.VerifyingKey
	if err := groth16.Setup(s.r1cs, &pk, &vk); err != nil {
		return nil, fmt.Errorf("setup of %s: %w", s.name, err)
	}
	return s.NewKey(&pk, &vk)
}

// Verifying returns the verifying key.
func (k *Key) Verifying() *verify.Key { return k.verify }

// WriteProving writes the proving key in this machine's memory layout: fast to
// read, not portable, and unchecked when read back.
func (k *Key) WriteProving(w io.Writer) error { return k.proving.WriteDump(w) }

// ReadKey reads what WriteProving wrote for the same system. The caller must
// have checked the bytes' hash: the points are not checked again.
func ReadKey(s *System, proving io.Reader, v *verify.Key) (*Key, error) {
	var pk groth16.ProvingKey
	if err := pk.ReadDump(proving); err != nil {
		return nil, fmt.Errorf("proving key of %s: %w", s.name, err)
	}
	if len(pk.CommitmentKeys) != 0 || v.Inputs() != s.Public() {
		return nil, fmt.Errorf("proving key of %s: made for another circuit", s.name)
	}
	return &Key{system: s, proving: &pk, verify: v}, nil
}

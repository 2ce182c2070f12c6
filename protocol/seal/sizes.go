package seal

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/keys"
)

// Sizes in bytes (spec/08-ciphertexts.md).
const (
	PlaintextSize  = 128                // of an output
	CiphertextSize = PlaintextSize + 16 // with the Poly1305 tag
	EPKSize        = 32
	Slots          = 3
	OutputsSize    = EPKSize + Slots*CiphertextSize

	InstructionPlainSize = 320
	EncapsulationSize    = 1120 // X-Wing: ML-KEM-768 ciphertext and X25519 key
	InstructionSize      = EncapsulationSize + InstructionPlainSize + 16
)

// Outputs are the ephemeral key and the output ciphertexts of an action.
type Outputs struct {
	EPK keys.PointU
	CT  [Slots][CiphertextSize]byte
}

// Write appends the OutputsSize bytes of o.
func (o *Outputs) Write(w *encoding.Writer) {
	w.Fixed(o.EPK[:])
	for i := range o.CT {
		w.Fixed(o.CT[i][:])
	}
}

// Read fills o.
func (o *Outputs) Read(r *encoding.Reader) {
	r.Fixed(o.EPK[:])
	for i := range o.CT {
		r.Fixed(o.CT[i][:])
	}
}

// Instruction is the HPKE ciphertext to the enclaves: encapsulation, then the
// sealed plaintext.
type Instruction [InstructionSize]byte

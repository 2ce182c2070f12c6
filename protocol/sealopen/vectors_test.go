package sealopen

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/seal"
)

// instructionVectors is spec/vectors/instruction.json: sealed by the reference,
// with its own ML-KEM and HPKE.
type instructionVectors struct {
	Keys         []keyVector         `json:"keys"`
	Instructions []instructionVector `json:"instructions"`
	Refused      []refusedVector     `json:"refused"`
}

type keyVector struct {
	Seed   vector.Hex `json:"seed"`
	Public vector.Hex `json:"public"`
}

// envelope is an instruction and what it was sealed to.
type envelope struct {
	Name   string     `json:"name"`
	Seed   vector.Hex `json:"seed"` // of the epoch's key
	Chain  string     `json:"chain"`
	AAD    vector.Hex `json:"aad"`
	Sealed vector.Hex `json:"sealed"`
}

type instructionVector struct {
	envelope
	Command vector.Hex `json:"command"`
}

type refusedVector struct {
	envelope
	Code string `json:"code"`
}

func (v envelope) open() (seal.Command, error) {
	sealed := seal.Instruction(v.Sealed)
	return NewKey([SeedSize]byte(v.Seed)).Open(v.Chain, [32]byte(v.AAD), &sealed)
}

func TestVectors(t *testing.T) {
	file := vector.Read[instructionVectors](t, "instruction")
	for _, v := range file.Keys {
		if public := NewKey([SeedSize]byte(v.Seed)).Public(); !bytes.Equal(public, v.Public) {
			t.Errorf("public key of %x: %x", v.Seed, public)
		}
	}
	for _, v := range file.Instructions {
		c, err := v.open()
		if err != nil || !bytes.Equal(c.Encode(), v.Command) {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, v := range file.Refused {
		_, err := v.open()
		vector.Refused(t, v.Name, err, v.Code)
	}
}

package action

import (
	"errors"
	"math/big"
	"testing"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	chain    = "nightjar-test"
	feeAsset = 2
)

// spend is the re-randomised spend key of the samples.
var spend = jubjub.ScalarFromBig(big.NewInt(0x5eed))

func refused(t *testing.T, err error, code rejection.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code.Name())
	}
}

// fill writes a recognisable byte run.
func fill(b []byte, from byte) {
	for i := range b {
		b[i] = from + byte(i)
	}
}

// sample returns a signed action without a public output. Its proof is a run
// of bytes: this package never looks inside.
func sample() *Action {
	a := &Action{
		Version: 1, Anchor: field.FromUint64(100), RK: jubjub.Mul(jubjub.Spend, spend),
		Epoch: 5, Fee: 1_000,
	}
	for i := range Slots {
		a.Nullifiers[i] = field.FromUint64(uint64(200 + i))
		a.Commitments[i] = field.FromUint64(uint64(300 + i))
		fill(a.Sealed.CT[i][:], byte(50*i))
	}
	fill(a.Sealed.EPK[:], 9)
	fill(a.Instruction[:], 77)
	fill(a.Proof[:], 33)
	return sign(a)
}

// withdrawal returns a signed action with a public output.
func withdrawal() *Action {
	a := sample()
	recipient, err := NewRecipient([]byte("0x00112233445566778899aabbccddeeff00112233"))
	if err != nil {
		panic(err)
	}
	a.FeeInAsset = true
	a.Out = Output{Asset: 7, Amount: 5_000, Recipient: recipient, Return: field.FromUint64(400)}
	return sign(a)
}

// upgraded returns the sample for the second version of the circuits.
func upgraded() *Action {
	a := sample()
	a.Version = 2
	return sign(a)
}

func sign(a *Action) *Action {
	h := a.Sighash(chain)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spend, h[:], nil)
	return a
}

// part is a row of the byte table of spec/07-action.md.
type part struct {
	name   string
	offset int
	size   int
	digest bool // covered by the digest
}

// layout is the byte table.
var layout = []part{
	{"kind", 0, 1, false},
	{"version", 1, 1, false},
	{"anchor", 2, 32, false},
	{"nf_0..2", 34, 96, false},
	{"cm_0..2", 130, 96, false},
	{"rk", 226, 32, false},
	{"epoch", 258, 8, true},
	{"fee", 266, 8, false},
	{"x", 274, 1, false},
	{"asset", 275, 4, false},
	{"amount", 279, 8, false},
	{"recipient", 287, 64, true},
	{"return", 351, 32, true},
	{"epk", 383, 32, true},
	{"outputs", 415, 432, true},
	{"instruction", 847, 1456, true},
	{"proof", 2303, 192, false},
	{"signature", 2495, 64, false},
}

func offsetOf(name string) int {
	for _, p := range layout {
		if p.name == name {
			return p.offset
		}
	}
	panic(name)
}

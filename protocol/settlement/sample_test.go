package settlement

import (
	"bytes"
	"errors"
	"math/big"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const chain = "nightjar-test"

func refused(t interface {
	Helper()
	Fatalf(string, ...any)
}, err error, code rejection.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code.Name())
	}
}

// trade is one side of a group before it is blinded.
type trade struct {
	sell        bool
	base, quote uint64
}

func scalar(v uint64) jubjub.Scalar { return jubjub.ScalarFromBig(new(big.Int).SetUint64(v)) }

// settle makes a group of the trades and the fee, with the blinders 1, 2, …,
// and signs it under their sum, as a worker does.
func settle(fee uint64, trades ...trade) *Settle {
	s := &Settle{Version: 1, Height: 50, Group: Group{
		PC: field.FromUint64(1), Fee: field.FromUint64(2), FeeValue: FeeValueOf(fee, scalar(1)),
	}}
	r := scalar(1)
	for i, x := range trades {
		blind := scalar(uint64(i) + 2)
		r = r.Add(blind)
		n := uint64(10 * (i + 1))
		s.Group.Legs = append(s.Group.Legs, Leg{
			Nullifier: field.FromUint64(n), Proceeds: field.FromUint64(n + 1), Refund: field.FromUint64(n + 2),
			Remainder: field.FromUint64(n + 3), Value: FillValue(x.sell, x.base, x.quote, blind), Report: field.FromUint64(n + 4),
		})
		s.FillProofs = append(s.FillProofs, [ProofSize]byte(bytes.Repeat([]byte{byte(i + 1)}, ProofSize)))
	}
	for i := range s.Group.FeeOpening {
		s.Group.FeeOpening[i] = byte(i)
	}
	s.Collect = [ProofSize]byte(bytes.Repeat([]byte{0xcc}, ProofSize))
	s.Groups = [][32]byte{s.Group.Hash(), {31: 1}, {0: 0xff}}
	slices.SortFunc(s.Groups, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	s.Index = uint16(slices.Index(s.Groups, s.Group.Hash()))
	s.Binding = jubjub.Sign(domain.BindingSig, jubjub.Blind, r, s.Group.BindingMessage(chain, s.Height), nil)
	return s
}

// balanced is a seller of 10 lots of 1,000 at 1,000 with a fee of 10 bp, two
// buyers, and a padding order: 10,000 + 10 quote units change hands.
func balanced() *Settle {
	return settle(20, trade{true, 10_000, 9_990}, trade{false, 4_000, 4_004}, trade{false, 6_000, 6_006}, trade{true, 0, 0})
}

func lock() *Lock {
	l := &Lock{Height: 50, Outcome: Outcome(50, balanced().Groups), StateDigest: [32]byte{5, 6}}
	for i := range uint64(4) {
		l.Nullifiers = append(l.Nullifiers, field.FromUint64(10*(i+1)))
	}
	for i := range byte(2) {
		l.Signatures = append(l.Signatures, WorkerSignature{WorkerID{i + 1}, [64]byte{i + 2}})
	}
	return l
}

package settlement

import (
	"bytes"
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// ProofSize is the length of a Groth16 proof on the wire.
const ProofSize = 192

// FeeOpeningSize is the length of the fee note's opening sealed to the
// treasury: an ephemeral key and one output ciphertext.
const FeeOpeningSize = 32 + 144

// Leg is what one Fill makes public.
type Leg struct {
	Nullifier field.Element // nf_o
	Proceeds  field.Element // cm_0
	Refund    field.Element // cm_1
	Remainder field.Element // ocm of the remainder order
	Value     jubjub.Point  // cv
	Report    field.Element // e
}

// Group is one market's result, without its proofs: what h_i hashes. Legs stand
// in strictly ascending order of nullifier: no order is filled twice in a
// group, and the order of the legs says nothing of side, priority or padding.
type Group struct {
	PC         field.Element // price commitment, one for all proofs
	Legs       []Leg         // strictly ascending by nullifier
	Fee        field.Element // cm of the fee note
	FeeValue   jubjub.Point  // cv of the fee
	FeeOpening [FeeOpeningSize]byte
}

func (g *Group) write(w *encoding.Writer) {
	field.Write(w, g.PC)
	w.U16(uint16(len(g.Legs)))
	for _, l := range g.Legs {
		field.Write(w, l.Nullifier)
		field.Write(w, l.Proceeds)
		field.Write(w, l.Refund)
		field.Write(w, l.Remainder)
		jubjub.Write(w, l.Value)
		field.Write(w, l.Report)
	}
	field.Write(w, g.Fee)
	jubjub.Write(w, g.FeeValue)
	w.Fixed(g.FeeOpening[:])
}

func readGroup(r *encoding.Reader) Group {
	g := Group{PC: field.Read(r)}
	n := r.Count(MaxLegs)
	for i := 0; i < n && r.Err() == nil; i++ {
		leg := Leg{
			Nullifier: field.Read(r),
			Proceeds:  field.Read(r),
			Refund:    field.Read(r),
			Remainder: field.Read(r),
			Value:     jubjub.ReadAny(r),
			Report:    field.Read(r),
		}
		if i > 0 && g.Legs[i-1].Nullifier.Cmp(&leg.Nullifier) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "legs are not in ascending order of nullifier"))
		}
		g.Legs = append(g.Legs, leg)
	}
	g.Fee = field.Read(r)
	g.FeeValue = jubjub.ReadAny(r)
	r.Fixed(g.FeeOpening[:])
	return g
}

// Hash returns h_i = SHA-256(context ‖ group).
func (g *Group) Hash() [32]byte {
	w := encoding.NewWriter(512 + 192*len(g.Legs))
	w.Var([]byte(domain.Group))
	g.write(w)
	return sha256.Sum256(w.Bytes())
}

// BindingKey returns Σ cv over all legs and the fee; the group balances iff
// somebody knows R with BindingKey = [R]Blind.
func (g *Group) BindingKey() jubjub.Point {
	sum := g.FeeValue
	for _, l := range g.Legs {
		sum = jubjub.Add(sum, l.Value)
	}
	return sum
}

// BindingMessage is what the binding signature signs.
func (g *Group) BindingMessage(chainID string, height uint64) []byte {
	h := g.Hash()
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.GroupSighash))
	w.Var([]byte(chainID))
	w.U64(height)
	w.Fixed(h[:])
	return w.Bytes()
}

// Settle opens group Index of the lock of auction Height and proves it.
type Settle struct {
	Version    uint8      // of the circuits that the proofs are for, from 1
	Height     uint64     // a
	Groups     [][32]byte // all h_i of the lock, strictly ascending
	Index      uint16     // which of them Group is
	Group      Group
	FillProofs [][ProofSize]byte // one per leg, in order
	Collect    [ProofSize]byte
	Binding    jubjub.Signature
}

// Encode returns the canonical bytes.
func (s *Settle) Encode() []byte {
	w := encoding.NewWriter(1024 + 400*len(s.Group.Legs))
	w.U8(SettleKind)
	w.U8(s.Version)
	w.U64(s.Height)
	w.U16(uint16(len(s.Groups)))
	for _, h := range s.Groups {
		w.Fixed(h[:])
	}
	w.U16(s.Index)
	s.Group.write(w)
	for _, p := range s.FillProofs {
		w.Fixed(p[:])
	}
	w.Fixed(s.Collect[:])
	w.Fixed(s.Binding[:])
	return w.Bytes()
}

// DecodeSettle is the inverse of Encode; the number of fill proofs is the
// number of legs.
func DecodeSettle(b []byte) (*Settle, error) {
	r := encoding.NewReader(b)
	if k := r.U8(); r.Err() == nil && k != SettleKind {
		return nil, rejection.New(rejection.UnknownKind, "kind %d is not a settlement", k)
	}
	s := &Settle{Version: r.U8()}
	if r.Err() == nil && s.Version == 0 {
		return nil, rejection.New(rejection.UnknownVersion, "circuits' versions count from 1")
	}
	s.Height = r.U64()
	n := r.Count(MaxGroups)
	for i := 0; i < n && r.Err() == nil; i++ {
		var h [32]byte
		r.Fixed(h[:])
		if i > 0 && bytes.Compare(s.Groups[i-1][:], h[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "groups are not in ascending order of hash"))
		}
		s.Groups = append(s.Groups, h)
	}
	s.Index = r.U16()
	if r.Err() == nil && int(s.Index) >= len(s.Groups) {
		r.Fail(rejection.New(rejection.OutOfRange, "group index past the groups"))
	}
	s.Group = readGroup(r)
	for i := 0; i < len(s.Group.Legs) && r.Err() == nil; i++ {
		var p [ProofSize]byte
		r.Fixed(p[:])
		s.FillProofs = append(s.FillProofs, p)
	}
	r.Fixed(s.Collect[:])
	r.Fixed(s.Binding[:])
	return s, r.Done()
}

// FillInputs returns the Fill circuit's public inputs of leg i in their order
// (spec/05-fill.md): anchor, a, nf, cm_0, cm_1, ocm, pc, cv.x, cv.y, e.
func (s *Settle) FillInputs(i int, anchor field.Element) []field.Element {
	l := s.Group.Legs[i]
	x, y := jubjub.Coordinates(l.Value)
	return []field.Element{
		anchor, field.FromUint64(s.Height),
		l.Nullifier, l.Proceeds, l.Refund, l.Remainder,
		s.Group.PC, x, y, l.Report,
	}
}

// CollectInputs returns the Collect circuit's public inputs: market root,
// reference root, a, pc, cm_fee, cv_fee.x, cv_fee.y, pk_treasury.
func (s *Settle) CollectInputs(markets, references, treasury field.Element) []field.Element {
	x, y := jubjub.Coordinates(s.Group.FeeValue)
	return []field.Element{
		markets, references, field.FromUint64(s.Height),
		s.Group.PC, s.Group.Fee, x, y, treasury,
	}
}

// VerifyBinding checks the binding signature (BAD_BINDING_SIGNATURE).
func (s *Settle) VerifyBinding(chainID string) error {
	msg := s.Group.BindingMessage(chainID, s.Height)
	if !jubjub.Verify(domain.BindingSig, jubjub.Blind, s.Group.BindingKey(), msg, s.Binding) {
		return rejection.New(rejection.BadBindingSignature, "")
	}
	return nil
}

// FillValue returns the value commitment of a leg,
// cv = ±[base]Base ∓ [quote]Quote + [blind]Blind, where the upper signs are a
// seller's (puts base in, takes quote out).
func FillValue(sell bool, base, quote uint64, blind jubjub.Scalar) jubjub.Point {
	d := jubjub.Add(jubjub.MulUint64(jubjub.Base, base), jubjub.Neg(jubjub.MulUint64(jubjub.Quote, quote)))
	if !sell {
		d = jubjub.Neg(d)
	}
	return jubjub.Add(d, jubjub.Mul(jubjub.Blind, blind))
}

// FeeValueOf returns cv_fee = −[fee]Quote + [blind]Blind: the fee leaves the
// group for the treasury.
func FeeValueOf(fee uint64, blind jubjub.Scalar) jubjub.Point {
	return jubjub.Add(jubjub.Neg(jubjub.MulUint64(jubjub.Quote, fee)), jubjub.Mul(jubjub.Blind, blind))
}

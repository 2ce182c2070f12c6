package settlement

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// settleVectors is spec/vectors/settle.json.
type settleVectors struct {
	Chain   string            `json:"chain"`
	Settles []settleVector    `json:"settles"`
	Refused []vector.Mutation `json:"refused"`
	Unbound []unboundVector   `json:"unbound"` // they decode, and VerifyBinding refuses them
}

type settleVector struct {
	Name           string       `json:"name"`
	Bytes          vector.Hex   `json:"bytes"`
	GroupHash      vector.Hex   `json:"groupHash"`
	Outcome        vector.Hex   `json:"outcome"`
	BindingKey     vector.Hex   `json:"bindingKey"`
	BindingMessage vector.Hex   `json:"bindingMessage"`
	FirstFill      []vector.Hex `json:"firstFill"` // public inputs of leg 0 at anchor 70
	Collect        []vector.Hex `json:"collect"`   // at market root 71, reference root 72, treasury 73
}

type unboundVector struct {
	Name  string     `json:"name"`
	Bytes vector.Hex `json:"bytes"`
}

func elements(es []field.Element) (out []vector.Hex) {
	for _, e := range es {
		b := e.Bytes()
		out = append(out, b[:])
	}
	return out
}

func check(t *testing.T, m vector.Mutation, err error) {
	t.Helper()
	var got *rejection.Rejection
	if !errors.As(err, &got) || got.Code.Name() != m.Code {
		t.Errorf("%s: got %v, want %s", m.Name, err, m.Code)
	}
}

var over = bytes.Repeat([]byte{0xff}, 32)

// common are the failure classes of both messages.
func common(of string, kind byte) []vector.Mutation {
	return []vector.Mutation{
		{Name: "the last byte missing", Of: of, Cut: 1, Code: rejection.Truncated.Name()},
		{Name: "one byte more", Of: of, Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()},
		{Name: "another kind", Of: of, With: vector.Hex{kind + 1}, Code: rejection.UnknownKind.Name()},
	}
}

func TestSettleVectors(t *testing.T) {
	v := settleVectors{Chain: chain, Refused: common("settle", SettleKind)}
	s := balanced()
	h, outcome, key := s.Group.Hash(), Outcome(s.Height, s.Groups), jubjub.Encode(s.Group.BindingKey())
	v.Settles = []settleVector{{
		Name: "settle", Bytes: s.Encode(), GroupHash: h[:], Outcome: outcome[:], BindingKey: key[:],
		BindingMessage: s.Group.BindingMessage(chain, s.Height),
		FirstFill:      elements(s.FillInputs(0, field.FromUint64(70))),
		Collect:        elements(s.CollectInputs(field.FromUint64(71), field.FromUint64(72), field.FromUint64(73))),
	}}
	const groups = 12
	index := groups + 3*32
	pc := index + 2
	legs := pc + 32 + 2
	add := func(name string, code rejection.Code, offset int, with ...byte) {
		v.Refused = append(v.Refused, vector.Mutation{Name: name, Of: "settle", Offset: offset, With: with, Code: code.Name()})
	}
	first := s.Groups[0]
	add("version 0", rejection.UnknownVersion, 1, 0)
	add("too many groups", rejection.Oversized, 10, 0x02, 0x01)
	add("a group given twice", rejection.NonCanonical, groups+32, first[:]...)
	add("groups in descending order", rejection.NonCanonical, groups, over...)
	add("an index past the groups", rejection.OutOfRange, index, 0, 3)
	add("pc past the modulus", rejection.NonCanonical, pc, over...)
	add("too many legs", rejection.Oversized, pc+32, 0x04, 0x01)
	add("a leg's nullifier past the modulus", rejection.NonCanonical, legs, over...)
	add("an order filled twice", rejection.NonCanonical, legs+192+31, 10)
	add("legs in descending order", rejection.NonCanonical, legs+31, 25)
	add("a value commitment off the curve", rejection.BadPoint, legs+4*32, over...)
	add("a value commitment of order two", rejection.BadPoint, legs+4*32,
		0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
		0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00)
	add("a report past the modulus", rejection.NonCanonical, legs+5*32, over...)
	add("a fee commitment past the modulus", rejection.NonCanonical, legs+4*192, over...)
	v.Refused = append(v.Refused, vector.Mutation{Name: "a proof missing", Of: "settle", Cut: ProofSize, Code: rejection.Truncated.Name()})
	for _, c := range []struct {
		name string
		s    *Settle
	}{
		{"one unit of quote too many", settle(21, trade{true, 10_000, 9_990}, trade{false, 10_000, 10_010})},
		{"one unit of base too few", settle(20, trade{true, 9_999, 9_990}, trade{false, 10_000, 10_010})},
	} {
		v.Unbound = append(v.Unbound, unboundVector{c.name, c.s.Encode()})
	}

	file := vector.Check(t, "settle", v)
	named := map[string]vector.Hex{}
	for _, c := range file.Settles {
		named[c.Name] = c.Bytes
		got, err := DecodeSettle(c.Bytes)
		if err != nil || !bytes.Equal(got.Encode(), c.Bytes) {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if err := got.VerifyBinding(file.Chain); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	for _, m := range file.Refused {
		_, err := DecodeSettle(m.Apply(named[m.Of]))
		check(t, m, err)
	}
	for _, c := range file.Unbound {
		got, err := DecodeSettle(c.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		refused(t, got.VerifyBinding(file.Chain), rejection.BadBindingSignature)
	}
}

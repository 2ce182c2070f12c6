package action

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// vectors is spec/vectors/action.json.
type vectors struct {
	Actions []actionVector    `json:"actions"`
	Refused []vector.Mutation `json:"refused"`
}

type actionVector struct {
	Name         string       `json:"name"`
	Chain        string       `json:"chain"`
	FeeAsset     uint32       `json:"feeAsset"`
	Bytes        vector.Hex   `json:"bytes"`
	Digest       vector.Hex   `json:"digest"`
	Sighash      vector.Hex   `json:"sighash"`
	ID           vector.Hex   `json:"id"`
	AAD          vector.Hex   `json:"aad"`
	PublicInputs []vector.Hex `json:"publicInputs"`
}

func hex(e field.Element) vector.Hex { b := e.Bytes(); return b[:] }

func describe(name string, a *Action) actionVector {
	sighash, id, aad := a.Sighash(chain), a.ID(chain), a.AAD()
	v := actionVector{
		Name: name, Chain: chain, FeeAsset: feeAsset, Bytes: a.Encode(), Digest: hex(a.Digest(chain)),
		Sighash: sighash[:], ID: id[:], AAD: aad[:],
	}
	for _, e := range a.PublicInputs(chain, feeAsset) {
		v.PublicInputs = append(v.PublicInputs, hex(e))
	}
	return v
}

// mutations holds at least one edit of each failure class.
func mutations() (out []vector.Mutation) {
	add := func(of, name string, code rejection.Code, part string, offset int, with ...byte) {
		out = append(out, vector.Mutation{Name: name, Of: of, Offset: offsetOf(part) + offset, With: with, Code: code.Name()})
	}
	over := bytes.Repeat([]byte{0xff}, 32)
	zero := make([]byte, 64)
	identity := append(make([]byte, 31), 1)
	order2 := []byte{ // (0, −1), of order two
		0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
		0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	}
	out = append(out,
		vector.Mutation{Name: "no bytes", Of: "sample", Cut: Size, Code: rejection.Truncated.Name()},
		vector.Mutation{Name: "the last byte missing", Of: "sample", Cut: 1, Code: rejection.Truncated.Name()},
		vector.Mutation{Name: "one byte more", Of: "sample", Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()})
	add("sample", "another kind", rejection.UnknownKind, "kind", 0, 2)
	add("sample", "version 0", rejection.UnknownVersion, "version", 0, 0)
	add("sample", "an anchor past the modulus", rejection.NonCanonical, "anchor", 0, over...)
	add("sample", "a nullifier past the modulus", rejection.NonCanonical, "nf_0..2", 64, over...)
	add("sample", "a commitment past the modulus", rejection.NonCanonical, "cm_0..2", 0, over...)
	add("sample", "rk past the modulus", rejection.BadPoint, "rk", 0, over...)
	add("sample", "rk is the identity", rejection.BadPoint, "rk", 0, identity...)
	add("sample", "rk is of order two", rejection.BadPoint, "rk", 0, order2...)
	add("sample", "x is 2", rejection.NonCanonical, "x", 0, 2)
	add("sample", "x without a withdrawal", rejection.BadWithdrawal, "x", 0, 1)
	add("sample", "an asset without an amount", rejection.BadWithdrawal, "asset", 3, 7)
	add("sample", "a recipient without an amount", rejection.BadWithdrawal, "recipient", 0, 1, 0xab)
	add("sample", "a return commitment without an amount", rejection.BadWithdrawal, "return", 31, 1)
	add("sample", "an amount alone", rejection.BadWithdrawal, "amount", 7, 1)
	add("withdrawal", "a withdrawal without x", rejection.BadWithdrawal, "x", 0, 0)
	add("withdrawal", "x without an amount", rejection.BadWithdrawal, "amount", 0, zero[:8]...)
	add("withdrawal", "no recipient", rejection.BadWithdrawal, "recipient", 0, zero...)
	add("withdrawal", "a recipient of 64 bytes", rejection.BadWithdrawal, "recipient", 0, RecipientSize)
	add("withdrawal", "padding after the recipient", rejection.BadWithdrawal, "recipient", 63, 1)
	add("withdrawal", "no return commitment", rejection.BadWithdrawal, "return", 0, zero[:32]...)
	add("withdrawal", "a return commitment past the modulus", rejection.NonCanonical, "return", 0, over...)
	return out
}

func TestVectors(t *testing.T) {
	file := vector.Check(t, "action", vectors{
		Actions: []actionVector{describe("sample", sample()), describe("withdrawal", withdrawal()), describe("upgraded", upgraded())},
		Refused: mutations(),
	})
	named := map[string]vector.Hex{}
	for _, v := range file.Actions {
		named[v.Name] = v.Bytes
		a, err := Decode(v.Bytes)
		if err != nil || !bytes.Equal(a.Encode(), v.Bytes) {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, m := range file.Refused {
		_, err := Decode(m.Apply(named[m.Of]))
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != m.Code {
			t.Errorf("%s: got %v, want %s", m.Name, err, m.Code)
		}
	}
}

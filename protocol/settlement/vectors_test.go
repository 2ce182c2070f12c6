package settlement

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// settleVectors is spec/vectors/settle.json.
type settleVectors struct {
	Chain   string            `json:"chain"`
	Settles []settleVector    `json:"settles"`
	Refused []vector.Mutation `json:"refused"`
	Unbound []unboundVector   `json:"unbound"` // they decode, and VerifyBinding refuses them
}

type settleVector struct {
	Name           string         `json:"name"`
	Bytes          vector.Hex     `json:"bytes"`
	GroupHash      vector.Hex     `json:"groupHash"`
	Outcome        vector.Hex     `json:"outcome"`
	BindingKey     vector.Hex     `json:"bindingKey"`
	BindingMessage vector.Hex     `json:"bindingMessage"`
	Fills          [][]vector.Hex `json:"fills"`   // public inputs of each leg at anchor 70
	Collect        []vector.Hex   `json:"collect"` // at market root 71, reference root 72, treasury 73
}

type unboundVector struct {
	Name  string     `json:"name"`
	Chain string     `json:"chain"`
	Bytes vector.Hex `json:"bytes"`
	Code  string     `json:"code"`
}

func elements(es []field.Element) (out []vector.Hex) {
	for _, e := range es {
		out = append(out, vector.Encode(e))
	}
	return out
}

func describe(name, chain string, s *Settle) settleVector {
	h, outcome, key := s.Group.Hash(), Outcome(s.Height, s.Groups), jubjub.Encode(s.Group.BindingKey())
	v := settleVector{
		Name: name, Bytes: s.Encode(), GroupHash: h[:], Outcome: outcome[:], BindingKey: key[:],
		BindingMessage: s.Group.BindingMessage(chain, s.Height),
		Fills:          [][]vector.Hex{},
		Collect:        elements(s.CollectInputs(field.FromUint64(71), field.FromUint64(72), field.FromUint64(73))),
	}
	for i := range s.Group.Legs {
		v.Fills = append(v.Fills, elements(s.FillInputs(i, field.FromUint64(70))))
	}
	return v
}

func TestSettleVectors(t *testing.T) {
	file := vector.Read[settleVectors](t, "settle")
	named := map[string]vector.Hex{}
	for _, v := range file.Settles {
		named[v.Name] = v.Bytes
		s, err := DecodeSettle(v.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if diff := cmp.Diff(v, describe(v.Name, file.Chain, s)); diff != "" {
			t.Errorf("%s (-file +test):\n%s", v.Name, diff)
		}
		if err := s.VerifyBinding(file.Chain); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, m := range file.Refused {
		_, err := DecodeSettle(m.Apply(named[m.Of]))
		vector.Refused(t, m.Name, err, m.Code)
	}
	for _, v := range file.Unbound {
		s, err := DecodeSettle(v.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		vector.Refused(t, v.Name, s.VerifyBinding(v.Chain), v.Code)
	}
}

// TestBalancedIsAVector: this package's other tests start from the group that
// the specification describes.
func TestBalancedIsAVector(t *testing.T) {
	if v := vector.Read[settleVectors](t, "settle").Settles[0]; !bytes.Equal(balanced().Encode(), v.Bytes) {
		t.Errorf("the sample is not the vector %s", v.Name)
	}
}

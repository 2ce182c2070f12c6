package action

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
)

// vectors is spec/vectors/action.json.
type vectors struct {
	Actions  []actionVector    `json:"actions"`
	Refused  []vector.Mutation `json:"refused"`
	Unsigned []unsignedVector  `json:"unsigned"` // they decode, and VerifySignature refuses them
}

type unsignedVector struct {
	Chain string `json:"chain"`
	vector.Mutation
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

func describe(name, chain string, feeAsset uint32, a *Action) actionVector {
	sighash, id, aad := a.Sighash(chain), a.ID(chain), a.AAD()
	v := actionVector{
		Name: name, Chain: chain, FeeAsset: feeAsset, Bytes: a.Encode(), Digest: vector.Encode(a.Digest(chain)),
		Sighash: sighash[:], ID: id[:], AAD: aad[:],
	}
	for _, e := range a.PublicInputs(chain, feeAsset) {
		v.PublicInputs = append(v.PublicInputs, vector.Encode(e))
	}
	return v
}

func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "action")
	named := map[string]vector.Hex{}
	for _, v := range file.Actions {
		named[v.Name] = v.Bytes
		a, err := Decode(v.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if diff := cmp.Diff(v, describe(v.Name, v.Chain, v.FeeAsset, a)); diff != "" {
			t.Errorf("%s (-file +test):\n%s", v.Name, diff)
		}
		if err := a.VerifySignature(v.Chain); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, m := range file.Refused {
		_, err := Decode(m.Apply(named[m.Of]))
		vector.Refused(t, m.Name, err, m.Code)
	}
	for _, m := range file.Unsigned {
		a, err := Decode(m.Apply(named[m.Of]))
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		vector.Refused(t, m.Name, a.VerifySignature(m.Chain), m.Code)
	}
}

// TestSamplesAreVectors: the attacks of this package's other tests start from
// what the vectors say.
func TestSamplesAreVectors(t *testing.T) {
	file := vector.Read[vectors](t, "action")
	for i, a := range []*Action{sample(), withdrawal(), upgraded()} {
		if v := file.Actions[i]; !bytes.Equal(a.Encode(), v.Bytes) {
			t.Errorf("the sample is not the vector %s", v.Name)
		}
	}
}

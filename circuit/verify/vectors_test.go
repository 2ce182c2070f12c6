package verify_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// vectors is spec/vectors/proof.json. Its keys are INSECURE DEVELOPMENT keys of
// the pinned circuits; proofs are randomised, so that the file is kept, and
// only -update makes new ones.
type vectors struct {
	Proofs   []proofVector    `json:"proofs"`
	Refusals []proofRefusal   `json:"refusals"`
	Keys     []vector.Refusal `json:"keys"`
}

// proofVector is a claim that holds.
type proofVector struct {
	Name    string       `json:"name"`
	Key     vector.Hex   `json:"key"`
	KeyHash vector.Hex   `json:"key_hash"`
	Public  []vector.Hex `json:"public"`
	Proof   vector.Hex   `json:"proof"`
	R       vector.Hex   `json:"r"` // coefficient in the batch of all of them
}

// proofRefusal is a proof of which one byte string differs from the positive
// vector named Of.
type proofRefusal struct {
	Name  string     `json:"name"`
	Of    string     `json:"of"`
	Proof vector.Hex `json:"proof"`
	Code  string     `json:"code"`
}

var vectorFile = filepath.Join("..", "..", "spec", "vectors", "proof.json")

// pinned reads the vector file.
func pinned(tb testing.TB) (v vectors) {
	tb.Helper()
	raw, err := os.ReadFile(vectorFile)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	if flag.Lookup("update").Value.String() == "true" {
		rewrite(t)
	}
	v := pinned(t)
	if len(v.Proofs) != len(prove.Names()) || len(v.Refusals) == 0 || len(v.Keys) == 0 {
		t.Fatal("the vector file is not whole")
	}
	var all []verify.Claim
	byName := map[string]verify.Claim{}
	for _, p := range v.Proofs {
		key, err := verify.ParseKey(p.Key)
		if err != nil {
			t.Fatal(err)
		}
		if key.Hash() != [32]byte(p.KeyHash) {
			t.Errorf("%s: key hash", p.Name)
		}
		c := verify.Claim{Key: key, Proof: [verify.ProofSize]byte(p.Proof)}
		for _, x := range p.Public {
			e, err := field.FromBytes(x)
			if err != nil {
				t.Fatal(err)
			}
			c.Public = append(c.Public, e)
		}
		if err := verify.One(c); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		all = append(all, c)
		byName[p.Name] = c
	}
	if err := (verify.Batch{}).Check(all); err != nil {
		t.Error(err)
	}
	for i, r := range verify.Coefficients(all) {
		want, err := field.FromBytes(v.Proofs[i].R)
		if err != nil || r != want {
			t.Errorf("%s: coefficient %s: %v", v.Proofs[i].Name, r.String(), err)
		}
	}
	for _, r := range v.Refusals {
		c := byName[r.Of]
		c.Proof = [verify.ProofSize]byte(r.Proof)
		if err := verify.One(c); !errors.Is(err, rejection.BadProof) || r.Code != rejection.BadProof.Name() {
			t.Errorf("%s: %v, want %s", r.Name, err, r.Code)
		}
	}
	for _, r := range v.Keys {
		_, err := verify.ParseKey(r.Bytes)
		var rejected *rejection.Rejection
		if !errors.As(err, &rejected) || rejected.Code.Name() != r.Code {
			t.Errorf("key %s: %v, want %s", r.Name, err, r.Code)
		}
	}
}

// rewrite proves anew and writes the file.
func rewrite(t *testing.T) {
	t.Helper()
	var v vectors
	all := claims(t)
	r := verify.Coefficients(all)
	for i, c := range all {
		hash, coefficient := c.Key.Hash(), r[i].Bytes()
		p := proofVector{
			Name: string(prove.Names()[i]), Key: c.Key.Encode(), KeyHash: hash[:],
			Proof: c.Proof[:], R: coefficient[:],
		}
		for _, x := range c.Public {
			b := x.Bytes()
			p.Public = append(p.Public, b[:])
		}
		v.Proofs = append(v.Proofs, p)
	}
	for name, proof := range malformed(t, all[0]) {
		v.Refusals = append(v.Refusals, proofRefusal{name, string(prove.Action), proof[:], rejection.BadProof.Name()})
	}
	for name, bad := range malformedKeys(all[2]) {
		v.Keys = append(v.Keys, vector.Refusal{Name: name, Bytes: bad.raw, Code: bad.code.Name()})
	}
	slices.SortFunc(v.Refusals, func(a, b proofRefusal) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(v.Keys, func(a, b vector.Refusal) int { return strings.Compare(a.Name, b.Name) })
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

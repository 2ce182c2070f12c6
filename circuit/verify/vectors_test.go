package verify_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// proofVectors is spec/vectors/proof.json. Its keys are toys with known
// trapdoors, of no circuit: proofs of the real ones are TestProveAndVerify's of
// circuit/prove.
type proofVectors struct {
	Keys        []keyVector       `json:"keys"`
	RefusedKeys []vector.Mutation `json:"refusedKeys"`
	Claims      []claimVector     `json:"claims"`
	Refused     []claimRefusal    `json:"refused"`
	Batches     []batchVector     `json:"batches"`
}

type keyVector struct {
	Name  string     `json:"name"`
	Bytes vector.Hex `json:"bytes"`
	Hash  vector.Hex `json:"hash"`
}

// claimVector is a claim that holds.
type claimVector struct {
	Name   string       `json:"name"`
	Key    string       `json:"key"`
	Public []vector.Hex `json:"public"`
	Proof  vector.Hex   `json:"proof"`
}

// claimRefusal is the good claim named Of with another key, other inputs or
// another proof.
type claimRefusal struct {
	Name   string        `json:"name"`
	Of     string        `json:"of"`
	Key    string        `json:"key,omitempty"`
	Public *[]vector.Hex `json:"public,omitempty"` // nil: Of's; there may be none
	Proof  vector.Hex    `json:"proof,omitempty"`
	Code   string        `json:"code"`
}

type batchVector struct {
	Name         string        `json:"name"`
	Claims       []batchMember `json:"claims"`
	Coefficients []vector.Hex  `json:"coefficients"`
	Code         string        `json:"code,omitempty"` // "" if it holds
}

type batchMember struct {
	Of     string       `json:"of"`
	Public []vector.Hex `json:"public,omitempty"`
	Proof  vector.Hex   `json:"proof,omitempty"`
}

func inputs(t *testing.T, public []vector.Hex) (out []field.Element) {
	t.Helper()
	for _, x := range public {
		out = append(out, vector.Decode(t, x, field.FromBytes))
	}
	return out
}

// read returns the file's keys and good claims by name.
func (v proofVectors) read(t *testing.T) (map[string]*verify.Key, map[string]verify.Claim) {
	t.Helper()
	keys := map[string]*verify.Key{}
	for _, k := range v.Keys {
		key, err := verify.ParseKey(k.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		if hash := key.Hash(); !bytes.Equal(hash[:], k.Hash) || !bytes.Equal(key.Encode(), k.Bytes) {
			t.Errorf("%s: hash or encoding", k.Name)
		}
		keys[k.Name] = key
	}
	claims := map[string]verify.Claim{}
	for _, c := range v.Claims {
		claims[c.Name] = verify.Claim{Key: keys[c.Key], Public: inputs(t, c.Public), Proof: [verify.ProofSize]byte(c.Proof)}
	}
	return keys, claims
}

func TestKeyVectors(t *testing.T) {
	v := vector.Read[proofVectors](t, "proof")
	encoded := map[string]vector.Hex{}
	for _, k := range v.Keys {
		encoded[k.Name] = k.Bytes
	}
	for _, m := range v.RefusedKeys {
		_, err := verify.ParseKey(m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Name, err, m.Code)
	}
}

func TestProofVectors(t *testing.T) {
	v := vector.Read[proofVectors](t, "proof")
	keys, claims := v.read(t)
	for name, c := range claims {
		if err := verify.One(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p, err := verify.ParseProof(c.Proof); err != nil || p.Encode() != c.Proof {
			t.Errorf("%s: re-encoding differs: %v", name, err)
		}
	}
	for _, r := range v.Refused {
		good := claims[r.Of]
		bad := good
		if r.Key != "" {
			bad.Key = keys[r.Key]
		}
		if r.Public != nil {
			bad.Public = inputs(t, *r.Public)
		}
		if r.Proof != nil {
			bad.Proof = [verify.ProofSize]byte(r.Proof)
		}
		vector.Refused(t, r.Name, verify.One(bad), r.Code)
		vector.Refused(t, r.Name+", in a batch", verify.Batch{}.Check([]verify.Claim{good, bad}), r.Code)
	}
}

func TestBatchVectors(t *testing.T) {
	v := vector.Read[proofVectors](t, "proof")
	_, claims := v.read(t)
	for _, b := range v.Batches {
		var batch []verify.Claim
		for _, m := range b.Claims {
			c := claims[m.Of]
			if m.Public != nil {
				c.Public = inputs(t, m.Public)
			}
			if m.Proof != nil {
				c.Proof = [verify.ProofSize]byte(m.Proof)
			}
			batch = append(batch, c)
		}
		got := verify.Coefficients(batch)
		if len(got) != len(b.Coefficients) {
			t.Fatalf("%s: %d coefficients for %d claims", b.Name, len(b.Coefficients), len(batch))
		}
		for i, r := range got {
			if !bytes.Equal(vector.Encode(r), b.Coefficients[i]) {
				t.Errorf("%s: coefficient %d is %s", b.Name, i, r.String())
			}
		}
		err := verify.Batch{}.Check(batch)
		if b.Code != "" {
			vector.Refused(t, b.Name, err, b.Code)
		} else if err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
	}
}

func FuzzParseProof(f *testing.F) {
	v := vector.Read[proofVectors](f, "proof")
	for _, c := range v.Claims {
		f.Add([]byte(c.Proof))
	}
	for _, r := range v.Refused {
		if r.Proof != nil {
			f.Add([]byte(r.Proof))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != verify.ProofSize {
			return
		}
		raw := [verify.ProofSize]byte(b)
		p, err := verify.ParseProof(raw)
		if err == nil && p.Encode() != raw {
			t.Fatal("two encodings of one proof")
		}
		if err != nil && !errors.Is(err, rejection.BadProof) {
			t.Fatal(err)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	v := vector.Read[proofVectors](f, "proof")
	for _, k := range v.Keys {
		f.Add([]byte(k.Bytes))
		for _, m := range v.RefusedKeys {
			if m.Of == k.Name {
				f.Add(m.Apply(k.Bytes))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := verify.ParseKey(b); err == nil && !bytes.Equal(k.Encode(), b) {
			t.Fatal("two encodings of one key")
		}
	})
}

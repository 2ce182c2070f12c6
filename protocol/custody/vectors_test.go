package custody

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
)

const chain = "test-1"

func sign(message []byte, names ...string) (out []quorum.Signature) {
	for _, name := range names {
		seed := sha256.Sum256([]byte(name))
		out = append(out, quorum.Sign(ed25519.NewKeyFromSeed(seed[:]), message))
	}
	slices.SortFunc(out, func(a, b quorum.Signature) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return out
}

func sampleDeposit() *Deposit {
	d := &Deposit{
		Reference: Reference{Chain: 2, Hash: [32]byte{0xab, 31: 0xcd}, Index: 7},
		Asset:     3, Amount: 1_000_000_007, C: field.FromUint64(77),
	}
	d.Signatures = sign(d.SignBytes(chain), "one", "two")
	return d
}

func sampleClosing(r Result) *Closing {
	c := &Closing{Claim: NewClaimID(chain, field.FromUint64(5)), Result: r}
	if r == Paid {
		c.Payment = Reference{Chain: 2, Hash: [32]byte{9}, Index: 1}
	}
	c.Signatures = sign(c.SignBytes(chain), "one", "two")
	return c
}

// custodyVectors is spec/vectors/custody.json.
type custodyVectors struct {
	Chain    string            `json:"chain"`
	Deposits []depositVector   `json:"deposits"`
	Closings []closingVector   `json:"closings"`
	Claims   []claimVector     `json:"claims"`
	Refused  []vector.Mutation `json:"refused"`
	Forged   []vector.Mutation `json:"forged"` // they decode; not every signature is valid
}

type depositVector struct {
	Name string `json:"name"`
	referenceVector
	Asset     uint32     `json:"asset"`
	Amount    uint64     `json:"amount"`
	C         vector.Hex `json:"C"`
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytes"`
	ID        vector.Hex `json:"id"`
	Rho       vector.Hex `json:"rho"` // of the note it makes
}

type closingVector struct {
	Name   string     `json:"name"`
	Claim  vector.Hex `json:"claim"`
	Result Result     `json:"result"`
	referenceVector
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytes"`
}

type referenceVector struct {
	Chain uint32     `json:"chain"`
	Hash  vector.Hex `json:"hash"`
	Index uint32     `json:"index"`
}

func (v referenceVector) reference() Reference {
	return Reference{Chain: v.Chain, Hash: [32]byte(v.Hash), Index: v.Index}
}

type claimVector struct {
	Nullifier vector.Hex `json:"nf0"`
	ID        vector.Hex `json:"id"`
	ReturnRho vector.Hex `json:"returnRho"`
}

type message interface {
	Encode() []byte
	SignBytes(chainID string) []byte
}

func decode(b []byte) (message, error) {
	if len(b) > 0 && b[0] == ClosingKind {
		return DecodeClosing(b)
	}
	return DecodeDeposit(b)
}

// signed returns the message's signatures.
func signed(m message) []quorum.Signature {
	if c, ok := m.(*Closing); ok {
		return c.Signatures
	}
	return m.(*Deposit).Signatures
}

// verifies reports whether every signature is valid.
func verifies(m message, chainID string) bool {
	for _, s := range signed(m) {
		if !quorum.Verify(s.Key, m.SignBytes(chainID), s.Signature) {
			return false
		}
	}
	return true
}

func TestVectors(t *testing.T) {
	v := vector.Read[custodyVectors](t, "custody")
	encoded := map[string]vector.Hex{}
	check := func(name string, b, signBytes vector.Hex, want message) {
		t.Helper()
		encoded[name] = b
		got, err := decode(b)
		if err != nil || !bytes.Equal(got.Encode(), b) {
			t.Fatalf("%s: %v", name, err)
		}
		switch want := want.(type) {
		case *Deposit:
			want.Signatures = signed(got)
		case *Closing:
			want.Signatures = signed(got)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if !bytes.Equal(got.SignBytes(v.Chain), signBytes) || !verifies(got, v.Chain) {
			t.Errorf("%s: bytes to sign, or a signature", name)
		}
	}
	for _, d := range v.Deposits {
		check(d.Name, d.Bytes, d.SignBytes, &Deposit{Reference: d.reference(), Asset: d.Asset, Amount: d.Amount, C: vector.Decode(t, d.C, field.FromBytes)})
		if id := d.reference().ID(v.Chain); !bytes.Equal(id[:], d.ID) || !bytes.Equal(vector.Encode(id.Rho()), d.Rho) {
			t.Errorf("%s: id %x", d.Name, id)
		}
	}
	for _, c := range v.Closings {
		check(c.Name, c.Bytes, c.SignBytes, &Closing{Claim: ClaimID(c.Claim), Result: c.Result, Payment: c.reference()})
	}
	for _, c := range v.Claims {
		if id := NewClaimID(v.Chain, vector.Decode(t, c.Nullifier, field.FromBytes)); !bytes.Equal(id[:], c.ID) || !bytes.Equal(vector.Encode(id.ReturnRho()), c.ReturnRho) {
			t.Errorf("claim %x", id)
		}
	}
	for _, m := range v.Refused {
		_, err := DecodeDeposit(m.Apply(encoded[m.Of]))
		if encoded[m.Of][0] == ClosingKind {
			_, err = DecodeClosing(m.Apply(encoded[m.Of]))
		}
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Forged {
		if got, err := decode(m.Apply(encoded[m.Of])); err != nil || verifies(got, v.Chain) {
			t.Errorf("%s: %s: %v", m.Of, m.Name, err)
		}
	}
}

// Every byte of the body is signed, and so is the chain.
func TestSignaturesCoverEverything(t *testing.T) {
	d := sampleDeposit()
	base := d.SignBytes(chain)
	for name, edit := range map[string]func(*Deposit){
		"chain":  func(d *Deposit) { d.Reference.Chain++ },
		"hash":   func(d *Deposit) { d.Reference.Hash[31]++ },
		"index":  func(d *Deposit) { d.Reference.Index++ },
		"asset":  func(d *Deposit) { d.Asset++ },
		"amount": func(d *Deposit) { d.Amount++ },
		"C":      func(d *Deposit) { d.C = field.FromUint64(78) },
	} {
		e := *d
		edit(&e)
		if bytes.Equal(e.SignBytes(chain), base) {
			t.Errorf("%s is not signed", name)
		}
	}
	if bytes.Equal(d.SignBytes("test-2"), base) {
		t.Error("the chain id is not signed")
	}
	p, r := sampleClosing(Paid), sampleClosing(Returned)
	r.Payment = p.Payment
	if bytes.Contains(p.SignBytes(chain), r.SignBytes(chain)[:20]) {
		t.Error("a payment and a return share a context")
	}
}

// An id depends on the reference alone, and on all of it.
func TestDepositID(t *testing.T) {
	base := Reference{Chain: 1, Index: 2}
	for _, other := range []Reference{{Chain: 2, Index: 2}, {Chain: 1, Index: 3}, {Chain: 1, Hash: [32]byte{1}, Index: 2}} {
		if other.ID(chain) == base.ID(chain) {
			t.Errorf("%+v and %+v have one id", base, other)
		}
	}
	if base.ID(chain) == base.ID("test-2") {
		t.Error("two chains share an id")
	}
	id := base.ID(chain)
	if rho := id.Rho(); rho == ClaimID(id).ReturnRho() {
		t.Error("a deposit and a return share a rho")
	}
}

package custody

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
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
	Messages []message         `json:"messages"`
	Claim    claimVector       `json:"claim"`
	Refused  []vector.Mutation `json:"refused"`
}

type message struct {
	Name      string     `json:"name"`
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytes"`
	ID        vector.Hex `json:"id,omitempty"`
	Rho       vector.Hex `json:"rho,omitempty"` // of the note it makes
}

type claimVector struct {
	Nullifier vector.Hex `json:"nf0"`
	ID        vector.Hex `json:"id"`
	ReturnRho vector.Hex `json:"returnRho"`
}

func hexOf(e field.Element) vector.Hex {
	b := e.Bytes()
	return b[:]
}

func decode(b []byte) (interface{ Encode() []byte }, error) {
	if len(b) > 0 && b[0] == ClosingKind {
		return DecodeClosing(b)
	}
	return DecodeDeposit(b)
}

func TestVectors(t *testing.T) {
	d := sampleDeposit()
	id := d.Reference.ID(chain)
	nf := field.FromUint64(5)
	claim := NewClaimID(chain, nf)
	v := custodyVectors{
		Chain: chain,
		Messages: []message{
			{"deposit", d.Encode(), d.SignBytes(chain), id[:], hexOf(id.Rho())},
			{"unsigned", (&Deposit{}).Encode(), (&Deposit{}).SignBytes(chain), nil, nil},
		},
		Claim: claimVector{hexOf(nf), claim[:], hexOf(claim.ReturnRho())},
	}
	for _, r := range []Result{Paid, Returned} {
		c := sampleClosing(r)
		v.Messages = append(v.Messages, message{r.String(), c.Encode(), c.SignBytes(chain), c.Claim[:], nil})
	}
	add := func(of, name string, code rejection.Code, offset int, with ...byte) {
		v.Refused = append(v.Refused, vector.Mutation{Name: name, Of: of, Offset: offset, With: with, Code: code.Name()})
	}
	for _, of := range []string{"deposit", "paid"} {
		v.Refused = append(v.Refused,
			vector.Mutation{Name: "the last byte missing", Of: of, Cut: 1, Code: rejection.Truncated.Name()},
			vector.Mutation{Name: "one byte more", Of: of, Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()})
		add(of, "another kind", rejection.UnknownKind, 0, 1)
		add(of, "a later version", rejection.UnknownVersion, 1, 2)
	}
	const c, signatures = 2 + 40 + 12, 2 + 40 + 12 + 32
	add("deposit", "C past the modulus", rejection.NonCanonical, c, bytes.Repeat([]byte{0xff}, 32)...)
	add("deposit", "too many signatures", rejection.Oversized, signatures, quorum.Max+1)
	add("deposit", "signers in descending order", rejection.NonCanonical, signatures+1, bytes.Repeat([]byte{0xff}, 32)...)
	key := d.Signatures[0].Key
	add("deposit", "a signer given twice", rejection.NonCanonical, signatures+1+96, key[:]...)
	add("paid", "result 0", rejection.NonCanonical, 34, 0)
	add("paid", "result 3", rejection.NonCanonical, 34, 3)
	add("paid", "a return that names a payment", rejection.NonCanonical, 34, byte(Returned))
	add("returned", "a payment without a reference", rejection.NonCanonical, 34, byte(Paid))

	file := vector.Check(t, "custody", v)
	named := map[string]vector.Hex{}
	for _, m := range file.Messages {
		named[m.Name] = m.Bytes
		if got, err := decode(m.Bytes); err != nil || !bytes.Equal(got.Encode(), m.Bytes) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	for _, m := range file.Refused {
		b := m.Apply(named[m.Of])
		_, err := DecodeDeposit(b)
		if named[m.Of][0] == ClosingKind {
			_, err = DecodeClosing(b)
		}
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != m.Code {
			t.Errorf("%s: %s: got %v, want %s", m.Of, m.Name, err, m.Code)
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

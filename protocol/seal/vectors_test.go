package seal

import (
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

type ciphertextVectors struct {
	Plaintexts        []named          `json:"plaintexts"`
	RefusedPlaintexts []vector.Refusal `json:"refused_plaintexts"`
	Commands          []named          `json:"commands"`
	RefusedCommands   []vector.Refusal `json:"refused_commands"`
	Outputs           outputsVector    `json:"outputs"`
	Fee               feeVector        `json:"fee"`
}

type named struct {
	Name  string     `json:"name"`
	Bytes vector.Hex `json:"bytes"`
}

// outputsVector is the action of newPayment, sealed and with every key.
type outputsVector struct {
	PayerSeed   vector.Hex        `json:"payer_seed"`
	PayeeSeed   vector.Hex        `json:"payee_seed"`
	NF0         vector.Hex        `json:"nf_0"`
	Entropy     vector.Hex        `json:"entropy"`
	Payee       vector.Hex        `json:"payee_address"`
	Plaintexts  [Slots]vector.Hex `json:"plaintexts"`
	Commitments [Slots]vector.Hex `json:"commitments"`
	E           vector.Hex        `json:"e"`
	OwnKey      vector.Hex        `json:"own_key"`
	ForeignKey  vector.Hex        `json:"foreign_key"`
	Sealed      vector.Hex        `json:"sealed"`
}

type feeVector struct {
	TreasurySeed vector.Hex `json:"treasury_seed"`
	Seed         vector.Hex `json:"seed"`
	PC           vector.Hex `json:"pc"`
	Asset        uint32     `json:"asset"`
	Value        uint64     `json:"value"`
	R            vector.Hex `json:"r"`
	Commitment   vector.Hex `json:"commitment"`
	Sealed       vector.Hex `json:"sealed"`
}

type plaintextSample struct {
	name string
	p    Plaintext
}

func plaintextSamples() []plaintextSample {
	bob := account(2).Address(3)
	home := account(1).Diversifier(0)
	return []plaintextSample{
		{"own note", Plaintext{Kind: OwnNote, Asset: 2, Value: 77, D: home}},
		{"own empty note", Plaintext{Kind: OwnNote, D: home}},
		{"own order", Plaintext{Kind: OwnOrder, Asset: 2, Value: 100_200, D: home, Terms: terms}},
		{"payment", Plaintext{Kind: Payment, Asset: 2, Value: 12, D: bob.D, R: field.FromUint64(9)}},
		{"receipt", Plaintext{Kind: Receipt, Asset: 2, Value: 77, D: home, Paid: Paid{Slot: 1, Asset: 2, Value: 12, To: bob}}},
	}
}

type commandSample struct {
	name string
	c    Command
}

func commandSamples() []commandSample {
	e := field.FromUint64
	return []commandSample{
		{"nothing", Command{}},
		{"new order", Command{Kind: NewOrder, Order: order.Order{Terms: terms, Asset: 2, Value: 100_200, OID: e(1), C: e(2), S: e(3)}}},
		{"cancel", Command{Kind: Cancel, OCM: e(4), S: e(3)}},
		{"cancel all", Command{Kind: CancelAll, OID: e(1)}},
		{"heartbeat", Command{Kind: Heartbeat, OID: e(1), Blocks: 120}},
	}
}

type refusal struct {
	name string
	b    []byte
	code rejection.Code
}

// edit returns b with some bytes replaced.
func edit(b []byte, at int, with ...byte) []byte {
	copy(b[at:], with)
	return b
}

func plaintextRefusals() []refusal {
	sample := func(i int) []byte { return plaintextSamples()[i].p.Encode() }
	modulus := fr.Modulus().Bytes()
	return []refusal{
		{"nothing", nil, rejection.Truncated},
		{"kind 0", edit(sample(0), 0, 0), rejection.UnknownKind},
		{"kind 5", edit(sample(0), 0, 5), rejection.UnknownKind},
		{"note with a byte of padding", edit(sample(0), 127, 1), rejection.NonCanonical},
		{"note with terms", edit(sample(2), 0, byte(OwnNote)), rejection.NonCanonical},
		{"order with padding", edit(sample(2), 82, 1), rejection.NonCanonical},
		{"order with side 2", edit(sample(2), 29+20, 2), rejection.NonCanonical},
		{"payment with r at the modulus", edit(sample(3), 29, modulus...), rejection.NonCanonical},
		{"payment with padding", edit(sample(3), 61, 1), rejection.NonCanonical},
		{"receipt for slot 3", edit(sample(4), 29, 3), rejection.OutOfRange},
		{"receipt with another address version", edit(sample(4), 42, 2), rejection.UnknownVersion},
		{"receipt with padding", edit(sample(4), 127, 1), rejection.NonCanonical},
		{"truncated", sample(0)[:PlaintextSize-1], rejection.Truncated},
		{"a byte left over", append(sample(0), 0), rejection.TrailingBytes},
	}
}

func commandRefusals() []refusal {
	sample := func(i int) []byte { return commandSamples()[i].c.Encode() }
	modulus := fr.Modulus().Bytes()
	return []refusal{
		{"empty", nil, rejection.Truncated},
		{"kind 5", edit(sample(0), 0, 5), rejection.UnknownKind},
		{"nothing, said at length", edit(sample(0), 1, 1), rejection.NonCanonical},
		{"order with a reserved byte", edit(sample(1), 1+order.OpeningSize, 1), rejection.NonCanonical},
		{"order with padding", edit(sample(1), InstructionPlainSize-1, 1), rejection.NonCanonical},
		{"order with oid at the modulus", edit(sample(1), 1+order.TermsSize+12, modulus...), rejection.NonCanonical},
		{"cancel with s at the modulus", edit(sample(2), 33, modulus...), rejection.NonCanonical},
		{"cancel with padding", edit(sample(2), 65, 1), rejection.NonCanonical},
		{"cancel all with padding", edit(sample(3), 33, 1), rejection.NonCanonical},
		{"heartbeat with padding", edit(sample(4), 37, 1), rejection.NonCanonical},
		{"truncated", sample(0)[:InstructionPlainSize-1], rejection.Truncated},
		{"a byte left over", append(sample(0), 0), rejection.TrailingBytes},
	}
}

func TestRefusals(t *testing.T) {
	for _, r := range plaintextRefusals() {
		if _, err := DecodePlaintext(r.b); !errors.Is(err, r.code) {
			t.Errorf("plaintext, %s: %v", r.name, err)
		}
	}
	for _, r := range commandRefusals() {
		if _, err := DecodeCommand(r.b); !errors.Is(err, r.code) {
			t.Errorf("command, %s: %v", r.name, err)
		}
	}
}

func hexOf(e field.Element) vector.Hex {
	b := e.Bytes()
	return b[:]
}

// keyOf is the raw key behind outputKey, spelled out from the specification.
func keyOf(t *testing.T, secret []byte, ctx domain.Context, epk, nf0 []byte) vector.Hex {
	t.Helper()
	info := append(append([]byte(ctx), epk...), nf0...)
	return hkdfSHA256(secret, info, 32)
}

func TestVectors(t *testing.T) {
	var v ciphertextVectors
	for _, s := range plaintextSamples() {
		v.Plaintexts = append(v.Plaintexts, named{s.name, s.p.Encode()})
	}
	for _, s := range commandSamples() {
		v.Commands = append(v.Commands, named{s.name, s.c.Encode()})
	}
	for _, r := range plaintextRefusals() {
		v.RefusedPlaintexts = append(v.RefusedPlaintexts, vector.Refusal{Name: r.name, Bytes: r.b, Code: r.code.Name()})
	}
	for _, r := range commandRefusals() {
		v.RefusedCommands = append(v.RefusedCommands, vector.Refusal{Name: r.name, Bytes: r.b, Code: r.code.Name()})
	}
	v.Outputs = sealedVector(t)
	v.Fee = sealedFee(t)
	vector.Check(t, "ciphertexts", v)
}

// sealedVector recomputes every step of SealOutputs from the specification
// with HMAC and X25519 only, and demands that the ciphertexts agree.
func sealedVector(t *testing.T) outputsVector {
	t.Helper()
	p := newPayment(t)
	out := outputsVector{
		PayerSeed: []byte{63: 1}, PayeeSeed: []byte{63: 2},
		NF0: hexOf(p.nf0), Entropy: []byte{0: 5, 31: 0},
	}
	to := encoding.NewWriter(0)
	keys.WriteAddress(to, p.to)
	out.Payee = to.Bytes()

	plain := p.plain
	plain[1].R = p.alice.OutputR(p.nf0, 1)
	plain[2].Kind = Receipt
	plain[2].Paid = Paid{Slot: 1, Asset: 2, Value: 12, To: p.to}
	info := append([]byte(domain.Ephemeral), out.NF0...)
	for j := range plain {
		out.Plaintexts[j] = plain[j].Encode()
		out.Commitments[j] = hexOf(p.cms[j])
		info = append(info, out.Plaintexts[j]...)
	}
	info = append(info, out.Payee...)
	self := p.alice.SelfKey()
	out.E = hkdfSHA256(append(append([]byte{}, out.Entropy...), self[:]...), info, 48)[:32]

	epk := x25519(t, out.E, base(p.to.D))
	out.OwnKey = keyOf(t, self[:], domain.OutputSelf, epk, out.NF0)
	out.ForeignKey = keyOf(t, x25519(t, out.E, p.to.PKD[:]), domain.OutputForeign, epk, out.NF0)
	out.Sealed = epk
	for j, key := range []vector.Hex{out.OwnKey, out.ForeignKey, out.OwnKey} {
		out.Sealed = append(out.Sealed, chachaSeal(t, key, j, out.Plaintexts[j])...)
	}
	w := encoding.NewWriter(OutputsSize)
	p.sealed.Write(w)
	if string(w.Bytes()) != string(out.Sealed) {
		t.Error("SealOutputs differs from its specification")
	}
	return out
}

func sealedFee(t *testing.T) feeVector {
	t.Helper()
	treasury := account(8)
	to := treasury.Address(0)
	pc, r := field.FromUint64(1234), field.FromUint64(5678)
	seed := [32]byte{1}
	sealed, err := SealFee(to, seed, pc, 2, 31, r)
	if err != nil {
		t.Fatal(err)
	}
	opened := Plaintext{Kind: Payment, Asset: 2, Value: 31, D: to.D, R: r}
	info := append([]byte(domain.Ephemeral), hexOf(pc)...)
	e := hkdfSHA256(seed[:], append(info, opened.Encode()...), 32)
	want := x25519(t, e, base(to.D))
	key := keyOf(t, x25519(t, e, to.PKD[:]), domain.FeeSeal, want, hexOf(pc))
	want = append(want, chachaSeal(t, key, 0, opened.Encode())...)
	if string(want) != string(sealed[:]) {
		t.Error("SealFee differs from its specification")
	}
	n := PaymentNote(treasury, pc, 0, 2, 31, to)
	n.C = keys.Owner(to.PKd, r)
	return feeVector{
		TreasurySeed: []byte{63: 8}, Seed: seed[:], PC: hexOf(pc), Asset: 2, Value: 31,
		R: hexOf(r), Commitment: hexOf(n.Commitment()), Sealed: sealed[:],
	}
}

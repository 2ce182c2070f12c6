package seal

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
)

// ciphertextVectors is spec/vectors/ciphertexts.json.
type ciphertextVectors struct {
	Plaintexts        []plaintextVector `json:"plaintexts"`
	RefusedPlaintexts []vector.Refusal  `json:"refused_plaintexts"`
	Commands          []commandVector   `json:"commands"`
	RefusedCommands   []vector.Refusal  `json:"refused_commands"`
	EpochKey          vector.Hex        `json:"epoch_key"`
	RefusedEpochKeys  []vector.Refusal  `json:"refused_epoch_keys"`
	Outputs           []outputsVector   `json:"outputs"`
	Scans             []scanVector      `json:"scans"`
	Fees              []feeVector       `json:"fees"`
	RefusedFees       []feeRefusal      `json:"refused_fees"` // openings that the account does not believe
}

type plaintextVector struct {
	Name  string      `json:"name"`
	Bytes vector.Hex  `json:"bytes"`
	Kind  Kind        `json:"kind"`
	Asset uint32      `json:"asset"`
	Value uint64      `json:"value"`
	D     vector.Hex  `json:"d"`
	Terms vector.Hex  `json:"terms,omitempty"`
	How   vector.Hex  `json:"handling,omitempty"`
	R     vector.Hex  `json:"r,omitempty"`
	Paid  *paidVector `json:"paid,omitempty"`
}

type paidVector struct {
	Slot  uint8      `json:"slot"`
	Asset uint32     `json:"asset"`
	Value uint64     `json:"value"`
	To    vector.Hex `json:"to"`
}

type commandVector struct {
	Name    string      `json:"name"`
	Bytes   vector.Hex  `json:"bytes"`
	Kind    CommandKind `json:"kind"`
	Opening vector.Hex  `json:"opening,omitempty"`
	How     vector.Hex  `json:"handling,omitempty"`
	OCM     vector.Hex  `json:"ocm,omitempty"`
	S       vector.Hex  `json:"s,omitempty"`
	OID     vector.Hex  `json:"oid,omitempty"`
	Blocks  *uint32     `json:"blocks,omitempty"`
}

// outputsVector is an action's outputs, sealed, with every key.
type outputsVector struct {
	Name        string            `json:"name"`
	PayerSeed   vector.Hex        `json:"payer_seed"`
	NF0         vector.Hex        `json:"nf_0"`
	Entropy     vector.Hex        `json:"entropy"`
	Payee       vector.Hex        `json:"payee_address"` // zeros after the version: nobody
	Plaintexts  [Slots]vector.Hex `json:"plaintexts"`    // as sealed, the receipt included
	Commitments [Slots]vector.Hex `json:"commitments"`
	E           vector.Hex        `json:"e"`
	OwnKey      vector.Hex        `json:"own_key"`
	ForeignKey  vector.Hex        `json:"foreign_key"` // empty if nobody is paid
	Sealed      vector.Hex        `json:"sealed"`
}

// scanVector is what an account believes of an action's outputs.
type scanVector struct {
	Name        string            `json:"name"`
	Seed        vector.Hex        `json:"seed"`
	NF0         vector.Hex        `json:"nf_0"`
	Commitments [Slots]vector.Hex `json:"commitments"`
	Outputs     vector.Hex        `json:"outputs"`
	Found       []foundVector     `json:"found"`
}

type foundVector struct {
	Slot int  `json:"slot"`
	Kind Kind `json:"kind"`
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

type feeRefusal struct {
	Name       string     `json:"name"`
	Seed       vector.Hex `json:"seed"`
	PC         vector.Hex `json:"pc"`
	Commitment vector.Hex `json:"commitment"`
	Sealed     vector.Hex `json:"sealed"`
}

func elements(t *testing.T, in [Slots]vector.Hex) (out [Slots]field.Element) {
	t.Helper()
	for j, b := range in {
		out[j] = vector.Decode(t, b, field.FromBytes)
	}
	return out
}

// written returns what a write puts into an encoding.
func written(write func(w *encoding.Writer)) vector.Hex {
	w := encoding.NewWriter(0)
	write(w)
	return w.Bytes()
}

func outputs(t *testing.T, b vector.Hex) *Outputs {
	t.Helper()
	r := encoding.NewReader(b)
	o := new(Outputs)
	if o.Read(r); r.Done() != nil {
		t.Fatal(r.Err())
	}
	return o
}

// same demands that the file says what the code computes.
func same[T any](t *testing.T, name string, file, computed T) {
	t.Helper()
	if diff := cmp.Diff(file, computed); diff != "" {
		t.Errorf("%s (-file +test):\n%s", name, diff)
	}
}

func (v plaintextVector) decoded(t *testing.T) plaintextVector {
	p, err := DecodePlaintext(v.Bytes)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	got := plaintextVector{Name: v.Name, Bytes: p.Encode(), Kind: p.Kind, Asset: p.Asset, Value: p.Value, D: p.D[:]}
	switch p.Kind {
	case OwnOrder:
		got.Terms = written(func(w *encoding.Writer) { order.WriteTerms(w, p.Terms) })
		got.How = written(func(w *encoding.Writer) { order.WriteHandling(w, p.Handling) })
	case Payment:
		got.R = vector.Encode(p.R)
	case Receipt:
		to := written(func(w *encoding.Writer) { keys.WriteAddress(w, p.Paid.To) })
		got.Paid = &paidVector{p.Paid.Slot, p.Paid.Asset, p.Paid.Value, to}
	}
	return got
}

func (v commandVector) decoded(t *testing.T) commandVector {
	c, err := DecodeCommand(v.Bytes)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	got := commandVector{Name: v.Name, Bytes: c.Encode(), Kind: c.Kind}
	switch c.Kind {
	case NewOrder:
		got.Opening = written(func(w *encoding.Writer) { order.WriteOpening(w, c.Order) })
		got.How = written(func(w *encoding.Writer) { order.WriteHandling(w, c.Handling) })
	case Cancel:
		got.OCM, got.S = vector.Encode(c.OCM), vector.Encode(c.S)
	case CancelAll:
		got.OID = vector.Encode(c.OID)
	case Heartbeat:
		got.OID, got.Blocks = vector.Encode(c.OID), &c.Blocks
	}
	return got
}

func TestVectors(t *testing.T) {
	file := vector.Read[ciphertextVectors](t, "ciphertexts")
	for _, v := range file.Plaintexts {
		same(t, v.Name, v, v.decoded(t))
	}
	for _, v := range file.Commands {
		same(t, v.Name, v, v.decoded(t))
	}
	for _, v := range file.Outputs {
		v.seal(t)
		v.open(t)
	}
	for _, v := range file.Scans {
		view := keys.Derive(v.Seed, 0).Viewing()
		found := []foundVector{}
		for _, o := range NewScanner(view).Open(vector.Decode(t, v.NF0, field.FromBytes), elements(t, v.Commitments), outputs(t, v.Outputs)) {
			found = append(found, foundVector{o.Slot, o.Kind})
		}
		same(t, v.Name, v.Found, found)
	}
	for _, v := range file.Fees {
		v.check(t)
	}
	for _, v := range file.RefusedFees {
		s := NewScanner(keys.Derive(v.Seed, 0).Viewing())
		if o, ok := s.OpenFee(vector.Decode(t, v.PC, field.FromBytes), vector.Decode(t, v.Commitment, field.FromBytes), [FeeOpeningSize]byte(v.Sealed)); ok {
			t.Errorf("%s: believed %+v", v.Name, o)
		}
	}
}

func TestRefusals(t *testing.T) {
	file := vector.Read[ciphertextVectors](t, "ciphertexts")
	for _, v := range file.RefusedPlaintexts {
		_, err := DecodePlaintext(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
	for _, v := range file.RefusedCommands {
		_, err := DecodeCommand(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
	if _, err := SealInstruction(file.EpochKey, "chain", [32]byte{}, Command{}); err != nil {
		t.Errorf("the good epoch key: %v", err)
	}
	for _, v := range file.RefusedEpochKeys {
		_, err := SealInstruction(v.Bytes, "chain", [32]byte{}, Command{})
		vector.Refused(t, v.Name, err, v.Code)
	}
}

// seal builds the outputs from what their builder knows.
func (v outputsVector) seal(t *testing.T) {
	t.Helper()
	view := keys.Derive(v.PayerSeed, 0).Viewing()
	nf0 := vector.Decode(t, v.NF0, field.FromBytes)
	var plain [Slots]Plaintext
	var to keys.Address
	for j, text := range v.Plaintexts {
		p, err := DecodePlaintext(text)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		switch p.Kind {
		case Receipt: // made by SealOutputs
			p.Kind, p.Paid = OwnNote, Paid{}
		case Payment:
			to = readAddress(t, v.Payee)
			p.R = field.Element{}
			cm := PaymentNote(view, nf0, j, p.Asset, p.Value, to).Commitment()
			same(t, v.Name+": payment", v.Commitments[j], vector.Encode(cm))
		}
		if p.Kind != Payment {
			same(t, v.Name+": commitment", v.Commitments[j], vector.Encode(Reopen(view, nf0, j, p).Commitment()))
		}
		plain[j] = p
	}
	sealed, err := SealOutputs(view, nf0, plain, to, [32]byte(v.Entropy))
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	same(t, v.Name, v.Sealed, written(sealed.Write))
}

// open reads the ciphertexts with the keys that the file names.
func (v outputsVector) open(t *testing.T) {
	t.Helper()
	o := outputs(t, v.Sealed)
	for j, text := range v.Plaintexts {
		key := v.OwnKey
		if Kind(text[0]) == Payment {
			key = v.ForeignKey
			d := keys.Diversifier(v.Payee[1:17])
			if epk, ok := keys.Exchange([32]byte(v.E), keys.DiversifiedBase(d)); !ok || epk != o.EPK {
				t.Errorf("%s: epk %x", v.Name, epk)
			}
		}
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := aead.Open(nil, slotNonce(j), o.CT[j][:], nil)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: slot %d: %v", v.Name, j, err)
		}
	}
}

func readAddress(t *testing.T, b vector.Hex) keys.Address {
	t.Helper()
	r := encoding.NewReader(b)
	a := keys.ReadAddress(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (v feeVector) check(t *testing.T) {
	t.Helper()
	treasury := keys.Derive(v.TreasurySeed, 0).Viewing()
	pc, r := vector.Decode(t, v.PC, field.FromBytes), vector.Decode(t, v.R, field.FromBytes)
	sealed, err := SealFee(treasury.Address(0), [32]byte(v.Seed), pc, v.Asset, v.Value, r)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "fee opening", v.Sealed, sealed[:])
	got, ok := NewScanner(treasury).OpenFee(pc, vector.Decode(t, v.Commitment, field.FromBytes), [FeeOpeningSize]byte(v.Sealed))
	if !ok || got.Asset != v.Asset || got.Value != v.Value || got.R != r {
		t.Errorf("the treasury opens %+v", got)
	}
}

package seal

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Kind says what an output is and lays out the last 99 bytes of its plaintext.
type Kind uint8

// The kinds of output. 0 is none, so that no plaintext is all zero.
const (
	OwnNote  Kind = 1 // a note to oneself, zero-valued ones included
	OwnOrder Kind = 2 // an order; slot 0 only
	Payment  Kind = 3 // a note to somebody else's address
	Receipt  Kind = 4 // a note to oneself that also records the action's payment
)

// Plaintext is what the ciphertext of one output says.
type Plaintext struct {
	Kind  Kind
	Asset uint32
	Value uint64           // hub units
	D     keys.Diversifier // of the address that owns the output

	Terms    order.Terms    // OwnOrder
	Handling order.Handling // OwnOrder: for the owner's own records
	R        field.Element  // Payment: r of the note's C
	Paid     Paid           // Receipt
}

// Paid records, for the payer's own history, the payment in another slot of
// the same action: without it a restored wallet would know that money left,
// but not to whom.
type Paid struct {
	Slot  uint8
	Asset uint32
	Value uint64
	To    keys.Address
}

// Encode returns the PlaintextSize bytes of p: kind, asset, value, d, what the
// kind adds, zeros.
func (p *Plaintext) Encode() []byte {
	w := encoding.NewWriter(PlaintextSize)
	w.U8(uint8(p.Kind))
	w.U32(p.Asset)
	w.U64(p.Value)
	w.Fixed(p.D[:])
	switch p.Kind {
	case OwnOrder:
		order.WriteTerms(w, p.Terms)
		order.WriteHandling(w, p.Handling)
	case Payment:
		field.Write(w, p.R)
	case Receipt:
		w.U8(p.Paid.Slot)
		w.U32(p.Paid.Asset)
		w.U64(p.Paid.Value)
		keys.WriteAddress(w, p.Paid.To)
	}
	return pad(w, PlaintextSize)
}

// DecodePlaintext is the inverse of Encode. It refuses an unknown kind
// (UNKNOWN_KIND), a slot past the last (OUT_OF_RANGE), padding that is not
// zero (NON_CANONICAL), and whatever the parts' own decoders refuse.
func DecodePlaintext(b []byte) (Plaintext, error) {
	r := encoding.NewReader(b)
	p := Plaintext{Kind: Kind(r.U8()), Asset: r.U32(), Value: r.U64()}
	r.Fixed(p.D[:])
	switch p.Kind {
	case OwnNote:
	case OwnOrder:
		p.Terms, p.Handling = order.ReadTerms(r), order.ReadHandling(r)
	case Payment:
		p.R = field.Read(r)
	case Receipt:
		p.Paid = Paid{Slot: r.U8(), Asset: r.U32(), Value: r.U64(), To: keys.ReadAddress(r)}
		if p.Paid.Slot >= Slots {
			r.Fail(rejection.New(rejection.OutOfRange, "a payment in slot %d", p.Paid.Slot))
		}
	default:
		r.Fail(rejection.New(rejection.UnknownKind, "output kind %d", p.Kind))
	}
	unpad(r, PlaintextSize-len(b)+r.Len())
	if err := r.Done(); err != nil {
		return Plaintext{}, err
	}
	return p, nil
}

// pad fills up to size bytes with zeros.
func pad(w *encoding.Writer, size int) []byte {
	b := w.Bytes()
	return append(b, make([]byte, size-len(b))...)
}

// unpad reads n bytes and refuses any that is not zero.
func unpad(r *encoding.Reader, n int) {
	for range n {
		if r.U8() != 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "padding is not zero"))
		}
	}
}

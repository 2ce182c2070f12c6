package seal

import (
	"crypto/cipher"
	"crypto/ecdh"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
)

// Opened is an output that a viewing key found and recomputed.
type Opened struct {
	Slot      int
	Plaintext             // what the ciphertext said
	Note      note.Note   // its note; zero for an order
	Order     order.Order // its order; zero for a note
	R         field.Element
}

// Commitment returns the output's commitment.
func (o Opened) Commitment() field.Element {
	if o.Kind == OwnOrder {
		return o.Order.Commitment()
	}
	return o.Note.Commitment()
}

// Reopen returns output j of an action with slot-0 nullifier nf0 if p is what
// it says: for its builder, what to commit to; for a reader, what to compare
// with the chain.
func Reopen(view keys.ViewingKey, nf0 field.Element, j int, p Plaintext) Opened {
	r := view.OutputR(nf0, j)
	if p.Kind == Payment {
		r = p.R
	}
	o := Opened{Slot: j, Plaintext: p, R: r}
	c := keys.Owner(view.PKd(p.D), r)
	if p.Kind == OwnOrder {
		o.Order = order.Order{
			Terms: p.Terms, Asset: p.Asset, Value: p.Value,
			OID: view.OID(), C: c, S: view.OrderSecret(nf0),
		}
		return o
	}
	o.Note = note.Note{Asset: p.Asset, Value: p.Value, Rho: note.OutputRho(nf0, j), C: c}
	return o
}

// PaymentNote returns the note that pays value of asset to a stranger's
// address in output j of an action with slot-0 nullifier nf0.
func PaymentNote(view keys.ViewingKey, nf0 field.Element, j int, asset uint32, value uint64, to keys.Address) note.Note {
	return note.Note{
		Asset: asset, Value: value,
		Rho: note.OutputRho(nf0, j),
		C:   keys.Owner(to.PKd, view.OutputR(nf0, j)),
	}
}

// Scanner tries a viewing key on actions. It holds what does not change from
// one action to the next.
type Scanner struct {
	view keys.ViewingKey
	self []byte           // extracted root of the keys of own outputs
	x    *ecdh.PrivateKey // scan key
}

// NewScanner prepares view for scanning.
func NewScanner(view keys.ViewingKey) *Scanner {
	x := view.ScanKey()
	k, err := ecdh.X25519().NewPrivateKey(x[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return &Scanner{view: view, self: selfRoot(view), x: k}
}

// Open returns what of an action's outputs belongs to the account, in order of
// slot: own outputs by the self key, payments by one X25519 for all of the
// account's addresses. An output whose commitment it cannot recompute is not
// the account's, whatever the ciphertext says.
func (s *Scanner) Open(nf0 field.Element, commitments [Slots]field.Element, o *Outputs) []Opened {
	readers := []reader{{key: outputKey(s.self, domain.OutputSelf, o.EPK, nf0)}}
	if shared, ok := keys.ExchangeWith(s.x, o.EPK); ok { // else of small order: nobody is paid
		key := outputKey(sharedRoot(shared), domain.OutputForeign, o.EPK, nf0)
		readers = append(readers, reader{key: key, payments: true})
	}
	var out []Opened
	buf := make([]byte, 0, PlaintextSize)
	for j := range o.CT {
		for _, r := range readers {
			text, err := r.key.Open(buf, slotNonce(j), o.CT[j][:], nil)
			if err != nil {
				continue
			}
			p, err := DecodePlaintext(text)
			if err != nil || r.payments != (p.Kind == Payment) || p.Kind == OwnOrder && j != 0 {
				continue
			}
			if opened, ok := s.believe(nf0, j, p, commitments); ok {
				out = append(out, opened)
			}
		}
	}
	return out
}

// reader is one of the two keys that an output may be sealed to the account
// under: the account's own, or one shared with somebody who pays it.
type reader struct {
	key      cipher.AEAD
	payments bool
}

// believe holds a plaintext against the chain: the slot's commitment must come
// out. A receipt that does not recompute the payment it names is dropped, the
// note it rode in is not.
func (s *Scanner) believe(nf0 field.Element, j int, p Plaintext, commitments [Slots]field.Element) (Opened, bool) {
	if p.Kind == Receipt {
		n := PaymentNote(s.view, nf0, int(p.Paid.Slot), p.Paid.Asset, p.Paid.Value, p.Paid.To)
		if n.Commitment() != commitments[p.Paid.Slot] {
			p.Kind, p.Paid = OwnNote, Paid{}
		}
	}
	o := Reopen(s.view, nf0, j, p)
	return o, o.Commitment() == commitments[j]
}

package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// SealOutputs seals the three outputs of an action whose slot-0 nullifier is
// nf0. A Payment goes to the address to; without one, to is the zero Address.
//
// Own outputs and the payment alike have r = H(RSD; dk, nf_0, j): the caller
// commits to that, and SealOutputs fills in Payment.R. The first own note of
// an action that pays becomes its Receipt.
//
//	(e, d') = HKDF(entropy ‖ SelfKey; EPHEMERAL ‖ nf_0 ‖ plaintexts ‖ to)
//	epk     = X25519(e, G_d), d = the payee's, or d' if nobody is paid
//
// Fresh entropy makes every build's e fresh. With the same entropy twice,
// equal builds are equal bytes and unequal ones have unequal e, so no key
// seals two messages even then.
func SealOutputs(view keys.ViewingKey, nf0 field.Element, plain [Slots]Plaintext, to keys.Address, entropy [32]byte) (Outputs, error) {
	paid, err := arrange(view, nf0, &plain, to)
	if err != nil {
		return Outputs{}, err
	}
	var text [Slots][]byte
	for j := range plain {
		text[j] = plain[j].Encode()
	}

	e, d := ephemeral(view, nf0, text, to, entropy)
	if paid >= 0 {
		d = to.D
	}
	epk, ok := keys.Exchange(e, keys.DiversifiedBase(d))
	if !ok {
		panic("seal: a diversified base of small order")
	}
	o := Outputs{EPK: epk}
	own := outputKey(selfRoot(view), domain.OutputSelf, epk, nf0)
	for j := range text {
		key := own
		if j == paid {
			shared, ok := keys.Exchange(e, to.PKD)
			if !ok {
				return Outputs{}, rejection.New(rejection.BadAddress, "the address key is of small order")
			}
			key = outputKey(sharedRoot(shared), domain.OutputForeign, epk, nf0)
		}
		key.Seal(o.CT[j][:0], slotNonce(j), text[j], nil)
	}
	return o, nil
}

// arrange checks the three plaintexts against each other and completes the
// payment and its receipt; it returns the payment's slot or -1.
func arrange(view keys.ViewingKey, nf0 field.Element, plain *[Slots]Plaintext, to keys.Address) (paid int, err error) {
	paid = -1
	for j := range plain {
		switch p := &plain[j]; {
		case p.Kind == OwnNote, p.Kind == OwnOrder && j == 0:
		case p.Kind == Payment && paid < 0 && !to.IsZero() && p.D == to.D:
			paid = j
			p.R = view.OutputR(nf0, j)
		default:
			return 0, rejection.New(rejection.BadPlan, "output %d cannot be sealed as kind %d", j, p.Kind)
		}
	}
	if (paid < 0) != to.IsZero() {
		return 0, rejection.New(rejection.BadPlan, "a payee without a payment")
	}
	for j := range plain {
		if paid >= 0 && plain[j].Kind == OwnNote {
			plain[j].Kind = Receipt
			plain[j].Paid = Paid{Slot: uint8(paid), Asset: plain[paid].Asset, Value: plain[paid].Value, To: to}
			break
		}
	}
	return paid, nil
}

// ephemeral derives the scalar e and a diversifier for when nobody is paid.
func ephemeral(view keys.ViewingKey, nf0 field.Element, text [Slots][]byte, to keys.Address, entropy [32]byte) (e [32]byte, d keys.Diversifier) {
	w := encoding.NewWriter(640)
	w.Fixed([]byte(domain.Ephemeral))
	field.Write(w, nf0)
	for _, t := range text {
		w.Fixed(t)
	}
	keys.WriteAddress(w, to)
	self := view.SelfKey()
	out, err := hkdf.Key(newHash, append(entropy[:], self[:]...), nil, string(w.Bytes()), len(e)+len(d))
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	copy(e[:], out)
	copy(d[:], out[len(e):])
	return e, d
}

// newHash fixes the type that hkdf's functions are instantiated with.
func newHash() hash.Hash { return sha256.New() }

// selfRoot and sharedRoot are the extract halves of
// HKDF-SHA256(secret; context ‖ epk ‖ nf_0); outputKey is the expand half. A
// Scanner does the first once for all actions.
func selfRoot(view keys.ViewingKey) []byte {
	k := view.SelfKey()
	return extract(k[:])
}

func sharedRoot(shared keys.PointU) []byte { return extract(shared[:]) }

func extract(secret []byte) []byte {
	root, err := hkdf.Extract(newHash, secret, nil)
	if err != nil {
		panic(err) // HMAC-SHA256 takes any secret
	}
	return root
}

// outputKey returns K: one key per action and reader, its slots told apart by
// the nonce.
func outputKey(root []byte, ctx domain.Context, epk keys.PointU, nf0 field.Element) cipher.AEAD {
	nf := nf0.Bytes()
	info := make([]byte, 0, 96)
	info = append(info, ctx...)
	info = append(info, epk[:]...)
	info = append(info, nf[:]...)
	key, err := hkdf.Expand(newHash, root, string(info), chacha20poly1305.KeySize)
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err)
	}
	return aead
}

// slotNonce is eleven zero bytes and the slot.
func slotNonce(j int) []byte {
	n := make([]byte, chacha20poly1305.NonceSize)
	n[len(n)-1] = byte(j)
	return n
}

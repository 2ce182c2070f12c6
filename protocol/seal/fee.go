package seal

import (
	"crypto/hkdf"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// FeeOpeningSize is the length of a fee note's sealed opening in bytes: an
// ephemeral key and one ciphertext.
const FeeOpeningSize = EPKSize + CiphertextSize

// SealFee seals the opening of a group's fee note (value of asset, owner
// H(OWNER; pk_treasury, r), rho = pc) to the treasury. All workers make the
// same bytes from the same seed, which must be secret. As in SealOutputs, e
// depends on what is sealed: two results for one group share no key.
//
//	e   = HKDF(seed; EPHEMERAL ‖ pc ‖ plaintext),  epk = X25519(e, G_d)
//	key = HKDF(X25519(e, PK_d); FEE_SEAL ‖ epk ‖ pc)
func SealFee(treasury keys.Address, seed [32]byte, pc field.Element, asset uint32, value uint64, r field.Element) (sealed [FeeOpeningSize]byte, err error) {
	p := Plaintext{Kind: Payment, Asset: asset, Value: value, D: treasury.D, R: r}
	text := p.Encode()
	group := pc.Bytes()
	info := slices.Concat([]byte(domain.Ephemeral), group[:], text)
	scalar, err := hkdf.Key(newHash, seed[:], nil, string(info), 32)
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	e := [32]byte(scalar)
	epk, ok1 := keys.Exchange(e, keys.DiversifiedBase(treasury.D))
	shared, ok2 := keys.Exchange(e, treasury.PKD)
	if !ok1 || !ok2 {
		return sealed, rejection.New(rejection.BadAddress, "the treasury's address key is of small order")
	}
	copy(sealed[:], epk[:])
	key := outputKey(sharedRoot(shared), domain.FeeSeal, epk, pc)
	key.Seal(sealed[:EPKSize], slotNonce(0), text, nil)
	return sealed, nil
}

// OpenFee returns the fee note of a group with price commitment pc, if the
// scanner is the treasury's and the opening recomputes the note's commitment.
func (s *Scanner) OpenFee(pc, commitment field.Element, sealed [FeeOpeningSize]byte) (Opened, bool) {
	epk := keys.PointU(sealed[:EPKSize])
	shared, ok := keys.ExchangeWith(s.x, epk)
	if !ok {
		return Opened{}, false
	}
	key := outputKey(sharedRoot(shared), domain.FeeSeal, epk, pc)
	text, err := key.Open(nil, slotNonce(0), sealed[EPKSize:], nil)
	if err != nil {
		return Opened{}, false
	}
	p, err := DecodePlaintext(text)
	if err != nil || p.Kind != Payment {
		return Opened{}, false
	}
	o := Opened{Plaintext: p, R: p.R}
	o.Note = note.Note{Asset: p.Asset, Value: p.Value, Rho: pc, C: keys.Owner(s.view.PKd(p.D), p.R)}
	return o, o.Commitment() == commitment
}

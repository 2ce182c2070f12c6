package keys

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Version is the first byte of every address and exported key.
const Version = 1

// AddressSize is the length of an encoded address in bytes.
const AddressSize = 1 + 16 + field.Size + 32

// Address is where notes are sent: public to whoever pays, unlinkable to the
// other addresses of its owner. The zero value is nobody's.
type Address struct {
	D   Diversifier
	PKd field.Element // pk_d, what notes are committed to
	PKD PointU        // PK_d = x·G_d, what their ciphertexts are sealed to
}

// Address returns the account's address number i.
func (k ViewingKey) Address(i uint32) Address { return k.AddressOf(k.Diversifier(i)) }

// AddressOf returns the account's address under d: how an owner who reads d in
// a ciphertext finds the address that was paid.
func (k ViewingKey) AddressOf(d Diversifier) Address {
	pub, ok := Exchange(k.ScanKey(), DiversifiedBase(d))
	if !ok {
		panic("keys: a diversified base of small order")
	}
	return Address{D: d, PKd: k.PKd(d), PKD: pub}
}

// WriteAddress appends the AddressSize bytes of a.
func WriteAddress(w *encoding.Writer, a Address) {
	w.U8(Version)
	w.Fixed(a.D[:])
	field.Write(w, a.PKd)
	w.Fixed(a.PKD[:])
}

// ReadAddress reads an address. It refuses another version (UNKNOWN_VERSION),
// a pk_d that is not below r (NON_CANONICAL), and a PK_d that is not the one
// encoding of a point of order ℓ (BAD_POINT): with a small-order component
// added, one owner's address would have eight spellings.
func ReadAddress(r *encoding.Reader) Address {
	if v := r.U8(); r.Err() == nil && v != Version {
		r.Fail(rejection.New(rejection.UnknownVersion, "address version %d", v))
	}
	var a Address
	r.Fixed(a.D[:])
	a.PKd = field.Read(r)
	r.Fixed(a.PKD[:])
	if r.Err() == nil && !a.PKD.InSubgroup() {
		r.Fail(rejection.New(rejection.BadPoint, "the address key is not in the prime-order subgroup"))
	}
	if r.Err() != nil {
		return Address{}
	}
	return a
}

// IsZero reports whether a is nobody's address.
func (a Address) IsZero() bool { return a == Address{} }

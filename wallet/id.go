package wallet

import (
	"encoding/hex"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// ID names an action (its transaction id), an order (the commitment it was
// placed with, whatever was filled of it since), a deposit or a claim.
type ID [32]byte

// orderID returns the id of the order placed with a commitment.
func orderID(ocm field.Element) ID { return ocm.Bytes() }

// String returns all 64 hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Short returns the first digits, enough to tell one's own orders apart. The
// top bits of a field element are not uniform, the next ones are.
func (id ID) Short() string { return id.String()[:10] }

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText makes JSON hold the hex digits.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) != 2*len(id) {
		return rejection.New(rejection.NonCanonical, "an id has %d hex digits", 2*len(id))
	}
	if _, err := hex.Decode(id[:], text); err != nil {
		return rejection.New(rejection.NonCanonical, "an id is written in hex digits")
	}
	return nil
}

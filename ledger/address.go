package ledger

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/keys"
)

// Address is an address that JSON shows as the hex of its encoding: a genesis
// belongs to one network, so a text's checksum and prefix would add nothing.
type Address struct{ keys.Address }

// MarshalText writes the hex of the encoding.
func (a Address) MarshalText() ([]byte, error) {
	w := encoding.NewWriter(keys.AddressSize)
	keys.WriteAddress(w, a.Address)
	return Hex(w.Bytes()).MarshalText()
}

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(text []byte) error {
	var h Hex
	if err := h.UnmarshalText(text); err != nil {
		return err
	}
	r := encoding.NewReader(h)
	a.Address = keys.ReadAddress(r)
	return r.Done()
}

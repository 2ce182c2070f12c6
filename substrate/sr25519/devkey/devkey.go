package devkey

import (
	"fmt"

	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/sr25519"
)

// seed is the mini-secret of "bottom drive obey lake curtain smoke basket hold
// race lonely fit walk" without a password.
var seed = [32]byte{
	0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2,
	0x02, 0xb0, 0x2f, 0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
}

// Of returns the key of "//name", such as Alice.
func Of(name string) (*sr25519.Key, error) {
	var w scale.Writer
	w.Str(name)
	var code [32]byte
	if copy(code[:], w.Bytes()) < len(w.Bytes()) {
		return nil, fmt.Errorf("%q is longer than a development account's name", name)
	}
	root, err := sr25519.FromSeed(seed)
	if err != nil {
		return nil, err
	}
	return root.Derive(code)
}

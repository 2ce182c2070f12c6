package keys

import (
	"crypto/hkdf"
	"hash"
)

// mustHKDF is HKDF without salt; it can fail only for lengths that no caller
// here asks for.
func mustHKDF(h func() hash.Hash, secret []byte, info string, n int) []byte {
	out, err := hkdf.Key(h, secret, nil, info, n)
	if err != nil {
		panic(err)
	}
	return out
}

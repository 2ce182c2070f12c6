package keys

import (
	"crypto/hkdf"
	"encoding/binary"
	"hash"

	"github.com/nightjar/nightjar/protocol/domain"
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

// indexed returns ctx ‖ index, the info of a numbered derivation. No context
// is a prefix of another, so that infos of two contexts never meet.
func indexed(ctx domain.Context, index uint32) string {
	return string(binary.BigEndian.AppendUint32([]byte(ctx), index))
}

package storage

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// twox is XXH64 of b under the seeds 0, 1, …, little-endian, n bytes in all.
func twox(b []byte, n int) []byte {
	var out []byte
	for seed := range uint64(n / 8) {
		d := xxhash.NewWithSeed(seed)
		_, _ = d.Write(b) // a Digest never fails
		out = binary.LittleEndian.AppendUint64(out, d.Sum64())
	}
	return out
}

// blake2 is BLAKE2b of b, n bytes.
func blake2(b []byte, n int) []byte {
	h, err := blake2b.New(n, nil)
	if err != nil {
		panic("storage: " + err.Error()) // n is 16 or 32
	}
	h.Write(b)
	return h.Sum(nil)
}

// Hash makes the part of a storage key that stands for part of a map's key.
func Hash(h metadata.Hasher, b []byte) []byte {
	switch h {
	case metadata.Blake2x128:
		return blake2(b, 16)
	case metadata.Blake2x256:
		return blake2(b, 32)
	case metadata.Blake2x128Concat:
		return append(blake2(b, 16), b...)
	case metadata.Twox128:
		return twox(b, 16)
	case metadata.Twox256:
		return twox(b, 32)
	case metadata.Twox64Concat:
		return append(twox(b, 8), b...)
	case metadata.Identity:
		return append([]byte{}, b...)
	}
	panic("storage: no such hasher") // metadata.Decode lets none through
}

// Prefix returns where a pallet keeps the values of a name: 32 bytes, the whole
// key of a plain value.
//
//	TWOX128(pallet) ‖ TWOX128(name)
func Prefix(pallet, name string) []byte {
	return append(twox([]byte(pallet), 16), twox([]byte(name), 16)...)
}

// Key returns the key of a value by the runtime's metadata. Each part of a
// map's key is given encoded, and has to be of its type; fewer parts than the
// map has give the prefix of all keys that begin so.
func Key(m *metadata.Metadata, pallet, name string, parts ...[]byte) ([]byte, error) {
	e, err := m.Storage(pallet, name)
	if err != nil {
		return nil, err
	}
	if len(parts) > len(e.Keys) {
		return nil, rejection.New(rejection.UnexpectedType, "%s.%s has %d keys, not %d", pallet, name, len(e.Keys), len(parts))
	}
	key := Prefix(e.Pallet, e.Name)
	for i, p := range parts {
		if err := m.Registry.Check(e.Keys[i], p); err != nil {
			return nil, err
		}
		key = append(key, Hash(e.Hashers[i], p)...)
	}
	return key, nil
}

package vector

import "testing"

// Decode returns what a decoder makes of bytes that a positive vector holds.
func Decode[T any](t testing.TB, b Hex, decode func([]byte) (T, error)) T {
	t.Helper()
	v, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Encode returns the bytes of an element or a scalar.
func Encode[T any, P interface {
	*T
	Bytes() [32]byte
}](v T) Hex {
	b := P(&v).Bytes()
	return b[:]
}

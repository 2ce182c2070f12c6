package westend

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the recording
	"io"
	"testing"

	"github.com/nightjar/nightjar/substrate/metadata"
)

//go:embed metadata.scale.gz
var recorded []byte

// Hash is BLAKE2b-256 of Bytes.
const Hash = "6306e195eeced4dcdae0c652f7be656a35f707bf704f21d806051bb5afcd18cf"

// Bytes returns the metadata as it was recorded.
func Bytes(t testing.TB) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Metadata returns the metadata decoded.
func Metadata(t testing.TB) *metadata.Metadata {
	t.Helper()
	m, err := metadata.Decode(Bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

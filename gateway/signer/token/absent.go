//go:build !cgo

package token

import (
	"errors"

	"github.com/nightjar/nightjar/protocol/quorum"
)

// errAbsent says what this binary can't do.
var errAbsent = errors.New("this binary was built without cgo and can't speak to PKCS#11 tokens")

// Key is a key in a token; there is none in this binary.
type Key struct{}

// Open fails.
func Open(Options) (*Key, error) { return nil, errAbsent }

// Generate fails.
func Generate(Options) (*Key, error) { return nil, errAbsent }

// Public implements signer.Key.
func (*Key) Public() quorum.Key { return quorum.Key{} }

// Sign implements signer.Key.
func (*Key) Sign([]byte) ([64]byte, error) { return [64]byte{}, errAbsent }

// Close implements signer.Key.
func (*Key) Close() error { return nil }

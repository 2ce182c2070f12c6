package world

import (
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// hash is the world's only source of arbitrary bytes.
func hash(parts ...any) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "nightjar/sim %v", parts)) }

// random fills b with bytes that no other call returns.
func (w *World) random(b []byte) {
	w.draws++
	for i := 0; len(b) > 0; i++ {
		h := hash("draw", w.draws, i)
		b = b[copy(b, h[:]):]
	}
}

// Element returns an arbitrary field element, another one each time.
func (w *World) Element() (e field.Element) {
	var b [32]byte
	w.random(b[:])
	e.SetBytes(b[:])
	return e
}

// Scalar returns an arbitrary scalar of Jubjub.
func (w *World) Scalar() jubjub.Scalar {
	e := w.Element()
	return jubjub.ScalarFromBig(e.BigInt(new(big.Int)))
}

package extrinsic

import (
	"math/bits"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Bounds of an era's period, in blocks.
const (
	MinPeriod = 4
	MaxPeriod = 1 << 16
)

// Era is when a mortal extrinsic may be in a block: after its birth block, whose
// hash is signed with it, and up to Last. The zero value is no era and refused.
type Era struct {
	period uint32 // a power of two
	birth  uint32
}

// NewEra returns the era of a period that begins at a birth block. Its two bytes
// name the birth only modulo the period, in steps of period/4096 blocks where
// that is more than one; anything else is refused (BAD_ERA).
func NewEra(period, birth uint32) (Era, error) {
	if period < MinPeriod || period > MaxPeriod || bits.OnesCount32(period) != 1 {
		return Era{}, rejection.New(rejection.BadEra, "a period of %d blocks", period)
	}
	if birth%step(period) != 0 {
		return Era{}, rejection.New(rejection.BadEra, "a birth at %d, which is no multiple of %d", birth, step(period))
	}
	if birth > ^uint32(0)-period {
		return Era{}, rejection.New(rejection.BadEra, "an era past the last block number")
	}
	return Era{period, birth}, nil
}

// step is the number of blocks between births that two bytes can tell apart.
func step(period uint32) uint32 { return max(period>>12, 1) }

// Birth returns the number of the block whose hash is signed.
func (e Era) Birth() uint32 { return e.birth }

// Last returns the number of the last block that can hold the extrinsic:
//
//	birth + period − 1
//
// Once that block is final without it, it never will be in any.
func (e Era) Last() uint32 { return e.birth + e.period - 1 }

// bytes is the era on the wire, a little-endian u16:
//
//	min(15, max(1, log2(period) − 1)) | ((birth mod period) / step) << 4
func (e Era) bytes() [2]byte {
	low := uint32(min(15, max(1, bits.TrailingZeros32(e.period)-1)))
	v := low | e.birth%e.period/step(e.period)<<4
	return [2]byte{byte(v), byte(v >> 8)}
}

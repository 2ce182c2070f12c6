package scale

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Reader reads encodings. After the first error every read returns zero
// values; Done reports that error. Errors are rejections.
type Reader struct {
	buf  []byte // unread
	size int    // of the whole input
	err  error
}

// NewReader reads from b, which must not change while the Reader is in use.
func NewReader(b []byte) *Reader { return &Reader{buf: b, size: len(b)} }

// Fail records err unless an earlier error is recorded.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Err returns the first error so far.
func (r *Reader) Err() error { return r.err }

// Len returns the number of unread bytes.
func (r *Reader) Len() int { return len(r.buf) }

// Offset returns the number of bytes read.
func (r *Reader) Offset() int { return r.size - len(r.buf) }

// Done returns the first error, or TRAILING_BYTES if anything is left unread.
func (r *Reader) Done() error {
	if r.err == nil && len(r.buf) != 0 {
		r.err = rejection.New(rejection.TrailingBytes, "%d bytes left over", len(r.buf))
	}
	return r.err
}

// next returns the next n bytes without copying, or nil.
func (r *Reader) next(n int) []byte {
	if r.err != nil {
		return nil
	}
	if len(r.buf) < n {
		r.err = rejection.New(rejection.Truncated, "%d bytes missing", n-len(r.buf))
		return nil
	}
	b := r.buf[:n:n]
	r.buf = r.buf[n:]
	return b
}

// U8 reads one byte.
func (r *Reader) U8() uint8 {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads two bytes.
func (r *Reader) U16() uint16 {
	if b := r.next(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U32 reads four bytes.
func (r *Reader) U32() uint32 {
	if b := r.next(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads eight bytes.
func (r *Reader) U64() uint64 {
	if b := r.next(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// U128 reads sixteen bytes.
func (r *Reader) U128() amount.Wide {
	if b := r.next(16); b != nil {
		return amount.Wide{Lo: binary.LittleEndian.Uint64(b), Hi: binary.LittleEndian.Uint64(b[8:])}
	}
	return amount.Wide{}
}

// Bool reads one byte and refuses anything but 0 and 1.
func (r *Reader) Bool() bool {
	v := r.U8()
	if v > 1 {
		r.Fail(rejection.New(rejection.NonCanonical, "a flag is neither 0 nor 1"))
	}
	return v == 1
}

// Option reads whether a value follows.
func (r *Reader) Option() bool { return r.Bool() }

// Fixed fills dst.
func (r *Reader) Fixed(dst []byte) { copy(dst, r.next(len(dst))) }

// Take returns the next n bytes without copying them, or nil.
func (r *Reader) Take(n int) []byte { return r.next(n) }

// Hash reads 32 bytes.
func (r *Reader) Hash() (h [32]byte) {
	r.Fixed(h[:])
	return h
}

// Vec reads a compact length and then that many bytes, copied.
func (r *Reader) Vec() []byte {
	b := r.next(r.Count(1))
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

// Str reads a compact length and then that many bytes of UTF-8.
func (r *Reader) Str() string {
	b := r.next(r.Count(1))
	if !utf8.Valid(b) {
		r.Fail(rejection.New(rejection.NonCanonical, "text is not UTF-8"))
		return ""
	}
	return string(b)
}

// Count reads a compact number of elements that take at least size > 0 bytes
// each, and refuses more than the unread bytes can hold: a caller may allocate
// for what it returns.
func (r *Reader) Count(size int) int {
	n := r.CompactU32()
	if r.err == nil && uint64(n)*uint64(size) > uint64(len(r.buf)) {
		r.Fail(rejection.New(rejection.Truncated, "%d elements do not fit into %d bytes", n, len(r.buf)))
		return 0
	}
	return int(n)
}

// CompactU32 reads a compact integer below 2^32.
func (r *Reader) CompactU32() uint32 { return uint32(r.compact(4).Lo) }

// Compact reads a compact integer below 2^64.
func (r *Reader) Compact() uint64 { return r.compact(8).Lo }

// Compact128 reads a compact integer below 2^128.
func (r *Reader) Compact128() amount.Wide { return r.compact(16) }

// compact reads a compact integer of at most max bytes.
func (r *Reader) compact(max int) amount.Wide {
	if r.err != nil {
		return amount.Wide{}
	}
	if len(r.buf) == 0 {
		r.next(1)
		return amount.Wide{}
	}
	var v, least uint64 // the value; the least that its mode is for
	switch r.buf[0] & 3 {
	case 0:
		return amount.Wide{Lo: uint64(r.U8()) >> 2}
	case 1:
		v, least = uint64(r.U16())>>2, 1<<6
	case 2:
		v, least = uint64(r.U32())>>2, 1<<14
	default:
		return r.compactBig(max)
	}
	if r.err == nil && v < least {
		r.Fail(rejection.New(rejection.NonCanonical, "a compact integer of more bytes than it needs"))
	}
	if r.err != nil {
		return amount.Wide{}
	}
	return amount.Wide{Lo: v}
}

// compactBig reads the mode of 4 to max bytes.
func (r *Reader) compactBig(max int) amount.Wide {
	n := int(r.U8()>>2) + 4
	if n > max {
		r.Fail(rejection.New(rejection.OutOfRange, "a compact integer of %d bytes, at most %d allowed", n, max))
	}
	b := r.next(n)
	if b == nil {
		return amount.Wide{}
	}
	if b[n-1] == 0 || n == 4 && b[3] < 1<<6 { // below 2^30 there is a shorter mode
		r.Fail(rejection.New(rejection.NonCanonical, "a compact integer of more bytes than it needs"))
		return amount.Wide{}
	}
	var full [16]byte
	copy(full[:], b)
	return amount.Wide{Lo: binary.LittleEndian.Uint64(full[:8]), Hi: binary.LittleEndian.Uint64(full[8:])}
}

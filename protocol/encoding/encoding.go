package encoding

import (
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Writer appends canonical encodings to a byte slice. The zero value is ready.
type Writer struct{ buf []byte }

// NewWriter returns a Writer with room for n bytes.
func NewWriter(n int) *Writer { return &Writer{buf: make([]byte, 0, n)} }

// Bytes returns what was written; the Writer must not be used afterwards.
func (w *Writer) Bytes() []byte { return w.buf }

// U8 appends one byte.
func (w *Writer) U8(v uint8) { w.buf = append(w.buf, v) }

// U16 appends two bytes, big-endian.
func (w *Writer) U16(v uint16) { w.buf = binary.BigEndian.AppendUint16(w.buf, v) }

// U32 appends four bytes, big-endian.
func (w *Writer) U32(v uint32) { w.buf = binary.BigEndian.AppendUint32(w.buf, v) }

// U64 appends eight bytes, big-endian.
func (w *Writer) U64(v uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, v) }

// Bool appends 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.U8(1)
	} else {
		w.U8(0)
	}
}

// Fixed appends b as it is; the layout fixes its length.
func (w *Writer) Fixed(b []byte) { w.buf = append(w.buf, b...) }

// Var appends a 16-bit length and then b. It panics past 65,535 bytes: callers
// bound their own fields, so a longer one is a programming error.
func (w *Writer) Var(b []byte) {
	if len(b) > 0xffff {
		panic("encoding: variable field over 65535 bytes")
	}
	w.U16(uint16(len(b)))
	w.Fixed(b)
}

// Reader reads canonical encodings. After the first error every read returns
// zero values; Done reports that error.
type Reader struct {
	buf []byte
	err error
}

// NewReader reads from b, which must not change while the Reader is in use.
func NewReader(b []byte) *Reader { return &Reader{buf: b} }

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

// U16 reads two bytes, big-endian.
func (r *Reader) U16() uint16 {
	if b := r.next(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// U32 reads four bytes, big-endian.
func (r *Reader) U32() uint32 {
	if b := r.next(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// U64 reads eight bytes, big-endian.
func (r *Reader) U64() uint64 {
	if b := r.next(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Bool reads one byte and refuses anything but 0 and 1.
func (r *Reader) Bool() bool {
	v := r.U8()
	if v > 1 {
		r.Fail(rejection.New(rejection.NonCanonical, "a flag is neither 0 nor 1"))
	}
	return v == 1
}

// Fixed fills dst.
func (r *Reader) Fixed(dst []byte) { copy(dst, r.next(len(dst))) }

// Var reads a 16-bit length of at most max and then that many bytes, copied.
func (r *Reader) Var(max int) []byte {
	n := int(r.U16())
	if r.err == nil && n > max {
		r.Fail(rejection.New(rejection.Oversized, "a field of %d bytes, at most %d allowed", n, max))
	}
	b := r.next(n)
	if b == nil {
		return nil
	}
	return append([]byte(nil), b...)
}

// Count reads a 16-bit element count and refuses more than max, so that a
// decoder never allocates for a count it would refuse.
func (r *Reader) Count(max int) int {
	n := int(r.U16())
	if r.err == nil && n > max {
		r.Fail(rejection.New(rejection.Oversized, "%d elements, at most %d allowed", n, max))
		return 0
	}
	return n
}

package scale

import (
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/amount"
)

// Writer appends encodings to a byte slice. The zero value is ready.
type Writer struct{ buf []byte }

// NewWriter returns a Writer with room for n bytes.
func NewWriter(n int) *Writer { return &Writer{buf: make([]byte, 0, n)} }

// Bytes returns what was written; the Writer must not be used afterwards.
func (w *Writer) Bytes() []byte { return w.buf }

// U8 appends one byte.
func (w *Writer) U8(v uint8) { w.buf = append(w.buf, v) }

// U16 appends two bytes.
func (w *Writer) U16(v uint16) { w.buf = binary.LittleEndian.AppendUint16(w.buf, v) }

// U32 appends four bytes.
func (w *Writer) U32(v uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, v) }

// U64 appends eight bytes.
func (w *Writer) U64(v uint64) { w.buf = binary.LittleEndian.AppendUint64(w.buf, v) }

// U128 appends sixteen bytes, the width of balances.
func (w *Writer) U128(v amount.Wide) {
	w.U64(v.Lo)
	w.U64(v.Hi)
}

// Bool appends 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.U8(1)
	} else {
		w.U8(0)
	}
}

// Option appends 1 if a value follows and 0 if none does.
func (w *Writer) Option(some bool) { w.Bool(some) }

// Fixed appends b as it is; the type fixes its length.
func (w *Writer) Fixed(b []byte) { w.buf = append(w.buf, b...) }

// Vec appends the compact length of b and then b.
func (w *Writer) Vec(b []byte) {
	w.Count(len(b))
	w.Fixed(b)
}

// Str appends the compact length of s in bytes and then s.
func (w *Writer) Str(s string) {
	w.Count(len(s))
	w.buf = append(w.buf, s...)
}

// Count appends a compact number of elements; the elements follow.
func (w *Writer) Count(n int) {
	if n < 0 {
		panic("scale: a negative count")
	}
	w.Compact(uint64(n))
}

// Compact appends v in as few bytes as its mode allows.
func (w *Writer) Compact(v uint64) { w.Compact128(amount.Wide{Lo: v}) }

// Compact128 appends v: below 2^6 in one byte, below 2^14 in two, below 2^30 in
// four, their lowest two bits 0, 1 and 2; else 4·(n−4) + 3 and its n bytes,
// n ≥ 4, the last not zero.
func (w *Writer) Compact128(v amount.Wide) {
	switch {
	case v.Hi == 0 && v.Lo < 1<<6:
		w.U8(uint8(v.Lo) << 2)
	case v.Hi == 0 && v.Lo < 1<<14:
		w.U16(uint16(v.Lo)<<2 | 1)
	case v.Hi == 0 && v.Lo < 1<<30:
		w.U32(uint32(v.Lo)<<2 | 2)
	default:
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:8], v.Lo)
		binary.LittleEndian.PutUint64(b[8:], v.Hi)
		n := 16
		for n > 4 && b[n-1] == 0 {
			n--
		}
		w.U8(uint8(n-4)<<2 | 3)
		w.Fixed(b[:n])
	}
}

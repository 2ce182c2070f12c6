package metadata

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// maxDepth bounds nesting. A call inside a call takes two levels, in a batch
// three; Substrate's own bound on such nesting is 256 levels of bytes read.
const maxDepth = 256

// parts bounds how many values n bytes may hold: parts = 1024 + 16·n. Types
// without bytes (units, arrays of none) could otherwise be had without end.
func parts(n int) int { return 1024 + 16*n }

// Read reads a whole value.
func (g *Registry) Read(id TypeID, b []byte) (Value, error) {
	r := scale.NewReader(b)
	v, err := g.Decode(r, id)
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Check reports whether b is a whole value of a type.
func (g *Registry) Check(id TypeID, b []byte) error {
	_, err := g.Read(id, b)
	return err
}

// Decode reads one value. The value shares no bytes with the input.
func (g *Registry) Decode(r *scale.Reader, id TypeID) (Value, error) {
	w := walk{g: g, r: r, left: parts(r.Len())}
	v := w.value(id)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

// walk is one reading of a value.
type walk struct {
	g     *Registry
	r     *scale.Reader
	depth int
	left  int // parts that may still come
}

// value reads a value; what it returns after an error means nothing.
func (w *walk) value(id TypeID) Value {
	w.left--
	if w.depth >= maxDepth || w.left < 0 {
		w.r.Fail(rejection.New(rejection.TooDeep, "values nested more than %d deep, or too many for their bytes", maxDepth))
	}
	if w.r.Err() != nil {
		return nil
	}
	w.depth++
	v := w.kind(w.g.Type(id))
	w.depth--
	return v
}

// enough demands that n more parts may come, before anything is set aside for
// them.
func (w *walk) enough(n uint64) bool {
	if w.r.Err() == nil && n > uint64(max(w.left, 0)) {
		w.r.Fail(rejection.New(rejection.TooDeep, "%d values, too many for their bytes", n))
	}
	return w.r.Err() == nil
}

func (w *walk) kind(t *Type) Value {
	switch t.Kind {
	case KindComposite:
		fields := w.fields(t.Fields)
		if len(fields) == 1 && fields[0].Name == "" {
			return fields[0].Value
		}
		return fields
	case KindVariant:
		index := w.r.U8()
		v := t.alternative(index)
		if v == nil {
			w.r.Fail(rejection.New(rejection.BadValue, "an enum has no alternative %d", index))
			return nil
		}
		return Variant{Name: v.Name, Index: v.Index, Fields: w.fields(v.Fields)}
	case KindSequence:
		if w.g.isU8(t.Elem) {
			return Bytes(w.r.Vec())
		}
		return w.list(t.Elem, w.r.CompactU32())
	case KindArray:
		if w.g.isU8(t.Elem) {
			return Bytes(w.copy(uint64(t.Length)))
		}
		return w.list(t.Elem, t.Length)
	case KindTuple:
		if !w.enough(uint64(len(t.Elems))) {
			return nil
		}
		l := make(List, 0, len(t.Elems))
		for _, id := range t.Elems {
			l = append(l, w.value(id))
		}
		return l
	case KindPrimitive:
		return w.primitive(t.Primitive)
	case KindCompact:
		return w.compact(t.Elem)
	default:
		return w.bits(t)
	}
}

func (w *walk) fields(of []Field) Composite {
	if !w.enough(uint64(len(of))) {
		return nil
	}
	c := make(Composite, 0, len(of))
	for _, f := range of {
		c = append(c, Named{f.Name, w.value(f.Type)})
	}
	return c
}

func (w *walk) list(elem TypeID, n uint32) List {
	if !w.enough(uint64(n)) {
		return nil
	}
	l := List{}
	for i := uint32(0); i < n && w.r.Err() == nil; i++ {
		l = append(l, w.value(elem))
	}
	return l
}

func (g *Registry) isU8(id TypeID) bool {
	t := g.Type(id)
	return t.Kind == KindPrimitive && t.Primitive == PrimitiveU8
}

// copy reads n bytes.
func (w *walk) copy(n uint64) []byte {
	if n > uint64(w.r.Len()) {
		w.r.Fail(rejection.New(rejection.Truncated, "%d bytes do not fit into %d", n, w.r.Len()))
		return nil
	}
	return append([]byte{}, w.r.Take(int(n))...)
}

func (w *walk) primitive(p Primitive) Value {
	switch p {
	case PrimitiveBool:
		return Bool(w.r.Bool())
	case PrimitiveChar:
		c := w.r.U32()
		if !utf8.ValidRune(rune(c)) { // 2^31 and more are negative as runes
			w.r.Fail(rejection.New(rejection.BadValue, "a character that is none"))
			return nil
		}
		return Text(string(rune(c)))
	case PrimitiveStr:
		return Text(w.r.Str())
	}
	if p < PrimitiveI8 {
		return Uint(w.integer(1 << (p - PrimitiveU8)))
	}
	size := 1 << (p - PrimitiveI8)
	return extend(w.integer(size), size)
}

// extend continues the sign of the lowest size bytes.
func extend(l [4]uint64, size int) Int {
	sign := l[(size-1)/8] >> ((size*8 - 1) % 64) & 1
	for i := size; i < 32; i++ {
		l[i/8] &^= 0xff << (i % 8 * 8)
		l[i/8] |= sign * 0xff << (i % 8 * 8)
	}
	return Int(l)
}

// integer reads size bytes, the lowest first.
func (w *walk) integer(size int) (l [4]uint64) {
	var b [32]byte
	w.r.Fixed(b[:size])
	for i := range l {
		l[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return l
}

// compact reads an integer in compact form.
func (w *walk) compact(id TypeID) Value {
	width, ok := w.g.compactWidth(id)
	if !ok {
		w.r.Fail(rejection.New(rejection.BadMetadata, "a compact form of what is no integer of at most 128 bits"))
		return nil
	}
	var v amount.Wide
	switch width {
	case 0:
		return List{}
	case 64:
		v.Lo = w.r.Compact()
	case 128:
		v = w.r.Compact128()
	default:
		v.Lo = uint64(w.r.CompactU32())
		if v.Lo>>width != 0 {
			w.r.Fail(rejection.New(rejection.OutOfRange, "a compact integer of more than %d bits", width))
		}
	}
	return Uint{v.Lo, v.Hi}
}

// compactWidth returns how many bits a type has that is written in compact
// form: an unsigned integer, or a struct around one, or nothing at all.
func (g *Registry) compactWidth(id TypeID) (width int, ok bool) {
	t := g.Type(id)
	for i := 0; i < maxDepth && t.Kind == KindComposite && len(t.Fields) == 1; i++ {
		t = g.Type(t.Fields[0].Type)
	}
	switch t.Kind {
	case KindTuple:
		return 0, len(t.Elems) == 0
	case KindComposite:
		return 0, len(t.Fields) == 0
	case KindPrimitive:
		return 8 << (t.Primitive - PrimitiveU8), t.Primitive >= PrimitiveU8 && t.Primitive <= PrimitiveU128
	}
	return 0, false
}

// bits reads a counted string of bits in whole units of its store.
func (w *walk) bits(t *Type) Value {
	unit, ok := w.g.storeBytes(t)
	if !ok {
		w.r.Fail(rejection.New(rejection.BadMetadata, "bits are stored in what is no integer of at most 64 bits"))
		return nil
	}
	n := w.r.CompactU32()
	return BitString{Length: n, Store: w.copy(storeLen(n, unit))}
}

// storeBytes returns the size of the integers that hold bits.
func (g *Registry) storeBytes(t *Type) (unit uint64, ok bool) {
	s := g.Type(t.Elem)
	if s.Kind != KindPrimitive || s.Primitive < PrimitiveU8 || s.Primitive > PrimitiveU64 {
		return 0, false
	}
	return 1 << (s.Primitive - PrimitiveU8), true
}

// storeLen is the number of bytes that n bits take: ⌈n / (8·unit)⌉·unit.
func storeLen(n uint32, unit uint64) uint64 {
	return (uint64(n) + 8*unit - 1) / (8 * unit) * unit
}

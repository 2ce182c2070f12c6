package metadata

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Encode writes a value of a type: what Decode would read back as v. A value
// that is not of the type is refused as BAD_VALUE.
func (g *Registry) Encode(id TypeID, v Value) ([]byte, error) {
	w := writing{g: g}
	w.value(id, v)
	if w.err != nil {
		return nil, w.err
	}
	return w.out.Bytes(), nil
}

// writing is one encoding of a value.
type writing struct {
	g     *Registry
	out   scale.Writer
	depth int
	err   error
}

// refuse records that a value is not of its type.
func (w *writing) refuse(what string) {
	if w.err == nil {
		w.err = rejection.New(rejection.BadValue, "%s", what)
	}
}

func (w *writing) value(id TypeID, v Value) {
	if w.depth >= maxDepth && w.err == nil {
		w.err = rejection.New(rejection.TooDeep, "values nested more than %d deep", maxDepth)
	}
	if w.err != nil {
		return
	}
	w.depth++
	w.kind(w.g.Type(id), v)
	w.depth--
}

func (w *writing) kind(t *Type, v Value) {
	switch t.Kind {
	case KindComposite:
		if len(t.Fields) == 1 && t.Fields[0].Name == "" {
			w.value(t.Fields[0].Type, v)
			return
		}
		c, ok := v.(Composite)
		if !ok {
			w.refuse("not a struct")
			return
		}
		w.fields(t.Fields, c)
	case KindVariant:
		v, ok := v.(Variant)
		a := t.alternative(v.Index)
		if !ok || a == nil || a.Name != v.Name {
			w.refuse("not an alternative of the enum")
			return
		}
		w.out.U8(v.Index)
		w.fields(a.Fields, v.Fields)
	case KindSequence:
		w.elements(t.Elem, v, nil)
	case KindArray:
		w.elements(t.Elem, v, &t.Length)
	case KindTuple:
		l, ok := v.(List)
		if !ok || len(l) != len(t.Elems) {
			w.refuse("not a tuple of as many values")
			return
		}
		for i, id := range t.Elems {
			w.value(id, l[i])
		}
	case KindPrimitive:
		w.primitive(t.Primitive, v)
	case KindCompact:
		w.compact(t.Elem, v)
	case KindBits:
		w.bits(t, v)
	}
}

func (w *writing) fields(of []Field, c Composite) {
	if len(c) != len(of) {
		w.refuse("not as many fields")
		return
	}
	for i, f := range of {
		if c[i].Name != f.Name {
			w.refuse("a field of another name")
		}
		w.value(f.Type, c[i].Value)
	}
}

// elements writes a sequence, or an array of a length.
func (w *writing) elements(elem TypeID, v Value, length *uint32) {
	b, isBytes := v.(Bytes)
	l, isList := v.(List)
	n := len(b) + len(l)
	if w.g.isU8(elem) != isBytes || isBytes == isList || length != nil && uint64(*length) != uint64(n) {
		w.refuse("not a list of this type or length")
		return
	}
	if length == nil {
		w.out.Count(n)
	}
	w.out.Fixed(b)
	for _, v := range l {
		w.value(elem, v)
	}
}

func (w *writing) primitive(p Primitive, v Value) {
	switch v := v.(type) {
	case Bool:
		if p == PrimitiveBool {
			w.out.Bool(bool(v))
			return
		}
	case Text:
		if p == PrimitiveStr && utf8.ValidString(string(v)) {
			w.out.Str(string(v))
			return
		}
		if c, n := utf8.DecodeRuneInString(string(v)); p == PrimitiveChar && n == len(v) && utf8.ValidString(string(v)) && n > 0 {
			w.out.U32(uint32(c))
			return
		}
	case Uint:
		if p >= PrimitiveU8 && p <= PrimitiveU256 && v.bits() <= 8<<(p-PrimitiveU8) {
			w.integer(v, 1<<(p-PrimitiveU8))
			return
		}
	case Int:
		if p >= PrimitiveI8 && v == extend(v, 1<<(p-PrimitiveI8)) {
			w.integer(v, 1<<(p-PrimitiveI8))
			return
		}
	}
	w.refuse("not a value of its primitive type")
}

// integer writes the lowest size bytes.
func (w *writing) integer(l [4]uint64, size int) {
	var b [32]byte
	for i, v := range l {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	w.out.Fixed(b[:size])
}

func (w *writing) compact(id TypeID, v Value) {
	width, ok := w.g.compactWidth(id)
	u, isUint := v.(Uint)
	l, isList := v.(List)
	switch {
	case ok && width == 0 && isList && len(l) == 0:
	case ok && width > 0 && isUint && u.bits() <= width:
		w.out.Compact128(amount.Wide{Hi: u[1], Lo: u[0]})
	default:
		w.refuse("not an integer of its compact type")
	}
}

func (w *writing) bits(t *Type, v Value) {
	b, ok := v.(BitString)
	unit, known := w.g.storeBytes(t)
	if !ok || !known || uint64(len(b.Store)) != storeLen(b.Length, unit) {
		w.refuse("not a string of bits in whole units of its store")
		return
	}
	w.out.Compact(uint64(b.Length))
	w.out.Fixed(b.Store)
}

// bits returns how many bits u needs.
func (u Uint) bits() int {
	for i := 3; i >= 0; i-- {
		if u[i] != 0 {
			return 64*i + bits.Len64(u[i])
		}
	}
	return 0
}

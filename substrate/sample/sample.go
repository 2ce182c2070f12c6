package sample

import (
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/substrate/metadata"
)

const (
	maxDepth  = 12  // deeper values are not drawn
	maxFields = 200 // nor structs of more fields: they may hold more units than a reader allows
	maxArray  = 100 // nor arrays of more elements, but of bytes
	maxBytes  = 4096
)

// Value draws a value of a type; ok is false where none was found that is small.
func Value(t *rapid.T, g *metadata.Registry, id metadata.TypeID) (v metadata.Value, ok bool) {
	v = draw{t, g}.value(id, 0)
	return v, v != nil
}

// draw is the drawing of one value; nil stands for none.
type draw struct {
	t *rapid.T
	g *metadata.Registry
}

func (d draw) value(id metadata.TypeID, depth int) metadata.Value {
	t := d.g.Type(id)
	if depth > maxDepth {
		return nil
	}
	switch t.Kind {
	case metadata.KindComposite:
		c, ok := d.fields(t.Fields, depth)
		if !ok {
			return nil
		}
		if len(c) == 1 && c[0].Name == "" {
			return c[0].Value
		}
		return c
	case metadata.KindVariant:
		return d.variant(t, depth)
	case metadata.KindSequence:
		if v := d.list(t.Elem, rapid.IntRange(0, 3).Draw(d.t, "n"), depth); v != nil {
			return v
		}
		return metadata.List{} // of what has no small value
	case metadata.KindArray:
		if t.Length > maxArray && !d.isByte(t.Elem) || t.Length > maxBytes {
			return nil
		}
		return d.list(t.Elem, int(t.Length), depth)
	case metadata.KindTuple:
		l := metadata.List{}
		for _, id := range t.Elems {
			v := d.value(id, depth+1)
			if v == nil {
				return nil
			}
			l = append(l, v)
		}
		return l
	case metadata.KindPrimitive:
		return d.primitive(t.Primitive)
	case metadata.KindCompact:
		return d.compact(t.Elem)
	default:
		return d.bits(t)
	}
}

func (d draw) fields(of []metadata.Field, depth int) (c metadata.Composite, ok bool) {
	c = metadata.Composite{}
	if len(of) > maxFields {
		return nil, false
	}
	for _, f := range of {
		v := d.value(f.Type, depth+1)
		if v == nil {
			return nil, false
		}
		c = append(c, metadata.Named{Name: f.Name, Value: v})
	}
	return c, true
}

// variant draws an alternative, or the next one that has a small value.
func (d draw) variant(t *metadata.Type, depth int) metadata.Value {
	if len(t.Variants) == 0 {
		return nil
	}
	first := rapid.IntRange(0, len(t.Variants)-1).Draw(d.t, "alternative")
	for i := range t.Variants {
		a := t.Variants[(first+i)%len(t.Variants)]
		if c, ok := d.fields(a.Fields, depth); ok {
			return metadata.Variant{Name: a.Name, Index: a.Index, Fields: c}
		}
	}
	return nil
}

func (d draw) list(elem metadata.TypeID, n, depth int) metadata.Value {
	if d.isByte(elem) {
		return metadata.Bytes(d.bytes(n))
	}
	l := metadata.List{}
	for range n {
		v := d.value(elem, depth+1)
		if v == nil {
			return nil
		}
		l = append(l, v)
	}
	return l
}

func (d draw) isByte(id metadata.TypeID) bool {
	t := d.g.Type(id)
	return t.Kind == metadata.KindPrimitive && t.Primitive == metadata.PrimitiveU8
}

func (d draw) bytes(n int) []byte {
	return append([]byte{}, rapid.SliceOfN(rapid.Byte(), n, n).Draw(d.t, "bytes")...)
}

func (d draw) primitive(p metadata.Primitive) metadata.Value {
	switch {
	case p == metadata.PrimitiveBool:
		return metadata.Bool(rapid.Bool().Draw(d.t, "flag"))
	case p == metadata.PrimitiveChar:
		return metadata.Text(string(rapid.Rune().Draw(d.t, "character")))
	case p == metadata.PrimitiveStr:
		return metadata.Text(rapid.String().Draw(d.t, "text"))
	case p < metadata.PrimitiveI8:
		return metadata.Uint(d.integer(8 << (p - metadata.PrimitiveU8)))
	}
	i := metadata.Int(d.integer(8<<(p-metadata.PrimitiveI8) - 1)) // the magnitude
	if rapid.Bool().Draw(d.t, "negative") {
		for k := range i {
			i[k] = ^i[k] // −1 − i
		}
	}
	return i
}

// integer draws an integer of at most that many bits; every length is as likely.
func (d draw) integer(bits int) (u [4]uint64) {
	n := rapid.IntRange(0, bits).Draw(d.t, "length")
	for i := range u {
		keep := min(max(n-64*i, 0), 64)
		u[i] = rapid.Uint64().Draw(d.t, "limb")
		if keep < 64 {
			u[i] &= 1<<keep - 1
		}
	}
	return u
}

// compact draws the integer inside a type that is written in compact form.
func (d draw) compact(id metadata.TypeID) metadata.Value {
	t := d.g.Type(id)
	for range maxDepth {
		if t.Kind == metadata.KindComposite && len(t.Fields) == 1 {
			t = d.g.Type(t.Fields[0].Type)
		}
	}
	switch {
	case t.Kind == metadata.KindPrimitive && t.Primitive >= metadata.PrimitiveU8 && t.Primitive <= metadata.PrimitiveU128:
		return metadata.Uint(d.integer(8 << (t.Primitive - metadata.PrimitiveU8)))
	case len(t.Elems)+len(t.Fields) == 0 && (t.Kind == metadata.KindTuple || t.Kind == metadata.KindComposite):
		return metadata.List{}
	}
	return nil
}

func (d draw) bits(t *metadata.Type) metadata.Value {
	store := d.g.Type(t.Elem)
	if store.Kind != metadata.KindPrimitive || store.Primitive < metadata.PrimitiveU8 || store.Primitive > metadata.PrimitiveU64 {
		return nil
	}
	n, unit := rapid.IntRange(0, 40).Draw(d.t, "n"), 1<<(store.Primitive-metadata.PrimitiveU8)
	return metadata.BitString{Length: uint32(n), Store: d.bytes((n + 8*unit - 1) / (8 * unit) * unit)}
}

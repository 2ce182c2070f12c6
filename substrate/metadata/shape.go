package metadata

import (
	"strconv"
	"strings"
)

// maxShape bounds how deep a Shape goes; what is deeper shows as "…".
const maxShape = 12

// maxShapeBytes bounds how long a Shape gets.
const maxShapeBytes = 1 << 14

var primitiveNames = [...]string{"bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "u256", "i8", "i16", "i32", "i64", "i128", "i256"}

// Shape writes how a type stands on the wire: (u32,[u8;32]) for a struct or a
// tuple, [T] for a sequence, <0:None,1:Some(T)> for an enum. A struct of one
// field is that field, and names of fields are left out: two types of one shape
// are encoded alike. It is what code that knows a layout compares with what
// the runtime says.
func (g *Registry) Shape(id TypeID) string {
	var b strings.Builder
	g.shape(&b, id, 0)
	return b.String()
}

func (g *Registry) shape(b *strings.Builder, id TypeID, depth int) {
	if depth >= maxShape || b.Len() > maxShapeBytes {
		b.WriteString("…")
		return
	}
	t := g.Type(id)
	switch t.Kind {
	case KindComposite:
		g.shapes(b, t.Fields, depth)
	case KindVariant:
		b.WriteString("<")
		for i, v := range t.Variants {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(strconv.Itoa(int(v.Index)) + ":" + v.Name)
			if len(v.Fields) > 0 {
				b.WriteString("(")
				g.join(b, v.Fields, depth)
				b.WriteString(")")
			}
		}
		b.WriteString(">")
	case KindSequence:
		b.WriteString("[")
		g.shape(b, t.Elem, depth+1)
		b.WriteString("]")
	case KindArray:
		b.WriteString("[")
		g.shape(b, t.Elem, depth+1)
		b.WriteString(";" + strconv.FormatUint(uint64(t.Length), 10) + "]")
	case KindTuple:
		fields := make([]Field, len(t.Elems))
		for i, e := range t.Elems {
			fields[i].Type = e
		}
		g.shapes(b, fields, depth)
	case KindPrimitive:
		b.WriteString(primitiveNames[t.Primitive])
	case KindCompact:
		b.WriteString("compact ")
		g.shape(b, t.Elem, depth+1)
	case KindBits:
		b.WriteString("bits ")
		g.shape(b, t.Elem, depth+1)
	}
}

// shapes writes the fields of a struct or a tuple.
func (g *Registry) shapes(b *strings.Builder, fields []Field, depth int) {
	if len(fields) == 1 {
		g.shape(b, fields[0].Type, depth+1)
		return
	}
	b.WriteString("(")
	g.join(b, fields, depth)
	b.WriteString(")")
}

func (g *Registry) join(b *strings.Builder, fields []Field, depth int) {
	for i, f := range fields {
		if i > 0 {
			b.WriteString(",")
		}
		g.shape(b, f.Type, depth+1)
	}
}

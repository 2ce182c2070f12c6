package extrinsic

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Argument is the value of a call's field: an Account, a Number, Bytes, a Flag,
// None, a Some, a List, a Struct, a Call or an Encoded, and nothing else. Each
// fits only the types of metadata that its comment names.
type Argument interface{ argument() }

// Account is an AccountId32, or a MultiAddress that holds one.
type Account account.ID

// Number is an unsigned integer of at most 128 bits, plain or compact.
type Number amount.Wide

// Bytes are a sequence of u8, or an array of exactly as many.
type Bytes []byte

// Flag is a bool.
type Flag bool

// None is an absent option.
type None struct{}

// Some is a present option.
type Some struct{ Argument Argument }

// List is a sequence.
type List []Argument

// Struct is a composite whose fields have exactly these names in this order.
type Struct []Field

// Encoded is a value of any type, encoded by somebody else, as an asset's
// Location in a configuration. It has to be one whole value of its type.
type Encoded []byte

// Field is a named argument.
type Field struct {
	Name     string
	Argument Argument
}

func (Account) argument() {}
func (Number) argument()  {}
func (Bytes) argument()   {}
func (Flag) argument()    {}
func (None) argument()    {}
func (Some) argument()    {}
func (List) argument()    {}
func (Struct) argument()  {}
func (Call) argument()    {}
func (Encoded) argument() {}

// Uint is the Number of 64 bits.
func Uint(v uint64) Number { return Number(amount.WideOf(v)) }

// Accounts is the List of accounts.
func Accounts(ids []account.ID) List {
	out := make(List, len(ids))
	for i, id := range ids {
		out[i] = Account(id)
	}
	return out
}

// encoder writes arguments by the types of one metadata.
type encoder struct {
	md *metadata.Metadata
	w  scale.Writer
}

func misfit(a Argument, t *metadata.Type) error {
	return rejection.New(rejection.BadCall, "a %T does not fit the type %v of kind %d", a, t.Path, t.Kind)
}

func (e *encoder) write(id metadata.TypeID, a Argument) error {
	if encoded, ok := a.(Encoded); ok {
		return e.encoded(id, encoded)
	}
	if call, ok := a.(Call); ok {
		return e.call(id, call)
	}
	t := e.md.Registry.Type(id)
	if inner, ok := newtype(t); ok { // BoundedVec, AccountId32 and their like
		return e.write(inner, a)
	}
	switch a := a.(type) {
	case Account:
		return e.account(t, a)
	case Number:
		return e.number(t, a)
	case Bytes:
		return e.bytes(t, a)
	case Flag:
		if t.Kind == metadata.KindPrimitive && t.Primitive == metadata.PrimitiveBool {
			e.w.Bool(bool(a))
			return nil
		}
	case None:
		if _, ok := option(t); ok {
			e.w.Option(false)
			return nil
		}
	case Some:
		if inner, ok := option(t); ok {
			e.w.Option(true)
			return e.write(inner, a.Argument)
		}
	case List:
		if t.Kind == metadata.KindSequence {
			e.w.Count(len(a))
			for _, v := range a {
				if err := e.write(t.Elem, v); err != nil {
					return err
				}
			}
			return nil
		}
	case Struct:
		if t.Kind == metadata.KindComposite {
			return e.fields(t.Fields, a)
		}
	}
	return misfit(a, t)
}

// newtype returns what a composite with one field without a name holds: the two
// have one encoding.
func newtype(t *metadata.Type) (metadata.TypeID, bool) {
	if t.Kind == metadata.KindComposite && len(t.Fields) == 1 && t.Fields[0].Name == "" {
		return t.Fields[0].Type, true
	}
	return 0, false
}

// option returns what an Option holds: None at 0 without fields, Some at 1 with
// one.
func option(t *metadata.Type) (metadata.TypeID, bool) {
	if t.Kind != metadata.KindVariant || len(t.Variants) != 2 {
		return 0, false
	}
	none, some := t.Variants[0], t.Variants[1]
	if none.Name != "None" || none.Index != 0 || len(none.Fields) != 0 ||
		some.Name != "Some" || some.Index != 1 || len(some.Fields) != 1 {
		return 0, false
	}
	return some.Fields[0].Type, true
}

func (e *encoder) fields(want []metadata.Field, have []Field) error {
	if len(want) != len(have) {
		return rejection.New(rejection.BadCall, "%d fields where the runtime has %d", len(have), len(want))
	}
	for i, f := range have {
		if f.Name != want[i].Name {
			return rejection.New(rejection.BadCall, "the field %q where the runtime has %q", f.Name, want[i].Name)
		}
		if err := e.write(want[i].Type, f.Argument); err != nil {
			return err
		}
	}
	return nil
}

// account writes 32 bytes, within the alternative Id if the type is an address.
func (e *encoder) account(t *metadata.Type, a Account) error {
	if t.Kind == metadata.KindVariant {
		for _, v := range t.Variants {
			if v.Name == "Id" && len(v.Fields) == 1 {
				e.w.U8(v.Index)
				return e.write(v.Fields[0].Type, Bytes(a[:]))
			}
		}
		return misfit(a, t)
	}
	if t.Kind != metadata.KindArray {
		return misfit(a, t)
	}
	return e.bytes(t, a[:])
}

func (e *encoder) bytes(t *metadata.Type, b Bytes) error {
	if t.Kind != metadata.KindArray && t.Kind != metadata.KindSequence {
		return misfit(b, t)
	}
	elem := e.md.Registry.Type(t.Elem)
	if elem.Kind != metadata.KindPrimitive || elem.Primitive != metadata.PrimitiveU8 {
		return misfit(b, t)
	}
	if t.Kind == metadata.KindSequence {
		e.w.Vec(b)
		return nil
	}
	if uint64(t.Length) != uint64(len(b)) {
		return rejection.New(rejection.BadCall, "%d bytes where the runtime has %d", len(b), t.Length)
	}
	e.w.Fixed(b)
	return nil
}

// widths are the bits of the unsigned integers.
var widths = map[metadata.Primitive]int{
	metadata.PrimitiveU8: 8, metadata.PrimitiveU16: 16, metadata.PrimitiveU32: 32,
	metadata.PrimitiveU64: 64, metadata.PrimitiveU128: 128,
}

func (e *encoder) number(t *metadata.Type, n Number) error {
	compact := t.Kind == metadata.KindCompact
	if compact {
		t = e.md.Registry.Type(t.Elem)
		if inner, ok := newtype(t); ok {
			t = e.md.Registry.Type(inner)
		}
	}
	bits, ok := widths[t.Primitive]
	if t.Kind != metadata.KindPrimitive || !ok {
		return misfit(n, t)
	}
	if bits <= 64 && (n.Hi != 0 || bits < 64 && n.Lo>>bits != 0) {
		return rejection.New(rejection.BadCall, "a number that does not fit in %d bits", bits)
	}
	if compact {
		e.w.Compact128(amount.Wide(n))
		return nil
	}
	all := amount.Wide(n).LittleEndian()
	e.w.Fixed(all[:bits/8])
	return nil
}

// call writes a call where the runtime takes any of its own.
func (e *encoder) call(id metadata.TypeID, c Call) error {
	if id != e.md.Extrinsic.Call {
		return misfit(c, e.md.Registry.Type(id))
	}
	if c.of != e.md.Hash { // the zero Call is of none
		return rejection.New(rejection.BadCall, "a call of another runtime")
	}
	e.w.Fixed(c.bytes)
	return nil
}

func (e *encoder) encoded(id metadata.TypeID, b Encoded) error {
	if err := e.md.Registry.Check(id, b); err != nil {
		return rejection.New(rejection.BadCall, "bytes that are no value of the type: %v", err)
	}
	e.w.Fixed(b)
	return nil
}

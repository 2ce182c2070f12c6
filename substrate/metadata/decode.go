package metadata

import (
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// magic is "meta" as a little-endian integer.
const magic = 0x6174656d

// MaxBytes bounds the metadata that Decode reads: Kusama's has about 500,000.
const MaxBytes = 4 << 20

// Decode reads metadata of version 14 or 15, bare as state_getMetadata gives
// it or as the optional counted bytes of Metadata_metadata_at_version.
func Decode(b []byte) (*Metadata, error) {
	if len(b) > MaxBytes {
		return nil, rejection.New(rejection.Oversized, "metadata of %d bytes, at most %d allowed", len(b), MaxBytes)
	}
	b, err := unwrap(b)
	if err != nil {
		return nil, err
	}
	d := decoder{Reader: scale.NewReader(b)}
	if d.U32() != magic {
		d.Fail(rejection.New(rejection.BadMetadata, "the first bytes are not \"meta\""))
	}
	m := &Metadata{Version: d.U8(), Hash: blake2b.Sum256(b)}
	if d.Err() == nil && m.Version != 14 && m.Version != 15 {
		d.Fail(rejection.New(rejection.UnknownVersion, "metadata of version %d", m.Version))
	}
	d.version = m.Version
	m.Registry.types = list(&d, 6, d.portable)
	m.Pallets = list(&d, 6, d.pallet)
	m.Extrinsic = d.extrinsic(&m.Registry)
	d.id() // of the runtime
	if m.Version == 15 {
		d.fifteen()
	}
	if err := d.Done(); err != nil {
		return nil, err
	}
	if uint64(d.largest) >= uint64(len(m.Registry.types)) {
		return nil, rejection.New(rejection.BadMetadata, "type %d of %d", d.largest, len(m.Registry.types))
	}
	if err := m.index(); err != nil {
		return nil, err
	}
	return m, nil
}

// unwrap takes the bytes out of Some(Vec<u8>) or Vec<u8>. A wrapper is told
// from the bare form by its first bytes: "meta" begins with 0x6d, which as a
// compact count would be one of two bytes (0x6d & 3 = 1) saying 6,491, and what
// follows them would be "ta", not "meta".
func unwrap(b []byte) ([]byte, error) {
	if len(b) >= 4 && string(b[:4]) == "meta" {
		return b, nil
	}
	if r := scale.NewReader(b); r.Option() {
		if inner, err := counted(r); err == nil {
			return inner, nil
		}
	}
	inner, err := counted(scale.NewReader(b))
	if err != nil {
		return nil, rejection.New(rejection.BadMetadata, "neither metadata nor counted bytes that hold it")
	}
	return inner, nil
}

func counted(r *scale.Reader) ([]byte, error) {
	b := r.Take(r.Count(1))
	if err := r.Done(); err != nil {
		return nil, err
	}
	if len(b) < 4 || string(b[:4]) != "meta" {
		return nil, rejection.New(rejection.BadMetadata, "the counted bytes are not metadata")
	}
	return b, nil
}

// decoder reads the parts of metadata in their order. Types are named before
// they are read, so whether all of them exist is asked at the end.
type decoder struct {
	*scale.Reader
	version uint8
	next    uint32 // number of the next type
	largest TypeID // that was named
}

// list reads a counted list of elements of at least size bytes.
func list[T any](d *decoder, size int, read func() T) []T {
	n := d.Count(size)
	var out []T
	for range n {
		v := read()
		if d.Err() != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// id reads the number of a type.
func (d *decoder) id() TypeID {
	id := TypeID(d.CompactU32())
	d.largest = max(d.largest, id)
	return id
}

func (d *decoder) optionalID() *TypeID {
	if !d.Option() {
		return nil
	}
	id := d.id()
	return &id
}

func (d *decoder) optionalStr() string {
	if !d.Option() {
		return ""
	}
	return d.Str()
}

// docs passes over lines for people.
func (d *decoder) docs() {
	for range d.Count(1) {
		d.Take(d.Count(1))
	}
}

// portable reads a numbered type; that the numbers are 0, 1, 2, … is what
// makes a TypeID a place.
func (d *decoder) portable() Type {
	id := d.CompactU32()
	if d.Err() == nil && id != d.next {
		d.Fail(rejection.New(rejection.BadMetadata, "type %d stands where %d should", id, d.next))
	}
	d.next++
	t := Type{Path: list(d, 1, d.Str), Params: list(d, 2, d.param)}
	t.Kind = Kind(d.U8())
	switch t.Kind {
	case KindComposite:
		t.Fields = list(d, 4, d.field)
	case KindVariant:
		t.Variants = list(d, 4, d.variant)
	case KindSequence, KindCompact:
		t.Elem = d.id()
	case KindArray:
		t.Length = d.U32()
		t.Elem = d.id()
	case KindTuple:
		t.Elems = list(d, 1, d.id)
	case KindPrimitive:
		if t.Primitive = Primitive(d.U8()); t.Primitive > PrimitiveI256 {
			d.Fail(rejection.New(rejection.BadMetadata, "primitive type %d", t.Primitive))
		}
	case KindBits:
		t.Elem = d.id()
		t.Order = d.id()
	default:
		d.Fail(rejection.New(rejection.BadMetadata, "a type of kind %d", t.Kind))
	}
	d.docs()
	return t
}

func (d *decoder) param() Param {
	return Param{Name: d.Str(), Type: d.optionalID()}
}

func (d *decoder) field() Field {
	f := Field{Name: d.optionalStr(), Type: d.id(), TypeName: d.optionalStr()}
	d.docs()
	return f
}

func (d *decoder) variant() Alternative {
	v := Alternative{Name: d.Str(), Fields: list(d, 4, d.field), Index: d.U8()}
	d.docs()
	return v
}

func (d *decoder) pallet() Pallet {
	p := Pallet{Name: d.Str()}
	if d.Option() {
		p.Prefix = d.Str()
		p.Storage = list(d, 6, func() StorageEntry { return d.storage(p.Prefix) })
	}
	p.Calls = d.optionalID()
	p.Events = d.optionalID()
	p.Constants = list(d, 4, d.constant)
	p.Errors = d.optionalID()
	p.Index = d.U8()
	if d.version == 15 {
		d.docs()
	}
	return p
}

func (d *decoder) storage(prefix string) StorageEntry {
	e := StorageEntry{Pallet: prefix, Name: d.Str()}
	switch modifier := d.U8(); modifier {
	case 0:
		e.Optional = true
	case 1:
	default:
		d.Fail(rejection.New(rejection.BadMetadata, "storage %s has the modifier %d", e.Name, modifier))
	}
	switch form := d.U8(); form {
	case 0:
		e.Value = d.id()
	case 1:
		e.Hashers = list(d, 1, d.hasher)
		e.Keys = []TypeID{d.id()} // index takes a tuple apart
		e.Value = d.id()
	default:
		d.Fail(rejection.New(rejection.BadMetadata, "storage %s has the form %d", e.Name, form))
	}
	e.Default = d.Vec()
	d.docs()
	return e
}

func (d *decoder) hasher() Hasher {
	h := Hasher(d.U8())
	if h > Identity {
		d.Fail(rejection.New(rejection.BadMetadata, "hasher %d", h))
	}
	return h
}

func (d *decoder) constant() Constant {
	c := Constant{Name: d.Str(), Type: d.id(), Value: d.Vec()}
	d.docs()
	return c
}

// extrinsic reads what version 15 says outright and version 14 as the
// parameters of the extrinsic's type.
func (d *decoder) extrinsic(g *Registry) (x Extrinsic) {
	if d.version == 14 {
		t := g.Type(d.id())
		x.Version = d.U8()
		for _, part := range []struct {
			name string
			id   *TypeID
		}{{"Address", &x.Address}, {"Call", &x.Call}, {"Signature", &x.Signature}, {"Extra", &x.Extra}} {
			id, ok := t.param(part.name)
			if d.Err() == nil && !ok {
				d.Fail(rejection.New(rejection.BadMetadata, "the extrinsic's type has no parameter %s", part.name))
			}
			*part.id = id
		}
	} else {
		x.Version = d.U8()
		x.Address, x.Call, x.Signature, x.Extra = d.id(), d.id(), d.id(), d.id()
	}
	x.Extensions = list(d, 3, func() Extension {
		return Extension{Name: d.Str(), Type: d.id(), Additional: d.id()}
	})
	return x
}

func (t *Type) param(name string) (TypeID, bool) {
	for _, p := range t.Params {
		if p.Name == name && p.Type != nil {
			return *p.Type, true
		}
	}
	return 0, false
}

// fifteen reads what version 15 has after the runtime's type, of which nothing
// is kept: runtime interfaces, outer enums, custom values.
func (d *decoder) fifteen() {
	for range d.Count(3) { // interfaces
		d.Str()
		for range d.Count(4) { // methods
			d.Str()
			for range d.Count(2) { // arguments
				d.Str()
				d.id()
			}
			d.id()
			d.docs()
		}
		d.docs()
	}
	d.id() // calls
	d.id() // events
	d.id() // errors
	last := ""
	for i := range d.Count(3) {
		name := d.Str()
		if d.Err() == nil && i > 0 && name <= last {
			d.Fail(rejection.New(rejection.BadMetadata, "custom value %q after %q", name, last))
		}
		last = name
		d.id()
		d.Vec()
	}
}

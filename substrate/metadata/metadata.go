package metadata

// TypeID is the place of a type in the Registry.
type TypeID uint32

// Kind says which of a Type's fields hold it.
type Kind uint8

// The kinds of types, with their numbers on the wire.
const (
	KindComposite Kind = iota // Fields: a struct
	KindVariant               // Variants: an enum
	KindSequence              // Elem, counted on the wire
	KindArray                 // Length times Elem
	KindTuple                 // Elems
	KindPrimitive             // Primitive
	KindCompact               // Elem, in compact form
	KindBits                  // Elem stores them, in the order Order
)

// Primitive is a type that is not made of others.
type Primitive uint8

// The primitive types, with their numbers on the wire.
const (
	PrimitiveBool Primitive = iota
	PrimitiveChar
	PrimitiveStr
	PrimitiveU8
	PrimitiveU16
	PrimitiveU32
	PrimitiveU64
	PrimitiveU128
	PrimitiveU256
	PrimitiveI8
	PrimitiveI16
	PrimitiveI32
	PrimitiveI64
	PrimitiveI128
	PrimitiveI256
)

// Type is one type of a runtime.
type Type struct {
	Path   []string // for people, such as sp_core::crypto::AccountId32
	Params []Param
	Kind   Kind

	Fields    []Field       // Composite
	Variants  []Alternative // Variant
	Elem      TypeID        // Sequence, Array, Compact, Bits
	Order     TypeID        // Bits
	Length    uint32        // Array
	Elems     []TypeID      // Tuple
	Primitive Primitive     // Primitive
}

// Param is a generic parameter of a type.
type Param struct {
	Name string
	Type *TypeID // nil: the parameter is not kept
}

// Field is a part of a composite or of a variant; Name may be empty.
type Field struct {
	Name     string
	Type     TypeID
	TypeName string // as the source calls it, for people; may be empty
}

// Alternative is one of an enum's: a call, an event, an error.
type Alternative struct {
	Name   string
	Index  uint8
	Fields []Field
}

// Metadata is what a runtime says of itself.
type Metadata struct {
	Version   uint8    // of the metadata's form, 14 or 15
	Hash      [32]byte // BLAKE2b-256 of the bare metadata: what an operator accepts
	Registry  Registry
	Pallets   []Pallet
	Extrinsic Extrinsic

	byName  map[string]int
	byIndex map[uint8]int
}

// Pallet is one module of a runtime.
type Pallet struct {
	Name      string
	Index     uint8
	Prefix    string // of its storage; empty if it has none
	Storage   []StorageEntry
	Calls     *TypeID // a Variant type; nil: none
	Events    *TypeID
	Errors    *TypeID
	Constants []Constant
}

// Hasher makes a part of a storage key from a part of a map's key.
type Hasher uint8

// The hashers, with their numbers on the wire.
const (
	Blake2x128 Hasher = iota
	Blake2x256
	Blake2x128Concat
	Twox128
	Twox256
	Twox64Concat
	Identity
)

// StorageEntry is a value, or a map of values, that a pallet keeps.
type StorageEntry struct {
	Pallet   string // prefix of the pallet's storage
	Name     string
	Optional bool // absent means absent; otherwise it means Default
	Hashers  []Hasher
	Keys     []TypeID // one a hasher; none in a plain value
	Value    TypeID
	Default  []byte
}

// Constant is a value that is fixed in the runtime.
type Constant struct {
	Name  string
	Type  TypeID
	Value []byte
}

// Extrinsic says how a transaction is made.
type Extrinsic struct {
	Version    uint8
	Address    TypeID
	Call       TypeID
	Signature  TypeID
	Extra      TypeID
	Extensions []Extension // in the order of encoding
}

// Extension is one of the parts that a transaction carries (Type) and of those
// that are only signed (Additional).
type Extension struct {
	Name       string
	Type       TypeID
	Additional TypeID
}

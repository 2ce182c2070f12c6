package metadata

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/amount"
)

// Value is a decoded value: a Uint, Int, Bool, Text, Bytes, List, Composite,
// Variant or BitString, and nothing else.
type Value interface{ value() }

// Uint is an unsigned integer below 2^256, its lowest 64 bits first.
type Uint [4]uint64

// Int is a signed integer of at most 256 bits in two's complement, its lowest
// 64 bits first.
type Int [4]uint64

// Bool is a flag.
type Bool bool

// Text is a string, or a single character.
type Text string

// Bytes is a sequence or an array of u8: an account, a hash, a remark.
type Bytes []byte

// List is a tuple, or a sequence or an array of anything but u8.
type List []Value

// Composite is a struct. One with a single field without a name is that field
// itself: an AccountId32 is Bytes.
type Composite []Named

// Named is a field; the name may be empty.
type Named struct {
	Name  string
	Value Value
}

// Variant is one alternative of an enum. An option is None or Some.
type Variant struct {
	Name   string
	Index  uint8
	Fields Composite
}

// BitString is a sequence of bits as it stands on the wire.
type BitString struct {
	Length uint32
	Store  []byte
}

func (Uint) value()      {}
func (Int) value()       {}
func (Bool) value()      {}
func (Text) value()      {}
func (Bytes) value()     {}
func (List) value()      {}
func (Composite) value() {}
func (Variant) value()   {}
func (BitString) value() {}

// Get returns the first field of a name, or nil.
func (c Composite) Get(name string) Value {
	for _, f := range c {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Uint64 returns u; ok is false if it is 2^64 or more.
func (u Uint) Uint64() (v uint64, ok bool) { return u[0], u[1]|u[2]|u[3] == 0 }

// Wide returns u; ok is false if it is 2^128 or more.
func (u Uint) Wide() (v amount.Wide, ok bool) {
	return amount.Wide{Hi: u[1], Lo: u[0]}, u[2]|u[3] == 0
}

// String returns u in decimal.
func (u Uint) String() string { return limbs(u).String() }

// String returns i in decimal.
func (i Int) String() string {
	v := limbs(i)
	if i[3]>>63 == 1 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 256))
	}
	return v.String()
}

func limbs(l [4]uint64) *big.Int {
	v := new(big.Int)
	for i := 3; i >= 0; i-- {
		v.Or(v.Lsh(v, 64), new(big.Int).SetUint64(l[i]))
	}
	return v
}

// AsUint64 returns a Uint below 2^64; ok is false for any other value.
func AsUint64(v Value) (n uint64, ok bool) {
	if u, is := v.(Uint); is {
		return u.Uint64()
	}
	return 0, false
}

// AsWide returns a Uint below 2^128; ok is false for any other value.
func AsWide(v Value) (w amount.Wide, ok bool) {
	if u, is := v.(Uint); is {
		return u.Wide()
	}
	return amount.Wide{}, false
}

// AsHash returns Bytes of 32; ok is false for any other value.
func AsHash(v Value) (h [32]byte, ok bool) {
	b, is := v.(Bytes)
	if !is || len(b) != len(h) {
		return h, false
	}
	return [32]byte(b), true
}

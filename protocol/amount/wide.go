package amount

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxExponent is the largest k for which 10^k fits into a Wide.
const MaxExponent = 38

// Wide is an amount on an external chain, Hi·2^64 + Lo of its smallest units.
// Wides compare with ==; the zero value is nothing.
type Wide struct{ Hi, Lo uint64 }

// WideOf returns v.
func WideOf(v uint64) Wide { return Wide{Lo: v} }

// IsZero reports whether a is 0.
func (a Wide) IsZero() bool { return a == Wide{} }

// Uint64 returns a; ok is false if it is 2^64 or more.
func (a Wide) Uint64() (v uint64, ok bool) { return a.Lo, a.Hi == 0 }

// Cmp returns −1, 0 or 1: a is below, equal to or above b.
func (a Wide) Cmp(b Wide) int {
	if a.Hi != b.Hi {
		return cmp.Compare(a.Hi, b.Hi)
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// Add returns a + b; ok is false if the sum is 2^128 or more.
func (a Wide) Add(b Wide) (sum Wide, ok bool) {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, carry := bits.Add64(a.Hi, b.Hi, carry)
	return Wide{hi, lo}, carry == 0
}

// Sub returns a − b; ok is false if b > a.
func (a Wide) Sub(b Wide) (diff Wide, ok bool) {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, borrow := bits.Sub64(a.Hi, b.Hi, borrow)
	return Wide{hi, lo}, borrow == 0
}

// mul returns a · m; ok is false if the product is 2^128 or more.
func (a Wide) mul(m uint64) (product Wide, ok bool) {
	over, hi := bits.Mul64(a.Hi, m)
	carry, lo := bits.Mul64(a.Lo, m)
	hi, c := bits.Add64(hi, carry, 0)
	return Wide{hi, lo}, over == 0 && c == 0
}

// divMod returns floor(a/d) and the remainder; d is not 0.
func (a Wide) divMod(d uint64) (q Wide, r uint64) {
	q.Hi = a.Hi / d
	q.Lo, r = bits.Div64(a.Hi%d, a.Lo, d)
	return q, r
}

// split writes k ≤ 38 as two exponents of ten that fit into 64 bits each.
func split(k uint8) (first, second uint64) {
	pow := func(k uint8) uint64 {
		p := uint64(1)
		for range k {
			p *= 10
		}
		return p
	}
	half := min(k, 19)
	return pow(half), pow(k - half)
}

// Scale returns a · 10^k; ok is false if the product is 2^128 or more, or k
// above MaxExponent.
func (a Wide) Scale(k uint8) (product Wide, ok bool) {
	if k > MaxExponent {
		return Wide{}, false
	}
	first, second := split(k)
	product, ok = a.mul(first)
	if !ok {
		return Wide{}, false
	}
	if product, ok = product.mul(second); !ok {
		return Wide{}, false
	}
	return product, true
}

// FloorScale returns q = floor(a/10^k) and what the division leaves,
// a − q·10^k. ok is false if k is above MaxExponent.
func (a Wide) FloorScale(k uint8) (q, rest Wide, ok bool) {
	if k > MaxExponent {
		return Wide{}, Wide{}, false
	}
	// floor(floor(a/x)/y) = floor(a/(x·y)), and the rest is r_2·x + r_1.
	first, second := split(k)
	q, r1 := a.divMod(first)
	q, r2 := q.divMod(second)
	rest, _ = WideOf(r2).mul(first) // both below 2^64
	rest, _ = rest.Add(WideOf(r1))  // below 10^k ≤ 10^38
	return q, rest, true
}

// WriteWide appends a as 16 bytes, big-endian.
func WriteWide(w *encoding.Writer, a Wide) {
	w.U64(a.Hi)
	w.U64(a.Lo)
}

// ReadWide reads what WriteWide writes.
func ReadWide(r *encoding.Reader) Wide { return Wide{r.U64(), r.U64()} }

// LittleEndian returns a as the 16 bytes that SCALE has for a u128.
func (a Wide) LittleEndian() (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:8], a.Lo)
	binary.LittleEndian.PutUint64(b[8:], a.Hi)
	return b
}

// String returns a in decimal digits.
func (a Wide) String() string {
	if a.IsZero() {
		return "0"
	}
	var digits [39]byte
	i := len(digits)
	for !a.IsZero() {
		var r uint64
		a, r = a.divMod(10)
		i--
		digits[i] = byte('0' + r)
	}
	return string(digits[i:])
}

// FormatWide returns a · 10^-decimals without trailing zeros.
func FormatWide(a Wide, decimals uint8) string { return point(a.String(), decimals) }

// ParseWide is FormatWide's inverse for decimals up to MaxExponent, with the
// refusals of ParseDecimal: BAD_AMOUNT, OVER_PRECISE; nothing is rounded.
func ParseWide(s string, decimals uint8) (Wide, error) {
	all, err := shift(s, decimals)
	if err != nil {
		return Wide{}, err
	}
	var a Wide
	for _, c := range []byte(all) {
		var fits, still bool
		a, fits = a.mul(10)
		a, still = a.Add(WideOf(uint64(c - '0')))
		if !fits || !still {
			return Wide{}, rejection.New(rejection.BadAmount, "%q is too large", s)
		}
	}
	return a, nil
}

// MarshalText writes a in decimal digits, so that JSON has it as a text:
// its readers' numbers end at 2^53.
func (a Wide) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads exactly what MarshalText writes (BAD_AMOUNT).
func (a *Wide) UnmarshalText(text []byte) error {
	v, err := ParseWide(string(text), 0)
	if err != nil {
		return err
	}
	if v.String() != string(text) || strings.Contains(string(text), ".") {
		return rejection.New(rejection.BadAmount, "%q is not a whole number without leading zeros", text)
	}
	*a = v
	return nil
}

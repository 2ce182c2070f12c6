package scale

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// message has one field of every kind.
type message struct {
	A uint8
	B uint16
	C uint32
	D uint64
	E amount.Wide
	F bool
	G [32]byte
	H []byte
	I string
	J []uint16
	K uint32      // compact
	L uint64      // compact
	M amount.Wide // compact
	N *uint8
}

func (m message) encode() []byte {
	var w Writer
	w.U8(m.A)
	w.U16(m.B)
	w.U32(m.C)
	w.U64(m.D)
	w.U128(m.E)
	w.Bool(m.F)
	w.Fixed(m.G[:])
	w.Vec(m.H)
	w.Str(m.I)
	w.Count(len(m.J))
	for _, v := range m.J {
		w.U16(v)
	}
	w.Compact(uint64(m.K))
	w.Compact(m.L)
	w.Compact128(m.M)
	w.Option(m.N != nil)
	if m.N != nil {
		w.U8(*m.N)
	}
	return w.Bytes()
}

func decode(b []byte) (message, error) {
	r := NewReader(b)
	m := message{A: r.U8(), B: r.U16(), C: r.U32(), D: r.U64(), E: r.U128(), F: r.Bool(), G: r.Hash(), H: r.Vec(), I: r.Str()}
	for range r.Count(2) {
		m.J = append(m.J, r.U16())
	}
	m.K, m.L, m.M = r.CompactU32(), r.Compact(), r.Compact128()
	if r.Option() {
		v := r.U8()
		m.N = &v
	}
	return m, r.Done()
}

func drawU128(t *rapid.T, label string) amount.Wide {
	v := amount.Wide{Hi: rapid.Uint64().Draw(t, label), Lo: rapid.Uint64().Draw(t, label)}
	shift := rapid.IntRange(0, 127).Draw(t, label) // every length
	if shift >= 64 {
		v = amount.Wide{Lo: v.Hi}
		shift -= 64
	}
	return amount.Wide{Hi: v.Hi >> shift, Lo: v.Lo>>shift | v.Hi<<(64-shift)}
}

func draw(t *rapid.T) message {
	m := message{
		A: rapid.Uint8().Draw(t, "A"), B: rapid.Uint16().Draw(t, "B"), C: rapid.Uint32().Draw(t, "C"),
		D: rapid.Uint64().Draw(t, "D"), E: drawU128(t, "E"), F: rapid.Bool().Draw(t, "F"),
		H: append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "H")...), I: rapid.String().Draw(t, "I"),
		K: rapid.Uint32().Draw(t, "K"), L: rapid.Uint64().Draw(t, "L"), M: drawU128(t, "M"),
	}
	copy(m.G[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "G"))
	for _, v := range rapid.SliceOfN(rapid.Uint16(), 0, 70).Draw(t, "J") {
		m.J = append(m.J, v)
	}
	if rapid.Bool().Draw(t, "some") {
		v := rapid.Uint8().Draw(t, "N")
		m.N = &v
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := draw(t)
		b := m.encode()
		got, err := decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Fatal(diff)
		}
		if _, err := decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Fatalf("a byte more: %v", err)
		}
		if _, err := decode(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")]); !errors.Is(err, rejection.Truncated) {
			t.Fatalf("cut: %v", err)
		}
	})
}

// The answers of Substrate's own codec documentation, and every boundary.
func TestCompact(t *testing.T) {
	for _, c := range []struct {
		v    amount.Wide
		want string
	}{
		{amount.Wide{}, "00"},
		{amount.Wide{Lo: 1}, "04"},
		{amount.Wide{Lo: 42}, "a8"},
		{amount.Wide{Lo: 63}, "fc"},
		{amount.Wide{Lo: 64}, "0101"},
		{amount.Wide{Lo: 69}, "1501"},
		{amount.Wide{Lo: 1<<14 - 1}, "fdff"},
		{amount.Wide{Lo: 1 << 14}, "02000100"},
		{amount.Wide{Lo: 65535}, "feff0300"},
		{amount.Wide{Lo: 1<<30 - 1}, "feffffff"},
		{amount.Wide{Lo: 1 << 30}, "0300000040"},
		{amount.Wide{Lo: 1<<32 - 1}, "03ffffffff"},
		{amount.Wide{Lo: 1 << 32}, "070000000001"},
		{amount.Wide{Lo: 100000000000000}, "0b00407a10f35a"},
		{amount.Wide{Lo: 1<<64 - 1}, "13ffffffffffffffff"},
		{amount.Wide{Hi: 1}, "17000000000000000001"},
		{amount.Wide{Hi: 1<<64 - 1, Lo: 1<<64 - 1}, "33ffffffffffffffffffffffffffffffff"},
	} {
		var w Writer
		w.Compact128(c.v)
		if got := hex.EncodeToString(w.Bytes()); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
		r := NewReader(w.Bytes())
		if got := r.Compact128(); got != c.v || r.Done() != nil {
			t.Errorf("%s: %v, %v", c.want, got, r.Err())
		}
	}
}

// Every encoding that is longer than it needs to be, or too large, is refused.
func TestRefused(t *testing.T) {
	u32 := func(r *Reader) { r.CompactU32() }
	u64 := func(r *Reader) { r.Compact() }
	u128 := func(r *Reader) { r.Compact128() }
	count := func(r *Reader) { r.Count(4) }
	str := func(r *Reader) { r.Str() }
	flag := func(r *Reader) { r.Option() }
	for _, c := range []struct {
		name string
		hex  string
		read func(*Reader)
		want rejection.Code // zero: accepted, the control
	}{
		{"0 in two bytes", "0100", u32, rejection.NonCanonical},
		{"63 in two bytes", "fd00", u32, rejection.NonCanonical},
		{"64 in two bytes", "0101", u32, 0},
		{"2^14-1 in four bytes", "feff0000", u32, rejection.NonCanonical},
		{"2^14 in four bytes", "02000100", u32, 0},
		{"2^30-1 in five bytes", "03ffffff3f", u32, rejection.NonCanonical},
		{"2^30 in five bytes", "0300000040", u32, 0},
		{"2^30 in six bytes", "070000004000", u64, rejection.NonCanonical},
		{"2^32 as u32", "070000000001", u32, rejection.OutOfRange},
		{"2^32 as u64", "070000000001", u64, 0},
		{"2^64 as u64", "17000000000000000001", u64, rejection.OutOfRange},
		{"2^64 as u128", "17000000000000000001", u128, 0},
		{"2^128 as u128", "370000000000000000000000000000000001", u128, rejection.OutOfRange},
		{"67 bytes", "ff" + "01", u128, rejection.OutOfRange},
		{"nothing", "", u128, rejection.Truncated},
		{"half of two", "01", u128, rejection.Truncated},
		{"half of four", "020001", u128, rejection.Truncated},
		{"half of five", "03000000", u128, rejection.Truncated},
		{"three of four", "0c" + "0000000000000000" + "000000", count, rejection.Truncated},
		{"2^32-1 elements", "03ffffffff" + "00", count, rejection.Truncated},
		{"text", "08" + "c3a9", str, 0},
		{"not UTF-8", "08" + "c328", str, rejection.NonCanonical},
		{"flag 2", "02", flag, rejection.NonCanonical},
		{"flag 1", "01", flag, 0},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(b)
		c.read(r)
		if c.want == 0 {
			if err := r.Done(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if !errors.Is(r.Err(), c.want) {
			t.Errorf("%s: %v, want %v", c.name, r.Err(), c.want)
		}
	}
}

// After an error nothing is read, and the first error stays.
func TestErrorSticks(t *testing.T) {
	r := NewReader([]byte{2, 7, 7, 7, 7})
	r.Bool()
	if r.U8() != 0 || r.U32() != 0 || r.Compact() != 0 || r.Count(1) != 0 || r.Str() != "" || r.Take(1) != nil {
		t.Error("a value after an error")
	}
	if !errors.Is(r.Done(), rejection.NonCanonical) {
		t.Errorf("%v", r.Done())
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message{}.encode())
	f.Add(message{H: []byte{1}, I: "ksm", J: []uint16{1, 2}, M: amount.Wide{Hi: 1}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decode(b); err == nil && !bytes.Equal(m.encode(), b) {
			t.Fatal("two encodings of one message")
		}
	})
}

package encoding

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// message has one field of every kind.
type message struct {
	A uint8
	B uint16
	C uint32
	D uint64
	E bool
	F [3]byte
	G []byte   // at most maxVar bytes
	H []uint16 // at most maxCount elements
}

const (
	maxVar   = 5
	maxCount = 3
)

func (m message) encode() []byte {
	w := NewWriter(0)
	w.U8(m.A)
	w.U16(m.B)
	w.U32(m.C)
	w.U64(m.D)
	w.Bool(m.E)
	w.Fixed(m.F[:])
	w.Var(m.G)
	w.U16(uint16(len(m.H)))
	for _, v := range m.H {
		w.U16(v)
	}
	return w.Bytes()
}

func decode(b []byte) (message, error) {
	r := NewReader(b)
	m := message{A: r.U8(), B: r.U16(), C: r.U32(), D: r.U64(), E: r.Bool()}
	r.Fixed(m.F[:])
	m.G = r.Var(maxVar)
	for range r.Count(maxCount) {
		m.H = append(m.H, r.U16())
	}
	return m, r.Done()
}

func drawMessage(t *rapid.T) message {
	m := message{
		A: rapid.Uint8().Draw(t, "a"), B: rapid.Uint16().Draw(t, "b"), C: rapid.Uint32().Draw(t, "c"),
		D: rapid.Uint64().Draw(t, "d"), E: rapid.Bool().Draw(t, "e"),
		G: rapid.SliceOfN(rapid.Byte(), 0, maxVar).Draw(t, "g"),
		H: rapid.SliceOfN(rapid.Uint16(), 0, maxCount).Draw(t, "h"),
	}
	copy(m.F[:], rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(t, "f"))
	return m
}

// sampleMessage has no field that is zero.
var sampleMessage = message{
	A: 1, B: 0x0203, C: 0x04050607, D: 0x08090a0b0c0d0e0f, E: true,
	F: [3]byte{0x10, 0x11, 0x12}, G: []byte{0x13, 0x14}, H: []uint16{0x1516},
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		b := m.encode()
		got, err := decode(b)
		if err != nil || !bytes.Equal(got.encode(), b) {
			t.Fatalf("%v", err)
		}
		// Self-delimiting: no proper prefix and no extension is a message.
		n := rapid.IntRange(0, len(b)-1).Draw(t, "prefix")
		if _, err := decode(b[:n]); !errors.Is(err, rejection.Truncated) {
			t.Fatalf("prefix of %d: %v", n, err)
		}
		if _, err := decode(append(b, 0)); !errors.Is(err, rejection.TrailingBytes) {
			t.Fatalf("%v", err)
		}
	})
}

// Results share no memory with the input.
func TestVarCopies(t *testing.T) {
	b := sampleMessage.encode()
	m, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if !bytes.Equal(m.G, sampleMessage.G) {
		t.Error("Var returned a view of the input")
	}
}

// After the first error a Reader returns zeros and keeps that error.
func TestFirstErrorStays(t *testing.T) {
	r := NewReader([]byte{2, 9, 9, 9})
	r.Bool()
	r.Fail(rejection.New(rejection.OutOfRange, ""))
	if v := r.U16(); v != 0 {
		t.Errorf("read %d after an error", v)
	}
	if r.Var(9) != nil || r.Count(9) != 0 {
		t.Error("read a field after an error")
	}
	if err := r.Done(); !errors.Is(err, rejection.NonCanonical) {
		t.Errorf("%v", err)
	}
}

func TestVarTooLongPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a field of 65536 bytes was written")
		}
	}()
	NewWriter(0).Var(make([]byte, 1<<16))
}

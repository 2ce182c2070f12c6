package extrinsic

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// The examples of Substrate's own documentation and tests.
func TestKnownEras(t *testing.T) {
	for _, c := range []struct {
		period, birth uint32
		want          uint16 // little-endian
	}{
		{64, 42, 5 + 42<<4},
		{32768, 20000, 14 + 2500<<4},
		{64, 0, 5},
		{64, 63, 5 + 63<<4},
		{64, 64, 5},
		{4, 3, 1 + 3<<4},
		{65536, 65520, 15 + 4095<<4},
	} {
		e, err := NewEra(c.period, c.birth)
		if err != nil {
			t.Fatal(err)
		}
		b := e.bytes()
		if got := binary.LittleEndian.Uint16(b[:]); got != c.want {
			t.Errorf("%d from %d is %04x, want %04x", c.period, c.birth, got, c.want)
		}
	}
}

// chainBirth is what a chain computes of an era's two bytes in the block of a
// number: the period and the birth block whose hash must have been signed.
func chainBirth(b [2]byte, current uint64) (period, birth uint64) {
	v := uint64(binary.LittleEndian.Uint16(b[:]))
	period = 2 << (v % 16)
	phase := v >> 4 * max(period>>12, 1)
	return period, (max(current, phase)-phase)/period*period + phase
}

// In every block after the birth up to Last the chain finds our birth block, and
// in no other.
func TestEraIsTheChains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := uint32(1) << rapid.IntRange(2, 16).Draw(t, "log")
		birth := rapid.Uint32Range(0, math.MaxUint32-2*MaxPeriod).Draw(t, "birth")
		birth -= birth % step(period)
		e, err := NewEra(period, birth)
		if err != nil {
			t.Fatal(err)
		}
		agrees := func(current uint64) bool {
			p, b := chainBirth(e.bytes(), current)
			return p == uint64(period) && b == uint64(birth)
		}
		at := uint64(rapid.Uint32Range(birth, e.Last()).Draw(t, "current"))
		if !agrees(at) || !agrees(uint64(birth)) || !agrees(uint64(e.Last())) {
			t.Fatalf("in a block of its era the chain finds another birth")
		}
		if agrees(uint64(e.Last()) + 1) {
			t.Fatal("it lives longer than Last")
		}
		// Before the first period is over a chain finds the same birth, which then
		// lies ahead and has no hash yet.
		if birth >= period && agrees(uint64(birth)-1) {
			t.Fatal("it lives before its birth")
		}
	})
}

func TestErasRefused(t *testing.T) {
	for _, c := range []struct{ period, birth uint32 }{
		{0, 0}, {1, 0}, {2, 0}, {3, 0}, {63, 0}, {65, 0}, {MaxPeriod * 2, 0},
		{8192, 1}, {MaxPeriod, 8}, {64, math.MaxUint32 - 63},
	} {
		if _, err := NewEra(c.period, c.birth); !errors.Is(err, rejection.BadEra) {
			t.Errorf("%d from %d: %v", c.period, c.birth, err)
		}
	}
	for _, c := range []struct{ period, birth uint32 }{{4, 1}, {8192, 2}, {MaxPeriod, 16}, {64, math.MaxUint32 - 64}} {
		if _, err := NewEra(c.period, c.birth); err != nil {
			t.Errorf("control: %d from %d: %v", c.period, c.birth, err)
		}
	}
}

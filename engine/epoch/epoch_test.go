package epoch

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/registry"
)

// TestOneCallPerInterval: every interval has exactly one call, and not always
// at the same offset.
func TestOneCallPerInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k registry.Schedule
		k[0] = rapid.Byte().Draw(t, "key")
		n := rapid.Uint32Range(1, 40).Draw(t, "interval")
		first := n * rapid.Uint32Range(0, 1000).Draw(t, "first")
		offsets := map[uint32]bool{}
		for i := range uint32(50) {
			calls := 0
			for h := first + i*n; h < first+(i+1)*n; h++ {
				if Called(k, h, n) {
					calls++
					offsets[h%n] = true
				}
			}
			if calls != 1 {
				t.Fatalf("%d calls in an interval of %d", calls, n)
			}
		}
		if n > 1 && len(offsets) == 1 {
			t.Fatal("the call stands still")
		}
	})
	if Called(registry.Schedule{}, 7, 0) {
		t.Fatal("an interval of 0 calls")
	}
}

// TestTieFallsBothWays over a few hundred heights.
func TestTieFallsBothWays(t *testing.T) {
	up := 0
	for h := range uint32(400) {
		if Tie(Secret{1}.Schedule(), h) {
			up++
		}
	}
	if up < 140 || up > 260 {
		t.Fatalf("%d of 400 ties go up", up)
	}
}

// TestDrawsDiffer: no two inputs share a draw, and no draw is the schedule.
func TestDrawsDiffer(t *testing.T) {
	seen := map[[32]byte]string{}
	note := func(seed [32]byte, what string) {
		if other, ok := seen[seed]; ok {
			t.Fatalf("%s repeats %s", what, other)
		}
		seen[seed] = what
	}
	for _, secret := range []Secret{{}, {1}} {
		note(secret.Schedule(), "schedule")
		for _, height := range []uint32{0, 1, 256} {
			a := secret.Auction(height)
			note(a, "auction")
			for p := Salt; p <= OrderRank; p++ {
				for _, market := range []uint32{0, 1, 256} {
					for _, index := range []int{0, 1, 256} {
						note(a.Seed(p, market, index), "seed")
						element := a.Element(p, market, index)
						note(element.Bytes(), "element")
						note(a.Scalar(p, market, index).Bytes(), "scalar")
					}
				}
			}
		}
	}
}

// TestRank: a function of key and nullifier.
func TestRank(t *testing.T) {
	a, b := Secret{1}.Auction(5).Rank(), Secret{1}.Auction(6).Rank()
	x, y := field.FromUint64(1), field.FromUint64(2)
	if a.Of(x.Bytes()) != a.Of(x.Bytes()) || a.Of(x.Bytes()) == a.Of(y.Bytes()) || a.Of(x.Bytes()) == b.Of(x.Bytes()) {
		t.Fatal("rank is not a function of key and nullifier")
	}
}

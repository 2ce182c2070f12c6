package amount

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// u64 draws from the whole range, its ends more often than chance would.
func u64() *rapid.Generator[uint64] {
	return rapid.OneOf(
		rapid.Uint64(),
		rapid.Uint64Range(0, 20_000),
		rapid.Uint64Range(math.MaxUint64-20_000, math.MaxUint64),
	)
}

// holds demands that got is the exact result, or that ok is false and the
// exact result does not fit.
func holds(t *rapid.T, name string, exact *big.Int, got uint64, ok bool) {
	t.Helper()
	if fits := exact.IsUint64(); fits != ok || fits && exact.Uint64() != got {
		t.Fatalf("%s: %v, %v; exactly %v", name, got, ok, exact)
	}
}

func TestExactOrNotOK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := u64().Draw(t, "a"), u64().Draw(t, "b")
		bp := rapid.Uint16().Draw(t, "bp")
		x, y := new(big.Int).SetUint64(a), new(big.Int).SetUint64(b)

		got, ok := Add(a, b)
		holds(t, "add", new(big.Int).Add(x, y), got, ok)
		got, ok = Sub(a, b)
		holds(t, "sub", new(big.Int).Sub(x, y), got, ok)
		got, ok = Mul(a, b)
		holds(t, "mul", new(big.Int).Mul(x, y), got, ok)

		product := new(big.Int).Mul(x, big.NewInt(int64(bp)))
		floor, rem := new(big.Int).QuoRem(product, big.NewInt(BasisPoints), new(big.Int))
		got, ok = FloorBp(a, bp)
		holds(t, "floor", floor, got, ok)
		ceil := new(big.Int).Set(floor)
		if rem.Sign() > 0 {
			ceil.Add(ceil, big.NewInt(1))
		}
		got, ok = CeilBp(a, bp)
		holds(t, "ceil", ceil, got, ok)
	})
}

func TestEdges(t *testing.T) {
	const top = math.MaxUint64
	is := func(name string, want uint64) func(got uint64, ok bool) {
		return func(got uint64, ok bool) {
			t.Helper()
			if !ok || got != want {
				t.Errorf("%s: %d, %v", name, got, ok)
			}
		}
	}
	overflows := func(name string) func(got uint64, ok bool) {
		return func(got uint64, ok bool) {
			t.Helper()
			if ok {
				t.Errorf("%s: %d", name, got)
			}
		}
	}
	is("floor of all", top)(FloorBp(top, BasisPoints))
	is("ceil of all", top)(CeilBp(top, BasisPoints))
	is("floor of one", 0)(FloorBp(1, 1))
	is("ceil of one", 1)(CeilBp(1, 1))
	is("no rate", 0)(CeilBp(top, 0))
	is("sum at the top", top)(Add(top, 0))
	is("difference of equals", 0)(Sub(top, top))
	overflows("floor above all")(FloorBp(top, BasisPoints+1))
	overflows("ceil above all")(CeilBp(top, BasisPoints+1))
	overflows("sum past the top")(Add(top, 1))
	overflows("difference below 0")(Sub(0, 1))
	overflows("product at 2^64")(Mul(1<<32, 1<<32))
}

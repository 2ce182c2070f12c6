package amount

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// wide draws from the whole range, its ends more often than chance would.
func wide() *rapid.Generator[Wide] {
	return rapid.Custom(func(t *rapid.T) Wide {
		hi := rapid.OneOf(rapid.Just[uint64](0), rapid.Just[uint64](math.MaxUint64), rapid.Uint64()).Draw(t, "hi")
		return Wide{hi, u64().Draw(t, "lo")}
	})
}

func exact(a Wide) *big.Int {
	v := new(big.Int).SetUint64(a.Hi)
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(a.Lo))
}

func TestWideIsExactOrNotOK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := wide().Draw(t, "a"), wide().Draw(t, "b")
		k := uint8(rapid.IntRange(0, MaxExponent).Draw(t, "k"))
		is := func(name string, want *big.Int, got Wide, ok bool) {
			t.Helper()
			if fits := want.Sign() >= 0 && want.BitLen() <= 128; fits != ok || fits && exact(got).Cmp(want) != 0 {
				t.Fatalf("%s: %v, %v; exactly %v", name, got, ok, want)
			}
		}
		x, y := exact(a), exact(b)
		ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil)
		got, ok := a.Add(b)
		is("add", new(big.Int).Add(x, y), got, ok)
		got, ok = a.Sub(b)
		is("sub", new(big.Int).Sub(x, y), got, ok)
		got, ok = a.Scale(k)
		is("scale", new(big.Int).Mul(x, ten), got, ok)
		got, rest, ok := a.FloorScale(k)
		q, r := new(big.Int).QuoRem(x, ten, new(big.Int))
		is("floor", q, got, ok)
		is("rest", r, rest, ok)
		if a.Cmp(b) != x.Cmp(y) {
			t.Fatalf("%v against %v: %d", a, b, a.Cmp(b))
		}
		if a.String() != x.String() {
			t.Fatalf("%v is %s", x, a)
		}
	})
}

func TestExponentsEndAt38(t *testing.T) {
	if _, ok := WideOf(0).Scale(MaxExponent + 1); ok {
		t.Error("10^39 is above 2^128")
	}
	if _, _, ok := WideOf(0).FloorScale(MaxExponent + 1); ok {
		t.Error("10^39 is above 2^128")
	}
	if v, ok := WideOf(1).Scale(MaxExponent); !ok || v.String() != "100000000000000000000000000000000000000" {
		t.Errorf("%v, %v", v, ok)
	}
}

func TestWideRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := wide().Draw(t, "a")
		d := uint8(rapid.IntRange(0, MaxExponent).Draw(t, "decimals"))
		if got, err := ParseWide(FormatWide(a, d), d); err != nil || got != a {
			t.Fatalf("%q: %v, %v", FormatWide(a, d), got, err)
		}
		if b := a.LittleEndian(); binary.LittleEndian.Uint64(b[:8]) != a.Lo || binary.LittleEndian.Uint64(b[8:]) != a.Hi {
			t.Fatal("little endian")
		}
		w := encoding.NewWriter(16)
		WriteWide(w, a)
		r := encoding.NewReader(w.Bytes())
		if got := ReadWide(r); got != a || r.Done() != nil {
			t.Fatal("encoding")
		}
		text, err := json.Marshal(a)
		var back Wide
		if err != nil || json.Unmarshal(text, &back) != nil || back != a {
			t.Fatalf("%s: %v, %v", text, back, err)
		}
	})
}

func TestParseWide(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals uint8
		want     Wide
		code     error
	}{
		{"1.5", 12, WideOf(1_500_000_000_000), nil},
		{"340282366920938463463374607431768211455", 0, Wide{math.MaxUint64, math.MaxUint64}, nil},
		{"340282366920938463463374607431768211456", 0, Wide{}, rejection.BadAmount},
		{"3402823669209384634633746074317682114550", 0, Wide{}, rejection.BadAmount},
		{"18446744073709551616", 0, Wide{1, 0}, nil},
		{"0.0000000000001", 12, Wide{}, rejection.OverPrecise},
		{"-1", 0, Wide{}, rejection.BadAmount},
		{"", 0, Wide{}, rejection.BadAmount},
	} {
		got, err := ParseWide(c.in, c.decimals)
		if !errors.Is(err, c.code) || got != c.want {
			t.Errorf("ParseWide(%q, %d) = %v, %v", c.in, c.decimals, got, err)
		}
	}
	for _, text := range []string{"01", "1.0", "0.0", "", "x"} {
		var a Wide
		if err := a.UnmarshalText([]byte(text)); !errors.Is(err, rejection.BadAmount) {
			t.Errorf("%q: %v, %v", text, a, err)
		}
	}
}

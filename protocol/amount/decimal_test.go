package amount

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals uint8
		want     uint64
		code     error
	}{
		{"0", 0, 0, nil},
		{"12", 9, 12_000_000_000, nil},
		{"12.5", 1, 125, nil},
		{"12.50", 1, 125, nil},
		{"0.000000001", 9, 1, nil},
		{"18446744073709551615", 0, 1<<64 - 1, nil},
		{"18446744073709551616", 0, 0, rejection.BadAmount},
		{"18446744074", 9, 0, rejection.BadAmount},
		{"0.0000000001", 9, 0, rejection.OverPrecise},
		{"1.5", 0, 0, rejection.OverPrecise},
		{"", 9, 0, rejection.BadAmount},
		{".", 9, 0, rejection.BadAmount},
		{"1.", 9, 0, rejection.BadAmount},
		{".5", 9, 0, rejection.BadAmount},
		{"-1", 9, 0, rejection.BadAmount},
		{"+1", 9, 0, rejection.BadAmount},
		{"1e3", 9, 0, rejection.BadAmount},
		{"1_000", 9, 0, rejection.BadAmount},
		{"1,5", 9, 0, rejection.BadAmount},
		{"1.2.3", 9, 0, rejection.BadAmount},
		{"٣", 9, 0, rejection.BadAmount},
	} {
		got, err := ParseDecimal(c.in, c.decimals)
		if got != c.want || !errors.Is(err, c.code) {
			t.Errorf("ParseDecimal(%q, %d) = %d, %v", c.in, c.decimals, got, err)
		}
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "v")
		d := uint8(rapid.IntRange(0, 19).Draw(t, "decimals"))
		got, err := ParseDecimal(FormatDecimal(v, d), d)
		if err != nil || got != v {
			t.Fatalf("%d with %d decimals: %q, %d, %v", v, d, FormatDecimal(v, d), got, err)
		}
	})
}

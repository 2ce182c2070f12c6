package amount

import (
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// ParseDecimal reads a positive or zero decimal number ("12", "12.5") as an
// integer count of 10^-decimals. It refuses what is not such a number, or is
// 2^64 units or more (BAD_AMOUNT), and more decimals than there are
// (OVER_PRECISE): nothing is ever rounded. decimals is at most 19.
func ParseDecimal(s string, decimals uint8) (uint64, error) {
	all, err := shift(s, decimals)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(all, 10, 64)
	if err != nil {
		return 0, rejection.New(rejection.BadAmount, "%q is too large", s)
	}
	return v, nil
}

// shift returns the digits of s · 10^decimals.
func shift(s string, decimals uint8) (string, error) {
	whole, frac, dot := strings.Cut(s, ".")
	if whole == "" || dot && frac == "" || !digits(whole) || !digits(frac) {
		return "", rejection.New(rejection.BadAmount, "%q is not a decimal number", s)
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > int(decimals) {
		return "", rejection.New(rejection.OverPrecise, "%q has more than %d decimals", s, decimals)
	}
	return whole + frac + strings.Repeat("0", int(decimals)-len(frac)), nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// FormatDecimal is the inverse of ParseDecimal: v · 10^-decimals without
// trailing zeros.
func FormatDecimal(v uint64, decimals uint8) string {
	return point(strconv.FormatUint(v, 10), decimals)
}

// point puts the decimal point before the last digits of s.
func point(s string, decimals uint8) string {
	d := int(decimals)
	if len(s) <= d {
		s = strings.Repeat("0", d-len(s)+1) + s
	}
	whole, frac := s[:len(s)-d], strings.TrimRight(s[len(s)-d:], "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

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
	whole, frac, dot := strings.Cut(s, ".")
	if whole == "" || dot && frac == "" || !digits(whole) || !digits(frac) {
		return 0, rejection.New(rejection.BadAmount, "%q is not a decimal number", s)
	}
	if trimmed := strings.TrimRight(frac, "0"); len(trimmed) > int(decimals) {
		return 0, rejection.New(rejection.OverPrecise, "%q has more than %d decimals", s, decimals)
	} else {
		frac = trimmed + strings.Repeat("0", int(decimals)-len(trimmed))
	}
	v, err := strconv.ParseUint(whole+frac, 10, 64)
	if err != nil {
		return 0, rejection.New(rejection.BadAmount, "%q is too large", s)
	}
	return v, nil
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
	s := strconv.FormatUint(v, 10)
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

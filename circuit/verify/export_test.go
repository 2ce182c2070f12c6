package verify

import "github.com/nightjar/nightjar/protocol/field"

// Coefficients lets the vectors pin r_i.
func Coefficients(claims []Claim) []field.Element {
	all := make([]parsed, len(claims))
	for i, c := range claims {
		all[i] = parsed{index: i, Claim: c}
	}
	return coefficients(all)
}

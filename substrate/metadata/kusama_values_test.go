//go:build kusama

package metadata

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/internal/testkit/npm"
)

// Values of every type of Kusama and of its Asset Hub.
func TestRoundTripKusama(t *testing.T) {
	for _, name := range []string{"v14/kusama", "v15/asset-hub-kusama"} {
		g := &decoded(t, npm.Metadata(t, name)).Registry
		rapid.Check(t, func(t *rapid.T) { roundTrip(t, g) })
	}
}

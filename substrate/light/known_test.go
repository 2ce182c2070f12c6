//go:build kusama

package light_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/substrate/light"
)

// specs is where `make kusama-npm` puts the specifications of real chains.
const specs = "../../e2e/npm/node_modules/@polkadot-api/known-chains/dist/specs/"

// want is what the specifications of known-chains 0.12.1 say.
var want = map[string]struct {
	number      uint32
	hash        string
	set         uint64
	authorities int
	threshold   uint64
}{
	"kusama":   {34457420, "0x4e6df6f97a17130745810c945005444ab797fa429aacdd0838939a95f710e551", 13623, 700, 467},
	"polkadot": {32191275, "0xb1b60a724cd4988d57465f27d4f2606ed1a52ede4b67341aefa36ef1a1a52d18", 3533, 600, 401},
	"westend":  {32057689, "0x9e9c812cc99e236c4c721a2de39b4e1dd2297c48b028cbc94054b69ec9ec86bb", 10855, 20, 14},
	"paseo":    {254785, "0x393638bd23e51d09f9de78bbb666ab8242164917a6e10e33dcd8f8099e420ff7", 57, 56, 38},
}

// The checkpoints that real chains ship decode to their authorities. A file
// that is not there is a failure: make kusama-npm.
func TestKnownChains(t *testing.T) {
	for _, name := range []string{"kusama", "polkadot", "westend", "paseo"} {
		js, err := os.ReadFile(specs + name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(string(js), "`")
		text, _, _ = strings.Cut(text, "`")
		s, err := light.FromChainSpec([]byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		threshold, err := s.Set.Threshold()
		if err != nil {
			t.Fatal(name, err)
		}
		for _, a := range s.Set.Authorities {
			if a.Weight != 1 {
				t.Errorf("%s: an authority of weight %d", name, a.Weight)
			}
		}
		t.Logf("%s: block %d %v, set %d of %d authorities, threshold %d, a checkpoint of %d bytes",
			name, s.Finalised.Number, s.Finalised.Hash, s.Set.ID, len(s.Set.Authorities), threshold, len(s.Encode()))
		w := want[name]
		if s.Finalised.Number != w.number || s.Finalised.Hash.String() != w.hash || s.Set.ID != w.set || len(s.Set.Authorities) != w.authorities || threshold != w.threshold {
			t.Errorf("%s: another checkpoint", name)
		}
		if again, err := light.Decode(s.Encode()); err != nil || again.Finalised != s.Finalised {
			t.Error(name, err)
		}
	}
}

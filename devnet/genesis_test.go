package devnet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/scenario"
)

// extreme is as far as a scenario's numbers go.
const extreme = `asset AAAAAAAAAAAA 9 exit-fee 18446744073.709551615
asset 1 0 exit-fee 18446744073709551615
asset DOT 9 chain 4294967295 external native external-decimals 38 min 1 max 1 cap 1
asset 2 0 chain 1 external assets:4294967295 external-decimals 0
fee 18446744073.709551615
market 1/AAAAAAAAAAAA lot 1 tick 9223372036.854775807 fee 0 collar 0
market AAAAAAAAAAAA/1 lot 18000000000 tick 0.5 fee 1000 collar 65535 min 18000000000
trader q
deposit q 4611686018427387904 1
`

// TestRules: the ledger takes the rules of a devnet with everything that a
// scenario may declare.
func TestRules(t *testing.T) {
	texts := map[string][]byte{"default": scenario.Default, "extreme": []byte(extreme)}
	files, err := filepath.Glob("../scenario/testdata/*.scenario")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenario ships", err)
	}
	for _, f := range files {
		if texts[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		s, err := scenario.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		g := rules(s)
		g.ChainID, g.Time, g.SimulatedRoot = "devnet-1", 1, quorum.Key{1}
		g.Validators = []ledger.Validator{{Key: quorum.Key{1}, Power: 10}}
		g.Signers = ledger.Signers{Threshold: 1, Keys: []quorum.Key{{1}}}
		g.Treasury = ledger.Address{Address: keys.Derive([]byte("treasury"), 0).Viewing().Address(0)}
		g.Keys = ledger.DevelopmentKeys(circuittest.NewTrapdoors("devnet").Keys())
		if err := g.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

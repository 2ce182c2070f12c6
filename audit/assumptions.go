package audit

import (
	"fmt"

	"github.com/nightjar/nightjar/ledger"
)

// assumptions lists what a reader of the report still has to believe.
func assumptions(g *ledger.Genesis) []string {
	var out []string
	if g.Development {
		out = append(out,
			"DEVELOPMENT chain: its assets are worth nothing",
			"DEVELOPMENT proving keys: made by a single party, who could forge proofs")
	} else {
		out = append(out, "at least one participant of each circuit's ceremony was honest")
	}
	if g.AllowSimulated {
		out = append(out, "SIMULATED enclaves are allowed: their evidence protects nothing, order contents may be known to their hosts")
	} else {
		out = append(out, "the enclaves' hardware keeps its secrets: order contents are as confidential as TDX and SEV-SNP")
	}
	return append(out,
		"less than one third of the validators' power is faulty: otherwise there may be another chain",
		"this genesis file is the right one: compare its hash",
		fmt.Sprintf("%d of %d custody signers are honest: the external reserves are theirs to pay out", g.Signers.Threshold, len(g.Signers.Keys)),
		fmt.Sprintf("enclaves of %d operators do not collude: that prices were the best possible rests on their agreement", g.Params.Quorum),
		"Poseidon2, Groth16 over BLS12-381, Jubjub, Ed25519 and SHA-2 are sound",
	)
}

package audit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
)

// ceremonies returns the transcripts that the keys of all versions name, each
// once; of development keys that is zero.
func ceremonies(versions []ledger.Circuits) (out []quorum.Key) {
	for _, v := range versions {
		for _, k := range []state.CircuitKey{v.Action, v.Fill, v.Collect} {
			if !slices.Contains(out, k.Transcript) {
				out = append(out, k.Transcript)
			}
		}
	}
	slices.SortFunc(out, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// assumptions lists what a reader of the report still has to believe.
func assumptions(g *ledger.Genesis, versions []ledger.Circuits, signers state.Signers) []string {
	var out []string
	if g.Development {
		out = append(out, "DEVELOPMENT chain: its assets are worth nothing")
	}
	for _, transcript := range ceremonies(versions) {
		if transcript == (quorum.Key{}) {
			out = append(out, "DEVELOPMENT proving keys: made by a single party, who could forge proofs")
		} else {
			out = append(out, fmt.Sprintf("the keys are those of the ceremony %x, and somebody was honest who contributed to its powers, and to each circuit: check it with `nightjar ceremony verify --genesis`", transcript[:8]))
		}
	}
	if g.AllowSimulated {
		out = append(out, "SIMULATED enclaves are allowed: their evidence protects nothing, order contents may be known to their hosts")
	} else {
		out = append(out, "the enclaves' hardware keeps its secrets: order contents are as confidential as TDX and SEV-SNP")
	}
	return append(out,
		"less than one third of the validators' power is faulty: otherwise there may be another chain",
		"this genesis file is the right one: compare its hash",
		fmt.Sprintf("fewer than %d of the %d custody signers are dishonest: the external reserves are theirs to pay out", signers.Threshold, len(signers.Keys)),
		fmt.Sprintf("enclaves of %d operators do not collude: that prices were the best possible rests on their agreement", g.Params.Quorum),
		"Poseidon2, Groth16 over BLS12-381, Jubjub, Ed25519 and SHA-2 are sound",
	)
}

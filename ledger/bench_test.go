package ledger

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/cpu"
)

// BenchmarkActions measures what the ledger itself does with actions: decoding
// and spend signatures, admission in one block and execution two blocks later,
// tree, log, rows and app hash. Proofs are taken as checked. It reports
// actions a CPU second.
func BenchmarkActions(b *testing.B) {
	const perBlock = 300
	w := newWorld(b)
	w.skip(4)
	blocks := make([][][]byte, 0, b.N/perBlock+1)
	for left := b.N; left > 0; left -= perBlock {
		var txs [][]byte
		for range min(left, perBlock) {
			txs = append(txs, w.action().Encode())
		}
		blocks = append(blocks, txs)
	}
	b.ResetTimer()
	start := cpu.Now()
	for _, txs := range blocks {
		w.apply(txs...)
	}
	w.apply()
	w.apply()
	b.ReportMetric(float64(b.N)/(cpu.Now()-start).Seconds(), "actions/cpu-s")
}

// BenchmarkCheck measures what the mempool pays for one action, proof apart.
func BenchmarkCheck(b *testing.B) {
	w := newWorld(b)
	w.skip(4)
	tx := w.action().Encode()
	b.ResetTimer()
	start := cpu.Now()
	for range b.N {
		if _, err := w.state.Check(tx, 2000); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/(cpu.Now()-start).Seconds(), "checks/cpu-s")
}

// BenchmarkBlock checks a block of 1,000 actions that nobody has seen before:
// decoding, rules and spend signatures, and with "proofs" the batch of their
// proofs too. It reports CPU seconds a block.
func BenchmarkBlock(b *testing.B) {
	const actions = 1000
	g := testGenesis()
	g.Limits.BlockActions, g.Limits.BlockProofs = actions, actions
	w := verifying(b, g)
	w.skip(4)
	var txs [][]byte
	for range actions {
		txs = append(txs, w.prove(setups(1)))
	}
	in := w.block(txs...)
	for name, proofs := range map[string]Proofs{"rules": new(believe), "proofs": Verifier{}} {
		b.Run(name, func(b *testing.B) {
			w.state.proofs = proofs
			start := cpu.Now()
			for b.Loop() {
				if _, err := w.state.Apply(in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu.Now()-start).Seconds()/float64(b.N), "cpu-s/block")
		})
	}
}

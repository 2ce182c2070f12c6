package wallet

import (
	"sync"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Scanner does what scanning costs: trial decryption. It needs no state, so
// blocks can be scanned in any order and in parallel.
type Scanner struct{ inner *seal.Scanner }

// NewScanner returns a scanner for an account.
func NewScanner(view keys.ViewingKey) *Scanner { return &Scanner{seal.NewScanner(view)} }

// Scanned is a block and what a Scanner found in it: the only thing that
// State.Apply takes.
type Scanned struct {
	block *Block
	found [][]seal.Opened     // by index in block.Executed
	fees  map[int]seal.Opened // by index in block.Groups; only the treasury finds any
}

// Scan tries every output of a block on a single core.
func (s *Scanner) Scan(b *Block) Scanned {
	out := s.begin(b)
	s.open(out, 0, 1)
	return out
}

// ScanParallel is Scan on the given number of cores.
func (s *Scanner) ScanParallel(b *Block, workers int) Scanned {
	const worthwhile = 32 // actions; below it, goroutines cost more than they save
	if workers < 2 || len(b.Executed) < worthwhile {
		return s.Scan(b)
	}
	out := s.begin(b)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { s.open(out, w, workers) })
	}
	wg.Wait()
	return out
}

// begin opens the groups' fee notes, which are few.
func (s *Scanner) begin(b *Block) Scanned {
	out := Scanned{block: b, found: make([][]seal.Opened, len(b.Executed))}
	for i, g := range b.Groups {
		if fee, ok := s.inner.OpenFee(g.PC, g.Fee, g.Opening); ok {
			if out.fees == nil {
				out.fees = make(map[int]seal.Opened)
			}
			out.fees[i] = fee
		}
	}
	return out
}

// open scans the actions with index = from mod step.
func (s *Scanner) open(out Scanned, from, step int) {
	for i := from; i < len(out.block.Executed); i += step {
		a := &out.block.Executed[i]
		out.found[i] = s.inner.Open(a.Nullifiers[0], a.Commitments, &a.Sealed)
	}
}

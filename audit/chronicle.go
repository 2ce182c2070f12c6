package audit

import (
	"context"
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/replica"
)

// Follower checks blocks as Run does, from the first on and as they come, and
// remembers what evidence about the enclaves is judged by.
type Follower struct {
	replica   *replica.Replica
	chronicle *chronicle.Chronicle
}

// Follow returns a follower that has seen no block yet.
func Follow(genesis []byte) (*Follower, error) {
	g, err := ledger.ParseGenesis(genesis)
	if err != nil {
		return nil, err
	}
	return follow(g, ledger.Verifier{})
}

func follow(g *ledger.Genesis, proofs ledger.Proofs) (*Follower, error) {
	r, err := replica.New(g, proofs)
	if err != nil {
		return nil, err
	}
	return &Follower{r, chronicle.New(g)}, nil
}

// Chronicle returns what was remembered up to the last block that Advance took.
func (f *Follower) Chronicle() *chronicle.Chronicle { return f.chronicle }

// Advance checks the blocks up to `to`; progress, if there is one, is called
// after each. After an error it stands at the last block that it took, and can
// go on; a *replica.Refusal says that the chain broke a rule.
func (f *Follower) Advance(ctx context.Context, source Source, to uint64, progress func(height uint64)) error {
	from := f.chronicle.Height() + 1
	if to < from {
		return nil
	}
	err := source.Blocks(ctx, from, to, func(lightBlock []byte, txs [][]byte) error {
		b, err := f.replica.Apply(lightBlock, txs)
		if err != nil {
			return err
		}
		if err := f.chronicle.Take(b.Txs, b.Events, f.replica.State()); err != nil {
			return err
		}
		if progress != nil {
			progress(b.Height)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if h := f.chronicle.Height(); h != to {
		return fmt.Errorf("the blocks end at height %d, before %d", h, to)
	}
	return nil
}

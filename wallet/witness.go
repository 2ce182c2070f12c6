package wallet

import (
	"context"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Witness follows an account in memory. It spends and submits nothing and holds
// no directory, so that it can run beside whatever trades with the account.
type Witness struct {
	chain Chain
	cores int
	state *State
}

// Witness returns a witness of the account that begins with what the wallet has
// read, and reads on from chain.
func (w *Wallet) Witness(chain Chain) (*Witness, error) {
	b, err := w.state.Encode()
	if err != nil {
		return nil, err
	}
	state, err := DecodeState(b, w.config.View, w.config.Network, w.config.Terms)
	if err != nil {
		return nil, err
	}
	return &Witness{chain, w.config.Cores, state}, nil
}

// State returns what the account owns and did. It changes with the next Sync.
func (w *Witness) State() *State { return w.state }

// Sync reads all blocks up to the newest, and holds them against the roots that
// the validators signed. After BAD_BLOCK the witness is spent: a part of a lie
// may be in it. After any other error it stands at a block and can go on.
func (w *Witness) Sync(ctx context.Context) error {
	params, err := w.chain.Params(ctx)
	if err != nil {
		return err
	}
	if params.terms() != w.state.terms {
		return rejection.New(rejection.BadBlock, "the node serves chain %q, the wallet is of %q", params.ChainID, w.state.terms.ChainID)
	}
	scanner := NewScanner(w.state.view)
	err = w.chain.Blocks(ctx, w.state.Height+1, func(b *Block) error {
		return w.state.Apply(scanner.ScanParallel(b, w.cores))
	})
	if err == nil && w.state.Height == params.Height {
		err = w.state.Check(params.Roots)
	}
	return err
}

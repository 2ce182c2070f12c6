package wallet

import (
	"context"
	"errors"

	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	// checkpoint is how many blocks a sync reads between two saves.
	checkpoint = 2000
	// resubmit is after how many blocks an action that is in no block is
	// submitted again: the node may have restarted and lost it.
	resubmit = 10
)

// Notice tells of an outgoing action that ended otherwise than by execution.
type Notice struct {
	ID   ID
	Kind Kind
	Err  error // why; a rejection
}

// Sync reads all blocks up to the newest, holds them against the roots that
// the validators signed, and settles what became of outgoing actions; those
// that the network may have lost are submitted again. Blocks that contradict
// each other or the roots are refused (BAD_BLOCK), and the wallet goes back to
// what it last knew for certain: nothing is lost by a lying node, and nothing
// of what it said is kept.
//
// Whatever the error, the wallet stands at a block and can go on from there.
func (w *Wallet) Sync(ctx context.Context) ([]Notice, error) {
	params, err := w.config.Chain.Params(ctx)
	if err != nil {
		return nil, err
	}
	if params.terms() != w.config.Terms {
		return nil, rejection.New(rejection.BadBlock, "the node serves chain %q, the wallet is of %q", params.ChainID, w.config.Terms.ChainID)
	}
	w.params = params
	before := w.state.Changes
	err = w.read(ctx)
	if err == nil && w.state.Height == params.Height {
		err = w.state.Check(params.Roots)
		w.certain = err == nil
	}
	if errors.Is(err, rejection.BadBlock) {
		return nil, errors.Join(err, w.back())
	}
	if err != nil {
		return nil, err
	}
	notices := w.resolve(ctx)
	if w.state.Changes != before || len(notices) > 0 || w.state.Height-w.fresh >= checkpoint/10 {
		return notices, w.save()
	}
	return notices, nil
}

// read applies the blocks that the wallet has not seen. It saves on the way, so
// that a long sync that is cut off goes on where it was; what it saves then is
// not certain yet.
func (w *Wallet) read(ctx context.Context) error {
	scanner := NewScanner(w.config.View)
	return w.config.Chain.Blocks(ctx, w.state.Height+1, func(b *Block) error {
		w.certain = false
		if err := w.state.Apply(scanner.ScanParallel(b, w.config.Cores)); err != nil {
			return err
		}
		if w.config.Progress != nil {
			w.config.Progress(Progress{b.Height, max(w.params.Height, b.Height)})
		}
		if b.Height-w.fresh >= checkpoint {
			return w.save()
		}
		return nil
	})
}

// back returns to what was saved last; if that was saved in the middle of a
// sync, a part of the lie may be in it, and the wallet reads the chain from
// its start. Outgoing actions stay.
func (w *Wallet) back() error {
	local, params := w.local, w.params
	if err := w.restore(w.saved); err != nil {
		return err
	}
	w.local, w.params = local, params
	if w.certain {
		return nil
	}
	w.state = NewState(w.config.View, w.config.Network, w.config.Terms)
	w.certain = true
	return w.save()
}

// resolve drops outgoing actions that the chain has decided or made
// impossible, and submits again those that it may have lost.
func (w *Wallet) resolve(ctx context.Context) []Notice {
	var notices []Notice
	var rest []*Outgoing
	for _, p := range w.local.Pending {
		done, err := w.fate(p)
		if !done && err == nil && !p.Admitted && w.state.Height >= p.Submitted+resubmit {
			err = w.offer(ctx, p)
		}
		if err != nil {
			notices = append(notices, Notice{p.ID, p.Plan.Kind, err})
		}
		if !done && err == nil {
			rest = append(rest, p)
		}
	}
	w.local.Pending = rest
	return notices
}

// fate says whether the chain has decided an outgoing action; the error says
// that it was not executed and why.
func (w *Wallet) fate(p *Outgoing) (done bool, err error) {
	switch w.state.index.deeds[p.ID] {
	case "":
	case DroppedEntry:
		return true, rejection.New(rejection.NullifierLocked, "a lock came first; the action was dropped whole")
	default:
		return true, nil
	}
	for _, nf := range p.Plan.nullifiers() {
		var by ID
		n, o := w.state.index.notes[nf], w.state.index.orders[nf]
		switch {
		case n != nil:
			by = n.By
		case o != nil:
			by = o.By
		default:
			return true, rejection.New(rejection.NullifierSpent, "another action or a fill spent its inputs first")
		}
		p.Admitted = by == p.ID
	}
	window := w.params.Anchors * w.params.AnchorInterval
	if !p.Admitted && w.state.Height > p.Plan.AnchorHeight+window {
		return true, rejection.New(rejection.UnknownAnchor, "no block took the action while its anchor lived")
	}
	return false, nil
}

// offer submits an outgoing action. An error says that the network refused it
// for good; that it can't be reached, or has the action already, is none.
func (w *Wallet) offer(ctx context.Context, p *Outgoing) error {
	p.Submitted = w.state.Height
	err := w.config.Chain.Submit(ctx, p.Plan.Tx())
	var refused *rejection.Rejection
	if !errors.As(err, &refused) {
		return nil
	}
	switch refused.Code {
	case rejection.DuplicateTx, rejection.BlockFull:
		return nil
	case rejection.AlreadyChallenged:
		return nil // by this very challenge: nobody else has the query's key
	case rejection.NullifierReserved, rejection.NullifierSpent:
		return nil // perhaps by this very action: the next blocks tell
	}
	return err
}

package worker

import (
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/enclave/keylife"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// proposal is an epoch that may start, with its secret.
type proposal struct {
	registry.Epoch
	secret *keylife.Epoch
}

// maxProposals bounds the proposals of one epoch number.
const maxProposals = 64

// propose lets the next epoch begin when it is due: the live workers take turns
// of patience blocks.
func (w *Worker) propose() {
	h := w.height()
	if h%patience != 0 {
		return
	}
	p, able := w.due()
	if p == nil || operators(able) < w.state().Params().Quorum ||
		able[(h/patience)%uint64(len(able))].ID != w.keys.ID() {
		return
	}
	secret, err := keylife.NewEpoch()
	if err != nil {
		return // no randomness now; the next turn is another's
	}
	p.SealKey, p.Committed = secret.SealKey(), secret.Secret().Schedule().Commit()
	w.consent(&proposal{*p, secret}, w.keys.ID())
	plain := secret.Secret()
	for _, to := range w.state().Workers() {
		if to.ID == w.keys.ID() {
			continue
		}
		o := &peer.Offer{To: to.ID, Epoch: *p}
		// A key that nothing can be sealed to is its owner's loss.
		if o.Sealed, err = keylife.SealTo(to.SealKey, w.genesis.ChainID, o.AAD(w.keys.ID(), w.genesis.ChainID), plain[:]); err == nil {
			w.tell(o)
		}
	}
	clear(plain[:])
}

// due returns the epoch that the chain would accept next as far as it is
// determined, and the workers that may propose and sign it; nil if none is due
// or this worker could not sign it.
func (w *Worker) due() (*registry.Epoch, []ledger.Worker) {
	s, next := w.state(), w.height()+1
	book, params := s.Book(), s.Params()
	able := s.Workers()
	p := &registry.Epoch{Number: book.Epoch + 1}
	running, ok := s.Epoch(book.Epoch)
	switch current, held := w.current(); {
	case !ok: // the first
	case held && next-running.Start >= params.EpochBlocks:
		p.Revealed = current.Secret().Schedule()
	case !held && next-book.Alive >= params.DeadBlocks:
		p.Reset = true
		able = slices.DeleteFunc(able, func(m ledger.Worker) bool { return m.Registered <= book.Alive })
	default:
		return nil, nil
	}
	if member(able, w.keys.ID()) == nil {
		return nil, nil
	}
	return p, able
}

// consent keeps a proposal's secret and signs it.
func (w *Worker) consent(p *proposal, proposer settlement.WorkerID) {
	message := p.SignBytes(w.genesis.ChainID)
	digest := sha256.Sum256(message)
	w.offered[digest] = p
	b := &ballot{
		message: message, leader: proposer, opened: w.height(), last: w.height() + patience,
		encode: func(s []settlement.WorkerSignature) []byte {
			tx := p.Epoch
			tx.Signatures = s
			return tx.Encode()
		},
	}
	if p.Reset {
		b.after = w.state().Book().Alive + 1
	}
	w.vote(subject{peer.Epoch, p.Number}, b)
}

// hearOffer takes an offered secret, if it is that of the proposed keys, and
// signs the epoch if it is due here too. A worker that is a block behind keeps
// the secret without signing.
func (w *Worker) hearOffer(from settlement.WorkerID, o *peer.Offer) {
	if o.To != w.keys.ID() || o.Epoch.Number != w.state().Book().Epoch+1 || len(w.offered) >= maxProposals {
		return
	}
	plain, err := w.keys.Open(w.genesis.ChainID, o.AAD(from, w.genesis.ChainID), o.Sealed)
	if err != nil || len(plain) != len(epoch.Secret{}) {
		return
	}
	p := &proposal{o.Epoch, keylife.OpenEpoch(epoch.Secret(plain))}
	clear(plain)
	if !p.secret.Matches(p.SealKey, p.Committed) {
		return
	}
	want, _ := w.due()
	if want == nil || want.Reset != p.Reset || want.Revealed != p.Revealed {
		w.offered[sha256.Sum256(p.SignBytes(w.genesis.ChainID))] = p
		return
	}
	w.consent(p, from)
}

// dropProposals erases the secrets of proposals that lost: epoch number has
// begun.
func (w *Worker) dropProposals(number uint64) {
	w.decide(peer.Epoch, number)
	for digest, p := range w.offered {
		if p.Number <= number {
			p.secret.Erase()
			delete(w.offered, digest)
		}
	}
}

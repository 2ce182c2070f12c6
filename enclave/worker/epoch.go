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
	secret   *keylife.Epoch
	proposer settlement.WorkerID
	height   uint64 // at which it came
	signed   bool
}

// maxProposals bounds the proposals of one worker that are kept: the newest.
const maxProposals = 4

// propose lets the next epoch begin when it is due: the live workers take turns
// of patience blocks.
func (w *Worker) propose() {
	for _, p := range w.offered { // of workers that were a block ahead
		w.consider(p)
	}
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
	w.consider(w.keep(*p, secret, w.keys.ID()))
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

// keep remembers a proposal, in place of its proposer's oldest if there are
// too many.
func (w *Worker) keep(e registry.Epoch, secret *keylife.Epoch, from settlement.WorkerID) *proposal {
	digest := sha256.Sum256(e.SignBytes(w.genesis.ChainID))
	if p := w.offered[digest]; p != nil {
		return p
	}
	var oldest [32]byte
	count := 0
	for d, p := range w.offered {
		if p.proposer != from {
			continue
		}
		if count++; count == 1 || p.height < w.offered[oldest].height {
			oldest = d
		}
	}
	if count >= maxProposals {
		w.offered[oldest].secret.Erase()
		delete(w.offered, oldest)
	}
	p := &proposal{Epoch: e, secret: secret, proposer: from, height: w.height()}
	w.offered[digest] = p
	return p
}

// consider signs a proposal if the same epoch is due here.
func (w *Worker) consider(p *proposal) {
	want, _ := w.due()
	if p.signed || want == nil || want.Number != p.Number || want.Reset != p.Reset || want.Revealed != p.Revealed {
		return
	}
	p.signed = true
	b := &ballot{
		message: p.SignBytes(w.genesis.ChainID), leader: p.proposer, opened: w.height(), last: w.height() + patience,
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

// hearOffer takes an offered secret, if it is that of the proposed keys.
func (w *Worker) hearOffer(from settlement.WorkerID, o *peer.Offer) {
	if o.To != w.keys.ID() || o.Epoch.Number != w.state().Book().Epoch+1 {
		return
	}
	plain, err := w.keys.Open(w.genesis.ChainID, o.AAD(from, w.genesis.ChainID), o.Sealed)
	if err != nil || len(plain) != len(epoch.Secret{}) {
		return
	}
	secret := keylife.OpenEpoch(epoch.Secret(plain))
	clear(plain)
	if secret.Matches(o.Epoch.SealKey, o.Epoch.Committed) {
		w.consider(w.keep(o.Epoch, secret, from))
	}
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

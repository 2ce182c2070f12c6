package worker

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// ballot is a transaction that q operators' workers have to sign. This worker
// has computed it, or checked it against a secret, and signed it.
type ballot struct {
	message    []byte              // SignBytes of the transaction
	leader     settlement.WorkerID // who submits it in the block it was opened in
	opened     uint64              // height
	last       uint64              // last height at which submitting it is of use
	after      uint64              // only workers registered after this height may sign
	signatures map[settlement.WorkerID][64]byte
	closed     bool // submitted from here, or decided on the chain
	encode     func([]settlement.WorkerSignature) []byte
}

// earlyVote is a vote that came before this worker computed what it is about.
type earlyVote struct {
	from settlement.WorkerID
	vote *peer.Vote
}

// Bounds of what peers can make a worker remember.
const (
	maxEarly = 64           // votes of one sender that wait
	ahead    = 2 * patience // how far ahead a vote may be to wait
)

// vote signs a transaction, tells the others, and counts what they said
// before.
func (w *Worker) vote(s subject, b *ballot) {
	digest := sha256.Sum256(b.message)
	if w.ballots[s] == nil {
		w.ballots[s] = map[[32]byte]*ballot{}
	}
	if w.ballots[s][digest] != nil {
		return
	}
	w.ballots[s][digest] = b
	own := w.keys.Sign(b.message)
	b.signatures = map[settlement.WorkerID][64]byte{w.keys.ID(): own}
	w.tell(&peer.Vote{Subject: s.kind, Number: s.number, Digest: digest, Signature: own})

	early := w.early
	w.early = nil
	for _, e := range early {
		if e.vote.Subject == s.kind && e.vote.Number == s.number {
			w.hearVote(e.from, e.vote)
		} else {
			w.early = append(w.early, e)
		}
	}
	w.count(b)
}

// hearVote takes another worker's signature, if it is over what this worker
// computed too. What it computed otherwise is divergence: it is recorded, and
// never signed.
func (w *Worker) hearVote(from settlement.WorkerID, v *peer.Vote) {
	s := subject{v.Subject, v.Number}
	b := w.ballots[s][v.Digest]
	if b == nil {
		switch {
		case w.mayCompute(s):
			w.wait(earlyVote{from, v})
		case w.differs(s):
			w.diverged++
		}
		return
	}
	sender := member(w.state().Workers(), from)
	if sender == nil || !quorum.Verify(sender.SigningKey, b.message, v.Signature) {
		return
	}
	b.signatures[from] = v.Signature
	w.count(b)
}

// wait keeps a vote until this worker has computed what it is about.
func (w *Worker) wait(v earlyVote) {
	waiting := 0
	for _, e := range w.early {
		if e.from == v.from {
			waiting++
		}
	}
	if waiting < maxEarly {
		w.early = append(w.early, v)
	}
}

// mayCompute reports whether this worker may still come to vote on s.
func (w *Worker) mayCompute(s subject) bool {
	if s.kind == peer.Epoch {
		return s.number == w.state().Book().Epoch+1
	}
	return s.number > w.height() && s.number <= w.height()+ahead
}

// differs reports whether this worker computed something else for s: it voted
// otherwise, or ran that auction, which can still be locked, and found nothing.
// Several epochs may be proposed at a time.
func (w *Worker) differs(s subject) bool {
	switch s.kind {
	case peer.Lock:
		return w.auction[s.number] != nil && w.height() <= s.number+w.genesis.Constants.ExecutionDelay
	case peer.Heartbeat:
		return len(w.ballots[s]) > 0
	}
	return false
}

// decide closes all ballots of a kind up to a number: the chain has decided.
func (w *Worker) decide(kind peer.Subject, number uint64) {
	for s, list := range w.ballots {
		for _, b := range list {
			b.closed = b.closed || s.kind == kind && s.number <= number
		}
	}
}

// count submits a transaction that has its quorum, if it is this worker's turn.
func (w *Worker) count(b *ballot) {
	if b.closed || b.leader != w.keys.ID() && w.height() == b.opened {
		return
	}
	list := w.state().Workers()
	var signatures []settlement.WorkerSignature
	var signers = list[:0:0]
	for _, id := range slices.SortedFunc(maps.Keys(b.signatures), compareIDs) {
		if m := member(list, id); m != nil && m.Registered >= b.after {
			signers = append(signers, *m)
			signatures = append(signatures, settlement.WorkerSignature{Worker: id, Signature: b.signatures[id]})
		}
	}
	if operators(signers) < w.state().Params().Quorum {
		return
	}
	b.closed = true
	w.send(&boundary.Submit{Tx: b.encode(signatures)})
}

func compareIDs(a, b settlement.WorkerID) int { return bytes.Compare(a[:], b[:]) }

// submitLate takes over from leaders that did not submit, forgets what is of no
// use any more, and looks again at the votes that wait.
func (w *Worker) submitLate() {
	for s, list := range w.ballots {
		for digest, b := range list {
			if w.height() > b.last {
				delete(list, digest)
				continue
			}
			w.count(b)
		}
		if len(list) == 0 {
			delete(w.ballots, s)
		}
	}
	early := w.early
	w.early = nil
	for _, e := range early {
		// What could be computed by now either was, or is divergence.
		w.hearVote(e.from, e.vote)
	}
}

package worker

import (
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// beat signs the heartbeat of the newest block, if one is due.
func (w *Worker) beat() {
	book, every, h := w.state().Book(), w.state().Params().HeartbeatBlocks, w.height()
	w.decide(peer.Heartbeat, book.Heartbeat)
	for n := range w.roots {
		if n <= book.Heartbeat {
			delete(w.roots, n)
			delete(w.traces, n)
		}
	}
	if _, ok := w.current(); !ok || h%every != 0 || h <= book.Heartbeat {
		return
	}
	auctions, ok := w.transcripts(max(book.Heartbeat+1, book.Since), h)
	if !ok {
		return
	}
	intake := w.machine.Intake()
	w.retain(max(book.Heartbeat+1, book.Since), intake)
	p := registry.Heartbeat{
		Height: h, Intake: intake.Tree.Root(), Transcript: auctions.Root(), StateDigest: w.machine.Digest(),
		Prints: w.machine.Prints(),
	}
	w.vote(subject{peer.Heartbeat, h}, &ballot{
		message: p.SignBytes(w.genesis.ChainID), leader: w.state().Leader(), opened: h, last: h + 2*every - 1,
		encode: func(s []settlement.WorkerSignature) []byte {
			p.Signatures = s
			return p.Encode()
		},
	})
}

// transcripts is the tree of all auctions of a range of heights; ok is false if
// this worker has not run them all.
func (w *Worker) transcripts(first, last uint64) (tree transcript.Tree, ok bool) {
	var called []transcript.Called
	for n := first; n <= last; n++ {
		root, ran := w.roots[n]
		if !ran {
			return tree, false
		}
		if root != [32]byte{} {
			called = append(called, transcript.Called{Height: n, Interval: n / w.genesis.Constants.AuctionInterval, Root: root})
		}
	}
	return transcript.NewAuctions(called), true
}

// note remembers the transcript of an auction; of one that was not called, that
// there is none.
func (w *Worker) note(a machine.Auction) {
	h := uint64(a.Height)
	if !a.Called {
		w.roots[h] = [32]byte{}
		return
	}
	w.roots[h], w.traces[h] = a.Transcript.Root(), a.Transcript
}

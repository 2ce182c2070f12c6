package worker

import (
	"encoding/binary"

	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/transcript"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// beat signs the heartbeat of the newest block, if one is due.
func (w *Worker) beat() {
	book, every, h := w.state().Book(), w.state().Params().HeartbeatBlocks, w.height()
	w.decide(peer.Heartbeat, book.Heartbeat)
	for n := range w.roots {
		if n <= book.Heartbeat {
			delete(w.roots, n)
		}
	}
	if _, ok := w.current(); !ok || h%every != 0 || h <= book.Heartbeat {
		return
	}
	auctions, ok := w.transcripts(max(book.Heartbeat+1, book.Since), h)
	if !ok {
		return
	}
	p := registry.Heartbeat{
		Height: h, Intake: w.machine.Intake().Root(), Transcript: auctions.Root(), StateDigest: w.machine.Digest(),
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
	var leaves []transcript.Leaf
	for n := first; n <= last; n++ {
		root, ran := w.roots[n]
		if !ran {
			return tree, false
		}
		var key [field.Size]byte
		binary.BigEndian.PutUint64(key[field.Size-8:], n)
		leaves = append(leaves, transcript.Leaf{Key: key, Data: root[:]})
	}
	return transcript.New(domain.Transcript, leaves), true
}

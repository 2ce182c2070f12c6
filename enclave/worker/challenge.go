package worker

import (
	"fmt"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
)

// reply is this worker's answer to a challenge on the chain, made once: what it
// shows of a heartbeat may be erased before the chain has it.
type reply struct {
	tx   []byte
	sent uint64 // height at which it was last submitted
}

// respond answers the block's challenges of this worker, and submits again what
// the chain does not have yet. It always can: whatever the query, there is an
// answer of one size.
func (w *Worker) respond(r *record) {
	for _, c := range r.challenged {
		if c.Worker != w.keys.ID() {
			continue
		}
		sealed, err := w.seal(&c.Query)
		if err != nil {
			// The ledger takes no query whose key nothing can be sealed to.
			panic(fmt.Sprintf("worker: seal an answer: %v", err))
		}
		a := &challenge.Answer{Challenge: c.ID(w.genesis.ChainID)}
		copy(a.Sealed[:], sealed)
		a.Signature = w.keys.Sign(a.SignBytes(w.genesis.ChainID))
		w.replies[a.Challenge] = &reply{tx: a.Encode()}
	}
	if len(w.replies) == 0 {
		return
	}
	open := map[challenge.ID]bool{}
	for _, c := range w.state().Challenges() { // ascending by id
		reply := w.replies[c.ID]
		if reply == nil || !c.Open {
			continue
		}
		open[c.ID] = true
		if reply.sent == 0 || w.height() >= reply.sent+answerPatience {
			reply.sent = w.height()
			w.send(&boundary.Submit{Tx: reply.tx})
		}
	}
	for id := range w.replies {
		if !open[id] {
			delete(w.replies, id)
		}
	}
}

// answerPatience is the number of blocks after which an answer is submitted
// again: a challenged worker has 8 blocks or more.
const answerPatience = 2

// challengedIn decodes the challenge that an event is about.
func challengedIn(txs [][]byte, e ledger.ChallengeAccepted) (*challenge.Challenge, error) {
	c, err := challenge.Decode(txs[e.Index])
	if err != nil {
		return nil, fmt.Errorf("worker: an accepted challenge: %w", err)
	}
	return c, nil
}

package chronicle

import (
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Challenge is a question to a worker that the chain took, and what became of it.
// Without an answer and a suspension it is open, up to block Until.
type Challenge struct {
	Worker         settlement.WorkerID
	Block          uint64 // that took it
	Until          uint64
	Answered       uint64 // block with the answer; 0 if there is none
	Answer         *challenge.Answer
	Suspended      uint64 // block that suspended the worker; 0 if none did
	SuspendedUntil uint64
}

// Challenge returns what became of a challenge; false if the chain never took it.
func (c *Chronicle) Challenge(id challenge.ID) (Challenge, bool) {
	found := c.challenges[id]
	if found == nil {
		return Challenge{}, false
	}
	return *found, true
}

// Signers returns the workers that signed the heartbeat of a height as the chain
// took it.
func (c *Chronicle) Signers(height uint64) []settlement.WorkerID {
	return slices.Clone(c.signed[height])
}

// challenged takes the events of challenges.
func (c *Chronicle) challenged(h uint64, txs [][]byte, e ledger.Event) error {
	switch e := e.(type) {
	case ledger.ChallengeAccepted:
		c.challenges[e.ID] = &Challenge{Worker: e.Worker, Block: h, Until: e.Until}
	case ledger.ChallengeAnswered:
		a, err := challenge.DecodeAnswer(txs[e.Index])
		if err != nil {
			return fmt.Errorf("chronicle: an accepted answer: %w", err)
		}
		if asked := c.challenges[e.ID]; asked != nil {
			asked.Answered, asked.Answer = h, a
		}
	case ledger.WorkerSuspended:
		if asked := c.challenges[e.Challenge]; asked != nil {
			asked.Suspended, asked.SuspendedUntil = h, e.Until
		}
	}
	return nil
}

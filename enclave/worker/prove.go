package worker

import (
	"errors"
	"sync/atomic"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Prover makes a settlement's proofs; *prove.Prover does. It has to be safe for
// concurrent use.
type Prover interface {
	Fill(fill.Witness) ([settlement.ProofSize]byte, error)
	Collect(collect.Witness) ([settlement.ProofSize]byte, error)
	Keys() verify.Keys // that its proofs hold under
}

// ErrOtherKeys is the error of a job for a version of the circuits whose keys
// this worker does not have.
var ErrOtherKeys = errors.New("the proving keys are not those of the newest version of the circuits; install them and start again")

// Job is one proof to make. It holds the opening of an order or of a group: it
// must not leave the enclave.
type Job struct {
	Auction      uint64
	Group, Index int // Index: of the leg; Collect stands after the last one
	prove        func(Prover) ([settlement.ProofSize]byte, error)
	over         *atomic.Bool // nobody needs the proof any more
}

// ErrOver is the error of a job whose proof came from a peer, or whose group was
// decided, before it ran.
var ErrOver = errors.New("the proof is not needed any more")

// Result is a job's proof, or why there is none.
type Result struct {
	Auction      uint64
	Group, Index int
	Err          error
	proof        [settlement.ProofSize]byte
}

// Run makes the proof, unless it is not needed any more (ErrOver). It may run on
// any goroutine; jobs of one group run side by side.
func (j Job) Run(p Prover) Result {
	r := Result{Auction: j.Auction, Group: j.Group, Index: j.Index}
	if j.over.Load() {
		r.Err = ErrOver
		return r
	}
	r.proof, r.Err = j.prove(p)
	return r
}

// group is one settlement of an auction: complete but for the proofs that are
// missing.
type group struct {
	settle  settlement.Settle
	parts   []*part // one a leg, in their order, and Collect
	missing int     // parts without a proof
	settled bool    // the chain has it

	told uint64 // height at which proofs from here were last shown
	full uint64 // height at which the last proof came
	sent uint64 // height at which it was last submitted, 0 before
}

// part is one proof of a group.
type part struct {
	job     Job
	claim   ledger.Claim // with its proof, once that is known and holds
	known   bool
	started bool // the job was given out
	own     bool // proven here
}

// take keeps a proof that holds.
func (g *group) take(index int, proof [settlement.ProofSize]byte, height uint64) {
	p := g.parts[index]
	p.claim.Proof, p.known = proof, true
	p.job.over.Store(true)
	if g.missing--; g.missing == 0 {
		g.full = height
	}
}

// close ends all proving for the group.
func (g *group) close() {
	for _, p := range g.parts {
		p.job.over.Store(true)
	}
}

// tx returns the settlement with its proofs, of which none may be missing.
func (g *group) tx() []byte {
	s := g.settle
	last := len(g.parts) - 1
	s.FillProofs = nil
	for _, p := range g.parts[:last] {
		s.FillProofs = append(s.FillProofs, p.claim.Proof)
	}
	s.Collect = g.parts[last].claim.Proof
	return s.Encode()
}

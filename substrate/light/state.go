package light

import (
	"math"
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// MaxStep bounds the headers of one step; Kusama changes its authorities every
// 600 blocks, so a step from change to change fits.
const MaxStep = 4096

// State is what a follower knows: the newest block it has seen final, and who
// may finalise the next.
type State struct {
	Finalised header.Block
	Set       grandpa.Set
	Pending   *Pending // nil: the set stays until a change is announced
}

// Pending is a change that a final block announced and that is not in force.
type Pending struct {
	Effective   uint32 // the last block that the set of now finalises
	Authorities []grandpa.Authority
}

// Advance goes on to the last of headers: they begin with the child of
// s.Finalised, each is the child of the one before, and j makes the last final.
//
//   - HEADER_GAP: the headers are not that.
//   - WRONG_TARGET: j is for another block.
//   - FORCED_CHANGE, BAD_CHANGE: see grandpa.ChangeOf; or a change announced
//     while one is pending.
//   - SKIPPED_CHANGE: the headers go on after a block at which the
//     authorities change; the step to that block must come first.
//   - and what Justification.Verify refuses.
func (s State) Advance(headers []header.Header, j grandpa.Justification) (State, error) {
	if len(headers) > MaxStep {
		return State{}, rejection.New(rejection.Oversized, "%d headers", len(headers))
	}
	if len(headers) == 0 {
		return State{}, rejection.New(rejection.HeaderGap, "no headers")
	}
	at, pending := s.Finalised, s.Pending
	for _, h := range headers {
		if h.Parent != at.Hash || at.Number == math.MaxUint32 || h.Number != at.Number+1 {
			return State{}, rejection.New(rejection.HeaderGap, "block %d is not the child of block %d", h.Number, at.Number)
		}
		var err error
		if pending, err = announced(h, pending); err != nil {
			return State{}, err
		}
		at = h.Block()
	}
	return s.finalise(at, pending, j)
}

// Hop goes on to h without the headers between, as a chain of warp fragments
// does: each h announces a change of delay 0, and j makes it final. The set's
// number is in every vote, so that no set but the one in force at h can have
// signed; a change between would have made that another.
//
// A chain whose changes have a delay may have announced one in a header that
// was left out. Then no later justification verifies, and the follower stops
// where it is; it is not led astray. STALE_TARGET: h is not after s.Finalised.
func (s State) Hop(h header.Header, j grandpa.Justification) (State, error) {
	if h.Number <= s.Finalised.Number {
		return State{}, rejection.New(rejection.StaleTarget, "block %d after block %d", h.Number, s.Finalised.Number)
	}
	pending, err := announced(h, s.Pending)
	if err != nil {
		return State{}, err
	}
	return s.finalise(h.Block(), pending, j)
}

// announced returns what is pending after h.
func announced(h header.Header, pending *Pending) (*Pending, error) {
	if pending != nil && h.Number > pending.Effective {
		return nil, rejection.New(rejection.SkippedChange, "at block %d", pending.Effective)
	}
	change, err := grandpa.ChangeOf(h)
	if err != nil || change == nil {
		return pending, err
	}
	if pending != nil {
		return nil, rejection.New(rejection.BadChange, "block %d: a change while one is pending", h.Number)
	}
	if change.Delay > math.MaxUint32-h.Number {
		return nil, rejection.New(rejection.BadChange, "block %d: a delay past every block", h.Number)
	}
	return &Pending{Effective: h.Number + change.Delay, Authorities: change.Authorities}, nil
}

// finalise steps to target, with what is pending there.
func (s State) finalise(target header.Block, pending *Pending, j grandpa.Justification) (State, error) {
	if j.Target != target {
		return State{}, rejection.New(rejection.WrongTarget, "block %d %v, not block %d %v", j.Target.Number, j.Target.Hash, target.Number, target.Hash)
	}
	if err := j.Verify(s.Set); err != nil {
		return State{}, err
	}
	next := State{Finalised: target, Set: s.Set, Pending: pending}
	if pending != nil && pending.Effective == target.Number {
		if s.Set.ID == math.MaxUint64 {
			return State{}, rejection.New(rejection.BadChange, "the last set of all")
		}
		next.Set = grandpa.Set{ID: s.Set.ID + 1, Authorities: pending.Authorities}
		next.Pending = nil
	}
	return next, nil
}

// version begins the encoding of a State.
const version = 1

// Encode returns the one encoding of s.
//
//	u8 version 1 ‖ u32 number ‖ hash ‖ u64 set ‖ authorities ‖ option(u32 effective ‖ authorities)
func (s State) Encode() []byte {
	var w scale.Writer
	w.U8(version)
	w.U32(s.Finalised.Number)
	w.Fixed(s.Finalised.Hash[:])
	w.U64(s.Set.ID)
	grandpa.WriteAuthorities(&w, s.Set.Authorities)
	w.Option(s.Pending != nil)
	if s.Pending != nil {
		w.U32(s.Pending.Effective)
		grandpa.WriteAuthorities(&w, s.Pending.Authorities)
	}
	return w.Bytes()
}

// Decode decodes a State; it refuses one whose parts do not agree
// (BAD_CHECKPOINT, BAD_AUTHORITIES), and cannot know whether it is the chain's.
func Decode(b []byte) (State, error) {
	r := scale.NewReader(b)
	if v := r.U8(); r.Err() == nil && v != version {
		return State{}, rejection.New(rejection.UnknownVersion, "a checkpoint of version %d", v)
	}
	s := State{Finalised: header.Block{Number: r.U32(), Hash: r.Hash()}}
	s.Set = grandpa.Set{ID: r.U64(), Authorities: grandpa.ReadAuthorities(r)}
	if r.Option() {
		s.Pending = &Pending{Effective: r.U32(), Authorities: grandpa.ReadAuthorities(r)}
	}
	if err := r.Done(); err != nil {
		return State{}, err
	}
	return s, s.check()
}

// check says whether the parts of s agree.
func (s State) check() error {
	if _, err := s.Set.Threshold(); err != nil {
		return err
	}
	if s.Pending == nil {
		return nil
	}
	if _, err := (grandpa.Set{Authorities: s.Pending.Authorities}).Threshold(); err != nil {
		return err
	}
	if s.Pending.Effective <= s.Finalised.Number {
		return rejection.New(rejection.BadCheckpoint, "a change pending that is in force")
	}
	return nil
}

// Genesis is the checkpoint at the first block of a chain.
func Genesis(block header.Block, authorities []grandpa.Authority) (State, error) {
	s := State{Finalised: block, Set: grandpa.Set{Authorities: slices.Clone(authorities)}}
	return s, s.check()
}

// End returns the last of headers that this set can finalise: the first at
// which the authorities change, or the last of all. The headers begin with the
// child of s.Finalised, as for Advance, which still checks that.
func (s State) End(headers []header.Header) (uint32, error) {
	pending, end := s.Pending, s.Finalised.Number
	for _, h := range headers {
		if pending != nil && h.Number > pending.Effective {
			return pending.Effective, nil
		}
		var err error
		if pending, err = announced(h, pending); err != nil {
			return 0, err
		}
		end = h.Number
	}
	return end, nil
}

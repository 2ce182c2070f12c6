package grandpa

import (
	"bytes"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
)

// Verify says that set finalised j.Target, or why j does not show it, in this
// order:
//
//   - BAD_AUTHORITIES: set is none.
//   - NOT_ENOUGH_VOTES: the voters in set weigh less than Threshold. A voter
//     counts once, however many votes it has in j, and a stranger not at all.
//   - VOTE_ASTRAY: a vote for a block that the ancestries do not lead down
//     from to the target.
//   - UNUSED_ANCESTRY: a header that no vote needs.
//   - BAD_VOTE: a signature that is not its voter's over this vote, this
//     round and this set.
//
// It accepts what the chain's own nodes accept, and no more. Less would be
// unsafe in another way: whoever sends a node a justification can add a vote of
// a stranger, or anything twice; the node takes it, keeps it, and shows it as its
// only one.
func (j Justification) Verify(set Set) error {
	if err := j.count(set); err != nil {
		return err
	}
	if err := j.descend(); err != nil {
		return err
	}
	return j.verifySignatures(set.ID)
}

// count checks that those who vote have enough weight.
func (j Justification) count(set Set) error {
	threshold, err := set.Threshold()
	if err != nil {
		return err
	}
	left := make(map[Key]uint64, len(set.Authorities)) // who has not been counted
	for _, a := range set.Authorities {
		left[a.Key] = a.Weight
	}
	var weight uint64 // at most the sum of all weights, which fits
	for _, p := range j.Precommits {
		weight += left[p.Voter]
		delete(left, p.Voter)
	}
	if weight < threshold {
		return rejection.New(rejection.NotEnoughVotes, "weight %d of %d needed, in %d votes", weight, threshold, len(j.Precommits))
	}
	return nil
}

// descend checks that every vote is for the target or a descendant, and that
// every ancestry is on such a way. Each header is walked through once.
func (j Justification) descend() error {
	above := make(map[header.Hash]header.Header, len(j.Ancestries))
	for _, h := range j.Ancestries {
		above[h.Hash()] = h
	}
	walked := make(map[header.Hash]uint32, len(above))
	for _, p := range j.Precommits {
		for at := p.Target; at != j.Target; {
			if number, ok := walked[at.Hash]; ok && number == at.Number {
				break // from here an earlier vote came down to the target
			}
			h, ok := above[at.Hash]
			if !ok || h.Number != at.Number || at.Number <= j.Target.Number {
				return rejection.New(rejection.VoteAstray, "block %d of %x is not shown to descend from the target", p.Target.Number, p.Voter)
			}
			walked[at.Hash] = at.Number
			at = header.Block{Number: at.Number - 1, Hash: h.Parent}
		}
	}
	if len(walked) != len(above) {
		return rejection.New(rejection.UnusedAncestry, "%d headers", len(above)-len(walked))
	}
	return nil
}

// verifySignatures checks all signatures as one batch:
//
//	[8](Σ zᵢ·(SᵢB − hᵢAᵢ − Rᵢ)) = 0
//
// Nodes verify by ZIP 215 (ed25519-zebra), one at a time, which is this
// equation for one signature; under a stricter rule an authority could make
// votes that the chain counts and this package does not. The coefficients z,
// of 128 bits each, come out of BLAKE2b-256 over every voter, signature and
// message: nobody can choose a signature after they are known, and the answer
// is the same on every machine.
func (j Justification) verifySignatures(set uint64) error {
	batch := ed25519.NewBatchVerifierWithCapacity(len(j.Precommits))
	batch.ForceNoPublicKeyExpansion()
	zip215 := ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}
	var everything []byte // each part of a fixed length
	for _, p := range j.Precommits {
		m := Message(p.Target, j.Round, set)
		batch.AddWithOptions(p.Voter[:], m, p.Signature[:], &zip215)
		everything = append(append(append(everything, p.Voter[:]...), p.Signature[:]...), m...)
	}
	seed := blake2b.Sum256(everything)
	if !batch.VerifyBatchOnly(bytes.NewReader(seed[:])) { // it draws a key of 32 bytes
		return rejection.New(rejection.BadVote, "round %d, set %d, block %d", j.Round, set, j.Target.Number)
	}
	return nil
}

package kusama

import (
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
)

// TestVotes: a deposit is told once enough of the relay chain's weight voted for
// its block, and for no less.
func TestVotes(t *testing.T) {
	for name, test := range map[string]struct {
		bend func(g *generated, j *grandpa.Justification)
		want rejection.Code // 0: the control
	}{
		"all votes": {func(*generated, *grandpa.Justification) {}, 0},
		"just enough": {func(_ *generated, j *grandpa.Justification) {
			j.Precommits = slices.Delete(j.Precommits, 0, 2) // without 1 and 2: 25 of 28, 19 are needed
			j.Precommits = slices.Delete(j.Precommits, 3, 4) // without 6: 19
		}, 0},
		"one vote short": {func(_ *generated, j *grandpa.Justification) {
			j.Precommits = slices.Delete(j.Precommits, 0, 3) // without 1, 2 and 3: 22
			j.Precommits = slices.Delete(j.Precommits, 0, 1) // without 4: 18
		}, rejection.NotEnoughVotes},
		"votes counted twice": {func(_ *generated, j *grandpa.Justification) {
			j.Precommits = slices.Concat(j.Precommits[5:], j.Precommits[5:]) // 13, and 26 if twice
		}, rejection.NotEnoughVotes},
		"another set's number": {func(_ *generated, j *grandpa.Justification) {
			for i, v := range relayVoters {
				j.Precommits[i] = chaintest.Sign(v, j.Target, j.Round, 1)
			}
		}, rejection.BadVote},
		"another chain's voters": {func(_ *generated, j *grandpa.Justification) {
			j.Precommits = nil
			for _, v := range chaintest.Equal("others", 7) {
				j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, j.Round, 0))
			}
		}, rejection.NotEnoughVotes},
		"votes for the block before": {func(g *generated, j *grandpa.Justification) {
			target := j.Target
			*j = g.relay.Justify(target.Number-1, 0)
			j.Target = target
		}, rejection.VoteAstray},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerated(t, true)
			g.play(g.deposit(500))
			at := g.relay.Tip().Number
			j := g.relay.Justify(at, 0)
			test.bend(g, &j)
			g.relay.Replace(at, j)
			a := g.open()
			scans, err := g.all(a)
			if test.want == 0 {
				if err != nil || g.credited(scans) != 500 {
					t.Errorf("credited %d, %v", g.credited(scans), err)
				}
				return
			}
			if !errors.Is(err, test.want) || len(scans) != 0 {
				t.Fatalf("%d blocks, %v, want %v", len(scans), err, test.want)
			}
			g.finalise() // the honest votes
			if scans, err = g.all(a); err != nil || g.credited(scans) != 500 {
				t.Errorf("after honest votes: credited %d, %v", g.credited(scans), err)
			}
		})
	}
}

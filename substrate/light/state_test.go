package light_test

import (
	"crypto/ed25519"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/trie"
)

// attack is one rule broken. It changes a justification of block 5 of a chain
// of seven voters of weights 1 to 7, 28 together: 19 are needed.
type attack struct {
	name string
	bend func(c *chaintest.Chain, j *grandpa.Justification)
	want rejection.Code // zero: accepted, the control
}

var voters = chaintest.Voters("seven", 1, 2, 3, 4, 5, 6, 7)

// without leaves out the votes of some voters.
func without(j *grandpa.Justification, out ...int) {
	j.Precommits = slices.DeleteFunc(j.Precommits, func(p grandpa.Precommit) bool {
		return slices.ContainsFunc(out, func(i int) bool { return voters[i].Key() == p.Voter })
	})
}

var attacks = []attack{
	{"nothing", func(*chaintest.Chain, *grandpa.Justification) {}, 0},
	{"as little as is needed", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 1, 6) // 28 − 2 − 7
	}, 0},
	{"one vote short", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 0, 1, 6) // 28 − 1 − 2 − 7 = 18
	}, rejection.NotEnoughVotes},
	{"no votes", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = nil
	}, rejection.NotEnoughVotes},
	{"a vote twice", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = append(j.Precommits, j.Precommits[0])
	}, 0},
	{"a vote twice in place of another's", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 0, 1, 6)
		j.Precommits = append(j.Precommits, j.Precommits[0])
	}, rejection.NotEnoughVotes},
	{"every vote twice in place of the others'", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 4, 5, 6)
		j.Precommits = slices.Concat(j.Precommits, j.Precommits)
	}, rejection.NotEnoughVotes},
	{"a vote twice, the second badly signed", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = append(j.Precommits, j.Precommits[0])
		j.Precommits[7].Signature[0] ^= 1
	}, rejection.BadVote},
	{"an equivocation beside enough others", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 1, 6)
		j.Precommits = append(j.Precommits, chaintest.Sign(voters[0], c.At(6).Block(), j.Round, 0))
	}, 0},
	{"an equivocation counted twice", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 0, 1, 6)
		j.Precommits = append(j.Precommits, chaintest.Sign(voters[5], c.At(6).Block(), j.Round, 0), chaintest.Sign(voters[5], c.At(5).Block(), j.Round, 0))
		j.Precommits = slices.DeleteFunc(j.Precommits, func(p grandpa.Precommit) bool { return p.Voter == voters[5].Key() && p.Target.Number == 7 })
	}, rejection.NotEnoughVotes},
	{"three votes of one voter", func(c *chaintest.Chain, j *grandpa.Justification) {
		for n := uint32(6); n < 8; n++ {
			j.Precommits = append(j.Precommits, chaintest.Sign(voters[0], c.At(n).Block(), j.Round, 0))
		}
	}, 0},
	{"a stranger's vote beside enough others", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 1, 6)
		j.Precommits = append(j.Precommits, chaintest.Sign(chaintest.Equal("stranger", 1)[0], j.Target, j.Round, 0))
	}, 0},
	{"a stranger's vote in place of another's", func(c *chaintest.Chain, j *grandpa.Justification) {
		without(j, 0, 1, 6)
		j.Precommits = append(j.Precommits, chaintest.Sign(chaintest.Equal("stranger", 1)[0], j.Target, j.Round, 0))
	}, rejection.NotEnoughVotes},
	{"a stranger's vote, badly signed", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = append(j.Precommits, chaintest.Sign(chaintest.Equal("stranger", 1)[0], j.Target, j.Round, 1))
	}, rejection.BadVote},
	{"a stranger's vote for the parent", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = append(j.Precommits, chaintest.Sign(chaintest.Equal("stranger", 1)[0], c.At(4).Block(), j.Round, 0))
	}, rejection.VoteAstray},
	{"an equivocation of which one vote is for a fork", func(c *chaintest.Chain, j *grandpa.Justification) {
		f := c.Fork("fork", 4)
		f.Grow(2)
		j.Precommits = append(j.Precommits, chaintest.Sign(voters[0], f.At(5).Block(), j.Round, 0))
	}, rejection.VoteAstray},
	{"strangers' votes", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = nil
		for _, v := range chaintest.Voters("strangers", 1, 2, 3, 4, 5, 6, 7) {
			j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, j.Round, 0))
		}
	}, rejection.NotEnoughVotes},
	{"votes of another set", func(c *chaintest.Chain, j *grandpa.Justification) {
		for i, v := range voters {
			j.Precommits[i] = chaintest.Sign(v, j.Precommits[i].Target, j.Round, 1)
		}
	}, rejection.BadVote},
	{"votes of another round", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Round++
	}, rejection.BadVote},
	{"prevotes", func(c *chaintest.Chain, j *grandpa.Justification) {
		for i, v := range voters {
			m := grandpa.Message(j.Precommits[i].Target, j.Round, 0)
			m[0] = 0
			copy(j.Precommits[i].Signature[:], ed25519.Sign(v.Private, m))
		}
	}, rejection.BadVote},
	{"one signature bent", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits[3].Signature[7] ^= 1
	}, rejection.BadVote},
	{"one signature another's", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits[3].Signature = j.Precommits[5].Signature
	}, rejection.BadVote},
	{"two errors that cancel", func(c *chaintest.Chain, j *grandpa.Justification) {
		// S + 1 in one and S − 1 in the other: a sum with equal coefficients holds.
		j.Precommits[0].Signature[32]++
		j.Precommits[2].Signature[32]--
	}, rejection.BadVote},
	{"a vote for a block of a fork", func(c *chaintest.Chain, j *grandpa.Justification) {
		f := c.Fork("fork", 4)
		f.Grow(2)
		j.Precommits[0] = chaintest.Sign(voters[0], f.At(5).Block(), j.Round, 0)
	}, rejection.VoteAstray},
	{"a vote for a block of a fork, with its header", func(c *chaintest.Chain, j *grandpa.Justification) {
		f := c.Fork("fork", 4)
		f.Grow(2)
		j.Precommits[0] = chaintest.Sign(voters[0], f.At(6).Block(), j.Round, 0)
		j.Ancestries = append(j.Ancestries, f.At(6).Header)
	}, rejection.VoteAstray},
	{"a vote for the parent", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits[0] = chaintest.Sign(voters[0], c.At(4).Block(), j.Round, 0)
	}, rejection.VoteAstray},
	{"a vote for the parent, with headers", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits[0] = chaintest.Sign(voters[0], c.At(4).Block(), j.Round, 0)
		j.Ancestries = append(j.Ancestries, c.At(5).Header, c.At(4).Header)
	}, rejection.VoteAstray},
	{"a vote for the target under another number", func(c *chaintest.Chain, j *grandpa.Justification) {
		b := j.Target
		b.Number++
		j.Precommits[0] = chaintest.Sign(voters[0], b, j.Round, 0)
	}, rejection.VoteAstray},
	{"a vote for a descendant under another number", func(c *chaintest.Chain, j *grandpa.Justification) {
		b := c.At(7).Block()
		b.Number++
		j.Precommits[0] = chaintest.Sign(voters[0], b, j.Round, 0)
	}, rejection.VoteAstray},
	{"a vote for a descendant under another number, after others' right ones", func(c *chaintest.Chain, j *grandpa.Justification) {
		b := c.At(7).Block()
		b.Number++
		j.Precommits = append(j.Precommits, chaintest.Sign(voters[0], b, j.Round, 0))
	}, rejection.VoteAstray},
	{"a descendant whose header says another number", func(c *chaintest.Chain, j *grandpa.Justification) {
		h := header.Header{Parent: j.Target.Hash, Number: 9}
		j.Precommits[0] = chaintest.Sign(voters[0], header.Block{Number: 6, Hash: h.Hash()}, j.Round, 0)
		j.Ancestries = append(j.Ancestries, h)
	}, rejection.VoteAstray},
	{"a header of the ancestries missing", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Ancestries = j.Ancestries[:len(j.Ancestries)-1]
	}, rejection.VoteAstray},
	{"a header too many", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Ancestries = append(j.Ancestries, c.At(9).Header)
	}, rejection.UnusedAncestry},
	{"the target's own header", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Ancestries = append(j.Ancestries, c.At(5).Header)
	}, rejection.UnusedAncestry},
	{"a header twice", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Ancestries = append(j.Ancestries, j.Ancestries[0])
	}, 0}, // nodes take it, and hand it on
	{"the justification of the block before", func(c *chaintest.Chain, j *grandpa.Justification) {
		*j = c.Justify(4, 2)
	}, rejection.WrongTarget},
	{"the justification of the block after", func(c *chaintest.Chain, j *grandpa.Justification) {
		*j = c.Justify(6, 2)
	}, rejection.WrongTarget},
	{"the target under another number", func(c *chaintest.Chain, j *grandpa.Justification) {
		j.Target.Number++
	}, rejection.WrongTarget},
}

func TestAttacks(t *testing.T) {
	for _, version := range []trie.Version{trie.V0, trie.V1} {
		c := chaintest.New("attacks", version, voters)
		c.Grow(10)
		for _, a := range attacks {
			j := c.Justify(5, 2)
			a.bend(c, &j)
			next, err := c.Genesis().Advance(c.Headers(0, 5), j)
			if a.want != 0 {
				if !errors.Is(err, a.want) {
					t.Errorf("%s: %v, want %v", a.name, err, a.want)
				}
				continue
			}
			if err != nil || next.Finalised != c.At(5).Block() {
				t.Errorf("%s: %v", a.name, err)
			}
		}
	}
}

// Threshold is n − ⌊(n−1)/3⌋: one less could be reached twice with a third of
// liars.
func TestThreshold(t *testing.T) {
	for n, want := range map[int]uint64{1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 9: 7, 10: 7, 1000: 667} {
		s := grandpa.Set{Authorities: chaintest.Authorities(chaintest.Equal("threshold", n))}
		if got, err := s.Threshold(); got != want || err != nil {
			t.Errorf("%d voters: %d, %v; want %d", n, got, err, want)
		}
	}
}

func TestSetsRefused(t *testing.T) {
	good := chaintest.Authorities(voters)
	for name, list := range map[string][]grandpa.Authority{
		"nobody":       {},
		"too many":     make([]grandpa.Authority, grandpa.MaxAuthorities+1),
		"no weight":    append(slices.Clone(good), grandpa.Authority{Key: grandpa.Key{1}}),
		"twice":        append(slices.Clone(good), good[0]),
		"past 64 bits": append(slices.Clone(good), grandpa.Authority{Key: grandpa.Key{1}, Weight: math.MaxUint64}),
	} {
		if _, err := (grandpa.Set{Authorities: list}).Threshold(); !errors.Is(err, rejection.BadAuthorities) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := light.Genesis(header.Block{}, list); !errors.Is(err, rejection.BadAuthorities) {
			t.Errorf("%s, checkpoint: %v", name, err)
		}
	}
}

func TestHeadersRefused(t *testing.T) {
	c := chaintest.New("headers", trie.V1, voters)
	c.Grow(10)
	j := c.Justify(5, 0)
	headers := c.Headers(0, 5)
	fork := c.Fork("fork", 0)
	fork.Grow(5)
	renumbered := slices.Clone(headers)
	renumbered[2].Number++
	for _, a := range []struct {
		name    string
		headers []header.Header
		want    rejection.Code
	}{
		{"all", headers, 0},
		{"none", nil, rejection.HeaderGap},
		{"the first missing", headers[1:], rejection.HeaderGap},
		{"one missing", slices.Delete(slices.Clone(headers), 2, 3), rejection.HeaderGap},
		{"the last missing", headers[:4], rejection.WrongTarget},
		{"one twice", slices.Insert(slices.Clone(headers), 2, headers[2]), rejection.HeaderGap},
		{"one renumbered", renumbered, rejection.HeaderGap},
		{"a fork's", fork.Headers(0, 5), rejection.WrongTarget},
		{"a fork's beginning", slices.Concat(fork.Headers(0, 2), headers[2:]), rejection.HeaderGap},
		{"too many", make([]header.Header, light.MaxStep+1), rejection.Oversized},
	} {
		_, err := c.Genesis().Advance(a.headers, j)
		if a.want == 0 && err != nil || a.want != 0 && !errors.Is(err, a.want) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
	// A child whose number is not the next, and one after the last number of all.
	for _, n := range []struct{ parent, child uint32 }{{0, 1}, {0, 0}, {0, 2}, {math.MaxUint32 - 1, math.MaxUint32}, {math.MaxUint32, 0}} {
		s := c.Genesis()
		s.Finalised.Number = n.parent
		h := header.Header{Parent: s.Finalised.Hash, Number: n.child}
		j := grandpa.Justification{Target: h.Block()}
		for _, v := range voters {
			j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, 0, 0))
		}
		_, err := s.Advance([]header.Header{h}, j)
		if next := n.parent != math.MaxUint32 && n.child == n.parent+1; next && err != nil || !next && !errors.Is(err, rejection.HeaderGap) {
			t.Errorf("block %d after block %d: %v", n.child, n.parent, err)
		}
	}
}

// changing is a chain whose voters change at block 10 at once, and at block 20
// three blocks later.
func changing() (c *chaintest.Chain, second, third []chaintest.Voter) {
	second, third = chaintest.Equal("second", 4), chaintest.Equal("third", 5)
	c = chaintest.New("changing", trie.V1, voters)
	c.Grow(9)
	c.Change(second, 0)
	c.Grow(10)
	c.Change(third, 3)
	c.Grow(11)
	return c, second, third
}

func advance(t *testing.T, c *chaintest.Chain, s light.State, to uint32) light.State {
	t.Helper()
	next, err := s.Advance(c.Headers(s.Finalised.Number, to), c.Justify(to, 0))
	if err != nil {
		t.Fatalf("block %d: %v", to, err)
	}
	return next
}

func TestChanges(t *testing.T) {
	c, second, third := changing()
	s := c.Genesis()
	for _, want := range []struct {
		to     uint32
		set    uint64
		voters []chaintest.Voter
		after  uint32 // what is pending
	}{{9, 0, voters, 0}, {10, 1, second, 0}, {11, 1, second, 0}, {21, 1, second, 23}, {23, 2, third, 0}, {30, 2, third, 0}} {
		s = advance(t, c, s, want.to)
		if diff := cmp.Diff(grandpa.Set{ID: want.set, Authorities: chaintest.Authorities(want.voters)}, s.Set); diff != "" {
			t.Fatalf("block %d: %s", want.to, diff)
		}
		if (s.Pending != nil) != (want.after != 0) || s.Pending != nil && s.Pending.Effective != want.after {
			t.Fatalf("block %d: pending %v", want.to, s.Pending)
		}
		// A checkpoint in between is as good as the state itself.
		again, err := light.Decode(s.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Fatal(diff)
		}
		s = again
	}
}

func TestChangesRefused(t *testing.T) {
	c, second, _ := changing()
	at9 := advance(t, c, c.Genesis(), 9)
	at10 := advance(t, c, at9, 10)
	at21 := advance(t, c, at10, 21)

	// Voters of the first set, who know that they are replaced, go on.
	old := func(to uint32) grandpa.Justification {
		j := grandpa.Justification{Round: 1, Target: c.At(to).Block()}
		for _, v := range voters {
			j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, 1, 0))
		}
		return j
	}
	// And those of the second begin too early.
	early := grandpa.Justification{Round: 1, Target: c.At(10).Block()}
	for _, v := range second {
		early.Precommits = append(early.Precommits, chaintest.Sign(v, early.Target, 1, 1))
	}
	forced := c.Fork("forced", 9)
	forced.Log(header.Item{Kind: header.Consensus, Engine: grandpa.Engine, Data: []byte{2, 0, 0, 0, 0}})
	forced.Grow(1)
	twice := c.Fork("twice", 9)
	twice.Change(second, 0)
	twice.Log(grandpa.Change{Authorities: chaintest.Authorities(second)}.Item())
	twice.Grow(1)
	unknown := c.Fork("unknown", 9)
	unknown.Log(header.Item{Kind: header.Consensus, Engine: grandpa.Engine, Data: []byte{6}})
	unknown.Grow(1)
	cut := c.Fork("cut", 9)
	cut.Log(header.Item{Kind: header.Consensus, Engine: grandpa.Engine, Data: []byte{1, 4}})
	cut.Grow(1)
	nobody := c.Fork("nobody", 9)
	nobody.Log(grandpa.Change{}.Item())
	nobody.Grow(1)
	late := c.Fork("late", 9)
	late.Log(grandpa.Change{Authorities: chaintest.Authorities(second), Delay: math.MaxUint32 - 9}.Item())
	late.Grow(1)
	nested := c.Fork("nested", 21)
	nested.Change(second, 0)
	nested.Grow(1)
	harmless := c.Fork("harmless", 9)
	for _, kind := range []byte{3, 4, 5} {
		harmless.Log(header.Item{Kind: header.Consensus, Engine: grandpa.Engine, Data: []byte{kind}})
	}
	harmless.Log(header.Item{Kind: header.Consensus, Engine: header.Engine{'B', 'E', 'E', 'F'}, Data: []byte{2}})
	harmless.Log(header.Item{Kind: header.PreRuntime, Engine: grandpa.Engine, Data: []byte{2}})
	harmless.Grow(1)

	for _, a := range []struct {
		name  string
		state light.State
		chain *chaintest.Chain
		to    uint32
		j     grandpa.Justification
		want  rejection.Code
	}{
		{"past the change", at9, c, 11, c.Justify(11, 0), rejection.SkippedChange},
		{"past the change, by the old voters", at9, c, 11, old(11), rejection.SkippedChange},
		{"after the change, by the old voters", at10, c, 11, old(11), rejection.NotEnoughVotes},
		{"at the change, by the new voters", at9, c, 10, early, rejection.NotEnoughVotes},
		{"past a change that is pending", at21, c, 24, c.Justify(24, 0), rejection.SkippedChange},
		{"past a change announced in the same step", at10, c, 24, c.Justify(24, 0), rejection.SkippedChange},
		{"a forced change", at9, forced, 10, forced.Justify(10, 0), rejection.ForcedChange},
		{"two changes in a block", at9, twice, 10, twice.Justify(10, 0), rejection.BadChange},
		{"a log of an unknown kind", at9, unknown, 10, unknown.Justify(10, 0), rejection.BadChange},
		{"a change cut short", at9, cut, 10, cut.Justify(10, 0), rejection.BadChange},
		{"a change to nobody", at9, nobody, 10, nobody.Justify(10, 0), rejection.BadChange},
		{"a delay past every block", at9, late, 10, late.Justify(10, 0), rejection.BadChange},
		{"a change while one is pending", at21, nested, 22, nested.Justify(22, 0), rejection.BadChange},
		{"other logs", at9, harmless, 10, harmless.Justify(10, 0), 0},
	} {
		_, err := a.state.Advance(a.chain.Headers(a.state.Finalised.Number, a.to), a.j)
		if a.want == 0 && err != nil || a.want != 0 && !errors.Is(err, a.want) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

// End names the block up to which the voters of now may vote.
func TestEnd(t *testing.T) {
	c, _, _ := changing()
	s := c.Genesis()
	for _, want := range []struct{ to, end uint32 }{{5, 5}, {10, 10}, {25, 10}} {
		if end, err := s.End(c.Headers(0, want.to)); end != want.end || err != nil {
			t.Errorf("to %d: %d, %v", want.to, end, err)
		}
	}
	s = advance(t, c, s, 10)
	if end, err := s.End(c.Headers(10, 30)); end != 23 || err != nil {
		t.Errorf("%d, %v", end, err)
	}
	s = advance(t, c, s, 22)
	if end, err := s.End(c.Headers(22, 30)); end != 23 || err != nil {
		t.Errorf("%d, %v", end, err)
	}
}

// Warp fragments go from change to change without the headers between.
func TestHop(t *testing.T) {
	second, third := chaintest.Equal("second", 4), chaintest.Equal("third", 5)
	c := chaintest.New("hops", trie.V1, voters)
	c.Grow(19)
	c.Change(second, 0)
	c.Grow(20)
	c.Change(third, 0)
	c.Grow(22)
	s := c.Genesis()
	for _, to := range []uint32{20, 40, 60} {
		next, err := s.Hop(c.At(to).Header, c.Justify(to, 0))
		if err != nil {
			t.Fatal(err)
		}
		if to == 40 {
			if _, err := s.Hop(c.At(60).Header, c.Justify(60, 0)); !errors.Is(err, rejection.NotEnoughVotes) {
				t.Errorf("over a change: %v", err)
			}
		}
		s = next
	}
	if s.Set.ID != 2 || s.Finalised != c.At(60).Block() {
		t.Errorf("%+v", s)
	}
	if _, err := s.Hop(c.At(60).Header, c.Justify(60, 0)); !errors.Is(err, rejection.StaleTarget) {
		t.Errorf("to where it is: %v", err)
	}
	if _, err := s.Hop(c.At(59).Header, c.Justify(59, 0)); !errors.Is(err, rejection.StaleTarget) {
		t.Errorf("back: %v", err)
	}
	if _, err := s.Hop(c.At(61).Header, c.Justify(60, 0)); !errors.Is(err, rejection.WrongTarget) {
		t.Errorf("to another: %v", err)
	}
	delayed, _, _ := changing()
	s = advance(t, delayed, advance(t, delayed, delayed.Genesis(), 10), 21)
	if _, err := s.Hop(delayed.At(24).Header, delayed.Justify(24, 0)); !errors.Is(err, rejection.SkippedChange) {
		t.Errorf("over a change that is pending: %v", err)
	}
}

func TestLastSet(t *testing.T) {
	c, _, _ := changing()
	s := advance(t, c, c.Genesis(), 9)
	s.Set.ID = math.MaxUint64
	j := grandpa.Justification{Round: 1, Target: c.At(10).Block()}
	for _, v := range voters {
		j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, 1, math.MaxUint64))
	}
	if _, err := s.Advance(c.Headers(9, 10), j); !errors.Is(err, rejection.BadChange) {
		t.Error(err)
	}
}

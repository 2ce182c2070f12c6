package light_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

func drawVoters(t *rapid.T, seed string) []chaintest.Voter {
	n := rapid.IntRange(3, 50).Draw(t, "voters")
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = uint64(rapid.IntRange(1, 9).Draw(t, "weight"))
	}
	return chaintest.Voters(seed, weights...)
}

// A chain of any voters and changes is followed to its end in any steps, and
// in each step a set of votes counts exactly if its weight is the threshold.
func TestFollow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chaintest.New("follow", trie.Version(rapid.IntRange(0, 1).Draw(t, "version")), drawVoters(t, "0"))
		var ends []uint32 // where the voters change
		for i := range rapid.IntRange(0, 3).Draw(t, "changes") {
			c.Grow(rapid.IntRange(0, 4).Draw(t, "blocks"))
			delay := rapid.IntRange(0, 3).Draw(t, "delay")
			ends = append(ends, c.Tip().Number+1+uint32(delay))
			c.Change(drawVoters(t, fmt.Sprint(i+1)), uint32(delay))
			c.Grow(1 + delay)
		}
		c.Grow(rapid.IntRange(1, 5).Draw(t, "blocks"))
		s := c.Genesis()
		for s.Finalised.Number < c.Tip().Number {
			last := c.Tip().Number
			for _, e := range ends {
				if e > s.Finalised.Number {
					last = e
					break
				}
			}
			to := uint32(rapid.IntRange(int(s.Finalised.Number)+1, int(last)).Draw(t, "to"))
			headers := c.Headers(s.Finalised.Number, to)
			above := uint32(rapid.IntRange(0, 2).Draw(t, "above"))
			if to+above > last {
				above = 0
			}
			j := c.Justify(to, above)

			voters, _ := c.VotersAt(to)
			threshold, err := s.Set.Threshold()
			if err != nil {
				t.Fatal(err)
			}
			var weight uint64
			short := grandpa.Justification{Round: j.Round, Target: j.Target}
			for _, v := range voters {
				if rapid.IntRange(0, 3).Draw(t, "votes") > 0 {
					weight += v.Weight
					short.Precommits = append(short.Precommits, chaintest.Sign(v, j.Target, j.Round, s.Set.ID))
				}
			}
			if _, err := s.Advance(headers, short); (err == nil) != (weight >= threshold) || err != nil && !errors.Is(err, rejection.NotEnoughVotes) {
				t.Fatalf("weight %d of %d: %v", weight, threshold, err)
			}
			// Nothing changes on the way through bytes.
			wire, err := grandpa.Decode(j.Encode())
			if err != nil {
				t.Fatal(err)
			}
			if s, err = s.Advance(headers, wire); err != nil {
				t.Fatalf("to %d: %v", to, err)
			}
		}
		voters, set := c.VotersAt(c.Tip().Number + 1)
		if diff := cmp.Diff(grandpa.Set{ID: set, Authorities: chaintest.Authorities(voters)}, s.Set); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestParaHead(t *testing.T) {
	for _, version := range []trie.Version{trie.V0, trie.V1} {
		para, other := chaintest.New("para", trie.V1, nil), chaintest.New("other", trie.V1, nil)
		para.Set([]byte("balance"), bytes.Repeat([]byte{7}, 50))
		para.Grow(3)
		relay := chaintest.New("relay", version, voters)
		for i := range uint32(40) { // what makes a trie of several levels
			relay.Set(storage.Account([32]byte{byte(i)}), make([]byte, 80))
		}
		relay.Include(1000, para)
		relay.Include(1001, other)
		var noHeader, noBytes = storage.ParaHead(1002), storage.ParaHead(1003)
		relay.Set(noHeader, []byte{4, 1})
		relay.Set(noBytes, []byte{8, 1})
		before := relay.Tip()
		relay.Grow(1)
		at := relay.Tip()

		head, err := light.ParaHead(at.Header, at.Prove(storage.ParaHead(1000)), 1000)
		if err != nil || head.Hash() != para.Tip().Hash {
			t.Fatalf("%v", err)
		}
		// And from its state root on to what it holds.
		value, ok, err := trie.Get(head.StateRoot, para.Tip().Prove([]byte("balance")), []byte("balance"))
		if err != nil || !ok || len(value) != 50 {
			t.Fatalf("%x, %v, %v", value, ok, err)
		}

		for _, a := range []struct {
			name  string
			block chaintest.Block
			proof [][]byte
			id    uint32
			want  rejection.Code
		}{
			{"another parachain's proof", at, at.Prove(storage.ParaHead(1001)), 1000, rejection.ProofIncomplete},
			{"no such parachain", at, at.Prove(storage.ParaHead(7)), 7, rejection.NoParaHead},
			{"under another block's root", before, at.Prove(storage.ParaHead(1000)), 1000, rejection.ProofRoot},
			{"no proof", at, nil, 1000, rejection.ProofRoot},
			{"no header", at, at.Prove(noHeader), 1002, rejection.NoParaHead},
			{"no bytes", at, at.Prove(noBytes), 1003, rejection.NoParaHead},
		} {
			if _, err := light.ParaHead(a.block.Header, a.proof, a.id); !errors.Is(err, a.want) {
				t.Errorf("%s: %v", a.name, err)
			}
		}
	}
}

func checkpoint() light.State {
	c, second, _ := changing()
	s := c.Genesis()
	s.Pending = &light.Pending{Effective: 9, Authorities: chaintest.Authorities(second)}
	return s
}

func TestCheckpointsRefused(t *testing.T) {
	good := checkpoint()
	for _, a := range []struct {
		name string
		bend func(*light.State)
		want rejection.Code
	}{
		{"nothing", func(*light.State) {}, 0},
		{"nobody", func(s *light.State) { s.Set.Authorities = nil }, rejection.BadAuthorities},
		{"nobody next", func(s *light.State) { s.Pending = &light.Pending{Effective: 9} }, rejection.BadAuthorities},
		{"a change that is over", func(s *light.State) { s.Finalised.Number = 9 }, rejection.BadCheckpoint},
	} {
		s := good
		a.bend(&s)
		if _, err := light.Decode(s.Encode()); a.want == 0 && err != nil || a.want != 0 && !errors.Is(err, a.want) {
			t.Errorf("%s: %v", a.name, err)
		}
	}
	b := good.Encode()
	b[0] = 2
	if _, err := light.Decode(b); !errors.Is(err, rejection.UnknownVersion) {
		t.Errorf("version: %v", err)
	}
	if _, err := light.Decode(nil); !errors.Is(err, rejection.Truncated) {
		t.Errorf("nothing: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(checkpoint().Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := light.Decode(b); err == nil && !bytes.Equal(s.Encode(), b) {
			t.Fatal("two encodings of one checkpoint")
		}
	})
}

package light_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/trie"
)

// octets is bytes in hexadecimal.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

// recording is a node's answers; Origin says which.
type recording struct {
	Origin               string
	Genesis, Authorities octets
	Headers              []octets
	Justifications       []octets
	Reads                []struct {
		Block      uint32
		Name       string
		Key, Value octets
		Present    bool
		Nodes      []octets
	}
	Bodies []struct {
		Block      uint32
		Extrinsics []octets
	}
}

func bytesOf(list []octets) (out [][]byte) {
	for _, o := range list {
		out = append(out, o)
	}
	return out
}

// What a real node said of its chain is believed, from its first block on, and
// nothing that was changed in it.
func TestGossamer(t *testing.T) {
	raw, err := os.ReadFile("testdata/gossamer.json")
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(raw, &rec); err != nil {
		t.Fatal(err)
	}
	genesis, err := header.Decode(rec.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	r := scale.NewReader(rec.Authorities)
	s, err := light.Genesis(genesis.Block(), grandpa.ReadAuthorities(r))
	if err != nil || r.Done() != nil {
		t.Fatal(err, r.Done())
	}
	final := map[uint32]header.Header{}
	for _, b := range rec.Justifications {
		// gossamer leaves out the empty list of ancestries.
		if _, err := grandpa.Decode(b); !errors.Is(err, rejection.Truncated) {
			t.Fatal(err)
		}
		j, err := grandpa.Decode(append(b, 0))
		if err != nil {
			t.Fatal(err)
		}
		var headers []header.Header
		for n := s.Finalised.Number; n < j.Target.Number; n++ {
			h, err := header.Decode(rec.Headers[n])
			if err != nil {
				t.Fatal(err)
			}
			headers = append(headers, h)
			final[h.Number] = h
		}
		other := s
		other.Set.ID++
		if _, err := other.Advance(headers, j); !errors.Is(err, rejection.BadVote) {
			t.Errorf("another set: %v", err)
		}
		bent := j
		bent.Precommits = append([]grandpa.Precommit(nil), j.Precommits...)
		bent.Precommits[0].Signature[0] ^= 1
		if _, err := s.Advance(headers, bent); !errors.Is(err, rejection.BadVote) {
			t.Errorf("a signature bent: %v", err)
		}
		if s, err = s.Advance(headers, j); err != nil {
			t.Fatal(err)
		}
	}
	if s.Finalised.Number < 6 {
		t.Fatalf("only %d blocks", s.Finalised.Number)
	}
	for _, read := range rec.Reads {
		root := final[read.Block].StateRoot
		got, ok, err := trie.Get(root, bytesOf(read.Nodes), read.Key)
		if err != nil || ok != read.Present || hex.EncodeToString(got) != hex.EncodeToString(read.Value) {
			t.Errorf("%s: %x, %v, %v", read.Name, got, ok, err)
		}
		for i := range read.Nodes {
			nodes := bytesOf(read.Nodes)
			nodes[i] = append([]byte(nil), nodes[i]...)
			nodes[i][len(nodes[i])-1] ^= 1
			if _, _, err := trie.Get(root, nodes, read.Key); !errors.Is(err, rejection.ProofIncomplete) && !errors.Is(err, rejection.ProofRoot) {
				t.Errorf("%s, node %d bent: %v", read.Name, i, err)
			}
		}
	}
	for _, body := range rec.Bodies {
		if got := trie.Root(trie.V0, bytesOf(body.Extrinsics)); got != final[body.Block].ExtrinsicsRoot {
			t.Errorf("body: %v, not %v", got, final[body.Block].ExtrinsicsRoot)
		}
	}
}

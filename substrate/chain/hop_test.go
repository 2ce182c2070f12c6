package chain

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/trie"
)

// long is a chain on which more blocks lie between two justifications than one
// step takes.
func long() *chaintest.Chain {
	c := chaintest.New("long", trie.V1, voters)
	c.Grow(3)
	c.Finalise(3)
	c.Grow(light.MaxStep)
	c.Change(chaintest.Equal("second", 4), 0)
	c.Grow(3)
	c.Finalise(light.MaxStep + 4)
	return c
}

// A follower that was away for long goes on without the headers between, and
// still reads any block of them.
func TestHop(t *testing.T) {
	c := long()
	n := serve(t, &chaintest.Server{Chain: c})
	s, err := c.Genesis().Advance(c.Headers(0, 3), c.Justify(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	// The reader knew block 3, and then comes the hop.
	behind := c.Fork("", 3)
	f := open(t, s, 0, []Node{serve(t, &chaintest.Server{Chain: behind})}, nil)
	f.sync(t)
	f.relay.nodes, f.main.nodes = []Node{n}, []Node{n}
	f.sync(t)
	final, _ := f.Finalised()
	if final.Hash != c.At(light.MaxStep+4).Hash || f.Checkpoint().Set.ID != 1 {
		t.Fatalf("block %d, set %d", final.Number, f.Checkpoint().Set.ID)
	}
	blocks, err := f.Blocks(t.Context(), 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Hash != c.At(b.Number).Hash {
			t.Errorf("block %d is %v", b.Number, b.Hash)
		}
	}
	// A hop that left out a final block is noticed when that block is read.
	f = open(t, s, 0, []Node{n}, nil)
	f.index.push([]Block{{Header: header.Header{Number: 3}, Hash: header.Hash{1}}})
	f.sync(t)
	if _, err := f.Blocks(t.Context(), 3, 3); !errors.Is(err, rejection.OtherChain) {
		t.Errorf("another block 3 was final: %v", err)
	}
}

// A relay chain's node that has thrown old states away still leads a follower
// that was away for long to the parachain's newest head.
func TestPruned(t *testing.T) {
	relay, para := chaintest.New("pruned", trie.V1, voters), chaintest.New("para", trie.V1, nil)
	for i := range 300 {
		para.Seal()
		relay.Include(1000, para)
		if i%100 == 99 {
			relay.Change(chaintest.Equal(string(rune('a'+i/100)), 4), 0)
		}
		relay.Seal()
	}
	relay.Grow(3)
	relay.Finalise(relay.Tip().Number)
	old := 0
	pruned := serve(t, &chaintest.Server{Chain: relay, Lie: func(method string, params []json.RawMessage, answer any) any {
		if method != "state_getReadProof" {
			return answer
		}
		for n := relay.Tip().Number - farBehind; n <= relay.Tip().Number; n++ {
			if relay.At(n).Hash.String() == answer.(chaintest.ReadProof).At {
				return answer
			}
		}
		old++
		return chaintest.Refusal("the state of this block is discarded")
	}})
	f := open(t, relay.Genesis(), 1000, []Node{serve(t, &chaintest.Server{Chain: para})}, []Node{pruned})
	f.sync(t)
	if b, _ := f.Finalised(); b.Hash != para.Tip().Hash || old != 0 {
		t.Errorf("block %d, %d old states asked for", b.Number, old)
	}
}

// Nodes that each serve a part of the way back are enough together, and what
// they gave is kept.
func TestReachInParts(t *testing.T) {
	c := solo()
	tired := func() Node {
		served := 0
		return serve(t, answering(c, "chain_getHeader", func(answer any) any {
			if served++; served > 12 {
				return chaintest.Refusal("tired")
			}
			return answer
		}))
	}
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	f.sync(t)
	s := f.Checkpoint()
	f = open(t, s, 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	f.sync(t)
	f.main.nodes = []Node{tired(), tired()}
	if _, err := f.Blocks(t.Context(), 0, 0); err == nil {
		t.Fatal("24 headers are enough for 34")
	}
	if f.index.first != 10 {
		t.Errorf("from block %d", f.index.first)
	}
	f.main.nodes = []Node{tired(), tired()}
	if b, err := f.Blocks(t.Context(), 0, 0); err != nil || b[0].Hash != c.At(0).Hash {
		t.Error(err)
	}
}

// A parachain's step that fails on the way is not begun anew.
func TestParachainInParts(t *testing.T) {
	relay, para := twins()
	f := open(t, relay.Genesis(), 1000, []Node{serve(t, &chaintest.Server{Chain: para})}, []Node{serve(t, &chaintest.Server{Chain: relay})})
	f.sync(t)
	para.Grow(30)
	relay.Include(1000, para)
	relay.Grow(1)
	relay.Finalise(relay.Tip().Number)
	served := 0
	f.main.nodes = []Node{serve(t, answering(para, "chain_getHeader", func(answer any) any {
		if served++; served%13 == 0 {
			return chaintest.Refusal("tired")
		}
		return answer
	}))}
	for failures := 0; ; failures++ {
		if failures > 3 {
			t.Fatal("36 headers are enough for 29")
		}
		if _, err := f.Sync(t.Context()); err == nil {
			break
		}
	}
	if b, _ := f.Finalised(); b.Hash != para.Tip().Hash || f.fetched != nil {
		t.Errorf("block %d, %d headers kept", b.Number, len(f.fetched))
	}
}

// All of a Reader's methods at once, for the race detector.
func TestConcurrent(t *testing.T) {
	relay, para := twins()
	f := open(t, relay.Genesis(), 1000, []Node{serve(t, &chaintest.Server{Chain: para})}, []Node{serve(t, &chaintest.Server{Chain: relay})})
	f.sync(t)
	tip := para.Tip().Number
	for i := range 30 {
		para.Seal([]byte{byte(i)})
		relay.Include(1000, para)
		relay.Seal()
		relay.Finalise(relay.Tip().Number)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 8 {
				if _, err := f.Sync(t.Context()); err != nil {
					t.Error(err)
				}
				b, _ := f.Finalised()
				if _, err := f.Blocks(t.Context(), tip-10, b.Number); err != nil {
					t.Error(err)
				}
				if _, err := f.At(t.Context(), b.Hash); err != nil {
					t.Error(err)
				}
				if _, err := f.Storage(t.Context(), b, []byte("count")); err != nil {
					t.Error(err)
				}
				f.Checkpoint()
			}
		})
	}
	all.Wait()
}

// The newest headers are kept, and of the older ones the hashes.
func TestIndex(t *testing.T) {
	var x index
	block := func(n uint32) Block {
		return Block{Header: header.Header{Number: n}, Hash: header.Hash{byte(n), byte(n >> 8), byte(n >> 16), 1}}
	}
	for n := uint32(100); n < 100+maxRecent+10; n++ {
		x.push([]Block{block(n)})
	}
	if len(x.recent) != maxRecent || x.first != 100 {
		t.Errorf("%d headers from %d", len(x.recent), x.first)
	}
	x.prepend([]header.Hash{block(99).Hash, block(98).Hash})
	for n := uint32(97); n <= 100+maxRecent+10; n++ {
		h, ok := x.hash(n)
		if in := n >= 98 && n < 100+maxRecent+10; ok != in || in && h != block(n).Hash {
			t.Fatalf("block %d: %v, %v", n, h, ok)
		}
	}
	// Past its bound it drops the oldest, and never a newer one.
	x.push([]Block{block(100 + maxRecent + 10)})
	x.hashes = append(make([]header.Hash, maxIndex-len(x.hashes)), x.hashes...)
	x.first = x.first + maxIndex // any number: only the bound matters
	next := x.next()
	x.push([]Block{block(uint32(next))})
	if len(x.hashes) != maxIndex || x.next() != next+1 {
		t.Errorf("%d hashes up to %d", len(x.hashes), x.next())
	}
	x.prepend([]header.Hash{{9}})
	if len(x.hashes) != maxIndex {
		t.Errorf("%d hashes", len(x.hashes))
	}
	// A gap begins it anew.
	x.push([]Block{block(uint32(next) + 7)})
	if len(x.hashes) != 1 || x.floor == nil || x.floor.Number != uint32(next) {
		t.Errorf("%d hashes, %v", len(x.hashes), x.floor)
	}
}

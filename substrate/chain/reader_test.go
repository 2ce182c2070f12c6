package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

var voters = chaintest.Voters("reader", 1, 2, 3, 4, 5, 6, 7)

// serve starts a node.
func serve(t *testing.T, s *chaintest.Server) *rpc.Client {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	c, err := rpc.New(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fixture is a Reader with what it told its owner.
type fixture struct {
	*Reader
	saved   []light.State
	reports []error
}

func (f *fixture) reported(code rejection.Code) bool {
	return slices.ContainsFunc(f.reports, func(err error) bool { return errors.Is(err, code) })
}

// open opens a Reader; nodes and relay as in Config.
func open(t *testing.T, checkpoint light.State, para uint32, nodes, relay []Node) *fixture {
	t.Helper()
	f := &fixture{}
	r, err := Open(Config{
		Nodes: nodes, Relay: relay, Para: para, Checkpoint: checkpoint,
		Save:   func(s light.State) error { f.saved = append(f.saved, s); return nil },
		Report: func(_ string, err error) { f.reports = append(f.reports, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Reader = r
	return f
}

// sync takes steps until there are none.
func (f *fixture) sync(t *testing.T) {
	t.Helper()
	for range 100 {
		more, err := f.Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
	t.Fatal("a hundred steps and no end")
}

// solo is a chain of 40 blocks of which 34 are final, its voters change at 10
// and 30.
func solo() *chaintest.Chain {
	c := chaintest.New("solo", trie.V1, voters)
	c.Set(storage.Events(), []byte{4, 0xee})
	c.Grow(9)
	c.Change(chaintest.Equal("second", 4), 0)
	c.Seal([]byte("an extrinsic"), bytes.Repeat([]byte("long"), 20))
	c.Grow(15)
	c.Change(chaintest.Equal("third", 5), 4)
	c.Grow(14)
	for n := range uint32(34) {
		if n%3 == 1 {
			c.Finalise(n)
		}
	}
	c.Finalise(34)
	return c
}

func TestSolo(t *testing.T) {
	for _, bare := range []bool{false, true} {
		c := solo()
		f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c, Bare: bare})}, nil)
		if _, ok := f.Finalised(); ok {
			t.Error("a block before the first Sync")
		}
		f.sync(t)
		final, _ := f.Finalised()
		if final.Hash != c.At(34).Hash || f.Checkpoint().Set.ID != 2 || f.Checkpoint().Finalised != final.Block() {
			t.Fatalf("block %d, %+v", final.Number, f.Checkpoint())
		}
		if last := f.saved[len(f.saved)-1]; last.Finalised != final.Block() {
			t.Errorf("saved block %d", last.Finalised.Number)
		}
		// From any checkpoint on the way it comes to the same.
		for _, s := range f.saved {
			g := open(t, s, 0, f.config.Nodes, nil)
			g.sync(t)
			if b, _ := g.Finalised(); b.Hash != final.Hash {
				t.Errorf("from block %d: block %d", s.Finalised.Number, b.Number)
			}
			// And back to the first block of all.
			blocks, err := g.Blocks(t.Context(), 0, 34)
			if err != nil {
				t.Fatal(err)
			}
			for n, b := range blocks {
				if b.Hash != c.At(uint32(n)).Hash || b.Number != uint32(n) {
					t.Errorf("block %d is %v", n, b.Hash)
				}
			}
		}
		if len(f.reports) != 0 {
			t.Errorf("an honest node is reported: %v", f.reports)
		}
	}
}

func TestReads(t *testing.T) {
	for _, bare := range []bool{false, true} {
		c := solo()
		c.Set([]byte("key"), bytes.Repeat([]byte{9}, 40))
		c.Set([]byte("kez"), []byte{1})
		for _, low := range []byte{0x11, 0x51, 0x53} { // keys that part at half a byte
			c.Set([]byte{'k', 'f', low}, bytes.Repeat([]byte{low}, 40))
		}
		c.Seal([]byte("an extrinsic"), bytes.Repeat([]byte("long"), 20))
		c.Finalise(40)
		f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c, Bare: bare})}, nil)
		f.sync(t)
		b, _ := f.Finalised()
		values, err := f.Storage(t.Context(), b, []byte("key"), []byte("kex"), []byte("kez"), []byte("ke"), []byte{0xff}, []byte{'k', 'f', 0x52})
		if err != nil {
			t.Fatal(err)
		}
		want := []Value{{bytes.Repeat([]byte{9}, 40), true}, {}, {[]byte{1}, true}, {}, {}, {}}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Error(diff)
		}
		if e, err := f.Events(t.Context(), b); err != nil || !bytes.Equal(e, []byte{4, 0xee}) {
			t.Errorf("%x, %v", e, err)
		}
		if v, err := f.Runtime(t.Context(), b); err != nil || v != (Runtime{Name: "kusama", Spec: 1}) {
			t.Errorf("%v, %v", v, err)
		}
		x, err := f.Extrinsics(t.Context(), b)
		if diff := cmp.Diff(c.At(40).Extrinsics, x); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if _, err := f.Storage(t.Context(), b); !errors.Is(err, rejection.OutOfRange) {
			t.Errorf("no keys: %v", err)
		}
		if _, err := f.Storage(t.Context(), b, make([][]byte, MaxKeys+1)...); !errors.Is(err, rejection.OutOfRange) {
			t.Errorf("many keys: %v", err)
		}
	}
	// Without events, and of the older layout.
	c := chaintest.New("v0", trie.V0, voters)
	c.Seal(bytes.Repeat([]byte("long"), 20))
	c.Finalise(1)
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	f.sync(t)
	b, _ := f.Finalised()
	if e, err := f.Events(t.Context(), b); err != nil || !bytes.Equal(e, []byte{0}) {
		t.Errorf("%x, %v", e, err)
	}
	if x, err := f.Extrinsics(t.Context(), b); err != nil || len(x) != 1 {
		t.Errorf("%x, %v", x, err)
	}
}

// twins is a relay chain and its parachain 1000: a relay block a parachain
// block, half of them finalised.
func twins() (relay, para *chaintest.Chain) {
	relay, para = chaintest.New("relay", trie.V1, voters), chaintest.New("para", trie.V1, nil)
	other := chaintest.New("other", trie.V1, nil)
	for i := range 20 {
		para.Set([]byte("count"), []byte{byte(i)})
		para.Seal([]byte{byte(i)})
		other.Seal()
		relay.Include(1000, para)
		relay.Include(1001, other)
		relay.Seal()
		if i == 8 {
			relay.Change(chaintest.Equal("second", 4), 0)
		}
		if i%5 == 4 {
			relay.Finalise(relay.Tip().Number)
		}
	}
	return relay, para
}

func TestParachain(t *testing.T) {
	relay, para := twins()
	// A node finalises nothing of its own: its head says more than is final.
	f := open(t, relay.Genesis(), 1000, []Node{serve(t, &chaintest.Server{Chain: para})}, []Node{serve(t, &chaintest.Server{Chain: relay})})
	// The relay chain's first block has no parachain.
	if _, err := f.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.sync(t)
	final, ok := f.Finalised()
	if !ok || final.Hash != para.Tip().Hash || f.Checkpoint().Finalised != relay.Tip().Block() {
		t.Fatalf("block %d", final.Number)
	}
	for i := range 5 {
		para.Seal([]byte{byte(i)})
	}
	relay.Include(1000, para)
	relay.Grow(3)
	para.Seal() // known to nobody's relay chain
	relay.Finalise(relay.Tip().Number)
	f.sync(t)
	final, _ = f.Finalised()
	if final.Number != para.Tip().Number-1 {
		t.Fatalf("block %d", final.Number)
	}
	blocks, err := f.Blocks(t.Context(), 1, final.Number)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Hash != para.At(b.Number).Hash {
			t.Errorf("block %d is %v", b.Number, b.Hash)
		}
	}
	v, err := f.Storage(t.Context(), blocks[9], []byte("count"))
	if err != nil || !bytes.Equal(v[0].Data, []byte{9}) {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := f.Blocks(t.Context(), final.Number, final.Number+1); !errors.Is(err, rejection.NotFinal) {
		t.Errorf("past the final block: %v", err)
	}
	if _, err := f.At(t.Context(), para.Tip().Hash); !errors.Is(err, rejection.NotFinal) {
		t.Errorf("a block that is not final: %v", err)
	}
}

func TestAt(t *testing.T) {
	c := solo()
	fork := c.Fork("fork", 20)
	fork.Grow(5)
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: fork}), serve(t, &chaintest.Server{Chain: c})}, nil)
	f.config.Nodes, f.main.nodes = f.config.Nodes[1:], f.main.nodes[1:]
	f.relay.nodes = f.main.nodes
	f.sync(t)
	f.main.nodes = []Node{serve(t, &chaintest.Server{Chain: fork}), f.main.nodes[0]}
	if b, err := f.At(t.Context(), c.At(21).Hash); err != nil || b.Number != 21 {
		t.Errorf("%d, %v", b.Number, err)
	}
	for name, hash := range map[string]header.Hash{
		"a block of a fork": fork.At(21).Hash, "a block that is not final yet": c.At(36).Hash, "a block of no chain": {1},
	} {
		if _, err := f.At(t.Context(), hash); !errors.Is(err, rejection.NotFinal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is long over is not looked for.
func TestAtOld(t *testing.T) {
	c := solo()
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	f.sync(t)
	clear(f.index.recent)
	for after, want := range map[uint32]error{MaxLook: nil, MaxLook + 1: rejection.OutOfRange} {
		f.final = &Block{Header: header.Header{Number: 21 + after}}
		if _, err := f.At(t.Context(), c.At(21).Hash); !errors.Is(err, want) {
			t.Errorf("%d blocks later: %v", after, err)
		}
	}
}

// A chain whose numbers skip one is none.
func TestWalk(t *testing.T) {
	for _, skip := range []uint32{0, 1} {
		low := Block{Header: header.Header{Number: 4}}
		low.Hash = low.Header.Hash()
		top := Block{Header: header.Header{Number: 5 + skip, Parent: low.Hash}}
		top.Hash = top.Header.Hash()
		blocks := map[header.Hash]Block{low.Hash: low, top.Hash: top}
		out, err := walk(header.Block{Number: 5 + skip, Hash: top.Hash}, 3, func(h header.Hash) (Block, error) { return blocks[h], nil })
		if skip == 0 && (err != nil || len(out) != 2 || out[0].Number != 4) || skip == 1 && !errors.Is(err, rejection.HeaderGap) {
			t.Errorf("%d left out: %v, %v", skip, out, err)
		}
	}
}

func TestBlocksRefused(t *testing.T) {
	c := solo()
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	if _, err := f.Blocks(t.Context(), 0, 0); !errors.Is(err, rejection.NotFinal) {
		t.Errorf("before the first Sync: %v", err)
	}
	f.sync(t)
	for name, a := range map[string]struct {
		from, to uint32
		want     rejection.Code
	}{
		"backwards": {2, 1, rejection.OutOfRange}, "too many": {0, MaxBlocks, rejection.OutOfRange}, "not final": {33, 35, rejection.NotFinal},
	} {
		if _, err := f.Blocks(t.Context(), a.from, a.to); !errors.Is(err, a.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenRefused(t *testing.T) {
	c := solo()
	n := []Node{serve(t, &chaintest.Server{Chain: c})}
	save := func(light.State) error { return nil }
	for name, a := range map[string]struct {
		config Config
		want   rejection.Code
	}{
		"no node":                     {Config{Checkpoint: c.Genesis(), Save: save}, rejection.BadFlag},
		"a relay chain and no number": {Config{Nodes: n, Relay: n, Checkpoint: c.Genesis(), Save: save}, rejection.BadFlag},
		"a number and no relay chain": {Config{Nodes: n, Para: 1000, Checkpoint: c.Genesis(), Save: save}, rejection.BadFlag},
		"nowhere to save":             {Config{Nodes: n, Checkpoint: c.Genesis()}, rejection.BadFlag},
		"no checkpoint":               {Config{Nodes: n, Save: save}, rejection.BadAuthorities},
	} {
		if _, err := Open(a.config); !errors.Is(err, a.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is not stored is not shown.
func TestSaveFails(t *testing.T) {
	c := solo()
	full := errors.New("the disk is full")
	r, err := Open(Config{
		Nodes: []Node{serve(t, &chaintest.Server{Chain: c})}, Checkpoint: c.Genesis(),
		Save: func(light.State) error { return full },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sync(t.Context()); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if b, ok := r.Finalised(); ok || r.Checkpoint().Finalised.Number != 0 {
		t.Errorf("block %d is shown", b.Number)
	}
}

func TestTrust(t *testing.T) {
	for _, bare := range []bool{false, true} {
		c := solo()
		n := serve(t, &chaintest.Server{Chain: c, Bare: bare})
		s, err := Trust(t.Context(), n, c.At(20).Hash)
		if err != nil {
			t.Fatal(err)
		}
		if err := Agree(t.Context(), n, s); err != nil {
			t.Error(err)
		}
		other := s
		other.Set.ID++
		if err := Agree(t.Context(), n, other); !errors.Is(err, rejection.BadCheckpoint) {
			t.Errorf("another set: %v", err)
		}
		f := open(t, s, 0, []Node{n}, nil)
		f.sync(t)
		if b, _ := f.Finalised(); b.Hash != c.At(34).Hash {
			t.Errorf("block %d", b.Number)
		}
	}
	c := solo()
	c.Set(storage.Prefix("Grandpa", "PendingChange"), []byte{1})
	c.Grow(1)
	if _, err := Trust(t.Context(), serve(t, &chaintest.Server{Chain: c}), c.Tip().Hash); !errors.Is(err, rejection.BadCheckpoint) {
		t.Errorf("a change pending: %v", err)
	}
	wrong := serve(t, &chaintest.Server{Chain: c, Lie: func(method string, _ []json.RawMessage, a any) any {
		if method == "chain_getHeader" {
			return chaintest.HeaderOf(c.At(3).Header)
		}
		return a
	}})
	if _, err := Trust(t.Context(), wrong, c.At(20).Hash); !errors.Is(err, rejection.WrongHeader) {
		t.Errorf("another header: %v", err)
	}
}

// A caller who gives up is not a node that fails.
func TestCancelled(t *testing.T) {
	c := solo()
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c})}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Sync(ctx); !errors.Is(err, context.Canceled) || len(f.reports) != 0 {
		t.Errorf("%v, %v", err, f.reports)
	}
}

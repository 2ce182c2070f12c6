package audit

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/replica"
)

// TestFollow: blocks are checked as they come; after a lie the follower stands
// where it was, and goes on with the truth.
func TestFollow(t *testing.T) {
	c := traded(t)
	f, err := follow(c.Genesis, chaintest.Echo{})
	if err != nil {
		t.Fatal(err)
	}
	truth, lie := recorded{blocks: c.Blocks}, recorded{c.Blocks, func(h uint64, b *boundary.Block) {
		if h == 5 {
			b.Txs = append(b.Txs, []byte("more"))
		}
	}}
	var seen []uint64
	note := func(h uint64) { seen = append(seen, h) }
	if err := f.Advance(t.Context(), truth, 3, note); err != nil || f.Chronicle().Height() != 3 {
		t.Fatalf("height %d, %v", f.Chronicle().Height(), err)
	}
	var refusal *replica.Refusal
	if err := f.Advance(t.Context(), lie, 6, note); !errors.As(err, &refusal) || refusal.Height != 5 || f.Chronicle().Height() != 4 {
		t.Errorf("height %d, %v", f.Chronicle().Height(), err)
	}
	for range 2 { // the second time there is nothing to do
		if err := f.Advance(t.Context(), truth, c.Height(), note); err != nil || f.Chronicle().Height() != c.Height() {
			t.Errorf("height %d, %v", f.Chronicle().Height(), err)
		}
	}
	for i, h := range seen {
		if h != uint64(i)+1 {
			t.Fatalf("blocks %v", seen)
		}
	}
	if err := f.Advance(t.Context(), truth, c.Height()+1, nil); err == nil {
		t.Error("a block that there is not")
	}
	if _, err := Follow([]byte("{")); err == nil {
		t.Error("a genesis that is none")
	}
}

package node

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/client/light"
)

// TestHeaderAt: an older header is the one that the blocks have, and another
// than the one asked for is none.
func TestHeaderAt(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	m.until(4)
	c := m.dial(m.url())
	ctx := patience(t)
	if _, err := c.Head(ctx); err != nil {
		t.Fatal(err)
	}
	chain, err := c.Chain(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = c.VerifiedBlocks(ctx, chain, 1, 3, func(want light.Head, _ [][]byte) error {
		seen++
		got, err := c.HeaderAt(ctx, want.Height)
		if err == nil && got != want {
			t.Errorf("height %d: %+v, and the blocks have %+v", want.Height, got, want)
		}
		return err
	})
	if err != nil || seen != 3 {
		t.Fatal(seen, err)
	}
	if got, err := c.HeaderAt(ctx, 0); !errors.Is(err, light.ErrUntrusted) { // the node answers with its newest
		t.Errorf("height 0: %+v, %v", got, err)
	}
}

//go:build e2e

package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
)

// chronicle is the chain's compact blocks with the moments at which they
// arrived here.
type chronicle struct {
	mu     sync.Mutex
	blocks []*nodev1.CompactBlock // from height 1
	at     []time.Time
	more   chan struct{} // closed and replaced with every block
	err    error
}

// moment is where and when something was seen.
type moment struct {
	height uint64
	at     time.Time
}

// chronicle follows the chain until the test ends.
func (n *network) chronicle(t *testing.T) *chronicle {
	t.Helper()
	c := &chronicle{more: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := n.client.CompactBlocks(ctx, 1, 0, func(b *nodev1.CompactBlock) error {
			c.add(b, nil)
			return nil
		})
		c.add(nil, err)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

func (c *chronicle) add(b *nodev1.CompactBlock, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b != nil {
		c.blocks, c.at = append(c.blocks, b), append(c.at, time.Now())
	}
	c.err = err
	close(c.more)
	c.more = make(chan struct{})
}

// height returns that of the newest block.
func (c *chronicle) height() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uint64(len(c.blocks))
}

// find waits for the first entry from a height on that match accepts.
func (c *chronicle) find(ctx context.Context, t *testing.T, what string, from uint64, match func(*nodev1.Entry) bool) moment {
	t.Helper()
	for next := max(from, 1); ; {
		c.mu.Lock()
		blocks, at, more, err := c.blocks, c.at, c.more, c.err
		c.mu.Unlock()
		for ; next <= uint64(len(blocks)); next++ {
			for _, e := range blocks[next-1].Entries {
				if match(e) {
					return moment{next, at[next-1]}
				}
			}
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not in blocks %d to %d", what, from, len(blocks))
		case <-more:
		}
	}
}

// count returns how many entries match so far.
func (c *chronicle) count(match func(*nodev1.Entry) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.blocks {
		for _, e := range b.Entries {
			if match(e) {
				n++
			}
		}
	}
	return n
}

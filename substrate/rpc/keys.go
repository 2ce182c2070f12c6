package rpc

import (
	"context"
	"encoding/json"
)

// maxKeys bounds what one call of Keys asks for.
const maxKeys = 1000

// Keys returns the keys that the node says the newest block's state has under a
// prefix, the first count after the key after, in ascending order; after may be
// empty. There is no block to name: gossamer takes a block's hash for its state
// root here.
func (c *Client) Keys(ctx context.Context, prefix []byte, count uint32, after []byte) ([][]byte, error) {
	const method = "state_getKeysPaged"
	raw, err := c.Do(ctx, stateAnswer, method, text(prefix), min(count, maxKeys), text(after))
	if err != nil || null(raw) {
		return nil, err
	}
	var texts []string
	if json.Unmarshal(raw, &texts) != nil {
		return nil, malformed(method, "no list")
	}
	return readList(method, texts)
}

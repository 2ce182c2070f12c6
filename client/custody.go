package client

import (
	"context"
	"errors"
	"fmt"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/state"
)

// MaxAsked bounds the claims and deposits that one Custody asks for.
const MaxAsked = 512

// Custody is what custody signers need to know of the state after one block,
// verified.
type Custody struct {
	Height   uint64
	Signers  state.Signers
	Assets   []state.Asset         // ascending by id; the node may have held some back
	Pools    map[uint32]state.Pool // of every one of Assets
	Claims   map[custody.ClaimID]state.Claim
	Deposits map[custody.DepositID]uint64 // height of the credit
}

// Custody returns the newest verified state of custody. Of the claims and
// deposits that are asked for, those are in the answer that exist; of the others
// it is proven that they do not.
func (c *Client) Custody(ctx context.Context, claims []custody.ClaimID, deposits []custody.DepositID) (*Custody, error) {
	if len(claims)+len(deposits) > MaxAsked {
		return nil, fmt.Errorf("%d rows in one question", len(claims)+len(deposits))
	}
	var pools []uint32
	for {
		v, missing, err := c.custody(ctx, claims, deposits, pools)
		if err != nil || len(missing) == 0 {
			return v, err
		}
		// Only the proof says that an asset has no pool yet.
		pools = append(pools, missing...)
	}
}

// custody asks for the pools by name, too, and returns the assets whose pool is
// neither proven to be nor proven not to be.
func (c *Client) custody(ctx context.Context, claims []custody.ClaimID, deposits []custody.DepositID, pools []uint32) (v *Custody, missing []uint32, err error) {
	req := &nodev1.StateRequest{
		Keys:     [][]byte{state.AllSigners.Key(nil)},
		Prefixes: [][]byte{[]byte(state.Assets.Prefix), []byte(state.Pools.Prefix)},
	}
	for _, id := range pools {
		req.Keys = append(req.Keys, state.Pools.Key(state.ID32(id)))
	}
	for _, id := range claims {
		req.Keys = append(req.Keys, state.Claims.Key(id[:]))
	}
	for _, id := range deposits {
		req.Keys = append(req.Keys, state.Deposits.Key(id[:]))
	}
	rows, head, err := c.verifiedRows(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range req.Keys {
		if _, ok := rows.values[string(key)]; !ok {
			return nil, nil, fmt.Errorf("%w: row %q is left out", ErrUnverified, key)
		}
	}
	v = &Custody{
		Height: head.Height - 1, Pools: map[uint32]state.Pool{},
		Claims: map[custody.ClaimID]state.Claim{}, Deposits: map[custody.DepositID]uint64{},
	}
	if err := errors.Join(one(rows, state.AllSigners, &v.Signers), all(rows, state.Assets, &v.Assets)); err != nil {
		return nil, nil, err
	}
	for _, a := range v.Assets {
		id := a.Record.ID
		value, ok := rows.values[string(state.Pools.Key(state.ID32(id)))]
		switch {
		case !ok:
			missing = append(missing, id)
		case value == nil:
			v.Pools[id] = state.Pool{} // nothing came in yet
		default:
			if v.Pools[id], err = state.Pools.Decode(value); err != nil {
				return nil, nil, fmt.Errorf("%w: pool %d: %w", ErrUnverified, id, err)
			}
		}
	}
	for _, id := range claims {
		value := rows.values[string(state.Claims.Key(id[:]))]
		if value == nil {
			continue
		}
		claim, err := state.Claims.Decode(value)
		if err != nil || claim.ID != id {
			return nil, nil, fmt.Errorf("%w: claim %x", ErrUnverified, id)
		}
		v.Claims[id] = claim
	}
	for _, id := range deposits {
		value := rows.values[string(state.Deposits.Key(id[:]))]
		if value == nil {
			continue
		}
		if v.Deposits[id], err = state.Deposits.Decode(value); err != nil {
			return nil, nil, fmt.Errorf("%w: deposit %x", ErrUnverified, id)
		}
	}
	return v, missing, nil
}

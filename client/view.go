package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/state"
)

// ErrUnverified says that an answer of the node contradicts what the
// validators signed.
var ErrUnverified = errors.New("the node's answer is not what the validators signed")

// View is the state after one block, verified. A row that the node left out of
// a list is missing here; no row is here that the state does not hold.
type View struct {
	Height     uint64
	Time       time.Time // of the header that commits to the state
	Commitment state.Commitment
	Fees       state.Schedule
	Book       state.Book
	Assets     []state.Asset   // ascending by id
	Markets    []market.Record // ascending by id
	References []market.Reference
	Epochs     []state.Epoch // that the ledger still knows, the current one last
	Workers    []state.Worker
	Circuits   []state.Circuits // every version, the newest last
}

// Epoch returns the current epoch; ok is false before the first.
func (v *View) Epoch() (state.Epoch, bool) {
	for _, e := range v.Epochs {
		if e.Number == v.Book.Epoch {
			return e, true
		}
	}
	return state.Epoch{}, false
}

// View returns the newest verified state.
func (c *Client) View(ctx context.Context) (*View, error) {
	for versions := uint8(1); ; versions++ {
		v, err := c.view(ctx, versions)
		if err != nil || len(v.Circuits) <= int(versions) {
			return v, err
		}
	}
}

// view reads the state with the first versions of the circuits. It asks for one
// more: only the proof that there is none says that the last one is the newest.
func (c *Client) view(ctx context.Context, versions uint8) (*View, error) {
	req := &nodev1.StateRequest{
		Keys: [][]byte{state.Fees.Key(nil), state.Books.Key(nil), state.References.Key(nil)},
		Prefixes: [][]byte{[]byte(state.Assets.Prefix), []byte(state.Markets.Prefix),
			[]byte(state.Epochs.Prefix), []byte(state.Workers.Prefix)},
	}
	for n := 1; n <= int(versions)+1 && n <= math.MaxUint8; n++ {
		req.Keys = append(req.Keys, state.AllCircuits.Key(state.ID8(uint8(n))))
	}
	rows, head, err := c.verifiedRows(ctx, req)
	if err != nil {
		return nil, err
	}
	v := &View{Height: head.Height - 1, Time: head.Time, Commitment: rows.commitment}
	err = errors.Join(
		one(rows, state.Fees, &v.Fees), one(rows, state.Books, &v.Book), one(rows, state.References, &v.References),
		all(rows, state.Assets, &v.Assets), all(rows, state.Markets, &v.Markets),
		all(rows, state.Epochs, &v.Epochs), all(rows, state.Workers, &v.Workers), all(rows, state.AllCircuits, &v.Circuits),
	)
	if err != nil {
		return nil, err
	}
	for _, key := range req.Keys[3:] {
		if _, ok := rows.values[string(key)]; !ok {
			return nil, fmt.Errorf("%w: a version of the circuits is left out", ErrUnverified)
		}
	}
	if len(v.Circuits) == 0 {
		return nil, fmt.Errorf("%w: no version of the circuits", ErrUnverified)
	}
	if _, ok := v.Epoch(); v.Book.Epoch > 0 && !ok {
		return nil, fmt.Errorf("%w: the current epoch is left out", ErrUnverified)
	}
	return v, nil
}

// Notes returns a height and the verified root of the note tree after it: what
// a scan compares its own tree with.
func (c *Client) Notes(ctx context.Context) (height uint64, root field.Element, err error) {
	rows, head, err := c.verifiedRows(ctx, new(nodev1.StateRequest))
	if err != nil {
		return 0, root, err
	}
	return head.Height - 1, rows.commitment.Notes, nil
}

// Row returns the verified value of one row at the newest verified height; nil
// if the state holds none.
func (c *Client) Row(ctx context.Context, key []byte) (value []byte, height uint64, err error) {
	rows, head, err := c.verifiedRows(ctx, &nodev1.StateRequest{Keys: [][]byte{key}})
	if err != nil {
		return nil, 0, err
	}
	value, ok := rows.values[string(key)]
	if !ok {
		return nil, 0, fmt.Errorf("%w: the row is left out", ErrUnverified)
	}
	return value, head.Height - 1, nil
}

// verified are rows that passed their proofs.
type verified struct {
	commitment state.Commitment
	values     map[string][]byte // nil = proven absent
}

// verifiedRows asks for rows and checks everything about them.
func (c *Client) verifiedRows(ctx context.Context, req *nodev1.StateRequest) (verified, light.Head, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	res, err := c.state(ctx, req)
	if err != nil {
		return verified{}, light.Head{}, err
	}
	head, err := c.trust(ctx, res.LightBlock)
	if err != nil {
		return verified{}, light.Head{}, err
	}
	rows, err := checkRows(res, head)
	return rows, head, err
}

// state asks once more for a short while: just after its start a node has no
// proof before its next block. All of it takes no longer than one answer may.
func (c *Client) state(ctx context.Context, req *nodev1.StateRequest) (*nodev1.StateResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	for tries := 0; ; tries++ {
		res, err := call(ctx, c.rpc.State, req)
		if err == nil || connect.CodeOf(err) != connect.CodeUnavailable || tries == retries-2 {
			return res, err
		}
		select {
		case <-time.After(retryPause << tries):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// checkRows demands that the app hash of head is made of the answer's roots
// and that every row is proven under them.
func checkRows(res *nodev1.StateResponse, head light.Head) (verified, error) {
	v := verified{values: map[string][]byte{}}
	if head.Height != res.Height+1 {
		return v, fmt.Errorf("%w: the header of height %d with the state of %d", ErrUnverified, head.Height, res.Height)
	}
	notes, err := field.FromBytes(res.NotesRoot)
	if err != nil || copy(v.commitment.Spent[:], res.SpentRoot) != 32 || copy(v.commitment.Small[:], res.StateRoot) != 32 {
		return v, fmt.Errorf("%w: roots", ErrUnverified)
	}
	v.commitment.Notes = notes
	if v.commitment.AppHash() != head.AppHash {
		return v, fmt.Errorf("%w: the app hash of height %d", ErrUnverified, head.Height)
	}
	for _, r := range res.Rows {
		proof, err := proofOf(r)
		if err != nil {
			return v, err
		}
		value := r.Value
		switch {
		case !r.Present:
			value = nil
		case value == nil:
			value = []byte{}
		}
		if !authmap.Verify(v.commitment.Small, r.Key, value, proof) {
			return v, fmt.Errorf("%w: row %q", ErrUnverified, r.Key)
		}
		v.values[string(r.Key)] = value
	}
	return v, nil
}

func proofOf(r *nodev1.Row) (p authmap.Proof, err error) {
	if len(r.Path) != len(p.Path) {
		return p, fmt.Errorf("%w: a proof of %d levels", ErrUnverified, len(r.Path))
	}
	for i, node := range r.Path {
		if len(node) != len(p.Path[i]) {
			return p, fmt.Errorf("%w: a hash of %d bytes", ErrUnverified, len(node))
		}
		copy(p.Path[i][:], node)
	}
	for _, b := range r.Bucket {
		var pair authmap.Pair
		if len(b) != len(pair.Key)+len(pair.Value) {
			return p, fmt.Errorf("%w: a pair of %d bytes", ErrUnverified, len(b))
		}
		copy(pair.Key[:], b)
		copy(pair.Value[:], b[len(pair.Key):])
		p.Bucket = append(p.Bucket, pair)
	}
	return p, nil
}

// one decodes a kind's single row, or leaves into as it is if there is none.
func one[T any](v verified, kind state.Row[T], into *T) error {
	value, ok := v.values[string(kind.Key(nil))]
	if !ok {
		return fmt.Errorf("%w: row %q is left out", ErrUnverified, kind.Prefix)
	}
	if value == nil {
		return nil
	}
	decoded, err := kind.Decode(value)
	if err != nil {
		return fmt.Errorf("%w: row %q: %w", ErrUnverified, kind.Prefix, err)
	}
	*into = decoded
	return nil
}

// all decodes a kind's rows, ascending by key: nobody vouches for the order in
// which a node sends them, nor for how often.
func all[T any](v verified, kind state.Row[T], into *[]T) error {
	for _, key := range slices.Sorted(maps.Keys(v.values)) {
		value := v.values[key]
		if value == nil || len(key) <= len(kind.Prefix) || key[:len(kind.Prefix)] != kind.Prefix {
			continue
		}
		decoded, err := kind.Decode(value)
		if err != nil {
			return fmt.Errorf("%w: row %q: %w", ErrUnverified, key, err)
		}
		*into = append(*into, decoded)
	}
	return nil
}

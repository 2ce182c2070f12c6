package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
)

// maxTargets bounds how far below a node's finalised head a justification is
// looked for, one block after the other, on a node that has them only of the
// blocks at which a round ended.
const maxTargets = 32

// farBehind is how many blocks the follower may be behind a node's finalised
// head and still read a parachain's head: a node that prunes has no older
// state.
const farBehind = 128

// Sync takes one step: to the next justified block, and to the parachain's
// head in it. It returns whether anything became final, on the relay chain or
// here; false if the nodes have nothing newer. Call it until then, and again
// later.
func (r *Reader) Sync(ctx context.Context) (bool, error) {
	r.syncing.Lock()
	defer r.syncing.Unlock()
	s, err := r.climb(ctx)
	if err != nil {
		return false, err
	}
	moved := s.state.Finalised != r.Checkpoint().Finalised
	if moved {
		if err := r.config.Save(s.state); err != nil {
			return false, fmt.Errorf("store the checkpoint: %w", err)
		}
		top := s.blocks[len(s.blocks)-1]
		r.top = &top
	}
	if r.config.Para == 0 {
		return r.show(s.state, s.blocks), nil
	}
	r.mu.Lock()
	r.state = s.state
	final := r.final
	r.mu.Unlock()
	if s.behind > farBehind {
		return true, nil
	}
	blocks, err := r.parachain(ctx, s.blocks[len(s.blocks)-1], final)
	if err != nil {
		return false, err
	}
	return r.show(s.state, blocks) || moved, nil
}

// show makes a step's result visible, and returns whether there is one.
func (r *Reader) show(s light.State, blocks []Block) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
	for len(blocks) > 0 && r.final != nil && blocks[0].Number <= r.final.Number {
		blocks = blocks[1:] // shown before
	}
	if len(blocks) == 0 {
		return false
	}
	r.index.push(blocks)
	r.final = &blocks[len(blocks)-1]
	return true
}

// step is where the chain that has the finality is.
type step struct {
	state  light.State
	blocks []Block // ascending, the last is state.Finalised; one at least
	behind uint32  // blocks to the node's finalised head
}

// climb asks the nodes in turn for a step. Without one the state stays, and
// blocks is the finalised one.
func (r *Reader) climb(ctx context.Context) (step, error) {
	s := r.Checkpoint()
	if r.top == nil {
		top, err := ask(ctx, r.relay, func(n Node) (Block, error) {
			b, err := headerOf(ctx, n, s.Finalised.Hash)
			if err == nil && b.Number != s.Finalised.Number {
				err = rejection.New(rejection.BadCheckpoint, "block %v has number %d", s.Finalised.Hash, b.Number)
			}
			return b, err
		})
		if err != nil {
			return step{}, err
		}
		r.top = &top
	}
	var all error
	served := false
	for _, n := range r.relay.nodes {
		next, ok, err := advance(ctx, n, s)
		switch {
		case ctx.Err() != nil:
			return step{}, ctx.Err()
		case err != nil:
			r.relay.report(n.Host(), err)
			all = errors.Join(all, fmt.Errorf("%s: %w", n.Host(), err))
		case ok:
			return next, nil
		default:
			served = true
		}
	}
	if !served {
		return step{}, all
	}
	return step{state: s, blocks: []Block{*r.top}}, nil
}

// advance takes a step after s with what one node says; ok is false if it has
// nothing newer.
func advance(ctx context.Context, n Node, s light.State) (next step, ok bool, err error) {
	hash, err := n.FinalizedHead(ctx)
	if err != nil {
		return step{}, false, err
	}
	head, err := headerOf(ctx, n, hash)
	if err != nil {
		return step{}, false, err
	}
	if head.Number == s.Finalised.Number && head.Hash != s.Finalised.Hash {
		return step{}, false, rejection.New(rejection.OtherChain, "block %d is %v, not %v", head.Number, head.Hash, s.Finalised.Hash)
	}
	if head.Number <= s.Finalised.Number {
		return step{}, false, nil // it is behind
	}
	p, ok, err := newest(ctx, n, s.Finalised.Number, head.Number)
	if err != nil || !ok || p.j.Target.Number <= s.Finalised.Number {
		return step{}, false, err
	}
	next, ok, err = follow(ctx, n, s, p)
	if ok {
		next.behind = head.Number - min(head.Number, next.state.Finalised.Number)
	}
	return next, ok, err
}

// follow goes from s to where p says.
func follow(ctx context.Context, n Node, s light.State, p proof) (step, bool, error) {
	if p.j.Target.Number-s.Finalised.Number > light.MaxStep {
		target, err := p.header(ctx, n, p.j.Target.Hash)
		if err != nil {
			return step{}, false, err
		}
		state, err := s.Hop(target.Header, p.j)
		return step{state: state, blocks: []Block{target}}, err == nil, err
	}
	blocks, err := walk(p.j.Target, s.Finalised.Number, func(h header.Hash) (Block, error) { return p.header(ctx, n, h) })
	if err != nil {
		return step{}, false, err
	}
	headers := make([]header.Header, len(blocks))
	for i, b := range blocks {
		headers[i] = b.Header
	}
	// A node may show a target past a change of the authorities; the step to
	// the change comes first.
	end, err := s.End(headers)
	if err != nil {
		return step{}, false, err
	}
	if end < p.j.Target.Number {
		q, ok, err := finality(ctx, n, end)
		if err != nil || !ok || q.j.Target.Number != end {
			return step{}, false, err
		}
		p.j = q.j
		blocks, headers = blocks[:end-s.Finalised.Number], headers[:end-s.Finalised.Number]
	}
	state, err := s.Advance(headers, p.j)
	return step{state: state, blocks: blocks}, err == nil, err
}

// walk returns the blocks from after floor to top, ascending, each found as
// the parent of the next.
func walk(top header.Block, floor uint32, find func(header.Hash) (Block, error)) ([]Block, error) {
	out := make([]Block, 0, top.Number-floor)
	for at := top; at.Number > floor; {
		b, err := find(at.Hash)
		if err != nil {
			return nil, err
		}
		if b.Number != at.Number {
			return nil, rejection.New(rejection.HeaderGap, "block %v has number %d where %d was due", at.Hash, b.Number, at.Number)
		}
		out = append(out, b)
		at = header.Block{Number: at.Number - 1, Hash: b.Parent}
	}
	slices.Reverse(out)
	return out, nil
}

// proof is a justification and headers that came with it, by their hash.
type proof struct {
	j     grandpa.Justification
	known map[header.Hash]header.Header
}

// header finds a header that came with the proof, or asks the node.
func (p proof) header(ctx context.Context, n Node, hash header.Hash) (Block, error) {
	if h, ok := p.known[hash]; ok {
		return Block{Header: h, Hash: hash}, nil
	}
	return headerOf(ctx, n, hash)
}

// newest looks for a justification of a block after final. A node of Substrate
// is asked about the first block after it: it answers with the last block of
// that block's set of authorities, or with its newest justification.
func newest(ctx context.Context, n Node, final, head uint32) (proof, bool, error) {
	p, ok, err := finality(ctx, n, final+1)
	if err != nil || ok {
		return p, ok, err
	}
	for number := head; number > final+1 && head-number < maxTargets; number-- {
		if p, ok, err = finality(ctx, n, number); err != nil || ok {
			return p, ok, err
		}
	}
	return proof{}, false, nil
}

// finality asks for the proof that a block is final and decodes it; false if
// the node has none.
//
//	FinalityProof: hash ‖ Vec<u8> justification ‖ Vec<header> of the blocks from the one asked about to it
func finality(ctx context.Context, n Node, number uint32) (proof, bool, error) {
	answer, ok, err := n.ProveFinality(ctx, number)
	var refused *rpc.Refused
	if errors.As(err, &refused) {
		return proof{}, false, nil // it says that the block is not final, or not covered
	}
	if err != nil || !ok {
		return proof{}, false, err
	}
	if answer.Bare {
		// gossamer leaves out the list of ancestries that ends a justification.
		j, err := grandpa.Decode(answer.Bytes)
		if errors.Is(err, rejection.Truncated) {
			j, err = grandpa.Decode(append(slices.Clone(answer.Bytes), 0))
		}
		return proof{j: j}, err == nil, err
	}
	r := scale.NewReader(answer.Bytes)
	hash := header.Hash(r.Hash())
	inner := r.Vec()
	known := make(map[header.Hash]header.Header)
	for range r.Count(97) {
		if h := header.Read(r); r.Err() == nil {
			known[h.Hash()] = h
		}
	}
	if err := r.Done(); err != nil {
		return proof{}, false, err
	}
	j, err := grandpa.Decode(inner)
	if err != nil {
		return proof{}, false, err
	}
	if j.Target.Hash != hash {
		return proof{}, false, rejection.New(rejection.WrongTarget, "a proof of %v, not of %v", j.Target.Hash, hash)
	}
	return proof{j: j, known: known}, true, nil
}

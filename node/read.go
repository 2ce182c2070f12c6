package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"github.com/cometbft/cometbft/types"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// lightBlock returns CometBFT's encoding of a height's header, commit and
// validators.
func (n *Node) lightBlock(height uint64) ([]byte, error) {
	h := int64(height)
	meta, commit := n.blocks.LoadBlockMeta(h), n.blocks.LoadBlockCommit(h)
	if commit == nil {
		commit = n.blocks.LoadSeenCommit(h) // of the newest block
	}
	if meta == nil || commit == nil {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("no light block of that height here"))
	}
	set, err := n.validators(h)
	if err != nil {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("no validators of that height here"))
	}
	light := &types.LightBlock{SignedHeader: &types.SignedHeader{Header: &meta.Header, Commit: commit}, ValidatorSet: set}
	pb, err := light.ToProto()
	if err != nil {
		return nil, n.answer(fmt.Errorf("light block %d: %w", height, err))
	}
	out, err := pb.Marshal()
	if err != nil {
		return nil, n.answer(fmt.Errorf("light block %d: %w", height, err))
	}
	return out, nil
}

// validators loads a height's set without its proposer rotation, which nobody
// who verifies a commit needs and which costs seconds far from a checkpoint.
func (n *Node) validators(height int64) (*types.ValidatorSet, error) {
	if fast, ok := n.states.(interface {
		LoadValidatorsFast(int64) (*types.ValidatorSet, error)
	}); ok {
		return fast.LoadValidatorsFast(height)
	}
	return n.states.LoadValidators(height)
}

// errNoPrevious passes with the next block.
var errNoPrevious = errors.New("no block was committed since this node started: proofs follow with the next one")

// State proves rows of the state one block before the head: the newest whose
// app hash a header contains.
func (s *service) State(_ context.Context, req *connect.Request[nodev1.StateRequest]) (*connect.Response[nodev1.StateResponse], error) {
	out := new(nodev1.StateResponse)
	if err := s.app.prove(req.Msg, out); errors.Is(err, errNoPrevious) {
		return nil, connect.NewError(connect.CodeUnavailable, err)
	} else if err != nil {
		return nil, s.answer(err)
	}
	light, err := s.lightBlock(out.Height + 1)
	if err != nil {
		return nil, err
	}
	out.LightBlock = light
	return connect.NewResponse(out), nil
}

func (a *app) prove(req *nodev1.StateRequest, out *nodev1.StateResponse) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.previous == nil {
		return errNoPrevious
	}
	notes, spent, small := a.previous.Commitment()
	out.Height = a.previous.Head().Height
	out.NotesRoot, out.SpentRoot, out.StateRoot = bytesOf(notes), spent[:], small[:]
	keys := req.Keys
	for _, prefix := range req.Prefixes {
		a.view.Range(append([]byte{'s'}, prefix...), func(key, _ []byte) bool {
			keys = append(keys, bytes.Clone(key[1:]))
			return len(keys) <= maxStateRows
		})
	}
	if len(keys) > maxStateRows {
		return rejection.New(rejection.Oversized, "more than %d rows", maxStateRows)
	}
	for _, key := range keys {
		out.Rows = append(out.Rows, row(a.previous, key))
	}
	return nil
}

func row(state *ledger.State, key []byte) *nodev1.Row {
	value, proof := state.Prove(key)
	r := &nodev1.Row{Key: key, Present: value != nil, Value: value}
	for _, pair := range proof.Bucket {
		r.Bucket = append(r.Bucket, append(pair.Key[:], pair.Value[:]...))
	}
	for _, node := range proof.Path {
		r.Path = append(r.Path, node[:])
	}
	return r
}

// Params gathers what is needed to make a transaction.
func (s *service) Params(context.Context, *connect.Request[nodev1.ParamsRequest]) (*connect.Response[nodev1.ParamsResponse], error) {
	out := new(nodev1.ParamsResponse)
	err := s.app.read(func(state *ledger.State) error {
		s.params(state, out)
		return nil
	})
	if err != nil {
		return nil, s.answer(err)
	}
	return connect.NewResponse(out), nil
}

func (s *service) params(state *ledger.State, out *nodev1.ParamsResponse) {
	g, p, book, anchor := state.Genesis(), state.Params(), state.Book(), state.Anchor()
	out.Height = state.Head().Height
	out.Parameters = &nodev1.Parameters{
		LockBlocks: p.LockBlocks, ExitBlocks: p.ExitBlocks, RestBlocks: p.RestBlocks, EpochBlocks: p.EpochBlocks,
		EpochGrace: p.EpochGrace, Quorum: p.Quorum, DeadBlocks: p.DeadBlocks, StaleBlocks: p.StaleBlocks,
		HeartbeatBlocks: p.HeartbeatBlocks, WorkerBlocks: p.WorkerBlocks,
		AnswerBlocks: p.AnswerBlocks, SuspendBlocks: p.SuspendBlocks,
	}
	out.FeeAsset = g.FeeAsset
	out.Fee, _ = state.Fee(anchor.Height)
	out.AnchorInterval, out.Anchors, out.ExecutionDelay = g.Constants.AnchorInterval, g.Constants.Anchors, g.Constants.ExecutionDelay
	out.Anchor = &nodev1.Anchor{Height: anchor.Height, Root: bytesOf(anchor.Notes)}
	out.Book = &nodev1.Book{Epoch: book.Epoch, Since: book.Since, Alive: book.Alive, LastLock: book.LastLock}
	for _, c := range state.Circuits() {
		out.Circuits = append(out.Circuits, &nodev1.Circuits{
			Version: uint32(c.Version), Since: c.Since, Retires: c.Retires,
			Action: c.Action.Hash[:], Fill: c.Fill.Hash[:], Collect: c.Collect.Hash[:],
		})
	}
	for _, c := range g.Limits.SizeClasses {
		out.SizeClasses = append(out.SizeClasses, uint32(c))
	}
	for _, a := range state.Assets() {
		exit, _ := state.ExitFee(a.Record.ID, anchor.Height)
		pool := state.Pool(a.Record.ID)
		out.Assets = append(out.Assets, &nodev1.Asset{
			Id: a.Record.ID, Symbol: a.Record.Symbol, Decimals: uint32(a.Record.Decimals), Chain: a.Record.Chain,
			Test: a.Record.Test, ExitFee: exit, MaxExitFee: a.Record.MaxExitFee,
			MinDeposit: a.MinDeposit, MaxDeposit: a.MaxDeposit, MaxSupply: a.MaxSupply, DepositsHalted: a.Halted,
			ExternalDecimals: uint32(a.Record.ExternalDecimals), External: a.Record.External,
			Deposited: pool.Deposited, Withdrawn: pool.Withdrawn, Reserved: pool.Reserved, Fees: pool.Fees,
		})
	}
	references := map[uint32]market.Reference{}
	for _, r := range state.References() {
		references[r.Market] = r
	}
	for _, m := range state.Markets() {
		out.Markets = append(out.Markets, &nodev1.Market{
			Id: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Tick: m.Tick, FeeBp: uint32(m.FeeBp),
			CollarBp: uint32(m.Collar), MinQty: m.MinQty, Reference: references[m.ID].Mid,
		})
	}
	for number := firstAdmitted(state, book); number > 0 && number <= book.Epoch; number++ {
		if e, ok := state.Epoch(number); ok {
			out.Epochs = append(out.Epochs, &nodev1.Epoch{
				Number: e.Number, Start: e.Start, End: e.End, Reset_: e.Reset, SealKey: e.SealKey[:]})
		}
	}
	for _, w := range state.Workers() {
		registration, _ := s.store.Registration(w.ID)
		out.Workers = append(out.Workers, &nodev1.Worker{
			Id: w.ID[:], Operator: w.Operator[:], SigningKey: w.SigningKey[:], SealKey: w.SealKey[:],
			Provider: w.Measurement.Provider.String(), Measurement: w.Measurement.Digest[:],
			Registered: w.Registered, Registration: registration,
		})
	}
}

// firstAdmitted is the oldest epoch that the state still knows.
func firstAdmitted(state *ledger.State, book ledger.Book) uint64 {
	number := book.Epoch
	for number > 1 {
		if _, ok := state.Epoch(number - 1); !ok {
			break
		}
		number--
	}
	return number
}

package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/mempool"
	"github.com/nightjar/nightjar/node/prices"
	"github.com/nightjar/nightjar/node/store"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// storage is what the application asks of the store; crash tests put faults in
// between.
type storage interface {
	ledger.Backing
	Reset(genesisHash [32]byte, d ledger.Delta) error
	Commit(store.Block) error
	View() *store.View
	Pending(id [32]byte) ([]byte, bool)
}

// app is the ledger as CometBFT's application (ABCI 2.0). CometBFT calls the
// consensus methods one after another; the mempool's and the RPC's readers run
// beside them.
type app struct {
	abci.BaseApplication

	genesis     *ledger.Genesis
	genesisHash [32]byte
	proofs      ledger.Proofs
	store       storage
	pool        *mempool.Pool
	prices      *prices.File // nil abstains
	retain      uint64       // raw blocks that CometBFT keeps; 0 = all
	metrics     *metrics
	log         *slog.Logger
	fatal       func(error) // ends the process; called at most by consensus methods

	decided *decided // between FinalizeBlock and Commit

	mu       sync.RWMutex  // held for writing only while a block is committed
	state    *ledger.State // nil before InitChain
	previous *ledger.State // the state one block before; nil after a start
	view     *store.View   // what previous reads
	moved    chan struct{} // closed at the next commit
}

// decided is a finalised block that is not committed yet.
type decided struct {
	in     ledger.Block
	result *ledger.Result
	block  store.Block
}

// newApp opens the application over a store. The store's genesis, if it has
// one, must be this one.
func newApp(g *ledger.Genesis, genesisHash [32]byte, proofs ledger.Proofs, s storage, m *metrics, log *slog.Logger) (*app, error) {
	a := &app{
		genesis: g, genesisHash: genesisHash, proofs: newProofCache(proofs), store: s,
		metrics: m, log: log, fatal: func(error) {}, moved: make(chan struct{}),
	}
	if _, started := s.Get([]byte("mhead/")); !started {
		return a, nil // InitChain follows
	}
	var err error
	if a.state, err = ledger.Open(g, a.proofs, s); err != nil {
		return nil, err
	}
	return a, nil
}

// close gives the store's view back.
func (a *app) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.view == nil {
		return nil
	}
	view := a.view
	a.view, a.previous = nil, nil
	return view.Close()
}

// halt reports a fault after which the node must not go on.
func (a *app) halt(err error) error {
	a.log.Error("halted", "error", err)
	a.fatal(err)
	return err
}

// Info says from which height CometBFT has to replay blocks.
func (a *app) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	res := &abci.ResponseInfo{Data: "nightjar", Version: Version, AppVersion: appVersion}
	if a.state != nil {
		head := a.state.Head()
		res.LastBlockHeight = int64(head.Height)
		res.LastBlockAppHash = head.AppHash[:]
	}
	return res, nil
}

// InitChain writes the genesis state. CometBFT calls it again if a crash came
// before the first block was decided; it then overwrites the same bytes.
func (a *app) InitChain(_ context.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	if req.ChainId != a.genesis.ChainID || !bytes.Equal(req.AppStateBytes, appState(a.genesisHash)) {
		return nil, a.halt(fmt.Errorf("consensus was started as chain %q with %s, not with this genesis", req.ChainId, req.AppStateBytes))
	}
	initial, err := ledger.Initial(a.genesis)
	if err != nil {
		return nil, a.halt(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.store.Reset(a.genesisHash, initial.Delta); err != nil {
		return nil, a.halt(err)
	}
	if a.state, err = ledger.Open(a.genesis, a.proofs, a.store); err != nil {
		return nil, a.halt(err)
	}
	return &abci.ResponseInitChain{AppHash: initial.AppHash[:]}, nil
}

// block is a block as the ledger takes it.
func block(height int64, unix int64, hash []byte, txs [][]byte) ledger.Block {
	b := ledger.Block{Height: uint64(height), Time: unix, Txs: txs}
	copy(b.Hash[:], hash)
	return b
}

// ProcessProposal runs the proposed block and votes for it if it is valid.
func (a *app) ProcessProposal(_ context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, err := a.state.Apply(block(req.Height, req.Time.Unix(), req.Hash, req.Txs))
	if err != nil {
		a.metrics.refusedProposals.Inc()
		a.log.Warn("proposal refused", "height", req.Height, "error", err)
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// FinalizeBlock runs the decided block, every check again: this node may never
// have seen it as a proposal. An invalid one means that more than a third of
// the power is faulty, or this program is: either way nobody can say what the
// state is, and the node halts.
func (a *app) FinalizeBlock(_ context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	in := block(req.Height, req.Time.Unix(), req.Hash, req.Txs)
	result, err := a.state.Apply(in)
	if err != nil {
		return nil, a.halt(fmt.Errorf("the decided block %d is invalid: %w", req.Height, err))
	}
	kept, err := digest(a.store, a.genesis.ChainID, in, result)
	if err != nil {
		return nil, a.halt(err)
	}
	a.decided = &decided{in: in, result: result, block: kept}

	res := &abci.ResponseFinalizeBlock{AppHash: result.AppHash[:], ValidatorUpdates: validatorUpdates(result.Validators)}
	for range req.Txs {
		res.TxResults = append(res.TxResults, &abci.ExecTxResult{Code: abci.CodeTypeOK})
	}
	return res, nil
}

// validatorUpdates keeps the last update of each key: CometBFT takes one.
func validatorUpdates(updates []ledger.ValidatorUpdate) []abci.ValidatorUpdate {
	var out []abci.ValidatorUpdate
	for i, u := range updates {
		last := true
		for _, later := range updates[i+1:] {
			last = last && later.Key != u.Key
		}
		if last {
			out = append(out, abci.Ed25519ValidatorUpdate(u.Key[:], int64(u.Power)))
		}
	}
	return out
}

// Commit makes the decided block durable in one write. If the node dies before
// that write CometBFT replays the block; if after it, Info says so.
func (a *app) Commit(ctx context.Context, _ *abci.RequestCommit) (*abci.ResponseCommit, error) {
	d := a.decided
	if d == nil {
		return nil, a.halt(errors.New("commit without a decided block"))
	}
	a.decided = nil
	if err := a.advance(d); err != nil {
		return nil, a.halt(err)
	}
	included, used := taken(a.genesis.ChainID, d)
	a.pool.Committed(included, used)
	a.metrics.committed(d)
	a.log.Log(ctx, levelOf(d.in), "block", "height", d.in.Height, "txs", len(d.in.Txs), "events", len(d.result.Events))

	res := new(abci.ResponseCommit)
	if keep := a.retain; keep > 0 && d.in.Height > keep {
		res.RetainHeight = int64(d.in.Height - keep)
	}
	return res, nil
}

// levelOf is how loudly a block is told: quietly if it holds nothing but the
// validators' prices.
func levelOf(in ledger.Block) slog.Level {
	for _, raw := range in.Txs {
		if transaction.Kind(raw[0]) != transaction.Oracle {
			return slog.LevelInfo
		}
	}
	return slog.LevelDebug
}

// advance writes the block and makes it the state's head. Readers wait, since
// the ledger must not see half of a delta.
func (a *app) advance(d *decided) error {
	before := a.store.View()
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.store.Commit(d.block); err != nil {
		return errors.Join(err, before.Close())
	}
	old := a.view
	a.previous, a.view = a.state.Frozen(before), before
	a.state.Advance(d.result)
	close(a.moved)
	a.moved = make(chan struct{})
	if old != nil {
		return old.Close()
	}
	return nil
}

// taken lists what the pool no longer offers after a block: its transactions,
// and the nullifiers that it reserved or spent.
func taken(chainID string, d *decided) (included []mempool.ID, used [][32]byte) {
	for _, raw := range d.in.Txs {
		if !transaction.Kind(raw[0]).CarriesAction() { // named by their nullifiers below
			included = append(included, txID(chainID, raw))
		}
	}
	for _, e := range d.result.Events {
		switch e := e.(type) {
		case ledger.ActionAdmitted:
			for _, nf := range e.Nullifiers {
				used = append(used, nf.Bytes())
			}
		case ledger.GroupSettled:
			for _, nf := range e.Nullifiers {
				used = append(used, nf.Bytes())
			}
		}
	}
	return included, used
}

// Admit implements mempool.Rules.
func (a *app) Admit(raws [][]byte) []mempool.Verdict {
	out := make([]mempool.Verdict, len(raws))
	var asked [][]byte
	var of []*mempool.Verdict
	for i, raw := range raws {
		if len(raw) > 0 && transaction.Kind(raw[0]) == transaction.Oracle {
			out[i].Err = rejection.New(rejection.UnknownKind, "prices come with the votes of validators only")
			continue
		}
		asked, of = append(asked, raw), append(of, &out[i])
	}
	for i, admission := range a.check(asked) {
		switch err := admission.Err; {
		case early(err):
			of[i].Err = mempool.Early{Refusal: err}
		case err != nil:
			of[i].Err = err
		default:
			of[i].Ticket = a.ticket(asked[i], admission)
		}
	}
	return out
}

func (a *app) ticket(raw []byte, admission ledger.Admission) mempool.Ticket {
	t := mempool.Ticket{ID: txID(a.genesis.ChainID, raw)}
	if admission.Kind.CarriesAction() {
		t.Open = true
		for _, nf := range admission.Nullifiers {
			t.Uses = append(t.Uses, nf.Bytes())
		}
	}
	return t
}

// early reports whether a refusal may come of being a block behind the sender.
func early(err error) bool {
	var refused *rejection.Rejection
	return errors.As(err, &refused) && slices.Contains([]rejection.Code{
		rejection.UnknownAnchor, rejection.StaleEpoch, rejection.EpochSequence, rejection.HeartbeatSequence,
		rejection.StaleHead, rejection.UnknownWorker, rejection.LockWindow, rejection.NotLeader, rejection.NoSuchLock,
		rejection.UnknownCircuits, rejection.UnknownHeartbeat, rejection.UnknownChallenge,
	}, refused.Code)
}

// Recheck implements mempool.Rules; the proof is remembered.
func (a *app) Recheck(raw []byte) error { return a.check([][]byte{raw})[0].Err }

// check asks the newest state. Blocks are not committed while it is read, and
// are while proofs are verified.
func (a *app) check(raws [][]byte) []ledger.Admission {
	examine := func() (ledger.Examination, bool) {
		a.mu.RLock()
		defer a.mu.RUnlock()
		if a.state == nil {
			return ledger.Examination{}, false
		}
		return a.state.Examine(raws, a.state.Head().Time), true
	}
	if e, ok := examine(); ok {
		return e.Verify()
	}
	out := make([]ledger.Admission, len(raws))
	for i := range out {
		out[i].Err = errStarting
	}
	return out
}

// errStarting is answered before the genesis state is written.
var errStarting = errors.New("the node has no state yet")

// InsertTx takes a transaction that a peer relayed. It never blocks: this is
// called on the peer's connection, which carries votes too.
func (a *app) InsertTx(_ context.Context, req *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	if err := a.pool.Offer(mempool.Peers, bytes.Clone(req.Tx)); err != nil {
		return &abci.ResponseInsertTx{Code: abci.CodeTypeRetry}, nil
	}
	return &abci.ResponseInsertTx{Code: abci.CodeTypeOK}, nil
}

// ReapTxs hands over what the peers have not been told.
func (a *app) ReapTxs(_ context.Context, req *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	return &abci.ResponseReapTxs{Txs: a.pool.Fresh(int(req.MaxBytes))}, nil
}

// CheckTx is how CometBFT's own pool asks ("flood"); what it may relay is in
// our pool as well, from which proposals are made.
func (a *app) CheckTx(ctx context.Context, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	if req.Type == abci.CheckTxType_Recheck {
		if !a.pool.Has(txID(a.genesis.ChainID, req.Tx)) {
			return &abci.ResponseCheckTx{Code: uint32(rejection.NothingToDo), Log: "no longer in the pool"}, nil
		}
		return &abci.ResponseCheckTx{Code: abci.CodeTypeOK}, nil
	}
	_, err := a.pool.Submit(ctx, mempool.Peers, bytes.Clone(req.Tx))
	var refused *rejection.Rejection
	switch {
	case err == nil:
		return &abci.ResponseCheckTx{Code: abci.CodeTypeOK}, nil
	case errors.As(err, &refused):
		return &abci.ResponseCheckTx{Code: uint32(refused.Code), Log: refused.Detail}, nil
	}
	return &abci.ResponseCheckTx{Code: abci.CodeTypeRetry, Log: err.Error()}, nil
}

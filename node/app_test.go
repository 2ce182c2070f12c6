package node

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/mempool"
	"github.com/nightjar/nightjar/node/store"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// bench is the application without CometBFT: the test plays consensus.
type bench struct {
	*network
	app    *app
	keys   []ed25519.PrivateKey // of the validators
	halted error
	round  int32
}

func newBench(t *testing.T, validators int) *bench {
	t.Helper()
	b := &bench{network: &network{TB: t}}
	var public [][32]byte
	for i := range validators {
		key := testKey(fmt.Sprint("validator", i))
		b.keys = append(b.keys, key)
		public = append(public, [32]byte(key.Public().(ed25519.PublicKey)))
	}
	b.raw = testGenesis(t, public...)
	var err error
	if b.genesis, err = ledger.ParseGenesis(b.raw); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(b.raw)
	b.app, err = newApp(b.genesis, hash, new(believe), s, newMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b.app.fatal = func(err error) { b.halted = err }
	b.app.pool = mempool.New(b.app, mempool.Limits{Txs: 100, Bytes: 1 << 20, Verifiers: 1, Queue: 100})
	t.Cleanup(func() {
		b.app.pool.Close()
		if err := errors.Join(b.app.close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.app.InitChain(context.Background(), &abci.RequestInitChain{ChainId: b.genesis.ChainID, AppStateBytes: appState(hash)}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) height() int64 { return int64(b.app.state.Head().Height) }

func (b *bench) now() time.Time { return time.Unix(b.genesis.Time+b.height()+1, 0) }

// extended is the last block's commit as its proposer sees it; edit may alter
// what validator i said.
func (b *bench) extended(edit func(i int, v *abci.ExtendedVoteInfo)) abci.ExtendedCommitInfo {
	c := abci.ExtendedCommitInfo{Round: b.round}
	for i, key := range b.keys {
		v := abci.ExtendedVoteInfo{
			Validator:     abci.Validator{Address: cmted.PrivKey(key).PubKey().Address(), Power: 10},
			VoteExtension: oracle.Extension([]oracle.Price{{Market: 5, Bid: uint64(98 + i), Ask: uint64(102 + i)}}),
			BlockIdFlag:   cmtproto.BlockIDFlagCommit,
		}
		edit(i, &v)
		v.ExtensionSignature = b.signExtension(key, v.VoteExtension)
		c.Votes = append(c.Votes, v)
	}
	return c
}

// signExtension signs as CometBFT does.
func (b *bench) signExtension(key ed25519.PrivateKey, extension []byte) []byte {
	vote := &cmtproto.Vote{Height: b.height(), Round: b.round, Extension: extension}
	return ed25519.Sign(key, types.VoteExtensionSignBytes(b.genesis.ChainID, vote))
}

func (b *bench) prepare(commit abci.ExtendedCommitInfo) [][]byte {
	b.Helper()
	res, err := b.app.PrepareProposal(context.Background(), &abci.RequestPrepareProposal{
		MaxTxBytes: 1 << 20, Height: b.height() + 1, Time: b.now(), LocalLastCommit: commit})
	if err != nil {
		b.Fatal(err)
	}
	return res.Txs
}

func (b *bench) process(txs ...[]byte) bool {
	b.Helper()
	res, err := b.app.ProcessProposal(context.Background(), &abci.RequestProcessProposal{
		Txs: txs, Height: b.height() + 1, Time: b.now(), Hash: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	return res.IsAccepted()
}

func (b *bench) decide(txs ...[]byte) {
	b.Helper()
	if _, err := b.app.FinalizeBlock(context.Background(), &abci.RequestFinalizeBlock{
		Txs: txs, Height: b.height() + 1, Time: b.now(), Hash: make([]byte, 32)}); err != nil {
		b.Fatal(err)
	}
	if _, err := b.app.Commit(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
}

// reference is that of the one market, 0 if there is none.
func (b *bench) reference() uint64 { return b.app.state.References()[0].Mid }

// TestByzantineExtensions lets validators say in their votes what no honest
// one would: the block must stand, with the others' prices.
func TestByzantineExtensions(t *testing.T) {
	prices := func(p ...oracle.Price) []byte { return oracle.Extension(p) }
	for _, c := range []struct {
		name  string
		edit  func(i int, v *abci.ExtendedVoteInfo)
		price uint64 // the lower median of those of 100, 101, 102, 103 that count, each 2 from bid and ask; 0 = none is valid
	}{
		{"honest", func(int, *abci.ExtendedVoteInfo) {}, 101},
		{"garbage from one", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 0 {
				v.VoteExtension = []byte("garbage")
			}
		}, 102},
		{"an unknown market from one", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 3 {
				v.VoteExtension = prices(oracle.Price{Market: 6, Bid: 1, Ask: 1})
			}
		}, 101},
		{"a zero price from one", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 3 {
				v.VoteExtension = prices(oracle.Price{Market: 5, Ask: 104})
			}
		}, 101},
		{"a bid above its ask from one", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 0 {
				v.VoteExtension = prices(oracle.Price{Market: 5, Bid: 101, Ask: 100})
			}
		}, 102},
		{"one absent", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 0 {
				v.BlockIdFlag, v.VoteExtension = cmtproto.BlockIDFlagAbsent, nil
			}
		}, 102},
		{"a stranger", func(i int, v *abci.ExtendedVoteInfo) {
			if i == 0 {
				v.Validator.Address = make([]byte, 20)
			}
		}, 102},
		{"two are silent: too little power", func(i int, v *abci.ExtendedVoteInfo) {
			if i < 2 {
				v.BlockIdFlag = cmtproto.BlockIDFlagNil
			}
		}, 0},
	} {
		b := newBench(t, 4)
		b.round = 3 // signatures name the round
		b.decide()
		txs := b.prepare(b.extended(c.edit))
		if !b.process(txs...) {
			t.Errorf("%s: the own proposal is refused", c.name)
			continue
		}
		b.decide(txs...)
		if got := b.reference(); got != c.price {
			t.Errorf("%s: reference %d, want %d", c.name, got, c.price)
		}
	}
}

func TestVoteExtensions(t *testing.T) {
	b := newBench(t, 1)
	verify := func(extension []byte) bool {
		res, err := b.app.VerifyVoteExtension(context.Background(), &abci.RequestVerifyVoteExtension{Height: 1, VoteExtension: extension})
		if err != nil {
			t.Fatal(err)
		}
		return res.Status == abci.ResponseVerifyVoteExtension_ACCEPT
	}
	own, err := b.app.ExtendVote(context.Background(), &abci.RequestExtendVote{Height: 1, Time: b.now()})
	if err != nil || !verify(own.VoteExtension) {
		t.Errorf("an honest vote without prices: %v", err)
	}
	if !verify(oracle.Extension([]oracle.Price{{Market: 5, Bid: 1, Ask: 1}})) {
		t.Error("an honest vote is refused")
	}
	for name, bad := range map[string][]byte{
		"empty":          nil,
		"trailing":       append(oracle.Extension(nil), 0),
		"unknown market": oracle.Extension([]oracle.Price{{Market: 6, Bid: 1, Ask: 1}}),
		"zero bid":       oracle.Extension([]oracle.Price{{Market: 5, Ask: 1}}),
		"zeros":          oracle.Extension([]oracle.Price{{Market: 5}}),
		"crossed":        oracle.Extension([]oracle.Price{{Market: 5, Bid: 2, Ask: 1}}),
		"not ascending":  oracle.Extension([]oracle.Price{{Market: 5, Bid: 1, Ask: 1}, {Market: 4, Bid: 1, Ask: 1}}),
		"twice":          oracle.Extension([]oracle.Price{{Market: 5, Bid: 1, Ask: 1}, {Market: 5, Bid: 1, Ask: 1}}),
	} {
		if verify(bad) {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestInvalidBlocks proposes and decides blocks that hold one wrong thing: the
// node votes against the one and halts at the other.
func TestInvalidBlocks(t *testing.T) {
	b := newBench(t, 1)
	b.decide()
	deposit := b.deposit(1, hub, 1000)
	m := &member{network: b.network, node: &Node{app: b.app}}
	act := m.action(1)
	unproven := m.action(2, func(a *action.Action) { a.Proof[0] = refuted })
	for _, c := range []struct {
		name string
		txs  [][]byte
		code rejection.Code
	}{
		{"garbage", [][]byte{{0xff}}, rejection.UnknownKind},
		{"an empty transaction", [][]byte{{}}, rejection.Truncated},
		{"the same deposit twice", [][]byte{deposit, deposit}, rejection.DepositReplayed},
		{"an action before a deposit", [][]byte{act.Encode(), deposit}, rejection.TxOrder},
		{"an action twice", [][]byte{act.Encode(), act.Encode()}, rejection.NullifierReserved},
		{"a false proof", [][]byte{deposit, unproven.Encode()}, rejection.BadProof},
	} {
		if b.process(c.txs...) {
			t.Errorf("%s: voted for it", c.name)
		}
		b.halted = nil
		before := b.app.state.Head()
		_, err := b.app.FinalizeBlock(context.Background(), &abci.RequestFinalizeBlock{
			Txs: c.txs, Height: b.height() + 1, Time: b.now(), Hash: make([]byte, 32)})
		if !errors.Is(err, c.code) || !errors.Is(b.halted, c.code) {
			t.Errorf("%s: finalised with %v, halted with %v", c.name, err, b.halted)
		}
		if _, err := b.app.Commit(context.Background(), nil); err == nil || b.app.state.Head() != before {
			t.Errorf("%s: a commit followed", c.name)
		}
	}
	if !b.process(deposit, act.Encode()) {
		t.Error("control: a valid block is refused")
	}
}

// TestProposalsAreWhatTheNodeWouldVoteFor fills the pool with all sorts and
// demands order and bounds.
func TestProposalsAreWhatTheNodeWouldVoteFor(t *testing.T) {
	b := newBench(t, 1)
	b.decide()
	m := &member{network: b.network, node: &Node{app: b.app}}
	for i := range 20 {
		if _, err := b.app.pool.Submit(t.Context(), "a", m.action(i).Encode()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if _, err := b.app.pool.Submit(t.Context(), "a", b.deposit(i, hub, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	txs := b.prepare(b.extended(func(int, *abci.ExtendedVoteInfo) {}))
	var kinds []transaction.Kind
	for _, tx := range txs {
		kinds = append(kinds, transaction.Kind(tx[0]))
	}
	if len(txs) != 24 || kinds[0] != transaction.Oracle || kinds[1] != transaction.Deposit || kinds[23] != transaction.Action {
		t.Errorf("kinds %v", kinds)
	}
	small, err := b.app.PrepareProposal(context.Background(), &abci.RequestPrepareProposal{
		MaxTxBytes: 3 * action.Size, Height: b.height() + 1, Time: b.now()})
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, tx := range small.Txs {
		size += len(tx)
	}
	if size > 3*action.Size || len(small.Txs) < 4 {
		t.Errorf("%d transactions of %d bytes where %d fit", len(small.Txs), size, 3*action.Size)
	}
	b.decide(txs...)
	if n, _ := b.app.pool.Size(); n != 0 {
		t.Errorf("%d wait after the block that held all", n)
	}
}

// TestVerdicts: each transaction of a batch gets its own; one for a version of
// the circuits that the next block may bring is only early.
func TestVerdicts(t *testing.T) {
	b := newBench(t, 1)
	b.decide()
	m := &member{network: b.network, node: &Node{app: b.app}}
	good := m.action(1)
	verdicts := b.app.Admit([][]byte{
		(&oracle.Commit{Height: 1}).Encode(),
		m.action(2, func(a *action.Action) { a.Version = 2 }).Encode(),
		good.Encode(),
		m.action(3, func(a *action.Action) { a.Proof[0] = refuted }).Encode(),
		nil,
	})
	for i, want := range []rejection.Code{rejection.UnknownKind, rejection.UnknownCircuits, 0, rejection.BadProof, rejection.Truncated} {
		v := verdicts[i]
		if want == 0 && (v.Err != nil || v.ID != good.ID(b.genesis.ChainID)) || want != 0 && !errors.Is(v.Err, want) {
			t.Errorf("transaction %d: %+v", i, v)
		}
		if got := errors.As(v.Err, new(mempool.Early)); got != (want == rejection.UnknownCircuits) {
			t.Errorf("transaction %d is early: %v", i, got)
		}
	}
}

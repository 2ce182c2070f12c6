package node

import (
	"context"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"

	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// PrepareProposal makes the next block: the last block's prices, then what the
// ledger chooses from the pool. It ends with what ProcessProposal does to
// everybody's blocks: a proposer that can't vote for its own block proposes an
// empty one.
func (a *app) PrepareProposal(_ context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var candidates [][]byte
	if commit := a.oracleCommit(req); commit != nil {
		candidates = append(candidates, commit.Encode())
	}
	candidates = append(candidates, a.pool.Candidates(int(req.MaxTxBytes))...)
	chosen := fitting(a.state.Propose(req.Time.Unix(), candidates), req.MaxTxBytes)
	if _, err := a.state.Apply(block(req.Height, req.Time.Unix(), nil, chosen)); err != nil {
		a.log.Error("own proposal is invalid; proposing an empty block", "height", req.Height, "error", err)
		chosen = nil
	}
	return &abci.ResponsePrepareProposal{Txs: chosen}, nil
}

// fitting cuts the end off a block that exceeds CometBFT's bound. What comes
// last is what most transactions are: actions.
func fitting(txs [][]byte, maxBytes int64) [][]byte {
	var size int64
	for i, tx := range txs {
		if size += types.ComputeProtoSizeForTxs([]types.Tx{tx}); size > maxBytes {
			return txs[:i]
		}
	}
	return txs
}

// oracleCommit gathers the vote extensions of the last block; nil if there are
// none. A late vote's extension was not looked at by anybody before: one that
// no honest validator would make is left out here, as it would void the rest.
func (a *app) oracleCommit(req *abci.RequestPrepareProposal) *oracle.Commit {
	if req.Height <= 1 {
		return nil
	}
	keys := map[string]quorum.Key{} // by consensus address
	for _, v := range a.state.Validators(uint64(req.Height) - 1) {
		keys[string(addressOf(v.Key))] = v.Key
	}
	c := &oracle.Commit{Height: uint64(req.Height) - 1, Round: uint32(req.LocalLastCommit.Round)}
	for _, v := range req.LocalLastCommit.Votes {
		key, known := keys[string(v.Validator.Address)]
		prices, err := oracle.DecodeExtension(v.VoteExtension)
		if v.BlockIdFlag != cmtproto.BlockIDFlagCommit || !known || err != nil || !a.listed(prices) {
			continue
		}
		vote := oracle.Vote{Validator: key, Prices: prices}
		if copy(vote.Signature[:], v.ExtensionSignature) == len(vote.Signature) {
			c.Votes = append(c.Votes, vote)
		}
	}
	if len(c.Votes) == 0 {
		return nil
	}
	sortVotes(c.Votes)
	return c
}

// listed reports whether every price is of a market that exists.
func (a *app) listed(prices []oracle.Price) bool {
	markets := a.marketIDs()
	for _, p := range prices {
		if !markets[p.Market] {
			return false
		}
	}
	return true
}

func (a *app) marketIDs() map[uint32]bool {
	ids := map[uint32]bool{}
	for _, m := range a.state.Markets() {
		ids[m.ID] = true
	}
	return ids
}

// ExtendVote adds this validator's prices to its vote. The next block carries
// them, so they are those for its height.
func (a *app) ExtendVote(_ context.Context, req *abci.RequestExtendVote) (*abci.ResponseExtendVote, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return &abci.ResponseExtendVote{VoteExtension: oracle.Extension(a.opinion(uint64(req.Height)+1, req.Time))}, nil
}

// opinion returns the price file's prices of existing markets.
func (a *app) opinion(height uint64, blockTime time.Time) []oracle.Price {
	if a.prices == nil {
		return nil
	}
	all, err := a.prices.Prices(height, blockTime)
	if err != nil {
		a.metrics.oracleErrors.Inc()
		a.log.Warn("no prices in this vote", "height", height, "error", err)
		return nil
	}
	markets := a.marketIDs()
	var out []oracle.Price
	for _, p := range all {
		if markets[p.Market] {
			out = append(out, p)
		}
	}
	return out
}

// VerifyVoteExtension accepts whatever ExtendVote of an honest validator makes.
// Markets are only ever added, so a node that is ahead accepts it too.
func (a *app) VerifyVoteExtension(_ context.Context, req *abci.RequestVerifyVoteExtension) (*abci.ResponseVerifyVoteExtension, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	prices, err := oracle.DecodeExtension(req.VoteExtension)
	if err != nil || !a.listed(prices) {
		return &abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_REJECT}, nil
	}
	return &abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_ACCEPT}, nil
}

package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/types"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// maxTxBytes is the largest transaction that is relayed; a Settle of the
// largest group is below it.
const maxTxBytes = 1 << 20

// reapInterval is how often fresh transactions are handed to the peers.
const reapInterval = 20 * time.Millisecond

// gossipPause is how often a peer's needs are looked at. CometBFT's 100 ms
// alone would cost a third of a block of half a second.
const gossipPause = 20 * time.Millisecond

// cometConfig translates a node's configuration for CometBFT. The transaction
// indexer is off: the compact blocks serve what wallets need.
func cometConfig(h Home, c Config) *cmtcfg.Config {
	out := cmtcfg.DefaultConfig()
	out.SetRoot(string(h))
	out.PrivValidatorKey = h.ValidatorKey()
	out.PrivValidatorState = h.ValidatorState()
	out.NodeKey = h.NodeKey()
	out.DBPath = h.Data()

	out.RPC.ListenAddress = ""
	if c.Consensus.CometRPCListen != "" {
		out.RPC.ListenAddress = tcp(c.Consensus.CometRPCListen)
	}

	out.P2P.ListenAddress = tcp(c.P2P.Listen)
	out.P2P.ExternalAddress = c.P2P.External
	out.P2P.PersistentPeers = strings.Join(c.P2P.PersistentPeers, ",")
	out.P2P.AddrBook = h.join("data", "addrbook.json")
	out.P2P.AddrBookStrict = !c.P2P.LocalNetwork
	out.P2P.AllowDuplicateIP = c.P2P.LocalNetwork

	out.Mempool.Type = string(c.Mempool.Kind)
	out.Mempool.Size = c.Mempool.MaxTxs
	out.Mempool.MaxTxsBytes = int64(c.Mempool.MaxBytes)
	out.Mempool.MaxTxBytes = maxTxBytes
	out.Mempool.MaxBatchBytes = maxTxBytes
	out.Mempool.ReapMaxBytes = maxTxBytes
	out.Mempool.ReapInterval = reapInterval

	out.Consensus.WalPath = h.join("data", "cs.wal", "wal")
	out.Consensus.TimeoutCommit = time.Duration(c.Consensus.BlockInterval)
	out.Consensus.TimeoutPropose = time.Duration(c.Consensus.ProposeTimeout)
	out.Consensus.PeerGossipSleepDuration = gossipPause

	out.TxIndex.Indexer = "null"
	out.Storage.DiscardABCIResponses = true
	out.Instrumentation.Prometheus = c.MetricsListen != ""
	out.Instrumentation.PrometheusListenAddr = "" // served with ours
	return out
}

// maxBlockBytes bounds a block with its commit and evidence; the ledger's own
// limit of transactions' bytes is in the genesis.
const maxBlockBytes = 4 << 20

// appVersion is the version of the ledger's rules that headers carry.
const appVersion = 1

// genesisDoc is the ledger's genesis as CometBFT reads it: everything in it
// follows from the one file, so that two nodes can't disagree about the rest.
func genesisDoc(g *ledger.Genesis, hash [32]byte) (*types.GenesisDoc, error) {
	params := types.DefaultConsensusParams()
	params.Block.MaxBytes = maxBlockBytes
	params.Evidence.MaxBytes = 64 << 10
	params.Validator.PubKeyTypes = []string{types.ABCIPubKeyTypeEd25519}
	params.Version.App = appVersion
	params.ABCI.VoteExtensionsEnableHeight = 1 // prices travel in them
	doc := &types.GenesisDoc{
		GenesisTime: time.Unix(g.Time, 0).UTC(), ChainID: g.ChainID, InitialHeight: 1,
		ConsensusParams: params, AppState: appState(hash),
	}
	for _, v := range g.Validators {
		key := ed25519.PubKey(v.Key[:])
		doc.Validators = append(doc.Validators, types.GenesisValidator{Address: key.Address(), PubKey: key, Power: int64(v.Power)})
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	return doc, nil
}

// appState names the genesis file in CometBFT's own record of the genesis.
func appState(hash [32]byte) json.RawMessage {
	return fmt.Appendf(nil, `{"genesis":"%x"}`, hash)
}

// addressOf is a validator's name inside CometBFT.
func addressOf(key quorum.Key) crypto.Address { return ed25519.PubKey(key[:]).Address() }

// sortVotes puts votes into the one order of their encoding.
func sortVotes(votes []oracle.Vote) {
	slices.SortFunc(votes, func(a, b oracle.Vote) int {
		return bytes.Compare(a.Validator[:], b.Validator[:])
	})
}

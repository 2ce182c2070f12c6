package node

import (
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
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

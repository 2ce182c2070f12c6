package node

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// configTemplate is the manual of Config and the file that Init writes.
//
//go:embed config.toml
var configTemplate []byte

// Config is one node's own choices; config.toml is its manual. Nothing in it
// turns off a check of a proof, a signature or evidence.
type Config struct {
	RPCListen     string          `toml:"rpc_listen"`
	RPCStreams    int             `toml:"rpc_streams"`
	MetricsListen string          `toml:"metrics_listen"`
	RetainBlocks  uint64          `toml:"retain_blocks"`
	P2P           P2PConfig       `toml:"p2p"`
	Consensus     ConsensusConfig `toml:"consensus"`
	Oracle        OracleConfig    `toml:"oracle"`
	Mempool       MempoolConfig   `toml:"mempool"`
}

// P2PConfig is how the node meets other nodes.
type P2PConfig struct {
	Listen          string   `toml:"listen"`
	External        string   `toml:"external"`
	PersistentPeers []string `toml:"persistent_peers"`
	LocalNetwork    bool     `toml:"local_network"`
}

// ConsensusConfig is the node's pace.
type ConsensusConfig struct {
	BlockInterval  Duration `toml:"block_interval"`
	ProposeTimeout Duration `toml:"propose_timeout"`
	CometRPCListen string   `toml:"comet_rpc_listen"`
}

// OracleConfig is where a validator's prices come from.
type OracleConfig struct {
	Prices string `toml:"prices"`
}

// MempoolConfig bounds what waits for a block.
type MempoolConfig struct {
	Kind        MempoolKind `toml:"kind"`
	MaxTxs      int         `toml:"max_txs"`
	MaxBytes    int         `toml:"max_bytes"`
	Verifiers   int         `toml:"verifiers"`
	VerifyQueue int         `toml:"verify_queue"`
}

// MempoolKind is how transactions spread between nodes.
type MempoolKind string

// The kinds of mempool.
const (
	AppMempool   MempoolKind = "app"
	FloodMempool MempoolKind = "flood"
)

// Duration is a time.Duration written as "1.5s".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// DefaultConfig returns the values that the manual shows.
func DefaultConfig() Config {
	return Config{
		RPCListen:  "127.0.0.1:7800",
		RPCStreams: 256,
		P2P:        P2PConfig{Listen: "0.0.0.0:7801"},
		Consensus: ConsensusConfig{
			BlockInterval:  Duration(400 * time.Millisecond),
			ProposeTimeout: Duration(3 * time.Second),
		},
		Mempool: MempoolConfig{
			Kind: AppMempool, MaxTxs: 4096, MaxBytes: 32 << 20, Verifiers: 2, VerifyQueue: 256,
		},
	}
}

// ReadConfig reads and validates a configuration file (UNKNOWN_PROPERTY for a
// key that no field takes, BAD_FILE for everything else).
func ReadConfig(path string) (Config, error) {
	c := DefaultConfig()
	if err := daemon.ReadConfig(path, &c); err != nil {
		var unknown daemon.UnknownKeys
		if errors.As(err, &unknown) {
			return Config{}, rejection.New(rejection.UnknownProperty, "%v", err)
		}
		return Config{}, rejection.New(rejection.BadFile, "%v", err)
	}
	return c, c.Validate()
}

// Validate refuses (OUT_OF_RANGE) values that the node could not run with.
func (c Config) Validate() error {
	bad := func(key, what string) error {
		return rejection.New(rejection.OutOfRange, "configuration key %s: %s", key, what)
	}
	switch {
	case c.RPCListen == "":
		return bad("rpc_listen", "must be set")
	case c.RPCStreams <= 0:
		return bad("rpc_streams", "must be positive")
	case c.P2P.Listen == "":
		return bad("p2p.listen", "must be set")
	case c.Consensus.BlockInterval <= 0 || c.Consensus.ProposeTimeout <= 0:
		return bad("consensus", "intervals must be positive")
	case c.Mempool.Kind != AppMempool && c.Mempool.Kind != FloodMempool:
		return bad("mempool.kind", `must be "app" or "flood"`)
	case c.Mempool.MaxTxs <= 0 || c.Mempool.MaxBytes <= 0:
		return bad("mempool", "bounds must be positive")
	case c.Mempool.Verifiers <= 0 || c.Mempool.VerifyQueue <= 0:
		return bad("mempool", "verifiers and verify_queue must be positive")
	}
	if addr := c.Consensus.CometRPCListen; addr != "" && !isLoopback(addr) {
		return bad("consensus.comet_rpc_listen", "must be a loopback address")
	}
	return nil
}

// isLoopback reports whether host:port can be reached from this machine only.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tcp is an address as CometBFT writes it.
func tcp(addr string) string { return fmt.Sprintf("tcp://%s", addr) }

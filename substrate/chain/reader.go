package chain

import (
	"context"
	"sync"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
)

// Node is one node, believed in nothing; *rpc.Client is one.
type Node interface {
	Host() string
	FinalizedHead(ctx context.Context) (rpc.Hash, error)
	Header(ctx context.Context, hash rpc.Hash) (rpc.Header, bool, error)
	Block(ctx context.Context, hash rpc.Hash) (rpc.Block, bool, error)
	ReadProof(ctx context.Context, keys [][]byte, at rpc.Hash) ([][]byte, error)
	ProveFinality(ctx context.Context, number uint32) (rpc.Finality, bool, error)
}

// Config is what a Reader needs. Save is required, Report is not.
type Config struct {
	// Nodes are of the chain that is read.
	Nodes []Node
	// Relay are nodes of the relay chain whose parachain is read; none if the
	// chain has finality of its own.
	Relay []Node
	// Para is the parachain's number on its relay chain; 0 without Relay.
	Para uint32
	// Checkpoint is of the chain that has the finality: Relay's, if there is
	// one. Whoever gives it vouches for it.
	Checkpoint light.State
	// Save stores the newest checkpoint durably, before the Reader shows
	// anything that follows from it. After a crash the one stored last is as
	// good as any later one.
	Save func(light.State) error
	// Report hears of each node that did not serve, and why.
	Report func(host string, err error)
}

// Block is a final block of the chain that is read.
type Block struct {
	header.Header
	Hash header.Hash
}

// Reader reads one chain.
type Reader struct {
	config Config
	main   pool // the chain that is read
	relay  pool // the chain that has the finality: main, or the relay chain

	syncing sync.Mutex // held by Sync from beginning to end; guards the two below
	top     *Block     // state.Finalised with its header; nil until the first Sync
	// fetched is what a parachain step that failed on the way has got so far, so
	// that the next one goes on there.
	fetched map[header.Hash]Block

	mu    sync.Mutex // guards what follows; never held while a node is asked
	state light.State
	final *Block // nil until the first Sync
	index index
}

// Open makes a Reader; it asks no node.
func Open(c Config) (*Reader, error) {
	switch {
	case len(c.Nodes) == 0:
		return nil, rejection.New(rejection.BadFlag, "a chain needs a node")
	case (len(c.Relay) == 0) != (c.Para == 0):
		return nil, rejection.New(rejection.BadFlag, "a parachain needs its number and a node of its relay chain, another chain neither")
	case c.Save == nil:
		return nil, rejection.New(rejection.BadFlag, "nowhere to store checkpoints")
	}
	if c.Report == nil {
		c.Report = func(string, error) {}
	}
	if _, err := light.Decode(c.Checkpoint.Encode()); err != nil {
		return nil, err
	}
	r := &Reader{config: c, state: c.Checkpoint, main: pool{nodes: c.Nodes, report: c.Report}}
	r.relay = r.main
	if c.Para != 0 {
		r.relay = pool{nodes: c.Relay, report: c.Report}
	}
	return r, nil
}

// Finalised returns the newest block that is known final; false before the
// first Sync that succeeds.
func (r *Reader) Finalised() (Block, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.final == nil {
		return Block{}, false
	}
	return *r.final, true
}

// Checkpoint returns the newest checkpoint, of the chain that has the finality.
func (r *Reader) Checkpoint() light.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

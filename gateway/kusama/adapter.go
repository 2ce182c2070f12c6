package kusama

import (
	"context"
	"errors"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/vault"
)

// Chain is the verified view of the external chain: what it returns is final
// and proven. *chain.Reader is one.
type Chain interface {
	Sync(ctx context.Context) (bool, error)
	Finalised() (chain.Block, bool)
	Blocks(ctx context.Context, from, to uint32) ([]chain.Block, error)
	At(ctx context.Context, hash header.Hash) (chain.Block, error)
	Storage(ctx context.Context, b chain.Block, keys ...[]byte) ([]chain.Value, error)
	Extrinsics(ctx context.Context, b chain.Block) ([][]byte, error)
}

// Config is what an Adapter needs; every field but Report is required.
type Config struct {
	// Number is the chain's in Nightjar's assets and references.
	Number uint32
	// ChainID is Nightjar's; remarks of other networks mean nothing here.
	ChainID string
	// Genesis is the external chain's first block; extrinsics are bound to it.
	Genesis [32]byte
	// Prefix is that of the chain's SS58 addresses.
	Prefix account.Prefix
	// Runtimes are the accepted ones, the newest last. Attempts are made for
	// runtimes of one TransactionVersion only: that of the newest that the chain
	// had when the Adapter was opened.
	Runtimes []Runtime
	// Directory keeps the accepted runtimes' metadata. Everything in it can be
	// had again from a node with old state.
	Directory string
	// MaxFee is the highest fee of one extrinsic, in the chain's smallest unit.
	MaxFee amount.Wide
	// Chain reads the chain; Nodes are asked for what cannot be proven.
	Chain Chain
	Nodes []Node
	// Signer signs attempts; its key is the account that pays the fees.
	Signer signer.Signer
	// Report hears of each node that did not serve, and why.
	Report func(host string, err error)
}

// Adapter is one Substrate chain; a gateway.Adapter.
type Adapter struct {
	codec
	config   Config
	pin      extrinsic.Pin
	runtimes *runtimes
	nodes    pool
	self     account.ID
}

var _ gateway.Adapter = (*Adapter)(nil)

// Open makes an Adapter. It needs the metadata of the runtime to pay with, from
// the directory or from a node: calls are made by it.
func Open(ctx context.Context, c Config) (*Adapter, error) {
	switch {
	case len(c.Runtimes) == 0:
		return nil, rejection.New(rejection.BadFlag, "no accepted runtime of the external chain")
	case len(c.Nodes) == 0 || c.Chain == nil || c.Signer == nil || c.Directory == "" || c.ChainID == "":
		return nil, rejection.New(rejection.BadFlag, "an adapter lacks what it works with")
	case c.Genesis == [32]byte{}:
		return nil, rejection.New(rejection.BadFlag, "no genesis hash of the external chain")
	case c.MaxFee.IsZero():
		return nil, rejection.New(rejection.BadFlag, "no limit of fees")
	}
	if c.Report == nil {
		c.Report = func(string, error) {}
	}
	a := &Adapter{
		config: c,
		nodes:  pool{c.Nodes, c.Report},
		self:   account.ID(c.Signer.Public()),
	}
	a.runtimes = &runtimes{accepted: c.Runtimes, dir: c.Directory, nodes: a.nodes}
	runtime, err := a.choose(ctx)
	if err != nil {
		return nil, err
	}
	a.codec = codec{network: external.NetworkOf(c.ChainID), runtime: runtime}
	return a, nil
}

// choose pins the transaction version to pay with, that of the last accepted
// runtime whose metadata is here or at the head of a node, and returns the
// builder of its calls. One that was accepted before the chain has it is passed
// over until then. A wrong choice pays nothing: attempts are made only where the
// chain's own runtime has the pinned version.
func (a *Adapter) choose(ctx context.Context) (*extrinsic.Runtime, error) {
	var all error
	for i := len(a.config.Runtimes) - 1; i >= 0; i-- {
		of := a.config.Runtimes[i]
		m, err := a.runtimes.kept(of)
		if m == nil && err == nil {
			var head [32]byte
			if head, err = ask(ctx, a.nodes, func(n Node) ([32]byte, error) { return n.FinalizedHead(ctx) }); err == nil {
				m, err = a.runtimes.metadata(ctx, of, head)
			}
		}
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		a.pin = extrinsic.Pin{SpecName: of.SpecName, TransactionVersion: of.TransactionVersion}
		return a.builder(of, m)
	}
	return nil, all
}

// Address implements gateway.Adapter.
func (a *Adapter) Address(of vault.Account) string { return account.ID(of).SS58(a.config.Prefix) }

// ParseAddress implements gateway.Adapter.
func (a *Adapter) ParseAddress(text string) (vault.Account, error) {
	id, err := account.Parse(text, a.config.Prefix)
	return vault.Account(id), err
}

// Self returns the account that pays for the own extrinsics.
func (a *Adapter) Self() vault.Account { return vault.Account(a.self) }

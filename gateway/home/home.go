package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/kusama"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/gateway/signer/token"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/vault"
)

// Home is a gateway's directory:
//
//	config.toml      Config
//	genesis.json     Nightjar's genesis
//	signer.key       the signer's key, encrypted
//	checkpoint       a block of the external chain, vouched for by the operator
//	gateway.sock     where the operator's commands reach the running gateway
//	data/journal     what was seen and decided: never delete, copy or restore it
//	data/trusted     Nightjar's newest verified header
//	data/checkpoint  the external chain's newest checkpoint
//	data/metadata/   of accepted runtimes
type Home string

// Paths of a home's files.
func (h Home) Config() string   { return h.join("config.toml") }
func (h Home) Genesis() string  { return h.join("genesis.json") }
func (h Home) Socket() string   { return h.join("gateway.sock") }
func (h Home) Data() string     { return h.join("data") }
func (h Home) Journal() string  { return h.join("data", "journal") }
func (h Home) trusted() string  { return h.join("data", "trusted") }
func (h Home) newest() string   { return h.join("data", "checkpoint") }
func (h Home) metadata() string { return h.join("data", "metadata") }

func (h Home) join(elem ...string) string {
	return filepath.Join(append([]string{string(h)}, elem...)...)
}

// path is a file that the configuration names.
func (h Home) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return h.join(name)
}

// Environment variables with secrets; a service manager's credentials are
// better in files.
const (
	PasswordVariable = "NIGHTJAR_GATEWAY_PASSWORD"
	PINVariable      = "NIGHTJAR_GATEWAY_PIN"
)

// secret reads a file's first line, or a variable.
func (h Home) secret(file, variable string) (string, error) {
	if file == "" {
		return os.Getenv(variable), nil
	}
	b, err := os.ReadFile(h.path(file))
	if err != nil {
		return "", rejection.New(rejection.BadFile, "%v", err)
	}
	return token.TrimPIN(string(b)), nil
}

// Password returns the key file's password.
func (h Home) Password(c Config) (string, error) {
	return h.secret(c.Key.PasswordFile, PasswordVariable)
}

// KeyFile returns the path of the key file.
func (h Home) KeyFile(c Config) string { return h.path(c.Key.File) }

// Token says which key in which token.
func (h Home) Token(c Config) (token.Options, error) {
	pin, err := h.secret(c.Key.PINFile, PINVariable)
	return token.Options{Module: c.Key.Module, Token: c.Key.Token, Key: c.Key.Label, PIN: pin}, err
}

// OpenKey opens the signer's key.
func (h Home) OpenKey(c Config) (signer.Key, error) {
	if c.Key.Kind == TokenKey {
		options, err := h.Token(c)
		if err != nil {
			return nil, err
		}
		k, err := token.Open(options)
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	password, err := h.Password(c)
	if err != nil {
		return nil, err
	}
	k, err := signer.Open(h.KeyFile(c), password)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// ReadGenesis reads Nightjar's genesis.
func (h Home) ReadGenesis() (*client.Genesis, error) {
	b, err := os.ReadFile(h.Genesis())
	if err != nil {
		return nil, rejection.New(rejection.BadGenesis, "%v", err)
	}
	return client.ParseGenesis(b)
}

// dial prepares connections to nodes of a chain.
func dial(urls []string) (out []*rpc.Client, err error) {
	for _, u := range urls {
		c, err := rpc.New(u)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Checkpoint returns the newest checkpoint: of an earlier run, else the
// operator's.
func (h Home) Checkpoint(c Config) (light.State, error) {
	b, err := os.ReadFile(h.newest())
	if errors.Is(err, fs.ErrNotExist) {
		b, err = os.ReadFile(h.path(c.Chain.Checkpoint))
	}
	if err != nil {
		return light.State{}, rejection.New(rejection.BadCheckpoint, "%v", err)
	}
	return light.Decode(b)
}

// Run runs the gateway of a home until ctx ends.
func Run(ctx context.Context, h Home, version string, log *slog.Logger) (err error) {
	c, err := ReadConfig(h.Config())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h.metadata(), 0o700); err != nil {
		return fmt.Errorf("make the home: %w", err)
	}
	genesis, err := h.ReadGenesis()
	if err != nil {
		return err
	}
	key, err := h.OpenKey(c)
	if err != nil {
		return err
	}
	s := signer.New(key, genesis.ChainID)
	defer func() { err = errors.Join(err, s.Close()) }()
	config, err := h.assemble(ctx, c, genesis, s, log)
	if err != nil {
		return err
	}
	defer config.node.Close()
	config.Version = version
	if config.Public, err = net.Listen("tcp", c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer config.Public.Close()
	if config.Private, err = listenPrivate(h.Socket(), h.Journal()); err != nil {
		return err
	}
	defer config.Private.Close()
	return gateway.Run(ctx, config.Config)
}

// assembled is a gateway's configuration and what has to be closed after it.
type assembled struct {
	gateway.Config
	node *client.Client
}

// assemble makes a gateway's configuration but its listeners.
func (h Home) assemble(ctx context.Context, c Config, genesis *client.Genesis, s signer.Signer, log *slog.Logger) (out assembled, err error) {
	earlier, err := os.ReadFile(h.trusted())
	if errors.Is(err, fs.ErrNotExist) {
		earlier, err = nil, nil
	}
	if err != nil {
		return out, err
	}
	if out.node, err = client.New(c.Node, genesis, earlier); err != nil {
		return out, err
	}
	adapter, err := h.adapter(ctx, c, genesis, s, log)
	if err != nil {
		out.node.Close()
		return out, err
	}
	other, limits, err := c.limits()
	if err != nil {
		return out, err // Validate would have refused it
	}
	out.Config = gateway.Config{
		Node: out.node, Earlier: earlier, Trust: func(b []byte) error { return replace(h.trusted(), b) },
		Adapter: adapter, Signer: s,
		Vault: vault.Config{
			ChainID: genesis.ChainID, Chain: c.Chain.Number, Key: s.Public(), Default: other, Limits: limits, Watched: c.Watched,
		},
		Name: c.Chain.Name, Prefix: c.Chain.Prefix, Journal: h.Journal(), Peers: c.Peers,
		Anchors: gateway.AnchorPolicy(c.Anchors),
		Pace: gateway.Pace{
			Round: c.Pace.Round.value(), Peer: c.Pace.Peer.value(), Reconcile: c.Pace.Reconcile.value(),
		},
		Log: log,
	}
	return out, nil
}

// adapter opens the external chain.
func (h Home) adapter(ctx context.Context, c Config, genesis *client.Genesis, s signer.Signer, log *slog.Logger) (*kusama.Adapter, error) {
	nodes, err := dial(c.Chain.Nodes)
	if err != nil {
		return nil, err
	}
	relay, err := dial(c.Chain.Relay)
	if err != nil {
		return nil, err
	}
	checkpoint, err := h.Checkpoint(c)
	if err != nil {
		return nil, err
	}
	report := func(host string, err error) {
		log.Debug("a node of the external chain did not serve", "node", host, "error", err)
	}
	reader, err := chain.Open(chain.Config{
		Nodes: as[chain.Node](nodes), Relay: as[chain.Node](relay), Para: c.Chain.Para, Checkpoint: checkpoint,
		Save: func(s light.State) error { return replace(h.newest(), s.Encode()) }, Report: report,
	})
	if err != nil {
		return nil, err
	}
	first, err := c.Chain.genesis()
	if err != nil {
		return nil, err
	}
	fee, err := wide(c.Chain.MaxFee)
	if err != nil {
		return nil, err
	}
	var runtimes []kusama.Runtime
	for _, r := range c.Runtimes {
		accepted, err := r.accepted()
		if err != nil {
			return nil, err
		}
		runtimes = append(runtimes, accepted)
	}
	return kusama.Open(ctx, kusama.Config{
		Number: c.Chain.Number, ChainID: genesis.ChainID, Genesis: first, Prefix: account.Prefix(c.Chain.Prefix),
		Runtimes: runtimes, Directory: h.metadata(), MaxFee: fee, Chain: reader, Nodes: as[kusama.Node](nodes),
		Signer: s, Report: report,
	})
}

// as converts a list of clients to one of what they implement.
func as[T any](clients []*rpc.Client) []T {
	var out []T
	for _, c := range clients {
		out = append(out, any(c).(T))
	}
	return out
}

// listenPrivate makes the operator's socket. Whoever has the journal open has
// the socket too, so what stands there of a process that was killed may go; the
// journal's lock is taken a moment later and ends a second process.
func listenPrivate(path, journal string) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, rejection.New(rejection.JournalInUse, "%s", journal)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("the operator's socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// replace puts a file's new content in its place, whole or not at all.
func replace(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeNew writes a file that is not there yet.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return rejection.New(rejection.BadFile, "%s is there already", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

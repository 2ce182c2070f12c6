package home

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/remote"
	"github.com/nightjar/nightjar/wallet/store"
)

const (
	genesisFile = "genesis.json"
	trustedFile = "trusted"
)

// Options say where a wallet lives and what it talks to.
type Options struct {
	Dir      string
	Password string
	Node     string        // http://host:port
	Genesis  []byte        // the network's file; nil for the directory's own copy
	KeysDir  string        // of the proving keys; empty is keystore's default
	Prover   wallet.Prover // shared by several wallets of one program; nil loads the keys when needed

	Rescan bool // read the chain from its start, whatever is saved

	Scan func(wallet.Progress)   // told of a sync; nil if nobody watches
	Keys func(keystore.Progress) // told of making and loading proving keys
}

// Secret is what a wallet is restored from: a phrase, or the viewing key of
// an account whose phrase is elsewhere.
type Secret struct {
	Phrase     string `json:"phrase,omitempty"`
	Account    uint32 `json:"account,omitempty"`
	ViewingKey string `json:"viewing_key,omitempty"`
}

// Home is an open wallet directory.
type Home struct {
	Wallet  *wallet.Wallet
	Genesis *client.Genesis
	Network keys.Network
	View    keys.ViewingKey
	Signer  *keys.SpendingKey // nil for a viewing key

	dir    string
	phrase string // empty for a viewing key
	pins   wallet.Pins
	store  *store.Store
	client *client.Client
	prover wallet.Prover
}

// Create makes a wallet in a directory that has none (WALLET_EXISTS). The
// network is that of the genesis file given; without one, the node may name a
// development network, and no other (BAD_GENESIS).
func Create(ctx context.Context, o Options, s Secret) (*Home, error) {
	raw, err := network(ctx, o)
	if err != nil {
		return nil, err
	}
	h, err := newHome(o, raw, s)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	// The secret first: whatever fails after it can be made again from it.
	if h.store, err = store.Create(o.Dir, o.Password, string(text), store.WorkFactor); err != nil {
		return nil, err
	}
	if err := h.begin(o, raw); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Open opens the wallet in a directory.
func Open(ctx context.Context, o Options) (*Home, error) {
	disk, text, err := store.Open(o.Dir, o.Password)
	if err != nil {
		return nil, err
	}
	h, err := open(ctx, o, disk, text)
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	return h, nil
}

func open(ctx context.Context, o Options, disk *store.Store, text string) (*Home, error) {
	var s Secret
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, rejection.New(rejection.BadFile, "the key file is damaged")
	}
	raw, err := network(ctx, o)
	if err != nil {
		return nil, err
	}
	h, err := newHome(o, raw, s)
	if err != nil {
		return nil, err
	}
	h.store = disk
	return h, h.begin(o, raw)
}

// network returns the genesis file: the directory's copy, which the given one
// must equal; or the given one; or a development node's. A damaged copy is worth
// no more than a lost one: the saved state knows its network as well.
func network(ctx context.Context, o Options) ([]byte, error) {
	own, err := os.ReadFile(filepath.Join(o.Dir, genesisFile))
	if _, damaged := client.ParseGenesis(own); err == nil && damaged != nil {
		err = fs.ErrNotExist
	}
	switch {
	case err == nil && o.Genesis != nil && string(own) != string(o.Genesis):
		return nil, rejection.New(rejection.WrongNetwork, "this wallet was made on another network")
	case err == nil:
		return own, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case o.Genesis != nil:
		return o.Genesis, nil
	}
	raw, err := client.FetchGenesis(ctx, o.Node)
	if err != nil {
		return nil, err
	}
	g, err := client.ParseGenesis(raw)
	if err != nil {
		return nil, err
	}
	if !g.Development {
		return nil, rejection.New(rejection.BadGenesis, "%s is not a development network: get its genesis file from people you trust and name it", g.ChainID)
	}
	return raw, nil
}

// newHome works out everything that needs no disk, so that nothing is written
// for a genesis or an address that is refused.
func newHome(o Options, raw []byte, s Secret) (*Home, error) {
	g, err := client.ParseGenesis(raw)
	if err != nil {
		return nil, err
	}
	h := &Home{Genesis: g, Network: keys.Main, dir: o.Dir, phrase: s.Phrase, prover: o.Prover}
	if h.pins, err = readPins(raw); err != nil {
		return nil, err
	}
	if h.client, err = client.New(o.Node, g, nil); err != nil {
		return nil, err
	}
	if h.prover == nil {
		h.prover = &prover{dir: o.KeysDir, genesis: g, progress: o.Keys}
	}
	if g.Development {
		h.Network = keys.Development
	}
	if s.ViewingKey != "" {
		h.View, err = keys.ParseViewingKey(s.ViewingKey, h.Network)
		return h, err
	}
	phrase, err := keys.ParsePhrase(s.Phrase)
	if err != nil {
		return nil, err
	}
	signer := keys.Derive(phrase.Seed(), s.Account)
	h.Signer, h.View = &signer, signer.Viewing()
	return h, nil
}

// begin reads or makes the wallet's state and keeps the genesis. It does not
// need the node yet.
func (h *Home) begin(o Options, raw []byte) error {
	trusted, err := os.ReadFile(filepath.Join(h.dir, trustedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// A damaged header is worth no more than a lost one.
	if resumed, err := client.New(o.Node, h.Genesis, trusted); err == nil {
		h.client = resumed
	}
	h.Wallet, err = wallet.Open(wallet.Config{
		View: h.View, Network: h.Network, Chain: remote.New(h.client), Store: h.store, Rescan: o.Rescan,
		Terms: wallet.Terms{
			ChainID: h.Genesis.ChainID, AnchorInterval: h.Genesis.AnchorInterval, FeeAsset: h.Genesis.FeeAsset,
		},
		Random: rand.Reader, Cores: runtime.GOMAXPROCS(0),
		Prover: h.prover, Spending: h.Signer, Guard: h.pins, Progress: o.Scan,
	})
	if err != nil {
		return err
	}
	// Last: the saved state, if there is one, has agreed that this is its network.
	return replace(filepath.Join(h.dir, genesisFile), raw)
}

// Phrase returns the phrase that the wallet was made from; ok is false if it was
// made from a viewing key.
func (h *Home) Phrase() (words string, ok bool) { return h.phrase, h.phrase != "" }

// Prover returns the prover of this network, which loads its keys when it is
// first used.
func (h *Home) Prover() wallet.Prover { return h.prover }

// Client returns the connection to the node.
func (h *Home) Client() *client.Client { return h.client }

// Close keeps the newest verified header and frees the directory.
func (h *Home) Close() error {
	var err error
	if h.client != nil {
		if trusted := h.client.Trusted(); trusted != nil {
			err = replace(filepath.Join(h.dir, trustedFile), trusted)
		}
		h.client.Close()
	}
	return errors.Join(err, h.store.Close())
}

// replace puts data in a file's place, unless it is there already. Neither of
// the two files is secret, but the wallet does not open with half of one: the
// bytes are on disk before the rename. A crash loses at most the rename, and the
// next run makes it good.
func replace(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

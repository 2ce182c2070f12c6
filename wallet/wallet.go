package wallet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Config is what a Wallet is made of.
type Config struct {
	View    keys.ViewingKey
	Network keys.Network
	Terms   Terms // of the network's genesis
	Chain   Chain
	Store   Store
	Random  io.Reader     // entropy; crypto/rand.Reader in a product
	Cores   int           // that scanning may use; 1 if less
	Rescan  bool          // read the chain from its start, whatever is saved
	Poll    time.Duration // how often a waiting wallet looks for new blocks; 0 is 200 ms

	// What only some wallets have. Without a Prover plans are proven
	// elsewhere, without a Spending key they are signed elsewhere, and without
	// a Guard nothing is told to the enclaves: no orders, but every exit.
	Prover   Prover
	Spending *keys.SpendingKey
	Guard    Guard

	Progress func(Progress) // of a long sync; nil if nobody watches
}

// Progress says how far a sync is.
type Progress struct{ Height, Target uint64 }

// Wallet keeps an account in step with the chain and sends its actions.
type Wallet struct {
	config Config
	state  *State
	params Params
	local  local
	saved  []byte // what the Store holds
	fresh  uint64 // height of what the Store holds

	// certain says that the state was held against signed roots. At the start,
	// where nobody has told anything yet, it is.
	certain bool
}

// local is what the chain does not know: it is lost with the files, and no
// balance, order or history depends on it.
type local struct {
	Deposits  uint64 // deposit indices handed out
	Addresses uint32 // address indices handed out
	Pending   []*Outgoing
	Asked     []Asked   `json:",omitempty"` // questions to workers, and what opens the answers
	Awaited   []Awaited `json:",omitempty"` // deposits from other chains, the oldest first
}

// Outgoing is an action that was handed to the network, or is about to be, and
// that the chain has not decided yet. It is saved before it is submitted: a
// crash in between leaves an action that the next Sync submits, never one that
// the wallet has forgotten.
type Outgoing struct {
	ID        ID
	Plan      *Plan
	Submitted uint64 // height of the last attempt
	Admitted  bool   // in a block, waiting for its execution
}

// saved is the JSON of a Wallet.
type saved struct {
	Version int
	Certain bool
	Params  Params // as last seen, for offline use
	State   json.RawMessage
	Local   local
}

const savedVersion = 2

// Open returns the wallet that the Store holds, or a new one that stands before
// the first block. It needs no network.
func Open(c Config) (*Wallet, error) {
	if c.Random == nil || c.Store == nil || c.Chain == nil {
		return nil, errors.New("wallet: a chain, a store and a source of entropy are needed")
	}
	if c.Poll <= 0 {
		c.Poll = 200 * time.Millisecond
	}
	w := &Wallet{config: c}
	b, ok, err := c.Store.Load()
	switch {
	case c.Rescan && err == nil && ok:
		var in saved
		if json.Unmarshal(b, &in) == nil {
			w.local = in.Local
		}
	case c.Rescan:
	case err != nil:
		return nil, err
	case ok:
		return w, w.restore(b)
	}
	w.params = Params{ChainID: c.Terms.ChainID, AnchorInterval: c.Terms.AnchorInterval, FeeAsset: c.Terms.FeeAsset}
	w.state, w.certain = NewState(c.View, c.Network, c.Terms), true
	return w, w.save()
}

// restore puts back what was saved.
func (w *Wallet) restore(b []byte) error {
	var in saved
	if err := json.Unmarshal(b, &in); err != nil || in.Version != savedVersion {
		return rejection.New(rejection.BadFile, "the saved wallet is damaged or of another version; `nightjar sync --from-start` reads the chain again")
	}
	state, err := DecodeState(in.State, w.config.View, w.config.Network, w.config.Terms)
	if err != nil {
		return err
	}
	w.state, w.params, w.local, w.certain = state, in.Params, in.Local, in.Certain
	w.saved, w.fresh = b, state.Height
	return nil
}

func (w *Wallet) save() error {
	state, err := w.state.Encode()
	if err != nil {
		return err
	}
	params := w.params
	params.Workers = nil // long, and read anew before every use
	b, err := json.Marshal(&saved{savedVersion, w.certain, params, state, w.local})
	if err != nil {
		return err
	}
	if err := w.config.Store.Save(b); err != nil {
		return fmt.Errorf("save the wallet: %w", err)
	}
	w.saved, w.fresh = b, w.state.Height
	return nil
}

// State returns what the account owns and did. It changes with the next Sync.
func (w *Wallet) State() *State { return w.state }

// Params returns the chain's records as last seen.
func (w *Wallet) Params() Params { return w.params }

// Outgoing returns the actions that the chain has not decided yet.
func (w *Wallet) Outgoing() []*Outgoing { return slices.Clone(w.local.Pending) }

// held returns the nullifiers that outgoing actions may still spend.
func (w *Wallet) held() map[field.Element]bool {
	held := make(map[field.Element]bool)
	for _, p := range w.local.Pending {
		for _, nf := range p.Plan.nullifiers() {
			held[nf] = true
		}
	}
	return held
}

// Balances is State.Balances with what the wallet has sent and no block has yet
// among what is leaving.
func (w *Wallet) Balances() []Balance { return w.state.balances(w.held()) }

// Address returns the account's first address.
func (w *Wallet) Address() keys.Address { return w.config.View.Address(home) }

// NewAddress hands out an address that nobody can link to the others. Past the
// gap it hands out the oldest unused one again.
func (w *Wallet) NewAddress() (keys.Address, error) {
	used := w.state.Addresses
	i := max(w.local.Addresses, used, home+1)
	if i >= used+Gap {
		i = max(used, home+1)
	} else {
		w.local.Addresses = i + 1
		if err := w.save(); err != nil {
			return keys.Address{}, err
		}
	}
	return w.config.View.Address(i), nil
}

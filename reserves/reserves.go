package reserves

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/storage"
)

// State reads the state of a final block, proven; *chain.Reader is one.
type State interface {
	Storage(ctx context.Context, b chain.Block, keys ...[]byte) ([]chain.Value, error)
}

// Proof says what the custody holds on one chain, and what it owes.
type Proof struct {
	Chain    uint32       `json:"chain"`  // its number on Nightjar
	Block    uint32       `json:"block"`  // the final block in which the balances are proven
	Hash     quorum.Key   `json:"hash"`   // of that block
	Height   uint64       `json:"height"` // of Nightjar's block after which that is owed
	Accounts []quorum.Key `json:"accounts"`
	Assets   []Asset      `json:"assets"`
}

// Asset is one asset's reserve. Hub units are Nightjar's, external ones the
// chain's smallest.
type Asset struct {
	ID               uint32 `json:"id"`
	Symbol           string `json:"symbol"`
	Decimals         uint8  `json:"decimals"`
	ExternalDecimals uint8  `json:"external_decimals"`

	Notes  uint64 `json:"notes"`       // hub units: the worth of all notes, orders and fee counters
	Claims uint64 `json:"claims"`      // hub units: withdrawn and not known to be paid
	Open   int    `json:"open_claims"` // number of them

	Owed     amount.Wide `json:"owed"`     // external units: notes and claims
	Reserves amount.Wide `json:"reserves"` // external units that are proven; there may be more
	Surplus  amount.Wide `json:"surplus"`  // reserves less what is owed: dust, and deposits that are held
	// Paying is what reserves lack of what is owed: claims whose payment the
	// other chain has seen and Nightjar has not. Above Claims it is missing.
	Paying amount.Wide `json:"paying"`
	// Addresses is how many deposit addresses were counted beside the custody's
	// accounts: none while those suffice.
	Addresses int `json:"deposit_addresses"`

	Short bool `json:"short"` // reserves are less than the notes
}

// Prove proves what the custody holds in the state after block at, of all assets
// of the chain with that number, and compares it with what is owed. It refuses
// (RESERVES_SHORT) reserves below the worth of the notes; the Proof is then
// complete nevertheless. Any other error leaves no Proof.
//
// The custody accounts of all sets of signers are counted first. Where they do
// not cover what is owed, the deposit addresses of those to whom a deposit was
// credited are counted too, the newest first, until they do: older ones were
// swept long ago.
func Prove(ctx context.Context, s State, at chain.Block, number uint32, network external.Network, owed audit.Custody) (*Proof, error) {
	p := &Proof{Chain: number, Block: at.Number, Hash: quorum.Key(at.Hash), Height: owed.Height}
	accounts := custodies(owed.Signers)
	for _, id := range accounts {
		p.Accounts = append(p.Accounts, quorum.Key(id))
	}
	var short error
	for _, o := range owed.Assets {
		if o.Record.Chain != number {
			continue
		}
		c := counter{state: s, at: at, record: o.Record, seen: map[account.ID]bool{}}
		a, err := c.prove(ctx, o, accounts, network)
		if err != nil {
			return nil, err
		}
		if a.Short && short == nil {
			short = rejection.New(rejection.ReservesShort, "asset %d", a.ID)
		}
		p.Assets = append(p.Assets, a)
	}
	return p, short
}

// custodies returns the custody accounts of all sets, the newest first. A single
// signer has none: pallet-multisig makes no account of one.
func custodies(sets []state.Signers) (out []account.ID) {
	for _, set := range slices.Backward(sets) {
		ids := make([]account.ID, len(set.Keys))
		for i, k := range set.Keys {
			ids[i] = account.ID(k)
		}
		if id, err := account.Multisig(uint16(set.Threshold), ids); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// counter adds up the balances of one asset.
type counter struct {
	state  State
	at     chain.Block
	record asset.Record
	sum    amount.Wide
	seen   map[account.ID]bool // counted; nothing is counted twice
}

var errTooMuch = errors.New("more than 2^128 of an asset")

func (c *counter) prove(ctx context.Context, o audit.Obligation, custody []account.ID, network external.Network) (Asset, error) {
	r := o.Record
	a := Asset{
		ID: r.ID, Symbol: r.Symbol, Decimals: r.Decimals, ExternalDecimals: r.ExternalDecimals,
		Notes: o.Notes, Claims: o.Claims, Open: o.Open,
	}
	notes, ok := r.ExternalAmount(o.Notes)
	claims, ok2 := r.ExternalAmount(o.Claims)
	owed, ok3 := notes.Add(claims)
	if !ok || !ok2 || !ok3 {
		return Asset{}, fmt.Errorf("asset %d: %w", r.ID, errTooMuch)
	}
	if err := c.count(ctx, custody); err != nil {
		return Asset{}, err
	}
	// The newest set's addresses first: what older ones got was swept first.
	for _, id := range custody {
		for batch := range slices.Chunk(reversed(o.Owners), chain.MaxKeys) {
			if c.sum.Cmp(owed) >= 0 {
				break
			}
			addresses := make([]account.ID, len(batch))
			for i, owner := range batch {
				addresses[i] = account.Deposit(id, network, owner)
			}
			if err := c.count(ctx, addresses); err != nil {
				return Asset{}, err
			}
			a.Addresses += len(addresses)
		}
	}
	a.Owed, a.Reserves = owed, c.sum
	a.Surplus, _ = c.sum.Sub(owed)
	if c.sum.Cmp(owed) < 0 {
		a.Surplus = amount.Wide{}
		a.Paying, _ = owed.Sub(c.sum)
	}
	a.Short = c.sum.Cmp(notes) < 0
	return a, nil
}

func reversed(owners []field.Element) []field.Element {
	out := slices.Clone(owners)
	slices.Reverse(out)
	return out
}

// count adds the balances of accounts that were not counted before.
func (c *counter) count(ctx context.Context, accounts []account.ID) error {
	var keys [][]byte
	for _, id := range accounts {
		if c.seen[id] {
			continue
		}
		c.seen[id] = true
		key, err := balanceKey(c.record.External, id)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	for batch := range slices.Chunk(keys, chain.MaxKeys) {
		if err := c.add(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// add adds the balances under keys, at most chain.MaxKeys.
func (c *counter) add(ctx context.Context, keys [][]byte) error {
	values, err := c.state.Storage(ctx, c.at, keys...)
	if err != nil {
		return err
	}
	for _, v := range values {
		if !v.Present {
			continue
		}
		b, err := balance(c.record.External, v.Data)
		if err != nil {
			return err
		}
		var ok bool
		if c.sum, ok = c.sum.Add(b); !ok {
			return fmt.Errorf("asset %d: %w", c.record.ID, errTooMuch)
		}
	}
	return nil
}

// balanceKey is where the chain keeps what an account has of an asset.
func balanceKey(name []byte, id account.ID) ([]byte, error) {
	if len(name) == 0 {
		return nil, rejection.New(rejection.OutOfRange, "an asset without an external name")
	}
	switch name[0] {
	case asset.Native:
		return storage.Account(id), nil
	case asset.Numbered:
		return storage.AssetAccount("Assets", name[1:], id), nil
	case asset.Foreign:
		return storage.AssetAccount("ForeignAssets", name[1:], id), nil
	}
	return nil, rejection.New(rejection.OutOfRange, "an asset of kind %d", name[0])
}

// balance reads all that an account owns of an asset, what is reserved or
// frozen too.
func balance(name, value []byte) (amount.Wide, error) {
	if name[0] == asset.Native {
		info, err := storage.DecodeAccount(value)
		if err != nil {
			return amount.Wide{}, err
		}
		total, ok := info.Total()
		if !ok {
			return amount.Wide{}, errTooMuch
		}
		return total, nil
	}
	held, err := storage.DecodeAssetAccount(value)
	return held.Balance, err
}

package storage

import (
	"encoding/binary"
	"strings"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Events returns the key of a block's events.
func Events() []byte { return Prefix("System", "Events") }

// Account returns the key of an account's nonce and balance of the chain's own
// token.
func Account(who [32]byte) []byte {
	return append(Prefix("System", "Account"), Hash(metadata.Blake2x128Concat, who[:])...)
}

// AssetAccount returns the key of an account's balance of an asset. The pallet
// is Assets, where asset is a little-endian u32, or ForeignAssets, where it is
// an encoded location.
func AssetAccount(pallet string, asset []byte, who [32]byte) []byte {
	key := append(Prefix(pallet, "Account"), Hash(metadata.Blake2x128Concat, asset)...)
	return append(key, Hash(metadata.Blake2x128Concat, who[:])...)
}

// ParaHead returns the key of a parachain's head in its relay chain's state.
// Its value is the counted bytes of the header.
func ParaHead(para uint32) []byte {
	id := binary.LittleEndian.AppendUint32(nil, para)
	return append(Prefix("Paras", "Heads"), Hash(metadata.Twox64Concat, id)...)
}

// Multisig returns the key of an operation that a multisig account has begun.
// The call's hash is BLAKE2b-256 of the encoded call.
func Multisig(account, call [32]byte) []byte {
	key := append(Prefix("Multisig", "Multisigs"), Hash(metadata.Twox64Concat, account[:])...)
	return append(key, Hash(metadata.Blake2x128Concat, call[:])...)
}

// AccountInfo is the value under Account. An absent value is that of an account
// that does not exist: zeros.
type AccountInfo struct {
	Nonce       uint32
	Consumers   uint32
	Providers   uint32
	Sufficients uint32
	Free        amount.Wide // includes what is frozen
	Reserved    amount.Wide
	Frozen      amount.Wide
	Flags       amount.Wide
}

// Total returns what an account owns; ok is false if it is 2^128 or more.
func (a AccountInfo) Total() (total amount.Wide, ok bool) { return a.Free.Add(a.Reserved) }

// DecodeAccount reads a value under Account.
func DecodeAccount(b []byte) (AccountInfo, error) {
	r := scale.NewReader(b)
	a := AccountInfo{
		Nonce: r.U32(), Consumers: r.U32(), Providers: r.U32(), Sufficients: r.U32(),
		Free: r.U128(), Reserved: r.U128(), Frozen: r.U128(), Flags: r.U128(),
	}
	if err := r.Done(); err != nil {
		return AccountInfo{}, err
	}
	return a, nil
}

// AssetStatus is what an account may do with an asset.
type AssetStatus uint8

// The states, with their numbers on the wire.
const (
	Liquid  AssetStatus = iota
	Frozen              // may receive
	Blocked             // may do neither
)

// AssetBalance is the value under AssetAccount. An absent value is that of an
// account that has none of the asset.
type AssetBalance struct {
	Balance amount.Wide
	Status  AssetStatus
}

// DecodeAssetAccount reads a value under AssetAccount. Why the account exists,
// the last part, is read and not kept.
func DecodeAssetAccount(b []byte) (AssetBalance, error) {
	r := scale.NewReader(b)
	a := AssetBalance{Balance: r.U128(), Status: AssetStatus(r.U8())}
	reason := r.U8()
	switch {
	case a.Status > Blocked:
		r.Fail(rejection.New(rejection.BadValue, "an asset's account of status %d", a.Status))
	case reason == 2: // a deposit is held
		r.U128()
	case reason == 4: // a deposit of another account
		r.Hash()
		r.U128()
	case reason > 4:
		r.Fail(rejection.New(rejection.BadValue, "an asset's account for reason %d", reason))
	}
	if err := r.Done(); err != nil {
		return AssetBalance{}, err
	}
	return a, nil
}

// Timepoint is when an operation of a multisig began: a block and the index of
// an extrinsic in it.
type Timepoint struct {
	Height uint32
	Index  uint32
}

// Operation is the value under Multisig.
type Operation struct {
	When      Timepoint
	Deposit   amount.Wide
	Depositor [32]byte
	Approvals [][32]byte
}

// DecodeMultisig reads a value under Multisig.
func DecodeMultisig(b []byte) (Operation, error) {
	r := scale.NewReader(b)
	o := Operation{When: Timepoint{Height: r.U32(), Index: r.U32()}, Deposit: r.U128(), Depositor: r.Hash()}
	for range r.Count(32) {
		o.Approvals = append(o.Approvals, r.Hash())
	}
	if err := r.Done(); err != nil {
		return Operation{}, err
	}
	return o, nil
}

// layout is how this package keys and reads a runtime's map.
type layout struct {
	pallet, name string
	hashers      []metadata.Hasher
	keys, value  string // shapes; the keys' joined by " "; empty: any
}

const (
	account   = "[u8;32]"
	assetData = "(u128,<0:Liquid,1:Frozen,2:Blocked>,<0:Consumer,1:Sufficient,2:DepositHeld(u128),3:DepositRefunded,4:DepositFrom([u8;32],u128)>,())"
)

var layouts = []layout{
	{"System", "Events", nil, "", ""},
	{"System", "Account", []metadata.Hasher{metadata.Blake2x128Concat}, account, "(u32,u32,u32,u32,(u128,u128,u128,u128))"},
	{"Assets", "Account", []metadata.Hasher{metadata.Blake2x128Concat, metadata.Blake2x128Concat}, "u32 " + account, assetData},
	{"ForeignAssets", "Account", []metadata.Hasher{metadata.Blake2x128Concat, metadata.Blake2x128Concat}, "", assetData},
	{"Paras", "Heads", []metadata.Hasher{metadata.Twox64Concat}, "u32", "[u8]"},
	{"Multisig", "Multisigs", []metadata.Hasher{metadata.Twox64Concat, metadata.Blake2x128Concat}, account + " [u8;32]", "((u32,u32),u128,[u8;32],[[u8;32]])"},
}

// Agree compares the keys and values of this package with a runtime's
// metadata. A pallet that the runtime has not is no disagreement.
func Agree(m *metadata.Metadata) error {
	for _, l := range layouts {
		if _, err := m.Pallet(l.pallet); err != nil {
			continue
		}
		e, err := m.Storage(l.pallet, l.name)
		if err != nil {
			return err
		}
		var keys []string
		for _, k := range e.Keys {
			keys = append(keys, m.Registry.Shape(k))
		}
		same := e.Pallet == l.pallet && len(e.Hashers) == len(l.hashers)
		for i := range l.hashers {
			same = same && e.Hashers[i] == l.hashers[i]
		}
		same = same && (l.keys == "" || l.keys == strings.Join(keys, " "))
		same = same && (l.value == "" || l.value == m.Registry.Shape(e.Value))
		if !same {
			return rejection.New(rejection.UnexpectedType, "%s.%s", l.pallet, l.name)
		}
	}
	return nil
}

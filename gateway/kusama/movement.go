package kusama

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/vault"
)

// movement is a change of what accounts hold, as one event states it. An
// account of zeros stands for the runtime: what a movement from it brings was
// minted, by an XCM message or as a reward, and what goes to it is gone.
type movement struct {
	index     uint32
	extrinsic uint32
	external  []byte
	amount    amount.Wide
	from, to  vault.Account
}

// shape says which fields of an event are a movement's; an empty one is the
// runtime's side.
type shape struct{ from, to, amount string }

// The events that change what an account holds, free and reserved together.
// Whatever else might do so is found when the books are compared with the
// balances that are proven. Reserving, locking, freezing and holding move
// nothing; the total issuance's own events (Issued, Rescinded of Balances) name
// no account.
var (
	nativeShapes = map[string]shape{
		"Transfer":           {"from", "to", "amount"},
		"Minted":             {"", "who", "amount"},
		"Deposit":            {"", "who", "amount"},
		"Restored":           {"", "who", "amount"},
		"Burned":             {"who", "", "amount"},
		"Withdraw":           {"who", "", "amount"},
		"Slashed":            {"who", "", "amount"},
		"Suspended":          {"who", "", "amount"},
		"DustLost":           {"account", "", "amount"},
		"ReserveRepatriated": {"from", "to", "amount"},
	}
	assetShapes = map[string]shape{
		"Transferred": {"from", "to", "amount"},
		"Issued":      {"", "owner", "amount"},
		"Deposited":   {"", "who", "amount"},
		"Burned":      {"owner", "", "balance"},
		"Withdrawn":   {"who", "", "amount"},
	}
)

// noExtrinsic is the extrinsic of an event that belongs to none: of a block's
// beginning or end. No block has so many.
const noExtrinsic = 1<<32 - 1

// movements returns what a block's events say of accounts that watched takes.
func movements(m *metadata.Metadata, records []event.Record, watched func(vault.Account) bool) ([]movement, error) {
	var out []movement
	for i := range records {
		r := &records[i]
		shapes := assetShapes
		switch r.Pallet {
		case "Balances":
			shapes = nativeShapes
		case assetsPallet, foreignPallet:
		default:
			continue
		}
		s, known := shapes[r.Name]
		if !known {
			continue
		}
		move, err := s.read(r)
		if err != nil {
			return nil, err
		}
		// Nobody's balance changes when an account pays itself or pays nothing.
		if move.from == move.to || move.amount.IsZero() || !watched(move.from) && !watched(move.to) {
			continue
		}
		if move.external, err = identity(m, r); err != nil {
			return nil, err
		}
		out = append(out, move)
	}
	return out, nil
}

func (s shape) read(r *event.Record) (m movement, err error) {
	m.index, m.extrinsic = r.Index, extrinsicOf(r)
	if s.from != "" {
		if m.from, err = r.Account(s.from); err != nil {
			return movement{}, err
		}
	}
	if s.to != "" {
		if m.to, err = r.Account(s.to); err != nil {
			return movement{}, err
		}
	}
	if m.amount, err = r.Amount(s.amount); err != nil {
		return movement{}, err
	}
	return m, nil
}

func extrinsicOf(r *event.Record) uint32 {
	if r.Phase == event.ApplyExtrinsic {
		return r.Extrinsic
	}
	return noExtrinsic
}

// identity returns the asset that an event is about. A location is named by its
// bytes: a value has one encoding only.
func identity(m *metadata.Metadata, r *event.Record) ([]byte, error) {
	if r.Pallet == "Balances" {
		return nativeExternal, nil
	}
	id, err := r.Encoded(m, "asset_id")
	if err != nil {
		return nil, err
	}
	if r.Pallet == foreignPallet {
		return append([]byte{foreignKind}, id...), nil
	}
	if len(id) != 4 {
		return nil, rejection.New(rejection.UnexpectedType, "%s.%s's asset_id", r.Pallet, r.Name)
	}
	return append([]byte{assetsKind}, id...), nil
}

package kusama

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
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

// movements returns what a block's events say of accounts that watched takes;
// list is the value of System.Events that records was decoded from.
func movements(m *metadata.Metadata, records []event.Record, list []byte, watched func(vault.Account) bool) ([]movement, error) {
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
		if move.external, err = identity(m, r, list); err != nil {
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

// identity returns the asset that an event of a pallet of assets is about.
func identity(m *metadata.Metadata, r *event.Record, list []byte) ([]byte, error) {
	switch r.Pallet {
	case assetsPallet:
		id, ok := metadata.AsUint64(r.Fields.Get("asset_id"))
		if !ok || id >= 1<<32 {
			return nil, rejection.New(rejection.UnexpectedType, "%s.%s's asset_id", r.Pallet, r.Name)
		}
		return assetsExternal(uint32(id)), nil
	case foreignPallet:
		id, err := fieldBytes(m, list, r.Index, "asset_id")
		if err != nil {
			return nil, err
		}
		return externalOf(foreignPallet, id), nil
	}
	return nativeExternal, nil
}

// fieldBytes returns the bytes of a field of the event at index in a block's list:
// a location is named by its bytes, which a decoded value does not keep. It
// reads the list from its beginning.
func fieldBytes(m *metadata.Metadata, list []byte, index uint32, name string) ([]byte, error) {
	unexpected := rejection.New(rejection.UnexpectedType, "the field %s of an event", name)
	entry, err := m.Storage("System", "Events")
	if err != nil {
		return nil, err
	}
	r := scale.NewReader(list)
	count := r.CompactU32()
	if r.Err() != nil || index >= count {
		return nil, unexpected
	}
	record := m.Registry.Type(m.Registry.Type(entry.Value).Elem)
	for range index {
		for _, f := range record.Fields {
			if err := m.Registry.Skip(r, f.Type); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range record.Fields {
		if f.Name != "event" {
			if err := m.Registry.Skip(r, f.Type); err != nil {
				return nil, err
			}
			continue
		}
		// The event is its pallet's index, its own, and its fields.
		pallet := alternative(m.Registry.Type(f.Type), r.U8())
		if pallet == nil || len(pallet.Fields) != 1 {
			return nil, unexpected
		}
		inner := alternative(m.Registry.Type(pallet.Fields[0].Type), r.U8())
		if inner == nil {
			return nil, unexpected
		}
		for _, part := range inner.Fields {
			start := len(list) - r.Len()
			if err := m.Registry.Skip(r, part.Type); err != nil {
				return nil, err
			}
			if part.Name == name {
				return append([]byte{}, list[start:len(list)-r.Len()]...), nil
			}
		}
		return nil, unexpected
	}
	return nil, unexpected
}

func alternative(t *metadata.Type, index uint8) *metadata.Alternative {
	for i := range t.Variants {
		if t.Variants[i].Index == index {
			return &t.Variants[i]
		}
	}
	return nil
}

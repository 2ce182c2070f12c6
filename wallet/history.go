package wallet

import (
	"encoding/hex"

	"github.com/nightjar/nightjar/protocol/seal"
)

// EntryKind says what an entry of the history is about.
type EntryKind string

// The kinds of entry.
const (
	DepositEntry  EntryKind = "deposit"
	ReceiveEntry  EntryKind = "receive"
	SendEntry     EntryKind = "send"
	OrderEntry    EntryKind = "order"
	CancelEntry   EntryKind = "cancel"
	ReplaceEntry  EntryKind = "replace"
	WithdrawEntry EntryKind = "withdraw"
	PaidEntry     EntryKind = "paid"
	ReturnEntry   EntryKind = "return"
	FillEntry     EntryKind = "fill"
	BustEntry     EntryKind = "bust"
	MergeEntry    EntryKind = "merge" // to oneself: merges, splits, and actions made for their instruction
	DroppedEntry  EntryKind = "dropped"
	FeeEntry      EntryKind = "fee" // of others, to the treasury
)

// Entry is one event of the account, in the order of the chain. It holds only
// what the chain and the viewing key give back, so that a restored wallet has
// the same history.
type Entry struct {
	Height    uint64    `json:"height"`
	Time      int64     `json:"time"` // seconds since 1970, of the block
	Kind      EntryKind `json:"kind"`
	ID        ID        `json:"id"` // of the action, deposit, claim; for fills and busts of the order
	Order     *ID       `json:"order,omitempty"`
	Successor *ID       `json:"successor,omitempty"`
	Asset     uint32    `json:"asset"`
	Amount    uint64    `json:"amount"` // hub units that came, went or were locked
	Fee       uint64    `json:"fee,omitempty"`
	FeeAsset  uint32    `json:"fee_asset,omitempty"`
	To        string    `json:"to,omitempty"`   // address paid, or recipient on the external chain in hex
	Fill      int       `json:"fill,omitempty"` // one past the index among the fills
}

func (s *State) record(e Entry) {
	e.Height, e.Time = s.Height, s.Time
	s.History = append(s.History, e)
	s.index.note(e)
	s.Changes++
}

// note remembers the end of the account's own actions.
func (i *index) note(e Entry) {
	switch e.Kind {
	case SendEntry, OrderEntry, CancelEntry, ReplaceEntry, WithdrawEntry, MergeEntry, DroppedEntry:
		i.deeds[e.ID] = e.Kind
	}
}

// narrate writes the history of an executed action.
func (s *State) narrate(d *deed) {
	if !d.mine() {
		for _, o := range d.opened {
			if o.Value > 0 {
				s.record(Entry{Kind: ReceiveEntry, ID: d.ID, Asset: o.Asset, Amount: o.Value})
			}
		}
		return
	}
	e := Entry{ID: d.ID, Fee: d.Fee, FeeAsset: s.terms.FeeAsset}
	if d.from != nil {
		e.Order = idOf(d.from)
	}
	switch {
	case d.claim != nil:
		e.Kind, e.FeeAsset = WithdrawEntry, d.OutAsset
		e.Asset, e.Amount, e.To = d.OutAsset, d.OutAmount, hex.EncodeToString(d.claim.Recipient)
	case d.from != nil && d.placed != nil:
		e.Kind, e.Successor = ReplaceEntry, idOf(d.placed)
		e.Asset, e.Amount = d.placed.Order.Asset, d.placed.Order.Value
		d.from.Status, d.from.Successor = Replaced, d.placed.ID
	case d.from != nil:
		e.Kind, e.Asset, e.Amount = CancelEntry, d.from.Order.Asset, d.from.Order.Value
	case d.placed != nil:
		e.Kind, e.Order = OrderEntry, idOf(d.placed)
		e.Asset, e.Amount = d.placed.Order.Asset, d.placed.Order.Value
	default:
		e.Kind, e.Asset, e.Amount = s.moved(d)
	}
	for _, o := range d.opened {
		if o.Kind == seal.Receipt {
			e.Kind, e.Asset, e.Amount = SendEntry, o.Paid.Asset, o.Paid.Value
			e.To = o.Paid.To.Format(s.network)
		}
	}
	s.record(e)
}

// moved says what an action did that placed no order, closed none and left no
// receipt: normally it moved notes within the account; if less came back than
// went in, it paid somebody without a receipt.
func (s *State) moved(d *deed) (EntryKind, uint32, uint64) {
	asset := s.terms.FeeAsset
	for _, n := range d.spent {
		if n.Asset != s.terms.FeeAsset {
			asset = n.Asset
		}
	}
	in, out := sumOf(d.spent, asset), uint64(0)
	for _, o := range d.opened {
		if o.Kind != seal.OwnOrder && o.Asset == asset {
			out += o.Value
		}
	}
	if asset == s.terms.FeeAsset {
		in -= min(in, d.Fee)
	}
	if in > out {
		return SendEntry, asset, in - out
	}
	return MergeEntry, asset, out
}

func sumOf(notes []*Note, asset uint32) (total uint64) {
	for _, n := range notes {
		if n.Asset == asset {
			total += n.Value
		}
	}
	return total
}

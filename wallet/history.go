package wallet

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

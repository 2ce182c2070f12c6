package wallet

import (
	"math"
	"slices"
	"strings"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Status says where an order stands.
type Status string

// The statuses of an order. The first three are live: the order holds money.
const (
	Pending   Status = "pending" // admitted, not yet executed
	Resting   Status = "resting" // in the tree, at the enclaves' disposal
	Matched   Status = "matched" // in a lock; a fill only once it settles
	Leaving   Status = "leaving" // an action that spends it was admitted
	Filled    Status = "filled"
	Cancelled Status = "cancelled" // or withdrawn: its owner spent it
	Replaced  Status = "replaced"
)

// Order is an order of the account through all its partial fills.
type Order struct {
	ID        ID
	Order     order.Order // what is left of it
	Handling  order.Handling
	D         keys.Diversifier
	R         field.Element
	Placed    uint64 // lots when it was placed
	Filled    uint64 // lots filled so far
	Height    uint64 // of its execution
	Position  uint64 // of what is left of it
	Nullifier field.Element
	Status    Status
	Auction   uint64 // the auction that matched it, while Matched
	By        ID     // the admitted action that spends it, while Leaving
	Successor ID     // the order that replaced it
}

// Live reports whether the order still holds money on chain.
func (o *Order) Live() bool {
	return o.Status == Resting || o.Status == Matched || o.Status == Leaving
}

// Expired reports whether no auction from height on may fill the order. Its
// money stays in it until its owner cancels it.
func (o *Order) Expired(height uint64) bool {
	return o.Live() && height > uint64(o.Order.Terms.Expiry)
}

// Forgotten reports whether the enclaves lost an order with their book. It is
// safe and rests on chain; replaced by an equal one, it trades again.
func (p Params) Forgotten(o *Order) bool {
	return o.Status == Resting && o.Height < p.BookSince
}

// ProposedMinFill is the minimum fill that a wallet proposes for an order of
// qty lots: the market's smallest order. Without a minimum, whoever sends orders
// of one lot learns for the price of one lot that an order rests.
func (m Market) ProposedMinFill(qty uint64) uint64 { return min(m.MinQty, qty) }

// BlocksPerSecond is more blocks than a chain makes in a second. It turns a time
// into a height that is not before it.
const BlocksPerSecond = 4

// ExpiryAfter returns the covenant's expiry for an order that the enclaves let
// go at the time until, in seconds of Unix time: no earlier, and not never, so
// that the chain bounds what the enclaves are asked for.
func (p Params) ExpiryAfter(until uint64) uint32 {
	now := uint64(max(p.Time, 0))
	seconds := until - min(until, now)
	if seconds >= math.MaxUint32/BlocksPerSecond || p.Height >= math.MaxUint32-BlocksPerSecond*(seconds+1) {
		return math.MaxUint32
	}
	return uint32(p.Height + BlocksPerSecond*(seconds+1))
}

// Fill is one settled fill of an order.
type Fill struct {
	Order   ID
	Height  uint64 // of the settlement
	Auction uint64
	Market  uint32
	Side    order.Side
	Lots    uint64
	Price   uint64 // quote hub units per lot
	FeeBp   uint16
	Fee     uint64 // quote hub units
	Base    uint64 // base hub units
	Quote   uint64 // quote hub units paid or received, fee included
	Refund  uint64 // funding asset that came back: the price improvement and unused fee
	Left    uint64 // lots left afterwards
}

// Claim is a withdrawal on its way to an external chain.
type Claim struct {
	ID        ID
	Action    ID
	Asset     uint32
	Amount    uint64
	Recipient []byte
	Height    uint64
	NF0       field.Element
	Status    ClaimStatus
}

// ClaimStatus says where a withdrawal stands.
type ClaimStatus string

// The statuses of a claim.
const (
	ClaimOpen     ClaimStatus = "open"     // custody has not answered yet
	ClaimPaid     ClaimStatus = "paid"     // paid on the external chain
	ClaimReturned ClaimStatus = "returned" // could not be paid; the money is back
)

// FindClaim returns the account's withdrawal claim with an id, or nil.
func (s *State) FindClaim(id ID) *Claim { return s.index.claims[id] }

// ClaimOf returns the claim that an action of the account opened, or nil.
func (s *State) ClaimOf(action ID) *Claim {
	i := slices.IndexFunc(s.Claims, func(c *Claim) bool { return c.Action == action })
	if i < 0 {
		return nil
	}
	return s.Claims[i]
}

// FindOrder returns the order whose id starts with prefix; UNKNOWN_ORDER if
// there is none or more than one.
func (s *State) FindOrder(prefix string) (*Order, error) {
	var found *Order
	for _, o := range s.Orders {
		if !strings.HasPrefix(o.ID.String(), strings.ToLower(prefix)) {
			continue
		}
		if found != nil {
			return nil, rejection.New(rejection.UnknownOrder, "more than one order starts so; write more digits")
		}
		found = o
	}
	if found == nil || prefix == "" {
		return nil, rejection.New(rejection.UnknownOrder, "")
	}
	return found, nil
}

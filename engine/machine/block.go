package machine

import (
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Params are the chain's parameters that matter to matching.
type Params struct {
	MinRest     uint32       // w: blocks an order rests before it can be matched
	Interval    uint32       // one auction is called in every so many blocks; 0 halts auctions
	SizeClasses []int        // sizes of a group in legs, ascending
	Heartbeat   uint32       // k_h: heartbeats are of the multiples of it; 0: there are none
	MaxFills    int          // legs of one auction, padding included: what can be proven within T/3
	Treasury    keys.Address // who is paid the fees
}

// class returns the smallest size class of at least n legs, or 0.
func (p Params) class(n int) int {
	for _, c := range p.SizeClasses {
		if c >= n {
			return c
		}
	}
	return 0
}

// room returns the largest size class of at most n legs, or 0.
func (p Params) room(n int) int {
	room := 0
	for _, c := range p.SizeClasses {
		if c <= n {
			room = c
		}
	}
	return room
}

// Market is a market's record and its reference after a block.
type Market struct {
	Record    market.Record
	Reference market.Quote // zero if there is no valid one
	Swing     uint16       // bp that it moved in this auction interval (market.Reference)
}

// Chain is the public state after a block.
type Chain struct {
	Params  Params
	Markets []Market // ascending by id
}

func (c Chain) market(id uint32) (Market, bool) {
	i, ok := slices.BinarySearchFunc(c.Markets, id, func(m Market, id uint32) int { return cmp.Compare(m.Record.ID, id) })
	if !ok {
		return Market{}, false
	}
	return c.Markets[i], true
}

// ActionID identifies an action (action.ID).
type ActionID [32]byte

// Block is what one finalised block did, in the ledger's terms. Within each
// list the ledger's sequence is kept; the fields stand in the sequence in which
// they take effect.
type Block struct {
	Height   uint32
	Time     uint64 // seconds of Unix time, never less than the block before's
	Busted   []Busted
	Locked   []Locked
	Executed []Executed
	Dropped  []Dropped
	Settled  []Settled
	Admitted []Admitted
	Chain    Chain // after the block
}

// Busted is a lock that expired with groups unsettled.
type Busted struct {
	Auction   uint32
	FreeUntil uint32 // last block in which nobody may lock its orders again
}

// Locked is an accepted lock.
type Locked struct {
	Auction    uint32
	Nullifiers []field.Element
}

// Executed is an action that took effect.
type Executed struct {
	ID        ActionID
	Nullifier field.Element // of slot 0
	Position  uint64        // of the slot-0 output's leaf
}

// Dropped is an admitted action that lost its slot-0 input to a lock.
type Dropped struct {
	ID        ActionID
	Nullifier field.Element // of slot 0
}

// Settled is one leg of an accepted settlement.
type Settled struct {
	Auction   uint32
	Nullifier field.Element
	Remainder field.Element // ocm of the remainder order
	Position  uint64        // of the remainder's leaf
	Report    field.Element // e
}

// Admitted is an action that was admitted, with what its instruction says.
type Admitted struct {
	ID         ActionID
	Nullifier  field.Element // of slot 0
	Commitment field.Element // of the slot-0 output
	Command    seal.Command  // Nothing if it did not open or decode
}

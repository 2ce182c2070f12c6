package wallet

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Block is what a wallet reads of one block. Everything that appended leaves
// says where its first leaf stands, so the order of the lists is no matter.
type Block struct {
	Height uint64
	Time   int64  // seconds since 1970, of the header
	Size   uint64 // leaves of the commitment tree after the block

	Admitted []Admitted // actions taken in; D blocks later they are executed or dropped
	Executed []Executed
	Dropped  []Admitted // actions whose slot-0 nullifier a lock took first
	Locks    []Lock
	Busts    []uint64 // auction heights whose lock expired unsettled
	Groups   []Group  // settled groups
	Deposits []Deposit
	Claims   []ClaimOpening
	Closings []Closing // ends of withdrawal claims
	Fees     []FeeNote // flat fees paid to the treasury
}

// Admitted is an action whose nullifiers are reserved from now on, or no
// longer.
type Admitted struct {
	ID         ID
	Nullifiers [action.Slots]field.Element
}

// Executed is an action that took effect; its commitments stand at First.
type Executed struct {
	ID          ID
	Nullifiers  [action.Slots]field.Element
	Commitments [action.Slots]field.Element
	First       uint64
	Sealed      seal.Outputs
	Fee         uint64
	OutAsset    uint32
	OutAmount   uint64 // 0 unless a withdrawal
}

// Lock is an auction's match: the orders that these nullifiers belong to wait
// for their settlement or for the lock's expiry.
type Lock struct {
	Auction    uint64
	Nullifiers []field.Element
}

// Group is a settled group: the legs' commitments stand at First, three a leg,
// and the fee note after them.
type Group struct {
	Auction uint64
	Legs    []Leg
	PC      field.Element // price commitment
	Fee     field.Element
	Opening [seal.FeeOpeningSize]byte // of the fee note, sealed to the treasury
	First   uint64
}

// Leg is what an owner needs of one fill of a group.
type Leg struct {
	Nullifier field.Element
	Proceeds  field.Element
	Refund    field.Element
	Remainder field.Element
	Report    field.Element
}

// Deposit is a credited deposit.
type Deposit struct {
	ID       custody.DepositID
	Asset    uint32
	Amount   uint64
	C        field.Element
	Position uint64
}

// ClaimOpening is a withdrawal that was executed in this block.
type ClaimOpening struct {
	ID        custody.ClaimID
	Recipient action.Recipient
	Return    field.Element // C_ret
}

// Closing is the end of a claim; the note of a returned one stands at Position.
type Closing struct {
	Claim    custody.ClaimID
	Result   custody.Result
	Asset    uint32
	Amount   uint64
	C        field.Element
	Position uint64
}

// FeeNote is a note that pays an asset's fee counter to the treasury.
type FeeNote struct {
	Asset      uint32
	Amount     uint64
	Commitment field.Element
	Position   uint64
}

package ledger

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Event is something that a block did; one of the types below. A block's
// events are in the order of their effects, and those with a Position follow
// each other in the tree without a gap.
type Event interface{ event() }

// Leaves are commitments appended to the tree: the first at Position, the
// others after it.
type Leaves struct {
	Position    uint64
	Commitments []field.Element
}

// ActionAdmitted: the action at Index of this block has its nullifiers
// reserved; soft cancels and heartbeats in its instruction act now.
type ActionAdmitted struct {
	Index      uint32
	ID         [32]byte
	Epoch      uint64
	Nullifiers [action.Slots]field.Element
}

// ActionExecuted: an action admitted in block Admitted at Index took effect.
type ActionExecuted struct {
	Admitted   uint64
	Index      uint32
	ID         [32]byte
	Nullifiers [action.Slots]field.Element
	Leaves
}

// ActionDropped: a lock took the action's slot-0 nullifier; its reservations
// are gone and nothing of it happened.
type ActionDropped struct {
	Admitted   uint64
	Index      uint32
	ID         [32]byte
	Nullifiers [action.Slots]field.Element
}

// LockAccepted: the transaction at Index locked its nullifiers until a group
// settles or block Until has passed.
type LockAccepted struct {
	Index       uint32
	Auction     uint64
	Nullifiers  []field.Element
	Outcome     [32]byte
	StateDigest [32]byte
	Until       uint64
}

// LockExpired: what of the lock was not settled is busted. Nullifiers are
// those that went back to the book and that no lock may take up to ExitUntil.
type LockExpired struct {
	Auction    uint64
	Nullifiers []field.Element
	ExitUntil  uint64
}

// GroupSettled: the transaction at Index settled a group. Its leaves are, for
// each leg, proceeds, refund and remainder, and then the fee note.
type GroupSettled struct {
	Index      uint32
	Auction    uint64
	Group      uint16
	Nullifiers []field.Element
	Leaves
}

// DepositCredited: the note (asset, amount, rho, C) was made.
type DepositCredited struct {
	Index  uint32
	ID     custody.DepositID
	Asset  uint32
	Amount uint64
	C      field.Element
	Leaves
}

// ClaimOpened: a withdrawal was executed and waits for its payment.
type ClaimOpened struct {
	ID        custody.ClaimID
	Asset     uint32
	Amount    uint64
	Recipient action.Recipient
	Return    field.Element
}

// ClaimPaid: the signers paid the claim on its chain.
type ClaimPaid struct {
	Index   uint32
	ID      custody.ClaimID
	Payment custody.Reference
}

// ClaimReturned: the claim was unpayable; the note (asset, amount, rho, C_ret)
// was made for its owner.
type ClaimReturned struct {
	Index  uint32
	ID     custody.ClaimID
	Asset  uint32
	Amount uint64
	Return field.Element
	Leaves
}

// FeesPaid: a fee counter was turned into a note of the treasury, whose r is
// public: r = H(R_FEE; asset, height), rho = H(RHO_FEE; asset, height).
type FeesPaid struct {
	Asset  uint32
	Amount uint64
	Leaves
}

// WorkerRegistered: a worker may sign from now on; Replaced is the earlier
// worker of the same platform, or zero.
type WorkerRegistered struct {
	Index    uint32
	Worker   Worker
	Replaced settlement.WorkerID
}

// WorkerExpired: a registration ended by age.
type WorkerExpired struct{ ID settlement.WorkerID }

// EpochStarted: instructions are sealed to this epoch's key from now on.
type EpochStarted struct {
	Index    uint32
	Epoch    Epoch
	Revealed [32]byte // the ended epoch's schedule key; zero at the first and at a reset
}

// HeartbeatSeen: the enclaves signed for all blocks up to Height.
type HeartbeatSeen struct {
	Index       uint32
	Height      uint64
	Intake      [32]byte
	Transcript  [32]byte
	StateDigest [32]byte
	Prints      []registry.Print
}

// ChallengeAccepted: the worker has until block Until to answer the transaction
// at Index, which carries an action too.
type ChallengeAccepted struct {
	Index     uint32
	ID        challenge.ID
	Worker    settlement.WorkerID
	Heartbeat uint64 // height
	Until     uint64
}

// ChallengeAnswered: the transaction at Index is the worker's sealed answer.
type ChallengeAnswered struct {
	Index  uint32
	ID     challenge.ID
	Worker settlement.WorkerID
}

// WorkerSuspended: a challenge stayed unanswered. Removed is who was registered
// on the worker's platform, the worker itself or a later boot, or zero; neither
// operator nor platform registers up to block Until.
type WorkerSuspended struct {
	Challenge challenge.ID
	Worker    settlement.WorkerID
	Removed   settlement.WorkerID
	Operator  quorum.Key
	Platform  registry.Platform
	Until     uint64
}

// ReferencesChanged: the references after this block, of which a quote is not
// what it was.
type ReferencesChanged struct{ References []market.Reference }

// ProposalAccepted: the change takes effect at block At.
type ProposalAccepted struct {
	Index  uint32
	Nonce  uint64
	Change governance.Change
	At     uint64
}

// ProposalEnacted: the change took effect; or, if Refused is not 0, an earlier
// change had made it impossible and nothing changed.
type ProposalEnacted struct {
	Change  governance.Change
	Refused rejection.Code
}

// ValidatorUpdate is what the consensus engine must be told.
type ValidatorUpdate struct {
	Key   quorum.Key
	Power uint64
}

func (ActionAdmitted) event()    {}
func (ActionExecuted) event()    {}
func (ActionDropped) event()     {}
func (LockAccepted) event()      {}
func (LockExpired) event()       {}
func (GroupSettled) event()      {}
func (DepositCredited) event()   {}
func (ClaimOpened) event()       {}
func (ClaimPaid) event()         {}
func (ClaimReturned) event()     {}
func (FeesPaid) event()          {}
func (WorkerRegistered) event()  {}
func (WorkerExpired) event()     {}
func (EpochStarted) event()      {}
func (HeartbeatSeen) event()     {}
func (ChallengeAccepted) event() {}
func (ChallengeAnswered) event() {}
func (WorkerSuspended) event()   {}
func (ReferencesChanged) event() {}
func (ProposalAccepted) event()  {}
func (ProposalEnacted) event()   {}

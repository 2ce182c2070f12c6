package vault

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
)

// Account is an account of the external chain.
type Account = [32]byte

// Cursor is a finalised block of the external chain.
type Cursor struct {
	Number uint64
	Hash   [32]byte
}

// Asset is what Nightjar says of one asset of the machine's chain.
type Asset struct {
	ID               uint32
	Symbol           string
	Decimals         uint8 // of a hub unit
	ExternalDecimals uint8 // of the chain's smallest unit; not below Decimals
	External         []byte
	Halted           bool
	MinDeposit       uint64 // hub units
	MaxDeposit       uint64 // hub units
	Room             uint64 // supply cap less what is outstanding, hub units
}

// Claim is an open withdrawal, as its row on Nightjar has it.
type Claim struct {
	ID        custody.ClaimID
	Asset     uint32
	Amount    uint64 // hub units
	Recipient []byte
	Opened    uint64 // height of execution
}

// ClaimEnd says how Nightjar closed a claim.
type ClaimEnd struct {
	ID     custody.ClaimID
	Result custody.Result
}

// Rotation says that Signers are in force from a height on: claims that this
// very block opens are theirs.
type Rotation struct {
	Height  uint64
	Signers state.Signers
}

// Hub is the light-verified state of Nightjar at a height. Heights ascend; some
// may be left out. What happened at the heights since the last Hub is complete:
// a machine that misses a claim pays it late, one that misses a rotation would
// bind claims to the wrong signers.
type Hub struct {
	Height    uint64
	Assets    []Asset             // all of this chain, as they stand at Height
	Rotations []Rotation          // since the last Hub, ascending; the first Hub has the signers in force at Start
	Opened    []Claim             // since the last Hub and still open or not; known ones are ignored
	Credited  []custody.DepositID // deposits of Uncredited that Nightjar has by now
	Closed    []ClaimEnd          // claims of OpenClaims that Nightjar has closed by now
}

// Block is what one finalised external block says of custody, proven. Blocks
// come gapless and ascending. Lists are ascending by event index.
type Block struct {
	Number    uint64
	Hash      [32]byte
	Parent    [32]byte
	Transfers []Transfer // every one from or to an account of Machine.Watched
	Steps     []Step     // every one of a custody account of Machine.Watched
	Included  []Inclusion
	Latest    bool // no later final block is known: now is the time to pay
}

// Transfer is one transfer from or to a watched account. Those to it are
// deposits, those from it payments; both make up the books.
type Transfer struct {
	Index     uint32 // of the event
	Extrinsic uint32 // that the event belongs to
	External  []byte // which asset
	Amount    amount.Wide
	From      Account
	To        Account
	Owner     *field.Element // by remark; nil: none, or more than one transfer or remark in the extrinsic
}

// Stage is what became of a custody account's call.
type Stage uint8

// The stages; the numbers are constants of the journal.
const (
	Opened    Stage = 1 // first approval: Multisig.NewMultisig
	Approved  Stage = 2 // a further one that did not execute: MultisigApproval
	Executed  Stage = 3 // MultisigExecuted, and the call succeeded
	Failed    Stage = 4 // MultisigExecuted, and the call itself failed and moved nothing
	Cancelled Stage = 5 // MultisigCancelled
)

// Step is one event of a custody account's call.
type Step struct {
	Index     uint32 // of the event
	Extrinsic uint32
	Custody   Account
	Call      [32]byte
	By        Account // the signatory
	Stage     Stage
	Job       *JobID // of an executed call: what its own remark says it is for; nil: nothing
}

// Inclusion says that an extrinsic of the own account is in the block.
type Inclusion struct {
	Hash [32]byte // of the extrinsic
	OK   bool     // whether it succeeded
}

// Kind says what a job is for.
type Kind uint8

// The kinds of jobs; the numbers are constants of the journal.
const (
	Payout Kind = 1 // pays a claim out of a custody account
	Sweep  Kind = 2 // moves everything on a deposit address to the newest custody account
	Refund Kind = 3 // sends a deposit back out of a custody account
	Drain  Kind = 4 // moves everything of an older generation to the newest custody account
	Anchor Kind = 5 // remarks on the chain, by the own account alone
)

// JobID names a job. Ref is the claim's id, the deposit's (the first unswept
// one of a sweep), or a hash of what a Drain or an Anchor is.
type JobID struct {
	Kind Kind
	Ref  [32]byte
}

// Job is something to do on the external chain. Its call is a function of the
// job alone, but for Anchors: the same for all signers and attempts.
type Job struct {
	JobID
	Generation state.Signers  // whose account acts
	Custody    Account        // that account
	From       Account        // the custody account, or the deposit address of Owner
	Owner      *field.Element // of a sweep: whose deposit address From is
	To         Account
	External   []byte      // which asset
	Amount     amount.Wide // zero in a Sweep and a Drain: everything
	Remark     []byte      // of an Anchor; others get the remark of spec/22
}

// Form is how an attempt takes part in a job.
type Form uint8

// The forms; the numbers are constants of the journal.
const (
	Open  Form = 1 // the first approval, without a timepoint
	Join  Form = 2 // a further approval, with the timepoint and the call, which executes if it suffices
	Plain Form = 3 // an Anchor: no multisig call at all
)

// Order asks for one attempt of a job. The machine decides all of it: an
// adapter that finds the chain in another state defers.
type Order struct {
	Job    Job
	Number uint32 // of the attempt, from 1
	Form   Form
	At     Cursor // the final block that its mortal era begins with
	Period uint64 // of the era in blocks, a power of two; the attempt is valid up to At.Number + Period − 1
}

// Attempt is one signed extrinsic for a job.
type Attempt struct {
	JobID
	Number    uint32
	Form      Form
	Nonce     uint32
	Call      [32]byte // hash of the job's call; zero for an Anchor
	Birth     uint64   // Order.At.Number
	Until     uint64   // the last block that may include it
	Hash      [32]byte // of Extrinsic
	Extrinsic []byte
}

// Slot is the number of external blocks in which one signer alone may open a
// call; OpenPeriod and JoinPeriod are the eras of attempts. No opening outlives
// its slot: see work.go.
const (
	Slot       = 32
	OpenPeriod = 16
	JoinPeriod = 64
)

// Codec is what the machine has to know of the external chain: pure functions,
// the same on every signer. Calls change only where the chain's runtime does.
type Codec interface {
	// Custody returns the account of a generation.
	Custody(state.Signers) (Account, error)
	// Deposit returns the deposit address of an owner.
	Deposit(custody Account, owner field.Element) Account
	// Call returns the hash of a job's call.
	Call(Job) ([32]byte, error)
}

// Deferral says why a prepared job has to wait. Nothing was signed.
type Deferral uint8

// The reasons; the machine asks again some blocks later.
const (
	DeferState   Deferral = 1 // the chain's record of the call is not what the order's form needs
	DeferFee     Deferral = 2 // the fee is above the limit
	DeferFunds   Deferral = 3 // the custody account or the own account lacks funds
	DeferRuntime Deferral = 4 // the chain's runtime is not the accepted one
	DeferNode    Deferral = 5 // the node does not answer, or is behind
)

// Statement is what signers sign for Nightjar: exactly one of both, with no
// signatures.
type Statement struct {
	Deposit *custody.Deposit
	Closing *custody.Closing
}

// Signed is one signature of a statement.
type Signed struct {
	Statement Statement
	Signature quorum.Signature
}

// Effect is one of the types below; nothing else implements it. All of them may
// be carried out twice.
type Effect interface{ effect() }

// Sign asks the shell to sign a statement with the own key, to publish it to
// the peers, and to hand the signature back to OnSignature.
type Sign struct{ Statement Statement }

// SubmitHub asks to submit a transaction to Nightjar.
type SubmitHub struct{ Transaction []byte }

// Prepare asks the adapter for an attempt. The answer goes to OnPrepared or
// OnDeferred; until then the machine asks for nothing else.
type Prepare struct{ Order Order }

// Submit asks to submit an attempt's bytes to the external chain.
type Submit struct{ Attempt Attempt }

// Alarm tells the operator of something that must not happen, or that waits for
// a person.
type Alarm struct {
	Reason AlarmReason
	Ref    [32]byte   // deposit, claim or call
	Key    quorum.Key // the signer it is about, if one is known
}

func (Sign) effect()      {}
func (SubmitHub) effect() {}
func (Prepare) effect()   {}
func (Submit) effect()    {}
func (Alarm) effect()     {}

// AlarmReason says what an alarm is about.
type AlarmReason uint8

// The reasons.
const (
	ExecutedTwice   AlarmReason = 1  // a claim's or refund's call was executed again
	UnknownCall     AlarmReason = 2  // a custody account executed a call that is not what any job's is
	PaidAndReturned AlarmReason = 3  // a claim was paid outside and returned on Nightjar
	CreditedRefund  AlarmReason = 4  // a deposit was ordered back here and credited on Nightjar
	OtherStatement  AlarmReason = 5  // a signer signed something else than what is so
	TwoStatements   AlarmReason = 6  // a signer signed two things of which at most one is so
	NotASigner      AlarmReason = 7  // Nightjar does not list the own key
	RefundFailed    AlarmReason = 8  // a refund was executed and failed: order it to another account
	Short           AlarmReason = 9  // a custody account holds less than the books say: nothing is paid
	CallChanged     AlarmReason = 10 // a claim's call is encoded otherwise than when it was approved: cancel that approval
	OneSigner       AlarmReason = 11 // the custody's threshold is below 2: nothing can be paid
)

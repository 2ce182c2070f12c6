package gate

import (
	"encoding/hex"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Hash is 32 bytes, written as 64 lower-case hex digits: a block hash, an
// account, an id, an owner commitment's element.
type Hash [32]byte

// String is what MarshalText writes.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes lower-case hex.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads exactly what MarshalText writes (NON_CANONICAL).
func (h *Hash) UnmarshalText(text []byte) error {
	b := make([]byte, hex.DecodedLen(len(text)))
	if n, err := hex.Decode(b, text); err != nil || n != len(h) || string(hex.AppendEncode(nil, b)) != string(text) {
		return rejection.New(rejection.NonCanonical, "32 bytes are 64 lower-case hex digits")
	}
	copy(h[:], b)
	return nil
}

// The states of a deposit (spec/21).
const (
	DepositHeld      = "held"      // not to be credited as it is; Reason says why
	DepositDue       = "due"       // final, and to be attested
	DepositAttested  = "attested"  // this gateway has signed; m are needed
	DepositCredited  = "credited"  // Nightjar has it
	DepositRefunding = "refunding" // goes back to its sender
	DepositRefunded  = "refunded"
)

// The states of a claim (spec/21).
const (
	ClaimWaiting   = "waiting"   // for its turn under the rate limit
	ClaimPayable   = "payable"   // its turn has come
	ClaimApproving = "approving" // signers approve its payment
	ClaimExecuted  = "executed"  // paid for good on its chain
	ClaimUnpayable = "unpayable" // can't be paid; Reason says why
	ClaimPaid      = "paid"      // signed as paid
	ClaimReturned  = "returned"  // signed as returned
	ClaimClosed    = "closed"    // Nightjar has the signatures
)

// Status is GET /v1/status.
type Status struct {
	Network string     `json:"network"` // chain id of Nightjar
	Signer  quorum.Key `json:"signer"`
	Height  uint64     `json:"height"` // of Nightjar that the gateway has verified
	Chain   Chain      `json:"chain"`
	Default Limit      `json:"default_limit"` // of assets that Limits does not name
	Limits  []Limit    `json:"limits"`
	Alarms  []string   `json:"alarms"` // reasons, each once
}

// Limit is how fast an asset leaves.
type Limit struct {
	Asset    uint32 `json:"asset"`     // 0 in the default
	Rate     uint64 `json:"rate"`      // hub units that become payable in any Window
	Window   uint64 `json:"window"`    // blocks of Nightjar
	MaxDelay uint64 `json:"max_delay"` // blocks of Nightjar that a withdrawal waits for its turn at most
}

// Limit returns the limit of an asset.
func (s Status) Limit(asset uint32) Limit {
	for _, l := range s.Limits {
		if l.Asset == asset {
			return l
		}
	}
	return s.Default
}

// Chain is how far a gateway follows the external chain.
type Chain struct {
	Number    uint32 `json:"number"` // in the asset records of Nightjar
	Name      string `json:"name"`
	Prefix    uint16 `json:"prefix"`    // SS58
	Finalized uint64 `json:"finalized"` // newest block that was read and proven final
	Custody   Hash   `json:"custody"`   // account of the newest signers
}

// Watch is the body of POST /v1/watch: an owner who will pay into an address of
// their own, or has done so.
type Watch struct {
	Asset uint32 `json:"asset"`
	Owner Hash   `json:"owner"`           // C
	Block *Hash  `json:"block,omitempty"` // to look at again: the deposit is in it
}

// Watched is the answer: the gateway's own account of that owner's address.
type Watched struct {
	Account Hash   `json:"account"`
	Address string `json:"address"` // the same, SS58
}

// Reference names an event of the external chain.
type Reference struct {
	Chain uint32 `json:"chain"`
	Block Hash   `json:"block"`
	Index uint32 `json:"index"` // of the event in the block
}

// Deposit is one element of GET /v1/deposits?owner=HEX, of the array "deposits".
type Deposit struct {
	ID         Hash        `json:"id"`
	Reference  Reference   `json:"reference"`
	Number     uint64      `json:"number"` // of the block
	Asset      uint32      `json:"asset"`
	Amount     amount.Wide `json:"amount"` // smallest units of the external chain
	Units      uint64      `json:"units"`  // hub units that it is worth
	Dust       amount.Wide `json:"dust"`   // what Units leaves of Amount
	State      string      `json:"state"`
	Reason     string      `json:"reason,omitempty"`
	Signatures int         `json:"signatures"` // known to this gateway
	Needed     int         `json:"needed"`
}

// Deposits is GET /v1/deposits?owner=HEX, ascending by block and index.
type Deposits struct {
	Deposits []Deposit `json:"deposits"`
}

// Claim is GET /v1/claims/ID, ID being hex.
type Claim struct {
	ID         Hash       `json:"id"`
	State      string     `json:"state"`
	Reason     string     `json:"reason,omitempty"`
	PayableAt  uint64     `json:"payable_at"` // height of Nightjar at which its turn comes
	Signatures int        `json:"signatures"`
	Needed     int        `json:"needed"`
	Payment    *Reference `json:"payment,omitempty"` // once it is paid for good
}

// Anchor is one remark on the external chain that names a header of Nightjar.
type Anchor struct {
	Height    uint64    `json:"height"`
	App       Hash      `json:"app"`
	Reference Reference `json:"reference"`
	Signer    Hash      `json:"signer"` // account that remarked it
}

// Anchors is GET /v1/anchors, the newest last.
type Anchors struct {
	Anchors []Anchor `json:"anchors"`
}

// Refusal is what a gateway answers instead, with HTTP status 4xx.
type Refusal struct {
	Code   string `json:"code"`
	Number uint16 `json:"number"`
	Detail string `json:"detail"`
}

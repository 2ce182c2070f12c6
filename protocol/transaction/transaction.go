package transaction

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Kind is the first byte of a transaction.
type Kind uint8

// The kinds; the numbers are wire constants.
const (
	Action    Kind = action.Kind
	Lock      Kind = settlement.LockKind
	Settle    Kind = settlement.SettleKind
	Deposit   Kind = custody.DepositKind
	Closing   Kind = custody.ClosingKind
	Worker    Kind = registry.WorkerKind
	Epoch     Kind = registry.EpochKind
	Heartbeat Kind = registry.HeartbeatKind
	Proposal  Kind = governance.Kind
	Oracle    Kind = oracle.Kind
	Challenge Kind = challenge.Kind
	Answer    Kind = challenge.AnswerKind
)

var names = [...]string{
	Action: "action", Lock: "lock", Settle: "settle", Deposit: "deposit", Closing: "closing", Worker: "worker",
	Epoch: "epoch", Heartbeat: "heartbeat", Proposal: "proposal", Oracle: "oracle", Challenge: "challenge", Answer: "answer",
}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return "unknown"
}

// Rank is the place of a kind in a block: ranks never descend. Admitted
// actions are executed between RankLock and RankSettle.
type Rank int

// The ranks in their order.
const (
	RankOracle Rank = iota
	RankRegistry
	RankLock
	RankSettle
	RankCustody // deposits, closings, governance
	RankAction  // and challenges
)

// Rank returns the kind's place in a block.
func (k Kind) Rank() Rank {
	switch k {
	case Oracle:
		return RankOracle
	case Worker, Epoch, Heartbeat, Answer:
		return RankRegistry
	case Lock:
		return RankLock
	case Settle:
		return RankSettle
	case Deposit, Closing, Proposal:
		return RankCustody
	}
	return RankAction
}

// MaxSize bounds any transaction in bytes.
const MaxSize = 1 << 20

// Transaction is one of *action.Action, *settlement.Lock, *settlement.Settle,
// *custody.Deposit, *custody.Closing, *registry.Worker, *registry.Epoch,
// *registry.Heartbeat, *governance.Proposal, *oracle.Commit,
// *challenge.Challenge, *challenge.Answer.
type Transaction interface {
	Encode() []byte
}

// Decode decodes a transaction of any kind.
func Decode(b []byte) (Transaction, Kind, error) {
	if len(b) == 0 {
		return nil, 0, rejection.New(rejection.Truncated, "an empty transaction")
	}
	if len(b) > MaxSize {
		return nil, 0, rejection.New(rejection.Oversized, "a transaction of %d bytes", len(b))
	}
	kind := Kind(b[0])
	tx, err := decode(kind, b)
	if err != nil {
		return nil, kind, err
	}
	return tx, kind, nil
}

func decode(kind Kind, b []byte) (Transaction, error) {
	switch kind {
	case Action:
		return action.Decode(b)
	case Lock:
		return settlement.DecodeLock(b)
	case Settle:
		return settlement.DecodeSettle(b)
	case Deposit:
		return custody.DecodeDeposit(b)
	case Closing:
		return custody.DecodeClosing(b)
	case Worker:
		return registry.DecodeWorker(b)
	case Epoch:
		return registry.DecodeEpoch(b)
	case Heartbeat:
		return registry.DecodeHeartbeat(b)
	case Proposal:
		return governance.Decode(b)
	case Oracle:
		return oracle.DecodeCommit(b)
	case Challenge:
		return challenge.Decode(b)
	case Answer:
		return challenge.DecodeAnswer(b)
	}
	return nil, rejection.New(rejection.UnknownKind, "transaction kind %d", kind)
}

// CarriesAction reports whether a transaction of the kind is or carries an
// action.
func (k Kind) CarriesAction() bool { return k == Action || k == Challenge }

// ActionOf returns the action that a transaction is or carries: what an
// admission in a block is about.
func ActionOf(b []byte) (*action.Action, error) {
	tx, _, err := Decode(b)
	if err != nil {
		return nil, err
	}
	switch tx := tx.(type) {
	case *action.Action:
		return tx, nil
	case *challenge.Challenge:
		return &tx.Action, nil
	}
	return nil, rejection.New(rejection.UnknownKind, "a transaction without an action")
}

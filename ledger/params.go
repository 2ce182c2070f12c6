package ledger

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Params are the numbers that governance may change inside Bounds. All are
// counted in blocks unless the name says otherwise.
type Params struct {
	LockBlocks      uint64 `json:"lock_blocks"`      // T: a lock is open in this many blocks after its own
	ExitBlocks      uint64 `json:"exit_blocks"`      // W: after a bust an order can't be locked for this long
	RestBlocks      uint64 `json:"rest_blocks"`      // w: age of an order before it can be filled
	EpochBlocks     uint64 `json:"epoch_blocks"`     // minimum length of an epoch
	EpochGrace      uint64 `json:"epoch_grace"`      // g: an ended epoch's key is admitted for this long
	Quorum          uint64 `json:"quorum"`           // q: operators that must sign
	DeadBlocks      uint64 `json:"dead_blocks"`      // L_dead: silence after which a reset may follow
	StaleBlocks     uint64 `json:"stale_blocks"`     // age at which a validator's price no longer counts
	HeartbeatBlocks uint64 `json:"heartbeat_blocks"` // k_h: heartbeats stand for multiples of it
	WorkerBlocks    uint64 `json:"worker_blocks"`    // age at which a registration ends
	AnswerBlocks    uint64 `json:"answer_blocks"`    // k_a: a challenged worker has that many blocks
	SuspendBlocks   uint64 `json:"suspend_blocks"`   // for which who did not answer can't register
}

// Constants never change on a chain.
type Constants struct {
	ExecutionDelay  uint64 `json:"execution_delay"`  // D: an action admitted in b is executed in b+D
	AnchorInterval  uint64 `json:"anchor_interval"`  // k: roots of multiples of it are anchors
	Anchors         uint64 `json:"anchors"`          // N_a: that many anchors are accepted
	GovernanceDelay uint64 `json:"governance_delay"` // blocks from a proposal's acceptance to its effect
	FeeInterval     uint64 `json:"fee_interval"`     // fee counters are paid out at multiples of it
	HeadWindow      uint64 `json:"head_window"`      // age of the head that a registering enclave may show
	AuctionInterval uint64 `json:"auction_interval"` // one auction is called in every so many blocks, at a secret one
}

// Bounds hold what governance can never cross.
type Bounds struct {
	MaxFee         uint64 `json:"max_fee"`      // of the flat fee, hub units of the fee asset
	MaxExitFee     uint64 `json:"max_exit_fee"` // of every asset's own bound, hub units
	MaxLockBlocks  uint64 `json:"max_lock_blocks"`
	MinExitBlocks  uint64 `json:"min_exit_blocks"`
	MinRestBlocks  uint64 `json:"min_rest_blocks"`
	MaxRestBlocks  uint64 `json:"max_rest_blocks"`
	MinEpochBlocks uint64 `json:"min_epoch_blocks"`
	MinEpochGrace  uint64 `json:"min_epoch_grace"`
	MinQuorum      uint64 `json:"min_quorum"`
	MinOverlap     uint64 `json:"min_overlap"` // blocks for which former circuits are taken beside new ones
}

// Limits bound the work of one block.
type Limits struct {
	BlockBytes   uint64   `json:"block_bytes"`   // transactions' bytes
	BlockProofs  uint64   `json:"block_proofs"`  // proofs to verify
	BlockActions uint64   `json:"block_actions"` // actions admitted
	BlockOthers  uint64   `json:"block_others"`  // of each other kind
	AuctionFills uint64   `json:"auction_fills"` // nullifiers of one lock
	SizeClasses  []uint16 `json:"size_classes"`  // allowed numbers of fills in a group, ascending
}

// Protocol minima that no genesis can go below (spec/10-ledger.md,
// "Parameters"): an action lives for at least minAnchorSpan blocks, and nobody
// can make every action stale by starting epochs.
const (
	minAnchorSpan     = 600
	maxAnchorInterval = 4
	minGrace          = 60
	maxBlocks         = 1 << 31 // of any number of blocks: sums of a few stay far below 2^64
	maxQuorum         = 64
	maxPower          = 1 << 40 // of one validator
	maxValidators     = 128
	maxWorkers        = 8 // of one operator
	minAnswer         = 8 // blocks: no two proposers alone keep an answer out
	maxChallenges     = 8 // of one worker at a time
)

func bounds(format string, args ...any) error {
	return rejection.New(rejection.ParameterBounds, format, args...)
}

// check refuses (PARAMETER_BOUNDS) parameters outside the bounds.
func (p Params) check(c Constants, b Bounds) error {
	for _, n := range []uint64{p.LockBlocks, p.ExitBlocks, p.RestBlocks, p.EpochBlocks, p.EpochGrace, p.Quorum,
		p.DeadBlocks, p.StaleBlocks, p.HeartbeatBlocks, p.WorkerBlocks, p.AnswerBlocks, p.SuspendBlocks} {
		if n == 0 || n > maxBlocks {
			return bounds("every parameter is between 1 and 2^31")
		}
	}
	switch {
	case p.LockBlocks <= c.ExecutionDelay || p.LockBlocks > b.MaxLockBlocks:
		return bounds("lock_blocks is above the execution delay and at most max_lock_blocks")
	case p.ExitBlocks < b.MinExitBlocks:
		return bounds("exit_blocks is at least min_exit_blocks")
	case p.RestBlocks < b.MinRestBlocks || p.RestBlocks > b.MaxRestBlocks:
		return bounds("rest_blocks is between min_rest_blocks and max_rest_blocks")
	case p.EpochBlocks < b.MinEpochBlocks:
		return bounds("epoch_blocks is at least min_epoch_blocks")
	case p.EpochGrace < b.MinEpochGrace:
		return bounds("epoch_grace is at least min_epoch_grace")
	case p.Quorum < b.MinQuorum || p.Quorum > maxQuorum:
		return bounds("quorum is between min_quorum and %d", maxQuorum)
	case p.AnswerBlocks < minAnswer:
		return bounds("answer_blocks is at least %d", minAnswer)
	}
	return nil
}

// check refuses constants that break a promise of the protocol.
func (c Constants) check() error {
	switch {
	case c.ExecutionDelay == 0 || c.ExecutionDelay > 16:
		return bounds("execution_delay is between 1 and 16")
	case c.AnchorInterval == 0 || c.AnchorInterval > maxAnchorInterval:
		return bounds("anchor_interval is between 1 and %d", maxAnchorInterval)
	case c.Anchors > maxBlocks || c.Anchors*c.AnchorInterval < minAnchorSpan:
		return bounds("anchors × anchor_interval is at least %d", minAnchorSpan)
	case c.GovernanceDelay == 0 || c.GovernanceDelay > maxBlocks:
		return bounds("governance_delay is between 1 and 2^31")
	case c.FeeInterval == 0 || c.FeeInterval > maxBlocks:
		return bounds("fee_interval is between 1 and 2^31")
	case c.AuctionInterval == 0 || c.AuctionInterval > 1<<16:
		return bounds("auction_interval is between 1 and 2^16")
	case c.HeadWindow == 0 || c.HeadWindow > 1<<16:
		return bounds("head_window is between 1 and 2^16")
	}
	return nil
}

// check refuses bounds that deny nothing.
func (b Bounds) check(c Constants) error {
	switch {
	case b.MaxLockBlocks <= c.ExecutionDelay || b.MaxLockBlocks > 1<<16:
		return bounds("max_lock_blocks is above the execution delay and at most 2^16")
	case b.MinExitBlocks == 0 || b.MinRestBlocks < c.AnchorInterval || b.MaxRestBlocks < b.MinRestBlocks || b.MaxRestBlocks > 1<<16:
		return bounds("min_exit_blocks is positive, min_rest_blocks at least the anchor interval, max_rest_blocks at most 2^16")
	case b.MinEpochBlocks == 0 || b.MinEpochGrace < minGrace:
		return bounds("min_epoch_blocks is positive and min_epoch_grace at least %d", minGrace)
	case b.MinQuorum == 0:
		return bounds("min_quorum is positive")
	case b.MinOverlap < b.MaxLockBlocks+c.Anchors*c.AnchorInterval || b.MinOverlap > maxBlocks:
		return bounds("min_overlap is between max_lock_blocks + anchors × anchor_interval and 2^31")
	}
	return nil
}

// check refuses limits that admit nothing, and locks that nothing on the wire
// can settle.
func (l Limits) check() error {
	if l.BlockBytes == 0 || l.BlockProofs == 0 || l.BlockActions == 0 || l.BlockOthers == 0 || l.AuctionFills == 0 {
		return bounds("every limit is positive")
	}
	if len(l.SizeClasses) == 0 || l.SizeClasses[0] == 0 {
		return bounds("size_classes lists positive sizes")
	}
	for i := 1; i < len(l.SizeClasses); i++ {
		if l.SizeClasses[i] <= l.SizeClasses[i-1] {
			return bounds("size_classes ascend")
		}
	}
	first, last := uint64(l.SizeClasses[0]), uint64(l.SizeClasses[len(l.SizeClasses)-1])
	switch {
	case last > l.AuctionFills || last+1 > l.BlockProofs:
		return bounds("the largest size class fits into an auction and a block's proofs")
	case l.AuctionFills > settlement.MaxNullifiers || l.AuctionFills/first > settlement.MaxGroups || last > settlement.MaxLegs:
		return bounds("an auction has at most %d fills in at most %d groups of at most %d",
			settlement.MaxNullifiers, settlement.MaxGroups, settlement.MaxLegs)
	}
	return nil
}

// retained is the number of heights whose roots are kept: enough for the last
// settlement of any lock, T + D + w + 2 at the largest T and w there can be,
// and for every anchor.
func (g *Genesis) retained() uint64 {
	locks := g.Bounds.MaxLockBlocks + g.Constants.ExecutionDelay + g.Bounds.MaxRestBlocks + 2
	return max(locks, g.Constants.Anchors*g.Constants.AnchorInterval+1)
}

// set returns the parameters with one of them changed.
func (p Params) set(name governance.Parameter, v uint64) (Params, error) {
	field := map[governance.Parameter]*uint64{
		governance.LockBlocks: &p.LockBlocks, governance.ExitBlocks: &p.ExitBlocks, governance.RestBlocks: &p.RestBlocks,
		governance.EpochBlocks: &p.EpochBlocks, governance.EpochGrace: &p.EpochGrace, governance.Quorum: &p.Quorum,
		governance.DeadBlocks: &p.DeadBlocks, governance.StaleBlocks: &p.StaleBlocks,
		governance.HeartbeatBlocks: &p.HeartbeatBlocks, governance.WorkerBlocks: &p.WorkerBlocks,
		governance.AnswerBlocks: &p.AnswerBlocks, governance.SuspendBlocks: &p.SuspendBlocks,
	}[name]
	if field == nil {
		return p, bounds("parameter %d", name)
	}
	*field = v
	return p, nil
}

func writeParams(w *encoding.Writer, p Params) {
	w.U64(p.LockBlocks)
	w.U64(p.ExitBlocks)
	w.U64(p.RestBlocks)
	w.U64(p.EpochBlocks)
	w.U64(p.EpochGrace)
	w.U64(p.Quorum)
	w.U64(p.DeadBlocks)
	w.U64(p.StaleBlocks)
	w.U64(p.HeartbeatBlocks)
	w.U64(p.WorkerBlocks)
	w.U64(p.AnswerBlocks)
	w.U64(p.SuspendBlocks)
}

func readParams(r *encoding.Reader) Params {
	return Params{
		LockBlocks:      r.U64(),
		ExitBlocks:      r.U64(),
		RestBlocks:      r.U64(),
		EpochBlocks:     r.U64(),
		EpochGrace:      r.U64(),
		Quorum:          r.U64(),
		DeadBlocks:      r.U64(),
		StaleBlocks:     r.U64(),
		HeartbeatBlocks: r.U64(),
		WorkerBlocks:    r.U64(),
		AnswerBlocks:    r.U64(),
		SuspendBlocks:   r.U64(),
	}
}

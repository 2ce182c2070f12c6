package worker

import (
	"fmt"

	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
	"github.com/nightjar/nightjar/replica"
)

// record is a verified block as the machine takes it, its instructions still
// sealed.
type record struct {
	height uint64
	block  machine.Block
	sealed []instruction // of block.Admitted, one each
	leaves []field.Element
	epoch  uint64 // that runs after the block
	reset  bool   // an epoch with an empty book began in this block
	closed []ledger.GroupSettled
	locked []ledger.LockAccepted
	busted []ledger.LockExpired
	beat   bool // a heartbeat was included

	challenged []*challenge.Challenge
}

type instruction struct {
	epoch uint64
	aad   [32]byte
	text  *seal.Instruction
}

// newRecord reads off a block what it did; state is that after the block.
func newRecord(b *replica.Block, state *ledger.State) (*record, error) {
	r := &record{height: b.Height, epoch: state.Book().Epoch}
	r.block.Height, r.block.Time, r.block.Chain = uint32(b.Height), uint64(b.Time), chainOf(state)
	for _, e := range b.Events {
		switch e := e.(type) {
		case ledger.ActionAdmitted:
			a, err := transaction.ActionOf(b.Txs[e.Index])
			if err != nil {
				return nil, fmt.Errorf("worker: an admitted action: %w", err)
			}
			r.block.Admitted = append(r.block.Admitted, machine.Admitted{
				ID: e.ID, Nullifier: a.Nullifiers[0], Commitment: a.Commitments[0]})
			r.sealed = append(r.sealed, instruction{a.Epoch, a.AAD(), &a.Instruction})
		case ledger.ActionExecuted:
			r.block.Executed = append(r.block.Executed, machine.Executed{ID: e.ID, Nullifier: e.Nullifiers[0], Position: e.Position})
			r.leaves = append(r.leaves, e.Commitments...)
		case ledger.ActionDropped:
			r.block.Dropped = append(r.block.Dropped, machine.Dropped{ID: e.ID, Nullifier: e.Nullifiers[0]})
		case ledger.LockAccepted:
			r.block.Locked = append(r.block.Locked, machine.Locked{Auction: uint32(e.Auction), Nullifiers: e.Nullifiers})
			r.locked = append(r.locked, e)
		case ledger.LockExpired:
			r.block.Busted = append(r.block.Busted, machine.Busted{Auction: uint32(e.Auction), FreeUntil: uint32(e.ExitUntil)})
			r.busted = append(r.busted, e)
		case ledger.GroupSettled:
			s, err := settlement.DecodeSettle(b.Txs[e.Index])
			if err != nil {
				return nil, fmt.Errorf("worker: an accepted settlement: %w", err)
			}
			for i, leg := range s.Group.Legs {
				r.block.Settled = append(r.block.Settled, machine.Settled{
					Auction: uint32(e.Auction), Nullifier: leg.Nullifier, Remainder: leg.Remainder,
					Position: e.Position + uint64(leavesPerLeg*i+remainderLeaf), Report: leg.Report,
				})
			}
			r.leaves = append(r.leaves, e.Commitments...)
			r.closed = append(r.closed, e)
		case ledger.DepositCredited:
			r.leaves = append(r.leaves, e.Commitments...)
		case ledger.ClaimReturned:
			r.leaves = append(r.leaves, e.Commitments...)
		case ledger.FeesPaid:
			r.leaves = append(r.leaves, e.Commitments...)
		case ledger.EpochStarted:
			r.reset = e.Epoch.Reset || e.Epoch.Number == 1
		case ledger.ChallengeAccepted:
			c, err := challengedIn(b.Txs, e)
			if err != nil {
				return nil, err
			}
			r.challenged = append(r.challenged, c)
		case ledger.HeartbeatSeen:
			r.beat = true
		}
	}
	return r, nil
}

// A settlement's leaves are, for each leg, proceeds, refund and remainder, and
// then the fee note (ledger.GroupSettled).
const (
	leavesPerLeg  = 3
	remainderLeaf = 2
)

// chainOf is the public state as matching sees it.
func chainOf(state *ledger.State) machine.Chain {
	g := state.Genesis()
	c := machine.Chain{Params: machine.Params{
		MinRest:  uint32(state.Params().RestBlocks),
		Interval: uint32(g.Constants.AuctionInterval),
		MaxFills: int(g.Limits.AuctionFills), Heartbeat: uint32(state.Params().HeartbeatBlocks),
		Treasury: g.Treasury.Address,
	}}
	for _, n := range g.Limits.SizeClasses {
		c.Params.SizeClasses = append(c.Params.SizeClasses, int(n))
	}
	references := map[uint32]market.Reference{}
	for _, r := range state.References() {
		references[r.Market] = r
	}
	for _, m := range state.Markets() {
		r := references[m.ID]
		c.Markets = append(c.Markets, machine.Market{Record: m, Reference: r.Quote, Swing: r.Swing})
	}
	return c
}

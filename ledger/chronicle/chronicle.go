package chronicle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Chronicle implements fairness.Chain.
type Chronicle struct {
	genesis    *ledger.Genesis
	blocks     []after // by height from 1
	leaves     []leaf  // by position
	lives      map[field.Element]*fairness.Life
	heartbeats map[uint64]fairness.Heartbeat
	prints     []Print
	locked     map[uint64]bool // by auction
	schedules  map[uint64]registry.Schedule
	signers    map[settlement.WorkerID]quorum.Key
	signed     map[uint64][]settlement.WorkerID // by height of the heartbeat
	challenges map[challenge.ID]*Challenge
}

// overdueBeats is how many heartbeats may be missing. The chain takes one up to
// two late.
const overdueBeats = 4

// after is what held after a block.
type after struct {
	book       ledger.Book
	rest       uint64
	every      uint64 // k_h
	references []market.Reference
	markets    []market.Record
}

// Print is what a heartbeat said of a pool's fills.
type Print struct {
	Block uint64 // that took the heartbeat: when the public knew it
	registry.Print
}

type leaf struct {
	commitment field.Element
	height     uint64
}

var _ fairness.Chain = (*Chronicle)(nil)

// New returns the chronicle of a chain of which no block was taken yet.
func New(genesis *ledger.Genesis) *Chronicle {
	return &Chronicle{
		genesis: genesis, lives: map[field.Element]*fairness.Life{}, heartbeats: map[uint64]fairness.Heartbeat{},
		locked: map[uint64]bool{}, schedules: map[uint64]registry.Schedule{}, signers: map[settlement.WorkerID]quorum.Key{},
		signed: map[uint64][]settlement.WorkerID{}, challenges: map[challenge.ID]*Challenge{},
	}
}

func (c *Chronicle) life(nf field.Element) *fairness.Life {
	l := c.lives[nf]
	if l == nil {
		l = &fairness.Life{}
		c.lives[nf] = l
	}
	return l
}

// Take notes the next block: its transactions, its events, and the state after
// it. An error means that the events are not those of the transactions.
func (c *Chronicle) Take(txs [][]byte, events []ledger.Event, state *ledger.State) error {
	h := uint64(len(c.blocks)) + 1
	if got := state.Head().Height; got != h {
		return fmt.Errorf("chronicle: block %d after %d", got, h-1)
	}
	for _, e := range events {
		if err := c.event(h, txs, e); err != nil {
			return err
		}
		if beat, ok := e.(ledger.HeartbeatSeen); ok {
			c.signed[beat.Height] = state.HeartbeatSigners(beat.Height)
		}
	}
	c.blocks = append(c.blocks, after{
		book: state.Book(), rest: state.Params().RestBlocks, every: state.Params().HeartbeatBlocks, references: state.References(), markets: state.Markets(),
	})
	return nil
}

func (c *Chronicle) event(h uint64, txs [][]byte, e ledger.Event) error {
	switch e := e.(type) {
	case ledger.ActionAdmitted:
		for _, nf := range e.Nullifiers {
			c.life(nf).Reserve(h)
		}
	case ledger.ActionExecuted:
		for _, nf := range e.Nullifiers {
			c.life(nf).Spent = h
		}
		return c.grow(h, e.Leaves)
	case ledger.ActionDropped:
		for _, nf := range e.Nullifiers {
			c.life(nf).Release(h)
		}
	case ledger.LockAccepted:
		c.locked[e.Auction] = true
		for _, nf := range e.Nullifiers {
			c.life(nf).Lock(h, e.Auction)
		}
	case ledger.LockExpired:
		for _, nf := range e.Nullifiers {
			c.life(nf).Bust(h, e.Auction, e.ExitUntil)
		}
	case ledger.GroupSettled:
		s, err := settlement.DecodeSettle(txs[e.Index])
		if err != nil {
			return fmt.Errorf("chronicle: an accepted settlement: %w", err)
		}
		for _, leg := range s.Group.Legs {
			c.life(leg.Nullifier).Fill(h, e.Auction, leg.Report)
		}
		return c.grow(h, e.Leaves)
	case ledger.DepositCredited:
		return c.grow(h, e.Leaves)
	case ledger.ClaimReturned:
		return c.grow(h, e.Leaves)
	case ledger.FeesPaid:
		return c.grow(h, e.Leaves)
	case ledger.WorkerRegistered:
		c.signers[e.Worker.ID] = e.Worker.SigningKey
	case ledger.EpochStarted:
		if e.Revealed != (registry.Schedule{}) {
			c.schedules[e.Epoch.Number-1] = e.Revealed
		}
	case ledger.ChallengeAccepted, ledger.ChallengeAnswered, ledger.WorkerSuspended:
		return c.challenged(h, txs, e)
	case ledger.HeartbeatSeen:
		// Its signers went on from the last one that the chain had by then.
		book := c.blocks[e.Height-1].book
		c.heartbeats[e.Height] = fairness.Heartbeat{
			Height: e.Height, First: max(book.Heartbeat+1, book.Since), Intake: e.Intake, Transcript: e.Transcript,
		}
		for _, p := range e.Prints {
			c.prints = append(c.prints, Print{h, p})
		}
	}
	return nil
}

func (c *Chronicle) grow(h uint64, l ledger.Leaves) error {
	if l.Position != uint64(len(c.leaves)) {
		return fmt.Errorf("chronicle: block %d: leaves at %d after %d", h, l.Position, len(c.leaves))
	}
	for _, cm := range l.Commitments {
		c.leaves = append(c.leaves, leaf{cm, h})
	}
	return nil
}

// ID implements fairness.Chain.
func (c *Chronicle) ID() string { return c.genesis.ChainID }

// Interval returns the auction interval in blocks.
func (c *Chronicle) Interval() uint64 { return c.genesis.Constants.AuctionInterval }

// Height returns the newest block's.
func (c *Chronicle) Height() uint64 { return uint64(len(c.blocks)) }

// Heartbeat implements fairness.Chain.
func (c *Chronicle) Heartbeat(height uint64) (fairness.Heartbeat, bool) {
	h, ok := c.heartbeats[height]
	return h, ok
}

// Signer implements fairness.Chain.
func (c *Chronicle) Signer(id settlement.WorkerID) (quorum.Key, bool) {
	key, ok := c.signers[id]
	return key, ok
}

// Facts implements fairness.Chain.
func (c *Chronicle) Facts(claim fairness.Claim, h fairness.Heartbeat, call, height uint64) (*fairness.Facts, bool) {
	at := claim.Position
	if at >= uint64(len(c.leaves)) || c.leaves[at].commitment != claim.Order.Commitment() ||
		height == 0 || height > uint64(len(c.blocks)) {
		return nil, false
	}
	n := c.genesis.Constants.AuctionInterval
	f := &fairness.Facts{
		Rest: c.blocks[height-1].rest, Interval: n, Locked: c.locked[height], BookSince: c.blocks[height-1].book.Since,
	}
	if l := c.lives[claim.Secret().Nullifier]; l != nil {
		f.Life = *l
	}
	f.Life.Since = c.leaves[at].height
	f.InLock = f.Life.InLock(height)
	for _, m := range c.blocks[height-1].markets {
		if m.ID == claim.Order.Terms.Market {
			f.Market = m
		}
	}
	for _, r := range c.blocks[height-1].references {
		if r.Market == claim.Order.Terms.Market {
			f.Reference, f.Unstable = r.Quote, f.Market.Unstable(r.Swing)
		}
	}
	first := transcript.CallInterval(call) * n
	f.Whole = c.whole(h, first, first+n-1)
	if k, ok := c.schedules[c.blocks[height-1].book.Epoch]; ok {
		f.Schedule = func(a uint64) bool { return fairness.Scheduled(k, a, n) }
	}
	return f, true
}

// whole: a range of heights is one heartbeat's and one epoch's.
func (c *Chronicle) whole(h fairness.Heartbeat, first, last uint64) bool {
	if first < h.First || last > h.Height || last < first || first == 0 {
		return false
	}
	for a := first; a <= last; a++ {
		if c.blocks[a-1].book.Epoch != c.blocks[last-1].book.Epoch {
			return false
		}
	}
	return true
}

// Calls returns the calls that a heartbeat can have, ascending: one for each
// interval that it touches, and one more for each epoch that began inside one
// (spec/20-fairness.md, "Trees"). What is asked is so the same for everybody.
func (c *Chronicle) Calls(h fairness.Heartbeat) (list []uint64) {
	n := c.Interval()
	for interval := h.First / n; interval <= h.Height/n; interval++ {
		list = append(list, transcript.Call(interval, 0))
		begun := uint64(0)
		for a := max(interval*n, h.First) + 1; a <= min(interval*n+n-1, h.Height); a++ {
			if c.blocks[a-1].book.Epoch != c.blocks[a-2].book.Epoch {
				begun++
				list = append(list, transcript.Call(interval, begun))
			}
		}
	}
	return list
}

// Prints returns all prints so far, in the chain's sequence.
func (c *Chronicle) Prints() []Print { return slices.Clone(c.prints) }

// Overdue reports whether the enclaves owe the chain a heartbeat for so long that
// they, or some of them, withhold it or are gone (spec/20-fairness.md, "Cadence");
// last is the last one, or the block before the book's first.
func (c *Chronicle) Overdue() (last uint64, overdue bool) {
	if len(c.blocks) == 0 {
		return 0, false
	}
	b := c.blocks[len(c.blocks)-1]
	last = max(b.book.Heartbeat+1, b.book.Since) - 1
	return last, b.book.Epoch != 0 && c.Height() > last+overdueBeats*b.every
}

// Newest returns the last n heartbeats, ascending by height.
func (c *Chronicle) Newest(n int) (list []fairness.Heartbeat) {
	heights := slices.Sorted(maps.Keys(c.heartbeats))
	for _, h := range heights[max(0, len(heights)-n):] {
		list = append(list, c.heartbeats[h])
	}
	return list
}

package machine

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Faults. They mean that the chain that was fed is not one a ledger made.
var (
	ErrSequence = errors.New("machine: block out of sequence")
	ErrReport   = errors.New("machine: a settled report does not open its order")
)

// Machine is the state after one block. Make one with New or Decode.
type Machine struct {
	height   uint32
	chain    Chain
	book     *book.Book
	pending  map[ActionID]announced   // not yet executed
	sessions map[field.Element]uint32 // by oid: the block by whose end a heartbeat is due
	tape     map[book.Pool]buckets    // of the pools with fills that are not printed
}

// announced is a new order whose leaf is not in the tree yet.
type announced struct {
	order    order.Order
	handling order.Handling
}

// New returns a machine with an empty book that takes block height + 1 next.
func New(height uint32) *Machine {
	return &Machine{
		height:   height,
		book:     book.New(),
		pending:  map[ActionID]announced{},
		sessions: map[field.Element]uint32{},
		tape:     map[book.Pool]buckets{},
	}
}

// Height returns the last block taken.
func (m *Machine) Height() uint32 { return m.height }

// Book returns copies of the orders in the book, ascending by nullifier.
func (m *Machine) Book() []book.Entry { return m.book.Entries() }

// Intake returns the tree of the orders in the book, with what the enclaves
// were asked to do with them: an order in it may leave only as spec/20 says.
func (m *Machine) Intake() transcript.Intake {
	entries := m.book.Entries()
	held := make([]transcript.Held, len(entries))
	for i := range entries {
		e := &entries[i]
		held[i] = transcript.Held{
			Secret: transcript.Secret{Nullifier: e.Nullifier, S: e.Order.S},
			Taken:  transcript.Taken{Commitment: e.Commitment, Handling: e.Handling, Arrival: e.Arrival},
		}
	}
	return transcript.NewIntake(uint64(m.height), held)
}

// Step takes the next block. It returns the leaves that orders came to rest in
// and those whose orders left; after Decode, the first Step's also holds every
// leaf of the decoded book.
func (m *Machine) Step(b Block) (book.Changes, error) {
	if b.Height != m.height+1 || b.Height == 0 {
		return book.Changes{}, fmt.Errorf("%w: %d after %d", ErrSequence, b.Height, m.height)
	}
	m.turn()
	m.book.Expire(m.height) // it had its last auction
	m.book.Elapse(b.Time)
	m.height, m.chain = b.Height, b.Chain
	for _, x := range b.Busted {
		m.book.Bust(x.Auction, x.FreeUntil)
	}
	for _, x := range b.Locked {
		for _, nf := range x.Nullifiers {
			m.book.Lock(nf, x.Auction)
		}
	}
	for _, x := range b.Executed {
		m.execute(x)
	}
	for _, x := range b.Dropped {
		m.book.Release(x.Nullifier)
		delete(m.pending, x.ID)
	}
	for _, x := range b.Settled {
		if err := m.settle(x); err != nil {
			return book.Changes{}, err
		}
	}
	for _, x := range sequence(b.Admitted) {
		m.admit(x)
	}
	m.disconnect()
	if n := m.chain.Params.Interval; n > 0 && m.height%n == 0 {
		m.book.Begin(m.height, m.chain.Params.MinRest)
	}
	return m.book.Drain(), nil
}

// execute: the action's input is spent, and the order it announced has a leaf.
func (m *Machine) execute(x Executed) {
	old, replaces := m.book.Find(x.Nullifier)
	m.book.Remove(x.Nullifier)
	a, ok := m.pending[x.ID]
	delete(m.pending, x.ID)
	switch {
	case !ok || m.height > a.order.Terms.Expiry || !m.admissible(a.order):
	case replaces:
		m.book.Replace(old, a.order, a.handling, x.Position, m.height)
	default:
		m.book.Add(a.order, a.handling, x.Position, m.height)
	}
}

// admissible reports whether an order can ever be filled and is large enough
// to rest. Market records don't change, so one look is enough. Remainders are
// not asked: they may be smaller than the market's minimum.
func (m *Machine) admissible(o order.Order) bool {
	t := o.Terms
	market, ok := m.chain.market(t.Market)
	if !ok || t.Validate() != nil {
		return false
	}
	r := market.Record
	funding, err := t.Funding()
	return err == nil && o.Asset == t.FundingAsset() && o.Value == funding &&
		t.Base == r.Base && t.Quote == r.Quote && t.LotSize == r.LotSize &&
		t.MaxFee >= r.FeeBp && t.Qty >= r.MinQty
}

// settle reads the fill back from its report, as the owner does, and lets the
// remainder rest. Legs of padding and of orders not in the book pass by.
func (m *Machine) settle(x Settled) error {
	e, ok := m.book.Find(x.Nullifier)
	if !ok {
		return nil
	}
	lots, price, feeBp, ok := order.OpenReport(e.Order.S, e.Nullifier, x.Report, x.Auction)
	if !ok {
		return ErrReport
	}
	fill, err := e.Order.Reopen(e.Position, lots, price, feeBp, x.Auction)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReport, err)
	}
	if fill.Remainder.Commitment() != x.Remainder {
		return ErrReport
	}
	m.record(&e, lots, price)
	m.book.Settle(x.Nullifier, fill.Remainder, x.Position, m.height)
	return nil
}

// sequence puts a block's admissions in an order of effect that the block's
// proposer has no hand in: announcements, then cancels, which so take orders of
// the same block too, then heartbeats, of one owner the shortest last: whatever
// is ambiguous ends with fewer orders resting.
func sequence(admitted []Admitted) []Admitted {
	list := slices.Clone(admitted)
	slices.SortStableFunc(list, func(x, y Admitted) int {
		a, b := x.Command, y.Command
		// Blocks − 1 wraps for 0: disarming comes before any arming.
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Blocks-1, a.Blocks-1))
	})
	return list
}

// admit: the input is reserved and the instruction obeyed, except that a new
// order waits for its leaf. An opening that is not that of slot 0 is dropped.
func (m *Machine) admit(x Admitted) {
	m.book.Reserve(x.Nullifier)
	c := x.Command
	switch c.Kind {
	case seal.NewOrder:
		if c.Order.Commitment() == x.Commitment {
			m.pending[x.ID] = announced{c.Order, c.Handling}
		}
	case seal.Cancel:
		m.book.Cancel(c.OCM, c.S)
		m.withdraw(func(o order.Order) bool { return o.S == c.S && o.Commitment() == c.OCM })
	case seal.CancelAll:
		m.cancelAll(c.OID)
	case seal.Heartbeat:
		if c.Blocks == 0 {
			delete(m.sessions, c.OID)
			break
		}
		due, ok := amount.Add(uint64(m.height), uint64(c.Blocks))
		if !ok || due > math.MaxUint32 {
			due = math.MaxUint32
		}
		m.sessions[c.OID] = uint32(due)
	}
}

func (m *Machine) cancelAll(owner field.Element) {
	m.book.CancelAll(owner)
	m.withdraw(func(o order.Order) bool { return o.OID == owner })
}

// withdraw forgets announced orders before they come to rest.
func (m *Machine) withdraw(which func(order.Order) bool) {
	for id, a := range m.pending {
		if which(a.order) {
			delete(m.pending, id)
		}
	}
}

// disconnect takes out the orders of every owner whose heartbeat is due and
// did not come, and ends the session.
func (m *Machine) disconnect() {
	for owner, due := range m.sessions {
		if due <= m.height {
			m.cancelAll(owner)
			delete(m.sessions, owner)
		}
	}
}

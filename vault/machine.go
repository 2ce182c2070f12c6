package vault

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Machine is one signer's view of one external chain. Its methods return the
// records to make durable, then the effects to carry out, in this order. The
// records are already applied: a shell that can't write them stops.
type Machine struct {
	config Config
	codec  Codec
	books  *books

	slot, open, join, patience uint64 // Slot, OpenPeriod, JoinPeriod, joinWait

	// What follows is not in the journal: where the reading stands, and what has
	// been asked for since the start.
	seen     Cursor // last block
	latest   bool   // and it is the chain's last final one
	hub      *Hub   // last one; nil: none yet
	short    bool   // the books and the chain differ
	asked    *Order // for which no answer has come
	waiting  map[JobID]wait
	anchors  []Job
	pool     map[subject]map[quorum.Key]Signed
	early    map[quorum.Key]int  // statements in the pool that are not the machine's own
	sent     map[subject]uint64  // height at which a transaction was last handed over
	repeated uint64              // block at which the flight was last handed over
	raised   map[Alarm]struct{}  // alarms are raised once
	owed     []custody.DepositID // arrived, and neither credited nor refunded
}

// wait is until which block a job is left alone, and why.
type wait struct {
	until uint64
	why   Deferral
}

// New returns a machine with nothing in its journal.
func New(config Config, codec Codec) (*Machine, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Machine{
		config: config, codec: codec, books: newBooks(config.Start.Block), seen: config.Start.Block,
		slot: Slot, open: OpenPeriod, join: JoinPeriod, patience: joinWait,
		waiting: map[JobID]wait{}, pool: map[subject]map[quorum.Key]Signed{}, early: map[quorum.Key]int{},
		sent: map[subject]uint64{}, raised: map[Alarm]struct{}{},
	}, nil
}

// Replay applies one record of the journal. All are replayed before any other
// method is called. JOURNAL_ORDER: the journal is not this machine's.
func (m *Machine) Replay(r Record) error {
	if err := m.apply(r); err != nil {
		return err
	}
	m.seen = m.books.scanned
	return nil
}

// Pending returns the effects that the journal leaves to be done again: to sign
// what was decided, and to submit the attempt in flight. Everything else is
// asked for again at the next Hub and the next Block.
func (m *Machine) Pending() []Effect {
	o := new(out)
	m.signAll(o)
	if m.books.flight != nil {
		o.do(Submit{*m.books.flight})
	}
	return o.effects
}

// Cursor is the last block that the machine was given; after a replay the last
// one that it has recorded as a whole. The next Block is its child.
func (m *Machine) Cursor() Cursor { return m.seen }

// out collects what a method returns.
type out struct {
	records []Record
	effects []Effect
}

func (o *out) do(e Effect) { o.effects = append(o.effects, e) }

// put applies a record of the machine's own making.
func (m *Machine) put(o *out, r Record) {
	if err := m.apply(r); err != nil {
		panic("vault: a record that does not apply: " + err.Error())
	}
	o.records = append(o.records, r)
}

// alarm raises an alarm, once.
func (m *Machine) alarm(o *out, a Alarm) {
	if _, ok := m.raised[a]; !ok {
		m.raised[a] = struct{}{}
		o.do(a)
	}
}

// OnHub takes in what Nightjar says. It refuses (HUB_SEQUENCE) a height that
// goes back, and a Hub without what its claims need.
func (m *Machine) OnHub(hub Hub) ([]Record, []Effect, error) {
	if err := m.checkHub(hub); err != nil {
		return nil, nil, err
	}
	accounts := make([]Account, len(hub.Rotations))
	for i, r := range hub.Rotations {
		var err error
		if accounts[i], err = m.codec.Custody(r.Signers); err != nil {
			return nil, nil, err
		}
	}
	o := new(out)
	m.hub = &hub
	for i, r := range hub.Rotations {
		if last, ok := m.books.newest(); !ok || r.Height > last.Height {
			m.put(o, Rotated{r, accounts[i]})
			m.rotated(o)
		}
	}
	m.noticeAll(o)
	for _, id := range hub.Credited {
		if d := m.books.deposits[id]; d != nil && !d.credited {
			m.put(o, Credited{id})
			if d.refund != nil || d.returned {
				m.alarm(o, Alarm{Reason: CreditedRefund, Ref: id})
			}
		}
		m.forget(subject{false, id})
	}
	for _, e := range hub.Closed {
		if c := m.books.claims[e.ID]; c != nil && c.closed == 0 {
			m.put(o, Closed{e.ID, e.Result})
			m.forget(subject{true, e.ID})
		}
	}
	m.decide(o)
	m.suspect(o)
	m.resend(o)
	m.work(o)
	return o.records, o.effects, nil
}

func (m *Machine) checkHub(hub Hub) error {
	if m.hub != nil && hub.Height < m.hub.Height {
		return rejection.New(rejection.HubSequence, "height %d after %d", hub.Height, m.hub.Height)
	}
	if _, ok := m.books.newest(); !ok && len(hub.Rotations) == 0 {
		return rejection.New(rejection.HubSequence, "no signers")
	}
	for i, r := range hub.Rotations {
		if r.Height > hub.Height || i > 0 && r.Height <= hub.Rotations[i-1].Height {
			return rejection.New(rejection.HubSequence, "rotations are not in order")
		}
	}
	for _, a := range hub.Assets {
		if a.ExternalDecimals < a.Decimals || a.ExternalDecimals-a.Decimals > amount.MaxExponent || !listable(a.External) {
			return rejection.New(rejection.HubSequence, "asset %d is no asset of this chain", a.ID)
		}
	}
	for _, c := range hub.Opened {
		if c.Opened > hub.Height {
			return rejection.New(rejection.HubSequence, "a claim of height %d at %d", c.Opened, hub.Height)
		}
		if _, ok := hub.asset(c.Asset); !ok {
			return rejection.New(rejection.HubSequence, "a claim of asset %d, which is not listed", c.Asset)
		}
	}
	return nil
}

func (h *Hub) asset(id uint32) (Asset, bool) {
	for _, a := range h.Assets {
		if a.ID == id {
			return a, true
		}
	}
	return Asset{}, false
}

// OnBlock takes in the next final block. It refuses BLOCK_SEQUENCE for a block
// that is not the next one, and FINALITY_BROKEN for one that contradicts what
// was final before.
func (m *Machine) OnBlock(b Block) ([]Record, []Effect, error) {
	switch {
	case b.Number == m.seen.Number && b.Hash != m.seen.Hash, b.Number == m.seen.Number+1 && b.Parent != m.seen.Hash:
		return nil, nil, rejection.New(rejection.FinalityBroken, "block %d", b.Number)
	case b.Number != m.seen.Number+1:
		return nil, nil, rejection.New(rejection.BlockSequence, "block %d after %d", b.Number, m.seen.Number)
	}
	if err := checkOrder(b); err != nil {
		return nil, nil, err
	}
	o, at := new(out), Cursor{b.Number, b.Hash}
	for _, t := range b.Transfers {
		m.move(o, at, t, b.Steps)
	}
	for _, s := range b.Steps {
		m.step(o, at, s)
	}
	m.resolve(o, b)
	m.decide(o)
	if b.Latest && m.hub != nil {
		m.recode(o)
	}
	if len(o.records) > 0 || b.Number >= m.books.scanned.Number+scanEvery {
		m.put(o, Scanned{at})
	}
	m.seen, m.latest = at, b.Latest
	m.work(o)
	return o.records, o.effects, nil
}

// scanEvery bounds the blocks that are read again after a crash.
const scanEvery = 64

// OnPast takes in transfers of an older final block, which came to accounts
// that were not watched at the time. Known ones are ignored, as are steps.
func (m *Machine) OnPast(b Block) ([]Record, []Effect, error) {
	if b.Number > m.seen.Number {
		return nil, nil, rejection.New(rejection.BlockSequence, "block %d is not past", b.Number)
	}
	if err := checkOrder(b); err != nil {
		return nil, nil, err
	}
	o, at := new(out), Cursor{b.Number, b.Hash}
	for _, t := range b.Transfers {
		if !listable(t.External) {
			continue
		}
		ref := custody.Reference{Chain: m.config.Chain, Hash: b.Hash, Index: t.Index}
		_, watched := m.books.places[t.To]
		if watched && m.flow(t, b.Steps) == Plainly && m.books.deposits[ref.ID(m.config.ChainID)] == nil {
			m.put(o, Moved{at, t, Plainly})
		}
	}
	m.decide(o)
	m.work(o)
	return o.records, o.effects, nil
}

// checkOrder demands events in ascending order.
func checkOrder(b Block) error {
	for i, t := range b.Transfers {
		if i > 0 && t.Index <= b.Transfers[i-1].Index {
			return rejection.New(rejection.NonCanonical, "transfers of block %d", b.Number)
		}
	}
	for i, s := range b.Steps {
		if i > 0 && s.Index <= b.Steps[i-1].Index || s.Stage < Opened || s.Stage > Cancelled {
			return rejection.New(rejection.NonCanonical, "steps of block %d", b.Number)
		}
	}
	return nil
}

// move records a transfer of a watched account.
func (m *Machine) move(o *out, at Cursor, t Transfer, steps []Step) {
	_, from := m.books.places[t.From]
	_, to := m.books.places[t.To]
	if (from || to) && listable(t.External) && !m.books.events[event{at.Number, t.Index}] {
		m.put(o, Moved{at, t, m.flow(t, steps)})
	}
}

// listable reports whether an asset of this name could ever be listed. What is
// not belongs to nobody here: a stranger chooses how long its own asset's name
// is, and must not be able to stop the reading.
func listable(external []byte) bool { return len(external) > 0 && len(external) <= maxExternal }

// flow says what a transfer is. Money that comes to a custody account from an
// address of the custody, or beside an executed call of it, is no deposit.
func (m *Machine) flow(t Transfer, steps []Step) Flow {
	from, ours := m.books.places[t.From]
	to, watched := m.books.places[t.To]
	if !watched || to.owner != nil {
		return Plainly
	}
	executed, payment := m.beside(t, steps)
	switch {
	case payment:
		return Inside
	case executed || ours && from.owner != nil:
		return Takeover
	case ours:
		return Inside
	default:
		return Plainly
	}
}

// beside reports whether the transfer's extrinsic executed a custody account's
// call, and whether that call pays somebody.
func (m *Machine) beside(t Transfer, steps []Step) (executed, payment bool) {
	for _, s := range steps {
		if _, ok := m.books.generation(s.Custody); ok && s.Extrinsic == t.Extrinsic && s.Stage == Executed {
			_, pays := m.books.payments[call{s.Custody, s.Call}]
			executed, payment = true, payment || pays
		}
	}
	return executed, payment
}

// step records a step of a custody account's call.
func (m *Machine) step(o *out, at Cursor, s Step) {
	if _, ok := m.books.generation(s.Custody); !ok || m.books.events[event{at.Number, s.Index}] {
		return
	}
	m.put(o, Stepped{at, s})
	key := call{s.Custody, s.Call}
	if s.Stage == Executed || s.Stage == Failed {
		m.ended(o, key, s)
	}
}

// resolve ends the attempt in flight: included in this block, or its last block
// is final without it.
func (m *Machine) resolve(o *out, b Block) {
	flight := m.books.flight
	if flight == nil {
		return
	}
	for _, i := range b.Included {
		if i.Hash != flight.Hash {
			continue
		}
		outcome := IncludedFailed
		if i.OK {
			outcome = IncludedOK
		}
		m.land(o, *flight, outcome, b.Number)
		return
	}
	if b.Number >= flight.Until {
		m.land(o, *flight, Expired, b.Number)
	}
}

func (m *Machine) land(o *out, a Attempt, outcome Outcome, number uint64) {
	m.put(o, Resolved{a.Hash, outcome})
	if outcome != IncludedOK {
		// Each further attempt of a job waits a little longer.
		m.waiting[a.JobID] = wait{until: number + 2*uint64(min(a.Number, 16))}
	}
	if a.Kind == Anchor && outcome == IncludedOK {
		m.dropAnchor(a.Ref)
	}
}

// Watch begins to watch the deposit address of an owner under every generation,
// and returns the newest one. Where too many are watched, the one announced
// first to which no money came is dropped; TOO_MANY_WATCHED if there is none.
func (m *Machine) Watch(owner field.Element) (Account, []Record, error) {
	newest, ok := m.books.newest()
	if !ok {
		return Account{}, nil, rejection.New(rejection.HubSequence, "no signers yet")
	}
	if owner.IsZero() {
		return Account{}, nil, rejection.New(rejection.ZeroCommitment, "an owner to watch")
	}
	o := new(out)
	if _, watched := m.books.watching[owner]; !watched {
		if len(m.books.owners) >= m.config.Watched {
			idle, found := m.idle()
			if !found {
				return Account{}, nil, rejection.New(rejection.TooManyWatched, "%d owners", len(m.books.owners))
			}
			m.put(o, Unwatched{idle})
		}
		m.put(o, Watched{owner})
	}
	return m.codec.Deposit(newest.Custody, owner), o.records, nil
}

// idle returns the first owner to whose address no money came.
func (m *Machine) idle() (field.Element, bool) {
	for _, owner := range m.books.owners {
		if !m.books.watching[owner] {
			return owner, true
		}
	}
	return field.Element{}, false
}

package vault

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Place is an account that the adapter has to look at.
type Place struct {
	Account Account
	Custody bool // a custody account: its steps matter too
}

// Watched returns every account whose transfers matter: all custody accounts,
// the newest last, then the deposit addresses.
func (m *Machine) Watched() (list []Place) {
	for _, g := range m.books.generations {
		list = append(list, Place{g.Custody, true})
	}
	for _, owner := range m.books.owners {
		for _, g := range m.books.generations {
			list = append(list, Place{m.codec.Deposit(g.Custody, owner), false})
		}
	}
	return list
}

// Custody returns the generation in force; ok is false before the first Hub.
func (m *Machine) Custody() (r Rotated, ok bool) { return m.books.newest() }

// Generations returns all generations, the newest last.
func (m *Machine) Generations() []Rotated { return slices.Clone(m.books.generations) }

// othersAtOnce bounds how many deposits that only others know are asked for at a
// height; they take turns.
const othersAtOnce = 64

// Uncredited returns the deposits whose credit a Hub has to report: those that
// arrived here, and some of those that only others signed for.
func (m *Machine) Uncredited() []custody.DepositID {
	var list, others []custody.DepositID
	for _, id := range m.books.arrived {
		if d := m.books.deposits[id]; !d.credited {
			list = append(list, id)
		}
	}
	for about := range m.pool {
		if !about.closing && m.books.deposits[about.id] == nil {
			others = append(others, about.id)
		}
	}
	slices.SortFunc(others, func(a, b custody.DepositID) int { return bytes.Compare(a[:], b[:]) })
	if n := len(others); n > othersAtOnce {
		first := int(m.height() * othersAtOnce % uint64(n))
		others = append(others, others...)[first : first+othersAtOnce]
	}
	return append(list, others...)
}

// OpenClaims returns the claims whose end a Hub has to report.
func (m *Machine) OpenClaims() []custody.ClaimID { return slices.Clone(m.books.queue) }

// DepositView is a deposit for people.
type DepositView struct {
	ID         custody.DepositID
	Reference  custody.Reference
	Number     uint64 // of the block
	External   []byte
	Units      amount.Wide // that came
	Asset      uint32      // meaningful if Known
	Known      bool        // the asset is listed
	Amount     uint64      // hub units
	Dust       amount.Wide
	Owner      *field.Element
	From, To   Account
	State      DepositState
	Reason     HeldReason // of a held one
	Signatures int
	Needed     int
	Refund     Account // of a refund
	Waits      Deferral
}

// Deposit returns one deposit.
func (m *Machine) Deposit(id custody.DepositID) (DepositView, bool) {
	d := m.books.deposits[id]
	if d == nil {
		return DepositView{}, false
	}
	state, j := m.depositState(d)
	newest, _ := m.books.newest()
	v := DepositView{
		ID: id, Reference: custody.Reference{Chain: m.config.Chain, Hash: d.at.Hash, Index: d.transfer.Index}, Number: d.at.Number,
		External: d.transfer.External, Units: d.transfer.Amount, Asset: j.asset.ID, Known: j.asset.Symbol != "",
		Amount: j.amount, Dust: j.dust, Owner: d.owner, From: d.transfer.From, To: d.transfer.To,
		State: state, Signatures: len(m.signatures(subject{false, id})), Needed: int(newest.Signers.Threshold),
	}
	if state == DepositHeld {
		v.Reason = j.reason
	}
	if d.attested != nil {
		v.Asset, v.Amount, v.Known = d.attested.Asset, d.attested.Amount, true
	}
	if d.refund != nil {
		v.Refund = d.refund.To
		v.Waits = m.waits(JobID{Refund, id})
	}
	return v, true
}

// Deposits returns those that select takes, in the order of arrival.
func (m *Machine) Deposits(take func(DepositView) bool) (list []DepositView) {
	for _, id := range m.books.arrived {
		if v, _ := m.Deposit(id); take(v) {
			list = append(list, v)
		}
	}
	return list
}

// ClaimState is where a claim stands.
type ClaimState uint8

// The states.
const (
	ClaimWaiting   ClaimState = 1 // for its height: the rate limit
	ClaimPayable   ClaimState = 2
	ClaimApproving ClaimState = 3 // approved by somebody, or an attempt is in flight
	ClaimPaid      ClaimState = 4 // executed and final; its closing is signed
	ClaimReturned  ClaimState = 5 // unpayable; its return is signed
	ClaimClosed    ClaimState = 6 // on Nightjar
	ClaimObserved  ClaimState = 7 // older than this machine: others pay it
)

// ClaimView is a claim for people.
type ClaimView struct {
	Claim      Claim
	Units      amount.Wide
	Custody    Account // that pays
	State      ClaimState
	Verdict    Verdict
	PayableAt  uint64
	Result     custody.Result // once decided or closed
	Payment    custody.Reference
	Approvals  int // on the external chain
	Signatures int
	Needed     int
	Attempts   uint32
	Waits      Deferral // why the own attempt was put off; 0: it was not
}

// Claim returns one claim.
func (m *Machine) Claim(id custody.ClaimID) (ClaimView, bool) {
	c := m.books.claims[id]
	if c == nil {
		return ClaimView{}, false
	}
	newest, _ := m.books.newest()
	job := JobID{Payout, id}
	v := ClaimView{
		Claim: c.Claim, Units: c.Amount, Custody: c.Generation, Verdict: c.Verdict, PayableAt: c.PayableAt, Result: c.closed,
		Signatures: len(m.signatures(subject{true, id})), Needed: int(newest.Signers.Threshold),
		Attempts: m.books.attempts[job], Waits: m.waits(job),
	}
	for _, key := range c.calls {
		if o := m.books.calls[key]; o != nil {
			v.Approvals = max(v.Approvals, len(o.approvals))
		}
	}
	if c.decided != nil {
		v.Result, v.Payment = c.decided.Result, c.decided.Payment
	}
	flying := m.books.flight != nil && m.books.flight.JobID == job
	switch {
	case c.closed != 0:
		v.State, v.Result = ClaimClosed, c.closed
	case c.decided != nil && c.decided.Result == custody.Paid:
		v.State = ClaimPaid
	case c.decided != nil:
		v.State = ClaimReturned
	case c.Claim.Opened < m.config.Start.Hub:
		v.State = ClaimObserved
	case flying || v.Approvals > 0:
		v.State = ClaimApproving
	case m.height() >= c.PayableAt:
		v.State = ClaimPayable
	default:
		v.State = ClaimWaiting
	}
	return v, true
}

// Claims returns the open claims, in their order.
func (m *Machine) Claims() (list []ClaimView) {
	for _, id := range m.books.queue {
		v, _ := m.Claim(id)
		list = append(list, v)
	}
	return list
}

func (m *Machine) waits(id JobID) Deferral {
	if w, ok := m.waiting[id]; ok && w.until > m.seen.Number {
		return w.why
	}
	return 0
}

// InFlight returns the attempt that is not resolved yet.
func (m *Machine) InFlight() (Attempt, bool) {
	if m.books.flight == nil {
		return Attempt{}, false
	}
	return *m.books.flight, true
}

// Holding is what an account should hold of an asset: what came less what went.
type Holding struct {
	Account  Account
	External []byte
	Amount   amount.Wide
	Custody  bool // false: a deposit address, to which more may have come unseen
}

// Expected returns the books as of Cursor, ascending by account and asset. After
// a crash within a block they are ahead of it, until that block is read again.
func (m *Machine) Expected() (list []Holding) {
	for p := range m.books.sums {
		place, ok := m.books.places[p.account]
		if ok {
			list = append(list, Holding{p.account, []byte(p.external), m.held(p), place.owner == nil})
		}
	}
	slices.SortFunc(list, func(a, b Holding) int {
		if c := bytes.Compare(a.Account[:], b.Account[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.External, b.External)
	})
	return list
}

func (m *Machine) held(p purse) amount.Wide {
	if s := m.books.sums[p]; s != nil {
		return s.held
	}
	return amount.Wide{}
}

// Reconcile compares the books with what was proven on the chain at the block
// of Cursor; it refuses (BLOCK_SEQUENCE) any other. Nothing is paid while an
// account holds less than the books say; that it holds more is no fault: dust,
// interest, what the chain gives in ways that are no transfer.
func (m *Machine) Reconcile(at Cursor, proven []Holding) ([]Effect, error) {
	if at != m.seen {
		return nil, rejection.New(rejection.BlockSequence, "balances of block %d at %d", at.Number, m.seen.Number)
	}
	for e := range m.books.events {
		if e.number > m.seen.Number {
			// The process died within this block; it is read again first.
			return nil, rejection.New(rejection.BlockSequence, "block %d is recorded in part", e.number)
		}
	}
	have := map[purse]amount.Wide{}
	for _, h := range proven {
		have[purse{h.Account, string(h.External)}] = h.Amount
	}
	o := new(out)
	m.short = false
	for _, want := range m.Expected() {
		p := purse{want.Account, string(want.External)}
		if have[p].Cmp(want.Amount) < 0 || !m.books.sums[p].debt.IsZero() {
			m.short = true
			o.do(Alarm{Reason: Short, Ref: want.Account})
		}
	}
	return o.effects, nil
}

// Short reports whether payments are stopped by the last Reconcile.
func (m *Machine) Short() bool { return m.short }

// Begin opens the books with what was proven at the block of Start: once, after
// the first Hub and before the first Block.
func (m *Machine) Begin(proven []Holding) ([]Record, error) {
	if m.seen != m.config.Start.Block || len(m.books.sums) > 0 {
		return nil, rejection.New(rejection.BlockSequence, "the books are open")
	}
	o := new(out)
	for _, h := range proven {
		if _, ours := m.books.places[h.Account]; ours && !h.Amount.IsZero() {
			m.put(o, Begun{h.Account, h.External, h.Amount})
		}
	}
	return o.records, nil
}

func (m *Machine) sweepMin(d *deposit) amount.Wide {
	_, j := m.depositState(d)
	if d.attested != nil {
		return m.config.limit(d.attested.Asset).SweepMin
	}
	if j.asset.Symbol == "" {
		return m.config.Default.SweepMin
	}
	return m.config.limit(j.asset.ID).SweepMin
}

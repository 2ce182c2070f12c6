package vault

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// books is the state: what the records say, and nothing else.
type books struct {
	scanned     Cursor // last block that is recorded as a whole
	generations []Rotated
	places      map[Account]place
	owners      []field.Element        // watched, oldest first
	watching    map[field.Element]bool // the same; true: money came to its address
	events      map[event]bool         // recorded ones of blocks after scanned

	deposits map[custody.DepositID]*deposit
	arrived  []custody.DepositID // in the order of arrival
	owed     []custody.DepositID // of these, the ones that are neither credited nor sent back
	claims   map[custody.ClaimID]*claim
	queue    []custody.ClaimID // open ones, ascending by (Opened, ID)
	placed   map[uint32]*schedule
	sums     map[purse]*sum
	emptied  map[purse]taken

	payments map[call]JobID // claims and refunds that a call pays, ever
	calls    map[call]*op
	ended    map[call][]end
	strange  map[call]uint64 // executed calls of no known job, and their block
	attempts map[JobID]uint32
	flight   *Attempt // not yet resolved; one at a time, as the account's nonce is one
}

// place is an account of the custody: a custody account if owner is nil.
type place struct {
	custody Account
	owner   *field.Element
}

// event is an event's place in a block.
type event struct {
	number uint64
	index  uint32
}

type deposit struct {
	id       custody.DepositID
	at       Cursor
	transfer Transfer
	owner    *field.Element
	location Account // where the money is now
	attested *Attested
	credited bool
	refund   *Ordered
	returned bool // a call that sent it back was executed, ordered here or not
}

type claim struct {
	Noticed
	calls   []call
	decided *Decided
	closed  custody.Result // 0: open
}

// purse is one asset on one account.
type purse struct {
	account  Account
	external string
}

// sum is what a purse holds: what came less what went. Debt is what went beyond
// what had come. Both end at 2^128 − 1: an asset that nobody lists may move what
// it likes.
type sum struct{ held, debt amount.Wide }

func (s *sum) in(a amount.Wide) {
	paid := a
	if s.debt.Cmp(a) < 0 {
		paid = s.debt
	}
	s.debt, _ = s.debt.Sub(paid)
	a, _ = a.Sub(paid)
	s.held = plus(s.held, a)
}

func (s *sum) out(a amount.Wide) {
	rest, ok := s.held.Sub(a)
	if !ok {
		over, _ := a.Sub(s.held)
		s.debt = plus(s.debt, over)
	}
	s.held = rest
	if !ok {
		s.held = amount.Wide{}
	}
}

func plus(a, b amount.Wide) amount.Wide {
	sum, ok := a.Add(b)
	if !ok {
		return amount.Wide{Hi: ^uint64(0), Lo: ^uint64(0)}
	}
	return sum
}

// taken is the last time that a purse was emptied by the custody itself.
type taken struct {
	at event
	to Account
}

// call is one call of one custody account.
type call struct {
	custody Account
	hash    [32]byte
}

// op is a call that is approved and not executed.
type op struct {
	opener    Account
	opened    uint64 // block
	last      uint64 // block of the last approval
	approvals []Account
}

// end is an execution of a call.
type end struct {
	at event
	id custody.Reference
	ok bool
}

func newBooks(start Cursor) *books {
	return &books{
		scanned: start,
		places:  map[Account]place{}, watching: map[field.Element]bool{}, events: map[event]bool{},
		deposits: map[custody.DepositID]*deposit{}, claims: map[custody.ClaimID]*claim{},
		placed: map[uint32]*schedule{}, sums: map[purse]*sum{}, emptied: map[purse]taken{},
		payments: map[call]JobID{}, calls: map[call]*op{}, ended: map[call][]end{}, strange: map[call]uint64{}, attempts: map[JobID]uint32{},
	}
}

func damaged(what string) error { return rejection.New(rejection.JournalOrder, "%s", what) }

// newest returns the generation in force; ok is false before the first.
func (b *books) newest() (Rotated, bool) {
	if len(b.generations) == 0 {
		return Rotated{}, false
	}
	return b.generations[len(b.generations)-1], true
}

// generation returns the signers of a custody account.
func (b *books) generation(account Account) (Rotated, bool) {
	for _, g := range b.generations {
		if g.Custody == account {
			return g, true
		}
	}
	return Rotated{}, false
}

// at returns the generation in force at a height.
func (b *books) at(height uint64) (Rotated, bool) {
	for _, g := range slices.Backward(b.generations) {
		if g.Height <= height {
			return g, true
		}
	}
	return Rotated{}, false
}

func (b *books) purse(account Account, external []byte) *sum {
	p := purse{account, string(external)}
	if b.sums[p] == nil {
		b.sums[p] = new(sum)
	}
	return b.sums[p]
}

// apply adds one record to the state. It refuses (JOURNAL_ORDER) a record that
// no machine writes at this place. It decides nothing: what the rules were when
// a decision was taken is no matter.
func (m *Machine) apply(r Record) error {
	b := m.books
	switch r := r.(type) {
	case Scanned:
		if r.At.Number <= b.scanned.Number {
			return damaged("a block is scanned twice")
		}
		b.scanned = r.At
		clear(b.events)
	case Rotated:
		if last, ok := b.newest(); ok && r.Height <= last.Height {
			return damaged("generations are not in order")
		}
		b.generations = append(b.generations, r)
		b.places[r.Custody] = place{r.Custody, nil}
		for _, owner := range b.owners {
			m.settle(r.Custody, owner)
		}
	case Watched:
		if _, ok := b.watching[r.Owner]; ok {
			return damaged("an owner is watched twice")
		}
		b.owners = append(b.owners, r.Owner)
		b.watching[r.Owner] = false
		for _, g := range b.generations {
			m.settle(g.Custody, r.Owner)
		}
	case Unwatched:
		i := slices.Index(b.owners, r.Owner)
		if i < 0 {
			return damaged("an owner that is not watched")
		}
		b.owners = slices.Delete(b.owners, i, i+1)
		delete(b.watching, r.Owner)
		for _, g := range b.generations {
			delete(b.places, m.codec.Deposit(g.Custody, r.Owner))
		}
	case Begun:
		b.purse(r.Account, r.External).in(r.Amount)
	case Moved:
		return m.applyMoved(r)
	case Stepped:
		return b.applyStepped(r, m.config.Chain)
	case Noticed:
		return b.applyNoticed(r, m.config.limit(r.Claim.Asset))
	case Recoded:
		c := b.claims[r.Claim]
		if c == nil {
			return damaged("another call of a claim that was not noticed")
		}
		b.pays(c, call{c.Generation, r.Call})
	case Attested:
		d := b.deposits[r.Deposit]
		if d == nil || d.attested != nil || d.refund != nil || d.returned || d.owner == nil {
			return damaged("an attested deposit that can't be")
		}
		d.attested = &r
	case Credited:
		if b.deposits[r.Deposit] == nil {
			return damaged("a credited deposit that did not arrive")
		}
		b.deposits[r.Deposit].credited = true
		b.owed = without(b.owed, r.Deposit)
	case Ordered:
		d := b.deposits[r.Deposit]
		if d == nil || d.attested != nil {
			return damaged("a refund of a deposit that can't be refunded")
		}
		d.refund = &r
		b.payments[call{r.Custody, r.Call}] = JobID{Refund, r.Deposit}
		delete(b.strange, call{r.Custody, r.Call})
	case Prepared:
		if b.flight != nil || b.attempts[r.Attempt.JobID] >= r.Attempt.Number {
			return damaged("an attempt beside another")
		}
		b.flight = &r.Attempt
		b.attempts[r.Attempt.JobID] = r.Attempt.Number
	case Resolved:
		if b.flight == nil || b.flight.Hash != r.Hash {
			return damaged("the end of an attempt that is not in flight")
		}
		b.flight = nil
	case Decided:
		c := b.claims[r.Claim]
		if c == nil || c.decided != nil {
			return damaged("a decided claim that can't be")
		}
		c.decided = &r
	case Closed:
		if b.claims[r.Claim] == nil {
			return damaged("a closed claim that was not noticed")
		}
		b.claims[r.Claim].closed = r.Result
		b.queue = without(b.queue, r.Claim)
	}
	return nil
}

// settle adds the deposit address of an owner under a custody account.
func (m *Machine) settle(account Account, owner field.Element) {
	m.books.places[m.codec.Deposit(account, owner)] = place{account, &owner}
}

func (m *Machine) applyMoved(r Moved) error {
	b, t := m.books, r.Transfer
	b.events[event{r.In.Number, t.Index}] = true
	if _, ok := b.places[t.From]; ok {
		b.purse(t.From, t.External).out(t.Amount)
	}
	to, ok := b.places[t.To]
	if !ok {
		return nil
	}
	b.purse(t.To, t.External).in(t.Amount)
	switch r.Flow {
	case Takeover:
		b.emptied[purse{t.From, string(t.External)}] = taken{event{r.In.Number, t.Index}, t.To}
		for _, id := range b.arrived {
			if d := b.deposits[id]; d.location == t.From && bytes.Equal(d.transfer.External, t.External) {
				d.location = t.To
			}
		}
	case Plainly:
		ref := custody.Reference{Chain: m.config.Chain, Hash: r.In.Hash, Index: t.Index}
		id := ref.ID(m.config.ChainID)
		if b.deposits[id] != nil {
			return damaged("a deposit arrives twice")
		}
		owner := t.Owner
		if to.owner != nil {
			owner = to.owner
			b.watching[*owner] = true
		}
		location := t.To
		if last, ok := b.emptied[purse{t.To, string(t.External)}]; ok && (event{r.In.Number, t.Index}).before(last.at) {
			location = last.to // read late, and taken over with the rest
		}
		b.deposits[id] = &deposit{id: id, at: r.In, transfer: t, owner: owner, location: location}
		b.arrived = append(b.arrived, id)
		b.owed = append(b.owed, id)
	}
	return nil
}

func (b *books) applyStepped(r Stepped, chain uint32) error {
	s := r.Step
	b.events[event{r.In.Number, s.Index}] = true
	key := call{s.Custody, s.Call}
	switch s.Stage {
	case Opened:
		b.calls[key] = &op{opener: s.By, opened: r.In.Number, last: r.In.Number, approvals: []Account{s.By}}
	case Approved:
		// A machine that began after the opening does not know it.
		if o := b.calls[key]; o != nil && !slices.Contains(o.approvals, s.By) {
			o.approvals, o.last = append(o.approvals, s.By), r.In.Number
		}
	case Executed, Failed:
		delete(b.calls, key)
		b.ended[key] = append(b.ended[key], end{
			event{r.In.Number, s.Index}, custody.Reference{Chain: chain, Hash: r.In.Hash, Index: s.Index}, s.Stage == Executed,
		})
		if s.Stage == Executed {
			b.applyExecuted(key, s.Job, r.In.Number)
		}
	case Cancelled:
		delete(b.calls, key)
	}
	return nil
}

// applyExecuted takes in what an executed call was for. Custody's own remark
// beside it is believed: whoever can write it can send the money too. A call
// that says it pays a claim has to be that claim's, which may be noticed later.
func (b *books) applyExecuted(key call, says *JobID, number uint64) {
	pays, known := b.payments[key]
	if !known && says != nil && says.Kind == Refund {
		pays, known = *says, true
	}
	if pays.Kind == Refund {
		if d := b.deposits[pays.Ref]; d != nil {
			d.returned = true
			b.owed = without(b.owed, d.id)
		}
	}
	if !known && (says == nil || says.Kind == Payout) {
		b.strange[key] = number
	}
}

func (b *books) applyNoticed(r Noticed, l Limit) error {
	id := r.Claim.ID
	if b.claims[id] != nil {
		return damaged("a claim is noticed twice")
	}
	c := &claim{Noticed: r}
	if r.Verdict == Payable {
		if r.Call != [32]byte{} {
			b.pays(c, call{r.Generation, r.Call})
		}
		if b.placed[r.Claim.Asset] == nil {
			b.placed[r.Claim.Asset] = new(schedule)
		}
		b.placed[r.Claim.Asset].add(l, r.PayableAt, r.Claim.Amount)
	}
	b.claims[id] = c
	at, _ := slices.BinarySearchFunc(b.queue, r.Claim, func(have custody.ClaimID, want Claim) int {
		return order(b.claims[have].Claim, want)
	})
	b.queue = slices.Insert(b.queue, at, id)
	return nil
}

// pays says that a call pays a claim.
func (b *books) pays(c *claim, key call) {
	c.calls = append(c.calls, key)
	b.payments[key] = JobID{Payout, c.Claim.ID}
	delete(b.strange, key)
}

// without returns list without id.
func without[T comparable](list []T, id T) []T {
	if i := slices.Index(list, id); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// order is the order of claims.
func order(a, b Claim) int {
	return cmp.Or(cmp.Compare(a.Opened, b.Opened), bytes.Compare(a.ID[:], b.ID[:]))
}

// lists reports whether a key is one of a generation's.
func (r Rotated) lists(key quorum.Key) bool { return slices.Contains(r.Signers.Keys, key) }

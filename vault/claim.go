package vault

import (
	"bytes"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
)

// noticeAll takes up the claims that are new, in the order of claims.
func (m *Machine) noticeAll(o *out) {
	fresh := slices.Clone(m.hub.Opened)
	slices.SortFunc(fresh, order)
	for _, c := range fresh {
		if m.books.claims[c.ID] == nil {
			m.notice(o, c)
		}
	}
}

// notice binds a claim to the signers in force when it was opened, says whether
// it can be paid, and from which height on.
func (m *Machine) notice(o *out, c Claim) {
	a, _ := m.hub.asset(c.Asset)
	limit := m.config.limit(c.Asset)
	r := Noticed{Claim: c, External: a.External}
	if g, ok := m.books.at(c.Opened); ok {
		r.Generation = g.Custody
	} else {
		r.Generation = m.books.generations[0].Custody
	}
	external, fits := amount.WideOf(c.Amount).Scale(a.ExternalDecimals - a.Decimals)
	r.Amount = external
	switch {
	case len(c.Recipient) != len(Account{}):
		r.Verdict = BadRecipient
	case !fits:
		r.Verdict = BeyondChain
	case external.Cmp(limit.Existential) < 0:
		r.Verdict = BelowExistential
	default:
		r.Verdict = Payable
	}
	if r.Verdict == Payable {
		// A call that can't be encoded yet is zero, and is asked for again when
		// the claim is to be paid.
		r.Call, _ = m.codec.Call(m.payout(&claim{Noticed: r}))
		placed := m.books.placed[c.Asset]
		if placed == nil {
			placed = new(schedule)
		}
		r.PayableAt = placed.place(limit, c.Opened, c.Amount)
	}
	m.put(o, r)
}

// payout returns the job that pays a claim.
func (m *Machine) payout(c *claim) Job {
	g, _ := m.books.generation(c.Generation)
	j := Job{
		JobID: JobID{Payout, c.Claim.ID}, Generation: g.Signers, Custody: c.Generation,
		From: c.Generation, External: c.External, Amount: c.Amount,
	}
	copy(j.To[:], c.Claim.Recipient)
	return j
}

// execution returns the first successful execution of a claim's calls, and
// whether any was executed at all.
func (m *Machine) execution(c *claim) (paid custody.Reference, ok, any bool) {
	var at event
	for _, key := range c.calls {
		for _, e := range m.books.ended[key] {
			any = true
			if e.ok && (!ok || e.at.before(at)) {
				paid, at, ok = e.id, e.at, true
			}
		}
	}
	return paid, ok, any
}

func (e event) before(other event) bool {
	return e.number < other.number || e.number == other.number && e.index < other.index
}

// conclude decides how open claims end. A claim is returned only by what every
// signer sees alike: its verdict, or a final execution that failed; after one
// no honest signer approves its call again, and none of its approvals can still
// come (work.go).
func (m *Machine) conclude(o *out) {
	for _, id := range m.books.queue {
		c := m.books.claims[id]
		if c.decided != nil {
			continue
		}
		paid, ok, any := m.execution(c)
		switch {
		case ok:
			m.put(o, Decided{id, custody.Paid, paid})
		case (any || c.Verdict != Payable) && c.Claim.Opened >= m.config.Start.Hub:
			m.put(o, Decided{Claim: id, Result: custody.Returned})
		default:
			continue
		}
		m.decided(o, subject{true, id})
	}
}

// ended looks at an execution that was just recorded.
func (m *Machine) ended(o *out, key call, s Step) {
	ok := s.Stage == Executed
	job, known := m.books.payments[key]
	if !known && s.Job != nil && s.Job.Kind == Refund {
		job, known = *s.Job, true // others ordered it
	}
	if !known {
		return
	}
	times := 0
	for _, e := range m.books.ended[key] {
		if e.ok {
			times++
		}
	}
	if times > 1 {
		m.alarm(o, Alarm{Reason: ExecutedTwice, Ref: job.Ref})
	}
	if job.Kind == Payout {
		c := m.books.claims[job.Ref]
		if ok && (c.closed == custody.Returned || c.decided != nil && c.decided.Result == custody.Returned) {
			m.alarm(o, Alarm{Reason: PaidAndReturned, Ref: job.Ref})
		}
		return
	}
	d := m.books.deposits[job.Ref]
	switch {
	case d == nil:
	case !ok && times == 0:
		m.alarm(o, Alarm{Reason: RefundFailed, Ref: job.Ref})
	case ok && (d.credited || d.attested != nil):
		m.alarm(o, Alarm{Reason: CreditedRefund, Ref: job.Ref})
	}
}

// strangeAfter is how many blocks an executed call may have been of no job that
// this machine knows: until then Nightjar may be behind.
const strangeAfter = 64

// suspect raises the alarm for executed calls of no job.
func (m *Machine) suspect(o *out) {
	for _, key := range slices.SortedFunc(maps.Keys(m.books.strange), func(a, b call) int { return bytes.Compare(a.hash[:], b.hash[:]) }) {
		if m.seen.Number >= m.books.strange[key]+strangeAfter {
			m.alarm(o, Alarm{Reason: UnknownCall, Ref: key.hash})
		}
	}
}

package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// pallet-multisig keeps a call while it is approved and forgets it once it is
// executed. A first approval that comes late, after the execution, therefore
// opens the same call again, and one dishonest signer of two could complete it
// and pay twice. So that no honest opening ever comes after an execution:
//
//  1. Blocks are cut into slots of Slot. In a slot one signer alone, by turns,
//     opens a job's call: born in the slot, dead with it, and only if the final
//     chain up to its birth shows no open and no executed call.
//  2. A call that anybody else opened is joined only when its slot is final as a
//     whole. A further approval names the opening it joins (the timepoint), and
//     dies with it.
//
// Let a call opened in slot s be executed in block y with an honest approval,
// and an honest opening be included after y, in its own slot t. If y is before
// slot t, the opening's birth shows the execution. If s < t, y in t: the birth
// shows the open call, or its execution. If s = t: the opener of the executed
// call is the one whose turn it is, and it has no other attempt in flight; or it
// is not, and the honest approval was born after the slot. A contradiction each
// time. It holds with up to m − 1 dishonest signers, and so does: a claim is
// paid once, and is not paid after an execution that failed.

// turn returns whose turn it is to open a job's call in a slot.
func turn(keys []quorum.Key, ref [32]byte, slot uint64) quorum.Key {
	n := uint64(len(keys))
	return keys[(slot%n+binary.BigEndian.Uint64(ref[:8])%n)%n]
}

// form says how the own key can take part in a call now; ok is false if it
// can't, or need not.
func (m *Machine) form(j Job, hash [32]byte) (Form, bool) {
	keys, own := j.Generation.Keys, m.config.Key
	if !slices.Contains(keys, own) || j.Generation.Threshold < 2 {
		return 0, false
	}
	now := m.seen.Number
	mine := turn(keys, j.Ref, now/m.slot) == own
	open := m.books.calls[call{j.Custody, hash}]
	if open == nil {
		return Open, mine && now%m.slot+m.open <= m.slot
	}
	if turn(keys, j.Ref, open.opened/m.slot) != quorum.Key(open.opener) && now/m.slot == open.opened/m.slot {
		return 0, false
	}
	missing := int(j.Generation.Threshold) - len(open.approvals)
	if slices.Contains(open.approvals, Account(own)) {
		// Approved by enough, and executed by none of them.
		return Join, missing <= 0 && mine
	}
	// Whoever is not needed waits for those before it.
	behind := m.behind(j, open) - max(missing, 1) + 1
	return Join, behind <= 0 || now >= open.last+uint64(behind)*m.patience
}

// joinWait is how many blocks a signer that is not needed waits for one that is.
const joinWait = 10

// behind returns how many signers come before the own key among those that have
// not approved, by turns from the opening's slot on.
func (m *Machine) behind(j Job, open *op) (n int) {
	keys := j.Generation.Keys
	for i := range keys {
		key := turn(keys, j.Ref, open.opened/m.slot+uint64(i))
		if key == m.config.Key {
			return n
		}
		if !slices.Contains(open.approvals, Account(key)) {
			n++
		}
	}
	return n
}

// work asks for the next attempt, if there is one to make.
func (m *Machine) work(o *out) {
	if flight := m.books.flight; flight != nil {
		if m.latest && m.seen.Number >= m.repeated+repeatEvery {
			m.repeated = m.seen.Number
			o.do(Submit{*flight})
		}
		return
	}
	if !m.latest || m.hub == nil || m.asked != nil {
		return
	}
	for _, j := range m.jobs(o) {
		if m.waiting[j.JobID].until > m.seen.Number {
			continue
		}
		next := Order{Job: j, Number: m.books.attempts[j.JobID] + 1, Form: Plain, At: m.seen, Period: m.join}
		if j.Kind != Anchor {
			hash, ok := m.callOf(j)
			if !ok {
				continue
			}
			if next.Form, ok = m.form(j, hash); !ok {
				continue
			}
			if next.Form == Open {
				next.Period = m.open
			}
		}
		m.asked = &next
		o.do(Prepare{next})
		return
	}
}

// repeatEvery is how many blocks pass before an attempt is submitted again.
const repeatEvery = 4

// callOf returns the hash of a job's call, if it is the one that the state
// knows: a call that was encoded anew waits for recode.
func (m *Machine) callOf(j Job) ([32]byte, bool) {
	hash, err := m.codec.Call(j)
	if err != nil {
		m.waiting[j.JobID] = wait{m.seen.Number + deferBlocks, DeferRuntime}
		return hash, false
	}
	switch j.Kind {
	case Payout:
		calls := m.books.claims[j.Ref].calls
		return hash, len(calls) > 0 && calls[len(calls)-1] == call{j.Custody, hash}
	case Refund:
		return hash, m.books.deposits[j.Ref].refund.Call == hash
	default:
		return hash, true
	}
}

// recode takes up calls that the chain's runtime wants encoded otherwise than
// when they were decided on. A claim's new call waits until no approval of an
// old one is open, as both could be executed; a refund's is ordered anew.
func (m *Machine) recode(o *out) {
	for _, j := range m.payouts(o) {
		hash, err := m.codec.Call(j)
		calls := m.books.claims[j.Ref].calls
		if err != nil || len(calls) > 0 && calls[len(calls)-1] == (call{j.Custody, hash}) {
			continue
		}
		open := false
		for _, old := range calls {
			open = open || m.books.calls[old] != nil
		}
		if open {
			m.alarm(o, Alarm{Reason: CallChanged, Ref: j.Ref})
			continue
		}
		m.put(o, Recoded{j.Ref, hash})
	}
	for _, j := range m.refunds() {
		if hash, err := m.codec.Call(j); err == nil && hash != m.books.deposits[j.Ref].refund.Call {
			m.alarm(o, Alarm{Reason: CallChanged, Ref: j.Ref})
		}
	}
}

// jobs returns what is to be done, the most urgent first.
func (m *Machine) jobs(o *out) (list []Job) {
	if !m.short {
		list = append(list, m.payouts(o)...)
		list = append(list, m.refunds()...)
		list = append(list, m.sweeps()...)
		list = append(list, m.drains()...)
	}
	return append(list, m.anchors...)
}

// payouts are the claims that may be paid now and that nothing was executed for.
func (m *Machine) payouts(o *out) (list []Job) {
	for _, id := range m.books.queue {
		c := m.books.claims[id]
		if c.decided != nil || c.Verdict != Payable || m.hub.Height < c.PayableAt || c.Claim.Opened < m.config.Start.Hub {
			continue
		}
		if _, _, any := m.execution(c); any {
			continue
		}
		j := m.payout(c)
		if j.Generation.Threshold < 2 {
			m.alarm(o, Alarm{Reason: OneSigner})
		}
		list = append(list, j)
	}
	return list
}

// refunds are the ordered ones that were not executed and whose money has come
// to the custody account.
func (m *Machine) refunds() (list []Job) {
	for _, id := range m.books.owed {
		d := m.books.deposits[id]
		if d.refund == nil || d.location != d.refund.Custody || len(m.books.ended[call{d.refund.Custody, d.refund.Call}]) > 0 {
			continue
		}
		g, _ := m.books.generation(d.refund.Custody)
		list = append(list, m.refundJob(d, g, d.refund.To))
	}
	return list
}

// sweeps are the deposit addresses that hold a deposit which was credited or
// ordered back, or which are of former signers, unless they hold too little.
// The first such deposit names the job.
func (m *Machine) sweeps() (list []Job) {
	newest, _ := m.books.newest()
	done := map[purse]bool{}
	for _, id := range m.books.arrived {
		d := m.books.deposits[id]
		at := purse{d.location, string(d.transfer.External)}
		lies := m.books.places[d.location]
		if lies.owner == nil || done[at] || !d.credited && d.refund == nil && lies.custody == newest.Custody {
			continue
		}
		if holds := m.held(at); holds.IsZero() || d.refund == nil && holds.Cmp(m.sweepMin(d)) < 0 {
			continue
		}
		done[at] = true
		g, _ := m.books.generation(lies.custody)
		list = append(list, Job{
			JobID: JobID{Sweep, id}, Generation: g.Signers, Custody: g.Custody,
			From: d.location, Owner: lies.owner, To: newest.Custody, External: d.transfer.External,
		})
	}
	return list
}

// drains are the assets on custody accounts of former signers that have nothing
// more to pay.
func (m *Machine) drains() (list []Job) {
	newest, _ := m.books.newest()
	var seen []Account
	for _, g := range m.books.generations {
		if g.Custody == newest.Custody || slices.Contains(seen, g.Custody) || m.bound(g.Custody) {
			continue
		}
		seen = append(seen, g.Custody)
		for _, external := range m.assetsOf(g.Custody) {
			list = append(list, Job{
				JobID: JobID{Drain, m.drainRef(g.Custody, newest.Custody, external)}, Generation: g.Signers, Custody: g.Custody,
				From: g.Custody, To: newest.Custody, External: external,
			})
		}
	}
	return list
}

// bound reports whether an open claim or refund is to be paid by an account.
func (m *Machine) bound(account Account) bool {
	for _, id := range m.books.queue {
		if c := m.books.claims[id]; c.Generation == account && c.Verdict == Payable && c.decided == nil {
			return true
		}
	}
	for _, id := range m.books.owed {
		d := m.books.deposits[id]
		if d.refund != nil && d.refund.Custody == account && len(m.books.ended[call{account, d.refund.Call}]) == 0 {
			return true
		}
	}
	return false
}

// assetsOf returns the assets of which an account holds something, ascending.
func (m *Machine) assetsOf(account Account) (list [][]byte) {
	for p := range m.books.sums {
		if p.account == account && !m.held(p).IsZero() {
			list = append(list, []byte(p.external))
		}
	}
	slices.SortFunc(list, bytes.Compare)
	return list
}

// drainRef = SHA-256(Var(context) ‖ Var(chain id) ‖ from ‖ to ‖ Var(asset)).
// The same job may be executed again, when more has come to the old account.
func (m *Machine) drainRef(from, to Account, external []byte) [32]byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.DrainID))
	w.Var([]byte(m.config.ChainID))
	w.Fixed(from[:])
	w.Fixed(to[:])
	w.Var(external)
	return sha256.Sum256(w.Bytes())
}

// OnPrepared takes in the attempt that was asked for, journals it and has it
// submitted. It refuses (ATTEMPT_MISMATCH) another attempt than was asked for,
// and (JOB_OVER) one whose job is no longer to be done.
func (m *Machine) OnPrepared(a Attempt) ([]Record, []Effect, error) {
	asked := m.asked
	m.asked = nil
	if asked == nil || a.JobID != asked.Job.JobID || a.Number != asked.Number || a.Form != asked.Form ||
		a.Birth != asked.At.Number || a.Until < a.Birth || a.Until > a.Birth+asked.Period-1 ||
		len(a.Extrinsic) == 0 || len(a.Extrinsic) > maxExtrinsic || a.Hash == [32]byte{} {
		return nil, nil, rejection.New(rejection.AttemptMismatch, "kind %d, attempt %d", a.Kind, a.Number)
	}
	var hash [32]byte
	if a.Kind != Anchor {
		var err error
		if hash, err = m.codec.Call(asked.Job); err != nil {
			return nil, nil, err
		}
	}
	o := new(out)
	switch {
	case a.Call != hash:
		return nil, nil, rejection.New(rejection.AttemptMismatch, "another call")
	case !m.stillDue(o, asked, hash):
		return nil, o.effects, rejection.New(rejection.JobOver, "kind %d", a.Kind)
	}
	m.put(o, Prepared{a})
	m.repeated = m.seen.Number
	o.do(Submit{a})
	return o.records, o.effects, nil
}

// stillDue reports whether nothing that was learnt since an order was given
// makes it void. Its slot is that of its birth.
func (m *Machine) stillDue(o *out, asked *Order, hash [32]byte) bool {
	if m.books.flight != nil {
		return false
	}
	for _, j := range m.jobs(o) {
		if j.JobID == asked.Job.JobID && j.Custody == asked.Job.Custody && j.To == asked.Job.To {
			open := m.books.calls[call{j.Custody, hash}] != nil
			return j.Kind == Anchor || open == (asked.Form == Join)
		}
	}
	return false
}

// OnDeferred says that the attempt that was asked for can't be made now.
func (m *Machine) OnDeferred(id JobID, why Deferral) []Effect {
	if m.asked == nil || m.asked.Job.JobID != id {
		return nil
	}
	m.asked = nil
	m.waiting[id] = wait{m.seen.Number + deferBlocks, why}
	o := new(out)
	m.work(o)
	return o.effects
}

// deferBlocks is how many blocks a deferred job is left alone.
const deferBlocks = 5

// Anchor asks for a remark on the external chain, by the own account. It is not
// journaled before its attempt: whoever wants it asks again after a restart.
func (m *Machine) Anchor(remark []byte) []Effect {
	ref := sha256.Sum256(remark)
	for _, j := range m.anchors {
		if j.Ref == ref {
			return nil
		}
	}
	m.anchors = append(m.anchors, Job{JobID: JobID{Anchor, ref}, From: Account(m.config.Key), Remark: slices.Clone(remark)})
	if len(m.anchors) > maxAnchors {
		m.anchors = m.anchors[1:]
	}
	o := new(out)
	m.work(o)
	return o.effects
}

// maxAnchors bounds the anchors that wait; the oldest is worth the least.
const maxAnchors = 8

func (m *Machine) dropAnchor(ref [32]byte) {
	m.anchors = slices.DeleteFunc(m.anchors, func(j Job) bool { return j.Ref == ref })
}

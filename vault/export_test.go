package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// Shrink makes slots and eras so short that whole lives of a claim can be
// enumerated. The rules between them stay.
func (m *Machine) Shrink(slot, open, join, patience uint64) {
	m.slot, m.open, m.join, m.patience = slot, open, join, patience
}

// Fork returns a copy that shares nothing that changes.
func (m *Machine) Fork() *Machine {
	f, b := *m, *m.books
	f.books = &b
	f.waiting, f.sent, f.raised = maps.Clone(m.waiting), maps.Clone(m.sent), maps.Clone(m.raised)
	f.early, f.pool = maps.Clone(m.early), map[subject]map[quorum.Key]Signed{}
	for about, list := range m.pool {
		f.pool[about] = maps.Clone(list)
	}
	b.places, b.watching, b.events = maps.Clone(b.places), maps.Clone(b.watching), maps.Clone(b.events)
	b.payments, b.attempts = maps.Clone(b.payments), maps.Clone(b.attempts)
	b.strange, b.emptied = maps.Clone(b.strange), maps.Clone(b.emptied)
	b.owners, b.arrived, b.owed, b.queue = slices.Clone(b.owners), slices.Clone(b.arrived), slices.Clone(b.owed), slices.Clone(b.queue)
	b.generations = slices.Clone(b.generations)
	b.deposits, b.claims = copies(b.deposits), copies(b.claims)
	b.placed, b.sums, b.calls = copies(b.placed), copies(b.sums), copies(b.calls)
	for _, c := range b.claims {
		c.calls = slices.Clone(c.calls)
	}
	for _, o := range b.calls {
		o.approvals = slices.Clone(o.approvals)
	}
	b.ended = maps.Clone(b.ended)
	for key, list := range b.ended {
		b.ended[key] = slices.Clone(list)
	}
	return &f
}

func copies[K comparable, V any](m map[K]*V) map[K]*V {
	out := make(map[K]*V, len(m))
	for k, v := range m {
		c := *v
		out[k] = &c
	}
	return out
}

// Digest names all of a machine's state that its dealings with calls depend on:
// two machines with one digest go on alike.
func (m *Machine) Digest() [32]byte {
	var b []byte
	number := func(v uint64) { b = binary.BigEndian.AppendUint64(b, v) }
	flag := func(v bool) {
		if v {
			number(1)
		} else {
			number(0)
		}
	}
	number(m.seen.Number)
	number(m.books.scanned.Number)
	flag(m.latest)
	for _, id := range slices.SortedFunc(maps.Keys(m.waiting), compareJobs) {
		if w := m.waiting[id]; w.until > m.seen.Number {
			b = append(b, id.Ref[:]...)
			number(w.until)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(m.books.calls), compareCalls) {
		o := m.books.calls[key]
		b = append(append(b, key.hash[:]...), o.opener[:]...)
		number(o.opened)
		number(o.last)
		for _, a := range o.approvals {
			b = append(b, a[:]...)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(m.books.ended), compareCalls) {
		b = append(b, key.hash[:]...)
		for _, e := range m.books.ended[key] {
			flag(e.ok)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.books.attempts), compareJobs) {
		b = append(b, id.Ref[:]...)
		number(uint64(m.books.attempts[id]))
	}
	if m.books.flight != nil {
		b = append(b, m.books.flight.Hash[:]...)
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.books.claims), func(a, b custody.ClaimID) int { return slices.Compare(a[:], b[:]) }) {
		if d := m.books.claims[id].decided; d != nil {
			number(uint64(d.Result))
		}
	}
	return sha256.Sum256(b)
}

func compareJobs(a, b JobID) int { return slices.Compare(a.Ref[:], b.Ref[:]) }

func compareCalls(a, b call) int { return slices.Compare(a.hash[:], b.hash[:]) }

// Recorded is the last block that a machine will not read again.
func (m *Machine) Recorded() uint64 { return m.books.scanned.Number }

package machine

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// StateVersion is the first byte of an encoded machine.
const StateVersion = 2

// Encode returns the canonical bytes of the state: version, height, the book,
// the announced orders ascending by action, the sessions ascending by owner, the
// buckets of fills ascending by market and pool.
// The public chain state is not in it. It holds open orders: seal it before it
// leaves the enclave.
func (m *Machine) Encode() []byte {
	w := encoding.NewWriter(64 + m.book.Len()*book.EntrySize + len(m.pending)*(32+order.OpeningSize+order.HandlingSize))
	w.U8(StateVersion)
	w.U32(m.height)
	m.book.Write(w)

	ids := make([]ActionID, 0, len(m.pending))
	for id := range m.pending {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y ActionID) int { return bytes.Compare(x[:], y[:]) })
	w.U32(uint32(len(ids)))
	for _, id := range ids {
		w.Fixed(id[:])
		order.WriteOpening(w, m.pending[id].order)
		order.WriteHandling(w, m.pending[id].handling)
	}

	owners := make([]field.Element, 0, len(m.sessions))
	for owner := range m.sessions {
		owners = append(owners, owner)
	}
	slices.SortFunc(owners, func(x, y field.Element) int { return x.Cmp(&y) })
	w.U32(uint32(len(owners)))
	for _, owner := range owners {
		field.Write(w, owner)
		w.U32(m.sessions[owner])
	}
	m.writeTape(w)
	return w.Bytes()
}

// Digest returns SHA-256(ENGINE_STATE ‖ Encode()), what locks commit to.
func (m *Machine) Digest() [32]byte {
	w := encoding.NewWriter(64)
	w.Var([]byte(domain.EngineState))
	h := sha256.New()
	h.Write(w.Bytes())
	h.Write(m.Encode())
	return [32]byte(h.Sum(nil))
}

// Decode is the inverse of Encode; chain is the public state after the encoded
// height. It refuses another version (UNKNOWN_VERSION) and every byte string
// that Encode can't produce.
func Decode(b []byte, chain Chain) (*Machine, error) {
	r := encoding.NewReader(b)
	if v := r.U8(); r.Err() == nil && v != StateVersion {
		return nil, rejection.New(rejection.UnknownVersion, "engine state version %d", v)
	}
	m := New(r.U32())
	m.chain = chain
	m.book = book.Read(r)

	unsorted := func(what string) {
		r.Fail(rejection.New(rejection.NonCanonical, "%s are not in ascending order", what))
	}
	var last []byte
	for n := r.U32(); n > 0 && r.Err() == nil; n-- {
		var id ActionID
		r.Fixed(id[:])
		m.pending[id] = announced{order.ReadOpening(r), order.ReadHandling(r)}
		if last != nil && bytes.Compare(last, id[:]) >= 0 {
			unsorted("announced orders")
		}
		last = id[:]
	}
	last = nil
	for n := r.U32(); n > 0 && r.Err() == nil; n-- {
		owner := field.Read(r)
		m.sessions[owner] = r.U32()
		key := owner.Bytes()
		if last != nil && bytes.Compare(last, key[:]) >= 0 {
			unsorted("sessions")
		}
		last = key[:]
		if due := m.sessions[owner]; r.Err() == nil && due <= m.height {
			r.Fail(rejection.New(rejection.NonCanonical, "a session that has ended"))
		}
	}
	m.readTape(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return m, nil
}

// writeTape writes pools and, of each, the open and the closed bucket.
func (m *Machine) writeTape(w *encoding.Writer) {
	w.U32(uint32(len(m.tape)))
	for _, of := range m.pools() {
		w.U32(of.Market)
		w.U8(uint8(of.Kind))
		for _, b := range []bucket{m.tape[of].open, m.tape[of].closed} {
			w.U64(b.lots)
			w.U64(b.hi)
			w.U64(b.lo)
			w.U32(b.first)
			w.U32(b.last)
			w.U8(uint8(len(b.owners)))
			for _, owner := range b.owners {
				field.Write(w, owner)
			}
		}
	}
}

// readTape is the inverse of writeTape. It refuses (NON_CANONICAL) pools out of
// sequence or without fills, and buckets that no fills add up to.
func (m *Machine) readTape(r *encoding.Reader) {
	var last book.Pool
	for n, i := r.U32(), uint32(0); i < n && r.Err() == nil; i++ {
		of := book.Pool{Market: r.U32(), Kind: order.Pool(r.U8())}
		b := buckets{readBucket(r), readBucket(r)}
		if r.Err() != nil {
			return
		}
		if i > 0 && comparePools(of, last) <= 0 || of.Kind > order.Natural || !m.possible(b) {
			r.Fail(rejection.New(rejection.NonCanonical, "an impossible bucket of fills"))
		}
		last, m.tape[of] = of, b
	}
}

func readBucket(r *encoding.Reader) bucket {
	b := bucket{lots: r.U64(), hi: r.U64(), lo: r.U64(), first: r.U32(), last: r.U32()}
	for n := r.U8(); n > 0 && r.Err() == nil; n-- {
		owner := field.Read(r)
		if i := len(b.owners); i == crowd || i > 0 && b.owners[i-1].Cmp(&owner) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "owners of a bucket"))
		}
		b.owners = append(b.owners, owner)
	}
	return b
}

// possible reports whether fills up to this height add up to a pool's buckets.
func (m *Machine) possible(b buckets) bool {
	for _, c := range []bucket{b.open, b.closed} {
		switch {
		case c.empty():
			if c.lots|c.hi|c.lo != 0 || c.first|c.last != 0 {
				return false
			}
		case c.first == 0 || c.first > c.last || c.last > m.height:
			return false
		case c.lots == 0 && c.hi|c.lo != 0, c.lots > 0 && (c.hi >= c.lots || c.hi == 0 && c.lo < c.lots):
			return false // every price is above 0 and below 2^64
		}
	}
	return !(b.open.empty() && b.closed.empty()) && (b.open.empty() || b.closed.last < b.open.first)
}

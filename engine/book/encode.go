package book

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	flagReserved = 1
	flagLeaving  = 2
	flagCounted  = 4
)

// EntrySize is the length of an encoded entry in bytes.
const EntrySize = order.OpeningSize + order.HandlingSize + 8 + 4*4 + 2 + 1

// Write appends the canonical encoding of the book: a 32-bit count, then the
// entries ascending by nullifier. Commitment and nullifier are not written: a
// reader computes them.
func (b *Book) Write(w *encoding.Writer) {
	entries := b.Entries()
	w.U32(uint32(len(entries)))
	for i := range entries {
		e := &entries[i]
		order.WriteOpening(w, e.Order)
		order.WriteHandling(w, e.Handling)
		w.U64(e.Position)
		w.U32(e.Arrival)
		w.U32(e.Since)
		w.U32(e.Lock)
		w.U32(e.FreeUntil)
		w.U16(e.Seen)
		var flags uint8
		if e.Reserved {
			flags |= flagReserved
		}
		if e.Leaving {
			flags |= flagLeaving
		}
		if e.Counted {
			flags |= flagCounted
		}
		w.U8(flags)
	}
}

// Read is the inverse of Write. It refuses (NON_CANONICAL) entries out of
// sequence and states that no book is in: an order that leaves without being
// locked, that came to rest after its leaf did, that has seen more auctions than
// it is good for or counts the one under way among none, and unknown flags.
func Read(r *encoding.Reader) *Book {
	b := New()
	var last []byte
	for n := r.U32(); n > 0 && r.Err() == nil; n-- {
		e := readEntry(r)
		if r.Err() != nil {
			break
		}
		if bytes.Compare(last, e.key[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "orders are not in ascending order of nullifier"))
		}
		last = e.key[:]
		b.insert(e)
	}
	return b
}

func readEntry(r *encoding.Reader) *Entry {
	o, h, position, arrival, since := order.ReadOpening(r), order.ReadHandling(r), r.U64(), r.U32(), r.U32()
	if r.Err() != nil {
		return nil
	}
	e := newEntry(o, h, position, arrival, since)
	e.Lock, e.FreeUntil, e.Seen = r.U32(), r.U32(), r.U16()
	flags := r.U8()
	e.Reserved, e.Leaving, e.Counted = flags&flagReserved != 0, flags&flagLeaving != 0, flags&flagCounted != 0
	if flags > flagReserved|flagLeaving|flagCounted || e.Leaving && e.Lock == 0 || arrival > since ||
		e.Seen > h.Auctions || e.Counted && e.Seen == 0 {
		r.Fail(rejection.New(rejection.NonCanonical, "an order in an impossible state"))
	}
	return e
}

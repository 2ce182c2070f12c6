package book

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/order"
)

// FuzzRead: what is read writes the same bytes, also once its orders were
// through a lock, a bust and a reservation, and is empty when all have left.
func FuzzRead(f *testing.F) {
	encode := func(b *Book) []byte {
		w := encoding.NewWriter(0)
		b.Write(w)
		return w.Bytes()
	}
	b := New()
	f.Add(encode(b))
	for i := range uint64(4) {
		b.Add(newOrder(i, i%2, 50), handling(i), 3*i, 10)
		b.Begin(12, 2)
		f.Add(encode(b))
	}
	b.Reserve(b.Entries()[0].Nullifier)
	b.Lock(b.Entries()[1].Nullifier, 12)
	b.CancelAll(b.Entries()[1].Order.OID)
	f.Add(encode(b))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := encoding.NewReader(raw)
		b := Read(r)
		if r.Done() != nil {
			return
		}
		if !bytes.Equal(encode(b), raw) {
			t.Fatal("two encodings of one book")
		}
		entries := b.Entries()
		for _, e := range entries {
			if found, ok := b.Find(e.Nullifier); !ok || found.Order != e.Order {
				t.Fatal("an order is not found")
			}
			if e.Lock == 0 && !e.Reserved {
				b.Reserve(e.Nullifier)
				b.Release(e.Nullifier)
				b.Lock(e.Nullifier, 1<<32-1)
			}
		}
		b.Bust(1<<32-1, 0)
		if got := b.Entries(); len(got) > len(entries) {
			t.Fatal("orders appeared")
		}
		for _, e := range entries {
			b.Bust(e.Lock, 0)
		}
		for _, e := range entries {
			b.CancelAll(e.Order.OID)
		}
		if b.Len() != 0 || len(b.Eligible(20, 0)) != 0 || len(b.byOwner)+len(b.byLeaf)+len(b.byExpiry)+len(b.byLock)+len(b.counted) != 0 {
			t.Fatal("an order stays for ever")
		}
		var empty order.Order
		b.Add(empty, order.Handling{}, 0, 1)
		if b.Len() != 1 {
			t.Fatal("no order rests any more")
		}
	})
}

package ledger

import (
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/state"
)

// Key spaces: the first byte of every stored key.
const (
	committed = 's' // the small state: what follows is a key of the authenticated map
	derived   = 'd' // look-up rows that the small state and the log determine
	meta      = 'm' // the head, the tree's frontier, the log's frontier
)

// record is one kind of row: where it lies and how its value is encoded. All
// rows of a kind start with its prefix, and no prefix is the start of another.
type record[T any] struct {
	prefix string
	write  func(*encoding.Writer, T)
	read   func(*encoding.Reader) T
}

// public is a row of the small state that readers verify.
func public[T any](r state.Row[T]) record[T] {
	return record[T]{string(committed) + r.Prefix, r.Write, r.Read}
}

// id is the encoded rest of a row's key.
type id []byte

func id32(v uint32) id { return binary.BigEndian.AppendUint32(nil, v) }
func id64(v uint64) id { return binary.BigEndian.AppendUint64(nil, v) }
func idField(e field.Element) id {
	b := e.Bytes()
	return b[:]
}

// single is the id of a kind with one row.
var single id

func (r record[T]) key(i id) []byte { return append([]byte(r.prefix), i...) }

// decode decodes a stored value. A stored value that does not decode means
// that the store is damaged: nothing that follows could be trusted.
func (r record[T]) decode(b []byte) T {
	reader := encoding.NewReader(b)
	v := r.read(reader)
	if err := reader.Done(); err != nil {
		panic("ledger: damaged row " + r.prefix + ": " + err.Error())
	}
	return v
}

func (r record[T]) encode(v T) []byte {
	w := encoding.NewWriter(64)
	r.write(w, v)
	return w.Bytes()
}

func (r record[T]) get(b Backing, i id) (v T, ok bool) {
	raw, ok := b.Get(r.key(i))
	if !ok {
		return v, false
	}
	return r.decode(raw), true
}

// has is get without decoding.
func (r record[T]) has(b Backing, i id) bool {
	_, ok := b.Get(r.key(i))
	return ok
}

func (r record[T]) put(o *overlay, i id, v T) { o.put(r.key(i), r.encode(v)) }

func (r record[T]) remove(o *overlay, i id) { o.remove(r.key(i)) }

// all returns the rows whose id starts with i, in ascending order.
func (r record[T]) all(b Backing, i id) []T {
	var out []T
	b.Range(r.key(i), func(_, value []byte) bool {
		out = append(out, r.decode(value))
		return true
	})
	return out
}

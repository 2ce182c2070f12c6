package market

import "github.com/nightjar/nightjar/protocol/encoding"

// Size is the length of an encoded record in bytes.
const Size = 42

// Write appends the encoding of m (spec/04-market.md).
func Write(w *encoding.Writer, m Record) {
	w.U32(m.ID)
	w.U32(m.Base)
	w.U32(m.Quote)
	w.U64(m.LotSize)
	w.U64(m.Tick)
	w.U16(m.FeeBp)
	w.U16(m.Collar)
	w.U64(m.MinQty)
	w.U16(m.Halt)
}

// Read reads a record; Validate is the caller's.
func Read(r *encoding.Reader) Record {
	return Record{
		ID:      r.U32(),
		Base:    r.U32(),
		Quote:   r.U32(),
		LotSize: r.U64(),
		Tick:    r.U64(),
		FeeBp:   r.U16(),
		Collar:  r.U16(),
		MinQty:  r.U64(),
		Halt:    r.U16(),
	}
}

package order

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
)

// Order is the full opening of an order note: what its owner and the enclave
// know.
type Order struct {
	Terms Terms
	Asset uint32        // asset of the money inside; FundingAsset unless unfillable
	Value uint64        // hub units of it
	OID   field.Element // the owner's id towards the enclave
	C     field.Element // owner commitment; every fill pays to it
	S     field.Element // the order's secret
}

// OpeningSize is the length of an encoded opening in bytes.
const OpeningSize = TermsSize + 4 + 8 + 3*field.Size

// Commitment returns
//
//	covenant = K(terms, oid, s)
//	ocm      = K(money(ORDER, asset, value), covenant, C)
//
// The money lane comes last and carries the tag, as in a note: terms and s are
// opaque to the Action circuit, so if they reached the lanes of the outer K,
// their owner could choose them to make a note's leaf open as an order of any
// value.
func (o Order) Commitment() field.Element { return o.commit(o.Terms.Hash()) }

// CommitOpaque is Commitment for a terms hash that the caller cannot open:
// what the Action circuit computes.
func CommitOpaque(terms field.Element, asset uint32, value uint64, oid, c, s field.Element) field.Element {
	return Order{Asset: asset, Value: value, OID: oid, C: c, S: s}.commit(terms)
}

func (o Order) commit(terms field.Element) field.Element {
	covenant := field.K(terms, o.OID, o.S)
	return field.K(note.Money(domain.Order, o.Asset, o.Value), covenant, o.C)
}

// Nullify returns (nf_o, s') = K2(s, ocm, position + 2^64·ONF): the order's
// nullifier, the same in a fill and in a cancel, and the secret of the
// remainder a fill leaves.
func Nullify(s, ocm field.Element, position uint64) (nf, next field.Element) {
	return field.K2(s, ocm, field.Pack(field.Word{V: position}, field.Word{V: uint64(domain.ONF), Shift: 64}))
}

// WriteOpening appends the opening as it travels to the enclave.
func WriteOpening(w *encoding.Writer, o Order) {
	WriteTerms(w, o.Terms)
	w.U32(o.Asset)
	w.U64(o.Value)
	field.Write(w, o.OID)
	field.Write(w, o.C)
	field.Write(w, o.S)
}

// ReadOpening reads an opening.
func ReadOpening(r *encoding.Reader) Order {
	return Order{
		Terms: ReadTerms(r),
		Asset: r.U32(),
		Value: r.U64(),
		OID:   field.Read(r),
		C:     field.Read(r),
		S:     field.Read(r),
	}
}

package state

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/authmap"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
)

// Row is one kind of row of the small state: all keys start with Prefix, and
// no prefix is the start of another.
type Row[T any] struct {
	Prefix string
	Write  func(*encoding.Writer, T)
	Read   func(*encoding.Reader) T
}

// The rows that readers verify.
var (
	Fees        = Row[Schedule]{"fee/", writeSchedule, readSchedule}
	Assets      = Row[Asset]{"asset/", writeAsset, readAsset}
	Markets     = Row[market.Record]{"market/", market.Write, market.Read}
	References  = Row[[]market.Reference]{"references/", writeReferences, readReferences}
	Workers     = Row[Worker]{"worker/", writeWorker, readWorker}
	Books       = Row[Book]{"book/", writeBook, readBook}
	Epochs      = Row[Epoch]{"epoch/", writeEpoch, readEpoch}
	AllRoots    = Row[Roots]{"roots/", writeRoots, readRoots}
	AllCircuits = Row[Circuits]{"circuits/", writeCircuits, readCircuits}
)

// Key returns the key of the row with an id; a kind with a single row has the
// empty id.
func (r Row[T]) Key(id []byte) []byte { return append([]byte(r.Prefix), id...) }

// ID8 is the id of rows that a byte names.
func ID8(v uint8) []byte { return []byte{v} }

// ID32 is the id of rows that a 32-bit number names.
func ID32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// ID64 is the id of rows that a 64-bit number names.
func ID64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// Decode decodes a row's value.
func (r Row[T]) Decode(value []byte) (v T, err error) {
	reader := encoding.NewReader(value)
	v = r.Read(reader)
	if err := reader.Done(); err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}

// Commitment is the three parts of an app hash.
type Commitment struct {
	Notes field.Element // root of the note tree
	Spent authmap.Hash  // root of the nullifier log
	Small authmap.Hash  // root of the small state
}

// AppHash returns SHA-256(context ‖ notes ‖ spent ‖ small).
func (c Commitment) AppHash() [32]byte {
	w := encoding.NewWriter(160)
	w.Var([]byte(domain.StateRoot))
	field.Write(w, c.Notes)
	w.Fixed(c.Spent[:])
	w.Fixed(c.Small[:])
	return sha256.Sum256(w.Bytes())
}

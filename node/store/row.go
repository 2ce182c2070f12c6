package store

import (
	"fmt"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Outcome is what became of an action after its block.
type Outcome uint8

// The outcomes; the numbers are stored.
const (
	Included Outcome = 0 // in a block; an action waits for its execution
	Executed Outcome = 1
	Dropped  Outcome = 2
)

// Tx is what became of a transaction.
type Tx struct {
	Included uint64 // height of its block
	Index    uint32 // place there
	Outcome  Outcome
	Decided  uint64 // height of the outcome; 0 before it
}

func txKey(id [32]byte) []byte { return append([]byte{spaceTx}, id[:]...) }

// TxRow records what became of a transaction.
func TxRow(id [32]byte, tx Tx) Row {
	w := encoding.NewWriter(32)
	w.U64(tx.Included)
	w.U32(tx.Index)
	w.U8(uint8(tx.Outcome))
	w.U64(tx.Decided)
	return Row{txKey(id), w.Bytes()}
}

// Tx returns what became of a transaction; ok is false if it was never in a
// block.
func (s *Store) Tx(id [32]byte) (tx Tx, ok bool) {
	v, ok := s.Get(txKey(id))
	if !ok {
		return Tx{}, false
	}
	r := encoding.NewReader(v)
	tx = Tx{Included: r.U64(), Index: r.U32(), Outcome: Outcome(r.U8()), Decided: r.U64()}
	if err := r.Done(); err != nil {
		panic(fmt.Sprintf("store: damaged transaction row: %v", err))
	}
	return tx, true
}

func workerKey(id settlement.WorkerID) []byte { return append([]byte{spaceExtra, 'w'}, id[:]...) }

// WorkerRow keeps a worker's registration, whose evidence the state does not
// hold.
func WorkerRow(id settlement.WorkerID, tx []byte) Row { return Row{workerKey(id), tx} }

// Registration returns the transaction that registered a worker.
func (s *Store) Registration(id settlement.WorkerID) ([]byte, bool) { return s.Get(workerKey(id)) }

func pendingKey(id [32]byte) []byte { return append([]byte{spacePending}, id[:]...) }

// PendingRow keeps what an admitted action's execution will show; nil forgets
// it.
func PendingRow(id [32]byte, entry []byte) Row { return Row{pendingKey(id), entry} }

// Pending returns what PendingRow kept.
func (s *Store) Pending(id [32]byte) ([]byte, bool) { return s.Get(pendingKey(id)) }

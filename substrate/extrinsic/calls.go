package extrinsic

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/storage"
)

// Weight bounds what a call may take of a block.
type Weight struct {
	RefTime   uint64 // picoseconds on the reference machine
	ProofSize uint64 // bytes
}

func (w Weight) argument() Struct {
	return Struct{{"ref_time", Uint(w.RefTime)}, {"proof_size", Uint(w.ProofSize)}}
}

// Timepoint is where a multisig's first approval is: every later one has to name
// it.
type Timepoint = storage.Timepoint

func timepoint(t Timepoint) Struct {
	return Struct{{"height", Uint(uint64(t.Height))}, {"index", Uint(uint64(t.Index))}}
}

func when(t *Timepoint) Argument {
	if t == nil {
		return None{}
	}
	return Some{timepoint(*t)}
}

// Transfer pays in the chain's own token and fails rather than end the sender's
// account: balances.transfer_keep_alive.
func (r *Runtime) Transfer(to account.ID, value amount.Wide) (Call, error) {
	return r.Call("Balances", "transfer_keep_alive", Field{"dest", Account(to)}, Field{"value", Number(value)})
}

// TransferAll pays all that can be paid, and with keepAlive all but the
// existential deposit: balances.transfer_all.
func (r *Runtime) TransferAll(to account.ID, keepAlive Flag) (Call, error) {
	return r.Call("Balances", "transfer_all", Field{"dest", Account(to)}, Field{"keep_alive", keepAlive})
}

// AssetTransfer pays in an asset of a pallet like pallet-assets, Assets or
// ForeignAssets; id is a Number, or the Encoded Location of a foreign asset.
func (r *Runtime) AssetTransfer(pallet string, id Argument, to account.ID, value amount.Wide) (Call, error) {
	return r.Call(pallet, "transfer_keep_alive", Field{"id", id}, Field{"target", Account(to)}, Field{"amount", Number(value)})
}

// BatchAll does all the calls or none: utility.batch_all.
func (r *Runtime) BatchAll(calls ...Call) (Call, error) {
	list := make(List, len(calls))
	for i, c := range calls {
		list[i] = c
	}
	return r.Call("Utility", "batch_all", Field{"calls", list})
}

// Remark puts bytes into a block, and their hash into an event:
// system.remark_with_event. Signers put it into a batch even alone: by spec/23
// no payload of theirs begins with the pallet number 0.
func (r *Runtime) Remark(remark []byte) (Call, error) {
	return r.Call("System", "remark_with_event", Field{"remark", Bytes(remark)})
}

// AsDerivative acts for the sender's derivative account of an index:
// utility.as_derivative.
func (r *Runtime) AsDerivative(index uint16, c Call) (Call, error) {
	return r.Call("Utility", "as_derivative", Field{"index", Uint(uint64(index))}, Field{"call", c})
}

// Nested acts for the account at the end of a path (account.Nested): one
// as_derivative inside another, the first index outermost.
func (r *Runtime) Nested(path []uint16, c Call) (Call, error) {
	for i := len(path) - 1; i >= 0; i-- {
		var err error
		if c, err = r.AsDerivative(path[i], c); err != nil {
			return Call{}, err
		}
	}
	return c, nil
}

// Multisig is who acts together.
type Multisig struct {
	Threshold   uint16
	Signatories []account.ID // in any order
}

// shared returns the fields with which multisig calls of an origin begin.
func (m Multisig) shared(origin account.ID) ([]Field, error) {
	if _, err := account.Multisig(m.Threshold, m.Signatories); err != nil {
		return nil, err
	}
	others, err := account.Others(m.Signatories, origin)
	if err != nil {
		return nil, err
	}
	return []Field{{"threshold", Uint(uint64(m.Threshold))}, {"other_signatories", Accounts(others)}}, nil
}

// Approve approves a call by its hash: multisig.approve_as_multi. first is nil
// in the first approval. limit is the weight that the execution may have.
func (r *Runtime) Approve(m Multisig, origin account.ID, first *Timepoint, hash [32]byte, limit Weight) (Call, error) {
	fields, err := m.shared(origin)
	if err != nil {
		return Call{}, err
	}
	return r.Call("Multisig", "approve_as_multi", append(fields,
		Field{"maybe_timepoint", when(first)}, Field{"call_hash", Bytes(hash[:])}, Field{"max_weight", limit.argument()})...)
}

// Execute approves a call and executes it if enough have: multisig.as_multi.
func (r *Runtime) Execute(m Multisig, origin account.ID, first *Timepoint, c Call, limit Weight) (Call, error) {
	fields, err := m.shared(origin)
	if err != nil {
		return Call{}, err
	}
	return r.Call("Multisig", "as_multi", append(fields,
		Field{"maybe_timepoint", when(first)}, Field{"call", c}, Field{"max_weight", limit.argument()})...)
}

// Cancel takes back an approved call, which only its first approver can:
// multisig.cancel_as_multi.
func (r *Runtime) Cancel(m Multisig, origin account.ID, first Timepoint, hash [32]byte) (Call, error) {
	fields, err := m.shared(origin)
	if err != nil {
		return Call{}, err
	}
	return r.Call("Multisig", "cancel_as_multi", append(fields,
		Field{"timepoint", timepoint(first)}, Field{"call_hash", Bytes(hash[:])})...)
}

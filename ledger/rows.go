package ledger

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/state"
)

// The small state: every kind of row, its key and its value
// (spec/10-ledger.md, "Rows").
var (
	rowGenesis      = record[[32]byte]{"sgenesis/", writeHash, readHash} // Genesis.Hash
	rowParams       = record[Params]{"sparams/", writeParams, readParams}
	rowFee          = public(state.Fees)
	rowAsset        = public(state.Assets)
	rowMarket       = public(state.Markets)
	rowPool         = public(state.Pools)
	rowClaim        = public(state.Claims)
	rowDeposit      = public(state.Deposits)
	rowWorker       = public(state.Workers)
	rowOperators    = record[[]quorum.Key]{"soperators/", writeKeys, readKeys}
	rowMeasurements = record[[]registry.Measurement]{"smeasurements/", writeMeasurements, readMeasurements}
	rowSigners      = public(state.AllSigners)
	rowValidators   = record[[]validatorSet]{"svalidators/", writeValidators, readValidators}
	rowBook         = public(state.Books)
	rowEpoch        = public(state.Epochs)
	rowVote         = record[[]opinion]{"svote/", writeOpinions, readOpinions}
	rowReferences   = public(state.References)
	rowSigned       = record[signedHeartbeat]{"ssigned/", writeSigned, readSigned}
	rowChallenge    = record[Challenge]{"schallenge/", writeChallenge, readChallenge}
	rowSuspension   = record[Suspension]{"ssuspension/", writeSuspension, readSuspension}
	rowLock         = record[Lock]{"slock/", writeLock, readLock}
	rowPending      = record[[]Pending]{"spending/", writePendings, readPendings}
	rowRoots        = public(state.AllRoots)
	rowBlockHash    = record[[32]byte]{"shash/", writeHash, readHash}
	rowProposal     = record[governance.Change]{"sproposal/", governance.WriteChange, governance.ReadChange}
	rowNonce        = record[uint64]{"snonce/", (*encoding.Writer).U64, (*encoding.Reader).U64}
	rowSizes        = record[sizes]{"ssizes/", writeSizes, readSizes}
	rowCircuits     = public(state.AllCircuits)
	rowKey          = record[[]byte]{"skey/", (*encoding.Writer).Fixed, readRest} // by its hash
)

// Derived rows: what a nullifier or a root stands for.
var (
	rowSpent    = record[uint64]{"dspent/", (*encoding.Writer).U64, (*encoding.Reader).U64}    // height of spending
	rowReserved = record[uint64]{"dreserved/", (*encoding.Writer).U64, (*encoding.Reader).U64} // height of admission
	rowLocked   = record[uint64]{"dlocked/", (*encoding.Writer).U64, (*encoding.Reader).U64}   // auction of the open lock
	rowExit     = record[uint64]{"dexit/", (*encoding.Writer).U64, (*encoding.Reader).U64}     // last block of the exit window
	rowAnchor   = record[[]uint64]{"danchor/", writeHeights, readHeights}                      // heights of this root, ascending
	rowFrontier = record[[]byte]{"mfrontier/", (*encoding.Writer).Fixed, readRest}             // tree.Frontier
	rowLog      = record[[]byte]{"mlog/", (*encoding.Writer).Fixed, readRest}                  // merklelog.Frontier
	rowHead     = record[Head]{"mhead/", writeHead, readHead}
)

// The rows that readers verify for themselves.
type (
	Asset  = state.Asset
	Worker = state.Worker
	Book   = state.Book
	Epoch  = state.Epoch
	Roots  = state.Roots

	Signers         = state.Signers
	Pool            = state.Pool
	WithdrawalClaim = state.Claim
)

// Lock is an accepted lock until its last effect has ended.
type Lock struct {
	Auction    uint64 // a
	Included   uint64 // block of the lock
	Until      uint64 // last block in which a group may settle
	ExitUntil  uint64 // last block of the exit window; 0 until the lock expires
	Anchor     uint64 // a − w: fills are proven in the root of this height
	Outcome    [32]byte
	Nullifiers []field.Element
	Settled    []uint16 // indices of settled groups, in order of settlement
}

// Pending is an admitted action until its execution.
type Pending struct {
	ID          [32]byte
	Index       uint32 // of its transaction in its block
	Nullifiers  [action.Slots]field.Element
	Commitments [action.Slots]field.Element
	FeeAsset    uint32
	Fee         uint64
	Out         action.Output
}

// Head is the last applied block.
type Head struct {
	Height  uint64
	Time    int64 // Unix seconds
	Hash    [32]byte
	AppHash [32]byte
}

// validatorSet is in force from height From on.
type validatorSet struct {
	From uint64
	Set  []Validator
}

// opinion is a validator's last quote of a market.
type opinion struct {
	Market uint32
	Bid    uint64
	Ask    uint64
	Height uint64
}

// sizes commits to how many entries the tree and the log have.
type sizes struct{ Leaves, Spent uint64 }

// list reads a 16-bit count and that many elements. Stored lists are as long
// as the ledger made them; a count past the bytes ends at the first error.
func list[T any](r *encoding.Reader, read func() T) []T {
	n := int(r.U16())
	var out []T
	for i := 0; i < n && r.Err() == nil; i++ {
		out = append(out, read())
	}
	return out
}

func writeOutput(w *encoding.Writer, o action.Output) {
	w.U32(o.Asset)
	w.U64(o.Amount)
	w.Fixed(o.Recipient[:])
	field.Write(w, o.Return)
}

func readOutput(r *encoding.Reader) (o action.Output) {
	o.Asset = r.U32()
	o.Amount = r.U64()
	r.Fixed(o.Recipient[:])
	o.Return = field.Read(r)
	return o
}

func writeKeys(w *encoding.Writer, keys []quorum.Key) {
	w.U16(uint16(len(keys)))
	for _, k := range keys {
		w.Fixed(k[:])
	}
}

func readKey(r *encoding.Reader) (k quorum.Key) {
	r.Fixed(k[:])
	return k
}

func readKeys(r *encoding.Reader) []quorum.Key {
	return list(r, func() quorum.Key { return readKey(r) })
}

func writeMeasurements(w *encoding.Writer, ms []registry.Measurement) {
	w.U16(uint16(len(ms)))
	for _, m := range ms {
		registry.WriteMeasurement(w, m)
	}
}

func readMeasurements(r *encoding.Reader) []registry.Measurement {
	return list(r, func() registry.Measurement { return registry.ReadMeasurement(r) })
}

func writeValidators(w *encoding.Writer, sets []validatorSet) {
	w.U16(uint16(len(sets)))
	for _, s := range sets {
		w.U64(s.From)
		w.U16(uint16(len(s.Set)))
		for _, v := range s.Set {
			w.Fixed(v.Key[:])
			w.U64(v.Power)
		}
	}
}

func readValidators(r *encoding.Reader) []validatorSet {
	return list(r, func() validatorSet {
		return validatorSet{r.U64(), list(r, func() Validator { return Validator{readKey(r), r.U64()} })}
	})
}

func writeOpinions(w *encoding.Writer, os []opinion) {
	w.U16(uint16(len(os)))
	for _, o := range os {
		w.U32(o.Market)
		w.U64(o.Bid)
		w.U64(o.Ask)
		w.U64(o.Height)
	}
}

func readOpinions(r *encoding.Reader) []opinion {
	return list(r, func() opinion { return opinion{r.U32(), r.U64(), r.U64(), r.U64()} })
}

func writeLock(w *encoding.Writer, l Lock) {
	w.U64(l.Auction)
	w.U64(l.Included)
	w.U64(l.Until)
	w.U64(l.ExitUntil)
	w.U64(l.Anchor)
	w.Fixed(l.Outcome[:])
	w.U16(uint16(len(l.Nullifiers)))
	for _, nf := range l.Nullifiers {
		field.Write(w, nf)
	}
	w.U16(uint16(len(l.Settled)))
	for _, i := range l.Settled {
		w.U16(i)
	}
}

func readLock(r *encoding.Reader) Lock {
	l := Lock{Auction: r.U64(), Included: r.U64(), Until: r.U64(), ExitUntil: r.U64(), Anchor: r.U64()}
	r.Fixed(l.Outcome[:])
	l.Nullifiers = list(r, func() field.Element { return field.Read(r) })
	l.Settled = list(r, r.U16)
	return l
}

func writePendings(w *encoding.Writer, ps []Pending) {
	w.U32(uint32(len(ps)))
	for _, p := range ps {
		w.Fixed(p.ID[:])
		w.U32(p.Index)
		for _, nf := range p.Nullifiers {
			field.Write(w, nf)
		}
		for _, cm := range p.Commitments {
			field.Write(w, cm)
		}
		w.U32(p.FeeAsset)
		w.U64(p.Fee)
		writeOutput(w, p.Out)
	}
}

func readPendings(r *encoding.Reader) []Pending {
	n := r.U32()
	var out []Pending
	for i := uint32(0); i < n && r.Err() == nil; i++ {
		var p Pending
		r.Fixed(p.ID[:])
		p.Index = r.U32()
		for j := range p.Nullifiers {
			p.Nullifiers[j] = field.Read(r)
		}
		for j := range p.Commitments {
			p.Commitments[j] = field.Read(r)
		}
		p.FeeAsset = r.U32()
		p.Fee = r.U64()
		p.Out = readOutput(r)
		out = append(out, p)
	}
	return out
}

func writeHash(w *encoding.Writer, h [32]byte) { w.Fixed(h[:]) }

func readHash(r *encoding.Reader) (h [32]byte) {
	r.Fixed(h[:])
	return h
}

func writeHeights(w *encoding.Writer, hs []uint64) {
	w.U16(uint16(len(hs)))
	for _, h := range hs {
		w.U64(h)
	}
}

func readHeights(r *encoding.Reader) []uint64 { return list(r, r.U64) }

func readRest(r *encoding.Reader) []byte {
	b := make([]byte, r.Len())
	r.Fixed(b)
	return b
}

func writeHead(w *encoding.Writer, h Head) {
	w.U64(h.Height)
	w.U64(uint64(h.Time))
	w.Fixed(h.Hash[:])
	w.Fixed(h.AppHash[:])
}

func readHead(r *encoding.Reader) Head {
	return Head{r.U64(), int64(r.U64()), readHash(r), readHash(r)}
}

func writeSizes(w *encoding.Writer, s sizes) {
	w.U64(s.Leaves)
	w.U64(s.Spent)
}

func readSizes(r *encoding.Reader) sizes { return sizes{r.U64(), r.U64()} }

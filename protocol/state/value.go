package state

import (
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Schedule is a fee over time: the steps ascend by height.
type Schedule []Step

// Step is a fee and the height of the first block in which it was in force.
type Step struct{ Since, Fee uint64 }

// At returns the fee in force after block height; ok is false before the first
// step.
func (s Schedule) At(height uint64) (fee uint64, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Since <= height {
			return s[i].Fee, true
		}
	}
	return 0, false
}

// With appends a step and drops those that ended before height oldest.
func (s Schedule) With(next Step, oldest uint64) Schedule {
	var out Schedule
	for i, st := range s {
		if i+1 < len(s) && s[i+1].Since <= oldest {
			continue
		}
		if st.Since != next.Since {
			out = append(out, st)
		}
	}
	return append(out, next)
}

// Asset is an asset and what governance may change about it.
type Asset struct {
	Record     asset.Record
	MinDeposit uint64
	MaxDeposit uint64
	MaxSupply  uint64 // no deposit makes deposited − withdrawn more
	Halted     bool   // deposits; nothing halts exits
	ExitFees   Schedule
}

// Worker is a registered enclave.
type Worker struct {
	ID          settlement.WorkerID
	Operator    quorum.Key
	SigningKey  quorum.Key
	SealKey     registry.SealKey
	Measurement registry.Measurement
	Platform    registry.Platform
	Registered  uint64 // height
	Head        uint64 // height that the enclave had verified
}

// Book says which epoch runs and when the enclaves were last heard of.
type Book struct {
	Epoch     uint64 // number of the current epoch; 0 before the first
	Since     uint64 // height at which this book began: the first epoch or the last reset
	Alive     uint64 // height of the last epoch or heartbeat
	Heartbeat uint64 // height that the last heartbeat stands for
	LastLock  uint64 // height of the last block with a lock
}

// Epoch is one key epoch.
type Epoch struct {
	Number    uint64
	Start     uint64 // first block in which it was current
	End       uint64 // first block in which it no longer was; 0 while it runs
	Reset     bool
	SealKey   registry.SealKey
	Committed [32]byte
}

// Roots are the three roots after a block.
type Roots struct {
	Height     uint64
	Notes      field.Element
	Markets    field.Element
	References field.Element
}

// Circuits is one version of the three circuits.
type Circuits struct {
	Version               uint8  // from 1
	Since                 uint64 // first block that took it
	Retires               uint64 // last block that takes it for more than exits; 0 for the newest
	Action, Fill, Collect CircuitKey
}

// CircuitKey names a verifying key and where it comes from.
type CircuitKey struct {
	Hash       [32]byte // of the verifying key (spec/11-circuits.md)
	Circuit    [32]byte // digest of the constraint system
	Transcript [32]byte // hash of its ceremony's; zero for a development key
}

func writeSchedule(w *encoding.Writer, s Schedule) {
	w.U16(uint16(len(s)))
	for _, st := range s {
		w.U64(st.Since)
		w.U64(st.Fee)
	}
}

func readSchedule(r *encoding.Reader) Schedule {
	return list(r, func() Step { return Step{r.U64(), r.U64()} })
}

func writeAsset(w *encoding.Writer, a Asset) {
	asset.Write(w, a.Record)
	w.U64(a.MinDeposit)
	w.U64(a.MaxDeposit)
	w.U64(a.MaxSupply)
	w.Bool(a.Halted)
	writeSchedule(w, a.ExitFees)
}

func readAsset(r *encoding.Reader) Asset {
	return Asset{Record: asset.Read(r), MinDeposit: r.U64(), MaxDeposit: r.U64(), MaxSupply: r.U64(), Halted: r.Bool(), ExitFees: readSchedule(r)}
}

func writeWorker(w *encoding.Writer, v Worker) {
	w.Fixed(v.ID[:])
	w.Fixed(v.Operator[:])
	w.Fixed(v.SigningKey[:])
	w.Fixed(v.SealKey[:])
	registry.WriteMeasurement(w, v.Measurement)
	w.Fixed(v.Platform[:])
	w.U64(v.Registered)
	w.U64(v.Head)
}

func readWorker(r *encoding.Reader) (v Worker) {
	r.Fixed(v.ID[:])
	r.Fixed(v.Operator[:])
	r.Fixed(v.SigningKey[:])
	r.Fixed(v.SealKey[:])
	v.Measurement = registry.ReadMeasurement(r)
	r.Fixed(v.Platform[:])
	v.Registered = r.U64()
	v.Head = r.U64()
	return v
}

func writeBook(w *encoding.Writer, b Book) {
	w.U64(b.Epoch)
	w.U64(b.Since)
	w.U64(b.Alive)
	w.U64(b.Heartbeat)
	w.U64(b.LastLock)
}

func readBook(r *encoding.Reader) Book {
	return Book{Epoch: r.U64(), Since: r.U64(), Alive: r.U64(), Heartbeat: r.U64(), LastLock: r.U64()}
}

func writeEpoch(w *encoding.Writer, e Epoch) {
	w.U64(e.Number)
	w.U64(e.Start)
	w.U64(e.End)
	w.Bool(e.Reset)
	w.Fixed(e.SealKey[:])
	w.Fixed(e.Committed[:])
}

func readEpoch(r *encoding.Reader) Epoch {
	e := Epoch{Number: r.U64(), Start: r.U64(), End: r.U64(), Reset: r.Bool()}
	r.Fixed(e.SealKey[:])
	r.Fixed(e.Committed[:])
	return e
}

func writeReferences(w *encoding.Writer, refs []market.Reference) {
	w.U16(uint16(len(refs)))
	for _, ref := range refs {
		market.WriteReference(w, ref)
	}
}

func readReferences(r *encoding.Reader) []market.Reference {
	return list(r, func() market.Reference { return market.ReadReference(r) })
}

func writeRoots(w *encoding.Writer, v Roots) {
	w.U64(v.Height)
	field.Write(w, v.Notes)
	field.Write(w, v.Markets)
	field.Write(w, v.References)
}

func readRoots(r *encoding.Reader) Roots {
	return Roots{Height: r.U64(), Notes: field.Read(r), Markets: field.Read(r), References: field.Read(r)}
}

func writeCircuits(w *encoding.Writer, c Circuits) {
	w.U8(c.Version)
	w.U64(c.Since)
	w.U64(c.Retires)
	for _, k := range []CircuitKey{c.Action, c.Fill, c.Collect} {
		w.Fixed(k.Hash[:])
		w.Fixed(k.Circuit[:])
		w.Fixed(k.Transcript[:])
	}
}

func readCircuits(r *encoding.Reader) Circuits {
	c := Circuits{Version: r.U8(), Since: r.U64(), Retires: r.U64()}
	for _, k := range []*CircuitKey{&c.Action, &c.Fill, &c.Collect} {
		r.Fixed(k.Hash[:])
		r.Fixed(k.Circuit[:])
		r.Fixed(k.Transcript[:])
	}
	return c
}

// list reads a 16-bit count and that many elements; a count past the bytes
// ends at the first error.
func list[T any](r *encoding.Reader, read func() T) []T {
	n := int(r.U16())
	var out []T
	for i := 0; i < n && r.Err() == nil; i++ {
		out = append(out, read())
	}
	return out
}

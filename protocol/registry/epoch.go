package registry

import (
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Schedule is K_sched of an epoch: auction times and tie bits are its PRF. It
// is secret while the epoch runs and revealed by the next one.
type Schedule [32]byte

// Commit returns what an epoch publishes of its schedule key at its start:
// SHA-256(context ‖ K_sched).
func (s Schedule) Commit() [32]byte {
	w := encoding.NewWriter(64)
	w.Var([]byte(domain.ScheduleCommit))
	w.Fixed(s[:])
	return sha256.Sum256(w.Bytes())
}

// Epoch starts epoch Number. A reset starts with an empty book after the old
// one was lost; its Revealed is zero, since nobody is left who knows it.
type Epoch struct {
	Number     uint64
	Reset      bool
	SealKey    SealKey  // instructions of Actions are sealed to it
	Committed  [32]byte // Schedule.Commit of this epoch's schedule key
	Revealed   Schedule // the schedule key of the epoch that ends; zero if there is none
	Signatures []settlement.WorkerSignature
}

func (p *Epoch) body(w *encoding.Writer) {
	w.U8(EpochKind)
	w.U8(EpochVersion)
	w.U64(p.Number)
	w.Bool(p.Reset)
	w.Fixed(p.SealKey[:])
	w.Fixed(p.Committed[:])
	w.Fixed(p.Revealed[:])
}

// SignBytes is what a worker signs after it has taken the epoch secret and
// checked SealKey and Committed against it. A reset has a context of its own.
func (p *Epoch) SignBytes(chainID string) []byte {
	ctx := domain.EpochSig
	if p.Reset {
		ctx = domain.EpochReset
	}
	w := encoding.NewWriter(2048)
	w.Var([]byte(ctx))
	w.Var([]byte(chainID))
	p.body(w)
	return w.Bytes()
}

// Encode returns the canonical bytes.
func (p *Epoch) Encode() []byte {
	w := encoding.NewWriter(2048)
	p.body(w)
	settlement.WriteSignatures(w, p.Signatures)
	return w.Bytes()
}

// DecodeEpoch is the inverse of Encode.
func DecodeEpoch(b []byte) (*Epoch, error) {
	r := encoding.NewReader(b)
	header(r, EpochKind, EpochVersion)
	p := &Epoch{Number: r.U64(), Reset: r.Bool()}
	r.Fixed(p.SealKey[:])
	r.Fixed(p.Committed[:])
	r.Fixed(p.Revealed[:])
	p.Signatures = settlement.ReadSignatures(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return p, nil
}

// Heartbeat is the enclaves' sign of life for all blocks up to Height: what
// they took in and what their auctions did, also where nothing matched, and the
// prints that are due.
type Heartbeat struct {
	Height      uint64
	Intake      [32]byte // root of the orders taken in
	Transcript  [32]byte // root of the auctions' transcripts
	StateDigest [32]byte
	Prints      []Print // ascending by market and pool; none if empty
	Signatures  []settlement.WorkerSignature
}

func (h *Heartbeat) body(w *encoding.Writer) {
	w.U8(HeartbeatKind)
	w.U8(HeartbeatVersion)
	w.U64(h.Height)
	w.Fixed(h.Intake[:])
	w.Fixed(h.Transcript[:])
	w.Fixed(h.StateDigest[:])
	writePrints(w, h.Prints)
}

// SignBytes is what a worker signs.
func (h *Heartbeat) SignBytes(chainID string) []byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.HeartbeatSig))
	w.Var([]byte(chainID))
	h.body(w)
	return w.Bytes()
}

// Encode returns the canonical bytes.
func (h *Heartbeat) Encode() []byte {
	w := encoding.NewWriter(512)
	h.body(w)
	settlement.WriteSignatures(w, h.Signatures)
	return w.Bytes()
}

// DecodeHeartbeat is the inverse of Encode.
func DecodeHeartbeat(b []byte) (*Heartbeat, error) {
	r := encoding.NewReader(b)
	header(r, HeartbeatKind, HeartbeatVersion)
	h := &Heartbeat{Height: r.U64()}
	r.Fixed(h.Intake[:])
	r.Fixed(h.Transcript[:])
	r.Fixed(h.StateDigest[:])
	h.Prints = readPrints(r)
	h.Signatures = settlement.ReadSignatures(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return h, nil
}

package settlement

import (
	"bytes"
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Kinds of the two transactions and the version of the Lock; a Settle's second
// byte is the version of the circuits of its proofs.
const (
	LockKind    = 2
	LockVersion = 1
	SettleKind  = 3
)

// Decoder bounds; genesis parameters bound tighter.
const (
	MaxNullifiers = 4096
	MaxGroups     = 512
	MaxSigners    = 64
	MaxLegs       = 1024
)

// WorkerID names a worker: SHA-256(context ‖ signing key).
type WorkerID [32]byte

// NewWorkerID returns the id of an Ed25519 signing key.
func NewWorkerID(key [32]byte) WorkerID {
	w := encoding.NewWriter(96)
	w.Var([]byte(domain.WorkerID))
	w.Fixed(key[:])
	return sha256.Sum256(w.Bytes())
}

// WorkerSignature is one worker's Ed25519 signature.
type WorkerSignature struct {
	Worker    WorkerID
	Signature [64]byte
}

// WriteSignatures appends a count byte and the signatures.
func WriteSignatures(w *encoding.Writer, sigs []WorkerSignature) {
	w.U8(uint8(len(sigs)))
	for _, s := range sigs {
		w.Fixed(s.Worker[:])
		w.Fixed(s.Signature[:])
	}
}

// ReadSignatures reads signatures in strictly ascending order of worker id, so
// that a quorum has one encoding and no worker signs twice.
func ReadSignatures(r *encoding.Reader) []WorkerSignature {
	n := int(r.U8())
	if n > MaxSigners {
		r.Fail(rejection.New(rejection.Oversized, "%d signatures", n))
	}
	var out []WorkerSignature
	for i := 0; i < n && r.Err() == nil; i++ {
		var s WorkerSignature
		r.Fixed(s.Worker[:])
		r.Fixed(s.Signature[:])
		if i > 0 && bytes.Compare(out[i-1].Worker[:], s.Worker[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "signatures are not in ascending order of worker"))
		}
		out = append(out, s)
	}
	return out
}

// Lock says what auction Height matched.
type Lock struct {
	Height      uint64          // a: the auction's height
	Nullifiers  []field.Element // of every order and padding order, strictly ascending
	Outcome     [32]byte        // H(a; h_1 … h_n) over the groups in ascending order of h
	StateDigest [32]byte        // the enclaves' state after the auction
	Signatures  []WorkerSignature
}

func (l *Lock) body(w *encoding.Writer) {
	w.U8(LockKind)
	w.U8(LockVersion)
	w.U64(l.Height)
	w.U16(uint16(len(l.Nullifiers)))
	for _, nf := range l.Nullifiers {
		field.Write(w, nf)
	}
	w.Fixed(l.Outcome[:])
	w.Fixed(l.StateDigest[:])
}

// Encode returns the canonical bytes.
func (l *Lock) Encode() []byte {
	w := encoding.NewWriter(128 + len(l.Nullifiers)*field.Size + len(l.Signatures)*96)
	l.body(w)
	WriteSignatures(w, l.Signatures)
	return w.Bytes()
}

// DecodeLock is the inverse of Encode.
func DecodeLock(b []byte) (*Lock, error) {
	r := encoding.NewReader(b)
	if k := r.U8(); r.Err() == nil && k != LockKind {
		return nil, rejection.New(rejection.UnknownKind, "kind %d is not a lock", k)
	}
	if v := r.U8(); r.Err() == nil && v != LockVersion {
		return nil, rejection.New(rejection.UnknownVersion, "lock version %d", v)
	}
	l := &Lock{Height: r.U64()}
	n := r.Count(MaxNullifiers)
	for i := 0; i < n && r.Err() == nil; i++ {
		nf := field.Read(r)
		if i > 0 && l.Nullifiers[i-1].Cmp(&nf) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "nullifiers are not strictly ascending"))
		}
		l.Nullifiers = append(l.Nullifiers, nf)
	}
	r.Fixed(l.Outcome[:])
	r.Fixed(l.StateDigest[:])
	l.Signatures = ReadSignatures(r)
	return l, r.Done()
}

// SignBytes is what a worker signs.
func (l *Lock) SignBytes(chainID string) []byte {
	w := encoding.NewWriter(256 + len(l.Nullifiers)*field.Size)
	w.Var([]byte(domain.LockSig))
	w.Var([]byte(chainID))
	l.body(w)
	return w.Bytes()
}

// Outcome returns SHA-256(context ‖ a ‖ n ‖ h_1 … h_n). The hashes stand in
// ascending order: an order by market would say which group is whose.
func Outcome(height uint64, groups [][32]byte) [32]byte {
	w := encoding.NewWriter(64 + 32*len(groups))
	w.Var([]byte(domain.Outcome))
	w.U64(height)
	w.U16(uint16(len(groups)))
	for _, h := range groups {
		w.Fixed(h[:])
	}
	return sha256.Sum256(w.Bytes())
}

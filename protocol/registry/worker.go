package registry

import (
	"crypto/ed25519"
	"crypto/sha512"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Kinds and versions of the three transactions.
const (
	WorkerKind       = 6
	EpochKind        = 7
	HeartbeatKind    = 8
	WorkerVersion    = 1
	EpochVersion     = 1
	HeartbeatVersion = 2
)

// MaxEvidence bounds the evidence of one registration in bytes.
const MaxEvidence = 16 << 10

// SealKeySize is the length of an X-Wing public key: ML-KEM-768 and X25519.
const SealKeySize = 1184 + 32

// SealKey is a public key that HPKE seals to.
type SealKey [SealKeySize]byte

// Head is the block that an enclave has verified by itself.
type Head struct {
	Height uint64
	Hash   [32]byte
}

// role separates kinds of enclaves in the report data; there is one so far.
const role = 1

// Worker registers one enclave.
type Worker struct {
	Operator   quorum.Key // who runs it; a quorum counts distinct operators
	SigningKey quorum.Key // made in the enclave at boot
	SealKey    SealKey    // made in the enclave at boot; epoch secrets are sealed to it
	Head       Head
	Evidence   []byte   // attestation over ReportData
	Signature  [64]byte // by Operator over SignBytes
}

// ID returns the worker's id.
func (w *Worker) ID() settlement.WorkerID { return settlement.NewWorkerID(w.SigningKey) }

// ReportData is what the evidence must attest:
// SHA-512(context ‖ chain id ‖ role ‖ operator ‖ signing key ‖ seal key ‖ head).
func (w *Worker) ReportData(chainID string) [64]byte {
	e := encoding.NewWriter(2048)
	e.Var([]byte(domain.ReportData))
	e.Var([]byte(chainID))
	e.U8(role)
	w.identity(e)
	return sha512.Sum512(e.Bytes())
}

func (w *Worker) identity(e *encoding.Writer) {
	e.Fixed(w.Operator[:])
	e.Fixed(w.SigningKey[:])
	e.Fixed(w.SealKey[:])
	e.U64(w.Head.Height)
	e.Fixed(w.Head.Hash[:])
}

func (w *Worker) body(e *encoding.Writer) {
	e.U8(WorkerKind)
	e.U8(WorkerVersion)
	w.identity(e)
	e.Var(w.Evidence)
}

// SignBytes is what the operator signs.
func (w *Worker) SignBytes(chainID string) []byte {
	e := encoding.NewWriter(2048 + len(w.Evidence))
	e.Var([]byte(domain.OperatorSig))
	e.Var([]byte(chainID))
	w.body(e)
	return e.Bytes()
}

// Sign fills the operator's signature. Operator is part of the report data, so
// it was set before the evidence was made.
func (w *Worker) Sign(chainID string, operator ed25519.PrivateKey) {
	w.Signature = quorum.Sign(operator, w.SignBytes(chainID)).Signature
}

// Encode returns the canonical bytes.
func (w *Worker) Encode() []byte {
	e := encoding.NewWriter(2048 + len(w.Evidence))
	w.body(e)
	e.Fixed(w.Signature[:])
	return e.Bytes()
}

// DecodeWorker is the inverse of Encode.
func DecodeWorker(b []byte) (*Worker, error) {
	r := encoding.NewReader(b)
	header(r, WorkerKind, WorkerVersion)
	w := new(Worker)
	r.Fixed(w.Operator[:])
	r.Fixed(w.SigningKey[:])
	r.Fixed(w.SealKey[:])
	w.Head.Height = r.U64()
	r.Fixed(w.Head.Hash[:])
	w.Evidence = r.Var(MaxEvidence)
	r.Fixed(w.Signature[:])
	if err := r.Done(); err != nil {
		return nil, err
	}
	return w, nil
}

func header(r *encoding.Reader, kind, version uint8) {
	if k := r.U8(); r.Err() == nil && k != kind {
		r.Fail(rejection.New(rejection.UnknownKind, "kind %d where %d is expected", k, kind))
	}
	if v := r.U8(); r.Err() == nil && v != version {
		r.Fail(rejection.New(rejection.UnknownVersion, "version %d of kind %d", v, kind))
	}
}

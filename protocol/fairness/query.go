package fairness

import (
	"crypto/hpke"
	"crypto/sha256"
	"fmt"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Query asks a worker what a heartbeat's trees have of an order.
type Query struct {
	Heartbeat uint64   // height
	Call      uint64   // number of an auction call in it (transcript.Call)
	Intake    [32]byte // the order's label in the intake
	Order     [32]byte // its label in the transcripts of the call's interval
	Key       [seal.EpochKeySize]byte
	Right     [32]byte // shows knowledge of the order's s
}

// Kept is for how many heartbeats, the newest among them, a worker keeps what
// it shows owners: a query about an older one is answered by nobody.
const Kept = 4

// QuerySize is the length of an encoded Query in bytes.
const QuerySize = 2*8 + 2*32 + seal.EpochKeySize + 32

// Ask returns the query about an order, to be answered under key. Without an
// order, ask about a random secret: nobody can tell.
func Ask(heartbeat, call uint64, s transcript.Secret, key [seal.EpochKeySize]byte) Query {
	q := Query{Heartbeat: heartbeat, Call: call, Key: key}
	q.Intake, q.Order = labels(q, s)
	q.Right = q.right(s.S)
	return q
}

func labels(q Query, s transcript.Secret) (intake, order [32]byte) {
	return s.Label(domain.Intake, q.Heartbeat), s.Label(domain.Transcript, transcript.CallInterval(q.Call))
}

// right is a tag that only who knows s can make; it binds the key, so that
// nobody has the answer sealed to themselves.
func (q *Query) right(s field.Element) [32]byte {
	secret := s.Bytes()
	w := encoding.NewWriter(QuerySize + 64)
	w.Var([]byte(domain.FairnessRight))
	w.Fixed(secret[:])
	q.write(w)
	return sha256.Sum256(w.Bytes())
}

func (q *Query) write(w *encoding.Writer) {
	w.U64(q.Heartbeat)
	w.U64(q.Call)
	w.Fixed(q.Intake[:])
	w.Fixed(q.Order[:])
	w.Fixed(q.Key[:])
}

// Write appends the encoding of q.
func (q *Query) Write(w *encoding.Writer) {
	q.write(w)
	w.Fixed(q.Right[:])
}

// Bytes returns the encoding of a query that stands alone.
func (q *Query) Bytes() [QuerySize]byte {
	w := encoding.NewWriter(QuerySize)
	q.Write(w)
	return [QuerySize]byte(w.Bytes())
}

// ReadQuery is the inverse of Write. It fails the reader (NON_CANONICAL) on a
// key that nothing can be sealed to.
func ReadQuery(r *encoding.Reader) (q Query) {
	q.Heartbeat, q.Call = r.U64(), r.U64()
	r.Fixed(q.Intake[:])
	r.Fixed(q.Order[:])
	r.Fixed(q.Key[:])
	r.Fixed(q.Right[:])
	if r.Err() == nil {
		if err := seal.CheckEpochKey(q.Key[:]); err != nil {
			r.Fail(err)
		}
	}
	return q
}

// DecodeQuery decodes a query that stands alone.
func DecodeQuery(b []byte) (Query, error) {
	r := encoding.NewReader(b)
	q := ReadQuery(r)
	return q, r.Done()
}

// SealedSize is the length of a sealed Answer in bytes.
const SealedSize = seal.EncapsulationSize + AnswerSize + 16

// info binds a sealed answer to its chain.
func info(chainID string) []byte {
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.FairnessAnswer))
	w.Var([]byte(chainID))
	return w.Bytes()
}

// aad binds a sealed answer to its query.
func (q *Query) aad() []byte {
	w := encoding.NewWriter(QuerySize)
	q.Write(w)
	sum := sha256.Sum256(w.Bytes())
	return sum[:]
}

// Seal seals an answer to who asked. NON_CANONICAL if the key is not one.
func (q *Query) Seal(chainID string, a *Answer) ([]byte, error) {
	kem, kdf, aead := seal.Suite()
	public, err := kem.NewPublicKey(q.Key[:])
	if err != nil {
		return nil, rejection.New(rejection.NonCanonical, "the key of a query")
	}
	enc, sender, err := hpke.NewSender(public, kdf, aead, info(chainID))
	if err != nil { // a part of small order
		return nil, rejection.New(rejection.NonCanonical, "the key of a query")
	}
	text, err := sender.Seal(q.aad(), a.Encode())
	if err != nil {
		return nil, fmt.Errorf("fairness: seal: %w", err)
	}
	return append(enc, text...), nil
}

// KeySeed is what an asker's key is made of: whoever has it opens the answer.
type KeySeed [32]byte

func (k KeySeed) private() hpke.PrivateKey {
	kem, _, _ := seal.Suite()
	private, err := kem.NewPrivateKey(k[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return private
}

// Public returns the key to ask under.
func (k KeySeed) Public() (key [seal.EpochKeySize]byte) {
	copy(key[:], k.private().PublicKey().Bytes())
	return key
}

// Open opens a sealed answer to q; BAD_TRANSCRIPT, without a reason, if it is
// none.
func (k KeySeed) Open(chainID string, q *Query, sealed []byte) (*Answer, error) {
	_, kdf, aead := seal.Suite()
	opaque := bad("a sealed answer that does not open")
	if len(sealed) != SealedSize || q.Key != k.Public() {
		return nil, opaque
	}
	recipient, err := hpke.NewRecipient(sealed[:seal.EncapsulationSize], k.private(), kdf, aead, info(chainID))
	if err != nil {
		return nil, opaque
	}
	text, err := recipient.Open(q.aad(), sealed[seal.EncapsulationSize:])
	if err != nil {
		return nil, opaque
	}
	a, err := DecodeAnswer(text)
	if err != nil {
		return nil, opaque
	}
	return a, nil
}

func bad(format string, args ...any) error {
	return rejection.New(rejection.BadTranscript, format, args...)
}

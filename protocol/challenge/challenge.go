package challenge

import (
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Kinds and versions of the two transactions.
const (
	Kind          = 11
	AnswerKind    = 12
	Version       = 1
	AnswerVersion = 1
)

// Challenge puts a query to one worker.
type Challenge struct {
	Worker settlement.WorkerID
	Query  fairness.Query
	Action action.Action // pays for it; its signature is over Sighash
}

// Size is the length of every encoded challenge in bytes.
const Size = 2 + 32 + fairness.QuerySize + action.Size

// signed is the length of what rk signs: all but the action's proof and
// signature.
const signed = Size - action.ProofSize - jubjub.SignatureSize

// ID names a question to a worker: whoever pays for it, it is asked once.
type ID [32]byte

// NewID returns the id of a query to a worker.
func NewID(chainID string, worker settlement.WorkerID, query *fairness.Query) ID {
	w := encoding.NewWriter(2048)
	w.Var([]byte(domain.ChallengeID))
	w.Var([]byte(chainID))
	w.Fixed(worker[:])
	query.Write(w)
	return sha256.Sum256(w.Bytes())
}

// ID returns the challenge's id.
func (c *Challenge) ID(chainID string) ID { return NewID(chainID, c.Worker, &c.Query) }

// Sighash is what the action's rk signs: chain id, challenge and action, all
// but the action's proof and signature. It is not the action's own Sighash: the
// action alone is worth nothing.
func (c *Challenge) Sighash(chainID string) [32]byte {
	w := encoding.NewWriter(Size + 128)
	w.Var([]byte(domain.ChallengeSig))
	w.Var([]byte(chainID))
	w.Fixed(c.Encode()[:signed])
	return sha256.Sum256(w.Bytes())
}

// VerifySignature checks the signature of the action's rk (BAD_SPEND_SIGNATURE).
func (c *Challenge) VerifySignature(chainID string) error {
	h := c.Sighash(chainID)
	if !jubjub.Verify(domain.SpendSig, jubjub.Spend, c.Action.RK, h[:], c.Action.Signature) {
		return rejection.New(rejection.BadSpendSignature, "")
	}
	return nil
}

// Encode returns the canonical bytes.
func (c *Challenge) Encode() []byte {
	w := encoding.NewWriter(Size)
	w.U8(Kind)
	w.U8(Version)
	w.Fixed(c.Worker[:])
	c.Query.Write(w)
	w.Fixed(c.Action.Encode())
	return w.Bytes()
}

// Decode is the inverse of Encode. Beside what is no challenge it refuses a
// withdrawal to pay with (BAD_WITHDRAWAL): its fee may be nothing.
func Decode(b []byte) (*Challenge, error) {
	r := encoding.NewReader(b)
	header(r, Kind, Version)
	c := new(Challenge)
	r.Fixed(c.Worker[:])
	c.Query = fairness.ReadQuery(r)
	if r.Err() == nil {
		a, err := action.Decode(b[len(b)-r.Len():])
		if err != nil {
			return nil, err
		}
		c.Action = *a
		r.Fixed(make([]byte, action.Size))
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	if c.Action.FeeInAsset {
		return nil, rejection.New(rejection.BadWithdrawal, "a challenge is not paid for by a withdrawal")
	}
	return c, nil
}

func header(r *encoding.Reader, kind, version uint8) {
	if k := r.U8(); r.Err() == nil && k != kind {
		r.Fail(rejection.New(rejection.UnknownKind, "kind %d where %d is expected", k, kind))
	}
	if v := r.U8(); r.Err() == nil && v != version {
		r.Fail(rejection.New(rejection.UnknownVersion, "version %d of kind %d", v, kind))
	}
}

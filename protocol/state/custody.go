package state

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// The rows that custody is kept by. A deposit's row holds the height of its
// credit.
var (
	AllSigners = Row[Signers]{"signers/", writeSigners, readSigners}
	Pools      = Row[Pool]{"pool/", writePool, readPool}
	Deposits   = Row[uint64]{"deposit/", (*encoding.Writer).U64, (*encoding.Reader).U64}
	Claims     = Row[Claim]{"claim/", writeClaim, readClaim}
)

// Signers are the custody's keys and how many of them must sign.
type Signers struct {
	Threshold uint8        `json:"threshold"`
	Keys      []quorum.Key `json:"keys"` // strictly ascending
}

// Pool is the turnstile and the fee counter of one asset, in hub units.
type Pool struct {
	Deposited uint64 // came in, ever
	Withdrawn uint64 // left, ever; a returned claim is taken off
	Reserved  uint64 // withdrawals admitted and not executed
	Fees      uint64 // flat fees collected and not paid out
}

// Claim is the right of a recipient on an external chain.
type Claim struct {
	ID        custody.ClaimID
	Asset     uint32
	Amount    uint64
	Recipient action.Recipient
	Return    field.Element // C_ret
	Height    uint64        // of execution
	Closed    custody.Result
	Payment   custody.Reference
}

// Open reports whether the claim still waits to be paid or returned.
func (c Claim) Open() bool { return c.Closed == 0 }

func writeSigners(w *encoding.Writer, s Signers) {
	w.U8(s.Threshold)
	w.U16(uint16(len(s.Keys)))
	for _, k := range s.Keys {
		w.Fixed(k[:])
	}
}

func readSigners(r *encoding.Reader) Signers {
	return Signers{r.U8(), list(r, func() (k quorum.Key) {
		r.Fixed(k[:])
		return k
	})}
}

func writePool(w *encoding.Writer, p Pool) {
	w.U64(p.Deposited)
	w.U64(p.Withdrawn)
	w.U64(p.Reserved)
	w.U64(p.Fees)
}

func readPool(r *encoding.Reader) Pool { return Pool{r.U64(), r.U64(), r.U64(), r.U64()} }

func writeClaim(w *encoding.Writer, c Claim) {
	w.Fixed(c.ID[:])
	w.U32(c.Asset)
	w.U64(c.Amount)
	w.Fixed(c.Recipient[:])
	field.Write(w, c.Return)
	w.U64(c.Height)
	w.U8(uint8(c.Closed))
	w.U32(c.Payment.Chain)
	w.Fixed(c.Payment.Hash[:])
	w.U32(c.Payment.Index)
}

func readClaim(r *encoding.Reader) (c Claim) {
	r.Fixed(c.ID[:])
	c.Asset = r.U32()
	c.Amount = r.U64()
	r.Fixed(c.Recipient[:])
	c.Return = field.Read(r)
	c.Height = r.U64()
	c.Closed = custody.Result(r.U8())
	c.Payment.Chain = r.U32()
	r.Fixed(c.Payment.Hash[:])
	c.Payment.Index = r.U32()
	return c
}

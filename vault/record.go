package vault

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// Record is one of the types below: a fact that the machine was told, or a
// decision that it took. The journal is a list of records (spec/21).
type Record interface {
	kind() uint8
	write(*encoding.Writer)
}

// The kinds of records; constants of the journal.
const (
	kindScanned   = 1
	kindRotated   = 2
	kindWatched   = 3
	kindUnwatched = 4
	kindBegun     = 5
	kindMoved     = 6
	kindStepped   = 7
	kindNoticed   = 8
	kindRecoded   = 9
	kindAttested  = 10
	kindCredited  = 11
	kindOrdered   = 12
	kindPrepared  = 13
	kindResolved  = 14
	kindDecided   = 15
	kindClosed    = 16
)

// Scanned closes a block: everything in it has been recorded.
type Scanned struct{ At Cursor }

// Rotated is a generation of signers and its custody account.
type Rotated struct {
	Rotation
	Custody Account
}

// Watched and Unwatched say which owners' deposit addresses are looked at.
type (
	Watched   struct{ Owner field.Element }
	Unwatched struct{ Owner field.Element }
)

// Begun is what an account held before the books begin.
type Begun struct {
	Account  Account
	External []byte
	Amount   amount.Wide
}

// Flow says what a transfer is to the books.
type Flow uint8

// The flows. A custody account that pays itself pays; one that is paid by
// another account of the custody takes over.
const (
	Plainly  Flow = 1 // a deposit if it comes to a watched account
	Inside   Flow = 2 // a payment of custody to custody: no deposit
	Takeover Flow = 3 // everything on From is on To now: a sweep or a drain
)

// Moved is a transfer from or to an account that was watched then.
type Moved struct {
	In       Cursor
	Transfer Transfer
	Flow     Flow
}

// Stepped is a step of a custody account's call.
type Stepped struct {
	In   Cursor
	Step Step
}

// Verdict says whether a claim can be paid at all.
type Verdict uint8

// The verdicts. All but Payable are functions of the claim, the asset's record
// and the limits, so that all signers return the same claims.
const (
	Payable          Verdict = 1
	BadRecipient     Verdict = 2 // not 32 bytes
	BelowExistential Verdict = 3 // the chain would not keep so little
	BeyondChain      Verdict = 4 // 2^128 units or more
)

// Noticed is an open claim, and what was decided of it when it was seen.
type Noticed struct {
	Claim      Claim
	Generation Account // the custody account that pays it: of the signers in force at Opened
	External   []byte
	Amount     amount.Wide
	Verdict    Verdict
	PayableAt  uint64   // height
	Call       [32]byte // of the payout; zero unless Payable
}

// Recoded is another encoding of a claim's call.
type Recoded struct {
	Claim custody.ClaimID
	Call  [32]byte
}

// Attested is the decision to sign for a deposit.
type Attested struct {
	Deposit custody.DepositID
	Asset   uint32
	Amount  uint64 // hub units
}

// Credited says that Nightjar has the deposit.
type Credited struct{ Deposit custody.DepositID }

// Ordered is an operator's order to send a deposit back.
type Ordered struct {
	Deposit custody.DepositID
	To      Account
	Custody Account // that sends it
	Call    [32]byte
}

// Prepared is an attempt, before it is submitted.
type Prepared struct{ Attempt Attempt }

// Outcome is what became of an attempt.
type Outcome uint8

// The outcomes.
const (
	IncludedOK     Outcome = 1
	IncludedFailed Outcome = 2
	Expired        Outcome = 3 // its last block is final and it is in none
)

// Resolved ends the attempt in flight.
type Resolved struct {
	Hash    [32]byte // of the attempt's extrinsic
	Outcome Outcome
}

// Decided is the decision to sign a claim's end.
type Decided struct {
	Claim   custody.ClaimID
	Result  custody.Result
	Payment custody.Reference // zero iff returned
}

// Closed says how Nightjar closed a claim.
type Closed struct {
	Claim  custody.ClaimID
	Result custody.Result
}

func (Scanned) kind() uint8   { return kindScanned }
func (Rotated) kind() uint8   { return kindRotated }
func (Watched) kind() uint8   { return kindWatched }
func (Unwatched) kind() uint8 { return kindUnwatched }
func (Begun) kind() uint8     { return kindBegun }
func (Moved) kind() uint8     { return kindMoved }
func (Stepped) kind() uint8   { return kindStepped }
func (Noticed) kind() uint8   { return kindNoticed }
func (Recoded) kind() uint8   { return kindRecoded }
func (Attested) kind() uint8  { return kindAttested }
func (Credited) kind() uint8  { return kindCredited }
func (Ordered) kind() uint8   { return kindOrdered }
func (Prepared) kind() uint8  { return kindPrepared }
func (Resolved) kind() uint8  { return kindResolved }
func (Decided) kind() uint8   { return kindDecided }
func (Closed) kind() uint8    { return kindClosed }

// Bounds of what a record holds.
const (
	maxExternal  = 128
	maxRecipient = 63
	maxSigners   = 64
	maxExtrinsic = 16 << 10
)

func writeCursor(w *encoding.Writer, c Cursor) {
	w.U64(c.Number)
	w.Fixed(c.Hash[:])
}

func (r Scanned) write(w *encoding.Writer) { writeCursor(w, r.At) }

func (r Rotated) write(w *encoding.Writer) {
	w.U64(r.Height)
	w.U8(r.Signers.Threshold)
	w.U16(uint16(len(r.Signers.Keys)))
	for _, k := range r.Signers.Keys {
		w.Fixed(k[:])
	}
	w.Fixed(r.Custody[:])
}

func (r Watched) write(w *encoding.Writer)   { field.Write(w, r.Owner) }
func (r Unwatched) write(w *encoding.Writer) { field.Write(w, r.Owner) }

func (r Begun) write(w *encoding.Writer) {
	w.Fixed(r.Account[:])
	w.Var(r.External)
	amount.WriteWide(w, r.Amount)
}

func (r Moved) write(w *encoding.Writer) {
	writeCursor(w, r.In)
	t := r.Transfer
	w.U32(t.Index)
	w.U32(t.Extrinsic)
	w.Var(t.External)
	amount.WriteWide(w, t.Amount)
	w.Fixed(t.From[:])
	w.Fixed(t.To[:])
	w.Bool(t.Owner != nil)
	if t.Owner != nil {
		field.Write(w, *t.Owner)
	}
	w.U8(uint8(r.Flow))
}

func (r Stepped) write(w *encoding.Writer) {
	writeCursor(w, r.In)
	w.U32(r.Step.Index)
	w.U32(r.Step.Extrinsic)
	w.Fixed(r.Step.Custody[:])
	w.Fixed(r.Step.Call[:])
	w.Fixed(r.Step.By[:])
	w.U8(uint8(r.Step.Stage))
	w.Bool(r.Step.Job != nil)
	if r.Step.Job != nil {
		w.U8(uint8(r.Step.Job.Kind))
		w.Fixed(r.Step.Job.Ref[:])
	}
}

func (r Noticed) write(w *encoding.Writer) {
	w.Fixed(r.Claim.ID[:])
	w.U32(r.Claim.Asset)
	w.U64(r.Claim.Amount)
	w.Var(r.Claim.Recipient)
	w.U64(r.Claim.Opened)
	w.Fixed(r.Generation[:])
	w.Var(r.External)
	amount.WriteWide(w, r.Amount)
	w.U8(uint8(r.Verdict))
	w.U64(r.PayableAt)
	w.Fixed(r.Call[:])
}

func (r Recoded) write(w *encoding.Writer) {
	w.Fixed(r.Claim[:])
	w.Fixed(r.Call[:])
}

func (r Attested) write(w *encoding.Writer) {
	w.Fixed(r.Deposit[:])
	w.U32(r.Asset)
	w.U64(r.Amount)
}

func (r Credited) write(w *encoding.Writer) { w.Fixed(r.Deposit[:]) }

func (r Ordered) write(w *encoding.Writer) {
	w.Fixed(r.Deposit[:])
	w.Fixed(r.To[:])
	w.Fixed(r.Custody[:])
	w.Fixed(r.Call[:])
}

func (r Prepared) write(w *encoding.Writer) {
	a := r.Attempt
	w.U8(uint8(a.Kind))
	w.Fixed(a.Ref[:])
	w.U32(a.Number)
	w.U8(uint8(a.Form))
	w.U32(a.Nonce)
	w.Fixed(a.Call[:])
	w.U64(a.Birth)
	w.U64(a.Until)
	w.Fixed(a.Hash[:])
	w.Var(a.Extrinsic)
}

func (r Resolved) write(w *encoding.Writer) {
	w.Fixed(r.Hash[:])
	w.U8(uint8(r.Outcome))
}

func (r Decided) write(w *encoding.Writer) {
	w.Fixed(r.Claim[:])
	w.U8(uint8(r.Result))
	w.U32(r.Payment.Chain)
	w.Fixed(r.Payment.Hash[:])
	w.U32(r.Payment.Index)
}

func (r Closed) write(w *encoding.Writer) {
	w.Fixed(r.Claim[:])
	w.U8(uint8(r.Result))
}

// Encode returns the canonical bytes of a record: its kind and its fields.
func Encode(r Record) []byte {
	w := encoding.NewWriter(256)
	w.U8(r.kind())
	r.write(w)
	return w.Bytes()
}

// Decode is the inverse of Encode.
func Decode(b []byte) (Record, error) {
	r := encoding.NewReader(b)
	out := read(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return out, nil
}

func read(r *encoding.Reader) Record {
	switch kind := r.U8(); kind {
	case kindScanned:
		return Scanned{readCursor(r)}
	case kindRotated:
		return Rotated{Rotation{r.U64(), readSigners(r)}, fixed(r)}
	case kindWatched:
		return Watched{field.Read(r)}
	case kindUnwatched:
		return Unwatched{field.Read(r)}
	case kindBegun:
		return Begun{fixed(r), r.Var(maxExternal), amount.ReadWide(r)}
	case kindMoved:
		return Moved{readCursor(r), readTransfer(r), one[Flow](r, uint8(Takeover))}
	case kindStepped:
		s := Stepped{readCursor(r), Step{r.U32(), r.U32(), fixed(r), fixed(r), fixed(r), one[Stage](r, uint8(Cancelled)), nil}}
		if r.Bool() {
			s.Step.Job = &JobID{one[Kind](r, uint8(Anchor)), fixed(r)}
		}
		return s
	case kindNoticed:
		return Noticed{
			Claim{fixed(r), r.U32(), r.U64(), r.Var(maxRecipient), r.U64()},
			fixed(r), r.Var(maxExternal), amount.ReadWide(r), one[Verdict](r, uint8(BeyondChain)), r.U64(), fixed(r),
		}
	case kindRecoded:
		return Recoded{fixed(r), fixed(r)}
	case kindAttested:
		return Attested{fixed(r), r.U32(), r.U64()}
	case kindCredited:
		return Credited{fixed(r)}
	case kindOrdered:
		return Ordered{fixed(r), fixed(r), fixed(r), fixed(r)}
	case kindPrepared:
		return Prepared{Attempt{
			JobID{one[Kind](r, uint8(Anchor)), fixed(r)}, r.U32(), one[Form](r, uint8(Plain)), r.U32(),
			fixed(r), r.U64(), r.U64(), fixed(r), r.Var(maxExtrinsic),
		}}
	case kindResolved:
		return Resolved{fixed(r), one[Outcome](r, uint8(Expired))}
	case kindDecided:
		return Decided{fixed(r), one[custody.Result](r, uint8(custody.Returned)), custody.Reference{Chain: r.U32(), Hash: fixed(r), Index: r.U32()}}
	case kindClosed:
		return Closed{fixed(r), one[custody.Result](r, uint8(custody.Returned))}
	default:
		r.Fail(rejection.New(rejection.UnknownKind, "record %d", kind))
		return nil
	}
}

func fixed(r *encoding.Reader) (b [32]byte) {
	r.Fixed(b[:])
	return b
}

// one reads a number from 1 to last (NON_CANONICAL).
func one[T ~uint8](r *encoding.Reader, last uint8) T {
	v := r.U8()
	if r.Err() == nil && (v == 0 || v > last) {
		r.Fail(rejection.New(rejection.NonCanonical, "%d where 1 to %d is expected", v, last))
	}
	return T(v)
}

func readCursor(r *encoding.Reader) Cursor { return Cursor{r.U64(), fixed(r)} }

func readSigners(r *encoding.Reader) (s state.Signers) {
	s.Threshold = r.U8()
	for range r.Count(maxSigners) {
		s.Keys = append(s.Keys, quorum.Key(fixed(r)))
	}
	return s
}

func readTransfer(r *encoding.Reader) Transfer {
	t := Transfer{r.U32(), r.U32(), r.Var(maxExternal), amount.ReadWide(r), fixed(r), fixed(r), nil}
	if r.Bool() {
		owner := field.Read(r)
		t.Owner = &owner
	}
	return t
}

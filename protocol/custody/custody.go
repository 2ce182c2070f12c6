package custody

import (
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Kinds and versions of the two transactions.
const (
	DepositKind    = 4
	ClosingKind    = 5
	DepositVersion = 1
	ClosingVersion = 1
)

// Reference names one external event: on Bitcoin (txid, vout), on an EVM chain
// (transaction hash, log index within it), on Substrate (finalised block hash,
// event index).
type Reference struct {
	Chain uint32
	Hash  [32]byte
	Index uint32
}

func (f Reference) write(w *encoding.Writer) {
	w.U32(f.Chain)
	w.Fixed(f.Hash[:])
	w.U32(f.Index)
}

func readReference(r *encoding.Reader) Reference {
	var f Reference
	f.Chain = r.U32()
	r.Fixed(f.Hash[:])
	f.Index = r.U32()
	return f
}

// DepositID identifies a deposit: SHA-256(context ‖ chain id ‖ reference).
type DepositID [32]byte

// ID returns the id of the deposit that f refers to.
func (f Reference) ID(chainID string) DepositID {
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.DepositID))
	w.Var([]byte(chainID))
	f.write(w)
	return sha256.Sum256(w.Bytes())
}

// Rho returns the rho of the deposit's note: H(RHO_DEP; hi, lo), the id's two
// 128-bit halves.
func (id DepositID) Rho() field.Element { return halves(domain.RhoDep, id) }

// ClaimID identifies a withdrawal: SHA-256(context ‖ chain id ‖ nf_0). A
// nullifier is spent once, so a claim id is made once.
type ClaimID [32]byte

// NewClaimID returns the id of the claim made by the withdrawal with nf0.
func NewClaimID(chainID string, nf0 field.Element) ClaimID {
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.ClaimID))
	w.Var([]byte(chainID))
	field.Write(w, nf0)
	return sha256.Sum256(w.Bytes())
}

// ReturnRho returns the rho of the note that an unpayable claim re-mints:
// H(RHO_RET; hi, lo).
func (id ClaimID) ReturnRho() field.Element { return halves(domain.RhoRet, id) }

func halves(tag domain.Tag, id [32]byte) field.Element {
	var hi, lo field.Element
	hi.SetBytes(id[:16])
	lo.SetBytes(id[16:])
	return field.H(tag, hi, lo)
}

// Deposit says that Amount of Asset arrived for the owner commitment C.
type Deposit struct {
	Reference  Reference
	Asset      uint32
	Amount     uint64        // hub units
	C          field.Element // H(OWNER; pk_d, r), r = H(RDEP; dk, i)
	Signatures []quorum.Signature
}

func (d *Deposit) body(w *encoding.Writer) {
	w.U8(DepositKind)
	w.U8(DepositVersion)
	d.Reference.write(w)
	w.U32(d.Asset)
	w.U64(d.Amount)
	field.Write(w, d.C)
}

// SignBytes is what a signer signs.
func (d *Deposit) SignBytes(chainID string) []byte {
	w := encoding.NewWriter(192)
	w.Var([]byte(domain.DepositSig))
	w.Var([]byte(chainID))
	d.body(w)
	return w.Bytes()
}

// Encode returns the canonical bytes.
func (d *Deposit) Encode() []byte {
	w := encoding.NewWriter(128 + 96*len(d.Signatures))
	d.body(w)
	quorum.Write(w, d.Signatures)
	return w.Bytes()
}

// DecodeDeposit is the inverse of Encode.
func DecodeDeposit(b []byte) (*Deposit, error) {
	r := encoding.NewReader(b)
	if err := header(r, DepositKind, DepositVersion); err != nil {
		return nil, err
	}
	d := &Deposit{
		Reference: readReference(r),
		Asset:     r.U32(),
		Amount:    r.U64(),
		C:         field.Read(r),
	}
	d.Signatures = quorum.Read(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return d, nil
}

// Result is how a claim ends.
type Result uint8

// The two ends of a claim; the numbers are wire constants.
const (
	Paid     Result = 1 // the external payment is final
	Returned Result = 2 // it can't be paid: its amount is re-minted to C_ret
)

// String returns "paid" or "returned".
func (r Result) String() string {
	if r == Paid {
		return "paid"
	}
	return "returned"
}

// Closing ends a withdrawal claim.
type Closing struct {
	Claim      ClaimID
	Result     Result
	Payment    Reference // of the external payment; all zero for a returned claim
	Signatures []quorum.Signature
}

func (c *Closing) body(w *encoding.Writer) {
	w.U8(ClosingKind)
	w.U8(ClosingVersion)
	w.Fixed(c.Claim[:])
	w.U8(uint8(c.Result))
	c.Payment.write(w)
}

// SignBytes is what a signer signs; the two results have contexts of their own.
func (c *Closing) SignBytes(chainID string) []byte {
	ctx := domain.ClaimPaidSig
	if c.Result == Returned {
		ctx = domain.ClaimReturnSig
	}
	w := encoding.NewWriter(192)
	w.Var([]byte(ctx))
	w.Var([]byte(chainID))
	c.body(w)
	return w.Bytes()
}

// Encode returns the canonical bytes.
func (c *Closing) Encode() []byte {
	w := encoding.NewWriter(128 + 96*len(c.Signatures))
	c.body(w)
	quorum.Write(w, c.Signatures)
	return w.Bytes()
}

// DecodeClosing is the inverse of Encode. It refuses (NON_CANONICAL) an unknown
// result, a payment without a reference, and a return with one.
func DecodeClosing(b []byte) (*Closing, error) {
	r := encoding.NewReader(b)
	if err := header(r, ClosingKind, ClosingVersion); err != nil {
		return nil, err
	}
	c := new(Closing)
	r.Fixed(c.Claim[:])
	c.Result = Result(r.U8())
	c.Payment = readReference(r)
	c.Signatures = quorum.Read(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	none := c.Payment == Reference{}
	if (c.Result != Paid || none) && (c.Result != Returned || !none) {
		return nil, rejection.New(rejection.NonCanonical, "a paid claim names its payment and a returned one does not")
	}
	return c, nil
}

func header(r *encoding.Reader, kind, version uint8) error {
	if k := r.U8(); r.Err() == nil && k != kind {
		return rejection.New(rejection.UnknownKind, "kind %d where %d is expected", k, kind)
	}
	if v := r.U8(); r.Err() == nil && v != version {
		return rejection.New(rejection.UnknownVersion, "version %d of kind %d", v, kind)
	}
	return r.Err()
}

package action

import (
	"crypto/sha256"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Slots is the number of inputs and of outputs.
const Slots = 3

// Kind is the first byte of an encoded action.
const Kind = 1

// RecipientSize is the fixed length of a recipient on an external chain:
// one length byte, up to 63 bytes, zero padding.
const RecipientSize = 64

// ProofSize is the length of a Groth16 proof on the wire.
const ProofSize = 192

// Recipient is an address on an external chain in its fixed-size form.
type Recipient [RecipientSize]byte

// NewRecipient makes the fixed-size form of an address of 1 to 63 bytes.
func NewRecipient(addr []byte) (r Recipient, err error) {
	if len(addr) == 0 || len(addr) >= RecipientSize {
		return r, rejection.New(rejection.BadWithdrawal, "a recipient has 1 to 63 bytes")
	}
	r[0] = byte(len(addr))
	copy(r[1:], addr)
	return r, nil
}

// Bytes returns the address, or nil if there is none.
func (r Recipient) Bytes() []byte {
	if r[0] == 0 || r[0] >= RecipientSize {
		return nil
	}
	return append([]byte(nil), r[1:1+r[0]]...)
}

// valid reports whether r is canonical: length in range, zeros after it.
func (r Recipient) valid() bool {
	if r[0] >= RecipientSize {
		return false
	}
	for _, b := range r[1+r[0]:] {
		if b != 0 {
			return false
		}
	}
	return true
}

// Output is the public output of a withdrawal; the zero value is none.
type Output struct {
	Asset     uint32
	Amount    uint64 // hub units that leave
	Recipient Recipient
	Return    field.Element // C_ret: who is paid if the claim is unpayable
}

// Action is one user transaction.
type Action struct {
	Version     uint8                // of the circuits that Proof is for, from 1
	Anchor      field.Element        // tree root the inputs are proven in
	Nullifiers  [Slots]field.Element // nf_0..2
	Commitments [Slots]field.Element // cm_0..2
	RK          jubjub.Point         // re-randomised spend key
	Epoch       uint64               // whose key Instruction is sealed to
	Fee         uint64               // flat fee, exact
	FeeInAsset  bool                 // x: the fee is paid in the withdrawn asset
	Out         Output
	Sealed      seal.Outputs     // epk and the three output ciphertexts
	Instruction seal.Instruction // HPKE ciphertext to the epoch key
	Proof       [ProofSize]byte
	Signature   jubjub.Signature // by RK over Sighash
}

// bodySize is everything before the proof.
const bodySize = 2 + field.Size + 2*Slots*field.Size + jubjub.Size + 8 + 8 + 1 +
	4 + 8 + RecipientSize + field.Size + seal.OutputsSize + seal.InstructionSize

// Size is the length of every encoded action in bytes.
const Size = bodySize + ProofSize + jubjub.SignatureSize

// body appends everything before the proof.
func (a *Action) body(w *encoding.Writer) {
	w.U8(Kind)
	w.U8(a.Version)
	field.Write(w, a.Anchor)
	for _, nf := range a.Nullifiers {
		field.Write(w, nf)
	}
	for _, cm := range a.Commitments {
		field.Write(w, cm)
	}
	jubjub.Write(w, a.RK)
	w.U64(a.Epoch)
	w.U64(a.Fee)
	w.Bool(a.FeeInAsset)
	w.U32(a.Out.Asset)
	w.U64(a.Out.Amount)
	w.Fixed(a.Out.Recipient[:])
	field.Write(w, a.Out.Return)
	a.Sealed.Write(w)
	w.Fixed(a.Instruction[:])
}

// Encode returns the Size bytes of a.
func (a *Action) Encode() []byte {
	w := encoding.NewWriter(Size)
	a.body(w)
	w.Fixed(a.Proof[:])
	w.Fixed(a.Signature[:])
	return w.Bytes()
}

// Decode is the inverse of Encode. It refuses every byte string that Encode
// can't produce from a well-formed action, in particular a public output that
// is neither whole nor absent (BAD_WITHDRAWAL) and x without a withdrawal.
func Decode(b []byte) (*Action, error) {
	r := encoding.NewReader(b)
	if k := r.U8(); r.Err() == nil && k != Kind {
		return nil, rejection.New(rejection.UnknownKind, "kind %d is not an action", k)
	}
	a := &Action{Version: r.U8()}
	if r.Err() == nil && a.Version == 0 {
		return nil, rejection.New(rejection.UnknownVersion, "circuits' versions count from 1")
	}
	a.Anchor = field.Read(r)
	for i := range a.Nullifiers {
		a.Nullifiers[i] = field.Read(r)
	}
	for i := range a.Commitments {
		a.Commitments[i] = field.Read(r)
	}
	a.RK = jubjub.Read(r)
	a.Epoch = r.U64()
	a.Fee = r.U64()
	a.FeeInAsset = r.Bool()
	a.Out.Asset = r.U32()
	a.Out.Amount = r.U64()
	r.Fixed(a.Out.Recipient[:])
	a.Out.Return = field.Read(r)
	a.Sealed.Read(r)
	r.Fixed(a.Instruction[:])
	r.Fixed(a.Proof[:])
	r.Fixed(a.Signature[:])
	if err := r.Done(); err != nil {
		return nil, err
	}
	if err := a.checkOutput(); err != nil {
		return nil, err
	}
	return a, nil
}

// checkOutput demands a whole public output or none, and x = 1 iff out > 0.
func (a *Action) checkOutput() error {
	if a.FeeInAsset != (a.Out.Amount > 0) {
		return rejection.New(rejection.BadWithdrawal, "the fee is paid in the withdrawn asset exactly when there is a withdrawal")
	}
	if a.Out.Amount == 0 {
		if a.Out != (Output{}) {
			return rejection.New(rejection.BadWithdrawal, "a public output without an amount")
		}
		return nil
	}
	if a.Out.Recipient[0] == 0 || !a.Out.Recipient.valid() || a.Out.Return.IsZero() {
		return rejection.New(rejection.BadWithdrawal, "recipient and return commitment")
	}
	return nil
}

// Digest hashes what the proof's other public inputs don't say: the chain id,
// epoch, recipient, return commitment and all ciphertexts. It is itself a
// public input, so that a proof is bound to them.
func (a *Action) Digest(chainID string) field.Element {
	w := encoding.NewWriter(bodySize)
	w.U64(a.Epoch)
	w.Fixed(a.Out.Recipient[:])
	field.Write(w, a.Out.Return)
	a.Sealed.Write(w)
	w.Fixed(a.Instruction[:])
	return field.FromHash(domain.ActionDigest, []byte(chainID), w.Bytes())
}

// Sighash is what RK signs: chain id and everything but proof and signature.
func (a *Action) Sighash(chainID string) [32]byte {
	return a.hash(domain.ActionSighash, chainID)
}

// ID identifies the action: two encodings that differ only in proof or
// signature (both can be re-randomised) have one id.
func (a *Action) ID(chainID string) [32]byte { return a.hash(domain.TxID, chainID) }

func (a *Action) hash(ctx domain.Context, chainID string) [32]byte {
	w := encoding.NewWriter(bodySize + 64)
	w.Var([]byte(ctx))
	w.Var([]byte(chainID))
	a.body(w)
	return sha256.Sum256(w.Bytes())
}

// AAD binds the instruction to the action that carries it:
// SHA-256(context ‖ epoch ‖ nfs ‖ cms).
func (a *Action) AAD() [32]byte { return AAD(a.Epoch, a.Nullifiers, a.Commitments) }

// AAD is Action.AAD before there is an action.
func AAD(epoch uint64, nfs, cms [Slots]field.Element) [32]byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.EnclaveAAD))
	w.U64(epoch)
	for _, e := range nfs {
		field.Write(w, e)
	}
	for _, e := range cms {
		field.Write(w, e)
	}
	return sha256.Sum256(w.Bytes())
}

// PublicInputs returns the Action circuit's public inputs in their order
// (spec/07-action.md): anchor, nf_0..2, cm_0..2, rk.x, rk.y, fee, FEE, x, out,
// ASSET, digest.
func (a *Action) PublicInputs(chainID string, feeAsset uint32) []field.Element {
	x, y := jubjub.Coordinates(a.RK)
	var flag uint64
	if a.FeeInAsset {
		flag = 1
	}
	return []field.Element{
		a.Anchor,
		a.Nullifiers[0], a.Nullifiers[1], a.Nullifiers[2],
		a.Commitments[0], a.Commitments[1], a.Commitments[2],
		x, y,
		field.FromUint64(a.Fee), field.FromUint64(uint64(feeAsset)), field.FromUint64(flag),
		field.FromUint64(a.Out.Amount), field.FromUint64(uint64(a.Out.Asset)),
		a.Digest(chainID),
	}
}

// VerifySignature checks the spend signature (BAD_SPEND_SIGNATURE).
func (a *Action) VerifySignature(chainID string) error {
	h := a.Sighash(chainID)
	if !jubjub.Verify(domain.SpendSig, jubjub.Spend, a.RK, h[:], a.Signature) {
		return rejection.New(rejection.BadSpendSignature, "")
	}
	return nil
}

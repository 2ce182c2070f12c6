package governance

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Kind and Version are the first two bytes of an encoded proposal.
const (
	Kind    = 9
	Version = 1
)

// MaxSigners bounds the custody's signers.
const MaxSigners = 64

// MaxKey bounds an encoded verifying key: 64 public inputs (spec/11-circuits.md).
const MaxKey = 1 + 48 + 3*96 + 2 + 65*48

// Parameter names one number of the ledger that governance may change inside
// the bounds of the genesis; the numbers are wire constants.
type Parameter uint8

// The parameters.
const (
	Fee             Parameter = 1 // flat fee of an action in the fee asset
	LockBlocks      Parameter = 2 // T
	ExitBlocks      Parameter = 3 // W
	RestBlocks      Parameter = 4 // w
	EpochBlocks     Parameter = 5 // minimum length of an epoch
	EpochGrace      Parameter = 6 // g
	Quorum          Parameter = 7 // q
	DeadBlocks      Parameter = 8 // L_dead
	StaleBlocks     Parameter = 9 // age at which a validator's price is stale
	HeartbeatBlocks Parameter = 10
	WorkerBlocks    Parameter = 11 // age at which a registration ends
	AnswerBlocks    Parameter = 12 // k_a
	SuspendBlocks   Parameter = 13
)

// Change is one of the types below; nothing else implements it.
type Change interface {
	code() uint8
	write(*encoding.Writer)
}

// AddAsset appends an asset; its deposit limits, supply cap and exit fee come
// with it.
type AddAsset struct {
	Record                 asset.Record
	MinDeposit, MaxDeposit uint64
	MaxSupply              uint64
	ExitFee                uint64
}

// AddMarket appends a market.
type AddMarket struct{ Record market.Record }

// HaltDeposits stops or resumes deposits of an asset; nothing stops exits.
type HaltDeposits struct {
	Asset  uint32
	Halted bool
}

// SetDepositLimits bounds single deposits of an asset and what all of them may
// make of it: a deposit that would bring what came in and did not leave above
// MaxSupply is refused.
type SetDepositLimits struct {
	Asset     uint32
	Min, Max  uint64
	MaxSupply uint64
}

// SetExitFee sets the fee of withdrawals of an asset.
type SetExitFee struct {
	Asset uint32
	Fee   uint64
}

// SetParameter sets one number.
type SetParameter struct {
	Parameter Parameter
	Value     uint64
}

// AllowMeasurement lists or unlists an enclave image.
type AllowMeasurement struct {
	Measurement registry.Measurement
	Allowed     bool
}

// AllowOperator lists or unlists an operator of workers.
type AllowOperator struct {
	Operator quorum.Key
	Allowed  bool
}

// SetSigners replaces the custody's signers. Two sets of Threshold keys share
// one: 2·Threshold > number of keys.
type SetSigners struct {
	Threshold uint8
	Keys      []quorum.Key // strictly ascending
}

// SetValidator sets a validator's power; 0 removes it.
type SetValidator struct {
	Key   quorum.Key
	Power uint64
}

// AddCircuits makes a new version of the circuits the current one. The one
// before is taken for Overlap blocks more, and after that for exits only.
type AddCircuits struct {
	Version               uint8 // one more than the last
	Overlap               uint64
	Action, Fill, Collect CircuitKey
}

// CircuitKey is a verifying key and where it comes from.
type CircuitKey struct {
	Circuit    [32]byte // digest of the constraint system
	Transcript [32]byte // hash of its ceremony's; zero for a development key
	Key        []byte   // encoded (spec/11-circuits.md)
}

func (AddAsset) code() uint8         { return 1 }
func (AddMarket) code() uint8        { return 2 }
func (HaltDeposits) code() uint8     { return 3 }
func (SetDepositLimits) code() uint8 { return 4 }
func (SetExitFee) code() uint8       { return 5 }
func (SetParameter) code() uint8     { return 6 }
func (AllowMeasurement) code() uint8 { return 7 }
func (AllowOperator) code() uint8    { return 8 }
func (SetSigners) code() uint8       { return 9 }
func (SetValidator) code() uint8     { return 10 }
func (AddCircuits) code() uint8      { return 11 }

func (c AddAsset) write(w *encoding.Writer) {
	asset.Write(w, c.Record)
	w.U64(c.MinDeposit)
	w.U64(c.MaxDeposit)
	w.U64(c.MaxSupply)
	w.U64(c.ExitFee)
}
func (c AddMarket) write(w *encoding.Writer) { market.Write(w, c.Record) }
func (c HaltDeposits) write(w *encoding.Writer) {
	w.U32(c.Asset)
	w.Bool(c.Halted)
}
func (c SetDepositLimits) write(w *encoding.Writer) {
	w.U32(c.Asset)
	w.U64(c.Min)
	w.U64(c.Max)
	w.U64(c.MaxSupply)
}
func (c SetExitFee) write(w *encoding.Writer) {
	w.U32(c.Asset)
	w.U64(c.Fee)
}
func (c SetParameter) write(w *encoding.Writer) {
	w.U8(uint8(c.Parameter))
	w.U64(c.Value)
}
func (c AllowMeasurement) write(w *encoding.Writer) {
	registry.WriteMeasurement(w, c.Measurement)
	w.Bool(c.Allowed)
}
func (c AllowOperator) write(w *encoding.Writer) {
	w.Fixed(c.Operator[:])
	w.Bool(c.Allowed)
}
func (c SetSigners) write(w *encoding.Writer) {
	w.U8(c.Threshold)
	w.U8(uint8(len(c.Keys)))
	for _, k := range c.Keys {
		w.Fixed(k[:])
	}
}
func (c SetValidator) write(w *encoding.Writer) {
	w.Fixed(c.Key[:])
	w.U64(c.Power)
}

func (c AddCircuits) write(w *encoding.Writer) {
	w.U8(c.Version)
	w.U64(c.Overlap)
	for _, k := range []CircuitKey{c.Action, c.Fill, c.Collect} {
		w.Fixed(k.Circuit[:])
		w.Fixed(k.Transcript[:])
		w.Var(k.Key)
	}
}

// WriteChange appends the change's code and body.
func WriteChange(w *encoding.Writer, c Change) {
	w.U8(c.code())
	c.write(w)
}

// ReadChange reads a change; UNKNOWN_KIND for a code not listed.
func ReadChange(r *encoding.Reader) Change {
	code := r.U8()
	if r.Err() != nil {
		return nil
	}
	switch code {
	case 1:
		return AddAsset{Record: asset.Read(r), MinDeposit: r.U64(), MaxDeposit: r.U64(), MaxSupply: r.U64(), ExitFee: r.U64()}
	case 2:
		return AddMarket{Record: market.Read(r)}
	case 3:
		return HaltDeposits{Asset: r.U32(), Halted: r.Bool()}
	case 4:
		return SetDepositLimits{Asset: r.U32(), Min: r.U64(), Max: r.U64(), MaxSupply: r.U64()}
	case 5:
		return SetExitFee{Asset: r.U32(), Fee: r.U64()}
	case 6:
		return SetParameter{Parameter: Parameter(r.U8()), Value: r.U64()}
	case 7:
		return AllowMeasurement{Measurement: registry.ReadMeasurement(r), Allowed: r.Bool()}
	case 8:
		return AllowOperator{Operator: readKey(r), Allowed: r.Bool()}
	case 9:
		return readSigners(r)
	case 10:
		return SetValidator{Key: readKey(r), Power: r.U64()}
	case 11:
		return AddCircuits{
			Version: r.U8(), Overlap: r.U64(),
			Action: readCircuitKey(r), Fill: readCircuitKey(r), Collect: readCircuitKey(r),
		}
	}
	r.Fail(rejection.New(rejection.UnknownKind, "governance change %d", code))
	return nil
}

func readKey(r *encoding.Reader) (k quorum.Key) {
	r.Fixed(k[:])
	return k
}

func readCircuitKey(r *encoding.Reader) (k CircuitKey) {
	r.Fixed(k.Circuit[:])
	r.Fixed(k.Transcript[:])
	k.Key = r.Var(MaxKey)
	return k
}

func readSigners(r *encoding.Reader) SetSigners {
	c := SetSigners{Threshold: r.U8()}
	n := int(r.U8())
	if n > MaxSigners {
		r.Fail(rejection.New(rejection.Oversized, "%d signers", n))
	}
	for i := 0; i < n && r.Err() == nil; i++ {
		k := readKey(r)
		if i > 0 && bytes.Compare(c.Keys[i-1][:], k[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "signers are not in ascending order"))
		}
		c.Keys = append(c.Keys, k)
	}
	return c
}

// Proposal is one decided change.
type Proposal struct {
	Nonce      uint64 // one more than the last accepted proposal's
	Change     Change
	Signatures []quorum.Signature // of validators
}

func (p *Proposal) body(w *encoding.Writer) {
	w.U8(Kind)
	w.U8(Version)
	w.U64(p.Nonce)
	WriteChange(w, p.Change)
}

// SignBytes is what a validator signs.
func (p *Proposal) SignBytes(chainID string) []byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.Governance))
	w.Var([]byte(chainID))
	p.body(w)
	return w.Bytes()
}

// Encode returns the canonical bytes.
func (p *Proposal) Encode() []byte {
	w := encoding.NewWriter(256 + 96*len(p.Signatures))
	p.body(w)
	quorum.Write(w, p.Signatures)
	return w.Bytes()
}

// Decode is the inverse of Encode.
func Decode(b []byte) (*Proposal, error) {
	r := encoding.NewReader(b)
	if k := r.U8(); r.Err() == nil && k != Kind {
		return nil, rejection.New(rejection.UnknownKind, "kind %d is not a proposal", k)
	}
	if v := r.U8(); r.Err() == nil && v != Version {
		return nil, rejection.New(rejection.UnknownVersion, "proposal version %d", v)
	}
	p := &Proposal{Nonce: r.U64(), Change: ReadChange(r)}
	p.Signatures = quorum.Read(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	return p, nil
}

package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"

	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Plan is an action on its way: everything is decided, and what is missing is
// the proof and the signature, which can be added in either order and on
// different machines. It is secret: whoever reads it knows what the action
// does and can prove it, but can't sign it.
type Plan struct {
	Kind         Kind
	ChainID      string
	FeeAsset     uint32
	AnchorHeight uint64
	Alpha        [32]byte // entropy of the re-randomiser
	Entropy      [32]byte // of the output ciphertexts (Plan.seal)
	Inputs       [action.Slots]Input
	Outputs      [action.Slots]Output
	Payee        keys.Address // zero unless somebody is paid
	Action       *action.Action
	Question     *Question // that the action pays for; nil for all but a challenge
}

// Input is one input of a plan.
type Input struct {
	Dummy bool
	Asset uint32
	Value uint64
	D     keys.Diversifier
	R     field.Element
	Rho   field.Element // of a note
	Order *order.Order  // slot 0 only: the input is this order
	Path  tree.Path
}

// Output is one output of a plan: what its ciphertext says, and what a prover
// without dk can't compute of it.
type Output struct {
	seal.Plaintext
	C field.Element // owner commitment
	S field.Element // of an order; zero for a note
}

// Witness returns what proves the plan. It needs the prover key only.
func (p *Plan) Witness(key keys.ProverKey) *circuit.Witness {
	w := &circuit.Witness{
		Key: key, Alpha: keys.Alpha(p.Alpha[:]), Anchor: p.Action.Anchor,
		Fee: p.Action.Fee, FeeAsset: p.FeeAsset, FeeInAsset: p.Action.FeeInAsset,
		Out: p.Action.Out.Amount, OutAsset: p.Action.Out.Asset,
		Digest: p.Action.Digest(p.ChainID),
	}
	for i, in := range p.Inputs {
		w.Inputs[i] = circuit.Spend{Dummy: in.Dummy, Asset: in.Asset, Value: in.Value, D: in.D, R: in.R, Rho: in.Rho, Path: in.Path}
		if in.Order != nil {
			w.Inputs[i].Order = &circuit.Terms{Hash: in.Order.Terms.Hash(), S: in.Order.S}
		}
	}
	for j, out := range p.Outputs {
		w.Outputs[j] = circuit.Create{Asset: out.Asset, Value: out.Value, C: out.C}
		if out.Kind == seal.OwnOrder {
			w.Outputs[j].Order = &circuit.Terms{Hash: out.Terms.Hash(), S: out.S}
		}
	}
	return w
}

// Ready reports whether the plan has both its proof and its signature.
func (p *Plan) Ready() bool {
	return p.Action.Proof != [action.ProofSize]byte{} && p.Action.Signature != jubjub.Signature{}
}

// ID returns the id of the plan's action, the same before and after proving.
func (p *Plan) ID() ID { return p.Action.ID(p.ChainID) }

// Places returns the id of the order that the plan places; ok is false if it
// places none.
func (p *Plan) Places() (id ID, ok bool) {
	return orderID(p.Action.Commitments[0]), p.Outputs[0].Kind == seal.OwnOrder
}

// nullifiers returns those of the real inputs.
func (p *Plan) nullifiers() []field.Element {
	var out []field.Element
	for i, in := range p.Inputs {
		if !in.Dummy {
			out = append(out, p.Action.Nullifiers[i])
		}
	}
	return out
}

// planVersion is the version of the file format.
const planVersion = 2

// planFile is a plan as JSON: what a person may look at, and the rest as one
// canonical encoding (spec/16-wallet.md). A signer must not believe the first
// part; Summary says what the second one does.
type planFile struct {
	Version int    `json:"nightjar_plan"`
	ChainID string `json:"chain_id"`
	Kind    Kind   `json:"kind"`
	Body    string `json:"body"`
}

// MarshalJSON writes the plan's file.
func (p *Plan) MarshalJSON() ([]byte, error) {
	return json.Marshal(planFile{planVersion, p.ChainID, p.Kind, hex.EncodeToString(p.body())})
}

// DecodePlan reads a plan's file (BAD_PLAN). It checks the form; Check checks
// what the plan does.
func DecodePlan(b []byte) (*Plan, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f planFile
	if err := d.Decode(&f); err != nil {
		return nil, rejection.New(rejection.BadPlan, "not a plan file: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, rejection.New(rejection.BadPlan, "something follows the plan")
	}
	if f.Version != planVersion {
		return nil, rejection.New(rejection.UnknownVersion, "plan version %d", f.Version)
	}
	body, err := hex.DecodeString(f.Body)
	if err != nil || hex.EncodeToString(body) != f.Body {
		return nil, rejection.New(rejection.BadPlan, "the body is not lower-case hex")
	}
	p := &Plan{Kind: f.Kind, ChainID: f.ChainID}
	if err := p.read(body); err != nil {
		return nil, rejection.New(rejection.BadPlan, "%v", err)
	}
	return p, nil
}

// UnmarshalJSON is DecodePlan.
func (p *Plan) UnmarshalJSON(b []byte) error {
	q, err := DecodePlan(b)
	if err != nil {
		return err
	}
	*p = *q
	return nil
}

// body returns the canonical encoding of everything but the chain id and kind.
func (p *Plan) body() []byte {
	w := encoding.NewWriter(2*action.Size + 8192)
	w.U32(p.FeeAsset)
	w.U64(p.AnchorHeight)
	w.Fixed(p.Alpha[:])
	w.Fixed(p.Entropy[:])
	for _, in := range p.Inputs {
		in.write(w)
	}
	for _, out := range p.Outputs {
		w.Fixed(out.Plaintext.Encode())
		field.Write(w, out.C)
		field.Write(w, out.S)
	}
	w.Bool(!p.Payee.IsZero())
	if !p.Payee.IsZero() {
		keys.WriteAddress(w, p.Payee)
	}
	w.Fixed(p.Tx())
	return w.Bytes()
}

func (p *Plan) read(body []byte) error {
	r := encoding.NewReader(body)
	p.FeeAsset = r.U32()
	p.AnchorHeight = r.U64()
	r.Fixed(p.Alpha[:])
	r.Fixed(p.Entropy[:])
	for i := range p.Inputs {
		p.Inputs[i] = readInput(r)
	}
	for j := range p.Outputs {
		var text [seal.PlaintextSize]byte
		r.Fixed(text[:])
		if r.Err() != nil {
			break
		}
		plain, err := seal.DecodePlaintext(text[:])
		if err != nil {
			return err
		}
		p.Outputs[j] = Output{plain, field.Read(r), field.Read(r)}
	}
	if r.Bool() {
		p.Payee = keys.ReadAddress(r)
	}
	rest := make([]byte, r.Len())
	r.Fixed(rest)
	if err := r.Done(); err != nil {
		return err
	}
	return p.readTx(rest)
}

func (in *Input) write(w *encoding.Writer) {
	w.Bool(in.Dummy)
	w.U32(in.Asset)
	w.U64(in.Value)
	w.Fixed(in.D[:])
	field.Write(w, in.R)
	field.Write(w, in.Rho)
	w.Bool(in.Order != nil)
	if in.Order != nil {
		order.WriteOpening(w, *in.Order)
	}
	w.U64(in.Path.Position)
	for _, level := range in.Path.Siblings {
		for _, s := range level {
			field.Write(w, s)
		}
	}
}

func readInput(r *encoding.Reader) Input {
	in := Input{Dummy: r.Bool(), Asset: r.U32(), Value: r.U64()}
	r.Fixed(in.D[:])
	in.R = field.Read(r)
	in.Rho = field.Read(r)
	if r.Bool() {
		o := order.ReadOpening(r)
		in.Order = &o
	}
	in.Path.Position = r.U64()
	if in.Path.Position >= tree.Capacity {
		r.Fail(rejection.New(rejection.OutOfRange, "a position past the tree"))
	}
	for l := range in.Path.Siblings {
		for j := range in.Path.Siblings[l] {
			in.Path.Siblings[l][j] = field.Read(r)
		}
	}
	return in
}

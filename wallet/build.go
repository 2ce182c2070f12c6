package wallet

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/tree"
)

// plan makes a draft into a plan: it pads the inputs with dummies, takes the
// newest anchor, seals the outputs and the instruction, and draws the entropy.
func (d drafter) plan(in *draft, version uint8, random io.Reader) (*Plan, error) {
	anchor, ok := d.state.Anchor()
	if !ok {
		return nil, rejection.New(rejection.NotEnoughFunds, "there is no anchor yet; sync")
	}
	p := &Plan{
		Kind: in.kind, ChainID: d.params.ChainID, FeeAsset: d.params.FeeAsset,
		AnchorHeight: anchor.Height, Payee: in.payee, Question: in.question,
		Action: &action.Action{
			Version: version, Anchor: anchor.Edge.Root(), Epoch: d.params.Epoch.Number,
			Fee: in.fee, FeeInAsset: in.out.Amount > 0, Out: in.out,
		},
	}
	for _, b := range [][]byte{p.Alpha[:], p.Entropy[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("entropy: %w", err)
		}
	}
	if err := d.inputs(p, in, anchor.Edge); err != nil {
		return nil, err
	}
	for j, plain := range in.outputs {
		p.Outputs[j].Plaintext = plain
	}
	view := d.state.view
	s := p.shape(view)
	p.Outputs = s.outputs
	a := p.Action
	a.Nullifiers, a.Commitments, a.RK = s.nullifiers, s.commitments, s.rk
	if in.out.Amount > 0 {
		a.Out.Return = returnOwner(view, a.Nullifiers[0])
	}
	if in.command.Kind == seal.NewOrder {
		in.command.Order = s.order
	}
	var err error
	if a.Instruction, err = d.instruct(in.command, a.AAD()); err != nil {
		return nil, err
	}
	if a.Sealed, err = p.seal(view); err != nil {
		return nil, err
	}
	return p, p.Check(view)
}

// inputs fills the inputs: real ones first, so that slot 0 is real whenever
// anything is, and dummies after them.
func (d drafter) inputs(p *Plan, in *draft, edge tree.Edge) error {
	slot := 0
	path := func(position uint64) (tree.Path, error) {
		path, ok := d.state.Keeper.Path(position, edge)
		if !ok {
			return path, fmt.Errorf("no path for the leaf at %d", position)
		}
		return path, nil
	}
	var err error
	if o := in.from; o != nil {
		opening := o.Order
		p.Inputs[0] = Input{Asset: opening.Asset, Value: opening.Value, D: o.D, R: o.R, Order: &opening}
		if p.Inputs[0].Path, err = path(o.Position); err != nil {
			return err
		}
		slot = 1
	}
	for _, n := range in.notes {
		p.Inputs[slot] = Input{Asset: n.Asset, Value: n.Value, D: n.D, R: n.R, Rho: n.Rho}
		if p.Inputs[slot].Path, err = path(n.Position); err != nil {
			return err
		}
		slot++
	}
	var nf0 field.Element
	if slot > 0 {
		_, nf0 = p.Inputs[0].leaf(d.state.view)
	} else {
		// Nothing real: the entropy of this one build tells the dummies apart.
		nf0.SetBytes(p.Entropy[:])
	}
	for ; slot < action.Slots; slot++ {
		p.Inputs[slot] = Input{
			Dummy: true, Asset: d.params.FeeAsset, D: d.state.homeD(),
			Rho: d.state.view.DummyRho(nf0, slot),
		}
	}
	return nil
}

// instruct seals what the enclaves are told. Without an epoch there is nobody
// to tell, and an instruction of any kind is refused; the others get a key
// that nobody holds, because the ciphertext always has to be there.
func (d drafter) instruct(c seal.Command, aad [32]byte) (seal.Instruction, error) {
	key := d.params.Epoch.Key
	if len(key) == 0 {
		if c.Kind != seal.Nothing {
			return seal.Instruction{}, rejection.New(rejection.NoBook, "no enclave has started an epoch")
		}
		kem, _, _ := seal.Suite()
		nobody, err := kem.GenerateKey()
		if err != nil {
			return seal.Instruction{}, err
		}
		key = nobody.PublicKey().Bytes()
	}
	return seal.SealInstruction(key, d.params.ChainID, aad, c)
}

// shape is what a plan's decisions make of its action.
type shape struct {
	nullifiers  [action.Slots]field.Element
	commitments [action.Slots]field.Element
	outputs     [action.Slots]Output
	order       order.Order // of slot 0, if it is one
	rk          jubjub.Point
}

// shape computes the action from the decisions, all of it deterministic, but
// for the ciphertexts.
func (p *Plan) shape(view keys.ViewingKey) (s shape) {
	for i := range p.Inputs {
		_, s.nullifiers[i] = p.Inputs[i].leaf(view)
	}
	nf0 := s.nullifiers[0]
	for j, out := range p.Outputs {
		s.outputs[j] = Output{Plaintext: out.Plaintext}
		switch out.Kind {
		case seal.Payment:
			n := seal.PaymentNote(view, nf0, j, out.Asset, out.Value, p.Payee)
			s.outputs[j].C, s.commitments[j] = n.C, n.Commitment()
		case seal.OwnOrder:
			o := seal.Reopen(view, nf0, j, out.Plaintext)
			s.order = o.Order
			s.outputs[j].C, s.outputs[j].S, s.commitments[j] = o.Order.C, o.Order.S, o.Commitment()
		default:
			o := seal.Reopen(view, nf0, j, out.Plaintext)
			s.outputs[j].C, s.commitments[j] = o.Note.C, o.Commitment()
		}
	}
	s.rk = view.Randomize(keys.Alpha(p.Alpha[:]))
	return s
}

// seal seals the outputs, deterministically too. Nobody but the enclaves opens
// an instruction, so a signer can't compare what it asks with what the order's
// own record says. But the ciphertexts can vouch for it: they are sealed under
//
//	entropy = HMAC-SHA256(p.Entropy; aad ‖ instruction ‖ kind ‖ worker ‖ query)
//
// the last two for a challenge only, and that takes dk. An instruction or a
// question that was exchanged after a holder of the viewing key sealed it stands
// beside other ciphertexts than Check makes.
func (p *Plan) seal(view keys.ViewingKey) (seal.Outputs, error) {
	var plain [action.Slots]seal.Plaintext
	for j, out := range p.Outputs {
		plain[j] = out.Plaintext
	}
	mac := hmac.New(sha256.New, p.Entropy[:])
	aad := p.Action.AAD()
	mac.Write(aad[:])
	mac.Write(p.Action.Instruction[:])
	mac.Write([]byte(p.Kind))
	if p.Question != nil {
		p.Question.write(mac)
	}
	return seal.SealOutputs(view, p.Action.Nullifiers[0], plain, p.Payee, [32]byte(mac.Sum(nil)))
}

// leaf returns the commitment of an input and its nullifier.
func (in *Input) leaf(view keys.ViewingKey) (cm, nf field.Element) {
	if in.Order != nil {
		cm = in.Order.Commitment()
		nf, _ = order.Nullify(in.Order.S, cm, in.Path.Position)
		return cm, nf
	}
	cm = note.Note{Asset: in.Asset, Value: in.Value, Rho: in.Rho, C: keys.Owner(view.PKd(in.D), in.R)}.Commitment()
	return cm, note.Nullifier(view.NK, cm, in.Path.Position)
}

// Check refuses (BAD_PLAN) a plan whose action is not exactly what the plan
// says: every nullifier, commitment, ciphertext and the return commitment are
// computed again, and inputs must equal outputs. A signer who has checked a
// plan knows what its signature will do. Of the instruction to the enclaves it
// knows that a holder of the viewing key sealed it in this plan and that nobody
// has exchanged it since; what it says stays opaque, and can move no money.
func (p *Plan) Check(view keys.ViewingKey) error {
	refuse := func(what string) error { return rejection.New(rejection.BadPlan, "%s", what) }
	s, a := p.shape(view), p.Action
	switch {
	case a.Nullifiers != s.nullifiers:
		return refuse("the nullifiers are not those of the inputs")
	case a.Commitments != s.commitments || p.Outputs != s.outputs:
		return refuse("the commitments are not those of the outputs")
	case !a.RK.Equal(&s.rk):
		return refuse("the signature would be under another key")
	case a.Out.Amount > 0 && a.Out.Return != returnOwner(view, a.Nullifiers[0]):
		return refuse("a returned withdrawal would not come back to this account")
	case p.Question != nil && p.kind() != ChallengePlan:
		return refuse("a challenge does nothing else")
	case p.Kind != p.kind():
		return refuse("it says that it is a " + string(p.Kind) + " and is a " + string(p.kind()))
	}
	if o := p.Inputs[0].Order; o != nil {
		if o.OID != view.OID() || o.C != keys.Owner(view.PKd(p.Inputs[0].D), p.Inputs[0].R) {
			return refuse("the order spent is not this account's")
		}
	}
	sealed, err := p.seal(view)
	if err != nil {
		return refuse(err.Error())
	}
	if a.Sealed != sealed {
		return refuse("the ciphertexts hold other outputs, or stand beside another instruction")
	}
	return p.Witness(view.ProverKey).Check()
}

// kind returns what the plan's content makes it. What is made for its
// instruction looks like a merge, and may say what it is.
func (p *Plan) kind() Kind {
	from, placed := p.Inputs[0].Order != nil, p.Outputs[0].Kind == seal.OwnOrder
	switch {
	case p.Action.Out.Amount > 0:
		return WithdrawPlan
	case !p.Payee.IsZero():
		return TransferPlan
	case from && placed:
		return ReplacePlan
	case from:
		return CancelPlan
	case placed:
		return OrderPlan
	}
	if p.Question != nil {
		return ChallengePlan
	}
	switch p.Kind {
	case PullPlan, PullAllPlan, HeartbeatPlan:
		return p.Kind
	}
	return MergePlan
}

// Prove adds the proof. It needs the prover key only, and no network.
func (p *Plan) Prove(with Prover, key keys.ProverKey) error {
	proof, err := with.Action(p.Witness(key))
	if err != nil {
		return err
	}
	p.Action.Proof = proof
	return nil
}

// Sign adds the signature, after checking that the plan does what it says. It
// needs the spending key, and neither the network nor the proof. Entropy
// hedges the signature's nonce.
func (p *Plan) Sign(key keys.SpendingKey, entropy []byte) error {
	if err := p.Check(key.Viewing()); err != nil {
		return err
	}
	p.Action.Signature = key.Sign(keys.Alpha(p.Alpha[:]), p.sighash(), entropy)
	return nil
}

package action

import (
	"math/bits"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Witness is what the prover of one action knows; no spend key is among it.
type Witness struct {
	Key        keys.ProverKey
	Alpha      jubjub.Scalar // rk = ak + [Alpha]G
	Anchor     field.Element
	Inputs     [action.Slots]Spend
	Outputs    [action.Slots]Create
	Fee        uint64
	FeeAsset   uint32
	FeeInAsset bool // x
	Out        uint64
	OutAsset   uint32
	Digest     field.Element // action.Digest, which needs the nullifiers and commitments
}

// Spend is one input: a note or, in slot 0, an order.
type Spend struct {
	Dummy bool // not in the tree; the value must be 0
	Asset uint32
	Value uint64
	D     keys.Diversifier
	R     field.Element
	Rho   field.Element // of a note
	Order *Terms        // slot 0 only: the input is an order
	Path  tree.Path     // of the leaf under Anchor; a dummy's is arbitrary
}

// Create is one output: a note or, in slot 0, an order.
type Create struct {
	Asset uint32
	Value uint64
	C     field.Element
	Order *Terms // slot 0 only: the output is an order
}

// Terms is what makes an order of slot 0, as this circuit sees it.
type Terms struct {
	Hash field.Element // order.Terms.Hash
	S    field.Element
}

// leaf returns the commitment in input slot i.
func (w *Witness) leaf(i int) field.Element {
	in := w.Inputs[i]
	owner := keys.Owner(w.Key.PKd(in.D), in.R)
	if in.Order != nil {
		return order.CommitOpaque(in.Order.Hash, in.Asset, in.Value, w.Key.OID(), owner, in.Order.S)
	}
	return note.Note{Asset: in.Asset, Value: in.Value, Rho: in.Rho, C: owner}.Commitment()
}

// Nullifiers returns nf_0..2.
func (w *Witness) Nullifiers() (nfs [action.Slots]field.Element) {
	for i, in := range w.Inputs {
		if in.Order != nil {
			nfs[i], _ = order.Nullify(in.Order.S, w.leaf(i), in.Path.Position)
		} else {
			nfs[i] = note.Nullifier(w.Key.NK, w.leaf(i), in.Path.Position)
		}
	}
	return nfs
}

// Commitments returns cm_0..2.
func (w *Witness) Commitments() (cms [action.Slots]field.Element) {
	nf0 := w.Nullifiers()[0]
	for j, out := range w.Outputs {
		if out.Order != nil {
			cms[j] = order.CommitOpaque(out.Order.Hash, out.Asset, out.Value, w.Key.OID(), out.C, out.Order.S)
		} else {
			cms[j] = note.Note{Asset: out.Asset, Value: out.Value, Rho: note.OutputRho(nf0, j), C: out.C}.Commitment()
		}
	}
	return cms
}

// RK returns the re-randomised spend key.
func (w *Witness) RK() jubjub.Point { return w.Key.Randomize(w.Alpha) }

// asset returns A: the withdrawn asset or else the one that is not FEE.
func (w *Witness) asset() uint32 {
	if w.Out > 0 {
		return w.OutAsset
	}
	for _, in := range w.Inputs {
		if in.Asset != w.FeeAsset {
			return in.Asset
		}
	}
	for _, out := range w.Outputs {
		if out.Asset != w.FeeAsset {
			return out.Asset
		}
	}
	return w.FeeAsset
}

// isFee returns t of a value: 1 if it counts in FEE's sum. Where FEE itself is
// withdrawn everything counts in A's, which then pays the fee too.
func (w *Witness) isFee(asset uint32) int {
	return bit(asset == w.FeeAsset && (w.Out == 0 || w.OutAsset != w.FeeAsset))
}

// Check is the native twin of the circuit, for an owner who wants to know why:
// it refuses (BAD_PLAN) a witness that can't be proven, or that breaks the
// ledger's rule that x = 1 exactly when something is withdrawn.
func (w *Witness) Check() error {
	refuse := func(what string) error { return rejection.New(rejection.BadPlan, "%s", what) }
	if w.FeeInAsset != (w.Out > 0) {
		return refuse("the fee is paid in the withdrawn asset exactly when there is a withdrawal")
	}
	var in, out [2]total // in A, in FEE
	out[bit(!w.FeeInAsset)].add(w.Fee)
	out[0].add(w.Out)
	for i, s := range w.Inputs {
		switch {
		case s.Asset != w.FeeAsset && s.Asset != w.asset():
			return refuse("a third asset among the inputs")
		case i > 0 && s.Order != nil:
			return refuse("an order outside slot 0")
		case s.Dummy && s.Value != 0:
			return refuse("a dummy input with a value")
		case !s.Dummy && s.Path.Root(w.leaf(i)) != w.Anchor:
			return refuse("an input is not in the tree of the anchor")
		}
		in[w.isFee(s.Asset)].add(s.Value)
	}
	for j, c := range w.Outputs {
		switch {
		case c.Asset != w.FeeAsset && c.Asset != w.asset():
			return refuse("a third asset among the outputs")
		case j > 0 && c.Order != nil:
			return refuse("an order outside slot 0")
		}
		out[w.isFee(c.Asset)].add(c.Value)
	}
	if in != out {
		return refuse("inputs do not equal outputs, fee and withdrawal")
	}
	return nil
}

// total is a sum of a few uint64, with its carry.
type total struct{ hi, lo uint64 }

func (t *total) add(v uint64) {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, v, 0)
	t.hi += carry
}

// Assign returns the circuit with every variable set. It checks nothing: the
// circuit does.
func (w *Witness) Assign() *Circuit {
	c := &Circuit{
		Anchor:     w.Anchor,
		RK:         gadget.AssignPoint(w.RK()),
		Fee:        w.Fee,
		FeeAsset:   w.FeeAsset,
		FeeInAsset: bit(w.FeeInAsset),
		Out:        w.Out,
		OutAsset:   w.OutAsset,
		Digest:     w.Digest,

		NK:          w.Key.NK,
		Alpha:       w.Alpha.Big(),
		Asset:       w.asset(),
		InputOrder:  w.Inputs[0].Order.assign(),
		OutputOrder: w.Outputs[0].Order.assign(),
	}
	for i, nf := range w.Nullifiers() {
		c.Nullifiers[i] = nf
	}
	for j, cm := range w.Commitments() {
		c.Commitments[j] = cm
	}
	for i, s := range w.Inputs {
		trits := s.Path.Trits()
		digits, siblings := gadget.AssignPath(trits[:], s.Path.Siblings[:])
		c.Inputs[i] = Input{
			Real: bit(!s.Dummy), IsFee: w.isFee(s.Asset), Value: s.Value,
			D: s.D.Element(), R: s.R, Rho: s.Rho, Digits: digits, Siblings: siblings,
		}
	}
	for j, o := range w.Outputs {
		c.Outputs[j] = Output{IsFee: w.isFee(o.Asset), Value: o.Value, C: o.C}
	}
	return c
}

// assign returns the covenant of slot 0; without terms it is a note.
func (t *Terms) assign() Covenant {
	if t == nil {
		return Covenant{Is: 0, Terms: 0, S: 0}
	}
	return Covenant{Is: 1, Terms: t.Hash, S: t.S}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

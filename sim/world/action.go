package world

import (
	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/circuit/prove"
	wire "github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Intent says what somebody wants to do; what is left over comes back.
type Intent struct {
	Owner    *Account
	In       []*Coin // at most three; an order first
	Out      []Pay   // an order first
	Withdraw Withdrawal
}

// Pay is an output: a note or, with terms, an order.
type Pay struct {
	To    *Account
	Asset uint32
	Value uint64
	Terms *order.Terms
}

// Withdrawal is a public output; the zero value is none.
type Withdrawal struct {
	Asset  uint32
	Amount uint64
}

// Action is a transaction in the making. Plan makes the witness; Derive makes
// the wire form and the circuit's assignment of it; Finish binds, proves and
// signs. A thief changes what he likes in between: the assignment's public
// inputs always follow the wire form, its private ones are his to choose.
type Action struct {
	World   *World
	Owner   *Account
	Witness *action.Witness
	Tx      *wire.Action
	Circuit *action.Circuit
	Pays    []Pay             // what the outputs are to be
	Made    [wire.Slots]*Coin // what they are, once there is no fraud in them

	ChainID string // of the chain it is made for

	// Claimed are nullifiers to publish instead of the witness' own.
	Claimed [wire.Slots]*field.Element
}

// Plan builds the witness of an intent over the newest anchor.
func (w *World) Plan(i Intent) *Action {
	a := &Action{World: w, Owner: i.Owner, ChainID: ChainID}
	anchor := w.State.Anchor()
	edge := w.edges[anchor.Height]
	wit := &action.Witness{
		Key: i.Owner.View.ProverKey, Alpha: w.Scalar(), Anchor: anchor.Notes,
		Fee: Fee, FeeAsset: HUB,
	}
	if i.Withdraw.Amount > 0 {
		wit.Fee, wit.FeeInAsset = ExitFee, true
		wit.Out, wit.OutAsset = i.Withdraw.Amount, i.Withdraw.Asset
	}
	for j := range wit.Inputs {
		if j >= len(i.In) {
			wit.Inputs[j] = w.Dummy(i.Owner)
			continue
		}
		wit.Inputs[j] = i.In[j].Spend()
		path, ok := w.keeper.Path(i.In[j].Position, edge)
		if !ok {
			panic("world: a coin that the anchor does not have")
		}
		wit.Inputs[j].Path = path
	}
	a.Witness = wit
	a.Pays = append(i.Out, a.change(i)...)
	for len(a.Pays) < wire.Slots {
		a.Pays = append(a.Pays, Pay{To: i.Owner, Asset: HUB})
	}
	a.Tx = &wire.Action{Version: 1, Epoch: w.State.Book().Epoch}
	w.random(a.Tx.Sealed.EPK[:])
	for j := range a.Tx.Sealed.CT {
		w.random(a.Tx.Sealed.CT[j][:])
	}
	w.random(a.Tx.Instruction[:])
	return a
}

// change returns what of the inputs is neither paid nor withdrawn nor the fee.
func (a *Action) change(i Intent) (out []Pay) {
	left := map[uint32]int64{}
	var order []uint32
	add := func(asset uint32, v int64) {
		if _, ok := left[asset]; !ok {
			order = append(order, asset)
		}
		left[asset] += v
	}
	for _, c := range i.In {
		add(c.Asset, int64(c.Value))
	}
	for _, p := range i.Out {
		add(p.Asset, -int64(p.Value))
	}
	if i.Withdraw.Amount > 0 {
		add(i.Withdraw.Asset, -int64(i.Withdraw.Amount)-ExitFee)
	} else {
		add(HUB, -Fee)
	}
	for _, asset := range order {
		if left[asset] > 0 {
			out = append(out, Pay{To: i.Owner, Asset: asset, Value: uint64(left[asset])})
		}
	}
	return out
}

// Dummy returns a dummy input of a person.
func (w *World) Dummy(owner *Account) action.Spend {
	return action.Spend{Dummy: true, Asset: HUB, D: owner.Address().D, R: w.Element(), Rho: w.Element()}
}

// Spend returns the coin as an input, without its path.
func (c *Coin) Spend() action.Spend {
	s := action.Spend{Asset: c.Asset, Value: c.Value, D: c.D, R: c.R, Rho: c.Rho}
	if c.Terms != nil {
		s.Order = &action.Terms{Hash: c.Terms.Hash(), S: c.S}
	}
	return s
}

// PathAt returns the path of whatever stands at a position to the newest
// anchor.
func (w *World) PathAt(position uint64) tree.Path {
	path, _ := w.keeper.Path(position, w.edges[w.State.Anchor().Height])
	return path
}

// Derive makes the wire form and the assignment of the witness as it is now.
func (a *Action) Derive() *Action {
	wit, tx := a.Witness, a.Tx
	tx.Nullifiers = wit.Nullifiers()
	for i, nf := range a.Claimed {
		if nf != nil {
			tx.Nullifiers[i] = *nf
		}
	}
	nf0 := tx.Nullifiers[0]
	for j, p := range a.Pays {
		c := &Coin{Owner: p.To, Asset: p.Asset, Value: p.Value, D: p.To.Address().D,
			R: p.To.View.OutputR(nf0, j), Rho: note.OutputRho(nf0, j)}
		wit.Outputs[j] = action.Create{Asset: p.Asset, Value: p.Value, C: c.C()}
		if p.Terms != nil {
			c.Terms, c.S = p.Terms, p.To.View.OrderSecret(nf0)
			wit.Outputs[j].Order = &action.Terms{Hash: p.Terms.Hash(), S: c.S}
		}
		a.Made[j] = a.World.expect(c)
		tx.Commitments[j] = c.Commitment()
	}
	tx.Anchor, tx.RK = wit.Anchor, wit.RK()
	tx.Fee, tx.FeeInAsset = wit.Fee, wit.FeeInAsset
	if wit.Out > 0 {
		recipient, err := wire.NewRecipient([]byte(a.Owner.Name))
		if err != nil {
			panic(err)
		}
		tx.Out = wire.Output{
			Asset: wit.OutAsset, Amount: wit.Out, Recipient: recipient,
			Return: a.Owner.Own(a.Owner.View.ReturnR(nf0)),
		}
		n := note.Note{Asset: wit.OutAsset, Value: wit.Out, Rho: a.World.claim(tx.Nullifiers[0]).ReturnRho(), C: tx.Out.Return}
		a.World.leaf(a.Owner, n, a.Owner.View.ReturnR(nf0))
	}
	a.Circuit = wit.Assign()
	return a
}

// Bind makes the assignment say what the wire form says.
func (a *Action) Bind() {
	tx, c := a.Tx, a.Circuit
	c.Anchor = tx.Anchor
	for i := range tx.Nullifiers {
		c.Nullifiers[i] = tx.Nullifiers[i]
	}
	for j := range tx.Commitments {
		c.Commitments[j] = tx.Commitments[j]
	}
	c.RK = gadget.AssignPoint(tx.RK)
	c.Fee, c.FeeAsset, c.FeeInAsset = tx.Fee, HUB, 0
	if tx.FeeInAsset {
		c.FeeInAsset = 1
	}
	c.Out, c.OutAsset = tx.Out.Amount, tx.Out.Asset
	c.Digest = tx.Digest(a.ChainID)
}

// Prove proves the assignment; if it can't be, the proof is some other one.
func (a *Action) Prove() *Action {
	a.Bind()
	a.Tx.Proof, _ = a.World.Prover.Prove(prove.Action, a.Tx.PublicInputs(a.ChainID, HUB), a.Circuit)
	return a
}

// Sign signs the wire form as its owner.
func (a *Action) Sign() *Action { return a.SignAs(a.Owner, a.Witness.Alpha) }

// SignAs signs with somebody's spend key.
func (a *Action) SignAs(who *Account, alpha jubjub.Scalar) *Action {
	a.Tx.Signature = who.Key.Sign(alpha, a.Tx.Sighash(a.ChainID), nil)
	return a
}

// Finish binds, proves, signs and encodes.
func (a *Action) Finish() []byte { return a.Prove().Sign().Tx.Encode() }

// Act is the honest way from an intent to the bytes.
func (w *World) Act(i Intent) *Action {
	return w.Plan(i).Derive().Prove().Sign()
}

// Bytes returns the encoded transaction as it is.
func (a *Action) Bytes() []byte { return a.Tx.Encode() }

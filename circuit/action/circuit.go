package action

import (
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Circuit is the statement of one action. The public inputs come first, in the
// order of action.PublicInputs.
type Circuit struct {
	Anchor      frontend.Variable               `gnark:",public"` // tree root
	Nullifiers  [action.Slots]frontend.Variable `gnark:",public"`
	Commitments [action.Slots]frontend.Variable `gnark:",public"`
	RK          gadget.Point                    `gnark:",public"` // in the prime-order subgroup: the ledger checks
	Fee         frontend.Variable               `gnark:",public"`
	FeeAsset    frontend.Variable               `gnark:",public"` // FEE
	FeeInAsset  frontend.Variable               `gnark:",public"` // x
	Out         frontend.Variable               `gnark:",public"`
	OutAsset    frontend.Variable               `gnark:",public"` // ASSET
	Digest      frontend.Variable               `gnark:",public"`

	NK, Alpha frontend.Variable
	Asset     frontend.Variable // A: the one asset beside FEE that may move
	Inputs    [action.Slots]Input
	Outputs   [action.Slots]Output
	// Slot 0 holds a note or an order.
	InputOrder, OutputOrder Covenant
}

// Input is one spent note or, in slot 0, order.
type Input struct {
	Real     frontend.Variable // 0 for a dummy
	IsFee    frontend.Variable // t: the asset is FEE, not A
	Value    frontend.Variable
	D, R     frontend.Variable // of C = H(OWNER; H(PK; ak, nk, d), r)
	Rho      frontend.Variable // of a note
	Digits   gadget.Digits
	Siblings gadget.Siblings
}

// Output is one new note or, in slot 0, order.
type Output struct {
	IsFee frontend.Variable
	Value frontend.Variable
	C     frontend.Variable
}

// Covenant turns slot 0 into an order.
type Covenant struct {
	Is    frontend.Variable // 1 for an order
	Terms frontend.Variable // opaque here: only Fill looks inside
	S     frontend.Variable
}

// New returns a Circuit of the right shape, to compile.
func New() *Circuit {
	c := new(Circuit)
	for i := range c.Inputs {
		c.Inputs[i].Digits = make(gadget.Digits, tree.Depth)
		c.Inputs[i].Siblings = make(gadget.Siblings, tree.Depth)
	}
	return c
}

// Define states the constraints, group by group as in spec/11-circuits.md.
func (c *Circuit) Define(api frontend.API) error {
	k, err := gadget.New(api)
	if err != nil {
		return err
	}
	flow := c.flow(k)

	// ak = rk − [α]G is on the curve because rk and G are; pk_d binds it.
	k.Group("spend-key")
	ak := k.AddPoints(c.RK, k.NegPoint(k.FixedBase(jubjub.Spend, k.Range(c.Alpha, jubjub.OrderBits))))
	keys := k.Sponge(domain.PK, 4).Absorb(k, ak.X, ak.Y)
	oid := k.H(domain.OID, c.NK)

	k.Group("selector")
	k.AssertIsBoolean(c.InputOrder.Is)
	k.AssertIsBoolean(c.OutputOrder.Is)

	for i, in := range c.Inputs {
		pkd := keys.Absorb(k, c.NK, in.D)[0]
		owner := k.H(domain.Owner, pkd, in.R)
		l := leaf{tag: gadget.Tag(domain.Note, 0), money: flow.in[i], middle: in.Rho, owner: owner}
		key, tag := c.NK, frontend.Variable(gadget.Tag(domain.NF, 64))
		if i == 0 {
			is := c.InputOrder.Is
			l = l.orOrder(k, oid, c.InputOrder)
			key = k.Choose(is, c.InputOrder.S, key)
			tag = k.Choose(is, gadget.Tag(domain.ONF, 64), tag)
		}
		cm := l.hash(k)

		k.Group("membership")
		turns, position := k.Turns(in.Digits)
		k.When(in.Real, k.Climb(cm, turns, in.Siblings), c.Anchor)

		// nf = K(nk, cm, pos + 2^64·NF), nf_o = K(s, ocm, pos + 2^64·ONF)
		k.Group("nullifiers")
		k.AssertIsEqual(c.Nullifiers[i], k.K(key, cm, k.Add(position, tag)))
	}

	// rho_j = nf_0 + j: no two notes on the chain share a rho.
	k.Group("outputs")
	for j, out := range c.Outputs {
		l := leaf{tag: gadget.Tag(domain.Note, 0), money: flow.out[j], middle: k.Add(c.Nullifiers[0], j), owner: out.C}
		if j == 0 {
			l = l.orOrder(k, oid, c.OutputOrder)
		}
		k.AssertIsEqual(c.Commitments[j], l.hash(k))
	}

	// A public input that no constraint mentions could be altered at will.
	k.Group("digest")
	k.Mul(c.Digest, c.Digest)
	return nil
}

// money is an amount of an asset inside a commitment.
type money struct{ asset, value frontend.Variable }

// leaf is a commitment before it is hashed: cm = K(money(NOTE, ·), rho, C) of a
// note, ocm = K(money(ORDER, ·), K(terms, oid, s), C) of an order.
type leaf struct {
	tag    frontend.Variable
	money  money
	middle frontend.Variable
	owner  frontend.Variable
}

// orOrder turns the leaf of a note into that of an order if c.Is. Terms and s
// are the prover's to choose and so is a payee's C: none of them may reach the
// lane with the tag, else a note could be made that is also an order.
func (l leaf) orOrder(k *gadget.Kit, oid frontend.Variable, c Covenant) leaf {
	l.tag = k.Choose(c.Is, gadget.Tag(domain.Order, 0), l.tag)
	l.middle = k.Choose(c.Is, k.K(c.Terms, oid, c.S), l.middle)
	return l
}

func (l leaf) hash(k *gadget.Kit) frontend.Variable {
	return k.K(k.Money(l.tag, l.money.asset, l.money.value), l.middle, l.owner)
}

// flows are the amounts of the six slots.
type flows struct{ in, out [action.Slots]money }

// flow states what moves: with one bit t a value, asset = A + t·(FEE − A) and
//
//	Σ ±v·(1−t) = out + x·fee      Σ ±v·t = (1−x)·fee
//	(out + x·fee)·(ASSET − A) = 0
//
// Values, out and fee are below 2^64, so the sums are below 2^67 in absolute
// value and the equations hold in the integers.
func (c *Circuit) flow(k *gadget.Kit) (f flows) {
	k.Group("asset")
	k.Range(c.Asset, 32)
	k.Group("public-range")
	k.Range(c.Fee, 64)
	k.Range(c.Out, 64)
	k.AssertIsBoolean(c.FeeInAsset)

	var sumAsset, sumFee frontend.Variable = 0, 0
	move := func(isFee, value frontend.Variable) (m money, inAsset, inFee frontend.Variable) {
		k.Group("asset-bit")
		k.AssertIsBoolean(isFee)
		k.Group("value-range")
		k.Range(value, 64)
		inFee = k.Mul(value, isFee)
		return money{k.Choose(isFee, c.FeeAsset, c.Asset), value}, k.Sub(value, inFee), inFee
	}
	for i, in := range c.Inputs {
		m, inAsset, inFee := move(in.IsFee, in.Value)
		f.in[i] = m
		sumAsset, sumFee = k.Add(sumAsset, inAsset), k.Add(sumFee, inFee)

		// A dummy skips membership and nothing else, and the value it commits
		// to is 0: else its nullifier could be that of a stranger's note.
		k.Group("dummy")
		k.AssertIsBoolean(in.Real)
		k.When(k.Not(in.Real), in.Value, 0)
	}
	for j, out := range c.Outputs {
		m, inAsset, inFee := move(out.IsFee, out.Value)
		f.out[j] = m
		sumAsset, sumFee = k.Sub(sumAsset, inAsset), k.Sub(sumFee, inFee)
	}

	feeInAsset := k.Mul(c.FeeInAsset, c.Fee)
	leaves := k.Add(c.Out, feeInAsset)
	k.Group("balance-asset")
	k.AssertIsEqual(sumAsset, leaves)
	k.Group("balance-fee")
	k.AssertIsEqual(sumFee, k.Sub(c.Fee, feeInAsset))
	k.Group("out-asset")
	k.When(leaves, c.OutAsset, c.Asset)
	return f
}

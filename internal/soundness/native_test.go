package soundness_test

import (
	"math/big"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/tree"
)

// parser reads an assignment into the types of the product.
type parser struct{ misfit bool }

func (p *parser) integer(v frontend.Variable, bits int) uint64 {
	e := circuittest.Value(v)
	n := e.BigInt(new(big.Int))
	if n.BitLen() > bits {
		p.misfit = true
		return 0
	}
	return n.Uint64()
}

func (p *parser) bit(v frontend.Variable) bool { return p.integer(v, 1) == 1 }

func (p *parser) scalar(v frontend.Variable) jubjub.Scalar {
	e := circuittest.Value(v)
	n := e.BigInt(new(big.Int))
	if n.BitLen() > jubjub.OrderBits {
		p.misfit = true
	}
	return jubjub.ScalarFromBig(n)
}

func (p *parser) position(digits gadget.Digits) (position uint64) {
	for i := len(digits) - 1; i >= 0; i-- {
		trit := circuittest.Sum(circuittest.Value(digits[i]), field.FromUint64(1))
		position = 3*position + p.integer(trit, 2)
		p.misfit = p.misfit || trit == field.FromUint64(3)
	}
	return position
}

func siblings(from gadget.Siblings, to [][tree.Arity - 1]field.Element) {
	for l := range to {
		to[l] = [tree.Arity - 1]field.Element{circuittest.Value(from[l][0]), circuittest.Value(from[l][1])}
	}
}

// nativeAction reads a witness and asks action.Witness.Check.
func nativeAction(of frontend.Circuit) (holds bool, canonical frontend.Circuit, ok bool) {
	c, v, p := of.(*action.Circuit), circuittest.Value, &parser{}
	alpha := p.scalar(c.Alpha)
	rk := jubjub.Point{X: v(c.RK.X), Y: v(c.RK.Y)}
	if !jubjub.InSubgroup(rk) {
		return false, nil, false // the ledger refuses it
	}
	w := &action.Witness{
		Key:        keys.ProverKey{AK: jubjub.Add(rk, jubjub.Neg(jubjub.Mul(jubjub.Spend, alpha))), NK: v(c.NK)},
		Alpha:      alpha,
		Anchor:     v(c.Anchor),
		Fee:        p.integer(c.Fee, 64),
		FeeAsset:   uint32(p.integer(c.FeeAsset, 32)),
		FeeInAsset: p.bit(c.FeeInAsset),
		Out:        p.integer(c.Out, 64),
		OutAsset:   uint32(p.integer(c.OutAsset, 32)),
		Digest:     v(c.Digest),
	}
	asset := uint32(p.integer(c.Asset, 32))
	covenant := func(o action.Covenant) *action.Terms {
		if !p.bit(o.Is) {
			return nil
		}
		return &action.Terms{Hash: v(o.Terms), S: v(o.S)}
	}
	assetOf := func(isFee frontend.Variable) uint32 {
		if p.bit(isFee) {
			return w.FeeAsset
		}
		return asset
	}
	for i, in := range c.Inputs {
		d := circuittest.Value(in.D)
		n := d.BigInt(new(big.Int))
		s := action.Spend{
			Dummy: !p.bit(in.Real), Asset: assetOf(in.IsFee), Value: p.integer(in.Value, 64), R: v(in.R), Rho: v(in.Rho),
		}
		if n.BitLen() > 8*len(s.D) {
			return false, nil, false
		}
		n.FillBytes(s.D[:])
		s.Path.Position = p.position(in.Digits)
		siblings(in.Siblings, s.Path.Siblings[:])
		w.Inputs[i] = s
	}
	for j, o := range c.Outputs {
		w.Outputs[j] = action.Create{Asset: assetOf(o.IsFee), Value: p.integer(o.Value, 64), C: v(o.C)}
	}
	w.Inputs[0].Order, w.Outputs[0].Order = covenant(c.InputOrder), covenant(c.OutputOrder)
	if p.misfit || w.FeeInAsset != (w.Out > 0) { // x = 1 iff out > 0 is the ledger's to demand
		return false, nil, false
	}
	return w.Check() == nil, w.Assign(), true
}

// nativeFill reads a witness and asks order.Apply or order.Pad.
func nativeFill(of frontend.Circuit) (holds bool, canonical frontend.Circuit, ok bool) {
	c, v, p := of.(*fill.Circuit), circuittest.Value, &parser{}
	t := order.Terms{
		Market: uint32(p.integer(c.Market, 32)), Base: uint32(p.integer(c.Base, 32)), Quote: uint32(p.integer(c.Quote, 32)),
		LotSize: p.integer(c.LotSize, 64), Side: order.Side(p.integer(c.Side, 1)), Limit: p.integer(c.Limit, 64),
		Qty: p.integer(c.Qty, 64), MinFill: p.integer(c.MinFill, 64), Expiry: uint32(p.integer(c.Expiry, 32)),
		Band: uint16(p.integer(c.Band, 16)), MaxFee: uint16(p.integer(c.MaxFee, 16)),
	}
	w := fill.Witness{
		Order:  order.Order{Terms: t, Asset: t.FundingAsset(), OID: v(c.OID), C: v(c.C), S: v(c.S)},
		Anchor: v(c.Anchor), Lots: p.integer(c.Lots, 64),
		Execution: order.Execution{
			Height: uint32(p.integer(c.Height, 32)), Price: p.integer(c.Price, 64),
			Dev: uint16(p.integer(c.Dev, 16)), FeeBp: uint16(p.integer(c.FeeBp, 16)),
		},
		Salt: v(c.Salt), Blind: p.scalar(c.Blind),
	}
	w.Path.Position = p.position(c.Digits)
	siblings(c.Siblings, w.Path.Siblings[:])
	if p.misfit {
		return false, nil, false
	}
	var err error
	if w.Order.Value, err = t.Funding(); err != nil {
		return false, w.Assign(order.Fill{Lots: w.Lots}), true
	}
	f, err := w.Fill()
	if err != nil {
		return false, w.Assign(order.Fill{Lots: w.Lots}), true
	}
	inTree := w.Lots == 0 || w.Path.Root(w.Order.Commitment()) == w.Anchor
	return inTree, w.Assign(f), true
}

// nativeCollect reads a witness and asks collect.Witness.Check. The witness has
// no deviation, fee note or roots of its own: it computes them.
func nativeCollect(of frontend.Circuit) (holds bool, canonical frontend.Circuit, ok bool) {
	c, v, p := of.(*collect.Circuit), circuittest.Value, &parser{}
	id := uint32(p.position(c.Digits))
	w := collect.Witness{
		Market: market.Record{
			ID: id, Base: uint32(p.integer(c.Base, 32)), Quote: uint32(p.integer(c.Quote, 32)),
			LotSize: p.integer(c.LotSize, 64), Tick: p.integer(c.Tick, 64), FeeBp: uint16(p.integer(c.FeeBp, 16)),
		},
		MarketPath: tree.TablePath{Index: id}, ReferencePath: tree.TablePath{Index: id},
		Reference: p.integer(c.Reference, 64), Height: uint32(p.integer(c.Height, 32)), Price: p.integer(c.Price, 64),
		Salt: v(c.Salt), Fee: p.integer(c.Fee, 64), Treasury: v(c.Treasury), R: v(c.R), Blind: p.scalar(c.Blind),
	}
	p.integer(c.Dev, 16)
	siblings(c.MarketSiblings, w.MarketPath.Siblings[:])
	siblings(c.ReferenceSiblings, w.ReferencePath.Siblings[:])
	if p.misfit {
		return false, nil, false
	}
	return w.Check() == nil, w.Assign(), true
}

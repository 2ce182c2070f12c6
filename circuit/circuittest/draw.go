package circuittest

import (
	"math"
	"math/big"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	protocol "github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Element draws a field element.
func Element(t *rapid.T, label string) (e field.Element) {
	e.SetBytes(rapid.SliceOfN(rapid.Byte(), field.Size, field.Size).Draw(t, label)) // reduced: any element will do
	return e
}

// Scalar draws a scalar of Jubjub.
func Scalar(t *rapid.T, label string) jubjub.Scalar {
	e := Element(t, label)
	return jubjub.ScalarFromBig(e.BigInt(new(big.Int)))
}

// upTo draws an integer in [low, high], often near an end.
func upTo(t *rapid.T, label string, low, high uint64) uint64 {
	return rapid.OneOf(
		rapid.Just(low), rapid.Just(high), rapid.Uint64Range(low, high),
	).Draw(t, label)
}

// terms draws the terms of an order that can be filled at the execution.
func terms(t *rapid.T, x order.Execution) order.Terms {
	o := order.Terms{
		Market:  rapid.Uint32Range(0, market.Max-1).Draw(t, "market"),
		Base:    rapid.Uint32().Draw(t, "base"),
		Quote:   rapid.Uint32().Draw(t, "quote"),
		LotSize: upTo(t, "lotSize", 1, 1<<40),
		Side:    order.Side(rapid.Uint8Range(0, 1).Draw(t, "side")),
		Expiry:  uint32(upTo(t, "expiry", uint64(x.Height), math.MaxUint32)),
		Band:    uint16(upTo(t, "band", uint64(x.Dev), order.NoBand)),
		MaxFee:  uint16(upTo(t, "maxFee", uint64(x.FeeBp), amount.BasisPoints)),
	}
	if o.Side == order.Buy {
		o.Limit = upTo(t, "limit", x.Price, x.Price+1<<40)
	} else {
		o.Limit = upTo(t, "limit", 0, x.Price)
	}
	return o
}

// execution draws what an auction decided.
func execution(t *rapid.T) order.Execution {
	return order.Execution{
		Height: rapid.Uint32().Draw(t, "height"),
		Price:  upTo(t, "price", 1, 1<<50),
		Dev:    rapid.Uint16().Draw(t, "dev"),
		FeeBp:  rapid.Uint16Range(0, amount.BasisPoints).Draw(t, "feeBp"),
	}
}

// path draws a path of the tree.
func path(t *rapid.T) (p tree.Path) {
	p.Position = upTo(t, "position", 0, tree.Capacity-1)
	seed := Element(t, "siblings")
	for l := range p.Siblings {
		for j := range p.Siblings[l] {
			p.Siblings[l][j] = field.K(seed, field.FromUint64(uint64(2*l+j)), seed)
		}
	}
	return p
}

// Fill draws a fill of a real order that its covenant allows.
func Fill(t *rapid.T) fill.Witness {
	x := execution(t)
	o := order.Order{
		Terms: terms(t, x),
		OID:   Element(t, "oid"), C: Element(t, "C"), S: Element(t, "s"),
	}
	unit, err := o.Terms.Unit()
	if err != nil {
		t.Fatal(err)
	}
	o.Terms.Qty = upTo(t, "qty", 1, math.MaxUint64/max(unit, x.Price, o.Terms.LotSize))
	w := fill.Witness{
		Lots:      upTo(t, "lots", 1, o.Terms.Qty),
		Execution: x,
		Path:      path(t),
		Salt:      Element(t, "salt"),
		Blind:     Scalar(t, "blind"),
	}
	if w.Lots == o.Terms.Qty {
		o.Terms.MinFill = rapid.Uint64().Draw(t, "minFill")
	} else {
		o.Terms.MinFill = upTo(t, "minFill", 0, w.Lots)
	}
	o.Asset = o.Terms.FundingAsset()
	o.Value = o.Terms.Qty * unit
	w.Order = o
	w.Anchor = w.Path.Root(o.Commitment())
	return w
}

// Padding draws a padding fill: an empty order that is in no tree, whose other
// terms may be anything.
func Padding(t *rapid.T) fill.Witness {
	w := Fill(t)
	w.Order.Terms = terms(t, execution(t))
	w.Order.Asset = w.Order.Terms.FundingAsset()
	w.Order.Value, w.Lots = 0, 0
	w.Anchor = Element(t, "anchor")
	return w
}

// Collect draws a group's price and fee.
func Collect(t *rapid.T) collect.Witness {
	m := market.Record{
		ID:      uint32(upTo(t, "market", 0, market.Max-1)),
		Base:    rapid.Uint32().Draw(t, "base"),
		Quote:   rapid.Uint32().Draw(t, "quote"),
		LotSize: rapid.Uint64Range(1, math.MaxUint64).Draw(t, "lotSize"),
		FeeBp:   rapid.Uint16Range(0, amount.BasisPoints).Draw(t, "feeBp"),
		MinQty:  1,
	}
	// The price first; then a tick of which twice the price is a multiple.
	price := upTo(t, "price", 1, math.MaxUint64)
	divisor := upTo(t, "halfTicks", 1, 16)
	for price%divisor != 0 {
		divisor--
	}
	m.Tick = price / divisor
	if price <= math.MaxUint64/2 && rapid.Bool().Draw(t, "halfTick") {
		m.Tick *= 2
	}
	w := collect.Witness{
		Market: m, Height: rapid.Uint32().Draw(t, "height"), Price: price,
		Salt: Element(t, "salt"), Fee: rapid.Uint64().Draw(t, "fee"),
		Treasury: Element(t, "treasury"), R: Element(t, "r"), Blind: Scalar(t, "blind"),
	}
	switch rapid.IntRange(0, 3).Draw(t, "reference") {
	case 0: // none
	case 1:
		w.Reference = price
	case 2:
		w.Reference = rapid.Uint64().Draw(t, "far")
	case 3:
		spread := price / 1000
		w.Reference = rapid.Uint64Range(price-spread, price+min(spread, math.MaxUint64-price)).Draw(t, "near")
	}
	tablePath := func(label string) tree.TablePath {
		p := tree.TablePath{Index: m.ID}
		seed := Element(t, label)
		for l := range p.Siblings {
			for j := range p.Siblings[l] {
				p.Siblings[l][j] = field.K(seed, field.FromUint64(uint64(2*l+j)), seed)
			}
		}
		return p
	}
	w.MarketPath, w.ReferencePath = tablePath("markets"), tablePath("references")
	return w
}

// Action draws an action of any kind: transfer, order, cancel, replace,
// withdrawal, with dummies where inputs are spare.
func Action(t *rapid.T) *action.Witness {
	w := &action.Witness{
		Key:   keys.ProverKey{NK: Element(t, "nk")},
		Alpha: Scalar(t, "alpha"),
		Fee:   upTo(t, "fee", 0, 1<<40), FeeAsset: rapid.Uint32().Draw(t, "FEE"),
		Digest: Element(t, "digest"),
	}
	w.Key.AK = jubjub.Mul(jubjub.Spend, Scalar(t, "ask"))
	asset := rapid.OneOf(rapid.Uint32(), rapid.Just(w.FeeAsset)).Draw(t, "A")

	// What leaves decides what must come in.
	var need [2]uint64 // of A, of FEE
	if rapid.Bool().Draw(t, "withdrawal") {
		w.Out, w.OutAsset, w.FeeInAsset = upTo(t, "out", 1, 1<<60), asset, true
		need[0] = w.Out + w.Fee
	} else {
		need[1] = w.Fee
	}
	for j := range w.Outputs {
		o := action.Create{Asset: asset, Value: upTo(t, "value", 0, 1<<60), C: Element(t, "C")}
		if rapid.Bool().Draw(t, "isFee") {
			o.Asset = w.FeeAsset
			need[1] += o.Value
		} else {
			need[0] += o.Value
		}
		w.Outputs[j] = o
	}
	if asset == w.FeeAsset {
		need[0], need[1] = need[0]+need[1], 0
	}
	if rapid.Bool().Draw(t, "places") {
		w.Outputs[0].Order = &action.Terms{Hash: Element(t, "terms"), S: Element(t, "s")}
	}

	for i := range w.Inputs {
		w.Inputs[i] = action.Spend{Asset: asset, R: Element(t, "r"), Rho: Element(t, "rho")}
		copy(w.Inputs[i].D[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "d"))
	}
	if rapid.Bool().Draw(t, "spendsOrder") {
		w.Inputs[0].Order = &action.Terms{Hash: Element(t, "terms"), S: Element(t, "s")}
	}
	slots := rapid.Permutation([]int{0, 1, 2}).Draw(t, "slots")
	w.Inputs[slots[0]].Value = upTo(t, "part", 0, need[0])
	w.Inputs[slots[1]].Value = need[0] - w.Inputs[slots[0]].Value
	w.Inputs[slots[2]].Asset = w.FeeAsset
	w.Inputs[slots[2]].Value = need[1]
	for i := range w.Inputs {
		if w.Inputs[i].Value == 0 {
			w.Inputs[i].Dummy = rapid.Bool().Draw(t, "dummy")
		}
	}
	Plant(t, w)
	return w
}

// Plant puts the inputs side by side into one tree and sets the anchor.
func Plant(t *rapid.T, w *action.Witness) {
	p := path(t)
	first := p.Position - p.Position%tree.Arity
	var leaves [protocol.Slots]field.Element
	for i := range w.Inputs {
		leaves[i] = Leaf(w, i)
	}
	for i := range w.Inputs {
		p.Position = first + uint64(i)
		n := 0
		for j := range leaves {
			if j != i {
				p.Siblings[0][n] = leaves[j]
				n++
			}
		}
		w.Inputs[i].Path = p
	}
	w.Anchor = w.Inputs[0].Path.Root(leaves[0])
}

// Leaf returns the commitment in input slot i.
func Leaf(w *action.Witness, i int) field.Element {
	in := w.Inputs[i]
	owner := keys.Owner(w.Key.PKd(in.D), in.R)
	if in.Order != nil {
		return order.CommitOpaque(in.Order.Hash, in.Asset, in.Value, w.Key.OID(), owner, in.Order.S)
	}
	return note.Note{Asset: in.Asset, Value: in.Value, Rho: in.Rho, C: owner}.Commitment()
}

package trade

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Relation is a ledger.Proofs that takes a claim iff the witness which its
// prover deposited makes the circuit's statement true of the claim's public
// inputs. Its rules are spec/05, 07 and 11, worked out over integers: no code of
// the circuits or of their native twins is used. A proof is the name under which
// the witness was deposited.
//
// It is safe for concurrent use, except for Follow.
type Relation struct {
	blind    bool          // takes everything: for tests of who else would notice
	treasury field.Element // pk of the treasury

	leaves []field.Element          // of the whole tree
	sizes  map[field.Element]uint64 // leaves under a root, of recent blocks
	roots  []field.Element          // of those blocks

	mu        sync.Mutex
	witnesses map[proof]any

	rks sync.Map // of keyed

	why error // the first claim refused
}

type proof = [settlement.ProofSize]byte

func newRelation(blind bool) *Relation {
	return &Relation{blind: blind, sizes: map[field.Element]uint64{}, witnesses: map[proof]any{}}
}

// deposit keeps a witness for the claim whose public inputs hold this element.
func (r *Relation) deposit(kind byte, name field.Element, witness any) (p proof) {
	p[0] = kind
	b := name.Bytes()
	copy(p[1:], b[:])
	r.mu.Lock()
	defer r.mu.Unlock()
	r.witnesses[p] = witness
	return p
}

// follow takes a block's leaves and the root after it.
func (r *Relation) follow(leaves []field.Element, root field.Element) {
	r.leaves = append(r.leaves, leaves...)
	if _, ok := r.sizes[root]; ok {
		return // an empty block
	}
	r.sizes[root] = uint64(len(r.leaves))
	if r.roots = append(r.roots, root); len(r.roots) > 600 {
		delete(r.sizes, r.roots[0])
		r.roots = r.roots[1:]
	}
}

// in reports whether a leaf is at a position of the tree with a root.
func (r *Relation) in(leaf field.Element, position uint64, root field.Element) bool {
	return position < r.sizes[root] && r.leaves[position] == leaf
}

// Check implements ledger.Proofs.
func (r *Relation) Check(claims []ledger.Claim) error {
	bad, err := r.Find(claims)
	if err == nil && len(bad) > 0 {
		err = rejection.New(rejection.BadProof, "%v", r.why)
	}
	return err
}

// Find implements ledger.Proofs.
func (r *Relation) Find(claims []ledger.Claim) (bad []int, err error) {
	errs := make([]error, len(claims))
	side(len(claims), func(i int) { errs[i] = r.one(claims[i]) })
	for i, err := range errs {
		if err != nil {
			if r.why == nil {
				r.why = fmt.Errorf("%s: %w", claims[i].Circuit, err)
			}
			bad = append(bad, i)
		}
	}
	return bad, nil
}

// side calls f for 0 … n−1 on all processors.
func side(n int, f func(int)) {
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := w; i < n; i += workers {
				f(i)
			}
		}()
	}
	all.Wait()
}

func (r *Relation) one(c ledger.Claim) error {
	r.mu.Lock()
	w, ok := r.witnesses[c.Proof]
	delete(r.witnesses, c.Proof)
	r.mu.Unlock()
	if r.blind {
		return nil
	}
	if !ok {
		return fmt.Errorf("nobody proved it")
	}
	var public []field.Element
	var err error
	switch w := w.(type) {
	case *action.Witness:
		public, err = r.action(w)
	case *fill.Witness:
		public, err = r.fill(w)
	case *collect.Witness:
		public, err = r.collect(w)
	}
	if err != nil {
		return err
	}
	if len(public) != len(c.Public) {
		return fmt.Errorf("%d public inputs", len(c.Public))
	}
	for i := range public {
		if public[i] != c.Public[i] {
			return fmt.Errorf("public input %d does not follow from the witness", i)
		}
	}
	return nil
}

func breaks(what string) error { return fmt.Errorf("the witness breaks a rule: %s", what) }

// money packs a kind of leaf, an asset and a value.
func money(tag domain.Tag, asset uint32, value uint64) field.Element {
	return words(0, 0, uint64(asset)|uint64(tag)<<32, value)
}

func noteLeaf(asset uint32, value uint64, rho, c field.Element) field.Element {
	return field.K(money(domain.Note, asset, value), rho, c)
}

func orderLeaf(asset uint32, value uint64, terms, oid, s, c field.Element) field.Element {
	return field.K(money(domain.Order, asset, value), field.K(terms, oid, s), c)
}

func plus(e field.Element, n uint64) field.Element {
	d := field.FromUint64(n)
	e.Add(&e, &d)
	return e
}

// action is the statement of spec/11, "Action".
func (r *Relation) action(w *action.Witness) ([]field.Element, error) {
	x, y := jubjub.Coordinates(w.Key.AK)
	oid := field.H(domain.OID, w.Key.NK)
	var pkd field.Element
	var sums [2][2]uint64 // of FEE's and the other asset's: what comes in, what goes out
	other := uint32(0)
	count := func(asset uint32, value uint64, out int) error {
		which := 0
		if asset != w.FeeAsset {
			if other != 0 && other != asset {
				return breaks("a third asset")
			}
			which, other = 1, asset
		}
		sum, carry := bits.Add64(sums[which][out], value, 0)
		if carry != 0 {
			return breaks("a sum of 2^64")
		}
		sums[which][out] = sum
		return nil
	}
	public := append(make([]field.Element, 0, 15), w.Anchor)
	for i, in := range w.Inputs {
		if i == 0 || in.D != w.Inputs[i-1].D {
			pkd = field.H(domain.PK, x, y, w.Key.NK, in.D.Element())
		}
		owner := field.H(domain.Owner, pkd, in.R)
		var leaf, nf field.Element
		if in.Order == nil {
			leaf = noteLeaf(in.Asset, in.Value, in.Rho, owner)
			nf = field.K(w.Key.NK, leaf, words(0, 0, uint64(domain.NF), in.Path.Position))
		} else {
			leaf = orderLeaf(in.Asset, in.Value, in.Order.Hash, oid, in.Order.S, owner)
			nf, _ = field.K2(in.Order.S, leaf, words(0, 0, uint64(domain.ONF), in.Path.Position))
		}
		switch {
		case in.Order != nil && i > 0:
			return nil, breaks("an order outside slot 0")
		case in.Dummy && in.Value != 0:
			return nil, breaks("a dummy with a value")
		case !in.Dummy && !r.in(leaf, in.Path.Position, w.Anchor):
			return nil, breaks("an input that is not in the tree")
		}
		if err := count(in.Asset, in.Value, 0); err != nil {
			return nil, err
		}
		public = append(public, nf)
	}
	nf0 := public[1]
	for j, out := range w.Outputs {
		leaf := noteLeaf(out.Asset, out.Value, plus(nf0, uint64(j)), out.C)
		if out.Order != nil {
			if j > 0 {
				return nil, breaks("an order outside slot 0")
			}
			leaf = orderLeaf(out.Asset, out.Value, out.Order.Hash, oid, out.Order.S, out.C)
		}
		if err := count(out.Asset, out.Value, 1); err != nil {
			return nil, err
		}
		public = append(public, leaf)
	}
	feeAsset, inAsset := w.FeeAsset, uint64(0)
	if w.FeeInAsset {
		feeAsset, inAsset = w.OutAsset, 1
	}
	if err := count(feeAsset, w.Fee, 1); err != nil {
		return nil, err
	}
	if w.Out > 0 {
		if err := count(w.OutAsset, w.Out, 1); err != nil {
			return nil, err
		}
	}
	if sums[0][0] != sums[0][1] || sums[1][0] != sums[1][1] {
		return nil, breaks("what goes in is not what comes out")
	}
	rx, ry := jubjub.Coordinates(r.randomized(w.Key.AK, w.Alpha))
	return append(public, rx, ry, field.FromUint64(w.Fee), field.FromUint64(uint64(w.FeeAsset)), field.FromUint64(inAsset),
		field.FromUint64(w.Out), field.FromUint64(uint64(w.OutAsset)), w.Digest), nil
}

// randomized returns ak + [alpha]G, which an account needs again and again.
func (r *Relation) randomized(ak jubjub.Point, alpha jubjub.Scalar) jubjub.Point {
	name := keyed{ak, alpha}
	if rk, ok := r.rks.Load(name); ok {
		return rk.(jubjub.Point)
	}
	rk := jubjub.Add(ak, jubjub.Mul(jubjub.Spend, alpha))
	r.rks.Store(name, rk)
	return rk
}

type keyed struct {
	ak    jubjub.Point
	alpha jubjub.Scalar
}

// outcome is the money of a fill, worked out from spec/05.
type outcome struct {
	base, quote, fee       uint64 // quote: what the buyer pays or the seller gets
	proceeds, refund, rest uint64
}

// fillMoney returns the money of a fill; ok is false if a number has no place in
// 64 bits.
func fillMoney(t order.Terms, lots, price uint64, feeBp uint16) (o outcome, ok bool) {
	ok = true
	mul := func(a, b uint64) uint64 {
		hi, lo := bits.Mul64(a, b)
		ok = ok && hi == 0
		return lo
	}
	perMyriad := func(a uint64, bp uint16, up uint64) uint64 {
		hi, lo := bits.Mul64(a, uint64(bp))
		lo, carry := bits.Add64(lo, up, 0)
		q, _ := bits.Div64(hi+carry, lo, 10_000) // bp ≤ 10000: the quotient fits
		return q
	}
	unit := t.LotSize
	if t.Side == order.Buy {
		var carry uint64
		unit, carry = bits.Add64(t.Limit, perMyriad(t.Limit, t.MaxFee, 9_999), 0)
		ok = ok && carry == 0
	}
	notional := mul(lots, price)
	o.fee = perMyriad(notional, feeBp, 0)
	o.base = mul(lots, t.LotSize)
	o.rest = mul(t.Qty-lots, unit)
	mul(t.Qty, unit)
	released := mul(lots, unit)
	paid := o.base
	if t.Side == order.Buy {
		var carry uint64
		o.quote, carry = bits.Add64(notional, o.fee, 0)
		ok = ok && carry == 0
		o.proceeds, paid = o.base, o.quote
	} else {
		o.quote = notional - o.fee
		o.proceeds = o.quote
	}
	ok = ok && released >= paid
	o.refund = released - paid
	return o, ok
}

// termsHash is spec/03's hash of terms.
func termsHash(t order.Terms) field.Element {
	// T1: market, base, quote, lotSize from bit 96, side 160, expiry 161, band 193,
	// maxFee 209.
	third := t.LotSize>>32 | uint64(t.Side)<<32 | uint64(t.Expiry)<<33
	top := uint64(t.Expiry)>>31 | uint64(t.Band)<<1 | uint64(t.MaxFee)<<17
	t1 := words(top, third, uint64(t.Quote)|t.LotSize<<32, uint64(t.Market)|uint64(t.Base)<<32)
	return field.K(t1, words(0, t.MinFill, t.Qty, t.Limit), field.FromUint64(uint64(domain.Terms)))
}

// words returns an element of four words of 64 bits, the highest first.
func words(w ...uint64) (e field.Element) {
	var b [32]byte
	for k, v := range w {
		for i := range 8 {
			b[8*k+7-i] = byte(v >> (8 * i))
		}
	}
	e.SetBytes(b[:])
	return e
}

// pc is spec/04's price commitment.
func priceCommitment(market, base, quote uint32, lotSize, price uint64, dev, feeBp uint16, a uint32, salt field.Element) field.Element {
	return field.K(words(uint64(domain.PC), lotSize>>32|uint64(dev)<<32|uint64(feeBp)<<48, uint64(quote)|lotSize<<32, uint64(market)|uint64(base)<<32),
		words(0, 0, uint64(a), price), salt)
}

// fill is the statement of spec/11, "Fill".
func (r *Relation) fill(w *fill.Witness) ([]field.Element, error) {
	o, t, x := w.Order, w.Order.Terms, w.Execution
	m, ok := fillMoney(t, w.Lots, x.Price, x.FeeBp)
	real := w.Lots > 0
	funding, bought := t.Base, t.Quote
	if t.Side == order.Buy {
		funding, bought = t.Quote, t.Base
	}
	switch {
	case w.Lots > t.Qty || !ok:
		return nil, breaks("a number out of range")
	case !real && t.Qty != 0:
		return nil, breaks("padding with a quantity")
	case !real:
	case w.Lots < t.MinFill && w.Lots < t.Qty:
		return nil, breaks("fewer lots than the minimum")
	case t.Side == order.Buy && x.Price > t.Limit, t.Side == order.Sell && x.Price < t.Limit:
		return nil, breaks("a price past the limit")
	case x.Height > t.Expiry:
		return nil, breaks("an order that has expired")
	case x.FeeBp > t.MaxFee:
		return nil, breaks("a fee above the order's")
	case x.Dev > t.Band:
		return nil, breaks("a price outside the band")
	}
	released := m.refund + m.base
	if t.Side == order.Buy {
		released = m.refund + m.quote
	}
	ocm := orderLeaf(funding, released+m.rest, termsHash(t), o.OID, o.S, o.C)
	if real && !r.in(ocm, w.Path.Position, w.Anchor) {
		return nil, breaks("an order that is not in the tree")
	}
	nf, next := field.K2(o.S, ocm, words(0, 0, uint64(domain.ONF), w.Path.Position))
	pad, rho := field.K2(o.S, nf, words(0, 0, uint64(domain.Rcpt), uint64(x.Height)))
	left := t
	left.Qty -= w.Lots
	report := words(0, uint64(x.FeeBp), x.Price, w.Lots)
	report.Add(&report, &pad)
	sign := jubjub.Add(jubjub.MulUint64(jubjub.Base, m.base), jubjub.Neg(jubjub.MulUint64(jubjub.Quote, m.quote)))
	if t.Side == order.Buy {
		sign = jubjub.Neg(sign)
	}
	cv := jubjub.Add(sign, jubjub.Mul(jubjub.Blind, w.Blind))
	cx, cy := jubjub.Coordinates(cv)
	return []field.Element{
		w.Anchor, field.FromUint64(uint64(x.Height)), nf,
		noteLeaf(bought, m.proceeds, rho, o.C), noteLeaf(funding, m.refund, plus(rho, 1), o.C),
		orderLeaf(funding, m.rest, termsHash(left), o.OID, next, o.C),
		priceCommitment(t.Market, t.Base, t.Quote, t.LotSize, x.Price, x.Dev, x.FeeBp, x.Height, w.Salt),
		cx, cy, report,
	}, nil
}

// collect is the statement of spec/11, "Collect".
func (r *Relation) collect(w *collect.Witness) ([]field.Element, error) {
	m := w.Market
	_, rest := bits.Div64(w.Price>>63%m.Tick, w.Price<<1, m.Tick) // of 2P
	if w.Price == 0 || rest != 0 {
		return nil, breaks("a price off the grid")
	}
	if w.MarketPath.Index != m.ID || w.ReferencePath.Index != m.ID {
		return nil, breaks("another market's leaf")
	}
	leaf := field.K(words(uint64(domain.Mkt), m.LotSize>>32|uint64(m.FeeBp)<<32, uint64(m.Quote)|m.LotSize<<32, uint64(m.ID)|uint64(m.Base)<<32),
		field.FromUint64(m.Tick), field.Element{})
	ref := field.K(words(uint64(domain.Ref), 0, 0, uint64(m.ID)), field.FromUint64(w.Reference), field.Element{})
	pc := priceCommitment(m.ID, m.Base, m.Quote, m.LotSize, w.Price, deviation(w.Price, w.Reference), m.FeeBp, w.Height, w.Salt)
	owner := field.H(domain.Owner, w.Treasury, w.R)
	cv := jubjub.Add(jubjub.Neg(jubjub.MulUint64(jubjub.Quote, w.Fee)), jubjub.Mul(jubjub.Blind, w.Blind))
	x, y := jubjub.Coordinates(cv)
	return []field.Element{
		w.MarketPath.Root(leaf), w.ReferencePath.Root(ref), field.FromUint64(uint64(w.Height)), pc,
		noteLeaf(m.Quote, w.Fee, pc, owner), x, y, w.Treasury,
	}, nil
}

// deviation is spec/04's distance in basis points, by its definition.
func deviation(price, ref uint64) uint16 {
	hi, lo := bits.Mul64(max(price, ref)-min(price, ref), 10_000)
	for d := range uint64(65_535) {
		if h, l := bits.Mul64(d, ref); ref != 0 && (h > hi || h == hi && l >= lo) {
			return uint16(d)
		}
	}
	return 65_535
}

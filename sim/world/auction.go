package world

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Take is how many lots of an order an auction fills; none is padding.
type Take struct {
	Order *Coin
	Lots  uint64
}

// Leg is one fill in the making: what is public of it and the assignment that
// is to prove it.
type Leg struct {
	Order   *Coin
	Witness fill.Witness
	Fill    order.Fill
	Public  settlement.Leg
	Circuit *fill.Circuit
}

// Group is one market's result in the making. As with an Action, a thief
// changes the public parts and the private assignments as he likes; Lock and
// Settle sign and prove what is there then.
type Group struct {
	World   *World
	Auction uint64
	Market  market.Record
	Witness collect.Witness
	Legs    []*Leg
	Collect *collect.Circuit
	PC      field.Element // of the group; a leg's own may differ
	Fee     field.Element // cm of the fee note
	FeeCV   jubjub.Point
	Anchor  uint64 // height in whose root the fills are proven: a − w

	opening [settlement.FeeOpeningSize]byte
}

// Match is the auction after the last block: one group at a price, which asks
// no order's terms whether they allow it.
func (w *World) Match(m ledger.Market, price uint64, takes ...Take) *Group {
	return w.MatchIn(w.Height()-w.State.Params().RestBlocks, m, price, takes...)
}

// MatchIn is Match with the fills proven in the root of another height.
func (w *World) MatchIn(anchor uint64, m ledger.Market, price uint64, takes ...Take) *Group {
	a := w.Height()
	g := &Group{World: w, Auction: a, Market: m.Record(), Anchor: anchor}
	w.random(g.opening[:])
	reference := w.reference(m.ID)
	g.Witness = collect.Witness{
		Market: g.Market, MarketPath: w.MarketPath(m.ID),
		Reference: reference, ReferencePath: w.ReferencePath(m.ID),
		Height: uint32(a), Price: price, Salt: w.Element(),
		Treasury: w.Treasury.Address().PKd, R: w.Element(), Blind: w.Scalar(),
	}
	x := order.Execution{Height: uint32(a), Price: price, Dev: market.Deviation(price, reference), FeeBp: m.FeeBp}
	for _, t := range takes {
		g.Legs = append(g.Legs, g.leg(t, x))
	}
	g.Derive()
	return g
}

func (w *World) reference(market uint32) uint64 {
	for _, r := range w.State.References() {
		if r.Market == market {
			return r.Mid
		}
	}
	return 0
}

// MarketPath returns the path of a market's record in the present table.
func (w *World) MarketPath(id uint32) tree.TablePath {
	markets, _ := w.State.Tables()
	return tablePath(markets, id)
}

// ReferencePath returns the path of a market's present reference.
func (w *World) ReferencePath(id uint32) tree.TablePath {
	_, references := w.State.Tables()
	return tablePath(references, id)
}

func tablePath(t *tree.Table, id uint32) tree.TablePath {
	p, err := t.Path(id)
	if err != nil {
		panic(err)
	}
	return p
}

// leg makes one fill. Padding is an order that is in no tree.
func (g *Group) leg(t Take, x order.Execution) *Leg {
	w := g.World
	l := &Leg{Order: t.Order}
	l.Witness = fill.Witness{
		Order: t.Order.Order(), Lots: t.Lots, Execution: x,
		Anchor: w.Root(g.Anchor), Salt: g.Witness.Salt, Blind: w.Scalar(),
	}
	if path, ok := w.keeper.Path(t.Order.Position, w.edges[g.Anchor]); ok && t.Order.In {
		l.Witness.Path = path
	}
	return l
}

// Root returns the note root after a block.
func (w *World) Root(height uint64) field.Element {
	e := w.edges[height]
	return e.Root()
}

// Derive computes everything from the witnesses as they are now.
func (g *Group) Derive() *Group {
	for _, l := range g.Legs {
		l.Derive()
		for _, c := range l.outcome() {
			g.World.expect(c)
		}
	}
	return g.Total()
}

// Total computes the group's own part from its legs as they are now.
func (g *Group) Total() *Group {
	var fee uint64
	for _, l := range g.Legs {
		fee += l.Fill.Fee
	}
	g.Witness.Fee = fee
	g.PC = g.Witness.PC()
	g.Fee = g.Witness.FeeNote().Commitment()
	g.FeeCV = settlement.FeeValueOf(fee, g.Witness.Blind)
	g.Collect = g.Witness.Assign()
	g.World.leaf(g.World.Treasury, g.Witness.FeeNote(), g.Witness.R)
	return g
}

// Derive computes a leg from its witness, whatever the order's terms say.
func (l *Leg) Derive() {
	wit, x := l.Witness, l.Witness.Execution
	f, err := wit.Order.Reopen(wit.Path.Position, wit.Lots, x.Price, x.FeeBp, x.Height)
	if err != nil {
		panic(err)
	}
	l.Fill = f
	l.Public = wit.Leg(f)
	l.Circuit = wit.Assign(f)
}

// outcome returns the coins that the leg makes: all are the order's owner's.
func (l *Leg) outcome() []*Coin {
	o, f := l.Order, l.Fill
	coin := func(n note.Note) *Coin {
		return &Coin{Owner: o.Owner, Asset: n.Asset, Value: n.Value, D: o.D, R: o.R, Rho: n.Rho}
	}
	rest := f.Remainder
	return []*Coin{coin(f.Proceeds), coin(f.Refund), {
		Owner: o.Owner, Asset: rest.Asset, Value: rest.Value, D: o.D, R: o.R, Terms: &rest.Terms, S: rest.S,
	}}
}

// Leg returns the leg that fills an order.
func (g *Group) Leg(order *Coin) *Leg {
	i := slices.IndexFunc(g.Legs, func(l *Leg) bool { return l.Order == order })
	return g.Legs[i]
}

// Proceeds returns the coin that an honest settlement of the leg pays.
func (l *Leg) Proceeds(w *World) *Coin { return w.expect(l.outcome()[0]) }

// Wire returns the group as it is now.
func (g *Group) Wire() settlement.Group {
	slices.SortFunc(g.Legs, func(a, b *Leg) int { return a.Public.Nullifier.Cmp(&b.Public.Nullifier) })
	out := settlement.Group{PC: g.PC, Fee: g.Fee, FeeValue: g.FeeCV, FeeOpening: g.opening}
	for _, l := range g.Legs {
		out.Legs = append(out.Legs, l.Public)
	}
	return out
}

// Nullifiers returns the nullifiers of groups in the order of a lock.
func Nullifiers(groups ...*Group) (out []field.Element) {
	for _, g := range groups {
		for _, l := range g.Legs {
			out = append(out, l.Public.Nullifier)
		}
	}
	slices.SortFunc(out, func(a, b field.Element) int { return a.Cmp(&b) })
	return slices.Compact(out)
}

// hashes returns the groups' hashes in the order of an outcome.
func hashes(groups []*Group) (out [][32]byte) {
	for _, g := range groups {
		wire := g.Wire()
		out = append(out, wire.Hash())
	}
	slices.SortFunc(out, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// NewLock returns the unsigned lock of an auction's groups.
func NewLock(groups ...*Group) *settlement.Lock {
	a := groups[0].Auction
	return &settlement.Lock{
		Height: a, Nullifiers: Nullifiers(groups...),
		Outcome: settlement.Outcome(a, hashes(groups)), StateDigest: hash("state", a),
	}
}

// SignLock lets workers sign a lock.
func SignLock(l *settlement.Lock, workers ...*Worker) []byte {
	l.Signatures = SignWorkers(workers, l.SignBytes(ChainID))
	return l.Encode()
}

// Lock returns the groups' lock, signed by a quorum with the leader.
func (w *World) Lock(groups ...*Group) []byte {
	return SignLock(NewLock(groups...), w.Leading()...)
}

// NewSettle opens group g of all the groups of its auction, with proofs and
// binding signature of what is there.
func (g *Group) NewSettle(all ...*Group) *settlement.Settle {
	if len(all) == 0 {
		all = []*Group{g}
	}
	wire := g.Wire()
	s := &settlement.Settle{Version: 1, Height: g.Auction, Groups: hashes(all), Group: wire}
	s.Index = uint16(slices.Index(s.Groups, wire.Hash()))
	g.Prove(s)
	s.Binding = jubjub.Sign(domain.BindingSig, jubjub.Blind, g.bindingSecret(), wire.BindingMessage(ChainID, s.Height), nil)
	return s
}

// Prove fills in the proofs; where an assignment can't be proven, some other.
func (g *Group) Prove(s *settlement.Settle) {
	w := g.World
	s.FillProofs = nil
	anchor := w.Root(g.Anchor)
	for i, l := range g.Legs {
		c := l.Circuit
		c.Anchor, c.Height, c.PC = anchor, s.Height, s.Group.PC
		c.Nullifier, c.Proceeds, c.Refund, c.Remainder = l.Public.Nullifier, l.Public.Proceeds, l.Public.Refund, l.Public.Remainder
		c.Value, c.Report = gadget.AssignPoint(l.Public.Value), l.Public.Report
		proof, _ := w.Prover.Prove(prove.Fill, s.FillInputs(i, anchor), c)
		s.FillProofs = append(s.FillProofs, proof)
	}
	roots, _ := w.State.Roots(g.Auction)
	treasury := w.Genesis.Treasury.PKd
	c := g.Collect
	c.Markets, c.References, c.Height, c.PC = roots.Markets, roots.References, s.Height, s.Group.PC
	c.FeeNote, c.FeeValue, c.Treasury = s.Group.Fee, gadget.AssignPoint(s.Group.FeeValue), treasury
	s.Collect, _ = w.Prover.Prove(prove.Collect, s.CollectInputs(roots.Markets, roots.References, treasury), c)
}

// bindingSecret is the sum of all blinds; it is the binding key's secret iff
// the legs balance.
func (g *Group) bindingSecret() jubjub.Scalar {
	sum := g.Witness.Blind
	for _, l := range g.Legs {
		sum = sum.Add(l.Witness.Blind)
	}
	return sum
}

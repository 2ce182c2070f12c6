package wallet

import (
	"encoding/hex"
	"slices"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/merklelog"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Apply takes the next block. A block that contradicts itself or the blocks
// before it is refused (BAD_BLOCK), and then the State is spent: its owner
// goes back to the one saved last. Nothing is copied to undo a block, because
// a node that lies is left, not tolerated.
//
// What Apply believes of a block holds only once Check has passed at its end
// or later.
func (s *State) Apply(in Scanned) error {
	b := in.block
	if b == nil || b.Height != s.Height+1 {
		return refuseBlock("block %d is not the one after %d", heightOf(b), s.Height)
	}
	if b.Size < s.Keeper.Size() {
		return refuseBlock("the tree shrinks in block %d", b.Height)
	}
	s.Height, s.Time = b.Height, b.Time
	g := newGrowth(s.Keeper.Size(), b.Size)
	for _, step := range []func() error{
		func() error { return s.applyLocks(b) },
		func() error { return s.applyExecuted(in, g) },
		func() error { return s.applyGroups(b, g) },
		func() error { return s.applyCustody(b, g) },
		func() error { return s.applyBusts(b) },
		func() error { return s.applyAdmitted(b) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, l := range b.Fees {
		g.put(l.Position, false, l.Commitment)
	}
	if err := g.append(s); err != nil {
		return err
	}
	if s.terms.AnchorInterval > 0 && b.Height%s.terms.AnchorInterval == 0 {
		s.marks = append(s.marks, mark{b.Height, s.Keeper.Frontier()})
		if len(s.marks) > anchorsKept {
			s.marks = slices.Delete(s.marks, 0, 1)
		}
	}
	return nil
}

// Roots are what the chain commits to after a block: every commitment and
// every spent nullifier since the first.
type Roots struct {
	Notes field.Element
	Spent merklelog.Hash
}

// Check holds everything that the blocks so far have said of notes and
// nullifiers against roots that the caller trusts (BAD_BLOCK): a commitment
// that was changed or a spend that was hidden in any of them shows here.
func (s *State) Check(trusted Roots) error {
	if s.Keeper.Root() != trusted.Notes {
		return refuseBlock("the commitments up to block %d do not hash to the chain's root", s.Height)
	}
	if s.spent.Root() != trusted.Spent {
		return refuseBlock("the nullifiers up to block %d do not hash to the chain's root", s.Height)
	}
	return nil
}

func refuseBlock(format string, args ...any) error {
	return rejection.New(rejection.BadBlock, format, args...)
}

func heightOf(b *Block) uint64 {
	if b == nil {
		return 0
	}
	return b.Height
}

// growth gathers the leaves of a block by their positions.
type growth struct {
	first  uint64
	leaves []field.Element
	filled int
	marked []int
	spent  []uint64 // marks that are no longer needed after the append
	bad    bool
}

// maxGrowth bounds what a block may make us allocate: no block of 4 MB has
// more leaves.
const maxGrowth = 1 << 17

func newGrowth(from, to uint64) *growth {
	if to-from > maxGrowth {
		return &growth{bad: true}
	}
	return &growth{first: from, leaves: make([]field.Element, to-from)}
}

// put places consecutive leaves; keep says that the account needs their paths.
func (g *growth) put(position uint64, keep bool, leaves ...field.Element) {
	for i, leaf := range leaves {
		at := position - g.first + uint64(i)
		if position < g.first || at >= uint64(len(g.leaves)) || !g.leaves[at].IsZero() || leaf.IsZero() {
			g.bad = true
			return
		}
		g.leaves[at] = leaf
		g.filled++
		if keep {
			g.marked = append(g.marked, int(at))
		}
	}
}

// keep marks a leaf that was put.
func (g *growth) keep(position uint64) {
	if position >= g.first && position-g.first < uint64(len(g.leaves)) {
		g.marked = append(g.marked, int(position-g.first))
	}
}

func (g *growth) append(s *State) error {
	if g.bad || g.filled != len(g.leaves) {
		return refuseBlock("block %d has leaves that overlap, are missing or out of place", s.Height)
	}
	if err := s.Keeper.Append(g.leaves, g.marked); err != nil {
		return refuseBlock("block %d: %v", s.Height, err)
	}
	for _, position := range g.spent {
		s.Keeper.Unmark(position)
	}
	return nil
}

func (s *State) applyLocks(b *Block) error {
	for _, l := range b.Locks {
		for _, nf := range l.Nullifiers {
			if o := s.index.orders[nf]; o != nil {
				o.Status, o.Auction = Matched, l.Auction
				s.Changes++
			}
		}
	}
	return nil
}

func (s *State) applyBusts(b *Block) error {
	for _, auction := range b.Busts {
		for _, o := range s.Orders {
			if o.Status != Matched || o.Auction != auction {
				continue
			}
			o.Status, o.Auction = Resting, 0
			if !o.By.IsZero() {
				o.Status = Leaving
			}
			s.record(Entry{Kind: BustEntry, ID: o.ID, Order: idOf(o), Asset: o.Order.Asset, Amount: o.Order.Value})
		}
	}
	return nil
}

func (s *State) applyAdmitted(b *Block) error {
	for _, a := range b.Admitted {
		for _, nf := range a.Nullifiers {
			s.reserve(nf, a.ID)
		}
	}
	return nil
}

// reserve marks the account's note or order with nullifier nf, if there is
// one, as on its way out.
func (s *State) reserve(nf field.Element, by ID) {
	if n := s.index.notes[nf]; n != nil {
		n.By = by
		s.Changes++
	}
	if o := s.index.orders[nf]; o != nil {
		o.By = by
		s.Changes++
		if o.Status == Resting {
			o.Status = Leaving
		}
	}
}

// applyExecuted books the actions that took effect or were dropped.
func (s *State) applyExecuted(in Scanned, g *growth) error {
	b := in.block
	if len(in.found) != len(b.Executed) {
		return refuseBlock("block %d was not scanned", s.Height)
	}
	for _, a := range b.Dropped {
		s.drop(a)
	}
	for i := range b.Executed {
		a := &b.Executed[i]
		g.put(a.First, false, a.Commitments[:]...)
		s.log(a.Nullifiers[:]...)
		if err := s.execute(b, a, in.found[i], g); err != nil {
			return err
		}
	}
	return nil
}

// log adds nullifiers to the log of spent ones, in the ledger's order: executed
// actions first, settlements after them.
func (s *State) log(nullifiers ...field.Element) {
	for _, nf := range nullifiers {
		s.spent.Append(nf)
	}
}

// drop gives back what a dropped action had reserved: a lock had come first.
func (s *State) drop(a Admitted) {
	mine := false
	e := Entry{Kind: DroppedEntry, ID: a.ID}
	for _, nf := range a.Nullifiers {
		if n := s.index.notes[nf]; n != nil {
			mine = true
			n.By = ID{}
		}
		if o := s.index.orders[nf]; o != nil {
			mine = true
			o.By = ID{}
			if o.Status == Leaving {
				o.Status = Resting
			}
			e.Order, e.Asset, e.Amount = idOf(o), o.Order.Asset, o.Order.Value
		}
	}
	if mine {
		s.record(e)
	}
}

// deed is an executed action as far as it concerns the account.
type deed struct {
	*Executed
	opened []seal.Opened
	spent  []*Note
	from   *Order // spent
	placed *Order // made
	claim  *Claim
}

// mine reports whether the account made the action: it spent something of the
// account, or an output opens under the account's own key. Otherwise the
// action pays the account, or is no business of it.
func (d *deed) mine() bool {
	if len(d.spent) > 0 || d.from != nil {
		return true
	}
	return slices.ContainsFunc(d.opened, func(o seal.Opened) bool { return o.Kind != seal.Payment })
}

func (s *State) execute(b *Block, a *Executed, opened []seal.Opened, g *growth) error {
	d := deed{Executed: a, opened: opened}
	s.spend(&d, g)
	for _, o := range opened {
		position := a.First + uint64(o.Slot)
		if o.Kind == seal.OwnOrder {
			d.placed = s.addOrder(o, position, g)
			continue
		}
		s.see(o.D)
		s.addNote(Note{Note: o.Note, D: o.D, R: o.R, Position: position}, g)
	}
	if d.mine() && a.OutAmount > 0 {
		if err := s.addClaim(b, &d); err != nil {
			return err
		}
	}
	s.narrate(&d)
	return nil
}

// spend removes the account's inputs of an action.
func (s *State) spend(d *deed, g *growth) {
	for _, nf := range d.Nullifiers {
		if n := s.index.notes[nf]; n != nil {
			d.spent = append(d.spent, n)
			s.removeNote(n, g)
		}
		if o := s.index.orders[nf]; o != nil {
			d.from = o
			delete(s.index.orders, nf)
			g.spent = append(g.spent, o.Position)
			o.Status, o.By, o.Auction = Cancelled, ID{}, 0
		}
	}
}

func (s *State) removeNote(n *Note, g *growth) {
	delete(s.index.notes, n.Nullifier)
	s.Notes = slices.DeleteFunc(s.Notes, func(other *Note) bool { return other == n })
	g.spent = append(g.spent, n.Position)
}

// addNote adds a note of the account; an empty one is not worth keeping.
func (s *State) addNote(n Note, g *growth) {
	if n.Value == 0 {
		return
	}
	n.Height = s.Height
	n.Nullifier = note.Nullifier(s.view.NK, n.Commitment(), n.Position)
	g.keep(n.Position)
	s.index.notes[n.Nullifier] = &n
	s.Notes = append(s.Notes, &n)
}

func (s *State) addOrder(opened seal.Opened, position uint64, g *growth) *Order {
	ocm := opened.Commitment()
	o := &Order{
		ID: orderID(ocm), Order: opened.Order, D: opened.D, R: opened.R,
		Placed: opened.Order.Terms.Qty, Height: s.Height, Position: position, Status: Resting,
	}
	o.Nullifier, _ = order.Nullify(o.Order.S, ocm, position)
	g.keep(position)
	s.Orders = append(s.Orders, o)
	s.index.orders[o.Nullifier] = o
	return o
}

// see widens the search for addresses when one of them was paid to.
func (s *State) see(d keys.Diversifier) {
	if i, ok := s.index.hands[d]; ok && i >= s.Addresses {
		s.Addresses = i + 1
		s.look()
	}
}

// narrate writes the history of an executed action.
func (s *State) narrate(d *deed) {
	if !d.mine() {
		for _, o := range d.opened {
			if o.Value > 0 {
				s.record(Entry{Kind: ReceiveEntry, ID: d.ID, Asset: o.Asset, Amount: o.Value})
			}
		}
		return
	}
	e := Entry{ID: d.ID, Fee: d.Fee, FeeAsset: s.terms.FeeAsset}
	if d.from != nil {
		e.Order = idOf(d.from)
	}
	switch {
	case d.claim != nil:
		e.Kind, e.FeeAsset = WithdrawEntry, d.OutAsset
		e.Asset, e.Amount, e.To = d.OutAsset, d.OutAmount, hex.EncodeToString(d.claim.Recipient)
	case d.from != nil && d.placed != nil:
		e.Kind, e.Successor = ReplaceEntry, idOf(d.placed)
		e.Asset, e.Amount = d.placed.Order.Asset, d.placed.Order.Value
		d.from.Status, d.from.Successor = Replaced, d.placed.ID
	case d.from != nil:
		e.Kind, e.Asset, e.Amount = CancelEntry, d.from.Order.Asset, d.from.Order.Value
	case d.placed != nil:
		e.Kind, e.Order = OrderEntry, idOf(d.placed)
		e.Asset, e.Amount = d.placed.Order.Asset, d.placed.Order.Value
	default:
		e.Kind, e.Asset, e.Amount = s.moved(d)
	}
	for _, o := range d.opened {
		if o.Kind == seal.Receipt {
			e.Kind, e.Asset, e.Amount = SendEntry, o.Paid.Asset, o.Paid.Value
			e.To = o.Paid.To.Format(s.network)
		}
	}
	s.record(e)
}

// moved says what an action did that placed no order, closed none and left no
// receipt: normally it moved notes within the account; if less came back than
// went in, it paid somebody without a receipt.
func (s *State) moved(d *deed) (EntryKind, uint32, uint64) {
	asset := s.terms.FeeAsset
	for _, n := range d.spent {
		if n.Asset != s.terms.FeeAsset {
			asset = n.Asset
		}
	}
	in, out := sumOf(d.spent, asset), uint64(0)
	for _, o := range d.opened {
		if o.Kind != seal.OwnOrder && o.Asset == asset {
			out += o.Value
		}
	}
	if asset == s.terms.FeeAsset {
		in -= min(in, d.Fee)
	}
	if in > out {
		return SendEntry, asset, in - out
	}
	return MergeEntry, asset, out
}

func sumOf(notes []*Note, asset uint32) (total uint64) {
	for _, n := range notes {
		if n.Asset == asset {
			total += n.Value
		}
	}
	return total
}

// addClaim books the claim that a withdrawal of the account opened.
func (s *State) addClaim(b *Block, d *deed) error {
	id := custody.NewClaimID(s.terms.ChainID, d.Nullifiers[0])
	i := slices.IndexFunc(b.Claims, func(c ClaimOpening) bool { return c.ID == id })
	if i < 0 {
		return refuseBlock("the withdrawal %s opens no claim", d.ID.Short())
	}
	d.claim = &Claim{
		ID: ID(id), Action: d.ID, Asset: d.OutAsset, Amount: d.OutAmount,
		Recipient: b.Claims[i].Recipient.Bytes(), Height: s.Height, NF0: d.Nullifiers[0], Status: ClaimOpen,
	}
	s.Claims = append(s.Claims, d.claim)
	s.index.claims[d.claim.ID] = d.claim
	return nil
}

// applyGroups books settlements: a leg with the nullifier of an order of the
// account is opened by its report, and its three outputs are recomputed.
func (s *State) applyGroups(b *Block, g *growth) error {
	for _, group := range b.Groups {
		for i, l := range group.Legs {
			first := group.First + uint64(action.Slots*i)
			g.put(first, false, l.Proceeds, l.Refund, l.Remainder)
			s.log(l.Nullifier)
			if o := s.index.orders[l.Nullifier]; o != nil {
				if err := s.fill(o, group.Auction, l, first, g); err != nil {
					return err
				}
			}
		}
		g.put(group.First+uint64(action.Slots*len(group.Legs)), false, group.Fee)
	}
	return nil
}

// fill books one fill. The chain has proven that the report opens; one that
// does not was not settled by that chain.
func (s *State) fill(o *Order, auction uint64, l Leg, first uint64, g *growth) error {
	height := uint32(auction)
	lots, price, feeBp, ok := order.OpenReport(o.Order.S, o.Nullifier, l.Report, height)
	if !ok {
		return refuseBlock("a settlement of order %s does not open", o.ID.Short())
	}
	f, err := o.Order.Reopen(o.Position, lots, price, feeBp, height)
	if err != nil || f.Proceeds.Commitment() != l.Proceeds || f.Refund.Commitment() != l.Refund || f.Remainder.Commitment() != l.Remainder {
		return refuseBlock("a settlement of order %s has other outputs than its report", o.ID.Short())
	}
	s.Fills = append(s.Fills, Fill{
		Order: o.ID, Height: s.Height, Auction: auction,
		Market: o.Order.Terms.Market, Side: o.Order.Terms.Side,
		Lots: lots, Price: price, FeeBp: feeBp, Fee: f.Fee, Base: f.BaseLeg, Quote: f.QuoteLeg,
		Refund: f.Refund.Value, Left: f.Remainder.Terms.Qty,
	})
	delete(s.index.orders, o.Nullifier)
	g.spent = append(g.spent, o.Position)
	s.addNote(Note{Note: f.Proceeds, D: o.D, R: o.R, Position: first}, g)
	s.addNote(Note{Note: f.Refund, D: o.D, R: o.R, Position: first + 1}, g)

	o.Order, o.Position, o.Auction = f.Remainder, first+2, 0
	o.Filled += lots
	o.Status, o.By = Filled, ID{}
	if o.Order.Terms.Qty > 0 {
		o.Status = Resting
		o.Nullifier, _ = order.Nullify(o.Order.S, o.Order.Commitment(), o.Position)
		s.index.orders[o.Nullifier] = o
		g.keep(o.Position)
	}
	s.record(Entry{
		Kind: FillEntry, ID: o.ID, Order: idOf(o), Asset: f.Proceeds.Asset, Amount: f.Proceeds.Value,
		Fee: f.Fee, FeeAsset: o.Order.Terms.Quote, Fill: len(s.Fills),
	})
	return nil
}

func (s *State) applyCustody(b *Block, g *growth) error {
	for _, d := range b.Deposits {
		n := note.Note{Asset: d.Asset, Value: d.Amount, Rho: d.ID.Rho(), C: d.C}
		g.put(d.Position, false, n.Commitment())
		i, ok := s.index.deposits[d.C]
		if !ok {
			continue
		}
		if i >= s.Deposits {
			s.Deposits = i + 1
			s.look()
		}
		s.addNote(Note{Note: n, D: s.homeD(), R: s.view.DepositR(i), Position: d.Position}, g)
		s.record(Entry{Kind: DepositEntry, ID: ID(d.ID), Asset: d.Asset, Amount: d.Amount})
	}
	for _, c := range b.Closings {
		claim := s.index.claims[ID(c.Claim)]
		if c.Result == custody.Paid {
			if claim != nil && claim.Status == ClaimOpen {
				claim.Status = ClaimPaid
				s.record(Entry{Kind: PaidEntry, ID: claim.ID, Asset: claim.Asset, Amount: claim.Amount})
			}
			continue
		}
		n := note.Note{Asset: c.Asset, Value: c.Amount, Rho: c.Claim.ReturnRho(), C: c.C}
		g.put(c.Position, false, n.Commitment())
		if claim == nil || claim.Status != ClaimOpen {
			continue
		}
		if c.C != returnOwner(s.view, claim.NF0) || c.Asset != claim.Asset || c.Amount != claim.Amount {
			return refuseBlock("claim %s is returned to somebody else", claim.ID.Short())
		}
		claim.Status = ClaimReturned
		s.addNote(Note{Note: n, D: s.homeD(), R: s.view.ReturnR(claim.NF0), Position: c.Position}, g)
		s.record(Entry{Kind: ReturnEntry, ID: claim.ID, Asset: claim.Asset, Amount: claim.Amount})
	}
	return nil
}

func idOf(o *Order) *ID {
	id := o.ID
	return &id
}

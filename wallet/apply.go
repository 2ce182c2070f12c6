package wallet

import (
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
	s.applyLocks(b)
	if err := s.applyExecuted(in, g); err != nil {
		return err
	}
	if err := s.applyGroups(in, g); err != nil {
		return err
	}
	if err := s.applyCustody(b, g); err != nil {
		return err
	}
	s.applyBusts(b)
	s.applyAdmitted(b)
	s.applyFees(b, g)
	if err := g.append(s); err != nil {
		return err
	}
	s.forget()
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

func (s *State) applyLocks(b *Block) {
	for _, l := range b.Locks {
		for _, nf := range l.Nullifiers {
			if o := s.index.orders[nf]; o != nil {
				o.Status, o.Auction = Matched, l.Auction
				s.Changes++
			}
		}
	}
}

func (s *State) applyBusts(b *Block) {
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
}

func (s *State) applyAdmitted(b *Block) {
	for _, a := range b.Admitted {
		for _, nf := range a.Nullifiers {
			s.reserve(nf, a.ID)
		}
	}
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
		g.put(a.First, a.Commitments[:]...)
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
			s.remember(o)
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
		ID: orderID(ocm), Order: opened.Order, Handling: opened.Handling, D: opened.D, R: opened.R,
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
func (s *State) applyGroups(in Scanned, g *growth) error {
	for k, group := range in.block.Groups {
		for i, l := range group.Legs {
			first := group.First + uint64(action.Slots*i)
			g.put(first, l.Proceeds, l.Refund, l.Remainder)
			s.log(l.Nullifier)
			if o := s.index.orders[l.Nullifier]; o != nil {
				if err := s.fill(o, group.Auction, l, first, g); err != nil {
					return err
				}
			}
		}
		last := group.First + uint64(action.Slots*len(group.Legs))
		g.put(last, group.Fee)
		if fee, ok := in.fees[k]; ok {
			s.addFee(Note{Note: fee.Note, D: fee.D, R: fee.R, Position: last}, g)
		}
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
	s.remember(o)
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
		g.put(d.Position, n.Commitment())
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
		g.put(c.Position, n.Commitment())
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

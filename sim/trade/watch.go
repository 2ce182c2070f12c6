package trade

import (
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// watch is everything that the simulation knows by itself: every coin, what its
// owner was promised, and what each asset's coins must add up to. It reads the
// ledger's events as owners do and takes nothing else for granted.
type watch struct {
	height   uint64
	time     uint64
	coins    map[field.Element]*coin // unspent, by nullifier
	spent    map[field.Element]struct{}
	made     map[[32]byte]*made      // admitted, not yet executed
	sent     map[[32]byte]*made      // in the block under way
	claims   map[[32]byte]*made      // withdrawals that are neither paid nor returned
	deposits map[field.Element]*coin // by leaf
	beats    map[*account]uint64     // by owner: the block by whose end a heartbeat is due
	locks    map[uint64]*open
	history  map[uint64][]market.Reference // by height, of late

	next                      uint64            // position of the next leaf
	held, counted             map[uint32]uint64 // in coins; in fee counters
	deposited, withdrawn, out map[uint32]uint64
	treasury                  *seal.Scanner
	treasuryPKd               field.Element

	stats Stats
}

// open is a lock that has not ended.
type open struct {
	nullifiers map[field.Element]bool
	pools      map[[2]uint32]bool // of which a group was settled
	left       int                // nullifiers that are not spent
}

// Stats says what happened.
type Stats struct {
	Blocks, Actions, Orders, Rested, Dropped, Held uint64
	Kinds                                          [kinds]uint64
	Auctions, Locks, Late, Overtaken, Busted       uint64 // Late: locks not in the first block
	Groups, Fills, Partial, Padding, Lots          uint64
	Deposits, Paid, Returned                       uint64
	Compared                                       uint64 // times that book and owners were compared
}

func newWatch(c *chain) *watch {
	return &watch{
		coins: map[field.Element]*coin{}, spent: map[field.Element]struct{}{}, made: map[[32]byte]*made{}, sent: map[[32]byte]*made{},
		claims: map[[32]byte]*made{}, deposits: map[field.Element]*coin{}, beats: map[*account]uint64{}, locks: map[uint64]*open{},
		history: map[uint64][]market.Reference{}, held: map[uint32]uint64{}, counted: map[uint32]uint64{},
		deposited: map[uint32]uint64{}, withdrawn: map[uint32]uint64{}, out: map[uint32]uint64{},
		treasury: seal.NewScanner(c.treasury), treasuryPKd: c.genesis.Treasury.PKd,
	}
}

// add takes a coin that came into the tree; its owner may use it.
func (w *watch) add(c *coin, position uint64) {
	c.position, c.since = position, w.height
	w.held[c.asset] += c.value
	if c.owner == nil {
		return // nobody spends the treasury's in this story
	}
	if c.order == nil {
		c.nf = field.K(c.owner.view.NK, c.leaf, words(0, 0, uint64(domain.NF), position))
		c.owner.money[c.asset] = append(c.owner.money[c.asset], c)
	} else {
		c.nf, _ = field.K2(c.mid, c.leaf, words(0, 0, uint64(domain.ONF), position))
		c.owner.open = append(c.owner.open, c)
	}
	w.coins[c.nf] = c
}

func without(list []*coin, c *coin) []*coin {
	for i := range list {
		if list[i] == c {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

// spend notes that a nullifier is in the log.
func (w *watch) spend(nf field.Element) (*coin, error) {
	if _, ok := w.spent[nf]; ok {
		return nil, fmt.Errorf("nullifier %s is spent twice", nf.String())
	}
	w.spent[nf] = struct{}{}
	c := w.coins[nf]
	if c == nil {
		return nil, nil
	}
	delete(w.coins, nf)
	w.held[c.asset] -= c.value
	if c.order == nil {
		c.owner.money[c.asset] = without(c.owner.money[c.asset], c)
	} else {
		c.owner.open = without(c.owner.open, c)
	}
	return c, nil
}

// leaves checks that an event's leaves follow the last one's.
func (w *watch) leaves(l ledger.Leaves) error {
	if l.Position != w.next {
		return fmt.Errorf("leaves at %d instead of %d", l.Position, w.next)
	}
	w.next += uint64(len(l.Commitments))
	return nil
}

// block takes a block's events. A settlement stands under its first byte.
func (w *watch) block(c *chain, b ledger.Block, r *ledger.Result, settles map[*byte]*settlement.Settle) error {
	w.height, w.time = b.Height, uint64(b.Time)
	w.history[b.Height] = c.state.References()
	delete(w.history, b.Height-30)
	first := w.next
	for _, e := range r.Events {
		var err error
		switch e := e.(type) {
		case ledger.LockExpired:
			err = w.expired(e)
		case ledger.LockAccepted:
			err = w.locked(e)
		case ledger.ActionExecuted:
			err = w.executed(e)
		case ledger.ActionDropped:
			err = w.dropped(e)
		case ledger.GroupSettled:
			err = w.settled(e, settles[&b.Txs[e.Index][0]])
		case ledger.DepositCredited:
			err = w.credited(e)
		case ledger.ClaimReturned:
			err = w.returned(e)
		case ledger.ClaimPaid:
			w.stats.Paid++
			delete(w.claims, e.ID)
		case ledger.FeesPaid:
			if err = w.leaves(e.Leaves); err == nil && e.Amount != w.counted[e.Asset] {
				err = fmt.Errorf("the treasury is paid %d of asset %d instead of %d", e.Amount, e.Asset, w.counted[e.Asset])
			}
			w.held[e.Asset] += e.Amount
			w.counted[e.Asset] = 0
		}
		if err != nil {
			return err
		}
	}
	for _, e := range r.Events {
		if e, ok := e.(ledger.ActionAdmitted); ok {
			if err := w.accept(e); err != nil {
				return err
			}
		}
	}
	w.disconnect()
	if len(w.sent) > 0 {
		return fmt.Errorf("%d actions of the block were not admitted", len(w.sent))
	}
	if uint64(len(r.Delta.Leaves)) != w.next-first || r.Delta.First != first {
		return fmt.Errorf("the block appends leaves of which no event speaks")
	}
	return w.conserve(c)
}

// conserve compares what there is with what came in and went out: by the
// simulation's own sums, and with the ledger's turnstile.
func (w *watch) conserve(c *chain) error {
	for asset := hub; asset <= dollar; asset++ {
		p := c.state.Pool(asset)
		if have, should := w.held[asset]+w.counted[asset], w.deposited[asset]-w.withdrawn[asset]; have != should {
			return fmt.Errorf("conservation: asset %d has %d in coins and fee counters and should have %d", asset, have, should)
		}
		if p.Deposited != w.deposited[asset] || p.Withdrawn != w.withdrawn[asset] || p.Reserved != w.out[asset] || p.Fees != w.counted[asset] {
			return fmt.Errorf("turnstile: asset %d: %+v; the people say %d, %d, %d, %d", asset, p,
				w.deposited[asset], w.withdrawn[asset], w.out[asset], w.counted[asset])
		}
		if p.Withdrawn+p.Reserved > p.Deposited {
			return fmt.Errorf("turnstile: asset %d: %+v", asset, p)
		}
	}
	return nil
}

// recount adds up all coins again.
func (w *watch) recount() error {
	sums := map[uint32]uint64{}
	for _, c := range w.coins {
		sums[c.asset] += c.value
	}
	for asset, sum := range sums {
		if sum > w.held[asset] {
			return fmt.Errorf("recount: %d of asset %d instead of at most %d", sum, asset, w.held[asset])
		}
	}
	return nil
}

func (w *watch) accept(e ledger.ActionAdmitted) error {
	m := w.sent[e.ID]
	if m == nil || m.nfs != e.Nullifiers {
		return fmt.Errorf("an action that nobody made is admitted")
	}
	delete(w.sent, e.ID)
	m.admitted = w.height
	w.made[e.ID] = m
	a := m.plan.who
	w.stats.Actions++
	w.stats.Kinds[m.plan.kind]++
	if m.plan.kind == leaving {
		w.out[m.plan.asset] += m.plan.value
	}
	switch m.plan.kind {
	case placing, replacing:
		w.stats.Orders++
	case softly:
		m.plan.target.order.leave(w.height)
	case wholly:
		w.takeOut(a)
	case beating:
		if delete(w.beats, a); m.plan.blocks > 0 {
			w.beats[a] = w.height + uint64(m.plan.blocks)
		}
	}
	return nil
}

// takeOut notes that an owner wants none of their orders matched from this
// block's auction on, announced ones included.
func (w *watch) takeOut(a *account) {
	for _, c := range a.open {
		c.order.leave(w.height)
	}
	for _, m := range w.made {
		if m.plan.who == a {
			m.gone = true
		}
	}
}

func (w *watch) disconnect() {
	for a, due := range w.beats {
		if due <= w.height {
			w.takeOut(a)
			delete(w.beats, a)
		}
	}
}

func (w *watch) executed(e ledger.ActionExecuted) error {
	m := w.made[e.ID]
	if m == nil || m.nfs != e.Nullifiers || m.cms != [3]field.Element(e.Commitments) || m.admitted+delay != w.height {
		return fmt.Errorf("an action is executed that was not made so, or not in its block")
	}
	delete(w.made, e.ID)
	m.plan.who.busy = false
	if err := w.leaves(e.Leaves); err != nil {
		return err
	}
	for i, nf := range m.nfs {
		c, err := w.spend(nf)
		if err != nil {
			return err
		}
		if c != m.plan.in[i] {
			return fmt.Errorf("input %d of an action is not what it was", i)
		}
	}
	for j, c := range m.outs {
		if c == nil {
			continue
		}
		if c.order != nil {
			c.order.first = w.height
			if m.gone {
				c.order.leave(w.height)
			}
			w.stats.Rested++
		}
		w.add(c, e.Position+uint64(j))
	}
	if m.plan.kind == leaving {
		w.out[m.plan.asset] -= m.plan.value
		w.withdrawn[m.plan.asset] += m.plan.value
		w.counted[m.plan.asset] += exitFee
		w.claims[m.claim] = m
	} else {
		w.counted[hub] += flatFee
	}
	return nil
}

// dropped: only a lock may drop an action, and only one of slot 0 that was
// accepted after the action was admitted.
func (w *watch) dropped(e ledger.ActionDropped) error {
	m := w.made[e.ID]
	if m == nil {
		return fmt.Errorf("an unknown action is dropped")
	}
	c := m.plan.in[0]
	if c == nil || c.order == nil || c.order.locked == 0 || c.order.locked >= m.admitted {
		return fmt.Errorf("an action is dropped that no lock after it took an order from")
	}
	delete(w.made, e.ID)
	w.stats.Dropped++
	if m.plan.kind == leaving {
		w.out[m.plan.asset] -= m.plan.value
	}
	m.plan.who.busy = false
	return nil
}

func (w *watch) credited(e ledger.DepositCredited) error {
	c := w.deposits[e.Commitments[0]]
	if c == nil || c.value != e.Amount || c.asset != e.Asset {
		return fmt.Errorf("a deposit that nobody made")
	}
	delete(w.deposits, c.leaf)
	w.deposited[e.Asset] += e.Amount
	w.stats.Deposits++
	w.add(c, e.Position)
	return w.leaves(e.Leaves)
}

func (w *watch) returned(e ledger.ClaimReturned) error {
	m := w.claims[e.ID]
	if m == nil || e.Commitments[0] != m.back.leaf {
		return fmt.Errorf("a claim returns what was not withdrawn")
	}
	delete(w.claims, e.ID)
	w.withdrawn[e.Asset] -= e.Amount
	w.stats.Returned++
	w.add(m.back, e.Position)
	return w.leaves(e.Leaves)
}

// locked: an order is locked only if its owner and the chain allow its auction.
func (w *watch) locked(e ledger.LockAccepted) error {
	w.stats.Locks++
	if e.Auction+1 != w.height {
		w.stats.Late++
	}
	l := &open{nullifiers: map[field.Element]bool{}, pools: map[[2]uint32]bool{}, left: len(e.Nullifiers)}
	w.locks[e.Auction] = l
	for _, nf := range e.Nullifiers {
		l.nullifiers[nf] = true
		c := w.coins[nf]
		if c == nil {
			continue // padding; what is settled of it is worth nothing, or conservation breaks
		}
		p := c.order
		switch {
		case p == nil:
			return fmt.Errorf("a lock holds a note")
		case p.locked != 0:
			return fmt.Errorf("two locks hold one order")
		case c.since+restBlocks > e.Auction:
			return fmt.Errorf("a lock holds an order that rested too short")
		case e.Auction < p.exit:
			return fmt.Errorf("a lock holds an order in its exit window")
		}
		if err := p.may(c, e.Auction, w); err != nil {
			return fmt.Errorf("a lock holds an order %w", err)
		}
		p.locked, p.touched = e.Auction, true
	}
	return nil
}

// may says whether an order's owner allows a match at an auction, whatever the
// price.
func (p *promise) may(c *coin, a uint64, w *watch) error {
	until := p.handling.Until
	n := uint64(p.handling.Auctions)
	start := (c.since + restBlocks + interval - 1) / interval * interval
	switch {
	case a > uint64(p.terms.Expiry):
		return fmt.Errorf("after its expiry")
	case until != 0 && w.time-(w.height-a) >= until: // a block is a second
		return fmt.Errorf("after its time")
	case n > 0 && a < start:
		return fmt.Errorf("before its first interval")
	case n > 0 && !p.touched && a >= start+n*interval:
		return fmt.Errorf("after its last interval")
	case p.left != 0 && a >= p.left:
		return fmt.Errorf("that its owner took out")
	}
	return nil
}

// leave notes that from an auction on its owner wants it matched no more.
func (p *promise) leave(height uint64) {
	if p.left == 0 {
		p.left = height
	}
}

// expired: a bust returns what is not spent.
func (w *watch) expired(e ledger.LockExpired) error {
	l := w.locks[e.Auction]
	if l == nil {
		return fmt.Errorf("an unknown lock expires")
	}
	delete(w.locks, e.Auction)
	w.stats.Busted++
	for _, nf := range e.Nullifiers {
		if !l.nullifiers[nf] {
			return fmt.Errorf("a bust returns what was not locked")
		}
		if c := w.coins[nf]; c != nil {
			c.order.locked, c.order.exit = 0, e.ExitUntil
		}
	}
	return nil
}

// settled: owners open their reports, and check what was done to their orders.
func (w *watch) settled(e ledger.GroupSettled, s *settlement.Settle) error {
	if err := w.leaves(e.Leaves); err != nil {
		return err
	}
	l := w.locks[e.Auction]
	if l == nil {
		return fmt.Errorf("a settlement without a lock")
	}
	w.stats.Groups++
	var price, bought, sold, fees uint64
	var pool [2]uint32
	var quote uint32
	sides := map[*account]order.Side{}
	for i, leg := range s.Group.Legs {
		nf := leg.Nullifier
		if !l.nullifiers[nf] || e.Nullifiers[i] != nf {
			return fmt.Errorf("a settlement spends what is not locked")
		}
		c, err := w.spend(nf)
		if err != nil {
			return err
		}
		if c == nil {
			w.stats.Padding++
			continue
		}
		f, err := w.open(c, leg, e.Auction, price)
		if err != nil {
			return err
		}
		t := c.order.terms
		here := [2]uint32{t.Market, uint32(c.order.handling.Pool)}
		if price == 0 {
			price, pool, quote = f.price, here, t.Quote
		}
		if here != pool {
			return fmt.Errorf("orders of two pools meet")
		}
		if side, ok := sides[c.owner]; ok && side != t.Side {
			return fmt.Errorf("somebody trades with themselves")
		}
		sides[c.owner] = t.Side
		if t.Side == order.Buy {
			bought += f.lots
		} else {
			sold += f.lots
		}
		fees += f.fee
		w.stats.Fills++
		w.stats.Lots += f.lots
		for j, made := range f.made {
			if made != nil {
				w.add(made, e.Position+uint64(3*i+j))
			}
		}
	}
	switch {
	case bought != sold || bought == 0:
		return fmt.Errorf("a group buys %d lots and sells %d", bought, sold)
	case l.pools[pool]:
		return fmt.Errorf("a pool trades twice in one auction")
	}
	l.pools[pool] = true
	opened, ok := w.treasury.OpenFee(s.Group.PC, s.Group.Fee, s.Group.FeeOpening)
	if !ok || opened.Note.Value != fees || opened.Note.Asset != quote {
		return fmt.Errorf("the treasury is to get %d and opens %d", fees, opened.Note.Value)
	}
	w.add(&coin{asset: quote, value: fees}, 0)
	if l.left -= len(s.Group.Legs); l.left == 0 {
		delete(w.locks, e.Auction)
	}
	return nil
}

// opened is what an owner reads in a report.
type opened struct {
	lots, price, fee uint64
	made             [3]*coin
}

// open reads an order's report and checks that its owner was done right.
func (w *watch) open(c *coin, leg settlement.Leg, auction, price uint64) (opened, error) {
	p := c.order
	t, refs := p.terms, w.history[auction]
	if p.locked != auction {
		return opened{}, fmt.Errorf("an order is settled that another auction locked")
	}
	_, next := field.K2(c.mid, c.leaf, words(0, 0, uint64(domain.ONF), c.position))
	pad, rho := field.K2(c.mid, leg.Nullifier, words(0, 0, uint64(domain.Rcpt), auction))
	report := leg.Report
	report.Sub(&report, &pad)
	b := report.Bytes()
	word := func(at, n int) (v uint64) {
		for _, x := range b[at : at+n] {
			v = v<<8 | uint64(x)
		}
		return v
	}
	f := opened{lots: word(24, 8), price: word(16, 8)}
	feeBp := uint16(word(8, 8))
	if word(0, 8) != 0 || word(8, 8) > 10_000 || f.lots == 0 || f.lots > t.Qty {
		return f, fmt.Errorf("a report that its owner can't read")
	}
	ref, mkt, ok := reference(refs, t.Market)
	if !ok {
		return f, fmt.Errorf("a fill in an unknown market")
	}
	if err := p.keeps(f, feeBp, price, ref, mkt); err != nil {
		return f, fmt.Errorf("a fill %w", err)
	}
	m, ok := fillMoney(t, f.lots, f.price, feeBp)
	if !ok {
		return f, fmt.Errorf("a fill out of range")
	}
	f.fee = m.fee
	proceeds, funding := t.Quote, t.Base
	if t.Side == order.Buy {
		proceeds, funding = t.Base, t.Quote
	}
	left := *p
	left.terms.Qty -= f.lots
	left.locked, left.touched, left.exit = 0, true, 0
	if until := p.handling.Until; until != 0 && w.time >= until {
		left.leave(w.height) // its time ended under the lock
	}
	made := [3]*coin{
		{owner: c.owner, asset: proceeds, value: m.proceeds, r: c.r, c: c.c, mid: rho},
		{owner: c.owner, asset: funding, value: m.refund, r: c.r, c: c.c, mid: plus(rho, 1)},
		{owner: c.owner, asset: funding, value: m.rest, r: c.r, c: c.c, mid: next, order: &left},
	}
	made[0].leaf = noteLeaf(proceeds, m.proceeds, rho, c.c)
	made[1].leaf = noteLeaf(funding, m.refund, made[1].mid, c.c)
	made[2].leaf = orderLeaf(funding, m.rest, termsHash(left.terms), c.owner.oid, next, c.c)
	for j, leaf := range []field.Element{leg.Proceeds, leg.Refund, leg.Remainder} {
		if made[j].leaf != leaf {
			return f, fmt.Errorf("a fill whose output %d is not its owner's due", j)
		}
		if made[j].value > 0 {
			f.made[j] = made[j]
		}
	}
	if m.rest > 0 {
		w.stats.Partial++
	}
	return f, nil
}

// keeps says whether a fill kept everything that the owner asked.
func (p *promise) keeps(f opened, feeBp uint16, price uint64, ref market.Reference, m market.Record) error {
	t, h := p.terms, p.handling
	dev := deviation(f.price, ref.Mid)
	worst := t.Limit
	if h.Peg != order.NoPeg {
		follows := [2][4]uint64{{0, ref.Mid, ref.Ask, ref.Bid}, {0, ref.Mid, ref.Bid, ref.Ask}}[t.Side][h.Peg]
		peg := int64(follows) + int64(h.Offset)*int64(m.Tick)
		if t.Side == order.Buy {
			worst = min(worst, uint64(max(0, peg)))
		} else {
			worst = max(worst, uint64(max(0, peg)))
		}
	}
	switch {
	case price != 0 && f.price != price:
		return fmt.Errorf("at another price than the others of its group")
	case t.Side == order.Buy && f.price > worst, t.Side == order.Sell && f.price < worst:
		return fmt.Errorf("past its limit or peg")
	case f.lots < t.MinFill && f.lots < t.Qty:
		return fmt.Errorf("below its minimum")
	case dev > t.Band || dev > m.Collar:
		return fmt.Errorf("outside its band or the collar")
	case feeBp > t.MaxFee || feeBp != m.FeeBp:
		return fmt.Errorf("with another fee rate")
	case f.price == 0 || 2*f.price%m.Tick != 0:
		return fmt.Errorf("off the grid")
	case ref.Mid == 0 || ref.Swing > m.Halt:
		return fmt.Errorf("while its market is halted")
	}
	return nil
}

func reference(refs []market.Reference, id uint32) (market.Reference, market.Record, bool) {
	for i := range mids {
		if m := record(i); m.ID == id {
			for _, r := range refs {
				if r.Market == id {
					return r, m, true
				}
			}
		}
	}
	return market.Reference{}, market.Record{}, false
}

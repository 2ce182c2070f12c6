package trade

import (
	"fmt"
	"maps"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
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
	log                       []field.Element   // spent nullifiers, as the ledger says
	held, counted, house      map[uint32]uint64 // in coins; in fee counters; of the coins, the treasury's
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
	Kinds                                          [kinds]uint64 // actions, by what they are for
	Auctions, Locks, Late, Overtaken, Busted       uint64        // Late: locks not in the first block
	Groups, Fills, Partial, Padding, Lots          uint64
	Deposits, Paid, Returned                       uint64
	Compared                                       uint64 // times that book and owners were compared
}

func newWatch(c *chain) *watch {
	return &watch{
		coins: map[field.Element]*coin{}, spent: map[field.Element]struct{}{}, made: map[[32]byte]*made{}, sent: map[[32]byte]*made{},
		claims: map[[32]byte]*made{}, deposits: map[field.Element]*coin{}, beats: map[*account]uint64{}, locks: map[uint64]*open{},
		history: map[uint64][]market.Reference{}, held: map[uint32]uint64{}, counted: map[uint32]uint64{}, house: map[uint32]uint64{},
		deposited: map[uint32]uint64{}, withdrawn: map[uint32]uint64{}, out: map[uint32]uint64{},
		treasury: seal.NewScanner(c.treasury), treasuryPKd: c.genesis.Treasury.PKd,
	}
}

// add takes a coin that came into the tree; its owner may use it.
func (w *watch) add(c *coin, position uint64) {
	c.position, c.since = position, w.height
	w.held[c.asset] += c.value
	if c.owner == nil { // nobody spends the treasury's in this story
		w.house[c.asset] += c.value
		return
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
			w.add(&coin{asset: e.Asset, value: e.Amount}, e.Position)
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
	w.log = append(w.log, r.Delta.Spent...)
	if len(w.log) != len(w.spent) {
		return fmt.Errorf("the log has %d nullifiers where %d are spent", len(w.log), len(w.spent))
	}
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
	sums := maps.Clone(w.house)
	for _, c := range w.coins {
		sums[c.asset] += c.value
	}
	for asset := hub; asset <= dollar; asset++ {
		if sums[asset] != w.held[asset] {
			return fmt.Errorf("recount: %d of asset %d instead of %d", sums[asset], asset, w.held[asset])
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
			if m.plan.kind == replacing {
				c.order.succeed(m.plan.in[0].order)
			}
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

// succeed notes whose priority an order may have that took another's place: its
// that is the same but for fewer lots.
func (p *promise) succeed(old *promise) {
	same := old.terms
	same.Qty, same.MinFill = p.terms.Qty, min(same.MinFill, p.terms.Qty)
	if p.terms == same && p.terms.Qty <= old.terms.Qty && p.handling == old.handling {
		if p.kept = old.first; old.kept != 0 {
			p.kept = old.kept
		}
	}
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

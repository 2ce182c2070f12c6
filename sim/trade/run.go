package trade

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/sealopen"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Config is a run.
type Config struct {
	Seed     uint64
	Orders   uint64 // orders to place, replacements included
	Accounts int
	Tries    int    // decisions in a block; about four in five lead to an action
	Stay     uint32 // blocks for which the most patient order rests
	Seal     uint64 // one action in so many has real ciphertexts; 0: none

	Progress func(Stats) // called every so many blocks; nil: not
	Every    uint64

	// For tests of who notices a wrong. They are told when half of the orders are
	// placed, until they say that they did it.
	blind   bool                     // the relation takes every claim
	unpaid  bool                     // one action keeps its fee
	spoil   func(*sim, *called) bool // changes an auction before it is locked
	disturb func(*sim) bool          // changes anything before a block
}

// Result is how a run ended.
type Result struct {
	Stats
	Digest [32]byte // of all roots, nullifiers, outcomes and turnstiles
}

// Violation is a broken invariant.
type Violation struct {
	Seed, Height uint64
	Err          error
}

func (v *Violation) Error() string {
	return fmt.Sprintf("seed %d, block %d: %v", v.Seed, v.Height, v.Err)
}
func (v *Violation) Unwrap() error { return v.Err }

// sim is a run under way.
type sim struct {
	Config
	chain    *chain
	relation *Relation
	watch    *watch
	venue    *venue
	random   *rand.Rand
	people   []*account

	prices [4]uint64 // mids that validators say
	spread [4]uint64
	silent uint64 // blocks for which they say nothing yet

	fed     *machine.Block // of the last block, not yet given to the machines
	last    *called        // newest auction that nobody has locked
	wait    uint64         // blocks before its lock is posted
	waiting []settling
	settles map[*byte]*settlement.Settle // of the block under way, by the first byte of the transaction
	done    bool                         // the sabotage
	digest  [32]byte
}

// settling is a locked auction whose groups are settled in blocks to come.
type settling struct {
	at    uint64
	group int
	of    *called
}

// Run plays until so many orders were placed, and then until nothing is locked.
func Run(c Config) (Result, error) {
	s := &sim{Config: c, relation: newRelation(c.blind), random: rand.New(rand.NewPCG(c.Seed, 1))}
	chain, err := newChain(s.relation)
	if err != nil {
		return Result{}, err
	}
	s.chain, s.watch = chain, newWatch(chain)
	s.relation.treasury = chain.genesis.Treasury.PKd
	s.venue = &venue{shuffle: rand.New(rand.NewPCG(c.Seed, 2))}
	s.venue.openers = map[uint64]*sealopen.Key{}
	for i := range s.prices {
		s.prices[i], s.spread[i] = mids[i], max(1, mids[i]/2000)
	}
	s.people = make([]*account, c.Accounts)
	side(c.Accounts, func(i int) { s.people[i] = newAccount(i) })
	err = s.play()
	s.watch.stats.Blocks = chain.height()
	if err != nil {
		err = &Violation{c.Seed, chain.height() + 1, err}
	}
	return Result{s.watch.stats, s.digest}, err
}

func (s *sim) play() error {
	if err := s.open(); err != nil {
		return err
	}
	for s.watch.stats.Orders < s.Orders {
		if err := s.block(true); err != nil {
			return err
		}
		if h := s.chain.height(); s.Progress != nil && h%s.Every == 0 {
			s.watch.stats.Blocks = h
			s.Progress(s.watch.stats)
		}
	}
	for range lockBlocks + 2*delay + 2 { // a lock may still wait
		if err := s.block(false); err != nil {
			return err
		}
	}
	if len(s.watch.locks) > 0 || len(s.watch.made) > 0 {
		return errors.New("locks or actions are left at the end")
	}
	return s.audit()
}

// audit checks all coins, and that the ledger's store holds together in every
// row: the tree is that of the leaves that came, the log that of what was spent.
func (s *sim) audit() error {
	if err := s.watch.recount(); err != nil {
		return err
	}
	if err := ledger.Audit(s.chain.genesis, s.chain.memory, s.relation.leaves, s.watch.log); err != nil {
		return err
	}
	again, err := ledger.Open(s.chain.genesis, s.relation, s.chain.memory)
	if err == nil && again.Head() != s.chain.state.Head() {
		err = errors.New("the store is at another block")
	}
	return err
}

// open is the first blocks: enclaves register, and everybody deposits.
func (s *sim) open() error {
	if err := s.commit(nil, nil); err != nil {
		return err
	}
	if err := s.commit(s.chain.registrations(), nil); err != nil {
		return err
	}
	var txs [][]byte
	for i, a := range s.people {
		m := record(a.market)
		for _, d := range []struct {
			asset  uint32
			amount uint64
		}{
			{hub, 1_000_000}, {m.Base, (2000 + s.random.Uint64N(4000)) * m.LotSize},
			{m.Quote, (2000 + s.random.Uint64N(4000)) * mids[a.market]},
		} {
			txs = append(txs, s.deposit(a, d.asset, d.amount))
		}
		if len(txs) >= 3000 || i == len(s.people)-1 {
			if err := s.commit(txs, nil); err != nil {
				return err
			}
			txs = nil
		}
	}
	// There were no orders so far: the machines begin with the last block.
	before := uint32(s.chain.height() - 1)
	s.venue.first, s.venue.second = machine.New(before), machine.New(before)
	return nil
}

// deposit returns a deposit to an account.
func (s *sim) deposit(a *account, asset uint32, amount uint64) []byte {
	n := s.watch.stats.Deposits + uint64(len(s.watch.deposits))
	r := a.view.DepositR(n)
	d := &custody.Deposit{Reference: custody.Reference{Chain: external, Hash: hashOf("deposit", n)}, Asset: asset, Amount: amount, C: keys.Owner(a.to.PKd, r)}
	c := &coin{owner: a, asset: asset, value: amount, r: r, c: d.C, mid: d.Reference.ID(chainID).Rho()}
	c.leaf = noteLeaf(asset, amount, c.mid, c.c)
	s.watch.deposits[c.leaf] = c
	return s.chain.signDeposit(d)
}

// block plays the next block: what people decide, while the machines take the
// last one; then the lock, settlements, custody and prices.
func (s *sim) block(trading bool) error {
	if s.disturb != nil && s.ripe() {
		s.done = s.disturb(s)
	}
	var plans []plan
	if trading {
		plans = s.plans()
	}
	result := make(chan error, 1)
	var auction machine.Auction
	secret := s.chain.secret
	go func() {
		var err error
		if s.fed != nil {
			auction, err = s.venue.step(*s.fed, secret)
		}
		result <- err
	}()
	m := maker{s.chain.state.Anchor().Notes, s.chain.state.Book().Epoch, s.chain.sealKey, s.Seal, s.relation}
	list := make([]*made, len(plans))
	side(len(plans), func(i int) { list[i] = m.make(plans[i]) })
	if err := <-result; err != nil {
		return fmt.Errorf("the machines: %w", err)
	}
	h := s.chain.height()
	if h%16 == 0 {
		if err := s.watch.book(s.venue.first, s.people); err != nil {
			return err
		}
	}
	if auction.Called {
		s.watch.stats.Auctions++
	}
	if len(auction.Groups) > 0 && trading {
		if s.last != nil {
			s.watch.stats.Overtaken++
		}
		s.hold(auction)
	}
	txs, locked := s.lock()
	txs = append(txs, s.settlements()...)
	txs = append(txs, s.others(trading)...)
	return s.commit(txs, s.admit(list, locked))
}

// plans draws what people do in this block.
func (s *sim) plans() (out []plan) {
	now := tape{height: s.chain.height(), time: s.watch.time, stay: s.Stay}
	refs := s.watch.history[now.height]
	for i := range now.quotes {
		for _, r := range refs {
			if r.Market == record(i).ID {
				now.quotes[i] = r.Quote
			}
		}
	}
	for range s.Tries {
		a := s.people[s.random.IntN(len(s.people))]
		if a.busy {
			continue
		}
		p, ok := decide(rand.New(rand.NewPCG(s.random.Uint64(), s.Seed)), a, now, s.people)
		if !ok {
			continue
		}
		a.busy = true
		if s.unpaid && s.ripe() && p.kind == placing {
			p.free, s.done = true, true
		}
		out = append(out, p)
	}
	return out
}

// ripe says whether it is time for the one wrong of the run.
func (s *sim) ripe() bool { return !s.done && s.watch.stats.Orders > s.Orders/2 }

// hold keeps an auction with what its settlements will need.
func (s *sim) hold(a machine.Auction) {
	h := uint64(a.Height)
	roots, _ := s.chain.state.Roots(h - restBlocks)
	c := &called{Auction: a, anchor: roots.Notes, markets: map[uint32]tree.TablePath{}, references: map[uint32]tree.TablePath{}}
	markets, references := s.chain.state.Tables()
	for i := range mids {
		id := record(i).ID
		c.markets[id], _ = markets.Path(id)
		c.references[id], _ = references.Path(id)
	}
	if s.spoil != nil && s.ripe() {
		s.done = s.spoil(s, c)
	}
	s.last, s.wait = c, 0
	if s.random.IntN(12) == 0 {
		s.wait = 1 + s.random.Uint64N(delay)
	}
}

// lock returns the lock to be posted now, if any, and what it holds.
func (s *sim) lock() (txs [][]byte, locked map[[32]byte]bool) {
	if s.last == nil {
		return nil, nil
	}
	if s.wait > 0 {
		s.wait--
		return nil, nil
	}
	a := s.last
	s.last = nil
	l := a.Lock()
	l.Signatures = s.chain.signWorkers(l.SignBytes(chainID))
	locked = map[[32]byte]bool{}
	for _, nf := range l.Nullifiers {
		locked[nf.Bytes()] = true
	}
	d := sha256.New()
	d.Write(s.digest[:])
	d.Write(l.Outcome[:])
	d.Sum(s.digest[:0])
	for i := range a.Groups {
		if s.random.IntN(20) > 0 { // else it is busted
			s.waiting = append(s.waiting, settling{s.chain.height() + 2 + s.random.Uint64N(lockBlocks), i, a})
		}
	}
	return [][]byte{l.Encode()}, locked
}

// settlements returns those that are due in the next block.
func (s *sim) settlements() [][]byte {
	h := s.chain.height() + 1
	var now []settling
	s.waiting = slices.DeleteFunc(s.waiting, func(x settling) bool {
		if x.at == h {
			now = append(now, x)
		}
		return x.at == h
	})
	txs, settles := make([][]byte, len(now)), make([]*settlement.Settle, len(now))
	side(len(now), func(i int) {
		settles[i] = now[i].of.settlement(now[i].group, s.relation)
		txs[i] = settles[i].Encode()
	})
	s.settles = map[*byte]*settlement.Settle{}
	for i := range txs {
		s.settles[&txs[i][0]] = settles[i]
	}
	return txs
}

// others returns prices, epochs, deposits and the ends of claims.
func (s *sim) others(trading bool) (txs [][]byte) {
	h := s.chain.height() + 1
	if book := s.chain.state.Book(); book.Epoch == 0 || h%epochEvery == 0 {
		txs = append(txs, s.chain.newEpoch(s.Seed))
		s.venue.openers[book.Epoch+1] = s.chain.opener
		delete(s.venue.openers, book.Epoch-1)
	}
	if s.silent > 0 {
		s.silent--
	} else {
		txs = append(txs, s.chain.quotes(s.move()))
		if s.random.IntN(400) == 0 {
			s.silent = s.random.Uint64N(12)
		}
	}
	if trading && s.random.IntN(3) == 0 {
		a := s.people[s.random.IntN(len(s.people))]
		m := record(a.market)
		if s.random.IntN(2) == 0 {
			txs = append(txs, s.deposit(a, m.Base, (1+s.random.Uint64N(500))*m.LotSize))
		} else {
			txs = append(txs, s.deposit(a, m.Quote, (1+s.random.Uint64N(500))*mids[a.market]))
		}
		txs = append(txs, s.deposit(a, hub, 100_000))
	}
	ids := slices.SortedFunc(maps.Keys(s.watch.claims), func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		if s.random.IntN(10) > 0 {
			continue
		}
		c := &custody.Closing{Claim: id, Result: custody.Returned}
		if s.random.IntN(3) > 0 {
			c.Result, c.Payment = custody.Paid, custody.Reference{Chain: external, Hash: hashOf("payment", id)}
		}
		txs = append(txs, s.chain.signClosing(c))
	}
	return txs
}

// move lets the prices walk; now and then one jumps.
func (s *sim) move() (out []oracle.Price) {
	for i := range s.prices {
		step := max(2, s.prices[i]/4000)
		s.prices[i] += s.random.Uint64N(2*step+1) - step
		if s.random.IntN(300) == 0 {
			s.prices[i] += s.prices[i] / 20
		}
		// Back to where it began, slowly.
		if s.prices[i] > mids[i] {
			s.prices[i] -= (s.prices[i] - mids[i]) / 64
		} else {
			s.prices[i] += (mids[i] - s.prices[i]) / 64
		}
		half := s.random.Uint64N(s.spread[i] + 1)
		out = append(out, oracle.Price{Market: record(i).ID, Bid: s.prices[i] - half, Ask: s.prices[i] + half})
	}
	return out
}

// admit leaves out the actions whose slot 0 the block's lock holds.
func (s *sim) admit(list []*made, locked map[[32]byte]bool) (out []*made) {
	for _, m := range list {
		if locked[m.nfs[0].Bytes()] {
			s.watch.stats.Held++
			m.plan.who.busy = false
			continue
		}
		out = append(out, m)
	}
	return out
}

// commit runs the next block and lets everybody follow it.
func (s *sim) commit(txs [][]byte, list []*made) error {
	for _, m := range list {
		s.watch.sent[m.id] = m
		txs = append(txs, m.tx)
	}
	r, b, err := s.chain.commit(txs)
	if err != nil {
		return fmt.Errorf("the ledger refuses the block: %w", err)
	}
	roots, _ := s.chain.state.Roots(b.Height)
	s.relation.follow(r.Delta.Leaves, roots.Notes)
	if err := s.watch.block(s.chain, b, r, s.settles); err != nil {
		return err
	}
	fed, err := s.venue.feed(s.chain, b, r, s.watch.made, s.settles)
	if err != nil {
		return err
	}
	s.fed = &fed
	s.follow()
	if b.Height%256 == 0 {
		return s.watch.recount()
	}
	return nil
}

// follow adds the block to the digest: roots of notes and nullifiers, and the
// turnstiles.
func (s *sim) follow() {
	notes, log, _ := s.chain.state.Commitment()
	d := sha256.New()
	d.Write(s.digest[:])
	root := notes.Bytes()
	d.Write(root[:])
	d.Write(log[:])
	for asset := hub; asset <= dollar; asset++ {
		p := s.chain.state.Pool(asset)
		for _, v := range []uint64{p.Deposited, p.Withdrawn, p.Reserved, p.Fees} {
			d.Write(binary.BigEndian.AppendUint64(nil, v))
		}
	}
	d.Sum(s.digest[:0])
}

package machine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// The chain's timing in these tests: D, T and W.
const (
	delay    = 2
	lifetime = 6
	window   = 4
)

// tester is what rapid.T and testing.T share.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is a ledger reduced to what the machine sees of it: admission, delayed
// execution, locks, settlements, busts and leaf positions. It checks each lock
// by the ledger's rules before it takes it.
type world struct {
	t      tester
	m      *Machine
	secret epoch.Secret
	chain  Chain
	blocks []Block // all so far: replaying them must give the same machine

	height   uint32
	leaves   uint64
	counter  uint64
	queue    []Admitted // for the next block
	waiting  map[uint32][]Admitted
	reserved map[field.Element]uint32
	locked   map[field.Element]bool
	freeOn   map[field.Element]uint32
	spent    map[field.Element]bool

	last     Auction // of this height
	matched  Auction // the last that had groups
	locks    []*openLock
	watched  map[uint64]bool
	lockNow  *Auction // to be included in the next block
	settle   bool     // settle every open lock in the next block
	lastLock uint32

	traded  map[book.Pool]uint64 // lots that settled and that were printed
	printed map[book.Pool]uint64

	orders map[string]*placed
	names  map[field.Element]string // of nullifiers
}

type placed struct {
	order     order.Order
	nullifier field.Element // zero until the order has a leaf
}

type openLock struct {
	auction Auction
	height  uint32
}

// treasury is the treasury of the tests.
func treasury() keys.ViewingKey { return keys.Derive([]byte(strings.Repeat("t", 64)), 0).Viewing() }

func newWorld(t tester) *world {
	w := &world{
		t: t, m: New(0), secret: epoch.Secret{7},
		waiting: map[uint32][]Admitted{}, reserved: map[field.Element]uint32{}, locked: map[field.Element]bool{},
		freeOn: map[field.Element]uint32{}, spent: map[field.Element]bool{},
		watched: map[uint64]bool{}, traded: map[book.Pool]uint64{}, printed: map[book.Pool]uint64{}, orders: map[string]*placed{}, names: map[field.Element]string{},
	}
	w.chain = Chain{
		Params: Params{MinRest: 1, Interval: 1, Heartbeat: 4, SizeClasses: []int{2, 4, 8}, MaxFills: 8, Treasury: treasury().Address(0)},
		Markets: []Market{
			{Record: market.Record{ID: 1, Base: 10, Quote: 20, LotSize: 5, Tick: 2, FeeBp: 10, Collar: 1000, MinQty: 2, Halt: 200}, Reference: market.NewQuote(98, 102)},
			{Record: market.Record{ID: 4, Base: 11, Quote: 20, LotSize: 3, Tick: 1, Collar: order.NoBand, MinQty: 1}, Reference: market.NewQuote(50, 50)},
		},
	}
	return w
}

// fresh returns an element never returned before.
func (w *world) fresh() field.Element {
	w.counter++
	return field.H(1, field.FromUint64(w.counter))
}

// terms are funded, valid terms of a market.
func (w *world) terms(marketID uint32, side order.Side, qty, limit uint64) order.Terms {
	m, _ := w.chain.market(marketID)
	r := m.Record
	return order.Terms{
		Market: r.ID, Base: r.Base, Quote: r.Quote, LotSize: r.LotSize, Side: side, Limit: limit, Qty: qty,
		Expiry: 1000, Band: order.NoBand, MaxFee: 25,
	}
}

// place announces an order with exactly the funds its terms need.
func (w *world) place(name, owner string, t order.Terms, h order.Handling) {
	value, err := t.Funding()
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	w.announce(name, order.Order{Terms: t, Asset: t.FundingAsset(), Value: value, OID: oid(owner), C: w.fresh(), S: w.fresh()}, h)
}

func (w *world) announce(name string, o order.Order, h order.Handling) {
	w.orders[name] = &placed{order: o}
	w.admit(w.fresh(), o.Commitment(), seal.Command{Kind: seal.NewOrder, Order: o, Handling: h})
}

func oid(owner string) field.Element { return field.FromHash("test/owner", []byte(owner)) }

func (w *world) admit(nf, cm field.Element, c seal.Command) {
	id := w.fresh()
	a := Admitted{ID: id.Bytes(), Nullifier: nf, Commitment: cm, Command: c}
	w.queue = append(w.queue, a)
}

// command admits an action that does nothing but carry an instruction.
func (w *world) command(c seal.Command) { w.admit(w.fresh(), w.fresh(), c) }

// spend admits an action that cancels an order, unless the ledger would refuse
// it.
func (w *world) spend(name string) bool {
	p, ok := w.orders[name]
	if !ok || p.nullifier.IsZero() || w.spent[p.nullifier] || w.locked[p.nullifier] {
		return false
	}
	if _, ok := w.reserved[p.nullifier]; ok {
		return false
	}
	for _, a := range w.queue {
		if a.Nullifier == p.nullifier {
			return false
		}
	}
	w.admit(p.nullifier, w.fresh(), seal.Command{})
	return true
}

// block makes the next block, feeds it to the machine and runs the auction.
func (w *world) block() {
	w.t.Helper()
	w.height++
	b := Block{Height: w.height, Time: uint64(w.height), Chain: w.chain}
	w.bust(&b)
	w.include(&b)
	w.execute(&b)
	w.settleAll(&b)
	for _, a := range w.queue {
		w.reserved[a.Nullifier] = w.height
	}
	b.Admitted, w.waiting[w.height], w.queue = w.queue, w.queue, nil

	w.blocks = append(w.blocks, b)
	changes, err := w.m.Step(b)
	if err != nil {
		w.t.Fatalf("step %d: %v", w.height, err)
	}
	w.follow(changes)
	for _, p := range w.m.Prints() {
		of := book.Pool{Market: p.Market, Kind: p.Pool}
		if w.printed[of] += p.Lots; w.printed[of] > w.traded[of] || p.Last+4 > uint64(w.height) {
			w.t.Fatalf("block %d: %v, of %d lots that were traded", w.height, p, w.traded[of])
		}
	}
	if w.last, err = w.m.Auction(w.secret); err != nil {
		w.t.Fatalf("auction %d: %v", w.height, err)
	}
	if len(w.last.Groups) > 0 {
		w.matched = w.last
	}
}

// follow keeps the set of watched leaves as a worker does; it must be the
// book's.
func (w *world) follow(c book.Changes) {
	w.t.Helper()
	for _, p := range c.Rested {
		w.watched[p] = true
	}
	for _, p := range c.Gone {
		delete(w.watched, p)
	}
	entries := w.m.Book()
	for _, e := range entries {
		if !w.watched[e.Position] {
			w.t.Fatalf("block %d: nobody keeps the path of %s", w.height, w.names[e.Nullifier])
		}
	}
	if len(entries) != len(w.watched) {
		w.t.Fatalf("block %d: %d paths for %d orders", w.height, len(w.watched), len(entries))
	}
}

func (w *world) bust(b *Block) {
	kept := w.locks[:0]
	for _, l := range w.locks {
		if w.height <= l.height+lifetime {
			kept = append(kept, l)
			continue
		}
		b.Busted = append(b.Busted, Busted{Auction: l.auction.Height, FreeUntil: w.height + window})
		for _, nf := range l.auction.Lock().Nullifiers {
			delete(w.locked, nf)
			w.freeOn[nf] = w.height + window
		}
	}
	w.locks = kept
}

// include takes the lock that was handed in, by the ledger's rules.
func (w *world) include(b *Block) {
	a := w.lockNow
	w.lockNow = nil
	if a == nil || len(a.Groups) == 0 || w.lastLock > a.Height || w.height > a.Height+1+delay {
		return
	}
	lock := a.Lock()
	for _, nf := range lock.Nullifiers {
		if at, ok := w.reserved[nf]; ok && at <= a.Height {
			w.t.Fatalf("auction %d locks %s, which was reserved in %d", a.Height, w.names[nf], at)
		}
		if w.spent[nf] || w.locked[nf] || w.height <= w.freeOn[nf] {
			w.t.Fatalf("auction %d locks %s, which the ledger refuses in block %d", a.Height, w.names[nf], w.height)
		}
		w.locked[nf] = true
	}
	w.lastLock = w.height
	w.locks = append(w.locks, &openLock{*a, w.height})
	b.Locked = append(b.Locked, Locked{Auction: a.Height, Nullifiers: lock.Nullifiers})
}

func (w *world) execute(b *Block) {
	if w.height <= delay {
		return
	}
	for _, a := range w.waiting[w.height-delay] {
		delete(w.reserved, a.Nullifier)
		if w.locked[a.Nullifier] {
			b.Dropped = append(b.Dropped, Dropped{ID: a.ID, Nullifier: a.Nullifier})
			continue
		}
		w.spent[a.Nullifier] = true
		b.Executed = append(b.Executed, Executed{ID: a.ID, Nullifier: a.Nullifier, Position: w.leaves})
		for name, p := range w.orders {
			if p.order.Commitment() == a.Commitment {
				w.leaf(name, p.order, w.leaves)
			}
		}
		w.leaves += 3
	}
	delete(w.waiting, w.height-delay)
}

func (w *world) leaf(name string, o order.Order, position uint64) {
	nf, _ := order.Nullify(o.S, o.Commitment(), position)
	w.orders[name] = &placed{o, nf}
	w.names[nf] = name
}

// settleAll settles all groups of all open locks, and lets each order's owner
// find the remainder from the report alone.
func (w *world) settleAll(b *Block) {
	if !w.settle {
		return
	}
	w.settle = false
	for _, l := range w.locks {
		for _, g := range l.auction.Groups {
			for i, leg := range g.Public.Legs {
				if g.Legs[i].Order.Terms.Side == order.Buy {
					w.traded[g.Pool] += g.Legs[i].Fill.Lots
				}
				b.Settled = append(b.Settled, Settled{
					Auction: l.auction.Height, Nullifier: leg.Nullifier, Remainder: leg.Remainder,
					Position: w.leaves + 2, Report: leg.Report,
				})
				delete(w.locked, leg.Nullifier)
				w.spent[leg.Nullifier] = true
				if name, ok := w.names[leg.Nullifier]; ok {
					w.leaf(name, g.Legs[i].Fill.Remainder, w.leaves+2)
				}
				w.leaves += 3
			}
		}
	}
	w.locks = nil
}

// audit checks an auction as its workers, the ledger and the treasury would.
func (w *world) audit(a Auction) {
	w.t.Helper()
	w.auditTranscripts(a)
	if len(a.Groups) == 0 {
		return
	}
	lock := a.Lock()
	if _, err := settlement.DecodeLock(lock.Encode()); err != nil {
		w.t.Fatalf("lock %d: %v", a.Height, err)
	}
	legs := 0
	for i, g := range a.Groups {
		legs += len(g.Legs)
		w.auditGroup(g)
		s := a.Settle(i, "test")
		if err := s.VerifyBinding("test"); err != nil {
			w.t.Fatalf("binding of group %d: %v", i, err)
		}
		if settlement.Outcome(s.Height, s.Groups) != lock.Outcome || s.Groups[s.Index] != s.Group.Hash() {
			w.t.Fatalf("group %d is not in the outcome", i)
		}
	}
	if legs > w.chain.Params.MaxFills || legs != len(lock.Nullifiers) {
		w.t.Fatalf("%d legs, %d nullifiers", legs, len(lock.Nullifiers))
	}
}

// auditTranscripts: every order is in the intake, and an order that could be
// matched finds in the auction's transcript what it got.
func (w *world) auditTranscripts(a Auction) {
	w.t.Helper()
	got := map[[field.Size]byte]uint64{}
	for _, g := range a.Groups {
		for _, leg := range g.Legs {
			got[leg.Fill.Nullifier.Bytes()] = leg.Fill.Lots
		}
	}
	intake := w.m.Intake()
	for _, e := range w.m.Book() {
		secret := transcript.Secret{Nullifier: e.Nullifier, S: e.Order.S}
		key := secret.Label(domain.Intake, uint64(a.Height))
		value, ok, err := intake.Tree.Prove(key).Verify(domain.Intake, intake.Tree.Root(), key)
		taken := transcript.Taken{Commitment: e.Commitment, Handling: e.Handling, Arrival: e.Arrival}
		if !ok || err != nil || value != taken.Value(e.Order.S, key) {
			w.t.Fatalf("%s is not in the intake: %v", w.names[e.Nullifier], err)
		}
		eligible := e.Lock == 0 && !e.Reserved && e.FreeUntil <= a.Height && e.Since < a.Height
		key = secret.Label(domain.Transcript, a.Transcript.Interval)
		place, found := a.Transcript.Orders.Find(key)
		if found != eligible {
			w.t.Fatalf("%s is in the transcript: %v", w.names[e.Nullifier], found)
		}
		if !eligible {
			continue
		}
		party := a.Transcript.Parties[place]
		value, _, err = a.Transcript.Orders.Prove(key).Verify(domain.Transcript, a.Transcript.Orders.Root(), key)
		if err != nil || value != party.Outcome.Value(e.Order.S, key) || party.Outcome.Lots != got[e.Key()] {
			w.t.Fatalf("%s reads that it got %d lots: %v", w.names[e.Nullifier], party.Outcome.Lots, err)
		}
	}
}

func (w *world) auditGroup(g Group) {
	w.t.Helper()
	x := g.Execution
	if len(g.Legs) != w.chain.Params.class(len(g.Legs)) {
		w.t.Fatalf("%d legs is no size class", len(g.Legs))
	}
	if !g.Market.OnTick(x.Price) || x.Dev != market.Deviation(x.Price, g.Reference) || x.Dev > g.Market.Collar ||
		g.Public.PC != g.Market.Commitment(x.Price, x.Dev, x.Height, g.Salt) {
		w.t.Fatalf("price %d", x.Price)
	}
	var bought, sold, fee uint64
	for i, leg := range g.Legs {
		fill, err := leg.Order.Apply(leg.Position, leg.Fill.Lots, x)
		if leg.Padding {
			fill, err = leg.Order.Pad(leg.Position, x)
		}
		if err != nil || fill != leg.Fill || fill.Nullifier != g.Public.Legs[i].Nullifier {
			w.t.Fatalf("leg %d: %v", i, err)
		}
		if leg.Order.Terms.Side == order.Buy {
			bought += fill.Lots
		} else {
			sold += fill.Lots
		}
		fee += fill.Fee
	}
	if bought != sold || bought == 0 || fee != g.Fee.Note.Value {
		w.t.Fatalf("bought %d, sold %d, fee %d of %d", bought, sold, g.Fee.Note.Value, fee)
	}
	opened, ok := seal.NewScanner(treasury()).OpenFee(g.Public.PC, g.Public.Fee, g.Public.FeeOpening)
	if !ok || opened.Note != g.Fee.Note {
		w.t.Fatalf("the treasury can't open its fee")
	}
}

// String shows height, book and auction in the words of the scripts.
func (w *world) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "block %d\n", w.height)
	var lines []string
	for _, e := range w.m.Book() {
		t := e.Order.Terms
		line := fmt.Sprintf("  %s: %s %d @ %d, since %d, from %d", w.names[e.Nullifier], t.Side, t.Qty, t.Limit, e.Since, e.Arrival)
		if e.Lock != 0 {
			line += fmt.Sprintf(", locked by %d", e.Lock)
		}
		if e.FreeUntil >= w.height {
			line += fmt.Sprintf(", free until %d", e.FreeUntil)
		}
		if e.Reserved {
			line += ", reserved"
		}
		if e.Leaving {
			line += ", leaving"
		}
		lines = append(lines, line+"\n")
	}
	sortLines(lines)
	s.WriteString(strings.Join(lines, ""))
	for _, g := range w.last.Groups {
		fmt.Fprintf(&s, "  auction: market %d at %d (%d bp)", g.Market.ID, g.Execution.Price, g.Execution.Dev)
		var fills []string
		padding := 0
		for _, leg := range g.Legs {
			if leg.Padding {
				padding++
				continue
			}
			fills = append(fills, fmt.Sprintf(", %s %d", w.names[leg.Fill.Nullifier], leg.Fill.Lots))
		}
		sortLines(fills)
		fmt.Fprintf(&s, "%s, padding %d, fee %d\n", strings.Join(fills, ""), padding, g.Fee.Note.Value)
	}
	return s.String()
}

var _ tester = (testing.TB)(nil)

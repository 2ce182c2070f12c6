package live

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// desk is a desk with what it reported.
type desk struct {
	*Desk
	mu     sync.Mutex
	events []Event
	cancel context.CancelFunc
	why    Stop
	err    error
	done   chan struct{}
}

// begin starts a desk on a wallet, in a goroutine of its own.
func (w *world) begin(x *wallet.Wallet, c Config) *desk {
	w.Helper()
	d := &desk{done: make(chan struct{})}
	c.Wallet, c.Market, c.Poll, c.Away = x, chaintest.Market, time.Millisecond, time.Millisecond
	if c.Beat == 0 {
		c.Beat = 60
	}
	c.Report = func(e Event) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.events = append(d.events, e)
	}
	var err error
	if d.Desk, err = New(c); err != nil {
		w.Fatal(err)
	}
	var ctx context.Context
	ctx, d.cancel = context.WithCancel(context.Background())
	w.Cleanup(func() {
		d.cancel()
		<-d.done
		if w.Failed() {
			for _, e := range d.events {
				w.Logf("%d %s %s %+v fill %d at %d: %v %s", e.Height, e.Kind, e.Order.Short(), e.What, e.Fill.Lots, e.Fill.Price, e.Err, e.Why)
			}
		}
	})
	go func() {
		defer close(d.done)
		d.why, d.err = d.Run(ctx)
	}()
	return d
}

// drop ends a desk as a kill does: nothing is cancelled.
func (d *desk) drop() {
	d.cancel()
	<-d.done
}

func (d *desk) count(fits func(Event) bool) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		if fits(e) {
			n++
		}
	}
	return n
}

func kind(k Kind) func(Event) bool { return func(e Event) bool { return e.Kind == k } }

// await waits until something is so. Blocks are made while desks ask for them; the
// bound is in blocks, and on a desk that does not ask, in time.
func (w *world) await(what string, so func() bool) {
	w.Helper()
	w.mu.Lock()
	last := w.Height() + 1000
	w.mu.Unlock()
	for deadline := time.Now().Add(5 * time.Minute); !so(); time.Sleep(time.Millisecond) {
		w.mu.Lock()
		over := w.Height() > last
		w.mu.Unlock()
		if over || time.Now().After(deadline) {
			w.Fatalf("not so: %s", what)
		}
	}
}

func maker() *bot.Maker {
	return &bot.Maker{Lots: 20, Most: 60, Peg: order.Mid, Offset: 1, Skew: 1, Cap: 500, Refresh: 200e9}
}

func buyer(lots uint64) *bot.Block {
	return &bot.Block{Side: order.Buy, Lots: lots, Offset: 2, Cap: 450, Wait: 1e15}
}

// live are the orders of an account that hold money, by side.
func live(x *wallet.Wallet) (n [2]int) {
	for _, o := range x.State().Orders {
		if o.Live() {
			n[o.Order.Terms.Side]++
		}
	}
	return n
}

// money is what an account has of an asset, wherever it lies.
func money(x *wallet.Wallet, asset uint32) uint64 {
	for _, b := range x.State().Balances() {
		if b.Asset == asset {
			return b.Spendable + b.Maturing + b.Leaving + b.Orders + b.Claims
		}
	}
	return 0
}

// TestBotsTrade: a maker, whose money lies in one note of each asset, and a block
// trader meet in the market over several auctions. The maker quotes both sides,
// stays within its limit, and both take everything out at the end; what one paid
// the other has, but for fees.
func TestBotsTrade(t *testing.T) {
	w := newWorld(t)
	makers, owners := w.open("maker", new(drawer)), w.open("owner", new(drawer))
	w.fund(makers, chaintest.Hub, 1_000_000)
	w.fund(makers, chaintest.Coin, 1_000_000)
	w.fund(owners, chaintest.Hub, 400_000, 300_000, 300_000) // so that no order waits for the heartbeat's change
	coins := money(makers, chaintest.Coin)

	const most = 50
	m := w.begin(makers, Config{Strategy: maker(), Limits: Limits{Position: most}, Life: 4000})
	w.await("the maker quotes both sides", func() bool { return m.count(kind(Placing)) >= 2 })
	b := w.begin(owners, Config{Strategy: buyer(35), Limits: Limits{Position: 35}})
	w.await("the block is traded", func() bool {
		select {
		case <-b.done:
			return true
		default:
			return false
		}
	})
	if b.why != Finished || b.err != nil || b.Position() != 35 {
		t.Errorf("%v %v %d", b.why, b.err, b.Position())
	}
	w.await("the maker heard of it", func() bool {
		return m.count(func(e Event) bool { return e.Kind == Filled && e.Position == -35 }) > 0
	})
	m.drop()
	if m.why != Interrupted || m.err != nil {
		t.Errorf("%v %v", m.why, m.err)
	}
	for name, x := range map[string]*desk{"maker": m, "block": b} {
		x.mu.Lock()
		beat := slices.IndexFunc(x.events, kind(Beating))
		first := slices.IndexFunc(x.events, kind(Placing))
		if delay := w.Genesis.Constants.ExecutionDelay; beat < 0 || first < beat || x.events[first].Height < x.events[beat].Height+delay {
			t.Errorf("%s: an order was placed before a heartbeat was executed", name)
		}
		for _, e := range x.events {
			if e.Position > most || e.Position < -most {
				t.Errorf("%s: the position was %d", name, e.Position)
			}
		}
		x.mu.Unlock()
		left, err := x.Leave(context.Background())
		if len(left) > 0 || err != nil || live(x.Wallet) != [2]int{} {
			t.Errorf("%s: %v %v", name, left, err)
		}
		if x.count(kind(Filled)) == 0 || x.count(kind(Silent)) != 1 {
			t.Errorf("%s: %d fills", name, x.count(kind(Filled)))
		}
	}
	if got := money(owners, chaintest.Coin); got != 35*w.record().LotSize || money(makers, chaintest.Coin) != coins-got {
		t.Errorf("the owner has %d, the maker %d of %d", got, money(makers, chaintest.Coin), coins)
	}
	paid := uint64(0)
	for _, x := range []*wallet.Wallet{makers, owners} {
		for _, f := range x.State().Fills {
			paid += f.Fee
		}
		for _, e := range x.State().History {
			if e.Kind != wallet.FillEntry {
				paid += e.Fee
			}
		}
	}
	if sum := money(makers, chaintest.Hub) + money(owners, chaintest.Hub); sum+paid != 2_000_000 {
		t.Errorf("%d with %d of fees", sum, paid)
	}
}

// TestLimitIsKept: a strategy that wants more than its limit gets as much as fits,
// counting what rests and what is on its way; then nothing.
func TestLimitIsKept(t *testing.T) {
	w := newWorld(t)
	x := w.open("owner", new(drawer))
	greedy := script{place(1, order.Buy, 20), place(2, order.Buy, 20), place(3, order.Buy, 20)}
	later := talk{greedy[:1], greedy[1:2], greedy[2:]} // when those before rest already
	for name, s := range map[string]bot.Strategy{"at once": &greedy, "one by one": &later} {
		x := w.open(name, new(drawer))
		w.fund(x, chaintest.Hub, 500_000, 500_000)
		d := w.begin(x, Config{Strategy: s, Limits: Limits{Position: 33}})
		w.await("the third is held", func() bool { return d.count(kind(Held)) > 0 })
		d.drop()
		w.skip(10)
		w.sync(x)
		var lots []uint64
		for _, o := range x.State().Orders {
			lots = append(lots, o.Order.Terms.Qty)
		}
		if !slices.Equal(lots, []uint64{20, 13}) {
			t.Errorf("%s: %v", name, lots)
		}
	}
	for _, c := range []Config{
		{Strategy: &greedy, Beat: 60},
		{Strategy: &greedy, Beat: LeastBeat - 1, Limits: Limits{Position: 1}},
	} {
		c.Wallet, c.Report = x, func(Event) {}
		if _, err := New(c); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%v", err)
		}
	}
}

// script is a strategy that gives its instructions at once.
type script []bot.Instruction

func (s *script) Act(bot.View) []bot.Instruction {
	list := *s
	*s = nil
	return list
}

func place(tag uint64, side order.Side, lots uint64) bot.Instruction {
	limit := uint64(90)
	if side == order.Sell {
		limit = 110
	}
	return bot.Instruction{Do: bot.Place, Tag: tag, Side: side, Limit: limit, Lots: lots, Band: order.NoBand}
}

// quoting begins a maker that keeps its job on disk, and returns it with its
// wallet and a funded one of somebody else's, when its quotes are placed.
func (w *world) quoting(disk *drawer) (x, other *wallet.Wallet, d *desk) {
	w.Helper()
	x, other = w.open("maker", disk), w.open("other", new(drawer))
	w.fund(x, chaintest.Hub, 1_000_000)
	w.fund(x, chaintest.Coin, 1_000_000)
	w.fund(other, chaintest.Hub, 1_000_000)
	d = w.begin(x, Config{Strategy: maker(), Limits: Limits{Position: 60}})
	w.await("it quotes", func() bool { return d.count(kind(Placing)) >= 2 })
	return x, other, d
}

// TestDeadBot: a bot that is killed is pulled out of the book by its heartbeat;
// its orders keep their money. Started again, it takes their places instead of
// doubling them, and remembers its position.
func TestDeadBot(t *testing.T) {
	w := newWorld(t)
	disk := new(drawer)
	x, other, d := w.quoting(disk)
	d.drop()
	w.skip(80) // more than the heartbeat and a rest
	w.sync(x)
	if live(x) != [2]int{1, 1} {
		t.Fatalf("%v", live(x))
	}

	// Nobody is met in the book: the block stays untouched over many auctions.
	b := w.begin(other, Config{Strategy: buyer(10), Limits: Limits{Position: 10}})
	w.await("the other rests", func() bool { return b.count(kind(Placing)) > 0 })
	start := w.height()
	w.await("auctions pass", func() bool { return w.height() > start+40 })
	if b.count(kind(Matched))+b.count(kind(Filled)) > 0 {
		t.Error("a dead bot's order traded")
	}

	// The next life. It is the same chain and the same disk.
	again := w.open("maker", disk)
	d = w.begin(again, Config{Strategy: maker(), Limits: Limits{Position: 60}})
	w.await("it trades", func() bool { return d.count(kind(Filled)) > 0 })
	d.drop()
	if n := d.count(kind(Placing)); n > 1 { // one after the fill at most
		t.Errorf("%d orders were placed beside those that were there", n)
	}
	if n := d.count(kind(Replacing)); n < 2 {
		t.Errorf("%d orders took others' places", n)
	}
	w.sync(again)
	if n := live(again); n[order.Buy] > 1 || n[order.Sell] > 1 {
		t.Errorf("%v", n)
	}
	third := w.begin(w.open("maker", disk), Config{Strategy: maker(), Limits: Limits{Position: 60}})
	w.await("it has begun", func() bool { return third.count(kind(Started)) > 0 })
	third.drop()
	if third.Position() != d.Position() || third.Position() != -10 {
		t.Errorf("the position was %d and is %d", d.Position(), third.Position())
	}
}

func (w *world) height() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Height()
}

// TestLeave: a bot that is interrupted before it began takes out what an earlier
// one left; one that is interrupted while its order is in an auction's result waits
// for the settlement.
func TestLeave(t *testing.T) {
	w := newWorld(t)
	disk := new(drawer)
	_, other, d := w.quoting(disk)
	w.mu.Lock()
	w.freeze = true
	w.mu.Unlock()
	b := w.begin(other, Config{Strategy: buyer(10), Limits: Limits{Position: 10}})
	w.await("it is matched", func() bool { return b.count(kind(Matched)) > 0 })
	b.drop()
	d.drop()
	w.freeze, w.still = false, false
	if left, err := b.Leave(context.Background()); len(left) > 0 || err != nil || b.Position() != 10 {
		t.Errorf("%v %v, position %d", left, err, b.Position())
	}
	if b.count(kind(Filled)) == 0 || b.count(kind(Leaving)) > 0 {
		t.Error("it did not wait for the settlement")
	}

	again := w.open("maker", disk)
	if live(again) != [2]int{1, 1} {
		t.Fatalf("%v", live(again))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	early, err := New(Config{
		Wallet: again, Market: chaintest.Market, Strategy: maker(), Limits: Limits{Position: 60}, Beat: 60, Report: func(Event) {}, Poll: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if why, err := early.Run(ctx); why != Interrupted || err != nil {
		t.Errorf("%v %v", why, err)
	}
	if left, err := early.Leave(context.Background()); len(left) > 0 || err != nil || live(again) != [2]int{} {
		t.Errorf("%v %v %v", left, err, live(again))
	}
	if early.Position() != -10 {
		t.Errorf("position %d", early.Position())
	}
	// Nobody waits for a node for ever.
	w.down = true
	limited, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	if _, err := early.Leave(limited); err == nil {
		t.Error("left without a node")
	}
}

// TestChange: a strategy may change an order's price and size; what it asks that no
// wallet can do ends the run.
func TestChange(t *testing.T) {
	w := newWorld(t)
	x := w.open("owner", new(drawer))
	w.fund(x, chaintest.Hub, 1_000_000)
	steps := talk{
		{place(1, order.Buy, 20)},
		{{Do: bot.Replace, Tag: 1, Limit: 91, Lots: 15}, {Do: bot.Cancel, Tag: 7}},
		{{Do: bot.Cancel, Tag: 1}},
	}
	d := w.begin(x, Config{Strategy: &steps, Limits: Limits{Position: 20}})
	w.await("it is placed, changed and cancelled", func() bool { return d.count(kind(Leaving)) > 0 })
	d.drop()
	w.skip(10)
	w.sync(x)
	list := x.State().Orders
	if len(list) != 2 || list[0].Status != wallet.Replaced || list[1].Order.Terms.Limit != 91 || list[1].Placed != 15 || list[1].Status != wallet.Cancelled {
		t.Errorf("%+v", list)
	}
	for name, in := range map[string]bot.Instruction{
		"another owner": {Do: bot.Place, Tag: 1, Account: 1, Lots: 5, Limit: 90},
		"a time":        {Do: bot.Place, Tag: 1, Lots: 5, Limit: 90, Handling: order.Handling{Until: 1}},
		"auctions":      {Do: bot.Place, Tag: 1, Lots: 5, Limit: 90, Handling: order.Handling{Auctions: 1}},
		"no tag":        {Do: bot.Place, Lots: 5, Limit: 90},
	} {
		s := script{in}
		d := w.begin(x, Config{Strategy: &s, Limits: Limits{Position: 20}})
		<-d.done
		if d.why != Broken || d.err == nil || d.count(kind(Placing)) > 0 {
			t.Errorf("%s: %v %v", name, d.why, d.err)
		}
	}
}

// talk is a strategy of one list of instructions after the other, with blocks for
// the chain to follow in between.
type talk [][]bot.Instruction

func (s *talk) Act(v bot.View) []bot.Instruction {
	if len(*s) == 0 || v.Time/1e9%12 != 0 {
		return nil
	}
	list := (*s)[0]
	*s = (*s)[1:]
	return list
}

// TestKilledInFlight: an action that was submitted when the bot died is waited for
// before the strategy is asked for anything.
func TestKilledInFlight(t *testing.T) {
	w := newWorld(t)
	disk := new(drawer)
	x := w.open("owner", disk)
	w.fund(x, chaintest.Hub, 1_000_000)
	m, err := x.Params().Market(chaintest.Market)
	if err != nil {
		t.Fatal(err)
	}
	p, err := x.PlanOrder(order.Terms{
		Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: order.Buy, Limit: 90, Qty: 20, MinFill: 5,
		Expiry: 1 << 30, Band: order.NoBand, MaxFee: m.FeeBp,
	}, order.Handling{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Send(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	again := w.open("owner", disk) // the process died here
	s := script{place(1, order.Buy, 20)}
	d := w.begin(again, Config{Strategy: &s, Limits: Limits{Position: 20}})
	w.await("the order took the other's place", func() bool { return d.count(kind(Replacing)) > 0 })
	d.drop()
	w.skip(10)
	w.sync(again)
	if live(again) != ([2]int{order.Buy: 1}) || d.count(kind(Placing)) > 0 {
		t.Errorf("%v, %d placed", live(again), d.count(kind(Placing)))
	}
}

// TestRefusals: what can't be paid for, an order of a size that there is no money
// for, a node that refuses and one that is away are said, and survived.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	x := w.open("maker", new(drawer))
	w.fund(x, chaintest.Hub, 1_000_000) // nothing to sell
	d := w.begin(x, Config{Strategy: maker(), Limits: Limits{Position: 60}})
	w.await("a side is refused, and the other rests", func() bool {
		return d.count(func(e Event) bool { return e.Kind == Refused && errors.Is(e.Err, rejection.NotEnoughFunds) }) >= 2 && d.count(kind(Placing)) == 1
	})
	set := func(down bool, refuse error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.down, w.refuse = down, refuse
	}
	set(true, nil)
	w.await("the node is away", func() bool { return d.count(kind(Away)) == 1 })
	set(false, rejection.New(rejection.WrongFee, "test"))
	w.await("the node is back, and refuses", func() bool {
		return d.count(kind(Back)) == 1 && d.count(func(e Event) bool { return e.Kind == Refused && errors.Is(e.Err, rejection.WrongFee) }) > 0
	})
	set(false, nil)
	w.await("its life goes on", func() bool { return d.count(kind(Beating)) >= 2 })
	d.drop()
	if d.err != nil {
		t.Error(d.err)
	}

	// What no retry mends ends the run.
	twice := script{place(1, order.Buy, 5), place(1, order.Buy, 5)}
	d = w.begin(x, Config{Strategy: &twice, Limits: Limits{Position: 60}})
	<-d.done
	if d.why != Broken || d.err == nil {
		t.Errorf("%v %v", d.why, d.err)
	}
}

// TestBookIsLost: enclaves that forgot the book get its orders again, and the
// heartbeat first.
func TestBookIsLost(t *testing.T) {
	w := newWorld(t)
	x := w.open("maker", new(drawer))
	w.fund(x, chaintest.Hub, 400_000, 300_000, 300_000)
	w.fund(x, chaintest.Coin, 1_000_000)
	quiet := maker()
	quiet.Refresh = 1e15
	d := w.begin(x, Config{Strategy: quiet, Limits: Limits{Position: 60}})
	w.await("it quotes", func() bool { return d.count(kind(Placing)) >= 2 })
	w.mu.Lock()
	w.boot() // the old ones are gone
	lost := w.Height()
	w.mu.Unlock()
	w.await("both orders are renewed", func() bool { return d.count(kind(Renewing)) >= 2 })
	d.drop()
	if beat, first := slices.IndexFunc(d.events, kind(Beating)), slices.IndexFunc(d.events, kind(Placing)); d.events[first].Height < d.events[beat].Height+2 {
		t.Error("an order was placed before the first heartbeat was executed")
	}
	beat := slices.IndexFunc(d.events, func(e Event) bool { return e.Kind == Beating && e.Height >= lost-1 })
	if renewed := slices.IndexFunc(d.events, kind(Renewing)); beat < 0 || renewed < beat || d.events[renewed].Height < d.events[beat].Height+2 {
		t.Errorf("an order was placed again at %d, before the heartbeat at %d was executed", renewed, beat)
	}
	w.skip(10)
	w.sync(x)
	if live(x) != [2]int{1, 1} {
		t.Errorf("%v", live(x))
	}
	for _, o := range x.State().Orders {
		if o.Live() && x.Params().Forgotten(o) {
			t.Errorf("order %s is not in the book", o.ID.Short())
		}
	}
}

// TestLossLimit: fees alone make a loss, and the run ends past its limit.
func TestLossLimit(t *testing.T) {
	w := newWorld(t)
	x := w.open("maker", new(drawer))
	w.fund(x, chaintest.Hub, 1_000_000)
	w.fund(x, chaintest.Coin, 1_000_000)
	restless := maker()
	restless.Refresh = 1
	d := w.begin(x, Config{Strategy: restless, Limits: Limits{Position: 60, Loss: 75}})
	<-d.done
	if d.why != LossLimit || d.Spent(chaintest.Hub) < 76 || d.Spent(chaintest.Hub) > 150 {
		t.Errorf("%v after %d", d.why, d.Spent(chaintest.Hub))
	}
}

// TestDry: a dry run says what it would do and sends nothing.
func TestDry(t *testing.T) {
	w := newWorld(t)
	x := w.open("maker", new(drawer))
	fast := maker()
	fast.Refresh = 5e9
	d := w.begin(x, Config{Strategy: fast, Limits: Limits{Position: 60}, Dry: true})
	w.await("it replaces", func() bool { return d.count(kind(Replacing)) >= 2 })
	d.drop()
	if len(x.Outgoing())+len(x.State().History) > 0 || d.count(kind(Beating)) > 0 {
		t.Error("something was sent")
	}
}

func TestJob(t *testing.T) {
	path := filepath.Join(t.TempDir(), "job")
	if _, ok, err := LoadJob(path, "maker"); ok || err != nil {
		t.Fatal(ok, err)
	}
	want := Job{Version: jobVersion, Strategy: "maker", Since: 7, Began: 1000, Arrival: 99}
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := LoadJob(path, "maker"); !ok || err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	if _, _, err := LoadJob(path, "block"); !errors.Is(err, rejection.BadFile) {
		t.Errorf("%v", err)
	}
	if err := errors.Join(EndJob(path), EndJob(path)); err != nil {
		t.Error(err)
	}
}

func TestOnTick(t *testing.T) {
	for _, c := range []struct {
		side              order.Side
		price, tick, want uint64
	}{
		{order.Buy, 101, 4, 100}, {order.Sell, 101, 4, 102}, {order.Buy, 102, 4, 102}, {order.Buy, 101, 3, 99}, {order.Sell, 100, 3, 102},
		{order.Sell, 1<<64 - 1, 4, 1<<64 - 2}, {order.Sell, 1, 1, 1},
	} {
		if got := onTick(c.side, c.price, c.tick); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

package session

import (
	"errors"
	"fmt"
	"io"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/event"
	"github.com/nightjar/nightjar/sim/market/flow"
	"github.com/nightjar/nightjar/sim/market/lit"
	"github.com/nightjar/nightjar/sim/market/report"
	"github.com/nightjar/nightjar/sim/market/venue"
)

// Config is a run's.
type Config struct {
	Seed      uint64
	Blocks    uint32
	BlockTime uint64 // ns
	Venue     venue.Config
	Lit       lit.Config
	Flow      flow.Config
	Agents    []Agent
	Prints    venue.Prints // the rules by which trades are published
	Classes   bool         // until settlement an owner hears the size class of a fill only

	Audit uint32 // blocks between two walks through everything; 0: at the end only
}

// Agent is a strategy at work.
type Agent struct {
	Trader   string // for reports
	Market   uint32
	Strategy bot.Strategy
}

// Market returns the record of a simulated market: a tick is 1 bp of where the
// price begins, and the fee is left out.
func Market(id uint32) market.Record {
	return market.Record{ID: id, Base: 2 * id, Quote: 2*id + 1, LotSize: 1, Tick: 100, Collar: 500, MinQty: 1, Halt: 65535}
}

// Default returns a run with some markets and without agents.
func Default(seed uint64, markets int) Config {
	var list []market.Record
	for i := range markets {
		list = append(list, Market(uint32(i+1)))
	}
	var secret epoch.Secret
	for i := range 8 {
		secret[i] = byte(seed >> (8 * i))
	}
	return Config{
		Seed: seed, Blocks: 3600, BlockTime: 1e9, Venue: venue.Default(secret, list...),
		Lit: lit.Default(), Flow: flow.Default(), Audit: 1000,
	}
}

// Listener hears what happens. Record and Block may be nil.
type Listener struct {
	Record func(event.Event) error // every event that reaches the venue, accepted or not
	Block  func(now uint64, list []venue.Auction)
}

// Result is what became of a run.
type Result struct {
	Blocks uint32
	Time   uint64 // ns
	Count  venue.Count
	Left   int // orders still in the venue
	Digest [32]byte
	Report report.Report
	Fair   []uint64 // by market in the configuration's sequence: the fair value at the end
}

// run is a venue with who listens to it.
type run struct {
	*venue.Venue
	recorder *report.Recorder
	listen   Listener
	audit    uint32
}

// take gives an event to the venue. A refusal is counted there; it is returned
// only to be told to whom it concerns.
func (r *run) take(e event.Event) (refused error, fault error) {
	if r.listen.Record != nil {
		if err := r.listen.Record(e); err != nil {
			return nil, err
		}
	}
	err := r.Take(e)
	var refusal *rejection.Rejection
	switch {
	case err == nil:
		r.recorder.Event(e)
	case !errors.As(err, &refusal):
		return nil, err
	}
	return err, nil
}

func (r *run) block(now uint64) ([]venue.Auction, error) {
	list, err := r.Block(now)
	if err != nil {
		return nil, err
	}
	if r.audit > 0 && r.Height()%r.audit == 0 {
		if err := r.Audit(); err != nil {
			return nil, err
		}
	}
	r.recorder.Block(now, list)
	if r.listen.Block != nil {
		r.listen.Block(now, list)
	}
	return list, nil
}

func (r *run) result(now uint64) (Result, error) {
	return Result{
		Blocks: r.Height(), Time: now, Count: r.Count(), Left: r.Resting(), Digest: r.Digest(), Report: r.recorder.Report(),
	}, r.Audit()
}

// Replay plays a recording: the events up to a block's time are in the block. An
// event that the venue refuses is counted, as a venue would.
func Replay(c Config, in *event.Reader, listen Listener) (Result, error) {
	v, err := venue.New(c.Venue)
	if err != nil {
		return Result{}, err
	}
	if c.BlockTime == 0 {
		return Result{}, rejection.New(rejection.ParameterBounds, "a block takes some time")
	}
	r := &run{v, report.New(), listen, c.Audit}
	now := c.BlockTime
	for {
		e, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return Result{}, err
		}
		if gap := (e.Time - min(e.Time, now)) / c.BlockTime; gap > maxGap {
			return Result{}, rejection.New(rejection.BadFile, "line %d, column time_ns: more than %d blocks without an event", in.Line(), maxGap)
		}
		for ; e.Time > now; now += c.BlockTime {
			if _, err := r.block(now); err != nil {
				return Result{}, err
			}
		}
		if _, err := r.take(e); err != nil {
			return Result{}, err
		}
	}
	// The last events are in a block too, and their auctions may come later.
	for range 2*c.Venue.Interval + c.Venue.MinRest {
		if _, err := r.block(now); err != nil {
			return Result{}, err
		}
		now += c.BlockTime
		if r.Height() == c.Blocks {
			break
		}
	}
	return r.result(now - c.BlockTime)
}

// maxGap is how many blocks in sequence may be empty.
const maxGap = 10_000_000

// Play plays a seed.
func Play(c Config, listen Listener) (Result, error) {
	v, err := venue.New(c.Venue)
	if err != nil {
		return Result{}, err
	}
	if c.BlockTime == 0 {
		return Result{}, rejection.New(rejection.ParameterBounds, "a block takes some time")
	}
	p := &play{run: run{v, report.New(), listen, c.Audit}, config: c, prints: c.Prints, byOrder: map[uint64]placed{}}
	for _, m := range c.Venue.Markets {
		p.places = append(p.places, &place{
			record: m, lit: lit.New(c.Lit, c.Seed, uint64(m.ID)),
			flow: flow.New(c.Flow, c.Seed, m, p.name),
		})
	}
	for i, a := range c.Agents {
		d, err := newDesk(p, i, a)
		if err != nil {
			return Result{}, err
		}
		p.desks = append(p.desks, d)
	}
	now := uint64(0)
	for range c.Blocks {
		if err := p.step(now, now+c.BlockTime); err != nil {
			return Result{}, err
		}
		now += c.BlockTime
	}
	out, err := p.result(now)
	for _, at := range p.places {
		out.Fair = append(out.Fair, at.lit.Fair())
	}
	return out, err
}

// play is a run with its traders.
type play struct {
	run
	config  Config
	places  []*place
	desks   []*desk
	prints  venue.Prints
	orders  uint64            // names given
	byOrder map[uint64]placed // agents' orders
	settles []notice          // fills that are not settled, by block
}

// place is a market.
type place struct {
	record   market.Record
	lit      *lit.Market
	flow     *flow.Source
	bid, ask uint64
}

// placed says whose an order is.
type placed struct {
	desk *desk
	tag  uint64
}

// notice is a fill that its owner hears of in a block.
type notice struct {
	due  uint32
	whom placed
	fill bot.Fill
}

func (p *play) name() uint64 {
	p.orders++
	return p.orders
}

// step plays one block, (from, to].
func (p *play) step(from, to uint64) error {
	for _, at := range p.places {
		at.lit.Advance()
		if bid, ask := at.lit.Quote(); bid != at.bid || ask != at.ask {
			at.bid, at.ask = bid, ask
			if _, err := p.take(event.Event{Time: from + 1, Kind: event.Quote, Market: at.record.ID, Bid: bid, Ask: ask}); err != nil {
				return err
			}
		}
	}
	if err := p.background(from, to); err != nil {
		return err
	}
	for len(p.settles) > 0 && p.settles[0].due <= p.Height() {
		n := p.settles[0]
		p.settles = p.settles[1:]
		n.whom.desk.settled(n.whom.tag, n.fill)
	}
	for _, pr := range p.prints.Due(from) {
		for _, d := range p.desks {
			if d.place.record.ID == pr.Market {
				d.view.Prints = append(d.view.Prints, bot.Print{Lots: pr.Lots, Price: pr.Price})
			}
		}
	}
	for _, d := range p.desks {
		if err := d.act(to); err != nil {
			return err
		}
	}
	list, err := p.block(to)
	if err != nil {
		return err
	}
	for _, name := range p.Expired() {
		if whom, ok := p.byOrder[name]; ok {
			whom.desk.gone(whom.tag)
		}
	}
	for _, a := range list {
		p.prints.Add(a)
		for _, f := range a.Fills {
			if whom, ok := p.byOrder[f.Order]; ok {
				whom.desk.matched(whom.tag, f, a.Price)
				p.settles = append(p.settles, notice{
					p.Height() + p.config.Venue.Settle, whom, bot.Fill{Side: f.Side, Lots: f.Lots, Price: a.Price, Left: f.Left},
				})
			}
		}
	}
	return nil
}

// background lets the flow of all markets happen, in the sequence of time.
func (p *play) background(from, to uint64) error {
	lists := make([][]event.Event, len(p.places))
	for i, at := range p.places {
		lists[i] = at.flow.Block(from, to, at.bid, at.ask, at.lit.Fair())
	}
	for {
		first := -1
		for i, l := range lists {
			if len(l) > 0 && (first < 0 || l[0].Time < lists[first][0].Time) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		if _, err := p.take(lists[first][0]); err != nil {
			return err
		}
		lists[first] = lists[first][1:]
	}
}

// desk is an agent with what it is to be shown.
type desk struct {
	play  *play
	agent Agent
	place *place
	first uint32 // owner of its account 0
	view  bot.View
	live  map[uint64]uint64 // orders by tag
}

// accounts is how many owners an agent may be.
const accounts = 8

func newDesk(p *play, i int, a Agent) (*desk, error) {
	for _, at := range p.places {
		if at.record.ID == a.Market {
			return &desk{play: p, agent: a, place: at, first: uint32(i*accounts + 1), live: map[uint64]uint64{}}, nil
		}
	}
	return nil, rejection.New(rejection.UnknownMarket, "an agent's market is none of the run's")
}

func (d *desk) matched(tag uint64, f venue.Fill, price uint64) {
	lots := f.Lots
	if d.play.config.Classes {
		for lots&(lots-1) != 0 { // to the power of two below
			lots &= lots - 1
		}
	}
	d.view.Matched = append(d.view.Matched, bot.Match{Tag: tag, Side: f.Side, Lots: lots, Price: price})
}

func (d *desk) settled(tag uint64, f bot.Fill) {
	f.Tag = tag
	d.view.Settled = append(d.view.Settled, f)
	if f.Left == 0 {
		delete(d.play.byOrder, d.live[tag])
		delete(d.live, tag)
	}
}

// gone: an order left by itself.
func (d *desk) gone(tag uint64) {
	d.view.Gone = append(d.view.Gone, tag)
	delete(d.play.byOrder, d.live[tag])
	delete(d.live, tag)
}

// act shows the strategy what happened and carries out what it wants.
func (d *desk) act(now uint64) error {
	d.view.Time, d.view.Market = now, d.place.record
	d.view.Quote = market.NewQuote(d.place.bid, d.place.ask)
	list := d.agent.Strategy.Act(d.view)
	d.view.Matched, d.view.Settled, d.view.Gone = d.view.Matched[:0], d.view.Settled[:0], d.view.Gone[:0]
	d.view.Outside, d.view.Prints = d.view.Outside[:0], d.view.Prints[:0]
	for _, in := range list {
		if err := d.do(now, in); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) do(now uint64, in bot.Instruction) error {
	e := event.Event{Time: now, Market: d.place.record.ID, Order: d.live[in.Tag]}
	switch in.Do {
	case bot.Trade:
		price := d.place.lit.Trade(in.Side, in.Lots)
		d.view.Outside = append(d.view.Outside, bot.Fill{Tag: in.Tag, Side: in.Side, Lots: in.Lots, Price: price})
		return nil
	case bot.Place:
		if in.Account >= accounts || d.live[in.Tag] != 0 {
			return fmt.Errorf("session: %s places what it can't", d.agent.Trader)
		}
		h := in.Handling
		e.Kind, e.Order = event.Add, d.play.name()
		e.Owner, e.Trader = d.first+uint32(in.Account), d.agent.Trader
		e.Side, e.Price, e.Size, e.MinFill, e.Band = in.Side, in.Limit, in.Lots, in.MinFill, in.Band
		e.Peg, e.Offset, e.SelfTrade, e.Pool, e.Auctions, e.Until = h.Peg, h.Offset, h.SelfTrade, h.Pool, h.Auctions, h.Until*1e9
	case bot.Replace:
		e.Kind, e.Price, e.Size = event.Modify, in.Limit, in.Lots
	case bot.Cancel:
		e.Kind = event.Cancel
	}
	if e.Order == 0 {
		return nil // it is gone, and the strategy has not heard of it yet
	}
	refused, err := d.play.take(e)
	switch {
	case err != nil:
		return err
	case e.Kind == event.Add && refused == nil:
		d.live[in.Tag] = e.Order
		d.play.byOrder[e.Order] = placed{d, in.Tag}
	case e.Kind == event.Add, errors.Is(refused, rejection.UnknownOrder):
		d.live[in.Tag] = e.Order
		d.gone(in.Tag)
	case e.Kind == event.Cancel && refused == nil:
		delete(d.play.byOrder, e.Order)
		delete(d.live, in.Tag)
	}
	return nil
}

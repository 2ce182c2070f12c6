package vigil

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

const every = 4 // blocks a heartbeat is about

// chain is one whose heartbeats tell of an intake and of no auction.
type chain struct {
	beats []fairness.Heartbeat
	held  map[uint64]*fairness.Held
	lives map[field.Element]fairness.Life // of all orders there are
	since uint64                          // of the book
}

func (c *chain) ID() string { return "test" }

func (c *chain) Heartbeat(height uint64) (fairness.Heartbeat, bool) {
	i := slices.IndexFunc(c.beats, func(h fairness.Heartbeat) bool { return h.Height == height })
	if i < 0 {
		return fairness.Heartbeat{}, false
	}
	return c.beats[i], true
}

func (c *chain) Facts(claim fairness.Claim, _ fairness.Heartbeat, _, _ uint64) (*fairness.Facts, bool) {
	life, ok := c.lives[claim.Secret().Nullifier]
	return &fairness.Facts{Interval: every, Life: life, BookSince: c.since}, ok
}

func (c *chain) Signer(settlement.WorkerID) (quorum.Key, bool) { return quorum.Key{}, false }

func (c *chain) Newest(n int) []fairness.Heartbeat { return c.beats[max(0, len(c.beats)-n):] }

func (c *chain) Calls(h fairness.Heartbeat) []uint64 {
	return []uint64{transcript.Call(h.First/every, 0), transcript.Call(h.Height/every, 0)}
}

// beat adds a heartbeat whose intake has these orders.
func (c *chain) beat(orders ...Order) uint64 {
	height := uint64(len(c.beats)+1) * every
	var list []transcript.Held
	for _, o := range orders {
		list = append(list, transcript.Held{Secret: o.Claim.Secret(), Taken: transcript.Taken{Commitment: o.Claim.Order.Commitment(), Arrival: 1}})
	}
	held := fairness.NewHeld(transcript.NewIntake(height, list), nil)
	h := fairness.Heartbeat{Height: height, First: height - every + 1}
	h.Intake, h.Transcript = held.Roots()
	c.beats = append(c.beats, h)
	c.held[height] = held
	return height
}

// worker answers from what the chain's workers hold, unless the test says
// otherwise.
type worker struct {
	name    string
	chain   *chain
	answer  func(q *fairness.Query) (*fairness.Answer, error) // nil = truly
	garble  bool
	queries []fairness.Query
}

func (w *worker) Name() string { return w.name }

func (w *worker) Ask(_ context.Context, b [fairness.QuerySize]byte) ([]byte, error) {
	q, err := fairness.DecodeQuery(b[:])
	if err != nil {
		return nil, err
	}
	w.queries = append(w.queries, q)
	a := w.chain.held[q.Heartbeat].Answer(&q)
	if w.answer != nil {
		if a, err = w.answer(&q); err != nil {
			return nil, err
		}
	}
	sealed, err := q.Seal("test", a)
	if w.garble {
		sealed[77]++
	}
	return sealed, err
}

// watching returns a vigil over so many orders, and all that it knows.
func watching(t *testing.T, slots, orders, workers int) (*Vigil, *chain, []Order, []*worker) {
	t.Helper()
	c := &chain{held: map[uint64]*fairness.Held{}, lives: map[field.Element]fairness.Life{}, since: 1}
	var list []Order
	for i := range uint64(orders) {
		o := order.Order{Terms: order.Terms{Market: 5, Qty: i + 1, Expiry: 1000, Side: order.Buy}, S: field.FromUint64(i + 9)}
		list = append(list, Order{Name: string(rune('a' + i)), Claim: fairness.Claim{Order: o, Position: i}})
		c.lives[list[i].Claim.Secret().Nullifier] = fairness.Life{Since: 1}
	}
	var asked []*worker
	config := Config{Chain: c, Slots: slots, Random: rand.NewChaCha8([32]byte{1})}
	for i := range workers {
		asked = append(asked, &worker{name: string(rune('1' + i)), chain: c})
		config.Workers = append(config.Workers, asked[i])
	}
	v, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return v, c, list, asked
}

func round(t *testing.T, v *Vigil, orders []Order) *Report {
	t.Helper()
	r, err := v.Round(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestConfig: a vigil that could ask nobody, or nothing, is refused.
func TestConfig(t *testing.T) {
	for _, c := range []Config{{Slots: 1}, {Workers: []Worker{&worker{}}}} {
		if _, err := New(c); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v", err)
		}
	}
}

// TestRounds: each heartbeat is asked about once, at the start as many as workers
// are sure to show; without a new one nothing is asked.
func TestRounds(t *testing.T) {
	v, c, orders, asked := watching(t, 3, 1, 1)
	if v.Due() || round(t, v, orders).Queries != 0 {
		t.Error("asked about nothing")
	}
	for range 6 {
		c.beat(orders...)
	}
	for _, want := range [][]uint64{{16, 20, 24}, nil} {
		if due := v.Due(); due != (want != nil) {
			t.Errorf("due %v", due)
		}
		if r := round(t, v, orders); !slices.Equal(r.Heartbeats, want) || r.Queries != 2*3*len(want) || r.Sent != r.Queries {
			t.Errorf("%+v", r)
		}
	}
	c.beat(orders...)
	if r := round(t, v, orders); !slices.Equal(r.Heartbeats, []uint64{28}) || r.Alarm() {
		t.Errorf("%+v", r)
	}
	keys := map[string]bool{}
	for _, q := range asked[0].queries {
		keys[string(q.Key[:])] = true
	}
	if len(keys) != len(asked[0].queries) {
		t.Errorf("%d keys of %d queries", len(keys), len(asked[0].queries))
	}
}

// TestTurns: more orders than slots are all asked about, by turns; those that can
// be in no auction of the heartbeat are not, and what goes out is the same.
func TestTurns(t *testing.T) {
	v, c, orders, asked := watching(t, 2, 5, 1)
	set := func(i int, l fairness.Life) { c.lives[orders[i].Claim.Secret().Nullifier] = l }
	set(3, fairness.Life{Since: 30})          // not there yet
	set(4, fairness.Life{Since: 1, Spent: 6}) // once more at the second heartbeat, and first of all
	label := func(i int, height uint64) bool {
		q := fairness.Ask(height, 0, orders[i].Claim.Secret(), [1216]byte{})
		return slices.ContainsFunc(asked[0].queries, func(x fairness.Query) bool { return x.Intake == q.Intake })
	}
	var got [][]int
	for range 4 {
		height := c.beat(orders[:3]...)
		if r := round(t, v, orders); r.Queries != 4 || r.Asked != 2 || r.Orders != 5 {
			t.Errorf("%+v", r)
		}
		var who []int
		for i := range orders {
			if label(i, height) {
				who = append(who, i)
			}
		}
		got = append(got, who)
	}
	counts := make([]int, len(orders))
	for _, who := range got {
		for _, i := range who {
			counts[i]++
		}
	}
	if !slices.Contains(got[1], 4) || counts[3] != 0 || slices.Min(counts[:3]) < 1 || counts[4] > 2 {
		t.Errorf("asked %v", got)
	}
}

// TestWorkersThatDoNotAnswer: who is silent, denies, garbles or tells of other
// roots is named, and another is asked; after some heartbeats its owner is told
// to challenge it, until it answers again. Without anybody who answers, that is
// said.
func TestWorkersThatDoNotAnswer(t *testing.T) {
	lie := fairness.NewHeld(transcript.NewIntake(4, nil), nil)
	for name, spoil := range map[string]func(*worker){
		"silent": func(w *worker) {
			w.answer = func(*fairness.Query) (*fairness.Answer, error) { return nil, errors.New("no answer") }
		},
		"denies": func(w *worker) {
			w.answer = func(*fairness.Query) (*fairness.Answer, error) {
				return &fairness.Answer{Status: fairness.Denied}, nil
			}
		},
		"does not know": func(w *worker) {
			w.answer = func(*fairness.Query) (*fairness.Answer, error) {
				return &fairness.Answer{Status: fairness.Unknown}, nil
			}
		},
		"garbles": func(w *worker) { w.garble = true },
		"lies": func(w *worker) {
			w.answer = func(q *fairness.Query) (*fairness.Answer, error) {
				x := *q
				x.Heartbeat = 4
				return lie.Answer(&x), nil
			}
		},
	} {
		v, c, orders, asked := watching(t, 2, 1, 3)
		bad := asked[0]
		truth := *bad
		spoil(bad)
		failed := 0
		for range 30 { // by lot: it is asked first in some of them
			c.beat(orders...)
			r := round(t, v, orders)
			if r.Unanswered > 0 || r.Alarm() {
				t.Fatalf("%s: %+v", name, r)
			}
			for _, x := range r.Refusals {
				if x.Worker != bad.name || x.Queries != patience || x.Err == nil {
					t.Errorf("%s: %+v", name, x)
				}
				failed++
			}
			if told := slices.Equal(r.Challenge, []string{bad.name}); told != (failed >= refusals) {
				t.Errorf("%s: after %d heartbeats told to challenge %v", name, failed, r.Challenge)
			}
		}
		if failed < refusals {
			t.Fatalf("%s: it failed in %d heartbeats", name, failed)
		}
		bad.answer, bad.garble = truth.answer, truth.garble
		for range 30 {
			c.beat(orders...)
			round(t, v, orders)
		}
		if len(v.failed) != 0 {
			t.Errorf("%s: not forgiven", name)
		}

		for _, w := range asked {
			spoil(w)
		}
		c.beat(orders...)
		if r := round(t, v, orders); r.Unanswered != r.Queries || len(r.Refusals) != 3 || r.Sent != 3*patience {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestLostOrders: an order that is gone from the book for no reason that the
// chain knows is told once, and one that never was there; a gap is evidence.
func TestLostOrders(t *testing.T) {
	none := []Order{}
	for name, c := range map[string]struct {
		intakes        []bool // whether they have the order
		life           fairness.Life
		since          uint64
		missing, never int
		omitted        int
	}{
		"there":                   {[]bool{true, true, true, true}, fairness.Life{Since: 1}, 1, 0, 0, 0},
		"gone":                    {[]bool{true, true, false, false, false, false}, fairness.Life{Since: 1}, 1, 1, 0, 0},
		"gone once, so far":       {[]bool{true, true, false}, fairness.Life{Since: 1}, 1, 0, 0, 0},
		"gone, since spent":       {[]bool{true, true, false, false}, fairness.Life{Since: 1, Spent: 12}, 1, 0, 0, 0},
		"gone, on its way out":    {[]bool{true, true, false, false}, fairness.Life{Since: 1, Reserved: []fairness.Span{{From: 14}}}, 1, 0, 0, 0},
		"gone with the book":      {[]bool{true, true, false, false}, fairness.Life{Since: 1}, 9, 0, 0, 0},
		"never there":             {[]bool{false, false, false}, fairness.Life{Since: 1}, 1, 0, 1, 0},
		"not there yet":           {[]bool{false, false, false}, fairness.Life{Since: 13}, 1, 0, 0, 0},
		"placed before the reset": {[]bool{false, false, false}, fairness.Life{Since: 1}, 2, 0, 0, 0},
		"a gap":                   {[]bool{true, false, true, true}, fairness.Life{Since: 1}, 1, 0, 0, 1},
		"late":                    {[]bool{false, true, true}, fairness.Life{Since: 1}, 1, 0, 0, 1},
		"in time":                 {[]bool{false, true, true}, fairness.Life{Since: 5}, 1, 0, 0, 0},
	} {
		v, chain, orders, _ := watching(t, 1, 1, 1)
		chain.lives[orders[0].Claim.Secret().Nullifier], chain.since = c.life, c.since
		var missing, never []Lost
		var found []Finding
		for _, has := range c.intakes {
			if has {
				chain.beat(orders...)
			} else {
				chain.beat(none...)
			}
			r := round(t, v, orders)
			missing, never, found = append(missing, r.Missing...), append(never, r.Untaken...), append(found, r.Findings...)
			if r.Alarm() != (len(r.Missing)+len(r.Findings) > 0) || len(r.Refusals) > 0 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if len(missing) != c.missing || len(never) != c.never || len(found) != c.omitted {
			t.Errorf("%s: missing %v, never taken in %v, found %v", name, missing, never, found)
		}
		for _, f := range found {
			if f.Rule != fairness.Omitted || f.Order != "a" {
				t.Errorf("%s: %s of %s", name, f.Rule, f.Order)
			}
			if err := f.Evidence.Check(chain); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, l := range missing {
			if d := cmp.Diff(Lost{Order: "a", Heartbeat: 16, Had: 8}, l); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
}

// TestAlteredOrders: an order that the enclaves have with another handling than
// its owner asked for is told, once.
func TestAlteredOrders(t *testing.T) {
	v, c, orders, _ := watching(t, 1, 1, 1)
	altered := func() int {
		c.beat(orders...)
		r := round(t, v, orders)
		if r.Alarm() != (len(r.Altered) > 0) {
			t.Errorf("%+v", r)
		}
		return len(r.Altered)
	}
	if altered() != 0 {
		t.Error("as it was placed")
	}
	v.watch[orders[0].Claim.Secret().Nullifier].handling.Peg = order.Mid
	if altered() != 1 || altered() != 0 {
		t.Error("not told once")
	}
}

// TestForgotten: what is kept of answers is bounded, and an order that the wallet
// forgot is not asked about.
func TestForgotten(t *testing.T) {
	v, c, orders, _ := watching(t, 1, 1, 1)
	c.beat(orders...)
	round(t, v, orders)
	if len(v.sights) != 2 {
		t.Fatalf("%d answers", len(v.sights))
	}
	for range keptSights {
		v.note(&Report{}, v.sights[0], false)
	}
	if len(v.sights) != keptSights {
		t.Errorf("%d answers kept", len(v.sights))
	}
	c.beat(orders...)
	if r := round(t, v, nil); r.Asked != 0 || r.Queries != 2 || len(v.watch) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestInterrupted: a round that is called off says so, and is taken up again.
func TestInterrupted(t *testing.T) {
	v, c, orders, asked := watching(t, 1, 1, 1)
	c.beat(orders...)
	ctx, cancel := context.WithCancel(t.Context())
	asked[0].answer = func(*fairness.Query) (*fairness.Answer, error) { cancel(); return nil, ctx.Err() }
	if _, err := v.Round(ctx, orders); !errors.Is(err, context.Canceled) || !v.Due() {
		t.Errorf("%v, due %v", err, v.Due())
	}
	asked[0].answer = nil
	if r := round(t, v, orders); r.Unanswered != 0 || len(r.Heartbeats) != 1 {
		t.Errorf("%+v", r)
	}
}

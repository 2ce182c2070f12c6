package vigil

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	// shown is how many heartbeats a vigil that begins asks about. A worker shows 4
	// (spec/17), of which the newest may be on no block yet.
	shown = 3
	// keptSights bounds the answers that are judged again when the chain has told
	// more: a lock, a settlement, an epoch's schedule. About 9 MB.
	keptSights = 1024
)

// Chain is what a vigil knows of the chain, which its caller verified.
type Chain interface {
	fairness.Chain
	// Newest returns the last n heartbeats, ascending by height.
	Newest(n int) []fairness.Heartbeat
	// Calls returns the calls that a heartbeat can have, ascending.
	Calls(fairness.Heartbeat) []uint64
}

// Worker answers queries.
type Worker interface {
	// Name is what people know the worker by.
	Name() string
	// Ask returns the sealed answer to a query. It has to return: an error says
	// that the worker did not answer.
	Ask(ctx context.Context, query [fairness.QuerySize]byte) ([]byte, error)
}

// Order is an order of the owner's, as some leaf of the chain holds it.
type Order struct {
	Name     string
	Claim    fairness.Claim
	Handling order.Handling // what the enclaves were asked for
}

// Config is what a Vigil is made of.
type Config struct {
	Chain   Chain
	Workers []Worker
	Slots   int       // orders asked about after each heartbeat: there are always as many queries
	Random  io.Reader // of queries' keys, dummies and the choice of a worker; crypto/rand.Reader in a product
}

// Vigil is an owner's watch over the enclaves.
type Vigil struct {
	Config
	last   uint64 // height of the newest heartbeat that was asked about
	turn   uint64 // counts heartbeats asked about
	watch  map[field.Element]*watched
	sights []*sight
	failed map[string]int // heartbeats in a row in which a worker failed, by name
}

// watched is what the vigil knows of one order, by its nullifier.
type watched struct {
	name     string
	claim    fairness.Claim
	handling order.Handling
	asked    uint64 // turn in which it was asked about last
	last     *sight // the last intake that has it
	lacking  []*sight
	reported [fairness.Misanswered + 1]bool
	lost     bool // reported as missing or never taken in
	altered  bool // reported as such
}

// sight is one answer about an order that was understood.
type sight struct {
	of      *watched
	seen    *fairness.Seen
	exhibit fairness.Exhibit
}

// New returns a vigil that has asked nothing yet; BAD_FLAG without a worker or a
// slot.
func New(c Config) (*Vigil, error) {
	if len(c.Workers) == 0 || c.Slots <= 0 {
		return nil, rejection.New(rejection.BadFlag, "name a worker's host, and ask at least one query")
	}
	return &Vigil{Config: c, watch: map[field.Element]*watched{}, failed: map[string]int{}}, nil
}

// Due reports whether the chain took a heartbeat that was not asked about yet.
func (v *Vigil) Due() bool {
	newest := v.Chain.Newest(1)
	return len(newest) > 0 && newest[0].Height > v.last
}

// Round asks about every heartbeat that the chain took since the last one, the
// oldest first, and judges all that is known. The error is ctx's.
func (v *Vigil) Round(ctx context.Context, orders []Order) (*Report, error) {
	r := &Report{Orders: len(orders)}
	v.take(orders)
	asked := map[*watched]bool{}
	for _, h := range v.Chain.Newest(shown) {
		if h.Height <= v.last {
			continue
		}
		chosen := v.choose(h)
		for _, w := range chosen {
			asked[w] = true
		}
		if err := v.ask(ctx, r, h, chosen); err != nil {
			return nil, err
		}
		v.last = h.Height
		r.Heartbeats = append(r.Heartbeats, h.Height)
	}
	r.Asked = len(asked)
	v.judge(r)
	return r, nil
}

// take makes orders the ones that are watched.
func (v *Vigil) take(orders []Order) {
	watch := make(map[field.Element]*watched, len(orders))
	for _, o := range orders {
		nf := o.Claim.Secret().Nullifier
		w := v.watch[nf]
		if w == nil {
			w = &watched{name: o.Name, claim: o.Claim, handling: o.Handling}
		}
		watch[nf] = w
	}
	v.watch = watch
}

// choose returns the orders to be asked about, at most Slots: those that some
// auction of the heartbeat can have had; first who will not be there to be asked
// later, then who waits longest.
func (v *Vigil) choose(h fairness.Heartbeat) []*watched {
	v.turn++
	type candidate struct {
		*watched
		spent bool
		nf    [32]byte
	}
	var list []candidate
	for nf, w := range v.watch {
		f, ok := v.Chain.Facts(w.claim, h, 0, h.Height)
		if ok && f.Life.Since <= h.Height && (f.Life.Spent == 0 || f.Life.Spent >= h.First) {
			list = append(list, candidate{w, f.Life.Spent != 0, nf.Bytes()})
		}
	}
	slices.SortFunc(list, func(x, y candidate) int {
		if x.spent != y.spent {
			if x.spent {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.asked, y.asked), slices.Compare(x.nf[:], y.nf[:]))
	})
	var chosen []*watched
	for _, c := range list[:min(len(list), v.Slots)] {
		c.asked = v.turn
		chosen = append(chosen, c.watched)
	}
	return chosen
}

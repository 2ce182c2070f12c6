package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
	"github.com/nightjar/nightjar/replica"
	"github.com/nightjar/nightjar/wallet/vigil"
)

// owner is somebody whose wallet watches the enclaves. It has only what the
// blocks say, and its own orders.
type owner struct {
	*world
	*chronicle.Chronicle
	replica *replica.Replica
	vigil   *vigil.Vigil
	orders  []vigil.Order
	traffic []request
	reports []*vigil.Report
	answer  func(worker int, q *fairness.Query) *fairness.Answer // instead of the workers'; nil = theirs
}

// request is what somebody sees who watches the wire.
type request struct {
	Height          uint64 // of the chain then
	Heartbeat, Call uint64
	Sent, Got       int // bytes
}

// watch gives an owner a vigil. Orders are named by what they were placed as.
func (w *world) watch(slots int, orders ...order.Order) *owner {
	w.Helper()
	r, err := replica.New(w.Genesis, w.proofs)
	if err != nil {
		w.Fatal(err)
	}
	o := &owner{world: w, Chronicle: chronicle.New(w.Genesis), replica: r}
	config := vigil.Config{Chain: o.Chronicle, Slots: slots, Random: rand.NewChaCha8([32]byte{byte(slots)})}
	for i := range 3 {
		config.Workers = append(config.Workers, hosted{o, i})
	}
	if o.vigil, err = vigil.New(config); err != nil {
		w.Fatal(err)
	}
	for i, x := range orders {
		o.orders = append(o.orders, vigil.Order{Name: fmt.Sprint("order ", i), Claim: fairness.Claim{Order: x}})
	}
	return o
}

// hosted is a worker behind a host.
type hosted struct {
	*owner
	worker int
}

func (h hosted) Name() string { return fmt.Sprint("worker ", h.worker) }

func (h hosted) Ask(_ context.Context, query [fairness.QuerySize]byte) ([]byte, error) {
	q, err := fairness.DecodeQuery(query[:])
	if err != nil {
		return nil, err
	}
	var sealed []byte
	if h.answer != nil {
		if sealed, err = q.Seal(h.Genesis.ChainID, h.answer(h.worker, &q)); err != nil {
			return nil, err
		}
	} else {
		n := h.workers[h.worker]
		if n == nil {
			return nil, errors.New("nobody is there")
		}
		out, err := n.Handle(&boundary.Ask{Number: 7, Query: query})
		if err != nil || len(out.Messages) != 1 {
			return nil, fmt.Errorf("%d messages: %w", len(out.Messages), err)
		}
		m := out.Messages[0].(*boundary.Answer)
		sealed = m.Sealed[:]
	}
	h.traffic = append(h.traffic, request{h.world.Height(), q.Heartbeat, q.Call, len(query), len(sealed)})
	return sealed, nil
}

// look takes the blocks that the owner has not seen, follows its orders through
// their fills as a wallet does, and asks if there is something to ask about.
func (o *owner) look() {
	o.Helper()
	for _, b := range o.Blocks[o.Chronicle.Height():] {
		x, err := o.replica.Apply(b.Light, b.Txs)
		if err != nil {
			o.Fatal(err)
		}
		if err := o.Chronicle.Take(x.Txs, x.Events, o.replica.State()); err != nil {
			o.Fatal(err)
		}
		for _, e := range x.Events {
			switch e := e.(type) {
			case ledger.ActionExecuted:
				for i := range o.orders {
					if c := &o.orders[i].Claim; e.Commitments[0] == c.Order.Commitment() {
						c.Position = e.Position
					}
				}
			case ledger.GroupSettled:
				s, err := settlement.DecodeSettle(x.Txs[e.Index])
				if err != nil {
					o.Fatal(err)
				}
				for i, leg := range s.Group.Legs {
					o.fill(leg, uint32(e.Auction), e.Position+uint64(leavesPerLeg*i+remainderLeaf))
				}
			}
		}
	}
	if !o.vigil.Due() {
		return
	}
	r, err := o.vigil.Round(o.Context(), o.orders)
	if err != nil {
		o.Fatal(err)
	}
	o.reports = append(o.reports, r)
}

func (o *owner) fill(leg settlement.Leg, auction uint32, remainder uint64) {
	o.Helper()
	for _, x := range o.orders {
		nf := x.Claim.Secret().Nullifier
		if nf != leg.Nullifier {
			continue
		}
		lots, price, fee, ok := order.OpenReport(x.Claim.Order.S, nf, leg.Report, auction)
		f, err := x.Claim.Order.Reopen(x.Claim.Position, lots, price, fee, auction)
		if !ok || err != nil {
			o.Fatalf("%v %v", ok, err)
		}
		if f.Remainder.Terms.Qty > 0 {
			o.orders = append(o.orders, vigil.Order{Name: x.Name + "'", Claim: fairness.Claim{Order: f.Remainder, Position: remainder}})
		}
	}
}

// live steps n blocks, after each of which all owners look.
func (w *world) live(n int, owners ...*owner) {
	w.Helper()
	for range n {
		w.step()
		for _, o := range owners {
			o.look()
		}
	}
}

// cancel takes an order's money out, and the order out of the book with it.
func (w *world) cancel(c fairness.Claim) {
	w.Helper()
	w.Act(w.State.Book().Epoch, seal.Command{Kind: seal.Cancel, OCM: c.Order.Commitment(), S: c.Order.S}, func(a *action.Action) {
		a.Nullifiers[0] = c.Secret().Nullifier
	})
}

// TestVigilIsQuietWhenRulesAreKept: through fills, remainders, cancels, busts,
// epochs, a worker that dies and one that joins, and a book that is lost, no
// owner is alarmed, and all orders were asked about.
func TestVigilIsQuietWhenRulesAreKept(t *testing.T) {
	w := running(t)
	ann := w.watch(3, w.Place("ann", chaintest.Terms(order.Buy, 8, 104)), w.Place("ann", chaintest.Terms(order.Buy, 5, 60)))
	bob := w.watch(1, w.Place("bob", chaintest.Terms(order.Buy, 8, 102)), w.Place("bob", chaintest.Terms(order.Buy, 3, 101)))
	cid := w.watch(2, w.Place("cid", chaintest.Terms(order.Sell, 6, 98)))
	nobody := w.watch(2)
	owners := []*owner{ann, bob, cid, nobody}
	seen := map[string]bool{}
	w.note(seen, 24, owners)
	w.cancel(ann.orders[1].Claim)
	w.note(seen, 12, owners)
	// A lock that nobody proves busts.
	for i := range 3 {
		w.held[i] = true
	}
	cid.orders = append(cid.orders, vigil.Order{Name: "second", Claim: fairness.Claim{Order: w.Place("cid", chaintest.Terms(order.Sell, 4, 98))}})
	w.note(seen, 40, owners)
	clear(w.held)
	clear(w.waiting)
	w.note(seen, 20, owners)
	w.kill(2)
	w.note(seen, 10, owners)
	w.boot(2)
	w.note(seen, 30, owners)
	// All die, and with them the book.
	for i := range 3 {
		w.kill(i)
	}
	w.note(seen, 30, owners)
	for i := range 3 {
		w.boot(i)
	}
	w.note(seen, 20, owners)
	dee := w.watch(1, w.Place("dee", chaintest.Terms(order.Buy, 2, 99)))
	w.note(seen, 60, append(owners, dee))

	for _, what := range []string{"fill", "cancel", "bust", "epoch", "reset"} {
		if !seen[what] {
			t.Errorf("there was no %s", what)
		}
	}
	auctions := map[*owner]int{}
	for i, o := range append(owners, dee) {
		if len(o.reports) < 6 {
			t.Errorf("owner %d: %d rounds", i, len(o.reports))
		}
		for j, r := range o.reports {
			auctions[o] += r.Auctions
			if r.Alarm() || len(r.Untaken) > 0 || len(r.Challenge) > 0 {
				t.Errorf("owner %d, heartbeats %v: %v %v %v %v", i, r.Heartbeats, r.Findings, r.Missing, r.Untaken, r.Challenge)
			}
			late := o == dee && j == 0 // it begins with heartbeats of enclaves that died
			if r.Unanswered > 0 && !late {
				t.Errorf("owner %d, heartbeats %v: %d unanswered: %+v", i, r.Heartbeats, r.Unanswered, r.Refusals)
			}
		}
	}
	if auctions[ann] == 0 || auctions[bob] == 0 || auctions[cid] == 0 || auctions[dee] == 0 || auctions[nobody] != 0 {
		t.Errorf("took part in %v auctions", auctions)
	}
}

// note is live, and notes what happened.
func (w *world) note(seen map[string]bool, n int, owners []*owner) {
	w.Helper()
	for range n {
		w.live(1, owners...)
		for _, e := range w.Events {
			switch e := e.(type) {
			case ledger.GroupSettled:
				seen["fill"] = true
			case ledger.LockExpired:
				seen["bust"] = true
			case ledger.EpochStarted:
				seen["epoch"] = true
				seen["reset"] = seen["reset"] || e.Epoch.Reset
			case ledger.ActionExecuted:
				for _, o := range owners {
					for _, x := range o.orders {
						seen["cancel"] = seen["cancel"] || slices.Contains(e.Nullifiers[:], x.Claim.Secret().Nullifier)
					}
				}
			}
		}
	}
}

// TestTrafficSaysNothing: a wallet without orders, one whose order rests and one
// whose order was filled ask the same number of queries of the same size about
// the same calls, at the same heights.
func TestTrafficSaysNothing(t *testing.T) {
	w := running(t)
	rests := w.watch(2, w.Place("ann", chaintest.Terms(order.Buy, 8, 60)))
	filled := w.watch(2, w.Place("bob", chaintest.Terms(order.Buy, 6, 102)))
	many := w.watch(2, w.Place("cid", chaintest.Terms(order.Sell, 6, 98)), w.Place("cid", chaintest.Terms(order.Sell, 3, 140)),
		w.Place("cid", chaintest.Terms(order.Sell, 3, 142)), w.Place("cid", chaintest.Terms(order.Sell, 3, 144)))
	none := w.watch(2)
	settled := false
	for range 40 {
		w.live(1, rests, filled, many, none)
		for _, e := range w.Events {
			_, ok := e.(ledger.GroupSettled)
			settled = settled || ok
		}
	}
	if !settled || len(none.traffic) < 2*2*8 {
		t.Fatalf("settled %v, %d queries", settled, len(none.traffic))
	}
	for name, o := range map[string]*owner{"an order that rests": rests, "one that was filled": filled, "more orders than slots": many} {
		if d := cmp.Diff(none.traffic, o.traffic); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		auctions := 0
		for _, r := range o.reports {
			auctions += r.Auctions
		}
		if auctions == 0 {
			t.Errorf("%s took part in nothing", name)
		}
	}
	for _, r := range none.traffic {
		if r.Sent != fairness.QuerySize || r.Got != fairness.SealedSize {
			t.Fatalf("%+v", r)
		}
	}
}

// silence keeps the enclaves from signing heartbeats: the test has them sign its
// own.
func (w *world) silence() {
	w.rewrite = func(_ int, b []byte) []byte {
		if e, err := peer.Decode(b); err == nil {
			if v, ok := e.Body.(*peer.Vote); ok && v.Subject == peer.Heartbeat {
				return nil
			}
		}
		return b
	}
}

// story is what rogue workers sign of a heartbeat, made from the true one.
type story func(held *fairness.Held, one, two order.Order) *fairness.Held

// retelling is what is changed of an auction in which two buyers met.
type retelling func(parties []transcript.Party, first, second *transcript.Party, pool *transcript.PoolSecrets) []transcript.Party

// meeting rewrites the auction in which two buyers met.
func meeting(retell retelling) story {
	return func(held *fairness.Held, one, two order.Order) *fairness.Held {
		auctions := slices.Clone(held.Auctions)
		for i, a := range auctions {
			parties, pools := slices.Clone(a.Parties), slices.Clone(a.Commons)
			if first, second := met(parties, one, two); first != nil {
				parties = retell(parties, first, second, &pools[0])
				pools[0].Close()
				auctions[i] = transcript.NewAuction(a.Height, a.Interval, parties, pools)
			}
		}
		return fairness.NewHeld(held.Intake, auctions)
	}
}

// met returns both buyers, if both were in the auction and the first one traded.
func met(parties []transcript.Party, one, two order.Order) (first, second *transcript.Party) {
	for i := range parties {
		switch parties[i].Secret.S {
		case one.S:
			first = &parties[i]
		case two.S:
			second = &parties[i]
		}
	}
	if first == nil || second == nil || first.Outcome.Lots == 0 {
		return nil, nil
	}
	return first, second
}

func leftOut(p []transcript.Party, _, second *transcript.Party, _ *transcript.PoolSecrets) []transcript.Party {
	out := *second
	return slices.DeleteFunc(p, func(p transcript.Party) bool { return p.Secret == out.Secret })
}

func swapped(p []transcript.Party, first, second *transcript.Party, pool *transcript.PoolSecrets) []transcript.Party {
	first.Outcome.Lots, second.Outcome.Lots = second.Outcome.Lots, first.Outcome.Lots
	pool.Last[order.Buy] = second.Outcome.Rank(order.Buy)
	return p
}

// intake rewrites the intake without the second buyer.
func intake(held *fairness.Held, _, two order.Order) *fairness.Held {
	left := slices.DeleteFunc(slices.Clone(held.Intake.Held), func(h transcript.Held) bool { return h.Secret.S == two.S })
	return fairness.NewHeld(transcript.NewIntake(held.Intake.Height, left), held.Auctions)
}

func truth(held *fairness.Held, _, _ order.Order) *fairness.Held { return held }

// TestVigilCatchesRogues: two of three enclaves sign heartbeats of a false story
// and answer from it. The wallet of the owner whom it harms is alarmed, with
// evidence that holds for whoever has genesis and blocks, also about an order
// that was filled; whom it does not harm, and whose enclaves keep the rules, is
// not.
func TestVigilCatchesRogues(t *testing.T) {
	shortened := meeting(func(p []transcript.Party, first, _ *transcript.Party, _ *transcript.PoolSecrets) []transcript.Party {
		first.Outcome.Lots--
		return p
	})
	dearer := meeting(func(p []transcript.Party, _, _ *transcript.Party, pool *transcript.PoolSecrets) []transcript.Party {
		pool.Pool.Price += 2
		return p
	})
	for _, c := range []struct {
		name    string
		stories []story // of three heartbeats
		first   []fairness.Rule
		second  []fairness.Rule
		missing bool // to the second buyer
	}{
		{name: "honest", stories: []story{truth, truth, truth}},
		{name: "an order is left out", stories: []story{meeting(leftOut), truth, truth}, second: []fairness.Rule{fairness.Excluded}},
		{name: "two priorities are swapped", stories: []story{meeting(swapped), truth, truth},
			first: []fairness.Rule{fairness.Passed, fairness.Unkept}, second: []fairness.Rule{fairness.Mispriced, fairness.Unkept}}, // past its limit
		{name: "a fill is not what settled", stories: []story{shortened, truth, truth}, first: []fairness.Rule{fairness.Unkept}},
		{name: "another price than settled, past the collar", stories: []story{dearer, truth, truth},
			first: []fairness.Rule{fairness.Mispriced, fairness.Unkept}, second: []fairness.Rule{fairness.Mispriced}},
		{name: "an intake lacks an order", stories: []story{intake, truth, truth}, second: []fairness.Rule{fairness.Omitted}},
		{name: "an order is dropped", stories: []story{truth, intake, intake}, missing: true},
	} {
		w := running(t)
		w.silence()
		one, two, _, beat := w.contest()
		held := map[uint64]*fairness.Held{}
		tell := func(i int) {
			h := w.workers[0].shown[beat]
			if h == nil {
				t.Fatal("the enclave computed no heartbeat")
			}
			held[beat] = c.stories[i](h, one, two)
			w.beatAs(held[beat])
		}
		tell(0)
		first, second := w.watch(2, one), w.watch(2, two)
		first.answer = func(_ int, q *fairness.Query) *fairness.Answer { return held[q.Heartbeat].Answer(q) }
		second.answer = first.answer
		first.look()
		second.look()
		for i := range 2 {
			every := w.State.Params().HeartbeatBlocks
			for beat += every; w.Height() < beat; {
				w.live(1, first, second)
			}
			tell(1 + i)
			first.look()
			second.look()
		}
		third := w.chronicle()
		for name, x := range map[string]struct {
			*owner
			want    []fairness.Rule
			missing bool
		}{"first": {first, c.first, false}, "second": {second, c.second, c.missing}} {
			var found []fairness.Rule
			missing := false
			for _, r := range x.reports {
				missing = missing || len(r.Missing) > 0
				if r.Unanswered > 0 {
					t.Errorf("%s, %s: %+v", c.name, name, r.Refusals)
				}
				for _, f := range r.Findings {
					found = append(found, f.Rule)
					e, err := fairness.DecodeEvidence(f.Evidence.Encode())
					if err != nil {
						t.Fatal(err)
					}
					if err := e.Check(third); err != nil {
						t.Errorf("%s, %s: the evidence of %s does not hold: %v", c.name, name, f.Rule, err)
					}
				}
			}
			slices.Sort(found)
			if !slices.Equal(found, x.want) || missing != x.missing {
				t.Errorf("%s: the %s buyer finds %v, missing %v; want %v, %v", c.name, name, found, missing, x.want, x.missing)
			}
		}
	}
}

// TestVigilNamesLiars: enclaves sign one heartbeat for the chain and tell an
// owner of another. No answer verifies, the owner has the workers named and is
// told to challenge; and the other heartbeat, wherever it is met, is evidence.
func TestVigilNamesLiars(t *testing.T) {
	w := running(t)
	w.silence()
	_, two, _, beat := w.contest()
	bob := w.watch(1, two)
	lies := map[uint64]*fairness.Held{}
	bob.answer = func(_ int, q *fairness.Query) *fairness.Answer { return lies[q.Heartbeat].Answer(q) }
	every := w.State.Params().HeartbeatBlocks
	for i := range 4 {
		if i > 0 {
			for beat += every; w.Height() < beat; {
				w.live(1, bob)
			}
		}
		held := w.workers[0].shown[beat]
		lies[beat] = intake(held, two, two)
		w.beatAs(held)
		bob.look()
	}
	last := bob.reports[len(bob.reports)-1]
	if last.Alarm() || last.Unanswered != last.Queries || len(last.Refusals) != 3 || len(last.Challenge) != 3 {
		t.Errorf("%+v", last)
	}
	for _, x := range last.Refusals {
		if !errors.Is(x.Err, rejection.BadTranscript) {
			t.Errorf("%s: %v", x.Worker, x.Err)
		}
	}
	signed := w.signBeat(lies[beat])
	var included []byte
	for _, b := range w.Blocks {
		for _, tx := range b.Txs {
			if h := w.signBeat(w.workers[0].shown[beat]); bytes.Equal(tx, h) {
				included = tx
			}
		}
	}
	e := &fairness.Evidence{ChainID: w.Genesis.ChainID, Rule: fairness.Equivocated, Signed: [][]byte{included, signed}}
	e, err := fairness.DecodeEvidence(e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Check(w.chronicle()); err != nil {
		t.Errorf("two heartbeats of one height: %v", err)
	}
	e.Signed[1] = included
	if err := e.Check(w.chronicle()); !errors.Is(err, rejection.BadTranscript) {
		t.Errorf("one heartbeat twice: %v", err)
	}
}

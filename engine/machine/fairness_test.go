package machine

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// beat is how many blocks a heartbeat of these tests is about.
const beat = 4

// witness is what owners, workers and the public know of a played chain.
type witness struct {
	w     *world
	known map[field.Element]book.Entry // every order that ever rested
	run   []Auction                    // by every height from 1
	chain []Chain
	held  []*fairness.Held
	lock  map[uint64]Lockup
}

// Lockup is a lock that the chain took.
type Lockup struct{ Nullifiers []field.Element }

func newWitness(w *world) *witness {
	return &witness{w: w, known: map[field.Element]book.Entry{}, lock: map[uint64]Lockup{}}
}

// look is to be called after every block.
func (x *witness) look() {
	for _, e := range x.w.m.Book() {
		if _, ok := x.known[e.Nullifier]; !ok {
			x.known[e.Nullifier] = e
		}
	}
	x.run, x.chain = append(x.run, x.w.last), append(x.chain, x.w.chain)
	for _, l := range x.w.blocks[len(x.w.blocks)-1].Locked {
		x.lock[uint64(l.Auction)] = Lockup{l.Nullifiers}
	}
	if x.w.height%beat == 0 {
		var called []transcript.Auction
		for _, a := range x.run[len(x.run)-beat:] {
			if a.Called {
				called = append(called, a.Transcript)
			}
		}
		x.held = append(x.held, fairness.NewHeld(x.w.m.Intake(), called))
	}
}

// life is what the blocks say of an order.
func (x *witness) life(e book.Entry) fairness.Life {
	l := fairness.Life{Since: uint64(e.Since)}
	for _, b := range x.w.blocks {
		h := uint64(b.Height)
		for _, y := range b.Busted {
			l.Bust(h, uint64(y.Auction), uint64(y.FreeUntil))
		}
		for _, y := range b.Locked {
			if slices.Contains(y.Nullifiers, e.Nullifier) {
				l.Lock(h, uint64(y.Auction))
			}
		}
		for _, y := range b.Executed {
			if y.Nullifier == e.Nullifier {
				l.Spent = h
			}
		}
		for _, y := range b.Dropped {
			if y.Nullifier == e.Nullifier {
				l.Release(h)
			}
		}
		for _, y := range b.Settled {
			if y.Nullifier == e.Nullifier {
				l.Fill(h, uint64(y.Auction), y.Report)
			}
		}
		for _, y := range b.Admitted {
			if y.Nullifier == e.Nullifier {
				l.Reserve(h)
			}
		}
	}
	return l
}

func (x *witness) facts(e book.Entry, height uint64) *fairness.Facts {
	c := x.chain[height-1]
	m, _ := c.market(e.Order.Terms.Market)
	_, locked := x.lock[height]
	f := &fairness.Facts{
		Rest: uint64(c.Params.MinRest), Interval: uint64(c.Params.Interval), Market: m.Record, Reference: m.Reference,
		Unstable: m.Record.Unstable(m.Swing), Life: x.life(e), Locked: locked,
		Schedule: func(a uint64) bool { return x.run[a-1].Called },
	}
	f.InLock = f.Life.InLock(height)
	return f
}

// ask has an order's owner ask about a call of a heartbeat.
func (x *witness) ask(held *fairness.Held, e book.Entry, call uint64) (*fairness.Seen, error) {
	claim := fairness.Claim{Order: e.Order, Position: e.Position}
	q := fairness.Ask(held.Intake.Height, call, claim.Secret(), [1216]byte{})
	h := fairness.Heartbeat{Height: held.Intake.Height, First: held.Intake.Height - beat + 1}
	h.Intake, h.Transcript = held.Roots()
	answer, err := fairness.DecodeAnswer(held.Answer(&q).Encode())
	if err != nil {
		return nil, err
	}
	return answer.Verify(h, &q, claim.Secret(), e.Order.Terms.Side)
}

// judge returns what all owners find in all heartbeats.
func (x *witness) judge(t tester) map[string][]fairness.Rule {
	t.Helper()
	found := map[string][]fairness.Rule{}
	for _, held := range x.held {
		for _, e := range x.known {
			for h := held.Intake.Height - beat + 1; h <= held.Intake.Height; h++ {
				interval := uint64(x.chain[0].Params.Interval)
				call := transcript.Call(h/interval, 0)
				seen, err := x.ask(held, e, call)
				if err != nil {
					t.Fatalf("heartbeat %d, call %d: %v", held.Intake.Height, call, err)
				}
				at := held.Intake.Height
				if seen.Called {
					at = seen.Height
				}
				f := x.facts(e, at)
				f.Whole = h/interval*interval > held.Intake.Height-beat && h/interval*interval+interval-1 <= held.Intake.Height
				name := x.w.names[e.Nullifier]
				for _, r := range fairness.Judge(fairness.Claim{Order: e.Order, Position: e.Position}, seen, f) {
					if !slices.Contains(found[name], r) {
						found[name] = append(found[name], r)
					}
				}
			}
		}
	}
	return found
}

// TestHonestWorkersLeaveNoFinding: on random chains, whoever asks whatever, no
// owner finds anything.
func TestHonestWorkersLeaveNoFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.chain.Params.Interval = rapid.SampledFrom([]uint32{1, 1, 2, 3}).Draw(t, "interval")
		x := newWitness(w)
		for range beat * rapid.IntRange(1, 3).Draw(t, "heartbeats") {
			w.act(t)
			w.block()
			x.look()
		}
		if found := x.judge(t); len(found) != 0 {
			t.Fatalf("%v", found)
		}
	})
}

// story is a book in which everything matters: two buyers who want what one
// seller has, one of them first, and a resting order that takes no price.
func story(t *testing.T) *witness {
	w := newWorld(t)
	x := newWitness(w)
	w.place("first", "Ann", w.terms(1, order.Buy, 8, 102), order.Handling{})
	w.place("second", "Bob", w.terms(1, order.Buy, 8, 101), order.Handling{})
	w.place("seller", "Cid", w.terms(1, order.Sell, 6, 99), order.Handling{})
	w.place("far", "Dan", w.terms(1, order.Sell, 6, 150), order.Handling{})
	for range 2 * beat {
		if w.matched.Height == 4 {
			w.lockNow, w.settle = &w.matched, w.height > 5
		}
		w.block()
		x.look()
	}
	if a := x.run[3].Transcript; a.Orders.Len() != 4 || len(x.lock) == 0 {
		t.Fatalf("%d orders, %d locks", a.Orders.Len(), len(x.lock))
	}
	return x
}

// party returns the outcome of an order, to be tampered with.
func (x *witness) party(parties []transcript.Party, name string) *transcript.Party {
	for i := range parties {
		if x.w.names[parties[i].Secret.Nullifier] == name {
			return &parties[i]
		}
	}
	return nil
}

// tamper makes the heartbeat anew from an edited transcript of the auction at
// height 4, as enclaves would that sign what they like.
func (x *witness) tamper(edit func(parties []transcript.Party, pool *transcript.PoolSecrets) []transcript.Party) {
	a := x.run[3].Transcript
	pools := slices.Clone(a.Commons)
	parties := edit(slices.Clone(a.Parties), &pools[0])
	pools[0].Close()
	x.held[0] = fairness.NewHeld(x.held[0].Intake, []transcript.Auction{
		x.run[0].Transcript, x.run[1].Transcript, x.run[2].Transcript, transcript.NewAuction(a.Height, a.Interval, parties, pools),
	})
}

// TestTamperedTranscripts: each way to cheat an owner is found by the owner it
// harms, under the rule that it breaks; the same story untouched has none.
func TestTamperedTranscripts(t *testing.T) {
	if found := story(t).judge(t); len(found) != 0 {
		t.Fatalf("untouched: %v", found)
	}
	type edit = func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party
	one := func(name string, change func(o *transcript.Outcome)) edit {
		return func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party {
			return func(p []transcript.Party, _ *transcript.PoolSecrets) []transcript.Party {
				change(&x.party(p, name).Outcome)
				return p
			}
		}
	}
	pool := func(change func(p *transcript.Pool)) edit {
		return func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party {
			return func(p []transcript.Party, s *transcript.PoolSecrets) []transcript.Party {
				change(&s.Pool)
				return p
			}
		}
	}
	for name, c := range map[string]struct {
		edit edit
		who  string
		rule fairness.Rule
	}{
		"an order is left out": {func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party {
			return func(p []transcript.Party, _ *transcript.PoolSecrets) []transcript.Party {
				return slices.DeleteFunc(p, func(p transcript.Party) bool { return x.w.names[p.Secret.Nullifier] == "second" })
			}
		}, "second", fairness.Excluded},
		"two priorities are swapped": {func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party {
			return func(p []transcript.Party, s *transcript.PoolSecrets) []transcript.Party {
				first, second := x.party(p, "first"), x.party(p, "second")
				first.Outcome.Lots, second.Outcome.Lots = second.Outcome.Lots, first.Outcome.Lots
				s.Last[order.Buy] = second.Outcome.Rank(order.Buy)
				return p
			}
		}, "first", fairness.Passed},
		"the last rank is hidden": {func(x *witness) func([]transcript.Party, *transcript.PoolSecrets) []transcript.Party {
			return func(p []transcript.Party, s *transcript.PoolSecrets) []transcript.Party {
				s.Last[order.Buy] = transcript.Rank{}
				return p
			}
		}, "first", fairness.Misrecorded},
		"another effective price": {one("first", func(o *transcript.Outcome) { o.Price-- }), "first", fairness.Misrecorded},
		"another class":           {one("first", func(o *transcript.Outcome) { o.Class-- }), "first", fairness.Misrecorded},
		"another block":           {one("first", func(o *transcript.Outcome) { o.Arrival-- }), "first", fairness.Misrecorded},
		"another hash":            {one("first", func(o *transcript.Outcome) { o.Hash++ }), "first", fairness.Misrecorded},
		"more than it has":        {one("seller", func(o *transcript.Outcome) { o.In++ }), "seller", fairness.Misrecorded},
		"another fill":            {one("seller", func(o *transcript.Outcome) { o.Lots-- }), "seller", fairness.Unkept},
		"no fill":                 {one("seller", func(o *transcript.Outcome) { o.Lots = 0 }), "seller", fairness.Unkept},
		"an invented fill":        {one("second", func(o *transcript.Outcome) { o.Lots = 8 }), "second", fairness.Unkept},
		"a price past the limit":  {pool(func(p *transcript.Pool) { p.Price = 98 }), "seller", fairness.Mispriced},
		"a price off the grid":    {pool(func(p *transcript.Pool) { p.Price = 0 }), "far", fairness.Mispriced},
		"a price past the collar": {pool(func(p *transcript.Pool) { p.Price = 200 }), "far", fairness.Mispriced},
		"another reference":       {pool(func(p *transcript.Pool) { p.Reference.Ask++ }), "far", fairness.Mispriced},
		"no reference":            {pool(func(p *transcript.Pool) { p.Result = transcript.NoReference }), "far", fairness.Mispriced},
		"an unstable reference":   {pool(func(p *transcript.Pool) { p.Result = transcript.Unstable }), "far", fairness.Mispriced},
		"another key of hashes":   {pool(func(p *transcript.Pool) { p.HashKey[0]++ }), "far", fairness.Misrecorded},
	} {
		x := story(t)
		x.tamper(c.edit(x))
		if found := x.judge(t); !slices.Contains(found[c.who], c.rule) {
			t.Errorf("%s: %s finds %v, want %s", name, c.who, found[c.who], c.rule)
		}
	}
}

// TestSkippedCalls: a heartbeat without a call that had to be, and one with a
// call at another height.
func TestSkippedCalls(t *testing.T) {
	for name, calls := range map[string]func(a []transcript.Auction) []transcript.Auction{
		"left out": func(a []transcript.Auction) []transcript.Auction { return a[1:] },
		"moved": func(a []transcript.Auction) []transcript.Auction {
			a[0].Height++
			return a
		},
	} {
		x := story(t)
		x.held[0] = fairness.NewHeld(x.held[0].Intake, calls(slices.Clone(x.held[0].Auctions)))
		if found := x.judge(t); !slices.Contains(found["far"], fairness.Skipped) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestMissingFromTheIntake: who is in a later intake was in the one before.
func TestMissingFromTheIntake(t *testing.T) {
	x := story(t)
	var far book.Entry
	for _, e := range x.known {
		if x.w.names[e.Nullifier] == "far" {
			far = e
		}
	}
	claim, f := fairness.Claim{Order: far.Order, Position: far.Position}, x.facts(far, 8)
	see := func(held *fairness.Held) *fairness.Seen {
		seen, err := x.ask(held, far, transcript.Call(4, 0))
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	if fairness.Missing(claim, see(x.held[0]), see(x.held[1]), f) || fairness.Dropped(claim, see(x.held[0]), see(x.held[1]), f) {
		t.Fatal("an honest intake lacks an order")
	}
	without := func(of *fairness.Held) *fairness.Held {
		left := slices.DeleteFunc(slices.Clone(of.Intake.Held), func(h transcript.Held) bool { return h.Secret.Nullifier == far.Nullifier })
		return fairness.NewHeld(transcript.NewIntake(of.Intake.Height, left), of.Auctions)
	}
	if !fairness.Missing(claim, see(without(x.held[0])), see(x.held[1]), f) {
		t.Error("an order that comes back was not missed")
	}
	if !fairness.Dropped(claim, see(x.held[0]), see(without(x.held[1])), f) {
		t.Error("an order that stays away was not missed")
	}
}

// TestOnlyOwnersAreAnswered: with the label alone nobody is shown an order, and
// what is shown of a label that is not there says nothing of others.
func TestOnlyOwnersAreAnswered(t *testing.T) {
	x := story(t)
	for _, e := range x.known {
		if e.Since > 4 {
			continue
		}
		secret := fairness.Claim{Order: e.Order, Position: e.Position}.Secret()
		for _, call := range []uint64{transcript.Call(4, 0), transcript.Call(9, 0)} {
			q := fairness.Ask(4, call, secret, [1216]byte{})
			stolen := q
			stolen.Key[0]++ // sealed to somebody else
			if a := x.held[0].Answer(&stolen); a.Status != fairness.Denied {
				t.Fatalf("status %d", a.Status)
			}
		}
	}
	stranger := transcript.Secret{Nullifier: field.FromUint64(1), S: field.FromUint64(2)}
	q := fairness.Ask(4, transcript.Call(4, 0), stranger, [1216]byte{})
	a := x.held[0].Answer(&q)
	if a.Status != fairness.Shows || a.Intake.Found || a.Orders.Found {
		t.Fatalf("%+v", a.Status)
	}
	for _, p := range []transcript.Proof{a.Intake, a.Orders} {
		for _, shown := range []transcript.Shown{p.Before, p.After} {
			for _, e := range x.known {
				if nf := e.Nullifier.Bytes(); shown.Key == nf || shown.Value == nf {
					t.Error("a stranger sees a nullifier")
				}
			}
		}
	}
	if a := x.held[0].Answer(&fairness.Query{Heartbeat: 5}); a.Status != fairness.Unknown {
		t.Errorf("status %d", a.Status)
	}
}

// TestAnswersOfOneSize: whatever there is to show.
func TestAnswersOfOneSize(t *testing.T) {
	x := story(t)
	seed := fairness.KeySeed{3}
	for _, e := range x.known {
		for _, held := range x.held {
			for call := range uint64(12) {
				q := fairness.Ask(held.Intake.Height, transcript.Call(call, 0), fairness.Claim{Order: e.Order, Position: e.Position}.Secret(), seed.Public())
				a := held.Answer(&q)
				sealed, err := q.Seal("test", a)
				if err != nil || len(sealed) != fairness.SealedSize || len(a.Encode()) != fairness.AnswerSize {
					t.Fatalf("%d bytes, %v", len(sealed), err)
				}
				if call > 0 {
					continue
				}
				opened, err := seed.Open("test", &q, sealed)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(a.Encode(), opened.Encode()); diff != "" {
					t.Fatal(diff)
				}
				for name, open := range map[string]func() (*fairness.Answer, error){
					"another key":   func() (*fairness.Answer, error) { return fairness.KeySeed{4}.Open("test", &q, sealed) },
					"another chain": func() (*fairness.Answer, error) { return seed.Open("tesu", &q, sealed) },
					"another query": func() (*fairness.Answer, error) {
						other := q
						other.Call++
						return seed.Open("test", &other, sealed)
					},
					"other bytes": func() (*fairness.Answer, error) {
						other := slices.Clone(sealed)
						other[len(other)-1]++
						return seed.Open("test", &q, other)
					},
				} {
					if _, err := open(); !errors.Is(err, rejection.BadTranscript) {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
		}
	}
}

// A witness who was only given the blocks and the roots is a fairness.Chain: who
// checks evidence knows no order.

func (x *witness) ID() string { return "test" }

func (x *witness) Heartbeat(height uint64) (h fairness.Heartbeat, ok bool) {
	for _, held := range x.held {
		if held.Intake.Height == height {
			h = fairness.Heartbeat{Height: height, First: height - beat + 1}
			h.Intake, h.Transcript = held.Roots()
			return h, true
		}
	}
	return h, false
}

func (x *witness) Facts(c fairness.Claim, _ fairness.Heartbeat, call, height uint64) (*fairness.Facts, bool) {
	for _, e := range x.known {
		if e.Commitment == c.Order.Commitment() && e.Position == c.Position {
			return x.facts(e, height), true
		}
	}
	return nil, false
}

func (x *witness) Signer(settlement.WorkerID) (quorum.Key, bool) { return quorum.Key{}, false }

// evidence is what the owner of an order has in hand about a call.
func (x *witness) evidence(t *testing.T, name string, rule fairness.Rule, exhibits ...*fairness.Held) *fairness.Evidence {
	t.Helper()
	for _, e := range x.known {
		if x.w.names[e.Nullifier] != name || e.Since > 4 {
			continue
		}
		out := &fairness.Evidence{ChainID: "test", Rule: rule, Claim: fairness.Claim{Order: e.Order, Position: e.Position}}
		for _, held := range exhibits {
			q := fairness.Ask(held.Intake.Height, transcript.Call(4, 0), out.Claim.Secret(), [1216]byte{})
			out.Exhibits = append(out.Exhibits, fairness.Exhibit{Heartbeat: held.Intake.Height, Call: q.Call, Answer: held.Answer(&q)})
		}
		return out
	}
	t.Fatalf("nobody knows %s", name)
	return nil
}

// TestEvidence: what an owner found, anybody with the chain finds in the file;
// of workers that kept the rules there is no evidence, and none that is altered
// or of another chain holds.
func TestEvidence(t *testing.T) {
	honest := story(t)
	for rule := fairness.Excluded; rule <= fairness.Unkept; rule++ {
		for _, name := range []string{"first", "second", "seller", "far"} {
			if err := honest.evidence(t, name, rule, honest.held[0]).Check(honest); !errors.Is(err, rejection.BadTranscript) {
				t.Errorf("%s against honest workers: %v", rule, err)
			}
		}
	}
	if err := honest.evidence(t, "far", fairness.Omitted, honest.held[0], honest.held[1]).Check(honest); !errors.Is(err, rejection.BadTranscript) {
		t.Errorf("omitted by honest workers: %v", err)
	}

	x := story(t)
	x.tamper(func(p []transcript.Party, _ *transcript.PoolSecrets) []transcript.Party {
		return slices.DeleteFunc(p, func(p transcript.Party) bool { return x.w.names[p.Secret.Nullifier] == "second" })
	})
	e := x.evidence(t, "second", fairness.Excluded, x.held[0])
	if err := e.Check(x); err != nil {
		t.Fatalf("evidence does not hold: %v", err)
	}
	b := e.Encode()
	again, err := fairness.DecodeEvidence(b)
	if err != nil || again.Check(x) != nil {
		t.Fatalf("a read file does not hold: %v", err)
	}
	if diff := cmp.Diff(b, again.Encode()); diff != "" {
		t.Fatal(diff)
	}
	if err := e.Check(honest); !errors.Is(err, rejection.BadTranscript) {
		t.Errorf("under other roots: %v", err)
	}
	for name, c := range map[string]struct {
		edit func(e *fairness.Evidence)
		want error
	}{
		"another chain":     {func(e *fairness.Evidence) { e.ChainID = "tesu" }, rejection.WrongNetwork},
		"another rule":      {func(e *fairness.Evidence) { e.Rule = fairness.Mispriced }, rejection.BadTranscript},
		"another order":     {func(e *fairness.Evidence) { e.Claim.Order.Terms.Qty++ }, rejection.BadTranscript},
		"another position":  {func(e *fairness.Evidence) { e.Claim.Position++ }, rejection.BadTranscript},
		"another heartbeat": {func(e *fairness.Evidence) { e.Exhibits[0].Heartbeat = 8 }, rejection.BadTranscript},
		"no heartbeat":      {func(e *fairness.Evidence) { e.Exhibits[0].Heartbeat = 9 }, rejection.BadTranscript},
		"another call":      {func(e *fairness.Evidence) { e.Exhibits[0].Call++ }, rejection.BadTranscript},
		"no answer":         {func(e *fairness.Evidence) { e.Exhibits[0].Answer = &fairness.Answer{Status: fairness.Denied} }, rejection.BadTranscript},
	} {
		other, err := fairness.DecodeEvidence(b)
		if err != nil {
			t.Fatal(err)
		}
		c.edit(other)
		if err := other.Check(x); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}

	// Left out of one intake, and back in the next.
	x = story(t)
	left := slices.DeleteFunc(slices.Clone(x.held[0].Intake.Held), func(h transcript.Held) bool { return x.w.names[h.Secret.Nullifier] == "far" })
	x.held[0] = fairness.NewHeld(transcript.NewIntake(4, left), x.held[0].Auctions)
	if err := x.evidence(t, "far", fairness.Omitted, x.held[0], x.held[1]).Check(x); err != nil {
		t.Errorf("an omission: %v", err)
	}
}

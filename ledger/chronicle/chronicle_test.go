package chronicle

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// script is a chain of which the test says what its blocks did.
type script struct {
	*chaintest.Chain
	*Chronicle
}

func newScript(t *testing.T) *script {
	c := chaintest.New(t, chaintest.Genesis(), chaintest.Echo{})
	return &script{c, New(c.Genesis)}
}

// block makes a block and says that these events happened in it.
func (s *script) block(events ...ledger.Event) error {
	s.Next()
	return s.Take(nil, events, s.State)
}

func (s *script) must(events ...ledger.Event) uint64 {
	s.Helper()
	if err := s.block(events...); err != nil {
		s.Fatal(err)
	}
	return s.Chronicle.Height()
}

func claimed(at uint64) fairness.Claim {
	o := order.Order{Terms: chaintest.Terms(order.Buy, 5, 100), Asset: 1, Value: 505, S: field.FromUint64(3)}
	return fairness.Claim{Order: o, Position: at}
}

func (s *script) life(c fairness.Claim) fairness.Life {
	s.Helper()
	f, ok := s.Facts(c, fairness.Heartbeat{}, 0, s.Chronicle.Height())
	if !ok {
		s.Fatal("no facts of an order that is there")
	}
	return f.Life
}

// TestLives: the life of an order is what the blocks did to it, and to no other.
func TestLives(t *testing.T) {
	s := newScript(t)
	claim := claimed(1)
	nf := claim.Secret().Nullifier
	nfs := [3]field.Element{nf, field.FromUint64(1), field.FromUint64(2)}
	s.must()
	since := s.must(ledger.ActionExecuted{Leaves: ledger.Leaves{Commitments: []field.Element{field.FromUint64(9), claim.Order.Commitment(), field.FromUint64(8)}}})
	want := fairness.Life{Since: since}
	same := func(what string) {
		t.Helper()
		if d := cmp.Diff(want, s.life(claim)); d != "" {
			t.Errorf("%s:\n%s", what, d)
		}
	}
	same("rests")
	s.must(ledger.ActionAdmitted{Nullifiers: [3]field.Element{field.FromUint64(5), field.FromUint64(6), field.FromUint64(7)}},
		ledger.LockAccepted{Auction: 2, Nullifiers: []field.Element{field.FromUint64(5)}})
	same("others' blocks")
	admitted := s.must(ledger.ActionAdmitted{Nullifiers: nfs})
	dropped := s.must(ledger.ActionDropped{Nullifiers: nfs})
	want.Reserved = []fairness.Span{{From: admitted, Until: dropped}}
	same("dropped")
	locked := s.must(ledger.LockAccepted{Auction: 5, Nullifiers: []field.Element{nf}})
	want.Holds = []fairness.Hold{{Auction: 5, Span: fairness.Span{From: locked}}}
	same("locked")
	busted := s.must(ledger.LockExpired{Auction: 5, Nullifiers: []field.Element{nf}, ExitUntil: 20})
	want.Holds[0].Until, want.Holds[0].FreeFrom = busted, 20
	same("busted")
	want.Spent = s.must(ledger.ActionExecuted{Nullifiers: nfs, Leaves: ledger.Leaves{Position: 3}})
	same("spent")

	f, _ := s.Facts(claim, fairness.Heartbeat{}, 0, 5)
	if !f.Locked || !f.InLock || f.Rest != 4 || f.Interval != 1 || f.Market.ID != chaintest.Market || !f.Reference.Valid() {
		t.Errorf("%+v", f)
	}
	if f, _ := s.Facts(claim, fairness.Heartbeat{}, 0, 6); f.Locked || f.InLock {
		t.Error("another auction's lock")
	}
	if f, _ := s.Facts(claim, fairness.Heartbeat{}, 0, 1); f.Reference.Valid() {
		t.Error("a reference before the first vote")
	}
}

// TestFactsOfOrdersThereAre: of a leaf that is not the order's, a block that
// there is not, and a market that there is not, nothing is said.
func TestFactsOfOrdersThereAre(t *testing.T) {
	s := newScript(t)
	claim := claimed(0)
	height := s.must(ledger.DepositCredited{Leaves: ledger.Leaves{Commitments: []field.Element{claim.Order.Commitment(), field.FromUint64(1)}}})
	other := claim
	other.Order.Terms.Qty++
	for name, x := range map[string]struct {
		claim  fairness.Claim
		height uint64
		ok     bool
	}{
		"as it is":        {claim, height, true},
		"another leaf":    {claimed(1), height, false},
		"past the leaves": {claimed(2), height, false},
		"other terms":     {other, height, false},
		"block 0":         {claim, 0, false},
		"the next block":  {claim, height + 1, false},
	} {
		if _, ok := s.Facts(x.claim, fairness.Heartbeat{}, 0, x.height); ok != x.ok {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// TestTakeRefuses: what is not the next block, or contradicts the blocks before,
// is refused.
func TestTakeRefuses(t *testing.T) {
	for name, events := range map[string][]ledger.Event{
		"leaves past the end":  {ledger.DepositCredited{Leaves: ledger.Leaves{Position: 1}}},
		"leaves twice":         {ledger.FeesPaid{Leaves: ledger.Leaves{Commitments: make([]field.Element, 1)}}, ledger.ClaimReturned{}},
		"a settlement of none": {ledger.GroupSettled{Index: 0}},
	} {
		s := newScript(t)
		s.Next()
		if err := s.Take([][]byte{{1}}, events, s.State); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	s := newScript(t)
	s.Next()
	if err := s.block(); err == nil {
		t.Error("the second block was taken as the first")
	}
}

// TestHeartbeats: a heartbeat is about the blocks since the last one that the
// chain had by its height, whatever was included in between.
func TestHeartbeats(t *testing.T) {
	s := newScript(t)
	for range 40 {
		s.must()
	}
	// The chain knew heartbeat 8 from block 10 on, 16 from block 30 on.
	for i := range s.blocks {
		b := &s.blocks[i].book
		switch b.Since, b.Epoch = 3, 1; {
		case i+1 >= 30:
			b.Heartbeat = 16
		case i+1 >= 10:
			b.Heartbeat = 8
		}
	}
	s.must(
		ledger.HeartbeatSeen{Height: 8, Intake: [32]byte{1}, Prints: []registry.Print{{Market: 1, Lots: 5}, {Market: 2, Lots: 6}}},
		ledger.HeartbeatSeen{Height: 16, Intake: [32]byte{2}, Transcript: [32]byte{3}},
		ledger.HeartbeatSeen{Height: 24},
		ledger.HeartbeatSeen{Height: 32, Prints: []registry.Print{{Market: 1, Lots: 7}}},
	)
	prints := []Print{{41, registry.Print{Market: 1, Lots: 5}}, {41, registry.Print{Market: 2, Lots: 6}}, {41, registry.Print{Market: 1, Lots: 7}}}
	if d := cmp.Diff(prints, s.Prints()); d != "" {
		t.Error(d)
	}
	want := []fairness.Heartbeat{
		{Height: 8, First: 3, Intake: [32]byte{1}}, {Height: 16, First: 9, Intake: [32]byte{2}, Transcript: [32]byte{3}},
		{Height: 24, First: 9}, {Height: 32, First: 17},
	}
	if d := cmp.Diff(want, s.Newest(9)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[2:], s.Newest(2)); d != "" {
		t.Error(d)
	}
	if h, ok := s.Heartbeat(16); !ok || h != want[1] {
		t.Errorf("%+v", h)
	}
	if _, ok := s.Heartbeat(17); ok {
		t.Error("a heartbeat that there is not")
	}
}

// TestOverdue: enclaves that are there and sign no heartbeat are noticed, and
// only they.
func TestOverdue(t *testing.T) {
	for name, c := range map[string]struct {
		height int
		book   ledger.Book
		last   uint64
		late   bool
	}{
		"no epoch yet":         {200, ledger.Book{}, 0, false},
		"in time":              {112, ledger.Book{Epoch: 1, Since: 3, Heartbeat: 80}, 80, false},
		"late":                 {113, ledger.Book{Epoch: 1, Since: 3, Heartbeat: 80}, 80, true},
		"none yet, in time":    {34, ledger.Book{Epoch: 1, Since: 3}, 2, false},
		"none yet, late":       {35, ledger.Book{Epoch: 1, Since: 3}, 2, true},
		"none of the new book": {112, ledger.Book{Epoch: 2, Since: 100, Heartbeat: 8}, 99, false},
	} {
		s := newScript(t)
		if _, late := s.Overdue(); late {
			t.Error("before the first block")
		}
		s.blocks = make([]after, c.height)
		s.blocks[c.height-1] = after{book: c.book, every: 8}
		if last, late := s.Overdue(); last != c.last || late != c.late {
			t.Errorf("%s: last %d, overdue %v", name, last, late)
		}
	}
}

// TestCalls: one for each interval that a heartbeat touches, one more for an
// epoch that began inside one; and an interval is whole if it is one heartbeat's
// and one epoch's.
func TestCalls(t *testing.T) {
	g := chaintest.Genesis()
	g.Constants.AuctionInterval = 4
	c := New(g)
	claim := claimed(0)
	c.leaves = []leaf{{claim.Order.Commitment(), 1}}
	for h := range uint64(24) {
		a := after{}
		switch a.book.Epoch = 1; { // epochs begin in blocks 10 and 16
		case h+1 >= 16:
			a.book.Epoch = 3
		case h+1 >= 10:
			a.book.Epoch = 2
		}
		c.blocks = append(c.blocks, a)
	}
	for name, x := range map[string]struct {
		h     fairness.Heartbeat
		want  []uint64
		whole []uint64 // intervals
	}{
		"intervals in whole":             {fairness.Heartbeat{First: 4, Height: 7}, []uint64{transcript.Call(1, 0)}, []uint64{1}},
		"in part":                        {fairness.Heartbeat{First: 1, Height: 8}, []uint64{transcript.Call(0, 0), transcript.Call(1, 0), transcript.Call(2, 0)}, []uint64{1}},
		"an epoch inside":                {fairness.Heartbeat{First: 8, Height: 15}, []uint64{transcript.Call(2, 0), transcript.Call(2, 1), transcript.Call(3, 0)}, []uint64{3}},
		"an epoch at the first block":    {fairness.Heartbeat{First: 10, Height: 11}, []uint64{transcript.Call(2, 0)}, nil},
		"an epoch at an interval's edge": {fairness.Heartbeat{First: 12, Height: 19}, []uint64{transcript.Call(3, 0), transcript.Call(4, 0)}, []uint64{3, 4}},
	} {
		if got := c.Calls(x.h); !slices.Equal(got, x.want) {
			t.Errorf("%s: %x, want %x", name, got, x.want)
		}
		for interval := range uint64(6) {
			f, ok := c.Facts(claim, x.h, transcript.Call(interval, 0), 1)
			if !ok || f.Whole != slices.Contains(x.whole, interval) {
				t.Errorf("%s: interval %d whole %v", name, interval, f.Whole)
			}
		}
	}
}

// TestSchedules: an epoch's schedule is known from its end on, and a reset
// reveals none.
func TestSchedules(t *testing.T) {
	s := newScript(t)
	claim, key := claimed(0), registry.Schedule{7}
	s.must(ledger.DepositCredited{Leaves: ledger.Leaves{Commitments: []field.Element{claim.Order.Commitment()}}})
	s.blocks[0].book = ledger.Book{Epoch: 1, Since: 1}
	facts := func() *fairness.Facts {
		f, ok := s.Facts(claim, fairness.Heartbeat{}, 0, 1)
		if !ok {
			t.Fatal("no facts")
		}
		return f
	}
	if f := facts(); f.Schedule != nil || f.BookSince != 1 {
		t.Errorf("while the epoch runs: %+v", f)
	}
	s.must(ledger.EpochStarted{Epoch: ledger.Epoch{Number: 2, Reset: true}})
	if facts().Schedule != nil {
		t.Error("a reset revealed a schedule")
	}
	s.must(ledger.EpochStarted{Epoch: ledger.Epoch{Number: 2}, Revealed: key})
	f := facts()
	for a := range uint64(9) {
		if f.Schedule == nil || f.Schedule(a) != fairness.Scheduled(key, a, 1) {
			t.Fatalf("height %d", a)
		}
	}
}

// TestSigners: registered workers' keys are known for good.
func TestSigners(t *testing.T) {
	s := newScript(t)
	id, key := settlement.WorkerID{1}, quorum.Key{2}
	s.must(ledger.WorkerRegistered{Worker: ledger.Worker{ID: id, SigningKey: key}})
	s.must(ledger.WorkerExpired{ID: id})
	if got, ok := s.Signer(id); !ok || got != key {
		t.Errorf("%v %v", got, ok)
	}
	if _, ok := s.Signer(settlement.WorkerID{2}); ok {
		t.Error("a stranger signs")
	}
	if s.ID() != s.Chain.Genesis.ChainID {
		t.Error("another chain")
	}
}

// TestChallenges: what became of a challenge is known, and no event makes one up.
func TestChallenges(t *testing.T) {
	s := newScript(t)
	id, worker := challenge.ID{1}, settlement.WorkerID{2}
	if _, ok := s.Chronicle.Challenge(id); ok {
		t.Error("a challenge that there is not")
	}
	s.must(ledger.WorkerSuspended{Challenge: challenge.ID{9}})
	s.must(ledger.ChallengeAccepted{ID: id, Worker: worker, Until: 40}, ledger.ChallengeAccepted{ID: challenge.ID{3}, Worker: worker, Until: 40})
	answer := challenge.Answer{Challenge: id, Sealed: [fairness.SealedSize]byte{7}}
	s.Next()
	if err := s.Take([][]byte{answer.Encode()}, []ledger.Event{ledger.ChallengeAnswered{ID: id, Worker: worker}}, s.State); err != nil {
		t.Fatal(err)
	}
	s.must(ledger.WorkerSuspended{Challenge: challenge.ID{3}, Worker: worker, Until: 99})
	for id, want := range map[challenge.ID]Challenge{
		id:              {Worker: worker, Block: 2, Until: 40, Answered: 3, Answer: &answer},
		challenge.ID{3}: {Worker: worker, Block: 2, Until: 40, Suspended: 4, SuspendedUntil: 99},
	} {
		if got, ok := s.Chronicle.Challenge(id); !ok || !cmp.Equal(want, got) {
			t.Errorf("%+v", got)
		}
	}
	s.Next()
	if err := s.Take([][]byte{{1}}, []ledger.Event{ledger.ChallengeAnswered{ID: id}}, s.State); err == nil {
		t.Error("an answer that is none")
	}
}

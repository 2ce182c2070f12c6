package vault_test

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// A rogue's call is joined by nobody: neither another recipient for a claim, nor
// a call of its own making. The claim's own call is.
func TestRogueCallIsNotJoined(t *testing.T) {
	for _, honest := range []bool{false, true} {
		s := newSolo(t)
		c := s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		call := s.payout(c)
		if !honest {
			other := c
			other.Recipient = []byte("the rogue's own account, 32 bytes"[:32])
			call = s.payout(other)
		}
		s.block(nil, s.execute(call, vault.Opened)[:1]...)
		joined := false
		for range 3 * vault.Slot {
			for _, e := range s.block(nil) {
				if p, ok := e.(vault.Prepare); ok {
					joined = joined || p.Order.Form == vault.Join
					s.m.OnDeferred(p.Order.Job.JobID, vault.DeferNode)
				}
			}
		}
		if joined != honest {
			t.Errorf("honest %v: joined %v", honest, joined)
		}
	}
}

// An opening is ordered only in the own slot, and dies in it.
func TestOpeningsStayInTheirSlots(t *testing.T) {
	s := newSolo(t)
	s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	var slots []uint64
	for range 12 * vault.Slot {
		for _, e := range s.block(nil) {
			p, ok := e.(vault.Prepare)
			if !ok {
				continue
			}
			o := p.Order
			last := o.At.Number + o.Period - 1
			if o.Form != vault.Open || last/vault.Slot != o.At.Number/vault.Slot || o.At != s.m.Cursor() {
				t.Errorf("%+v", o)
			}
			slots = append(slots, o.At.Number/vault.Slot)
			s.m.OnDeferred(o.Job.JobID, vault.DeferNode)
		}
	}
	seen := map[uint64]bool{}
	for _, slot := range slots {
		seen[slot%3] = true
	}
	if len(slots) < 4 || len(seen) != 1 {
		t.Errorf("opened in slots %v, with three signers", slots)
	}
}

// What the adapter hands back has to be what was ordered, and still wanted.
func TestAttemptsRefused(t *testing.T) {
	attempt := func(o vault.Order, call [32]byte) vault.Attempt {
		return vault.Attempt{
			JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Call: call, Birth: o.At.Number, Until: o.At.Number + o.Period - 1,
			Hash: [32]byte{1}, Extrinsic: []byte{1},
		}
	}
	for name, change := range map[string]func(*vault.Attempt){
		"another job":    func(a *vault.Attempt) { a.Ref[0]++ },
		"another number": func(a *vault.Attempt) { a.Number++ },
		"another form":   func(a *vault.Attempt) { a.Form = vault.Join },
		"another call":   func(a *vault.Attempt) { a.Call[0]++ },
		"another birth":  func(a *vault.Attempt) { a.Birth--; a.Until-- },
		"a longer life":  func(a *vault.Attempt) { a.Until++ },
		"no bytes":       func(a *vault.Attempt) { a.Extrinsic = nil },
		"no hash":        func(a *vault.Attempt) { a.Hash = [32]byte{} },
	} {
		s := newSolo(t)
		c := s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		o, _ := s.opened()
		a := attempt(o, s.payout(c))
		change(&a)
		records, effects, err := s.m.OnPrepared(a)
		if !errors.Is(err, rejection.AttemptMismatch) || len(records)+len(effects) != 0 {
			t.Errorf("%s: %v %v %v", name, records, effects, err)
		}
	}

	// Control.
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, _ := s.opened()
	records, effects, err := s.m.OnPrepared(attempt(o, s.payout(c)))
	if err != nil || len(records) != 1 {
		t.Fatalf("%v %v", records, err)
	}
	only[vault.Submit](t, effects)

	// The claim was paid by others while the attempt was being made.
	s = newSolo(t)
	c = s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, _ = s.opened()
	s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	records, _, err = s.m.OnPrepared(attempt(o, s.payout(c)))
	refused(t, err, rejection.JobOver)
	if len(records) != 0 {
		t.Error("journaled")
	}
}

// An attempt is given up when its last block is final without it, and not
// before; then comes the next one.
func TestEraExpiry(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, at := s.opened()
	a := vault.Attempt{
		JobID: o.Job.JobID, Number: 1, Form: o.Form, Call: s.payout(c), Birth: at, Until: at + 9,
		Hash: [32]byte{1}, Extrinsic: []byte{1},
	}
	if _, _, err := s.m.OnPrepared(a); err != nil {
		t.Fatal(err)
	}
	for s.m.Cursor().Number < a.Until {
		if _, flying := s.m.InFlight(); !flying {
			t.Fatalf("given up at %d", s.m.Cursor().Number)
		}
		none[vault.Prepare](t, s.block(nil))
	}
	if _, flying := s.m.InFlight(); flying {
		t.Fatal("not given up")
	}
	if next, _ := s.opened(); next.Number != 2 || next.Job.JobID != o.Job.JobID {
		t.Errorf("%+v", next)
	}
}

// A custody of one signature pays nothing: the chain's multisig needs two.
func TestOneSigner(t *testing.T) {
	s := newSolo(t)
	s.hub.rotations = append(s.hub.rotations, vault.Rotation{Height: s.hub.height + 1, Signers: signersOf(1, "ada")})
	s.tick()
	s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	alarm := false
	for range 3 * vault.Slot {
		effects := s.block(nil)
		alarm = alarm || raised(effects, vault.OneSigner)
		none[vault.Prepare](t, effects)
	}
	if !alarm {
		t.Error("no alarm")
	}
}

// Anchors are the own account's, one attempt at a time, and wait for nothing but
// their turn.
func TestAnchors(t *testing.T) {
	s := newSolo(t)
	s.block(nil)
	o := only[vault.Prepare](t, s.m.Anchor([]byte("height 5"))).Order
	if o.Form != vault.Plain || string(o.Job.Remark) != "height 5" || o.Job.From != vault.Account(s.g.key) {
		t.Errorf("%+v", o)
	}
	if effects := s.m.Anchor([]byte("height 5")); len(effects) != 0 {
		t.Errorf("twice: %v", effects)
	}
	a := vault.Attempt{JobID: o.Job.JobID, Number: 1, Form: o.Form, Birth: o.At.Number, Until: o.At.Number + 20, Hash: [32]byte{1}, Extrinsic: []byte{1}}
	_, effects, err := s.m.OnPrepared(a)
	if err != nil {
		t.Fatal(err)
	}
	only[vault.Submit](t, effects)
	none[vault.Prepare](t, s.m.Anchor([]byte("height 6")))
	b := s.next(nil)
	b.Included = []vault.Inclusion{{Hash: a.Hash, OK: true}}
	_, effects, err = s.m.OnBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	if next := only[vault.Prepare](t, effects).Order; string(next.Job.Remark) != "height 6" {
		t.Errorf("%+v", next)
	}
}

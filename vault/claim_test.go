package vault_test

import (
	"testing"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/vault"
)

// Claims that can't be paid are returned without an approval; the one at the
// bound is paid.
func TestUnpayableClaims(t *testing.T) {
	s := newSolo(t)
	s.block([]vault.Transfer{s.deposit(500_000, owner(1))})
	for name, c := range map[string]struct {
		units     uint64
		recipient []byte
		want      vault.Verdict
	}{
		"short":  {500, make([]byte, 31), vault.BadRecipient},
		"long":   {500, make([]byte, 33), vault.BadRecipient},
		"little": {4, make([]byte, 32), vault.BelowExistential},
		"least":  {5, make([]byte, 32), vault.Payable},
	} {
		claim := s.hub.withdraw(name, c.units, c.recipient)
		effects := s.tick()
		v, _ := s.m.Claim(claim.ID)
		if v.Verdict != c.want {
			t.Errorf("%s: verdict %d", name, v.Verdict)
		}
		if c.want == vault.Payable {
			none[vault.Sign](t, effects)
			continue
		}
		if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Returned || end.Claim != claim.ID {
			t.Errorf("%s: %+v", name, end)
		}
	}
}

func TestExecutedTwiceIsAlarmed(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	effects := s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	end := only[vault.Sign](t, effects).Statement.Closing
	if end.Result != custody.Paid || end.Payment.Index != 12 || raised(effects, vault.ExecutedTwice) {
		t.Errorf("%+v", effects)
	}
	effects = s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	none[vault.Sign](t, effects)
	if !raised(effects, vault.ExecutedTwice) {
		t.Error("no alarm")
	}
}

// A payment that Nightjar learns of before the claim itself is not made again.
func TestExecutedBeforeNoticed(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	none[vault.Sign](t, s.block(nil, s.execute(s.payout(c), vault.Executed)...))
	effects := s.tick()
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Paid {
		t.Errorf("%+v", end)
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
}

// An execution that failed returns the claim, and nobody approves it again.
func TestFailedExecutionReturns(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	effects := s.block(nil, s.execute(s.payout(c), vault.Failed)...)
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Returned {
		t.Errorf("%+v", end)
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	// What must not happen is at least seen.
	if effects := s.block(nil, s.execute(s.payout(c), vault.Executed)...); !raised(effects, vault.PaidAndReturned) {
		t.Error("no alarm")
	}
}

// A machine that began later does nothing about older claims but tell of their
// payment.
func TestOlderClaimsAreObserved(t *testing.T) {
	s := newSolo(t)
	config := s.g.config()
	config.Start.Hub = 50
	m, err := vault.New(config, codec{s.chain})
	if err != nil {
		t.Fatal(err)
	}
	s.m = m
	payable := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.hub.withdraw("short", 500, make([]byte, 3))
	s.hub.height = 60
	none[vault.Sign](t, s.tick())
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	effects := s.block(nil, s.execute(s.payout(payable), vault.Executed)...)
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Paid {
		t.Errorf("%+v", end)
	}
	effects = s.block(nil, s.execute(s.payout(payable), vault.Failed)...)
	none[vault.Sign](t, effects)
}

// A call of a custody account that is no job's is told of: a theft by m signers
// at least is not silent. What a claim's remark says does not excuse it.
func TestUnknownCallIsAlarmed(t *testing.T) {
	for name, c := range map[string]struct {
		says *vault.JobID
		want bool
	}{
		"nothing said": {nil, true},
		"a claim":      {&vault.JobID{Kind: vault.Payout}, true},
		"a sweep":      {&vault.JobID{Kind: vault.Sweep}, false},
	} {
		s := newSolo(t)
		steps := s.execute([32]byte{7}, vault.Executed)
		steps[1].Job = c.says
		s.block(nil, steps...)
		if raised(s.tick(), vault.UnknownCall) {
			t.Errorf("%s: at once", name)
		}
		for range 100 {
			s.block(nil)
		}
		if got := raised(s.tick(), vault.UnknownCall); got != c.want {
			t.Errorf("%s: alarm %v", name, got)
		}
	}
	// Control: a claim that is noticed late.
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	s.tick()
	for range 100 {
		s.block(nil)
	}
	if raised(s.tick(), vault.UnknownCall) {
		t.Error("a claim's own call")
	}
}

// Another runtime of the chain encodes a claim's call otherwise. The new call is
// journaled before it is used, waits while the old one is open, and an execution
// of either pays the claim.
func TestCallsEncodedAnew(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	old := s.payout(c)
	steps := s.execute(old, vault.Opened)
	s.block(nil, steps[0])
	s.chain.runtime++
	s.hub.height++
	if effects := s.block(nil); !raised(effects, vault.CallChanged) {
		t.Error("no alarm while the old call is open")
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	steps[0].Stage = vault.Cancelled
	records, effects, err := s.m.OnBlock(s.next(nil, steps[0]))
	if err != nil {
		t.Fatal(err)
	}
	recoded := false
	for _, r := range records {
		if r, ok := r.(vault.Recoded); ok {
			recoded = r.Call == s.payout(c)
		}
	}
	if !recoded {
		t.Errorf("%v", records)
	}
	found := false
	for range 4 * vault.Slot {
		for _, e := range effects {
			if p, ok := e.(vault.Prepare); ok {
				found = found || p.Order.Form == vault.Open
				effects = s.m.OnDeferred(p.Order.Job.JobID, vault.DeferNode)
				none[vault.Prepare](t, effects)
			}
		}
		effects = s.block(nil)
	}
	if !found {
		t.Error("the new call is not opened")
	}
	for _, call := range [][32]byte{old, s.payout(c)} {
		if end := only[vault.Sign](t, s.block(nil, s.execute(call, vault.Executed)...)).Statement.Closing; end.Result != custody.Paid {
			t.Errorf("%+v", end)
		}
		s = newSolo(t)
		c = s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		s.chain.runtime++
		s.block(nil)
	}
}

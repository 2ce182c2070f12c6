package vault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/vault"
)

// story is a custody's whole life: deposits by remark and by address, one below
// the minimum that becomes due, one without an owner that is sent back, claims
// that are paid, returned and limited, a rotation with its drain.
type story struct {
	*world
	claims map[string]vault.Claim
	old    vault.Account
}

func tell(t *testing.T, fault int) *story {
	s := &story{world: newWorld(t, 2, "ada", "bea", "cyd"), claims: map[string]vault.Claim{}}
	s.fault = fault
	s.round()
	s.old = s.custodyAccount()
	s.until(20, "all are up", s.up)

	s.pay("alice", s.old, 900_000*unit+7, owner(1))
	s.until(20, "watched everywhere", func() bool { s.watch(owner(2)); return s.watchedByAll() })
	s.pay("alice", s.watch(owner(2)), 300_000*unit, nil)
	s.pay("alice", s.old, 200*unit, nil)
	s.pay("alice", s.old, 5*unit, owner(3))
	s.round()
	s.claim("bob", 700, account("bob"))
	s.until(200, "two deposits credited, two held", func() bool {
		return len(s.hub.credited) == 2 && s.all(func(m *vault.Machine) bool { return s.count(m, vault.DepositHeld) == 2 })
	})

	// The rules change: what was too little is due.
	s.hub.asset.MinDeposit = 5
	s.until(200, "the small deposit credited", func() bool { return len(s.hub.credited) == 3 })
	s.until(400, "the refund executed", func() bool { s.sendBack(); return s.balance(account("alice again")) == 200*unit })

	s.claim("short", 800, []byte("short"))
	s.claim("dust", 4, account("carol"))
	s.claim("large", 900_000, account("dave"))
	s.claim("limited", 200_000, account("erin"))
	s.until(400, "swept, paid and returned", func() bool { return len(s.hub.closed) == 4 && s.balance(s.address(2)) == 0 })

	// New signers; what the old ones were asked for they pay.
	s.add("dot")
	s.hub.height++
	s.hub.rotations = append(s.hub.rotations, vault.Rotation{Height: s.hub.height, Signers: signersOf(2, "bea", "cyd", "dot")})
	s.pay("alice", s.custodyAccount(), 50_000*unit, owner(4))
	s.pay("alice", s.old, 40_000*unit, owner(5))
	s.claim("late", 6_000, account("frank"))
	s.until(900, "drained, and all claims closed", func() bool {
		return len(s.hub.closed) == len(s.hub.opened) && len(s.hub.credited) == 5 && s.balance(s.old) == 0
	})
	s.until(100, "everybody knows", func() bool {
		return s.up() && s.all(func(m *vault.Machine) bool {
			_, flying := m.InFlight()
			return !flying && len(m.Claims()) == 0 && m.Cursor().Number == s.chain.final()
		})
	})
	return s
}

func (s *story) claim(name string, units uint64, recipient any) {
	to, ok := recipient.([]byte)
	if a, is := recipient.(vault.Account); is && !ok {
		to = a[:]
	}
	s.claims[name] = s.hub.withdraw(name, units, to)
}

func (s *story) address(i uint64) vault.Account {
	return codec{s.chain}.Deposit(s.old, *owner(i))
}

func (w *world) balance(a vault.Account) uint64 { return w.chain.finalState().balances[key(a)] }

func (w *world) up() bool { return w.all(func(*vault.Machine) bool { return true }) }

// all reports whether every process lives and satisfies is.
func (w *world) all(is func(*vault.Machine) bool) bool {
	for _, g := range w.gateways {
		if g.vault == nil || !is(g.vault) {
			return false
		}
	}
	return true
}

func (w *world) count(m *vault.Machine, state vault.DepositState) int {
	return len(m.Deposits(func(d vault.DepositView) bool { return d.State == state }))
}

// sendBack is what two operators do until it is done: order the deposit without
// an owner back.
func (s *story) sendBack() {
	for _, g := range s.gateways[:2] {
		if g.vault == nil {
			continue
		}
		held := g.vault.Deposits(func(d vault.DepositView) bool { return d.State == vault.DepositHeld && d.Reason == vault.Unattributed })
		for _, d := range held {
			if err := g.order(d.ID, account("alice again")); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// watchedBy reports whether every process watches the first owner's address.
func (s *story) watchedByAll() bool {
	return s.all(func(m *vault.Machine) bool { return len(m.Watched()) > 1 })
}

// check demands that everything happened exactly once and that the books are
// the chain's, to the unit.
func (s *story) check() {
	t := s.t
	t.Helper()
	for name, want := range map[string]uint64{"bob": 700, "dave": 900_000, "erin": 200_000, "frank": 6_000, "carol": 0} {
		if have := s.balance(account(name)); have != want*unit {
			t.Errorf("%s has %d units, not %d", name, have, want*unit)
		}
	}
	for name, c := range s.claims {
		end, times := s.hub.closed[c.ID], s.chain.executions(vault.JobID{Kind: vault.Payout, Ref: c.ID})
		wantEnd, want := custody.Paid, 1
		if name == "short" || name == "dust" {
			wantEnd, want = custody.Returned, 0
		}
		if end.Result != wantEnd || times != want {
			t.Errorf("claim %s ended %d after %d payments", name, end.Result, times)
		}
	}
	var sum uint64
	for _, units := range s.hub.credited {
		sum += units
	}
	if want := uint64(900_000 + 300_000 + 5 + 50_000 + 40_000); sum != want {
		t.Errorf("%d hub units credited, not %d", sum, want)
	}
	// 1,290,005 came, 1,106,700 went; 7 external units are dust.
	if have := s.balance(s.custodyAccount()); have != (1_290_005-1_106_700)*unit+7 {
		t.Errorf("custody holds %d", have)
	}
	for _, g := range s.gateways {
		s.books(g)
		for _, a := range g.alarms {
			if a.Reason != vault.NotASigner || g.name != "ada" && g.name != "dot" {
				t.Errorf("%s: alarm %d about %x", g.name, a.Reason, a.Ref[:4])
			}
		}
	}
}

// books compares a machine's books with the chain's balances, and the machine
// with one that replays its journal.
func (w *world) books(g *gateway) {
	t := w.t
	t.Helper()
	at := w.chain.blocks[g.vault.Cursor().Number].after
	proven := []vault.Holding{}
	for _, h := range g.vault.Expected() {
		have := at.balances[key(h.Account)]
		// Who began later knows of no earlier balance.
		if want, _ := h.Amount.Uint64(); have != want && g.from.Hub == 1 {
			t.Errorf("%s: %x holds %d, and by the books %d", g.name, h.Account[:4], have, want)
		}
		h.Amount = amount.WideOf(have)
		proven = append(proven, h)
	}
	if g.from.Hub == 1 {
		if effects, err := g.vault.Reconcile(g.vault.Cursor(), proven); err != nil || len(effects) > 0 {
			t.Errorf("%s: %v %v", g.name, effects, err)
		}
	}
	again := g.open()
	if diff := cmp.Diff(g.vault.Expected(), again.Expected(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: replayed books (-live +replayed):\n%s", g.name, diff)
	}
	if diff := cmp.Diff(g.vault.Watched(), again.Watched(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: replayed watch list:\n%s", g.name, diff)
	}
	ids := func(m *vault.Machine) (list []custody.DepositID) {
		for _, d := range m.Deposits(func(vault.DepositView) bool { return true }) {
			list = append(list, d.ID)
		}
		return list
	}
	if diff := cmp.Diff(ids(g.vault), ids(again), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: replayed deposits:\n%s", g.name, diff)
	}
	if diff := cmp.Diff(g.vault.OpenClaims(), again.OpenClaims(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: replayed claims:\n%s", g.name, diff)
	}
}

func TestStory(t *testing.T) {
	s := tell(t, 0)
	s.check()
	if s.steps < 300 {
		t.Errorf("only %d steps", s.steps)
	}
}

// Every process is killed at every step that it takes: before a record is
// durable, after it, between the records of one answer, before an effect and
// after it. The story ends the same each time.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	whole := tell(t, 0)
	for fault := 1; fault <= whole.steps; fault++ {
		tell(t, fault).check()
		if t.Failed() {
			t.Fatalf("killed at step %d of %d", fault, whole.steps)
		}
	}
}

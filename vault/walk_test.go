package vault_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/vault"
)

// TestWalk lets everything happen in any order: payments, claims, halts,
// refunds, deaths, reorganisations above finality, blocks that leave extrinsics
// out, calls that fail, processes that lag. Then all heals, and everything has
// happened exactly once.
func TestWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &story{world: newWorld(t, 2, "ada", "bea", "cyd"), claims: map[string]vault.Claim{}}
		s.round()
		s.old = s.custodyAccount()
		flaky := rapid.Bool().Draw(t, "flaky")
		s.chain.failFor = func(j vault.Job, number uint64) bool { return flaky && j.Kind == vault.Payout && number%3 == 0 }
		unowned, owned := 0, 0
		names := []string{}
		// Enough for all claims.
		s.pay("alice", s.old, 500_000*unit, owner(1))
		owned++
		for range rapid.IntRange(20, 120).Draw(t, "length") {
			switch rapid.IntRange(0, 11).Draw(t, "what") {
			case 0:
				s.pay("alice", s.old, rapid.Uint64Range(10, 5000).Draw(t, "units")*unit+rapid.Uint64Range(0, unit-1).Draw(t, "dust"), owner(2))
				owned++
			case 1:
				s.pay("alice", s.watchEverywhere(owner(3)), rapid.Uint64Range(10, 5000).Draw(t, "units")*unit, nil)
				owned++
			case 2:
				s.pay("alice", s.old, 77*unit, nil)
				unowned++
			case 3:
				name := string(rune('a'+len(names)%26)) + string(rune('a'+len(names)/26))
				names = append(names, name)
				s.claim(name, rapid.Uint64Range(5, 3000).Draw(t, "claimed"), account(name))
			case 4:
				name := "bad" + string(rune('a'+len(names)))
				names = append(names, name)
				s.claim(name, 100, []byte("nowhere"))
			case 5:
				s.hub.asset.Halted = !s.hub.asset.Halted
			case 6:
				s.fault = s.steps + rapid.IntRange(1, 30).Draw(t, "death")
			case 7:
				s.chain.reorganise(rapid.IntRange(1, 2).Draw(t, "depth"))
			case 8:
				s.sendBack()
			default:
				taken := rapid.IntRange(0, 3).Draw(t, "taken")
				n := 0
				s.include = func(extrinsic) bool { n++; return n <= taken }
				s.hub.height++
				s.chain.produce(s.include)
				for _, g := range s.gateways {
					if rapid.IntRange(0, 3).Draw(t, "reads") > 0 {
						g.turn()
					}
				}
			}
			s.once()
		}
		s.include = func(extrinsic) bool { return true }
		s.hub.asset.Halted, s.fault, flaky = false, 0, false
		s.until(3000, "all is done", func() bool {
			s.sendBack()
			return len(s.hub.closed) == len(s.hub.opened) && len(s.hub.credited) == owned && s.balance(account("alice again")) == uint64(unowned)*77*unit &&
				s.balance(s.address(3)) == 0 && s.all(func(m *vault.Machine) bool {
				_, flying := m.InFlight()
				return !flying && len(m.Claims()) == 0 && m.Cursor().Number == s.chain.final()
			})
		})
		s.once()
		for _, name := range names {
			c := s.claims[name]
			end, paid := s.hub.closed[c.ID].Result, s.chain.executions(vault.JobID{Kind: vault.Payout, Ref: c.ID})
			if want := map[custody.Result]int{custody.Paid: 1, custody.Returned: 0}[end]; paid != want {
				t.Errorf("claim %s is %s after %d payments", name, end, paid)
			}
			if paid == 1 && s.balance(account(name)) != c.Amount*unit {
				t.Errorf("claim %s paid %d", name, s.balance(account(name)))
			}
		}
		for _, g := range s.gateways {
			s.books(g)
			for _, a := range g.alarms {
				t.Errorf("%s: alarm %d", g.name, a.Reason)
			}
		}
	})
}

// watchEverywhere announces an owner until all know it: who is dead hears of it
// when it is up again.
func (s *story) watchEverywhere(o *field.Element) vault.Account {
	for range 50 {
		a := s.watch(o)
		if s.watchedByAll() {
			return a
		}
		for _, g := range s.gateways {
			g.turn()
		}
	}
	s.t.Fatal("not watched")
	return vault.Account{}
}

// once demands that no claim is paid twice, at any time.
func (s *story) once() {
	for name, c := range s.claims {
		if n := s.chain.executions(vault.JobID{Kind: vault.Payout, Ref: c.ID}); n > 1 {
			s.t.Fatalf("claim %s is paid %d times", name, n)
		}
	}
}

package gateway

import (
	"flag"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/vault"
)

var everyStep = flag.Bool("every-step", false, "kill gateway processes at every step of their journals")

// TestKilledProcesses plays a custody's life with three processes that kill
// themselves with SIGKILL around the steps of their journals and are started
// again: one payout, one credit of each deposit, always.
//
// Plainly it is played once. In it each process dies around the first batch of
// each kind of record that it writes: before it is written, when half of it is,
// and when it is there, unsynced or with no effect carried out yet.
//
// With -every-step it is played by processes that live for one step each, and
// for each step of the journal, until no process lives to the next: every
// process alone and all at once, at every moment, back
// at once, after 40 blocks, or to die again before its first step, after its
// first and after its second.
//
// Not established: a power cut, in which the kernel loses what it was given. What
// it may leave of a journal is half a batch at most, and that is here.
func TestKilledProcesses(t *testing.T) {
	if *everyStep {
		killAtEveryStep(t)
		return
	}
	killAtEveryKind(t)
}

// allKinds are those of all records that may follow a journal's first batch.
func allKinds() (kinds []uint8) {
	for k := uint8(1); k <= 16; k++ {
		kinds = append(kinds, k)
	}
	return append(kinds, placeKind, anchorKind, alarmKind)
}

// unwritten are the kinds that the story does not write: no owner is
// dropped from the watch, no runtime changes and no alarm is raised.
var unwritten = []uint8{4, 9, alarmKind}

func killAtEveryKind(t *testing.T) {
	w := newProcessWorld(t)
	defer w.close()
	moments := map[string][]moment{"a": {before, torn, unsynced}, "b": {before, torn, after}, "c": {before, torn, unsynced}}
	for _, s := range w.sites {
		s.script = func(died []Dying) []death {
			if n := len(died); n < 2 {
				return []death{{Moment: opened, Step: n + 1}}
			}
			var left []death
			for _, m := range moments[s.name] {
				for _, k := range allKinds() {
					if !diedAt(died, m, k) {
						left = append(left, death{Moment: m, Kind: k})
					}
				}
			}
			return left
		}
	}
	w.start()
	w.story()
	deaths := 0
	written := map[uint8]bool{}
	for name, kinds := range w.end() {
		died := w.site(name).died
		deaths += len(died)
		for k := range kinds {
			written[k] = true
			for _, m := range moments[name] {
				if !diedAt(died, m, k) {
					t.Errorf("%s did not die at a record of kind %d: %s", name, k, m)
				}
			}
		}
	}
	for _, k := range allKinds() {
		if written[k] == slices.Contains(unwritten, k) {
			t.Errorf("records of kind %d are written: %v", k, written[k])
		}
	}
	t.Logf("%d deaths", deaths)
}

func diedAt(died []Dying, m moment, kind uint8) bool {
	return slices.ContainsFunc(died, func(d Dying) bool { return d.Moment == m && slices.Contains(d.Kinds, kind) })
}

// fate is what happens to a process after its death.
type fate struct {
	name   string
	away   int     // blocks until it lives again
	deaths []death // of its next lives
}

var fates = []fate{
	{"back at once", 0, nil},
	{"back after 40 blocks", 40, nil},
	{"dying again and again", 0, []death{{Moment: before, Step: 1}, {Moment: after, Step: 1}, {Moment: after, Step: 2}}},
}

// liveOneStep plays the story with processes that live for one step each: every
// step of the journal is died at before it is written, when half of it is, and
// when it is there. It returns the number of deaths.
func liveOneStep(t *testing.T, who string, durable moment) (deaths int) {
	w := newProcessWorld(t)
	defer w.close()
	moments := []moment{before, torn, durable}
	for _, s := range w.sites {
		if strings.Contains(who, s.name) {
			s.script = func(died []Dying) []death { return []death{{Moment: moments[len(died)%len(moments)], Step: 1}} }
		}
	}
	w.start()
	w.story()
	w.end()
	for _, s := range w.sites {
		if n := len(s.died); s.script != nil && n < 12*len(moments) {
			t.Errorf("%s died %d times", s.name, n)
		}
		deaths += len(s.died)
	}
	return deaths
}

func killAtEveryStep(t *testing.T) {
	var runs, deaths, second, steps atomic.Int64
	t.Run("one step", func(t *testing.T) {
		for _, who := range []string{"a", "b", "c", "abc"} {
			for _, m := range []moment{unsynced, after} {
				t.Run(who+"/"+string(m), func(t *testing.T) {
					t.Parallel()
					n := liveOneStep(t, who, m)
					t.Logf("%d deaths", n)
					runs.Add(1)
					steps.Add(1)
					deaths.Add(int64(n))
				})
			}
		}
	})
	t.Run("each", func(t *testing.T) {
		for _, who := range []string{"a", "b", "c", "abc"} {
			for _, m := range []moment{opened, before, torn, unsynced, after} {
				for _, f := range fates {
					t.Run(strings.Join([]string{who, string(m), f.name}, "/"), func(t *testing.T) {
						t.Parallel()
						last := 0
						// The number of steps depends on what comes in one batch, so that a
						// process may live past a number which it does not reach the next time.
						// Around the first batch there are two, and afterwards no end of rounds.
						for step := 1; step <= last+2 && (m != opened || step <= 2); step++ {
							died := play(t, who, death{Moment: m, Step: step}, f)
							if t.Failed() {
								t.Fatalf("killed at step %d", step)
							}
							runs.Add(1)
							for _, n := range died {
								deaths.Add(int64(n))
								second.Add(int64(max(0, n-1)))
							}
							if len(died) > 0 {
								last = step
								steps.Add(1)
							}
						}
						t.Logf("it died at %d steps", last)
						if m == opened && last != 2 || m != opened && last < 12 {
							t.Error("those are not all")
						}
					})
				}
			}
		}
	})
	t.Logf("%d runs, %d of them with a death at a step of the journal; %d deaths, %d of them soon after a first one", runs.Load(), steps.Load(), deaths.Load(), second.Load())
	if !t.Failed() {
		t.Log("ok: one payout, one credit of each deposit, every time")
	}
}

// play plays the story with one death of each of who, and what follows it. It
// returns how often each one died that did.
func play(t *testing.T, who string, first death, f fate) map[string]int {
	w := newProcessWorld(t)
	defer w.close()
	deaths := append([]death{first}, f.deaths...)
	for _, s := range w.sites {
		if !strings.Contains(who, s.name) {
			continue
		}
		s.away = f.away
		s.script = func(died []Dying) []death {
			if n := len(died); n < len(deaths) {
				return deaths[n : n+1]
			}
			return nil
		}
	}
	w.start()
	w.story()
	w.end()
	out := map[string]int{}
	for _, s := range w.sites {
		if len(s.died) > 0 {
			out[s.name] = len(s.died)
		}
	}
	return out
}

// story is the custody's life that story_test.go tells.
func (w *processWorld) story() {
	w.until("signers are known", func() bool { return w.everybody(func(s Status) bool { return s.Custody != "" }) })
	account, custodian := adapter{w.outside, vault.Account{}}, w.custody()
	var address vault.Account
	for _, s := range w.sites {
		w.until("an announcement is taken", func() bool {
			var got gate.Watched
			ok := s.ask(s.public, http.MethodPost, "/v1/watch", gate.Watch{Asset: ksm, Owner: bob.Bytes()}, &got)
			address = vault.Account(got.Account)
			return ok
		})
	}
	w.outside.pay(payment{payer, custodian, 5_000_000_123, &alice})
	w.outside.pay(payment{payer, address, 7_000_000_000, nil})
	w.outside.pay(payment{payer, custodian, 3_000_000_000, nil}) // for nobody
	w.until("both deposits are credited", func() bool { total, _ := w.deposited(); return total == 12_000_000 })
	var orphan gate.Hash
	w.until("the deposit for nobody is held", func() bool {
		return w.everybody(func(s Status) bool {
			at := slices.IndexFunc(s.Deposits, func(d DepositStatus) bool { return d.State == gate.DepositHeld })
			if at >= 0 {
				orphan = s.Deposits[at].ID
			}
			return at >= 0 && len(s.Deposits) == 1
		})
	})
	for _, s := range w.sites[:2] { // m operators
		order := RefundOrder{Deposit: orphan, To: account.Address(payer)}
		w.until("the order is taken", func() bool { return s.ask(s.private, http.MethodPost, "/refund", order, new(DepositStatus)) })
	}
	good, paid := withdrawal(w, 1, ksm, 2_000_000, payee[:])
	bad, returned := withdrawal(w, 2, ksm, 1_000_000, []byte("nobody"))
	w.tick(good, bad)
	w.until("both withdrawals are closed", func() bool { return w.claim(paid) != 0 && w.claim(returned) != 0 })
	w.until("the deposit for nobody is back", func() bool { return w.balance(payer) >= 3_000_000_000 })
	w.until("the deposit address is swept", func() bool { return w.balance(address) == 0 })
	for range 14 { // whoever would pay again has 70 blocks' time to
		for range 4 {
			w.hub.block()
			w.outside.block()
		}
		w.tick()
	}
	if got := w.claim(paid); got != custody.Paid || w.balance(payee) != 2_000_000_000 {
		w.Errorf("%v, %d received", got, w.balance(payee))
	}
	if got := w.claim(returned); got != custody.Returned {
		w.Errorf("%v", got)
	}
	w.outside.mu.Lock()
	executed := maps.Clone(w.outside.executed)
	w.outside.mu.Unlock()
	for id, n := range executed {
		if n != 1 {
			w.Errorf("job %v was executed %d times", id, n)
		}
	}
	if executed[vault.JobID{Kind: vault.Payout, Ref: paid}] != 1 || len(executed) != 3 {
		w.Errorf("a payout, a sweep and a refund are due: %v", executed)
	}
	if total, n := w.deposited(); n != 2 || total != 12_000_000 {
		w.Errorf("%d deposits, %d credited", n, total)
	}
	// To the unit: what was there and came, less what was paid and sent back.
	held := uint64(1_000_000_000 + 5_000_000_123 + 7_000_000_000 - 2_000_000_000)
	if got := w.balance(custodian); got != held || w.balance(payer) != 3_000_000_000 {
		w.Errorf("custody holds %d of %d, the payer %d", got, held, w.balance(payer))
	}
	w.until("everybody lives, and their books are the chain's", func() bool {
		return w.everybody(func(s Status) bool {
			return len(s.Balances) == 1 && s.Balances[0].Proven == amount.WideOf(held) && s.Balances[0].Books == s.Balances[0].Proven
		})
	})
	for _, s := range w.sites { // the last step of a journal may come, and a death with it, as late as now
		var status Status
		w.until(s.name+" says how it is", func() (ok bool) { status, ok = s.status(); return ok })
		if status.Stopped || len(status.Alarms) > 0 || len(status.Claims) > 0 || len(status.Deposits) > 0 {
			w.Errorf("%s: %+v", s.name, status)
		}
		owner := alice.Bytes()
		var got gate.Deposits
		w.until(s.name+" tells the owner", func() bool {
			return s.ask(s.public, http.MethodGet, "/v1/deposits?owner="+gate.Hash(owner).String(), nil, &got)
		})
		if len(got.Deposits) != 1 || got.Deposits[0].State != gate.DepositCredited {
			w.Errorf("%s tells the owner: %+v", s.name, got)
		}
	}
}

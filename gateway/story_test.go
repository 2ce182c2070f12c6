package gateway

import (
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/vault"
)

var (
	alice = field.FromUint64(101)
	bob   = field.FromUint64(102)
	payer = vault.Account(sha256.Sum256([]byte("payer")))
	payee = vault.Account(sha256.Sum256([]byte("payee")))
)

// story is a custody's life: deposits by both ways, one that nobody can be
// credited for and goes back, a withdrawal that is paid and one that can't be.
func story(t *testing.T, w *world) {
	w.until("signers are known", func() bool { return w.all(known) })
	address := w.announce(bob, nil)
	w.outside.pay(payment{payer, w.custody(), 5_000_000_123, &alice})
	w.outside.pay(payment{payer, address, 7_000_000_000, nil})
	w.outside.pay(payment{payer, w.custody(), 3_000_000_000, nil}) // for nobody
	w.until("both deposits are credited", func() bool { return w.hub.pool.Deposited == 12_000_000 })
	w.until("the deposit for nobody is held", func() bool {
		return w.all(func(s *site) bool { return len(held(s)) == 1 })
	})
	orphan := held(w.sites[0])[0]
	for _, s := range w.sites[:2] { // m operators
		order := RefundOrder{Deposit: orphan, To: s.g.Adapter.Address(payer)}
		w.until("the order is taken", func() bool {
			return call(w, s.g.private(), "POST", "/refund", order, new(DepositStatus)) == 200
		})
	}
	before := w.outside.balances[payer]
	good, paid := withdrawal(t, 1, ksm, 2_000_000, payee[:])
	bad, returned := withdrawal(t, 2, ksm, 1_000_000, []byte("nobody"))
	w.tick(good, bad)
	w.until("both withdrawals are closed", func() bool {
		return w.hub.claims[paid].Closed != 0 && w.hub.claims[returned].Closed != 0
	})
	w.until("the deposit for nobody is back", func() bool { return w.outside.balances[payer] == before+3_000_000_000 })
	w.until("the deposit address is swept", func() bool { return w.outside.balances[address] == 0 })
	for range 70 { // whoever would pay again had time to
		w.tick()
	}
	if c := w.hub.claims[paid]; c.Closed != custody.Paid || w.outside.balances[payee] != 2_000_000_000 {
		t.Errorf("%v, %d received", c.Closed, w.outside.balances[payee])
	}
	if c := w.hub.claims[returned]; c.Closed != custody.Returned {
		t.Errorf("%v", c.Closed)
	}
	for id, n := range w.outside.executed {
		if n != 1 {
			t.Errorf("job %v was executed %d times", id, n)
		}
	}
	if n := len(w.hub.deposits); n != 2 || w.hub.pool.Deposited != 12_000_000 {
		t.Errorf("%d deposits, %d credited", n, w.hub.pool.Deposited)
	}
	// To the unit: what came, less what was paid and sent back.
	if got, want := w.outside.balances[w.custody()], uint64(5_000_000_123+7_000_000_000-2_000_000_000); got != want {
		t.Errorf("custody holds %d, want %d", got, want)
	}
	for _, s := range w.sites {
		if s.g.status().Stopped {
			t.Errorf("%s: the books and the chain differ", s.name)
		}
		for _, a := range s.g.alarms() {
			t.Errorf("%s: %+v", s.name, a)
		}
	}
}

// known reports whether a gateway knows the custody account.
func known(s *site) bool { return s.g.status().Custody != "" }

// held are the deposits that a gateway holds.
func held(s *site) (ids []gate.Hash) {
	for _, d := range s.g.status().Deposits {
		if d.State == gate.DepositHeld {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

func TestStory(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	story(t, w)
	for _, s := range w.sites {
		if len(s.g.core.anchors) == 0 {
			t.Errorf("%s knows no anchor", s.name)
		}
	}
}

// TestKilledAtEveryStep: every process dies at one step of its journal, before
// or after the step is on the disk, and is started again: the story is the same.
// Steps are enumerated until no process lives to the next.
func TestKilledAtEveryStep(t *testing.T) {
	for step, died := 1, true; died; step++ {
		died = false
		for _, after := range []bool{false, true} {
			w := newWorld(t, "a", "b", "c")
			for _, s := range w.sites {
				s.dieAt, s.after = step, after
			}
			story(t, w)
			for _, s := range w.sites {
				died = died || s.deaths > 0
				s.stop()
			}
			if t.Failed() {
				t.Fatalf("killed at step %d, after it: %v", step, after)
			}
		}
		if !died && step < 12 {
			t.Fatalf("only %d steps", step)
		}
	}
}

// TestPeersAfterRestart: a gateway that was started again counts its signatures
// anew, and those that Nightjar has are not told any more.
func TestPeersAfterRestart(t *testing.T) {
	w := ready(t, "a", "b")
	for i := range uint64(3) {
		w.outside.pay(payment{payer, w.custody(), 1_000_000_000, &alice})
		w.until("it is credited", func() bool { return w.hub.pool.Deposited == 1_000_000*(i+1) })
	}
	w.tick()
	w.tick()
	for _, s := range w.sites {
		if p := s.g.published.page("", 0); len(p.Signed) != 0 || p.Next < 3 {
			t.Errorf("%s still tells %d signatures of %d", s.name, len(p.Signed), p.Next)
		}
	}
	w.sites[0].kill()
	w.tick()
	if b := w.sites[1].g.peers[0]; b.run != w.sites[0].g.published.run || b.next != 0 {
		t.Error("a reader does not begin anew")
	}
	w.outside.pay(payment{payer, w.custody(), 1_000_000_000, &alice})
	w.until("it is credited", func() bool { return w.hub.pool.Deposited == 4_000_000 })
	if p := w.sites[0].g.published; p.next > 2 {
		t.Errorf("it counts on: %d", p.next)
	}
}

// TestPagesOfSignatures: a reader gets all, in order, each once, however many.
func TestPagesOfSignatures(t *testing.T) {
	p := newPublished()
	var want []string
	for i := range uint64(2*pageSignatures + 7) {
		d := custody.Deposit{Reference: custody.Reference{Chain: chainNumber, Index: uint32(i)}, Asset: ksm, Amount: i + 1, C: alice}
		s, err := vault.DecodeSigned(attest("b", d))
		if err != nil {
			t.Fatal(err)
		}
		p.add(chainID, s)
		p.add(chainID, s) // again, as after a rotation
		if i%5 == 0 {
			p.drop(d.Reference.ID(chainID))
			continue
		}
		want = append(want, hexOf(s.Encode()))
	}
	var got []string
	for since := uint64(0); ; {
		page := p.page(p.run, since)
		got = append(got, page.Signed...)
		if since = page.Next; len(page.Signed) < pageSignatures {
			break
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("%d signatures, want %d", len(got), len(want))
	}
	if page := p.page("another run", p.next); len(page.Signed) != pageSignatures || page.Signed[0] != want[0] {
		t.Error("a reader of an earlier run does not begin anew")
	}
	if page := p.page(p.run, p.next); len(page.Signed) != 0 || page.Next != p.next {
		t.Errorf("more after the last: %+v", page)
	}
}

// TestRestartReadsLittle: a gateway that is started again reads few blocks of
// Nightjar again.
func TestRestartReadsLittle(t *testing.T) {
	w := ready(t, "a")
	s := w.sites[0]
	for range 2 * placeEvery {
		w.hub.block()
		if len(w.hub.blocks)%50 == 0 {
			w.tick()
		}
	}
	s.kill()
	if at := s.g.follower.place.Height; at+placeEvery+50 < uint64(len(w.hub.blocks)) {
		t.Errorf("it begins at %d of %d", at, len(w.hub.blocks))
	}
}

// TestAnchorsAreKeptOnce: a block that is read again after a crash tells its
// anchors again.
func TestAnchorsAreKeptOnce(t *testing.T) {
	var list []Anchor
	for i := range uint64(keptAnchors + 5) {
		for range 2 {
			list = keepAnchor(list, Anchor{Height: i})
		}
	}
	if len(list) != keptAnchors || list[0].Height != 5 || list[keptAnchors-1].Height != keptAnchors+4 {
		t.Errorf("%d anchors from %d", len(list), list[0].Height)
	}
}

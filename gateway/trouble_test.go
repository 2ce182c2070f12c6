package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// stands reports whether an alarm stands at a site.
func stands(s *site, reason condition) bool {
	return slices.ContainsFunc(s.g.status().Alarms, func(a AlarmStatus) bool { return a.Reason == string(reason) })
}

// TestTroubleIsSaidAndEnds: what keeps money waiting stands in the status while
// it lasts, and money moves again afterwards.
func TestTroubleIsSaidAndEnds(t *testing.T) {
	refused := rejection.New(rejection.ProofRoot, "a lie")
	for _, c := range []struct {
		name   string
		reason condition
		begin  func(*world)
		end    func(*world)
	}{
		{"Nightjar's node is away", nodeAway, func(w *world) { w.hub.fail = errAway }, func(w *world) { w.hub.fail = nil }},
		{"it lies", nodeLies, func(w *world) { w.hub.fail = client.ErrUnverified }, func(w *world) { w.hub.fail = nil }},
		{"the external chain is away", chainAway, func(w *world) { w.outside.fail = errAway }, func(w *world) { w.outside.fail = nil }},
		{"it lies", chainLies, func(w *world) { w.outside.fail = refused }, func(w *world) { w.outside.fail = nil }},
		{"another runtime", runtimeNew, func(w *world) { w.outside.fail = rejection.New(rejection.RuntimeChanged, "") }, func(w *world) { w.outside.fail = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ready(t, "a", "b")
			c.begin(w)
			w.outside.pay(payment{payer, w.custody(), 5_000_000_000, &alice})
			for range 20 {
				w.tick()
			}
			if !w.all(func(s *site) bool { return stands(s, c.reason) }) || len(w.hub.deposits) != 0 {
				t.Errorf("%+v", w.sites[0].g.alarms())
			}
			c.end(w)
			w.until("it is credited", func() bool { return w.hub.pool.Deposited == 5_000_000 })
			w.tick()
			if !w.all(func(s *site) bool { return !stands(s, c.reason) || c.reason == runtimeNew }) {
				t.Errorf("it is over: %+v", w.sites[0].g.alarms())
			}
		})
	}
}

// TestDeferralsAreSaid: each reason why a payment waits is told to the operator
// and to who waits; nothing is journaled for it, and it is paid afterwards.
func TestDeferralsAreSaid(t *testing.T) {
	for why, reason := range map[vault.Deferral]condition{
		vault.DeferFee: feeHigh, vault.DeferFunds: fundsLow, vault.DeferRuntime: runtimeNew, vault.DeferNode: chainAway,
	} {
		t.Run(string(reason), func(t *testing.T) {
			w := ready(t, "a", "b", "c")
			w.outside.pay(payment{payer, w.custody(), 5_000_000_000, &alice})
			w.until("it is credited", func() bool { return w.hub.pool.Deposited == 5_000_000 })
			w.outside.deferral = why
			tx, id := withdrawal(t, 1, ksm, 1_000_000, payee[:])
			w.tick(tx)
			w.until("it waits", func() bool {
				return slices.ContainsFunc(w.sites, func(s *site) bool {
					var got gate.Claim
					call(w, s.g.public(), "GET", "/v1/claims/"+gate.Hash(id).String(), nil, &got)
					return got.Reason == "WAITS_FOR_"+waits[why] && stands(s, reason)
				})
			})
			if len(w.outside.pool) != 0 || len(w.outside.executed) != 0 {
				t.Error("something was sent")
			}
			w.outside.deferral = 0
			w.until("it is paid", func() bool { return w.hub.claims[id].Closed != 0 })
			if w.outside.balances[payee] != 1_000_000_000 {
				t.Errorf("%d", w.outside.balances[payee])
			}
		})
	}
}

// TestFinalityBrokenEnds: a final block that is another one now ends the gateway,
// and no restart gets past it.
func TestFinalityBrokenEnds(t *testing.T) {
	w := ready(t, "a")
	s := w.sites[0]
	for range 3 {
		w.tick()
	}
	last := len(w.outside.blocks) - 1
	w.outside.blocks[last].Hash[0] ^= 1
	if err := s.g.round(t.Context()); !errors.Is(err, rejection.FinalityBroken) {
		t.Errorf("the newest block: %v", err)
	}
	w.outside.blocks[last].Hash[0] ^= 1
	if err := s.g.round(t.Context()); err != nil {
		t.Errorf("control: %v", err)
	}
	w.outside.blocks[last].Hash[0] ^= 1
	w.outside.block()
	if err := s.g.round(t.Context()); !errors.Is(err, rejection.FinalityBroken) {
		t.Errorf("a later block on another one: %v", err)
	}
}

// TestMissingMoneyStopsPayments: an account that holds less than the books say
// stops payments and raises an alarm; when it is whole again they go on.
func TestMissingMoneyStopsPayments(t *testing.T) {
	w := ready(t, "a", "b", "c")
	w.outside.pay(payment{payer, w.custody(), 5_000_000_000, &alice})
	w.until("it is credited", func() bool { return w.hub.pool.Deposited == 5_000_000 })
	w.outside.balances[w.custody()]-- // without a transfer
	w.tick()
	w.tick()
	tx, id := withdrawal(t, 1, ksm, 1_000_000, payee[:])
	w.tick(tx)
	for range 100 {
		w.tick()
	}
	for _, s := range w.sites {
		if st := s.g.status(); !st.Stopped || len(st.Alarms) != 1 || st.Alarms[0].Reason != "SHORT" {
			t.Errorf("%s: %v %+v", s.name, st.Stopped, st.Alarms)
		}
	}
	if w.hub.claims[id].Closed != 0 || len(w.outside.executed) != 0 {
		t.Error("something was paid")
	}
	w.outside.balances[w.custody()] += 2 // one more than the books is no fault
	w.until("it is paid", func() bool { return w.hub.claims[id].Closed != 0 })
}

// TestBooksBeginWithWhatIsThere: what the custody account held before the journal
// began is in the books, so that paying it is no loss.
func TestBooksBeginWithWhatIsThere(t *testing.T) {
	w := newWorld(t)
	custody := w.custody()
	w.outside.balances[custody] = 9_000_000_000
	w.outside.block()
	for _, name := range []string{"a", "b", "c"} {
		w.sites = append(w.sites, &site{w: w, name: name, journal: t.TempDir() + "/journal"})
	}
	for _, s := range w.sites {
		s.boot()
	}
	w.until("signers are known", func() bool { return w.all(known) })
	w.hub.pool.Deposited = 9_000_000
	tx, id := withdrawal(t, 1, ksm, 8_000_000, payee[:])
	w.tick(tx)
	w.until("it is paid", func() bool { return w.hub.claims[id].Closed != 0 })
	for range 3 {
		w.tick()
	}
	for _, s := range w.sites {
		if st := s.g.status(); st.Stopped || len(st.Alarms) != 0 || st.Balances[0].Books.String() != "1000000000" {
			t.Errorf("%s: %+v", s.name, st)
		}
	}
}

// racing is an adapter under which an owner is announced while a block is read.
type racing struct {
	adapter
	once func()
}

func (r *racing) Next(ctx context.Context, after vault.Cursor, w Watch) (Scan, bool, error) {
	s, ok, err := r.adapter.Next(ctx, after, w)
	if r.once != nil && len(s.Transfers) == 0 && ok {
		once := r.once
		r.once = nil
		once()
	}
	return s, ok, err
}

// TestAnnouncedWhileReading: a deposit in a block that was being read when its
// owner was announced is not missed.
func TestAnnouncedWhileReading(t *testing.T) {
	w := ready(t, "a", "b")
	address := adapter{w.outside, vault.Account{}}.Deposit(w.custody(), bob)
	for _, s := range w.sites {
		g := s.g
		g.Adapter = &racing{adapter{w.outside, vault.Account(g.Vault.Key)}, func() {
			call(w, g.public(), http.MethodPost, "/v1/watch", gate.Watch{Asset: ksm, Owner: bob.Bytes()}, nil)
		}}
	}
	w.outside.pay(payment{payer, address, 7_000_000_000, nil})
	w.until("it is credited", func() bool { return w.hub.pool.Deposited == 7_000_000 })
}

// TestAnchorTurns: one signer in turn anchors; the next one steps in where it is
// away, and a forged anchor is an alarm.
func TestAnchorTurns(t *testing.T) {
	w := ready(t, "a", "b", "c")
	heights := func() map[uint64][]string {
		out := map[uint64][]string{}
		for _, b := range w.outside.blocks {
			for _, a := range b.Anchors {
				for _, s := range w.sites {
					if publicKey(testKey(s.name)) == a.By {
						out[a.Height] = append(out[a.Height], s.name)
					}
				}
			}
		}
		return out
	}
	w.until("three anchors", func() bool { return len(heights()) >= 3 })
	by := map[string]bool{}
	for height, names := range heights() {
		if len(names) != 1 || height%50 != 0 {
			t.Errorf("height %d is anchored by %v", height, names)
		}
		by[names[0]] = true
	}
	if len(by) != 3 {
		t.Errorf("anchored by %v", by)
	}
	for _, s := range w.sites {
		var got gate.Anchors
		if call(w, s.g.public(), "GET", "/v1/anchors", nil, &got); len(got.Anchors) < 3 {
			t.Errorf("%s tells %d anchors", s.name, len(got.Anchors))
		}
	}
	// One of three is away: every height is anchored all the same.
	away := w.sites[0]
	w.sites = w.sites[1:]
	before := len(heights())
	w.until("three more", func() bool { return len(heights()) >= before+3 })
	w.sites = append(w.sites, away)

	s := w.sites[0]
	if stands(s, anchorForged) {
		t.Fatal("control")
	}
	head, _ := s.g.follower.headers.at(s.g.follower.place.Height)
	s.g.sawAnchors([]Anchor{{Height: head.Height, App: head.AppHash, Validators: head.Validators}})
	if stands(s, anchorForged) {
		t.Fatal("the true anchor is forged")
	}
	s.g.sawAnchors([]Anchor{{Height: head.Height, App: [32]byte{0xee}, Validators: head.Validators}})
	if !stands(s, anchorForged) {
		t.Error("a forged anchor is no alarm")
	}
}

// TestLoops runs the gateways as processes run them, over real sockets, with
// blocks as time goes by.
func TestLoops(t *testing.T) {
	w := &world{T: t, hub: newHub(signersOf(2, "a", "b", "c")), outside: newOutside()}
	var configs []Config
	var urls []string
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, name := range []string{"a", "b", "c"} {
		s := &site{w: w, name: name, journal: t.TempDir() + "/journal"}
		c := s.config()
		c.Public, c.Private, c.Log = listen(), listen(), slog.New(slog.DiscardHandler)
		c.Pace = Pace{Round: 2 * time.Millisecond, Peer: 2 * time.Millisecond, Reconcile: 10 * time.Millisecond}
		configs = append(configs, c)
		urls = append(urls, "http://"+c.Public.Addr().String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for i, c := range configs {
		c.Peers = slices.Delete(slices.Clone(urls), i, i+1)
		wait.Go(func() {
			if err := Run(ctx, c); !errors.Is(err, context.Canceled) && err != nil {
				t.Errorf("a gateway ended: %v", err)
			}
		})
	}
	wait.Go(func() {
		for ctx.Err() == nil {
			w.hub.block()
			w.outside.block()
			_ = sleep(ctx, 5*time.Millisecond)
		}
	})
	limited, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	await := func(what string, done func() bool) {
		t.Helper()
		for !done() {
			if sleep(limited, 5*time.Millisecond) != nil {
				t.Fatalf("never: %s", what)
			}
		}
	}
	deposited := func() uint64 {
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		return w.hub.pool.Deposited
	}
	wallet, err := gate.New(urls[0])
	if err != nil {
		t.Fatal(err)
	}
	defer wallet.Close()
	await("the gateway knows its custody account", func() bool {
		s, err := wallet.Status(limited)
		return err == nil && s.Chain.Custody != gate.Hash{} && s.Network == chainID
	})
	w.outside.pay(payment{payer, w.custody(), 5_000_000_000, &alice})
	await("it is credited", func() bool { return deposited() == 5_000_000 })
	await("the wallet hears so", func() bool {
		d, err := wallet.Deposits(limited, alice)
		return err == nil && len(d) == 1 && d[0].State == gate.DepositCredited
	})
	tx, id := withdrawal(t, 1, ksm, 2_000_000, payee[:])
	w.hub.block(tx)
	await("it is paid", func() bool {
		c, err := wallet.Claim(limited, id)
		return err == nil && c.State == gate.ClaimClosed && c.Payment != nil
	})
	res, err := http.Get(urls[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text strings.Builder
	buffer := make([]byte, 1<<16)
	for {
		n, err := res.Body.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	for _, name := range []string{"nightjar_gateway_height ", "nightjar_gateway_external_block ", `nightjar_gateway_signatures_total{origin="own",outcome="taken"}`, "nightjar_gateway_payments_stopped 0"} {
		if !strings.Contains(text.String(), name) {
			t.Errorf("no metric %s", name)
		}
	}
	cancel()
	wait.Wait()
	if w.outside.balances[payee] != 2_000_000_000 {
		t.Errorf("%d received", w.outside.balances[payee])
	}
}

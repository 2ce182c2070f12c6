package gateway

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// Bounds of what anybody may ask.
const (
	maxRequest  = 4 << 10 // bytes of a body
	bodyTimeout = 10 * time.Second
	lookTimeout = 20 * time.Second
	maxLooks    = 2 // at a time
	maxListed   = 1000
)

// limits bound what strangers cost: an announcement is journaled, and a look at
// an old block asks a node of the external chain.
type limits struct {
	read     *bucket // depositors' questions
	peers    *bucket // signatures: strangers' questions must not hold them up
	announce *bucket
	look     *bucket
	looking  chan struct{}
}

func newLimits(now func() time.Time) limits {
	return limits{
		read: newBucket(now, 200, 400), peers: newBucket(now, 100, 200), announce: newBucket(now, 5, 50), look: newBucket(now, 0.5, 10),
		looking: make(chan struct{}, maxLooks),
	}
}

// bucket lets through a rate of requests, and a burst of them.
type bucket struct {
	now   func() time.Time
	rate  float64 // a second
	burst float64

	mu   sync.Mutex
	left float64
	at   time.Time
}

func newBucket(now func() time.Time, rate, burst float64) *bucket {
	return &bucket{now: now, rate: rate, burst: burst, left: burst, at: now()}
}

func (b *bucket) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.left = min(b.burst, b.left+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

var (
	errBusy        = errors.New("too many requests")
	errTooFewPeers = errors.New("too few gateways are heard")
)

// public serves depositors and the other gateways.
func (g *Gateway) public() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", g.route("status", g.serveStatus))
	mux.HandleFunc("POST /v1/watch", g.route("watch", g.serveWatch))
	mux.HandleFunc("GET /v1/deposits", g.route("deposits", g.serveDeposits))
	mux.HandleFunc("GET /v1/claims/{id}", g.route("claims", g.serveClaim))
	mux.HandleFunc("GET /v1/anchors", g.route("anchors", g.serveAnchors))
	mux.HandleFunc("GET /v1/signatures", g.route("signatures", g.serveSignatures))
	mux.Handle("GET /metrics", daemon.MetricsHandler(g.registry))
	return mux
}

// route answers with JSON: a value, or a refusal.
func (g *Gateway) route(name string, f func(*http.Request) (any, error)) http.HandlerFunc {
	limit := g.limits.read
	if name == "signatures" {
		limit = g.limits.peers
	}
	return func(w http.ResponseWriter, r *http.Request) {
		// A body that never comes is not waited for. Not every writer has deadlines;
		// those of the network do.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
		if !limit.take() {
			g.metrics.requests.WithLabelValues(name, "busy").Inc()
			http.Error(w, errBusy.Error(), http.StatusServiceUnavailable)
			return
		}
		answer, err := f(r)
		g.metrics.requests.WithLabelValues(name, outcome(err)).Inc()
		reply(w, answer, err)
	}
}

func outcome(err error) string {
	var refused *rejection.Rejection
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return refused.Code.Name()
	case errors.Is(err, errBusy):
		return "busy"
	}
	return "failed"
}

// reply writes an answer. A refusal is the request's fault; of anything else the
// log, and not a stranger, hears the reason.
func reply(w http.ResponseWriter, answer any, err error) {
	var refused *rejection.Rejection
	status := http.StatusOK
	switch {
	case errors.As(err, &refused):
		status = http.StatusBadRequest
		if refused.Code == rejection.UnknownClaim || refused.Code == rejection.UnknownDeposit {
			status = http.StatusNotFound
		}
		answer = gate.Refusal{Code: refused.Code.Name(), Number: uint16(refused.Code), Detail: refused.Detail}
	case errors.Is(err, errBusy):
		http.Error(w, errBusy.Error(), http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, "the gateway can't answer now", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error means that the reader went away.
	_ = json.NewEncoder(w).Encode(answer)
}

// body reads a request's one JSON value.
func body(r *http.Request, into any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		return rejection.New(rejection.BadRequest, "a body of at most %d bytes is expected", maxRequest)
	}
	return parse(raw, into)
}

func (g *Gateway) serveStatus(*http.Request) (any, error) {
	s := gate.Status{
		Network: g.Vault.ChainID, Signer: g.Vault.Key,
		Chain:   gate.Chain{Number: g.Vault.Chain, Name: g.Name, Prefix: g.Prefix},
		Default: limitOf(g.Vault.Default),
		Limits:  []gate.Limit{},
		Alarms:  []string{},
	}
	for _, l := range g.Vault.Limits {
		s.Limits = append(s.Limits, limitOf(l))
	}
	g.core.look(func(m *vault.Machine) {
		s.Chain.Finalized = m.Cursor().Number
		if c, ok := m.Custody(); ok {
			s.Chain.Custody = c.Custody
		}
	})
	g.rounds.mu.Lock()
	s.Height = g.rounds.hub.Height
	g.rounds.mu.Unlock()
	for _, a := range g.alarms() {
		if n := len(s.Alarms); n == 0 || s.Alarms[n-1] != a.Reason {
			s.Alarms = append(s.Alarms, a.Reason)
		}
	}
	return s, nil
}

func limitOf(l vault.Limit) gate.Limit {
	return gate.Limit{Asset: l.Asset, Rate: l.Rate, Window: l.Window, MaxDelay: l.MaxDelay}
}

// serveWatch begins to look for an owner's deposits. What it answers is
// computed, like what it will find is proven: a wallet compares it with its own.
func (g *Gateway) serveWatch(r *http.Request) (any, error) {
	var w gate.Watch
	if err := body(r, &w); err != nil {
		return nil, err
	}
	owner, err := field.FromBytes(w.Owner[:])
	if err != nil {
		return nil, err
	}
	if _, ok := g.asset(w.Asset); !ok {
		return nil, rejection.New(rejection.UnknownAsset, "asset %d on chain %d", w.Asset, g.Vault.Chain)
	}
	if !g.limits.announce.take() {
		return nil, errBusy
	}
	var account vault.Account
	err = g.core.ask(func(m *vault.Machine) (records []vault.Record, _ []vault.Effect, err error) {
		account, records, err = m.Watch(owner)
		return records, nil, err
	})
	if err != nil {
		return nil, err
	}
	if w.Block != nil {
		if err := g.lookAt(r.Context(), *w.Block); err != nil {
			return nil, err
		}
	}
	return gate.Watched{Account: account, Address: g.Adapter.Address(account)}, nil
}

// lookAt reads a block that is over again, for addresses that were not watched
// then.
func (g *Gateway) lookAt(ctx context.Context, hash [32]byte) error {
	if !g.limits.look.take() {
		return errBusy
	}
	select {
	case g.limits.looking <- struct{}{}:
		defer func() { <-g.limits.looking }()
	default:
		return errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	watch, _ := g.core.watch()
	s, ok, err := g.Adapter.Look(ctx, hash, watch)
	if err != nil {
		return err
	}
	if !ok {
		return rejection.New(rejection.NotFinal, "block %x", hash)
	}
	return g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) {
		if s.Number > m.Cursor().Number {
			return nil, nil, nil // it will be read
		}
		return m.OnPast(s.Block)
	})
}

// asset returns an asset of the external chain.
func (g *Gateway) asset(id uint32) (vault.Asset, bool) {
	g.rounds.mu.Lock()
	defer g.rounds.mu.Unlock()
	for _, a := range g.rounds.hub.Assets {
		if a.ID == id {
			return a, true
		}
	}
	return vault.Asset{}, false
}

func (g *Gateway) serveDeposits(r *http.Request) (any, error) {
	raw, err := hash32(r.URL.Query().Get("owner"))
	if err != nil {
		return nil, err
	}
	owner, err := field.FromBytes(raw[:])
	if err != nil {
		return nil, err
	}
	out := gate.Deposits{Deposits: []gate.Deposit{}}
	list := g.core.depositsOf(owner)
	for _, v := range list[max(0, len(list)-maxListed):] {
		out.Deposits = append(out.Deposits, depositOf(v))
	}
	return out, nil
}

var depositStates = map[vault.DepositState]string{
	vault.DepositHeld: gate.DepositHeld, vault.DepositDue: gate.DepositDue, vault.DepositAttested: gate.DepositAttested,
	vault.DepositCredited: gate.DepositCredited, vault.DepositRefunding: gate.DepositRefunding, vault.DepositRefunded: gate.DepositRefunded,
}

var heldReasons = map[vault.HeldReason]string{
	vault.Unread: "UNREAD", vault.Unattributed: "UNATTRIBUTED", vault.UnknownAsset: "UNKNOWN_ASSET", vault.DepositsHalted: "HALTED",
	vault.RoundsToZero: "ROUNDS_TO_ZERO", vault.BelowMinimum: "BELOW_MINIMUM", vault.AboveLimit: "ABOVE_LIMIT",
	vault.SupplyCap: "SUPPLY_CAP", vault.OldCustody: "OLD_CUSTODY",
}

func referenceOf(f custody.Reference) gate.Reference {
	return gate.Reference{Chain: f.Chain, Block: f.Hash, Index: f.Index}
}

func depositOf(v vault.DepositView) gate.Deposit {
	return gate.Deposit{
		ID: gate.Hash(v.ID), Reference: referenceOf(v.Reference), Number: v.Number,
		Asset: v.Asset, Amount: v.Units, Units: v.Amount, Dust: v.Dust,
		State: depositStates[v.State], Reason: heldReasons[v.Reason], Signatures: v.Signatures, Needed: v.Needed,
	}
}

func (g *Gateway) serveClaim(r *http.Request) (any, error) {
	id, err := hash32(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var v vault.ClaimView
	var ok bool
	g.core.look(func(m *vault.Machine) { v, ok = m.Claim(custody.ClaimID(id)) })
	if !ok {
		return nil, rejection.New(rejection.UnknownClaim, "%x", id)
	}
	return claimOf(v), nil
}

var claimStates = map[vault.ClaimState]string{
	vault.ClaimWaiting: gate.ClaimWaiting, vault.ClaimPayable: gate.ClaimPayable, vault.ClaimApproving: gate.ClaimApproving,
	vault.ClaimPaid: gate.ClaimPaid, vault.ClaimReturned: gate.ClaimReturned, vault.ClaimClosed: gate.ClaimClosed,
	vault.ClaimObserved: gate.ClaimPayable,
}

var verdicts = map[vault.Verdict]string{
	vault.BadRecipient: "BAD_RECIPIENT", vault.BelowExistential: "BELOW_EXISTENTIAL", vault.BeyondChain: "BEYOND_CHAIN",
}

func claimOf(v vault.ClaimView) gate.Claim {
	c := gate.Claim{
		ID: gate.Hash(v.Claim.ID), State: claimStates[v.State], Reason: verdicts[v.Verdict], PayableAt: v.PayableAt,
		Signatures: v.Signatures, Needed: v.Needed,
	}
	if v.State == vault.ClaimReturned && c.Reason == "" {
		c.Reason = "EXECUTION_FAILED"
	}
	if c.Reason == "" && v.Waits != 0 {
		c.Reason = "WAITS_FOR_" + waits[v.Waits]
	}
	if v.Payment != (custody.Reference{}) {
		f := referenceOf(v.Payment)
		c.Payment = &f
	}
	return c
}

var waits = map[vault.Deferral]string{
	vault.DeferState: "SIGNERS", vault.DeferFee: "FEE", vault.DeferFunds: "FUNDS", vault.DeferRuntime: "RUNTIME", vault.DeferNode: "NODE",
}

func (g *Gateway) serveAnchors(*http.Request) (any, error) {
	out := gate.Anchors{Anchors: []gate.Anchor{}}
	g.core.mu.Lock()
	defer g.core.mu.Unlock()
	for _, a := range g.core.anchors {
		out.Anchors = append(out.Anchors, gate.Anchor{Height: a.Height, App: a.App, Reference: referenceOf(a.Reference), Signer: gate.Hash(a.By)})
	}
	return out, nil
}

func (g *Gateway) serveSignatures(r *http.Request) (any, error) {
	since, err := strconv.ParseUint(r.URL.Query().Get("since"), 10, 63)
	if err != nil {
		return nil, rejection.New(rejection.BadRequest, "since is a number")
	}
	return g.published.page(r.URL.Query().Get("run"), since), nil
}

// hash32 reads 64 hex digits.
func hash32(text string) (h gate.Hash, err error) {
	err = h.UnmarshalText([]byte(text))
	return h, err
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

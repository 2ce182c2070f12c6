package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/gateway/journal"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// Gateway is one run.
type Gateway struct {
	Config
	core      *core
	follower  *follower
	start     vault.Start
	metrics   *metrics
	registry  *prometheus.Registry
	board     *board
	published *published
	peers     []*peer
	inbox     inbox
	limits    limits
	rounds    roundState
}

// Run serves until ctx ends, or until something contradicts what was final or
// the journal fails.
func Run(ctx context.Context, config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	g, stop, err := open(ctx, config)
	if err != nil {
		return err
	}
	defer stop()
	return g.run(ctx)
}

// open reads the journal, or begins one, and makes the machine.
func open(ctx context.Context, config Config) (*Gateway, func(), error) {
	key := config.Signer.Public()
	j, batches, err := journal.Open(config.Journal, identity(config.Vault.ChainID, config.Vault.Chain, key))
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		if err := j.Close(); err != nil {
			config.Log.Warn("close the journal", "error", err)
		}
	}
	g := &Gateway{Config: config, registry: prometheus.NewRegistry(), board: newBoard(), limits: newLimits(time.Now), inbox: newInbox()}
	g.metrics = newMetrics(g.registry)
	g.published = newPublished()
	g.rounds.started = time.Now()
	m, ok, err := remember(batches)
	if err == nil && !ok {
		m, err = g.begin(ctx, j)
	} else if err == nil {
		g.follower, err = newFollower(config.Node, config.Vault.Chain, m.place, config.Earlier)
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	g.start = m.start
	g.Config.Vault.Start = m.start
	machine, err := vault.New(g.Config.Vault, config.Adapter)
	for i := 0; err == nil && i < len(m.records); i++ {
		err = machine.Replay(m.records[i])
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	g.core = newCore(machine, j, m, config.Vault.ChainID, config.Vault.Chain, config.Log, g.metrics)
	g.core.effects.put(machine.Pending()...)
	g.metrics.journal.Set(float64(j.Size()))
	for _, url := range config.Peers {
		g.peers = append(g.peers, newPeer(url))
	}
	config.Log.Info("gateway", "key", fmt.Sprintf("%x", key[:]), "records", len(m.records),
		"start_height", m.start.Hub, "start_block", m.start.Block.Number, "block", machine.Cursor().Number)
	return g, stop, nil
}

// begin makes a journal's first batch: where both chains are read from. The
// external block is read first, so that whoever is told of a deposit address at
// that height of Nightjar pays after that block.
func (g *Gateway) begin(ctx context.Context, j *journal.Journal) (m memory, err error) {
	for {
		if m.start.Block, err = g.Adapter.Head(ctx); err == nil {
			if g.follower, err = begin(ctx, g.Node, g.Vault.Chain); err == nil {
				break
			}
		}
		g.Log.Info("waiting for the chains", "error", err)
		if err := sleep(ctx, g.Pace.Round); err != nil {
			return m, err
		}
	}
	m.place = g.follower.place
	m.start.Hub = m.place.Height
	b, ok := encodePlace(m.place)
	if !ok {
		return m, errors.New("too much is under way on Nightjar to begin now")
	}
	return m, j.Append([][]byte{encodeStart(m.start), b})
}

// run starts everything and returns when one of it ends, and all of it has.
func (g *Gateway) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	ended := make(chan error, 16+len(g.peers))
	start := func(f func(context.Context) error) {
		wait.Go(func() { ended <- f(ctx) })
	}
	start(g.roundsLoop)
	start(g.effectsLoop)
	start(g.signLoop)
	start(g.submitLoop)
	start(g.prepareLoop)
	start(g.sendLoop)
	for _, p := range g.peers {
		start(func(ctx context.Context) error { return g.peerLoop(ctx, p) })
	}
	start(func(ctx context.Context) error { return daemon.Serve(ctx, g.Public, g.public()) })
	start(func(ctx context.Context) error { return daemon.Serve(ctx, g.Private, g.private()) })
	var err error
	select {
	case err = <-ended:
	case <-g.core.failed:
		err = g.core.fault
	}
	cancel()
	wait.Wait()
	return err
}

// roundState is what the loop of rounds remembers between two.
type roundState struct {
	mu         sync.Mutex
	head       vault.Cursor // of the external chain, as last heard of
	hub        vault.Hub    // as last heard of
	hubAt      time.Time    // when
	blockAt    time.Time
	reconciled time.Time
	balances   []BalanceStatus
	begun      bool // the books were opened
	anchored   uint64
	started    time.Time
	trusted    time.Time
	counted    time.Time
}

// roundsLoop reads both chains again and again.
//
//	head  := newest final block of the external chain
//	Nightjar's state, newer than head
//	blocks up to head
//
// In this order: whoever paid in a block up to head, into an address of new
// signers, knew them from a state of Nightjar that this round has read too. So
// no block is read without an address that it could hold.
func (g *Gateway) roundsLoop(ctx context.Context) error {
	for {
		if err := g.round(ctx); err != nil {
			return err
		}
		if err := sleep(ctx, g.Pace.Round); err != nil {
			return err
		}
	}
}

// round returns an error only if the gateway has to end.
func (g *Gateway) round(ctx context.Context) error {
	head, headErr := g.Adapter.Head(ctx)
	if fatal := g.external(ctx, headErr); fatal != nil {
		return fatal
	}
	if ok, err := g.readHub(ctx); err != nil || !ok {
		return err
	}
	if headErr == nil {
		g.rounds.mu.Lock()
		g.rounds.head = head
		g.rounds.mu.Unlock()
		ok, err := g.openBooks(ctx)
		if err != nil || !ok {
			return err
		}
		if ok, err := g.readBlocks(ctx, head); err != nil || !ok {
			return err
		}
		if err := g.reconcile(ctx); err != nil {
			return err
		}
	}
	g.anchor()
	g.hearPeers()
	g.count()
	return nil
}

// trustEvery is how often the trusted header is stored.
const trustEvery = time.Minute

// readHub takes in what is new on Nightjar; ok is false if the node has failed.
func (g *Gateway) readHub(ctx context.Context) (ok bool, fatal error) {
	c := g.core
	c.mu.Lock()
	deposits, claims := c.machine.Uncredited(), c.machine.OpenClaims()
	c.mu.Unlock()
	hub, some, err := g.follower.next(ctx, deposits, claims)
	var refused *rejection.Rejection
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &refused) || errors.Is(err, client.ErrUnverified) || errors.Is(err, light.ErrUntrusted):
		g.note(nodeLies, err)
		return false, nil
	case err != nil:
		g.note(nodeAway, err)
		return false, nil
	}
	g.board.clear(nodeAway, nodeLies)
	if !some {
		return true, nil
	}
	if err := c.onHub(hub, g.follower.place); err != nil {
		return false, err
	}
	g.settle(hub)
	g.metrics.hubHeight.Set(float64(hub.Height))
	g.rounds.mu.Lock()
	g.rounds.hub, g.rounds.hubAt = hub, time.Now()
	g.rounds.mu.Unlock()
	// The stored header may be older than the journal: the headers between are
	// then verified again.
	if time.Since(g.rounds.trusted) >= trustEvery {
		g.rounds.trusted = time.Now()
		if err := g.Trust(g.Node.Trusted()); err != nil {
			g.Log.Warn("store the trusted header", "error", err)
		}
	}
	return true, nil
}

// external looks at an error of the external chain; fatal is what ends the
// gateway.
func (g *Gateway) external(ctx context.Context, err error) (fatal error) {
	var refused *rejection.Rejection
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		g.board.clear(chainAway, chainLies)
	case errors.Is(err, rejection.FinalityBroken):
		return err
	case errors.Is(err, rejection.RuntimeChanged):
		g.note(runtimeNew, err)
	case errors.As(err, &refused):
		g.note(chainLies, err)
	default:
		g.note(chainAway, err)
	}
	return nil
}

// readBlocks takes in the final blocks up to head; ok is false if a node failed.
func (g *Gateway) readBlocks(ctx context.Context, head vault.Cursor) (ok bool, fatal error) {
	for {
		watch, version := g.core.watch()
		var at vault.Cursor
		g.core.look(func(m *vault.Machine) { at = m.Cursor() })
		if at.Number >= head.Number {
			if at.Number == head.Number && at.Hash != head.Hash {
				return false, rejection.New(rejection.FinalityBroken, "block %d", at.Number)
			}
			return true, nil
		}
		s, some, err := g.Adapter.Next(ctx, at, watch)
		if fatal := g.external(ctx, err); fatal != nil || err != nil || !some {
			return false, fatal
		}
		fresh, err := g.core.onBlock(s, version)
		if err != nil {
			return false, err
		}
		g.sawAnchors(s.Anchors)
		g.metrics.finalised.Set(float64(s.Number))
		g.rounds.mu.Lock()
		g.rounds.blockAt = time.Now()
		g.rounds.mu.Unlock()
		if !fresh {
			if err := g.lookAgain(ctx, s.Hash); err != nil {
				return false, err
			}
		}
	}
}

// lookAgain reads a block that the machine has taken in for the addresses that
// were announced while it was being read. It tries until it has: until then no
// later block is read. A crash in here loses a sight of the addresses' owners,
// who can name the block (POST /v1/watch).
func (g *Gateway) lookAgain(ctx context.Context, hash [32]byte) (fatal error) {
	for {
		watch, _ := g.core.watch()
		s, some, err := g.Adapter.Look(ctx, hash, watch)
		if fatal := g.external(ctx, err); fatal != nil {
			return fatal
		}
		if err == nil && !some {
			return rejection.New(rejection.FinalityBroken, "block %x", hash)
		}
		if err == nil {
			return g.core.decide(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) { return m.OnPast(s.Block) })
		}
		if err := sleep(ctx, g.Pace.Round); err != nil {
			return err
		}
	}
}

// note puts a condition on the board and, if it is new, into the log.
func (g *Gateway) note(c condition, err error) {
	if g.board.set(c, err.Error()) {
		g.Log.Warn(conditions[c], "condition", string(c), "error", err)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

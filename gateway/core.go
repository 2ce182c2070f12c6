package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/vault"
)

// appender is a journal; *journal.Journal is one.
type appender interface {
	Append(batch [][]byte) error
	Size() int64
}

// core is the vault's machine and its journal, as one: whoever asks it for a
// step gets effects only of what is durable.
//
//	step:  machine → journal, synced → effects queued → effects carried out
//
// A crash before the sync leaves the state as it was before the step; one after
// it leaves effects that Machine.Pending, or the machine's next step, asks for
// again.
type core struct {
	log     *slog.Logger
	metrics *metrics
	effects *mailbox[vault.Effect]
	chainID string
	chain   uint32

	mu      sync.Mutex // held through the step's journaling
	machine *vault.Machine
	journal appender
	saved   uint64 // height of the place that was journaled last
	watched uint64 // changes whenever watch may return something else
	anchors []Anchor
	alarms  []vault.Alarm // of the vault, that no operator has seen to
	owned   map[field.Element][]custody.DepositID
	fault   error
	failed  chan struct{} // closed with fault
}

func newCore(machine *vault.Machine, journal appender, m memory, chainID string, chain uint32, log *slog.Logger, metrics *metrics) *core {
	c := &core{
		log: log, metrics: metrics, effects: newMailbox[vault.Effect](), machine: machine, journal: journal,
		saved: m.place.Height, anchors: m.anchors, alarms: m.alarms, failed: make(chan struct{}),
		owned: map[field.Element][]custody.DepositID{}, chainID: chainID, chain: chain,
	}
	for _, r := range m.records {
		c.index(r)
	}
	return c
}

// index notes whose a deposit is.
func (c *core) index(r vault.Record) {
	moved, ok := r.(vault.Moved)
	if !ok {
		return
	}
	id := custody.Reference{Chain: c.chain, Hash: moved.In.Hash, Index: moved.Transfer.Index}.ID(c.chainID)
	v, ok := c.machine.Deposit(id)
	if ok && v.Owner != nil && !slices.Contains(c.owned[*v.Owner], id) {
		c.owned[*v.Owner] = append(c.owned[*v.Owner], id)
	}
}

// depositsOf returns what arrived for an owner, in the order of arrival.
func (c *core) depositsOf(owner field.Element) (list []vault.DepositView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range c.owned[owner] {
		if v, ok := c.machine.Deposit(id); ok {
			list = append(list, v)
		}
	}
	return list
}

// fail ends the gateway: from here on nothing is known of the state.
func (c *core) fail(err error) error {
	if c.fault == nil {
		c.fault = err
		close(c.failed)
	}
	return c.fault
}

// commit makes records durable, then queues effects; c.mu is held.
func (c *core) commit(records []vault.Record, effects []vault.Effect, own ...[]byte) error {
	batch := make([][]byte, 0, len(records)+len(own))
	for _, r := range records {
		batch = append(batch, vault.Encode(r))
		c.index(r)
	}
	batch = append(batch, own...)
	for _, e := range effects {
		if a, ok := e.(vault.Alarm); ok && !slices.Contains(c.alarms, a) {
			c.alarms = append(c.alarms, a)
			batch = append(batch, encodeAlarm(a, false))
		}
	}
	if len(batch) > 0 {
		if err := c.journal.Append(batch); err != nil {
			return c.fail(err)
		}
		c.metrics.journal.Set(float64(c.journal.Size()))
		c.watched++
	}
	c.effects.put(effects...)
	return nil
}

// decide is a step that may not fail: a machine that refuses what was verified,
// or has half taken it in, is started again from its journal.
func (c *core) decide(f func(m *vault.Machine) ([]vault.Record, []vault.Effect, error)) error {
	return c.step(f, func(err error) error { return c.fail(err) })
}

// ask is a step whose refusal is somebody else's fault, and changes nothing;
// its alarms count.
func (c *core) ask(f func(m *vault.Machine) ([]vault.Record, []vault.Effect, error)) error {
	return c.step(f, func(err error) error { return err })
}

func (c *core) step(f func(m *vault.Machine) ([]vault.Record, []vault.Effect, error), refused func(error) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return c.fault
	}
	records, effects, err := f(c.machine)
	if err != nil {
		if err := c.commit(nil, effects); err != nil { // a refusal's alarms
			return err
		}
		return refused(err)
	}
	return c.commit(records, effects)
}

// onSignature takes in a signature. What it is refused for is its signer's
// fault.
func (c *core) onSignature(s vault.Signed) error {
	return c.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) {
		effects, err := m.OnSignature(s)
		return nil, effects, err
	})
}

// seen drops an alarm that an operator has seen to; ok is false if there is no
// such alarm.
func (c *core) seen(a vault.Alarm) (ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.alarms, a)
	if i < 0 || c.fault != nil {
		return false, c.fault
	}
	c.alarms = slices.Delete(slices.Clone(c.alarms), i, i+1)
	return true, c.commit(nil, nil, encodeAlarm(a, true))
}

// isFailed reports whether the gateway has to end.
func (c *core) isFailed() bool {
	select {
	case <-c.failed:
		return true
	default:
		return false
	}
}

// look reads the machine.
func (c *core) look(f func(m *vault.Machine)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.machine)
}

// placeEvery bounds the blocks of Nightjar that are read again after a restart.
const placeEvery = 512

// onHub takes Nightjar's state in, and the place where it was read.
func (c *core) onHub(h vault.Hub, at place) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return c.fault
	}
	records, effects, err := c.machine.OnHub(h)
	if err != nil {
		return c.fail(fmt.Errorf("height %d of Nightjar: %w", h.Height, err))
	}
	var own [][]byte
	if len(records) > 0 || at.Height >= c.saved+placeEvery || at.First == 0 && c.saved == 0 {
		if b, ok := encodePlace(at); ok {
			own, c.saved = append(own, b), at.Height
		}
	}
	return c.commit(records, effects, own...)
}

// onBlock takes a final block in. Fresh is false if Watch looks for more by now
// than the watch of version: then the block has to be looked at again (onPast),
// or a deposit to an address announced meanwhile could be missed.
func (c *core) onBlock(s Scan, version uint64) (fresh bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return false, c.fault
	}
	fresh = c.watched == version
	records, effects, err := c.machine.OnBlock(s.Block)
	if err != nil {
		return false, c.fail(fmt.Errorf("block %d of the external chain: %w", s.Number, err))
	}
	var own [][]byte
	for _, a := range s.Anchors {
		if slices.Contains(c.anchors, a) {
			continue // the block is read again after a crash
		}
		own = append(own, encodeAnchor(a))
		c.anchors = keepAnchor(c.anchors, a)
	}
	return fresh, c.commit(records, effects, own...)
}

// watch returns what an adapter has to look for, and its version.
func (c *core) watch() (w Watch, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.machine.Watched() {
		if p.Custody {
			w.Custody = append(w.Custody, p.Account)
		} else {
			w.Deposits = append(w.Deposits, p.Account)
		}
	}
	if a, ok := c.machine.InFlight(); ok {
		w.Attempts = append(w.Attempts, a.Hash)
	}
	for _, g := range c.machine.Generations() {
		w.Signers = append(w.Signers, g.Signers.Keys...)
	}
	return w, c.watched
}

// mailbox is a queue without a bound; what is put in it is bounded by the
// machine, which asks for nothing twice before it is answered or time has passed.
type mailbox[T any] struct {
	mu    sync.Mutex
	list  []T
	ready chan struct{} // holds one if list may be not empty
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{ready: make(chan struct{}, 1)} }

func (b *mailbox[T]) put(items ...T) {
	if len(items) == 0 {
		return
	}
	b.mu.Lock()
	b.list = append(b.list, items...)
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// take waits for items and returns all of them.
func (b *mailbox[T]) take(ctx context.Context) ([]T, error) {
	for {
		b.mu.Lock()
		items := b.list
		b.list = nil
		b.mu.Unlock()
		if len(items) > 0 {
			return items, nil
		}
		select {
		case <-b.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

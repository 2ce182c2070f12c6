package mempool

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// ID names a transaction.
type ID [32]byte

// Ticket is what the rules say of an admissible transaction.
type Ticket struct {
	ID ID
	// Uses are what only one transaction of the pool may use: an action's
	// nullifiers. Of two that share one, the first keeps the place.
	Uses [][32]byte
	// Open is set for what anyone may send. It never takes the last quarter of
	// the pool, which is kept for workers, signers and validators: their
	// transactions are few and signed by registered keys.
	Open bool
}

// Verdict is a transaction's ticket, or why it has none.
type Verdict struct {
	Ticket
	Err error
}

// Rules is what the pool asks of the ledger. Both are called concurrently.
type Rules interface {
	// Admit makes every check of each transaction, by itself, against the newest
	// state. Their proofs are verified together: many cost little more than one.
	Admit(raws [][]byte) []Verdict
	// Recheck makes those checks again; what never changes is remembered.
	Recheck(raw []byte) error
}

// Limits bound the pool; all are positive.
type Limits struct {
	Txs       int // transactions in the pool
	Bytes     int // bytes in the pool
	Verifiers int // batches in verification at a time
	Queue     int // transactions that wait for verification; their bytes are bounded by Bytes
}

// Early is an error that the next block may cure: what the transaction builds
// on has not reached this node yet. A peer that is one block ahead relays such
// transactions; they are kept for one block and tried once more.
type Early struct{ Refusal error }

// Error is the refusal's.
func (e Early) Error() string { return e.Refusal.Error() }

// Unwrap returns the refusal.
func (e Early) Unwrap() error { return e.Refusal }

// ErrClosed ends what waits when the node stops.
var ErrClosed = errors.New("the node is stopping")

// entry is one transaction of the pool.
type entry struct {
	Ticket
	raw    []byte
	number uint64 // of arrival, from 1
}

// Pool is the mempool of one node.
type Pool struct {
	rules  Rules
	limits Limits
	queue  *lanes
	wake   chan struct{} // one token: something to recheck
	stop   chan struct{}
	done   sync.WaitGroup

	mu       sync.Mutex
	arrivals uint64
	txs      map[ID]*entry
	order    []*entry        // by arrival; entries no longer in txs are dead
	uses     map[[32]byte]ID // of the transactions in the pool
	bytes    int
	flying   map[[32]byte]*job // by hash of the bytes: queued or being verified
	sharing  int               // jobs among the others of those
	fresh    []*entry          // not handed to the peers yet
	early    []*job            // to be tried again after the next block
}

// New starts a pool's verifiers; Close ends them.
func New(rules Rules, limits Limits) *Pool {
	p := &Pool{
		rules: rules, limits: limits, queue: newLanes(limits.Queue, limits.Bytes),
		wake: make(chan struct{}, 1), stop: make(chan struct{}),
		txs: map[ID]*entry{}, uses: map[[32]byte]ID{}, flying: map[[32]byte]*job{},
	}
	p.done.Add(limits.Verifiers + 1)
	for range limits.Verifiers {
		go p.verify()
	}
	go p.recheck()
	return p
}

// Close ends the verifiers and refuses what waits for them.
func (p *Pool) Close() {
	close(p.stop)
	for _, j := range p.queue.close() {
		p.finish(j, ID{}, ErrClosed)
	}
	p.done.Wait()
}

// Submit has a transaction checked and waits for the outcome. A transaction
// that is in the pool already is accepted again.
func (p *Pool) Submit(ctx context.Context, origin string, raw []byte) (ID, error) {
	j, err := p.enqueue(&job{raw: raw, origin: origin, last: true})
	if err != nil {
		return ID{}, err
	}
	select {
	case <-j.done:
		return j.id, j.err
	case <-ctx.Done():
		return ID{}, ctx.Err() // the check goes on: others may wait for it
	}
}

// Offer is Submit without waiting; an error means that the transaction was not
// even queued.
func (p *Pool) Offer(origin string, raw []byte) error {
	_, err := p.enqueue(&job{raw: raw, origin: origin})
	return err
}

// enqueue queues a job, or has it share the check that is under way for the
// same bytes. It returns the job to wait for, which is an earlier one if the
// same origin asked before.
func (p *Pool) enqueue(j *job) (*job, error) {
	key := sha256.Sum256(j.raw)
	p.mu.Lock()
	defer p.mu.Unlock()
	j.done = make(chan struct{})
	if flying := p.flying[key]; flying != nil {
		return p.join(flying, j)
	}
	if err := p.queue.push(j); err != nil {
		return nil, err
	}
	p.flying[key] = j
	return j, nil
}

// join has j share a check of the same bytes. It returns the job that its
// origin has in there already, if it has; it refuses (BLOCK_FULL) if as many
// share others' checks as the pool holds transactions. p.mu is held.
func (p *Pool) join(flying, j *job) (*job, error) {
	if flying.origin == j.origin {
		return flying, nil
	}
	for _, other := range flying.others {
		if other.origin == j.origin {
			return other, nil
		}
	}
	if p.sharing >= p.limits.Txs {
		return nil, rejection.New(rejection.BlockFull, "too many senders wait for the same transactions")
	}
	p.sharing++
	j.raw = flying.raw // one copy
	flying.others = append(flying.others, j)
	return j, nil
}

// verify is one verifier.
func (p *Pool) verify() {
	defer p.done.Done()
	for {
		batch := p.queue.pop()
		if batch == nil {
			return
		}
		raws := make([][]byte, len(batch))
		for i, j := range batch {
			raws[i] = j.raw
		}
		for i, v := range p.rules.Admit(raws) {
			switch {
			case v.Err == nil:
				v.Err = p.insert(v.Ticket, raws[i])
			case errors.Is(v.Err, rejection.BadProof):
				for _, j := range p.queue.strike(batch[i].origin) {
					p.finish(j, ID{}, errStruck)
				}
			}
			p.finish(batch[i], v.ID, v.Err)
		}
	}
}

// finish answers everybody who asked for a check. That the origin whose lane it
// waited in has to wait longer answers nobody else: the next one's lane takes it.
func (p *Pool) finish(j *job, id ID, err error) {
	key := sha256.Sum256(j.raw)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.flying, key)
	p.answer(j, id, err)
	for i, other := range j.others {
		p.sharing--
		if err == errStruck {
			full := p.queue.push(other)
			if full == nil {
				other.others = j.others[i+1:]
				p.flying[key] = other
				return
			}
			p.answer(other, ID{}, full)
			continue
		}
		p.answer(other, id, err)
	}
}

// answer ends one job; p.mu is held.
func (p *Pool) answer(j *job, id ID, err error) {
	if errors.As(err, new(Early)) && !j.last && len(p.early) < p.limits.Queue/4 {
		p.early = append(p.early, &job{raw: j.raw, origin: j.origin, last: true})
	}
	j.id, j.err = id, err
	close(j.done)
}

func (p *Pool) insert(t Ticket, raw []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.txs[t.ID] != nil {
		return nil
	}
	for _, u := range t.Uses {
		if _, taken := p.uses[u]; taken {
			return rejection.New(rejection.NullifierReserved, "another transaction in the pool uses it")
		}
	}
	maxTxs, maxBytes := p.limits.Txs, p.limits.Bytes
	if t.Open {
		maxTxs, maxBytes = maxTxs-maxTxs/4, maxBytes-maxBytes/4
	}
	if len(p.txs) >= maxTxs || p.bytes+len(raw) > maxBytes {
		return rejection.New(rejection.BlockFull, "too many transactions wait for a block")
	}
	p.arrivals++
	e := &entry{Ticket: t, raw: raw, number: p.arrivals}
	p.txs[t.ID] = e
	p.order = append(p.order, e)
	p.fresh = append(p.fresh, e)
	p.bytes += len(raw)
	for _, u := range t.Uses {
		p.uses[u] = t.ID
	}
	return nil
}

// remove takes e out; p.mu is held.
func (p *Pool) remove(e *entry) {
	if p.txs[e.ID] != e {
		return
	}
	delete(p.txs, e.ID)
	p.bytes -= len(e.raw)
	for _, u := range e.Uses {
		delete(p.uses, u)
	}
}

// Committed takes out what a decided block included, and what can't follow it
// because the block used something up. What becomes invalid in slower ways (an
// anchor too old, an epoch gone) is found in the background, a few
// transactions after each block.
func (p *Pool) Committed(included []ID, used [][32]byte) {
	p.mu.Lock()
	for _, u := range used {
		if id, ok := p.uses[u]; ok {
			p.remove(p.txs[id])
		}
	}
	for _, id := range included {
		if e := p.txs[id]; e != nil {
			p.remove(e)
		}
	}
	p.order = slices.DeleteFunc(p.order, p.dead)
	p.fresh = slices.DeleteFunc(p.fresh, p.dead)
	early := p.early
	p.early = nil
	p.mu.Unlock()
	p.queue.forgive()
	for _, j := range early {
		p.enqueue(j) // if the queue is full the network still has it
	}
	select {
	case p.wake <- struct{}{}:
	default: // a pass is due already
	}
}

func (p *Pool) dead(e *entry) bool { return p.txs[e.ID] != e }

// recheckBatch is how many transactions are checked again after a block:
// their signatures cost about a twentieth of a block's time on one core.
const recheckBatch = 64

// recheck goes round the pool, a batch after each block.
func (p *Pool) recheck() {
	defer p.done.Done()
	for last := uint64(0); ; {
		select {
		case <-p.stop:
			return
		case <-p.wake:
		}
		for _, e := range p.after(last) {
			if err := p.rules.Recheck(e.raw); err != nil {
				p.mu.Lock()
				p.remove(e)
				p.mu.Unlock()
			}
			last = e.number
		}
	}
}

// after returns the batch of transactions that arrived after number last, or
// the first ones if there is none.
func (p *Pool) after(last uint64) []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	from, _ := slices.BinarySearchFunc(p.order, last+1, func(e *entry, n uint64) int { return cmp.Compare(e.number, n) })
	if from == len(p.order) {
		from = 0
	}
	return slices.Clone(p.order[from:min(from+recheckBatch, len(p.order))])
}

// Fresh returns transactions that it has not returned before, up to a number
// of bytes: what the peers have not been told.
func (p *Pool) Fresh(maxBytes int) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = slices.DeleteFunc(p.fresh, p.dead)
	out, n := take(p.fresh, maxBytes)
	p.fresh = p.fresh[n:]
	return out
}

// Candidates returns transactions for a block, up to a number of bytes: those
// of registered keys, then the open ones, each by arrival. A flood of actions
// never keeps a lock or an epoch out of a block.
func (p *Pool) Candidates(maxBytes int) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = slices.DeleteFunc(p.order, p.dead)
	sorted := slices.Clone(p.order)
	slices.SortStableFunc(sorted, func(a, b *entry) int {
		switch {
		case a.Open == b.Open:
			return 0
		case b.Open:
			return -1
		}
		return 1
	})
	out, _ := take(sorted, maxBytes)
	return out
}

// take returns the bytes of the first n entries that fit.
func take(entries []*entry, maxBytes int) (out [][]byte, n int) {
	for _, e := range entries {
		if len(e.raw) > maxBytes {
			break
		}
		maxBytes -= len(e.raw)
		out = append(out, e.raw)
		n++
	}
	return out, n
}

// Has reports whether a transaction waits in the pool.
func (p *Pool) Has(id ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.txs[id] != nil
}

// Size returns how many transactions and bytes wait.
func (p *Pool) Size() (txs, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.txs), p.bytes
}

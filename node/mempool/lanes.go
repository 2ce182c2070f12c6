package mempool

import (
	"sync"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Peers is the origin of everything that other nodes relay. They verified it,
// but who of them sent what is not known here: they share a lane, and what one
// of them does never shuts the others out.
const Peers = "peers"

// A batch holds at most so many transactions and, but for a single larger one,
// so many bytes: a batch of fills is 300 proofs, an eighth of a second's work.
const (
	batchTxs   = 64
	batchBytes = 1 << 17
)

// maxStrikes is how many bad proofs an origin may send between two blocks: a
// few hundredths of a second's work.
const maxStrikes = 8

// errStruck tells a sender of bad proofs to wait.
var errStruck = rejection.New(rejection.BlockFull, "too many bad proofs from this address; wait for the next block")

// job is one transaction on its way through verification.
type job struct {
	raw    []byte
	origin string
	last   bool          // not tried again if it comes too early: somebody is told, or it was
	others []*job        // of other origins, one each, for the same bytes; guarded by the pool
	done   chan struct{} // closed when id and err are set
	id     ID
	err    error
}

// lanes is a bounded queue that is fair between origins: each has a lane, and
// lanes take turns. A lane holds at most a quarter of the whole.
type lanes struct {
	mu       sync.Mutex
	arrived  sync.Cond
	max      int
	maxBytes int
	size     int
	bytes    int
	lane     map[string][]*job
	turn     []string       // origins with a job, the next first
	strikes  map[string]int // bad proofs since the last block; at most max origins
	closed   bool
}

func newLanes(max, maxBytes int) *lanes {
	l := &lanes{max: max, maxBytes: maxBytes, lane: map[string][]*job{}, strikes: map[string]int{}}
	l.arrived.L = &l.mu
	return l
}

// push appends j to its origin's lane. It refuses (BLOCK_FULL) if that or the
// whole is full, or the origin has to wait.
func (l *lanes) push(j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lane[j.origin]
	if l.struck(j.origin) {
		return errStruck
	}
	if l.closed || l.size >= l.max || len(lane) >= max(1, l.max/4) || l.bytes+len(j.raw) > l.maxBytes {
		return rejection.New(rejection.BlockFull, "too many transactions wait for verification")
	}
	if len(lane) == 0 {
		l.turn = append(l.turn, j.origin)
	}
	l.lane[j.origin] = append(lane, j)
	l.size++
	l.bytes += len(j.raw)
	l.arrived.Signal()
	return nil
}

// pop waits for a job and takes a batch of those that wait, lane by lane in
// turn; nil once closed. The next transaction of an origin with a strike is a
// batch of its own.
func (l *lanes) pop() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.size == 0 && !l.closed {
		l.arrived.Wait()
	}
	if l.closed {
		return nil
	}
	batch := []*job{l.take(0)}
	if l.strikes[batch[0].origin] > 0 {
		return batch
	}
	size := len(batch[0].raw)
	for i := 0; i < len(l.turn) && len(batch) < batchTxs; {
		next := l.lane[l.turn[i]][0]
		if l.strikes[next.origin] > 0 || size+len(next.raw) > batchBytes {
			i++ // stays where it is, and so comes first soon
			continue
		}
		batch = append(batch, l.take(i))
		size += len(next.raw)
	}
	return batch
}

// take removes the first job of the lane whose turn is i-th; the lane, if more
// is in it, goes to the end of the turns.
func (l *lanes) take(i int) *job {
	origin := l.turn[i]
	l.turn = append(l.turn[:i], l.turn[i+1:]...)
	lane := l.lane[origin]
	j := lane[0]
	if len(lane) == 1 {
		delete(l.lane, origin)
	} else {
		l.lane[origin] = lane[1:]
		l.turn = append(l.turn, origin)
	}
	l.size--
	l.bytes -= len(j.raw)
	return j
}

// strike records a bad proof. It returns the jobs of an origin that has to
// wait now: nobody will do them.
func (l *lanes) strike(origin string) []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.strikes[origin] > 0 || len(l.strikes) < l.max {
		l.strikes[origin]++
	}
	if !l.struck(origin) {
		return nil
	}
	var left []*job
	for i := 0; i < len(l.turn); {
		if l.turn[i] != origin {
			i++
			continue
		}
		left = append(left, l.take(i))
	}
	return left
}

func (l *lanes) struck(origin string) bool {
	return origin != Peers && l.strikes[origin] >= maxStrikes
}

// forgive lets everybody send again: a block was decided.
func (l *lanes) forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.strikes)
}

// close wakes every pop and returns the jobs that nobody will do.
func (l *lanes) close() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.arrived.Broadcast()
	var left []*job
	for _, lane := range l.lane {
		left = append(left, lane...)
	}
	l.lane, l.turn, l.size, l.bytes = map[string][]*job{}, nil, 0, 0
	return left
}

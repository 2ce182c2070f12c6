package mempool

import "sync"

// job is one transaction on its way through verification.
type job struct {
	raw    []byte
	origin string
	last   bool          // not tried again if it comes too early: somebody is told, or it was
	done   chan struct{} // closed when id and err are set
	id     ID
	err    error
}

// lanes is a bounded queue that is fair between origins: each has a lane, and
// lanes take turns. A lane holds at most a quarter of the whole.
type lanes struct {
	mu      sync.Mutex
	arrived sync.Cond
	max     int
	size    int
	lane    map[string][]*job
	turn    []string // origins with a job, the next first
	closed  bool
}

func newLanes(max int) *lanes {
	l := &lanes{max: max, lane: map[string][]*job{}}
	l.arrived.L = &l.mu
	return l
}

// push appends j to its origin's lane unless that or the whole is full.
func (l *lanes) push(j *job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lane[j.origin]
	if l.closed || l.size >= l.max || len(lane) >= max(1, l.max/4) {
		return false
	}
	if len(lane) == 0 {
		l.turn = append(l.turn, j.origin)
	}
	l.lane[j.origin] = append(lane, j)
	l.size++
	l.arrived.Signal()
	return true
}

// pop waits for a job and takes the next in turn; nil once closed.
func (l *lanes) pop() *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.size == 0 && !l.closed {
		l.arrived.Wait()
	}
	if l.closed {
		return nil
	}
	origin := l.turn[0]
	l.turn = l.turn[1:]
	lane := l.lane[origin]
	j := lane[0]
	if len(lane) == 1 {
		delete(l.lane, origin)
	} else {
		l.lane[origin] = lane[1:]
		l.turn = append(l.turn, origin)
	}
	l.size--
	return j
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
	l.lane, l.turn, l.size = map[string][]*job{}, nil, 0
	return left
}

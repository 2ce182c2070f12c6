package host

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/fairness"
)

// Bounds of wallets' queries.
const (
	askQueue   = 256
	askTimeout = 10 * time.Second
)

// asks are the queries that wait for the enclave's answer. The host reads
// neither: it only carries them.
type asks struct {
	queue chan boundary.Message

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan *boundary.Answer // by number
}

func newAsks() *asks {
	return &asks{queue: make(chan boundary.Message, askQueue), waiting: map[uint64]chan *boundary.Answer{}}
}

// begin queues a query; ok is false if too many wait.
func (a *asks) begin(query [fairness.QuerySize]byte) (number uint64, answer <-chan *boundary.Answer, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	got := make(chan *boundary.Answer, 1)
	select {
	case a.queue <- &boundary.Ask{Number: a.last, Query: query}:
		a.waiting[a.last] = got
		return a.last, got, true
	default:
		return 0, nil, false
	}
}

func (a *asks) end(number uint64) {
	a.mu.Lock()
	delete(a.waiting, number)
	a.mu.Unlock()
}

// answered hands an answer to who waits for it.
func (a *asks) answered(m *boundary.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if got, ok := a.waiting[m.Number]; ok {
		delete(a.waiting, m.Number)
		got <- m
	}
}

// serveFairness answers a query with the enclave's sealed answer.
func (h *host) serveFairness(w http.ResponseWriter, r *http.Request) {
	var query [fairness.QuerySize]byte
	body := http.MaxBytesReader(w, r.Body, fairness.QuerySize+1)
	if _, err := io.ReadFull(body, query[:]); err != nil || more(body) {
		http.Error(w, "not a query", http.StatusBadRequest)
		return
	}
	number, answer, ok := h.asks.begin(query)
	if !ok {
		http.Error(w, "too many queries wait for the enclave", http.StatusServiceUnavailable)
		return
	}
	defer h.asks.end(number)
	limit := time.NewTimer(askTimeout)
	defer limit.Stop()
	select {
	case m := <-answer:
		w.Header().Set("Content-Type", "application/octet-stream")
		// An error means that the reader went away.
		_, _ = w.Write(m.Sealed[:])
	case <-limit.C:
		http.Error(w, "the enclave does not answer", http.StatusGatewayTimeout)
	case <-r.Context().Done():
	}
}

// more reports whether anything is left to read.
func more(r io.Reader) bool {
	n, _ := r.Read(make([]byte, 1))
	return n > 0
}

package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/nightjar/nightjar/enclave/boundary"
)

// Bounds of what travels between hosts.
const (
	inboundQueue  = 1024
	outboundQueue = 1024
	peerTimeout   = 3 * time.Second
	peerTries     = 3
)

// peers are the other workers' hosts.
type peers struct {
	log    *slog.Logger
	client *http.Client
	list   []peer
}

type peer struct {
	url   string
	queue chan []byte
}

func newPeers(urls []string, log *slog.Logger) *peers {
	p := &peers{log: log, client: &http.Client{Timeout: peerTimeout}}
	for _, u := range urls {
		p.list = append(p.list, peer{u + "/peer", make(chan []byte, outboundQueue)})
	}
	return p
}

func (p *peers) run(ctx context.Context, wait *sync.WaitGroup) {
	for _, peer := range p.list {
		wait.Go(func() { p.deliver(ctx, peer) })
	}
}

// broadcast queues a message for every peer. A peer that is away loses the
// oldest ones: the enclaves ask again for what they miss.
func (p *peers) broadcast(message []byte) {
	for _, peer := range p.list {
		for {
			select {
			case peer.queue <- message:
			default:
				select {
				case <-peer.queue:
				default:
				}
				continue
			}
			break
		}
	}
}

func (p *peers) deliver(ctx context.Context, to peer) {
	reachable := true
	for {
		var message []byte
		select {
		case message = <-to.queue:
		case <-ctx.Done():
			return
		}
		var err error
		for range peerTries {
			if err = p.post(ctx, to.url, message); err == nil || ctx.Err() != nil {
				break
			}
			if sleep(ctx, reconnectPause) != nil {
				return
			}
		}
		if (err == nil) != reachable {
			reachable = err == nil
			p.log.Info("peer", "url", to.url, "reachable", reachable)
		}
	}
}

func (p *peers) post(ctx context.Context, url string, message []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<10)); err != nil {
		return err
	}
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the peer answered %s", res.Status)
	}
	return nil
}

// handler serves the other hosts and whoever wants to know the status.
func (h *host) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /peer", h.servePeer)
	mux.HandleFunc("GET /status", h.serveStatus)
	mux.HandleFunc("POST /fairness", h.serveFairness)
	return mux
}

// servePeer hands a message to the enclave, which alone can tell whether it is
// worth anything.
func (h *host) servePeer(w http.ResponseWriter, r *http.Request) {
	message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, boundary.MaxPeer))
	if err != nil {
		http.Error(w, "message too long or cut off", http.StatusBadRequest)
		return
	}
	select {
	case h.inbound <- message:
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Error(w, "too many messages wait for the enclave", http.StatusServiceUnavailable)
	}
}

// status is what /status shows.
type status struct {
	Provider   string `json:"provider"` // SIMULATED if the enclave protects nothing
	ChainID    string `json:"chain_id"`
	Worker     string `json:"worker"`
	Height     uint64 `json:"height"`
	Epoch      uint64 `json:"epoch"`
	Live       uint32 `json:"live_workers"`
	Registered bool   `json:"registered"`
	Holds      bool   `json:"holds_book"`
	Diverged   uint64 `json:"diverged"`
	Refused    string `json:"refused,omitempty"`
}

func (h *host) setStatus(s *boundary.Status) {
	h.mu.Lock()
	h.status = s
	h.mu.Unlock()
}

func (h *host) serveStatus(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	s := h.status
	h.mu.Unlock()
	if s == nil {
		http.Error(w, "the enclave has not reported yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// An error means that the reader went away.
	_ = json.NewEncoder(w).Encode(status{
		Provider: s.Provider.String(), ChainID: h.chainID, Worker: hex.EncodeToString(s.Worker[:]),
		Height: s.Height, Epoch: s.Epoch, Live: s.Live, Registered: s.Registered, Holds: s.Holds,
		Diverged: s.Diverged, Refused: s.Refused,
	})
}

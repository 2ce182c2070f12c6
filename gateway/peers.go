package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// Bounds of what gateways tell each other.
const (
	pageSignatures = 256
	maxSignature   = 1024    // bytes of one, encoded
	maxPage        = 1 << 20 // bytes of an answer
	peerTimeout    = 10 * time.Second
)

// Signatures is the answer to GET /v1/signatures?run=R&since=N.
type Signatures struct {
	// Run names this run of the gateway; Next counts within it. Who asks with
	// another run gets the signatures from the first on.
	Run  string `json:"run"`
	Next uint64 `json:"next"`
	// Signed are transactions with one signature, in hex.
	Signed []string `json:"signed"`
}

// published are the own signatures that Nightjar still needs.
type published struct {
	run string

	mu   sync.Mutex
	next uint64
	list []publication // ascending by number
}

type publication struct {
	number uint64
	about  [32]byte
	signed []byte
}

func newPublished() *published {
	run := make([]byte, 16)
	rand.Read(run) // never fails
	return &published{run: hex.EncodeToString(run)}
}

func (p *published) add(chainID string, s vault.Signed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := s.Encode()
	if slices.ContainsFunc(p.list, func(q publication) bool { return bytes.Equal(q.signed, b) }) {
		return
	}
	p.next++
	p.list = append(p.list, publication{p.next, about(chainID, s.Statement), b})
}

func (p *published) drop(about [32]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = slices.DeleteFunc(p.list, func(q publication) bool { return q.about == about })
}

// page returns the signatures after number since of a run.
func (p *published) page(run string, since uint64) Signatures {
	p.mu.Lock()
	defer p.mu.Unlock()
	if run != p.run {
		since = 0
	}
	out := Signatures{Run: p.run, Next: p.next, Signed: []string{}}
	from, _ := slices.BinarySearchFunc(p.list, since+1, func(q publication, n uint64) int {
		switch {
		case q.number < n:
			return -1
		case q.number > n:
			return 1
		}
		return 0
	})
	for _, q := range p.list[from:] {
		if len(out.Signed) == pageSignatures {
			break
		}
		out.Signed = append(out.Signed, hex.EncodeToString(q.signed))
		out.Next = q.number
	}
	if len(out.Signed) < pageSignatures {
		out.Next = p.next
	}
	return out
}

// peer is another gateway, as far as it can be heard.
type peer struct {
	url  string
	http *http.Client
	run  string
	next uint64

	mu    sync.Mutex
	heard time.Time // last good answer
	fault string    // of the last one, if it was not good
}

func newPeer(url string) *peer {
	return &peer{url: strings.TrimSuffix(url, "/"), http: &http.Client{
		Timeout: peerTimeout,
		// Somebody else's answer is not this gateway's.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// status is when the peer was heard last, and what was wrong with it since.
func (p *peer) status() (heard time.Time, fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard, p.fault
}

// peerLoop takes in a peer's signatures. A peer can only make itself useless: the
// machine believes signatures, and counts each signer once.
func (g *Gateway) peerLoop(ctx context.Context, p *peer) error {
	defer p.http.CloseIdleConnections()
	for {
		more, err := g.askPeer(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if g.core.isFailed() {
			return g.core.fault
		}
		g.judgePeer(p, err)
		if more && err == nil {
			continue
		}
		if err := sleep(ctx, g.Pace.Peer); err != nil {
			return err
		}
	}
}

func (g *Gateway) judgePeer(p *peer, err error) {
	up := 1.0
	p.mu.Lock()
	before := p.fault
	p.fault = ""
	if err != nil {
		up, p.fault = 0, err.Error()
	} else {
		p.heard = time.Now()
	}
	p.mu.Unlock()
	g.metrics.peers.WithLabelValues(p.url).Set(up)
	var refused *rejection.Rejection
	switch {
	case errors.As(err, &refused):
		g.note(peerLies, fmt.Errorf("%s: %w", p.url, err))
	case err != nil && before == "":
		g.Log.Info("peer", "url", p.url, "error", err)
	case err == nil && before != "":
		g.Log.Info("peer", "url", p.url, "heard", true)
	}
}

// askPeer reads one page; more reports whether there is another. A refusal
// (BAD_PEER) is the peer's fault.
func (g *Gateway) askPeer(ctx context.Context, p *peer) (more bool, err error) {
	page, err := p.page(ctx)
	if err != nil {
		return false, err
	}
	if page.Run != p.run {
		p.run, p.next = page.Run, 0
	}
	for _, text := range page.Signed {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) > maxSignature {
			return false, rejection.New(rejection.BadPeer, "a signature that is none")
		}
		s, err := vault.DecodeSigned(b)
		if err != nil {
			return false, rejection.New(rejection.BadPeer, "%v", err)
		}
		err = g.core.onSignature(s)
		if errors.Is(err, rejection.TooManyEarly) {
			return false, nil // asked for again, from the same place
		}
		if err := g.tookSignature("peer", err); err != nil {
			return false, err
		}
		if errors.Is(err, rejection.BadSignerSignature) || errors.Is(err, rejection.NonCanonical) {
			return false, rejection.New(rejection.BadPeer, "%v", err)
		}
	}
	p.next = page.Next
	return len(page.Signed) == pageSignatures, nil
}

// page asks for the next page.
func (p *peer) page(ctx context.Context) (page Signatures, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/v1/signatures?run=%s&since=%d", p.url, p.run, p.next), nil)
	if err != nil {
		return page, err
	}
	res, err := p.http.Do(req)
	if err != nil {
		return page, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxPage+1))
	switch {
	case err != nil:
		return page, err
	case res.StatusCode != http.StatusOK:
		return page, fmt.Errorf("it answers %s", res.Status)
	case len(raw) > maxPage:
		return page, rejection.New(rejection.BadPeer, "an answer of more than %d bytes", maxPage)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&page); err != nil {
		return page, rejection.New(rejection.BadPeer, "%v", err)
	}
	known := p.next
	if page.Run != p.run {
		known = 0
	}
	if run, err := hex.DecodeString(page.Run); err != nil || len(run) != 16 || len(page.Signed) > pageSignatures ||
		page.Next < known+uint64(len(page.Signed)) {
		return page, rejection.New(rejection.BadPeer, "a page that is none")
	}
	return page, nil
}

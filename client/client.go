package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Client is a connection to one node of a network.
type Client struct {
	genesis *Genesis
	rpc     nodev1connect.NodeServiceClient
	http    *http.Client

	mu    sync.Mutex // held from a question to its verified answer, so that heights never go back
	chain *light.Chain
}

// What a node may cost: a node that is silent, or talks without end, is one to
// leave. The largest honest message is a block of 4 MB with its light block, or
// the proofs of a thousand rows.
const (
	maxMessage    = 32 << 20 // bytes, decompressed
	answerTimeout = 30 * time.Second
	stallTimeout  = 15 * time.Second // between two blocks that exist already
)

// New returns a client of the node at an address ("http://host:port", else BAD_FLAG).
// Trusted is what Trusted returned in an earlier run, or nil to start at the
// genesis.
func New(node string, genesis *Genesis, trusted []byte) (*Client, error) {
	chain, err := light.Start(genesis.ChainID, genesis.validators)
	if err == nil && trusted != nil {
		chain, err = light.Resume(genesis.ChainID, trusted)
	}
	if err != nil {
		return nil, err
	}
	rpc, h, err := dial(node)
	if err != nil {
		return nil, err
	}
	return &Client{genesis: genesis, rpc: rpc, http: h, chain: chain}, nil
}

// dial prepares the connection to a node; nothing is sent yet.
func dial(node string) (nodev1connect.NodeServiceClient, *http.Client, error) {
	if u, err := url.Parse(node); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, nil, rejection.New(rejection.BadFlag, "a node's address is http://host:port, not %q", node)
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	protocols.SetHTTP2(true)
	h := &http.Client{Transport: &http.Transport{
		Protocols:       protocols,
		DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		IdleConnTimeout: time.Minute,
		HTTP2:           &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}}
	return nodev1connect.NewNodeServiceClient(h, strings.TrimSuffix(node, "/"), connect.WithReadMaxBytes(maxMessage)), h, nil
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Genesis returns what the client was made with.
func (c *Client) Genesis() *Genesis { return c.genesis }

// understand turns an error's Rejection detail back into the rejection.
func understand(err error) error {
	var e *connect.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, d := range e.Details() {
		if v, decodeErr := d.Value(); decodeErr == nil {
			if r, ok := v.(*nodev1.Rejection); ok && r.Code <= 0xffff {
				return &rejection.Rejection{Code: rejection.Code(r.Code), Detail: r.Detail}
			}
		}
	}
	return err
}

// call makes a unary call.
func call[Req, Res any](ctx context.Context, method func(context.Context, *connect.Request[Req]) (*connect.Response[Res], error), req *Req) (*Res, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	res, err := method(ctx, connect.NewRequest(req))
	if err != nil {
		return nil, understand(err)
	}
	return res.Msg, nil
}

// Submit has the node check a transaction completely and queue it, and returns
// its id. A refusal is a *rejection.Rejection; after any other error the
// transaction may or may not be under way, and submitting it again is safe.
func (c *Client) Submit(ctx context.Context, tx []byte) (id [32]byte, err error) {
	res, err := call(ctx, c.rpc.Submit, &nodev1.SubmitRequest{Tx: tx})
	if err != nil {
		return id, err
	}
	if copy(id[:], res.Id) != len(id) {
		return id, fmt.Errorf("the node answered with an id of %d bytes", len(res.Id))
	}
	return id, nil
}

// Status returns the node's word on its own condition.
func (c *Client) Status(ctx context.Context) (*nodev1.StatusResponse, error) {
	return call(ctx, c.rpc.Status, &nodev1.StatusRequest{})
}

// Params returns the node's word on the chain's records; View has those that
// matter verified.
func (c *Client) Params(ctx context.Context) (*nodev1.ParamsResponse, error) {
	return call(ctx, c.rpc.Params, &nodev1.ParamsRequest{})
}

// TxStatus returns the node's word on a transaction.
func (c *Client) TxStatus(ctx context.Context, id [32]byte) (*nodev1.TxStatusResponse, error) {
	return call(ctx, c.rpc.TxStatus, &nodev1.TxStatusRequest{Id: id[:]})
}

// ClaimStatus returns the node's word on a withdrawal claim.
func (c *Client) ClaimStatus(ctx context.Context, claim [32]byte) (*nodev1.ClaimStatusResponse, error) {
	return call(ctx, c.rpc.ClaimStatus, &nodev1.ClaimStatusRequest{Claim: claim[:]})
}

// FetchGenesis asks a node for its genesis file: a convenience for development
// networks. Whoever trusts the answer trusts the node with everything.
func FetchGenesis(ctx context.Context, node string) ([]byte, error) {
	rpc, h, err := dial(node)
	if err != nil {
		return nil, err
	}
	defer h.CloseIdleConnections()
	res, err := call(ctx, rpc.Genesis, &nodev1.GenesisRequest{})
	if err != nil {
		return nil, err
	}
	return res.Genesis, nil
}

// CompactBlocks calls yield with every compact block of heights from to to, in
// order; to = 0 follows the chain until ctx ends or yield fails. A connection
// that breaks is made again and goes on where it was; so is one that stalls,
// unless it follows the chain, whose next block may be long in coming. The
// blocks are the node's word: compare their roots with verified ones.
func (c *Client) CompactBlocks(ctx context.Context, from, to uint64, yield func(*nodev1.CompactBlock) error) error {
	open := func(ctx context.Context, from uint64) (receiver[nodev1.CompactBlock], error) {
		return c.rpc.CompactBlocks(ctx, connect.NewRequest(&nodev1.CompactBlocksRequest{From: from, To: to}))
	}
	return follow(ctx, from, to, open, yield)
}

// RawBlocks is CompactBlocks for whole blocks.
func (c *Client) RawBlocks(ctx context.Context, from, to uint64, yield func(*nodev1.RawBlock) error) error {
	open := func(ctx context.Context, from uint64) (receiver[nodev1.RawBlock], error) {
		return c.rpc.RawBlocks(ctx, connect.NewRequest(&nodev1.RawBlocksRequest{From: from, To: to}))
	}
	return follow(ctx, from, to, open, yield)
}

// receiver is a stream of the node.
type receiver[T any] interface {
	Receive() bool
	Msg() *T
	Err() error
	Close() error
}

// retries bounds how long a stream without progress is tried again, about half
// a minute: a node that restarts is back by then.
const (
	retries    = 7
	retryPause = 200 * time.Millisecond // doubles with each try
)

// follow reads a stream of heights and resumes it when it breaks.
func follow[T any, P interface {
	*T
	GetHeight() uint64
}](ctx context.Context, from, to uint64, open func(context.Context, uint64) (receiver[T], error), yield func(P) error) error {
	next := from
	for tries := 0; ; {
		if to != 0 && next > to {
			return nil
		}
		before := next
		stall := stallTimeout
		if to == 0 {
			stall = math.MaxInt64
		}
		err := drain(ctx, &next, stall, open, yield)
		if next > before {
			tries = 0
		}
		if !transient(err) || ctx.Err() != nil || tries == retries {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return understand(err)
		}
		select {
		case <-time.After(retryPause << tries):
		case <-ctx.Done():
			return ctx.Err()
		}
		tries++
	}
}

// drain reads one stream to its end and counts next up. It leaves a stream that
// is silent for as long as stall; the time that yield takes is not the node's.
func drain[T any, P interface {
	*T
	GetHeight() uint64
}](ctx context.Context, next *uint64, stall time.Duration, open func(context.Context, uint64) (receiver[T], error), yield func(P) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer silence.Stop()
	broken := func(err error) error {
		if err != nil && context.Cause(ctx) == errStalled {
			return errStalled
		}
		return err
	}
	stream, err := open(ctx, *next)
	if err != nil {
		return broken(err)
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	for stream.Receive() {
		silence.Stop()
		b := P(stream.Msg())
		if b.GetHeight() != *next {
			return fmt.Errorf("the node sent block %d instead of %d", b.GetHeight(), *next)
		}
		if err := yield(b); err != nil {
			return stopped{err}
		}
		*next++
		silence.Reset(stall)
	}
	return broken(stream.Err())
}

// errStalled ends a stream of blocks that exist and do not come.
var errStalled = connect.NewError(connect.CodeUnavailable, errors.New("the node has gone silent; try again or use another node"))

// stopped is an error of the caller's yield.
type stopped struct{ error }

func (s stopped) Unwrap() error { return s.error }

// transient reports whether trying again may help.
func transient(err error) bool {
	if err == nil {
		return true // the stream ended early
	}
	if errors.As(err, new(stopped)) {
		return false
	}
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeUnknown, connect.CodeAborted, connect.CodeCanceled, connect.CodeDeadlineExceeded:
		var e *connect.Error
		return errors.As(err, &e) || errors.Is(err, io.ErrUnexpectedEOF)
	}
	return false
}

package node

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/store"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// Bounds of one request.
const (
	maxRequestBytes = transaction.MaxSize + 1<<12
	maxStateRows    = 1024
)

// handler serves the node's service.
func (n *Node) handler() http.Handler {
	mux := http.NewServeMux()
	s := &service{Node: n, streams: make(chan struct{}, n.config.RPCStreams)}
	mux.Handle(nodev1connect.NewNodeServiceHandler(s, connect.WithReadMaxBytes(maxRequestBytes)))
	return mux
}

// service implements nodev1connect.NodeServiceHandler. What each method means
// is said in node.proto.
type service struct {
	*Node
	streams chan struct{} // a token for each block stream
}

// answer turns an error into what a client sees: a rejection with its code and
// advice; otherwise only that something failed here.
func (n *Node) answer(err error) error {
	var refused *rejection.Rejection
	switch {
	case errors.As(err, &refused):
		e := connect.NewError(connectCode(refused.Code), refused)
		d, detailErr := connect.NewErrorDetail(&nodev1.Rejection{
			Code: uint32(refused.Code), Name: refused.Code.Name(), Detail: refused.Detail, Advice: refused.Code.Advice()})
		if detailErr == nil {
			e.AddDetail(d)
		}
		return e
	case errors.Is(err, errStarting):
		return connect.NewError(connect.CodeUnavailable, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	n.log.Error("request failed", "error", err)
	return connect.NewError(connect.CodeInternal, errors.New("the node failed to answer; its log says why"))
}

func connectCode(c rejection.Code) connect.Code {
	switch {
	case c == rejection.BlockFull:
		return connect.CodeResourceExhausted
	case c < 300:
		return connect.CodeInvalidArgument
	}
	return connect.CodeFailedPrecondition
}

// read calls fn with the newest state, which does not change meanwhile.
func (a *app) read(fn func(*ledger.State) error) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.state == nil {
		return errStarting
	}
	return fn(a.state)
}

// await returns once the head is at least at height.
func (a *app) await(ctx context.Context, height uint64) error {
	for {
		a.mu.RLock()
		reached := a.state != nil && a.state.Head().Height >= height
		moved := a.moved
		a.mu.RUnlock()
		if reached {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *service) Status(context.Context, *connect.Request[nodev1.StatusRequest]) (*connect.Response[nodev1.StatusResponse], error) {
	txs, _ := s.pool.Size()
	out := &nodev1.StatusResponse{
		ChainId: s.app.genesis.ChainID, Development: s.app.genesis.Development, AllowSimulated: s.app.genesis.AllowSimulated,
		GenesisHash: s.app.genesisHash[:], CatchingUp: s.comet.ConsensusReactor().WaitSync(),
		Peers: uint32(s.comet.Switch().Peers().Size()), WaitingTxs: uint32(txs),
		FirstRawBlock: uint64(max(s.blocks.Base(), 1)), Version: Version,
	}
	err := s.app.read(func(state *ledger.State) error {
		head := state.Head()
		out.Height, out.BlockHash, out.BlockTime, out.AppHash = head.Height, head.Hash[:], head.Time, head.AppHash[:]
		out.Leaves, out.Spent = state.Leaves(), state.Spent()
		return nil
	})
	if err != nil {
		return nil, s.answer(err)
	}
	return connect.NewResponse(out), nil
}

func (s *service) Genesis(context.Context, *connect.Request[nodev1.GenesisRequest]) (*connect.Response[nodev1.GenesisResponse], error) {
	return connect.NewResponse(&nodev1.GenesisResponse{Genesis: s.genesis}), nil
}

func (s *service) Submit(ctx context.Context, req *connect.Request[nodev1.SubmitRequest]) (*connect.Response[nodev1.SubmitResponse], error) {
	id, err := s.submit(ctx, originOf(req.Peer().Addr), req.Msg.Tx)
	if err != nil {
		s.app.metrics.submitted.WithLabelValues("refused").Inc()
		return nil, s.answer(err)
	}
	s.app.metrics.submitted.WithLabelValues("accepted").Inc()
	return connect.NewResponse(&nodev1.SubmitResponse{Id: id[:]}), nil
}

// originOf names a sender's lane in the mempool: its address without the port,
// of IPv6 the network of 64 bits, which is what one customer is given.
func originOf(addr string) string {
	p, err := netip.ParseAddrPort(addr)
	if err != nil {
		return addr
	}
	ip := p.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

func (s *service) CompactBlocks(ctx context.Context, req *connect.Request[nodev1.CompactBlocksRequest], stream *connect.ServerStream[nodev1.CompactBlock]) error {
	return s.each(ctx, req.Msg.From, req.Msg.To, func(height uint64) error {
		raw, ok := s.store.Compact(height)
		if !ok {
			return connect.NewError(connect.CodeNotFound, errors.New("no such block"))
		}
		b := new(nodev1.CompactBlock)
		if err := proto.Unmarshal(raw, b); err != nil {
			return s.answer(err)
		}
		return stream.Send(b)
	})
}

func (s *service) RawBlocks(ctx context.Context, req *connect.Request[nodev1.RawBlocksRequest], stream *connect.ServerStream[nodev1.RawBlock]) error {
	return s.each(ctx, req.Msg.From, req.Msg.To, func(height uint64) error {
		b := s.blocks.LoadBlock(int64(height))
		if b == nil {
			return connect.NewError(connect.CodeNotFound, errors.New("this node has dropped that block"))
		}
		light, err := s.lightBlock(height)
		if err != nil {
			return err
		}
		return stream.Send(&nodev1.RawBlock{Height: height, LightBlock: light, Txs: b.Txs.ToSliceOfBytes()})
	})
}

// each calls send with every height of a range as the chain reaches it.
func (s *service) each(ctx context.Context, from, to uint64, send func(height uint64) error) error {
	if from == 0 || to != 0 && to < from {
		return s.answer(rejection.New(rejection.OutOfRange, "heights %d to %d", from, to))
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return connect.NewError(connect.CodeUnavailable, errors.New("too many readers; come back shortly"))
	}
	for height := from; to == 0 || height <= to; height++ {
		if err := s.app.await(ctx, height); err != nil {
			return err
		}
		if err := send(height); err != nil {
			return err
		}
	}
	return nil
}

func (s *service) LightBlock(_ context.Context, req *connect.Request[nodev1.LightBlockRequest]) (*connect.Response[nodev1.LightBlockResponse], error) {
	height := req.Msg.Height
	if height == 0 {
		err := s.app.read(func(state *ledger.State) error {
			height = state.Head().Height
			return nil
		})
		if err != nil {
			return nil, s.answer(err)
		}
	}
	light, err := s.lightBlock(height)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&nodev1.LightBlockResponse{LightBlock: light}), nil
}

func (s *service) ClaimStatus(_ context.Context, req *connect.Request[nodev1.ClaimStatusRequest]) (*connect.Response[nodev1.ClaimStatusResponse], error) {
	var id custody.ClaimID
	if copy(id[:], req.Msg.Claim) != len(id) || len(req.Msg.Claim) != len(id) {
		return nil, s.answer(rejection.New(rejection.OutOfRange, "a claim id has 32 bytes"))
	}
	out := new(nodev1.ClaimStatusResponse)
	err := s.app.read(func(state *ledger.State) error {
		c, ok := state.Claim(id)
		if !ok {
			return rejection.New(rejection.UnknownClaim, "")
		}
		out.State = map[custody.Result]nodev1.ClaimStatusResponse_State{
			0:                nodev1.ClaimStatusResponse_STATE_OPEN,
			custody.Paid:     nodev1.ClaimStatusResponse_STATE_PAID,
			custody.Returned: nodev1.ClaimStatusResponse_STATE_RETURNED,
		}[c.Closed]
		out.Asset, out.Amount, out.Recipient, out.Height = c.Asset, c.Amount, c.Recipient[:], c.Height
		return nil
	})
	if err != nil {
		return nil, s.answer(err)
	}
	return connect.NewResponse(out), nil
}

func (s *service) TxStatus(_ context.Context, req *connect.Request[nodev1.TxStatusRequest]) (*connect.Response[nodev1.TxStatusResponse], error) {
	var id [32]byte
	if copy(id[:], req.Msg.Id) != len(id) || len(req.Msg.Id) != len(id) {
		return nil, s.answer(rejection.New(rejection.OutOfRange, "a transaction id has 32 bytes"))
	}
	out := new(nodev1.TxStatusResponse)
	waiting := s.pool.Has(id) // before the store: it is never in neither
	switch tx, ok := s.store.Tx(id); {
	case ok:
		out.State = map[store.Outcome]nodev1.TxStatusResponse_State{
			store.Included: nodev1.TxStatusResponse_STATE_ADMITTED,
			store.Executed: nodev1.TxStatusResponse_STATE_EXECUTED,
			store.Dropped:  nodev1.TxStatusResponse_STATE_DROPPED,
		}[tx.Outcome]
		out.Included, out.Index, out.Decided = tx.Included, tx.Index, tx.Decided
	case waiting:
		out.State = nodev1.TxStatusResponse_STATE_WAITING
	}
	return connect.NewResponse(out), nil
}

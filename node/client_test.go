package node

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// dial returns a client that trusts nothing but the network's genesis.
func (m *member) dial(url string) *client.Client {
	m.Helper()
	genesis, err := client.ParseGenesis(m.raw)
	if err != nil {
		m.Fatal(err)
	}
	c, err := client.New(url, genesis, nil)
	if err != nil {
		m.Fatal(err)
	}
	m.Cleanup(c.Close)
	return c
}

func (m *member) url() string { return "http://" + m.node.RPCAddress() }

func TestClientVerifiesTheState(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	c := m.dial(m.url())
	ctx := patience(t)
	if _, err := c.Submit(ctx, net.deposit(1, hub, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(ctx, net.deposit(1, hub, 99)); !errors.Is(err, rejection.DepositBounds) && !errors.Is(err, rejection.DepositReplayed) {
		t.Errorf("a refusal without its code: %v", err)
	}
	m.until(m.head() + 3)
	view, err := c.View(ctx)
	if err != nil {
		t.Fatal(err)
	}
	fee, _ := view.Fees.At(view.Height)
	if len(view.Assets) != 2 || len(view.Markets) != 1 || fee != 10 || view.Book.Epoch != 0 {
		t.Errorf("%+v", view)
	}
	height, root, err := c.Notes(ctx)
	if err != nil || height < view.Height {
		t.Fatalf("height %d after %d, %v", height, view.Height, err)
	}
	var served *nodev1.CompactBlock
	if err := c.CompactBlocks(ctx, 1, height, func(b *nodev1.CompactBlock) error {
		served = b
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := root.Bytes(); served.Height != height || !bytes.Equal(served.Root, want[:]) {
		t.Errorf("the compact block of %d has another root than the validators signed", height)
	}
	if v, _, err := c.Row(ctx, state.Assets.Key(state.ID32(77))); err != nil || v != nil {
		t.Errorf("an absent row: %x, %v", v, err)
	}
	again, err := client.New(m.url(), c.Genesis(), c.Trusted())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.View(ctx); err != nil {
		t.Errorf("with the trust of an earlier run: %v", err)
	}
}

// liar is a node whose answers about the state are altered on their way.
type liar struct {
	rpc   nodev1connect.NodeServiceClient
	alter func(*nodev1.StateResponse)
}

func (l *liar) State(ctx context.Context, req *connect.Request[nodev1.StateRequest]) (*connect.Response[nodev1.StateResponse], error) {
	res, err := l.rpc.State(ctx, connect.NewRequest(req.Msg))
	if err != nil {
		return nil, err
	}
	l.alter(res.Msg)
	return connect.NewResponse(res.Msg), nil
}

// lie serves the member's state, altered, and returns where.
func (m *member) lie(alter func(*nodev1.StateResponse)) string {
	m.Helper()
	l := &liar{rpc: m.rpc, alter: alter}
	mux := http.NewServeMux()
	mux.Handle(nodev1connect.NodeServiceStateProcedure, connect.NewUnaryHandler(nodev1connect.NodeServiceStateProcedure, l.State))
	server := httptest.NewUnstartedServer(mux)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	m.Cleanup(server.Close)
	return server.URL
}

func TestClientRefusesLies(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	m.until(4)
	other := newNetwork(t, 1, fast).members[0]
	other.start()
	other.until(6)
	foreign, err := other.rpc.LightBlock(patience(t), connect.NewRequest(&nodev1.LightBlockRequest{Height: 5}))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) { b[len(b)-1] ^= 1 }
	circuits := func(version uint8) []byte { return state.AllCircuits.Key(state.ID8(version)) }
	drop := func(r *nodev1.StateResponse, key []byte) {
		r.Rows = slices.DeleteFunc(r.Rows, func(row *nodev1.Row) bool { return bytes.Equal(row.Key, key) })
	}
	for _, c := range []struct {
		name  string
		alter func(*nodev1.StateResponse)
		want  error
	}{
		{"control", func(*nodev1.StateResponse) {}, nil},
		{"a value", func(r *nodev1.StateResponse) { flip(r.Rows[0].Value) }, client.ErrUnverified},
		{"a present row as absent", func(r *nodev1.StateResponse) { r.Rows[0].Present = false }, client.ErrUnverified},
		{"a row under another key", func(r *nodev1.StateResponse) { r.Rows[0].Key, r.Rows[1].Key = r.Rows[1].Key, r.Rows[0].Key }, client.ErrUnverified},
		{"a row left out", func(r *nodev1.StateResponse) { r.Rows = r.Rows[1:] }, client.ErrUnverified},
		{"the circuits left out", func(r *nodev1.StateResponse) { drop(r, circuits(1)) }, client.ErrUnverified},
		{"that there is no newer version of the circuits", func(r *nodev1.StateResponse) { drop(r, circuits(2)) }, client.ErrUnverified},
		{"a bucket", func(r *nodev1.StateResponse) { flip(r.Rows[0].Bucket[0]) }, client.ErrUnverified},
		{"an empty bucket", func(r *nodev1.StateResponse) { r.Rows[0].Bucket = nil }, client.ErrUnverified},
		{"a short pair", func(r *nodev1.StateResponse) { r.Rows[0].Bucket[0] = r.Rows[0].Bucket[0][:63] }, client.ErrUnverified},
		{"a path", func(r *nodev1.StateResponse) { flip(r.Rows[0].Path[3]) }, client.ErrUnverified},
		{"a short path", func(r *nodev1.StateResponse) { r.Rows[0].Path = r.Rows[0].Path[1:] }, client.ErrUnverified},
		{"the notes root", func(r *nodev1.StateResponse) { flip(r.NotesRoot) }, client.ErrUnverified},
		{"the nullifiers' root", func(r *nodev1.StateResponse) { flip(r.SpentRoot) }, client.ErrUnverified},
		{"the state root", func(r *nodev1.StateResponse) { flip(r.StateRoot) }, client.ErrUnverified},
		{"no root", func(r *nodev1.StateResponse) { r.StateRoot = nil }, client.ErrUnverified},
		{"another height", func(r *nodev1.StateResponse) { r.Height++ }, client.ErrUnverified},
		{"no light block", func(r *nodev1.StateResponse) { r.LightBlock = nil }, light.ErrUntrusted},
		{"a damaged light block", func(r *nodev1.StateResponse) { flip(r.LightBlock[:len(r.LightBlock)/2]) }, light.ErrUntrusted},
		{"another chain's light block", func(r *nodev1.StateResponse) { r.LightBlock = foreign.Msg.LightBlock }, light.ErrTooFar},
	} {
		view, err := m.dial(m.lie(c.alter)).View(patience(t))
		// Of a header that is too far the client asks for one in between, which
		// this node does not serve.
		if c.want == light.ErrTooFar && connect.CodeOf(err) == connect.CodeUnimplemented {
			err = c.want
		}
		if !errors.Is(err, c.want) || (c.want != nil) != (view == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestClientOrdersTheState: lists are ascending and hold nothing twice, however
// the node sends their rows.
func TestClientOrdersTheState(t *testing.T) {
	m := newNetwork(t, 1, fast).members[0]
	m.start()
	m.until(2)
	view, err := m.dial(m.lie(func(r *nodev1.StateResponse) {
		r.Rows = slices.Concat(r.Rows, r.Rows)
		slices.Reverse(r.Rows)
	})).View(patience(t))
	if err != nil {
		t.Fatal(err)
	}
	if a := view.Assets; len(a) != 2 || a[0].Record.ID != hub || a[1].Record.ID != coin {
		t.Errorf("assets %+v", a)
	}
	if c := view.Circuits; len(c) != 1 {
		t.Errorf("circuits %+v", c)
	}
}

// TestStreamResumes restarts the node under a reader, which must get every
// height once.
func TestStreamResumes(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.config.RPCListen = freeAddress(t)
	m.start()
	c := m.dial(m.url())
	next := uint64(1)
	errDone := errors.New("done")
	restarted := make(chan error, 1)
	var last uint64
	err := c.CompactBlocks(patience(t), 1, 0, func(b *nodev1.CompactBlock) error {
		if b.Height != next {
			t.Errorf("block %d instead of %d", b.Height, next)
		}
		next++
		switch b.Height {
		case 5:
			go func() {
				m.stop()
				restarted <- m.tryStart()
			}()
		}
		select {
		case err := <-restarted:
			if err != nil {
				return err
			}
			last = max(40, b.Height+10) // blocks that only the restarted node can send
		default:
		}
		if b.Height == last {
			return errDone
		}
		return nil
	})
	if !errors.Is(err, errDone) {
		t.Fatal(err)
	}
}

func TestRawBlocksHoldTogether(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	c := m.dial(m.url())
	ctx := patience(t)
	if _, err := c.Submit(ctx, net.deposit(1, hub, 1000)); err != nil {
		t.Fatal(err)
	}
	last := max(10, m.head()+2) // the deposit is in by then
	m.until(last)
	var validators []light.Validator
	for _, v := range net.genesis.Validators {
		validators = append(validators, light.Validator{Key: v.Key, Power: int64(v.Power)})
	}
	chain, err := light.Start(net.genesis.ChainID, validators)
	if err != nil {
		t.Fatal(err)
	}
	txs := uint64(0)
	if err := c.RawBlocks(ctx, 1, last, func(b *nodev1.RawBlock) error {
		if err := chain.Advance(b.LightBlock); err != nil {
			return err
		}
		txs += uint64(len(b.Txs))
		return chain.Head().VerifyTxs(b.Txs)
	}); err != nil {
		t.Fatal(err)
	}
	if txs < last { // an oracle commit in each but the first, and the deposit
		t.Errorf("%d transactions in %d blocks", txs, last)
	}
}

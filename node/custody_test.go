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
	"github.com/google/go-cmp/cmp"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/state"
)

// TestClientReadsCustody: what a custody signer reads of the chain is verified,
// and complete where it has to be.
func TestClientReadsCustody(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	m.start()
	c := m.dial(m.url())
	ctx := patience(t)
	deposit := net.deposit(1, hub, 1000)
	if _, err := c.Submit(ctx, deposit); err != nil {
		t.Fatal(err)
	}
	m.untilLeaves(1)
	m.until(m.head() + 2)
	unknown, other := custody.ClaimID{1}, custody.DepositID{1}
	decoded, err := custody.DecodeDeposit(deposit)
	if err != nil {
		t.Fatal(err)
	}
	credited := decoded.Reference.ID(c.Genesis().ChainID)
	check := func(c *client.Client) {
		t.Helper()
		got, err := c.Custody(ctx, []custody.ClaimID{unknown}, []custody.DepositID{other, credited})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.Genesis().Signers, got.Signers); d != "" || len(got.Signers.Keys) == 0 {
			t.Error("signers", d)
		}
		if p := got.Pools[hub]; len(got.Assets) != 2 || len(got.Pools) != 2 || p.Deposited != 1000 {
			t.Errorf("%+v %+v", got.Assets, got.Pools)
		}
		if len(got.Claims) != 0 || len(got.Deposits) != 1 || got.Deposits[credited] == 0 {
			t.Errorf("%+v %+v", got.Claims, got.Deposits)
		}
	}
	check(c)

	drop := func(key []byte) func(*nodev1.StateResponse) {
		return func(r *nodev1.StateResponse) {
			r.Rows = slices.DeleteFunc(r.Rows, func(row *nodev1.Row) bool { return bytes.Equal(row.Key, key) })
		}
	}
	first := true
	check(m.dial(m.lie(func(r *nodev1.StateResponse) { // asked for by name, it is there
		if first {
			drop(state.Pools.Key(state.ID32(hub)))(r)
		}
		first = false
	})))
	for name, alter := range map[string]func(*nodev1.StateResponse){
		"the signers left out":     drop(state.AllSigners.Key(nil)),
		"a claim left out":         drop(state.Claims.Key(unknown[:])),
		"a deposit left out":       drop(state.Deposits.Key(credited[:])),
		"a pool, again and again":  drop(state.Pools.Key(state.ID32(hub))),
		"the signers' row altered": func(r *nodev1.StateResponse) { r.Rows[0].Value[0] ^= 1 },
	} {
		if _, err := m.dial(m.lie(alter)).Custody(ctx, []custody.ClaimID{unknown}, []custody.DepositID{credited}); !errors.Is(err, client.ErrUnverified) {
			t.Errorf("%s: %v", name, err)
		}
	}

	var seen [][]byte
	collect := func(c *client.Client, from, to uint64) error {
		seen = nil
		chain, err := c.Chain(nil)
		if err != nil {
			t.Fatal(err)
		}
		next := from
		return c.VerifiedBlocks(ctx, chain, from, to, func(h light.Head, txs [][]byte) error {
			if h.Height != next {
				t.Errorf("block %d instead of %d", h.Height, next)
			}
			next++
			seen = append(seen, txs...)
			return nil
		})
	}
	has := func() bool {
		return slices.ContainsFunc(seen, func(tx []byte) bool { return bytes.Equal(tx, deposit) })
	}
	if err := collect(c, 1, m.head()); err != nil || !has() {
		t.Errorf("all blocks: %v", err)
	}
	if err := collect(c, m.head()-1, m.head()); err != nil {
		t.Errorf("blocks later than the first: %v", err)
	}
	for name, alter := range map[string]func(*nodev1.RawBlock){
		"a transaction left out":       func(b *nodev1.RawBlock) { b.Txs = nil },
		"a transaction more":           func(b *nodev1.RawBlock) { b.Txs = append(b.Txs, deposit) },
		"another height's light block": func(b *nodev1.RawBlock) { b.LightBlock, _ = c.LightBlock(ctx, b.Height+1) },
	} {
		if err := collect(m.dial(m.lieBlocks(alter)), 1, m.head()-1); !errors.Is(err, light.ErrUntrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := collect(m.dial(m.lieBlocks(func(*nodev1.RawBlock) {})), 1, m.head()-1); err != nil || !has() {
		t.Errorf("control: %v", err)
	}
}

// blockLiar is a node whose raw blocks are altered on their way, if they hold a
// transaction or the alteration does not care.
type blockLiar struct {
	rpc   nodev1connect.NodeServiceClient
	alter func(*nodev1.RawBlock)
}

func (l *blockLiar) RawBlocks(ctx context.Context, req *connect.Request[nodev1.RawBlocksRequest], out *connect.ServerStream[nodev1.RawBlock]) error {
	in, err := l.rpc.RawBlocks(ctx, connect.NewRequest(req.Msg))
	if err != nil {
		return err
	}
	defer in.Close()
	for in.Receive() {
		l.alter(in.Msg())
		if err := out.Send(in.Msg()); err != nil {
			return err
		}
	}
	return in.Err()
}

func (m *member) lieBlocks(alter func(*nodev1.RawBlock)) string {
	m.Helper()
	l := &blockLiar{rpc: m.rpc, alter: alter}
	mux := http.NewServeMux()
	mux.Handle(nodev1connect.NodeServiceRawBlocksProcedure, connect.NewServerStreamHandler(nodev1connect.NodeServiceRawBlocksProcedure, l.RawBlocks))
	server := httptest.NewUnstartedServer(mux)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	m.Cleanup(server.Close)
	return server.URL
}

package node

import (
	"context"
	"os"
	"testing"
	"time"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
)

func TestSingleValidator(t *testing.T) {
	net := newNetwork(t, 1, 20*time.Millisecond)
	m := net.members[0]
	if err := os.WriteFile(m.config.Oracle.Prices, []byte("height,market,price\n1,5,31500\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start()
	m.until(3)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	id, err := m.rpc.Submit(ctx, connect.NewRequest(&nodev1.SubmitRequest{Tx: net.deposit(1, hub, 1000)}))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := m.rpc.CompactBlocks(ctx, connect.NewRequest(&nodev1.CompactBlocksRequest{From: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for stream.Receive() {
		b := stream.Msg()
		t.Log(b.Height, b.Entries)
		if len(b.Entries) > 0 && b.Leaves > 0 {
			break
		}
	}
	if stream.Err() != nil {
		t.Fatal(stream.Err())
	}
	st, err := m.rpc.TxStatus(ctx, connect.NewRequest(&nodev1.TxStatusRequest{Id: id.Msg.Id}))
	t.Log(st.Msg, err)
	p, err := m.rpc.Params(ctx, connect.NewRequest(&nodev1.ParamsRequest{}))
	t.Log(p.Msg, err)
	s, err := m.rpc.Status(ctx, connect.NewRequest(&nodev1.StatusRequest{}))
	t.Log(s.Msg, err)
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
}

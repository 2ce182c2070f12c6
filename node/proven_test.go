package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// proven is a network with real verifying keys and a fee of 0, so that actions
// of dummies alone are valid: anybody may prove one that does nothing.
func proven(t testing.TB, p *prove.Prover) *network {
	t.Helper()
	net := newNetwork(t, 1, 50*time.Millisecond)
	net.found(func(g *ledger.Genesis) {
		g.Fee = 0
		g.Keys = ledger.DevelopmentKeys(p.Keys())
		longAnchors(g)
	})
	return net
}

// startProduct starts the node as the binary does, verifier included.
func (m *member) startProduct() {
	m.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n, err := New(ctx, m.home, m.config, slog.New(slog.DiscardHandler))
	if err != nil {
		m.Fatal(err)
	}
	m.node, m.cancel, m.outcome = n, cancel, make(chan error, 1)
	go func() { m.outcome <- n.Run(ctx) }()
	m.rpc = clientOf(n.RPCAddress())
	m.Cleanup(func() { m.stop() })
}

// idle proves the action number i, which spends and makes only zeros.
func (m *member) idle(p *prove.Prover, i int) *action.Action {
	m.Helper()
	owner := keys.Derive([]byte(fmt.Sprint("owner ", i)), 0)
	view := owner.Viewing()
	alpha := keys.Alpha([]byte{byte(i)})
	a := &action.Action{Version: 1, RK: view.Randomize(alpha)}
	m.node.app.read(func(s *ledger.State) error {
		a.Anchor, a.Epoch = s.Anchor().Notes, s.Book().Epoch
		return nil
	})
	w := &circuit.Witness{Key: view.ProverKey, Alpha: alpha, Anchor: a.Anchor, FeeAsset: hub}
	for j := range w.Inputs {
		rho := field.FromHash("test", fmt.Appendf(nil, "rho %d %d", i, j))
		w.Inputs[j] = circuit.Spend{Dummy: true, Asset: hub, D: view.Diversifier(0), Rho: rho}
		w.Outputs[j] = circuit.Create{Asset: hub, C: rho}
	}
	a.Nullifiers, a.Commitments = w.Nullifiers(), w.Commitments()
	w.Digest = a.Digest(m.genesis.ChainID)
	var err error
	if a.Proof, err = p.Action(w); err != nil {
		m.Fatal(err)
	}
	a.Signature = owner.Sign(alpha, a.Sighash(m.genesis.ChainID), nil)
	return a
}

// TestProvenAction runs the node as the binary does, on real proofs.
func TestProvenAction(t *testing.T) {
	p := circuittest.Prover(t)
	m := proven(t, p).members[0]
	m.startProduct()
	m.until(1)
	params, err := m.rpc.Params(t.Context(), connect.NewRequest(new(nodev1.ParamsRequest)))
	if err != nil {
		t.Fatal(err)
	}
	if c, key := params.Msg.Circuits, p.Keys().Action.Hash(); len(c) != 1 || c[0].Version != 1 || c[0].Retires != 0 || !bytes.Equal(c[0].Action, key[:]) {
		t.Errorf("circuits: %v", c)
	}
	a, b := m.idle(p, 1), m.idle(p, 2)
	swapped := *a
	swapped.Proof = b.Proof
	if _, err := m.submit(swapped.Encode()); codeOf(err) != rejection.BadProof {
		t.Errorf("another action's proof: %v", err)
	}
	if _, err := m.submit(a.Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.submit(b.Encode()); err != nil {
		t.Fatal(err)
	}
	executed, h := find(m, 1, (*nodev1.Entry).GetExecuted)
	if executed.Position != 0 || h < 3 {
		t.Errorf("position %d in block %d", executed.Position, h)
	}
}

// TestNewRefusesOtherKeys: a genesis whose verifying keys are those of other
// circuits starts no node; there is no way around the verifier.
func TestNewRefusesOtherKeys(t *testing.T) {
	net := newNetwork(t, 1, fast)
	m := net.members[0]
	net.found(func(g *ledger.Genesis) { g.Keys[ledger.FillCircuit] = g.Keys[ledger.ActionCircuit] })
	_, err := New(t.Context(), m.home, m.config, slog.New(slog.DiscardHandler))
	if !errors.Is(err, rejection.BadGenesis) {
		t.Fatal(err)
	}
}

// BenchmarkProvenActions submits proven actions from several senders and waits
// until the last is executed: everything from the RPC to the store. The proofs
// are made before the clock starts.
func BenchmarkProvenActions(b *testing.B) {
	const batch, senders = 16, 8
	p := circuittest.Prover(b)
	m := proven(b, p).members[0]
	m.startProduct()
	m.until(1)
	var made [][]byte
	for i := range batch {
		made = append(made, m.idle(p, i).Encode())
	}
	b.ResetTimer()
	for range 1 { // actions can be admitted once: run with -benchtime 1x
		start, used := time.Now(), cpu.Now()
		var wg sync.WaitGroup
		next := make(chan []byte, len(made))
		for _, raw := range made {
			next <- raw
		}
		close(next)
		for range senders {
			wg.Go(func() {
				for raw := range next {
					if _, err := m.submit(raw); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		accepted := time.Since(start)
		for m.leaves() < 3*batch {
			m.until(m.head() + 1)
		}
		b.ReportMetric(float64(batch)/accepted.Seconds(), "accepted/s")
		b.ReportMetric(float64((cpu.Now()-used).Microseconds())/1000/batch, "cpu-ms/action")
		b.ReportMetric(time.Since(start).Seconds(), "s-to-last")
	}
}

// BenchmarkDepositServed measures from submitting a deposit to its entry in a
// compact block at a reader, on a chain with a pause of 50 ms between blocks.
func BenchmarkDepositServed(b *testing.B) {
	net := newNetwork(b, 1, 50*time.Millisecond)
	m := net.members[0]
	m.start()
	m.until(2)
	i := 0
	for b.Loop() {
		from := m.head() + 1
		if _, err := m.submit(net.deposit(i, hub, 1000)); err != nil {
			b.Fatal(err)
		}
		find(m, from, (*nodev1.Entry).GetDeposited)
		i++
	}
}

// BenchmarkIdleBlocks measures what a block costs when nothing happens and
// nothing waits between blocks.
func BenchmarkIdleBlocks(b *testing.B) {
	net := newNetwork(b, 1, time.Millisecond)
	m := net.members[0]
	m.start()
	m.until(2)
	used := cpu.Now()
	from := m.head()
	for b.Loop() {
		m.until(m.head() + 1)
	}
	b.ReportMetric(float64((cpu.Now()-used).Microseconds())/1000/float64(m.head()-from), "cpu-ms/block")
}

func (m *member) leaves() (n uint64) {
	m.node.app.read(func(s *ledger.State) error {
		n = s.Leaves()
		return nil
	})
	return n
}

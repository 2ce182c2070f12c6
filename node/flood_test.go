package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/mempool"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// proved returns an action's encoding with a proof of a setup.
func (m *member) proved(of *circuittest.Trapdoor, a *action.Action) []byte {
	a.Proof = of.Prove(a.PublicInputs(m.genesis.ChainID, hub), 0)
	return a.Encode()
}

// TestFloodOfInvalidProofs: while peers and two addresses send nothing but
// well-signed actions with well-formed proofs that are false, the node makes
// blocks, and an honest sender's action is accepted and executed.
func TestFloodOfInvalidProofs(t *testing.T) {
	net := newNetwork(t, 1, fast)
	net.found(longAnchors)
	m := net.members[0]
	m.startProduct()
	m.until(1)
	var junk [][]byte
	for i := range 64 {
		junk = append(junk, m.proved(circuittest.NewTrapdoor("another setup", 15), m.action(1000+i)))
	}
	var verified, turned atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for sender := range 16 { // half of them are peers
		origin := mempool.Peers
		if sender%2 == 0 {
			origin = fmt.Sprint("thief ", sender%4)
		}
		wait.Go(func() {
			for n := sender; ctx.Err() == nil; n += 16 {
				_, err := m.node.app.pool.Submit(ctx, origin, junk[n%len(junk)])
				switch {
				case errors.Is(err, rejection.BadProof):
					verified.Add(1)
				case errors.Is(err, rejection.BlockFull):
					turned.Add(1)
					time.Sleep(time.Millisecond) // leave the machine to the others
				}
			}
		})
	}
	defer wait.Wait()
	defer stop()

	from := m.head()
	for verified.Load() < int64(len(junk)) { // how many that is a block, the machine decides
		m.until(m.head() + 1)
	}
	if _, err := m.submit(m.proved(toys().Action, m.action(1))); err != nil {
		t.Fatalf("an honest action: %v", err)
	}
	executed, h := find(m, from+1, (*nodev1.Entry).GetExecuted)
	if executed == nil || h <= from {
		t.Fatal("the honest action was not executed")
	}
	during := verified.Load()
	for verified.Load() < during+int64(len(junk)) {
		m.until(m.head() + 1)
	}
	var spent uint64
	if err := m.node.app.read(func(s *ledger.State) error { spent = s.Spent(); return nil }); err != nil || spent != action.Slots {
		t.Errorf("%d nullifiers spent, %v: something false was executed", spent, err)
	}
	t.Logf("%d false proofs verified, %d turned away, %d blocks", verified.Load(), turned.Load(), m.head()-from)
}

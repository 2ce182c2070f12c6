package reserves

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

// node serves a chain and returns a client of it.
func node(t *testing.T, s *chaintest.Server) chain.Node {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	n, err := rpc.New(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// follow opens a reader and goes as far as its nodes do.
func follow(t *testing.T, c chain.Config) (*chain.Reader, chain.Block) {
	t.Helper()
	c.Save = func(light.State) error { return nil }
	r, err := chain.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if more, err = r.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	final, ok := r.Finalised()
	if !ok {
		t.Fatal("nothing is final")
	}
	return r, final
}

// funded is a parachain on which the custody has 5,000 and whose last block
// has an anchor, and its relay chain.
func funded(t *testing.T, reserves uint64) (para, relay *chaintest.Chain) {
	t.Helper()
	b := newBuilder(t)
	relay = chaintest.New("relay", trie.V0, chaintest.Equal("relay", 4))
	para = chaintest.New("asset hub", trie.V1, nil)
	l := newLedger()
	l.give([]byte{asset.Native}, custodyOf(t, first), reserves, 0)
	for k, v := range l.values {
		para.Set([]byte(k), v)
	}
	para.Grow(2)
	para.Seal([]byte{3 << 2, 4, 2, 0}, b.anchor(signer("b"), encode(ownHeader(40))))
	relay.Include(1000, para)
	relay.Grow(3)
	relay.Finalise(relay.Tip().Number)
	return para, relay
}

// TestProvenAtAParachain: balances and anchors by proof, from a relay chain's
// checkpoint on, and nothing else counts: nodes that say more are not believed.
func TestProvenAtAParachain(t *testing.T) {
	para, relay := funded(t, 5_000)
	owed := audit.Custody{
		Signers: []state.Signers{first, second},
		Assets:  []audit.Obligation{{Record: record(1, asset.Native), Notes: 5, Owners: owners(2)}},
	}
	// The liar serves another parachain's proofs and bodies: one with more money.
	rich, _ := funded(t, 9_000)
	liar := &chaintest.Server{Chain: para, Lie: func(method string, _ []json.RawMessage, answer any) any {
		switch a := answer.(type) {
		case chaintest.ReadProof:
			key := storage.Account(custodyOf(t, first))
			a.Proof = nil
			for _, n := range rich.Tip().Prove(key) {
				a.Proof = append(a.Proof, chaintest.Hex(n))
			}
			return a
		case chaintest.Body:
			a.Block.Extrinsics = []string{chaintest.Hex(newBuilder(t).anchor(signer("a"), encode(ownHeader(41))))}
			return a
		}
		return answer
	}}
	config := func(nodes ...chain.Node) chain.Config {
		return chain.Config{
			Nodes: nodes, Relay: []chain.Node{node(t, &chaintest.Server{Chain: relay})}, Para: 1000, Checkpoint: relay.Genesis(),
		}
	}
	for name, nodes := range map[string][]chain.Node{
		"an honest node":           {node(t, &chaintest.Server{Chain: para})},
		"a liar before the honest": {node(t, liar), node(t, &chaintest.Server{Chain: para})},
	} {
		r, final := follow(t, config(nodes...))
		p, err := Prove(t.Context(), r, final, kusama, network, owed)
		if err != nil || p.Assets[0].Reserves != wide(5_000) || p.Block != para.Tip().Number {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		a, err := Anchors(t.Context(), r, network, owed.Signers, []header.Hash{para.Tip().Hash}, own, 40)
		if err != nil || a.Height != 40 || a.Equal != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		more := owed
		more.Assets = []audit.Obligation{{Record: record(1, asset.Native), Notes: 6, Owners: owners(2)}}
		if _, err := Prove(t.Context(), r, final, kusama, network, more); !errors.Is(err, rejection.ReservesShort) {
			t.Errorf("%s: a unit more than there is: %v", name, err)
		}
	}
	// With the liar alone there is neither a proof nor an anchor.
	r, final := follow(t, config(node(t, liar)))
	if p, err := Prove(t.Context(), r, final, kusama, network, owed); !errors.Is(err, rejection.ProofRoot) || p != nil {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := Anchors(t.Context(), r, network, owed.Signers, []header.Hash{para.Tip().Hash}, own, 1); !errors.Is(err, rejection.AnchorMissing) {
		t.Errorf("%v", err)
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/reserves"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/header"
	substrate "github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/trie"
)

func TestAnchorsFlags(t *testing.T) {
	c := newCLI(t)
	file := checkpointOf(t, chaintest.New("relay", trie.V0, chaintest.Equal("relay", 4)))
	node := "http://127.0.0.1:1"
	c.refused(rejection.BadFlag, "", "anchors")
	c.refused(rejection.BadFlag, "", "anchors", "--external", "2="+node, "--checkpoint", "2="+file)
	c.refused(rejection.BadFlag, "", "anchors", "--gateway", node)
	c.refused(rejection.BadFlag, "", "anchors", "--external", "2="+node, "--gateway", node)
}

// extrinsic is an anchor as the chain has it; nobody looks at its signature
// again.
func extrinsic(network external.Network, by quorum.Key, a external.Anchor) []byte {
	body := append([]byte{0x84, 0x00}, by[:]...)
	body = append(body, 0x00)
	body = append(body, make([]byte, 64+4)...)
	body = append(body, 0x00, 0x07, 0x51, 0x01)
	body = append(body, external.Encode(network, a)...)
	var w scale.Writer
	w.Vec(body)
	return w.Bytes()
}

// TestAnchorsOfGateways: the blocks that gateways list are read, and a gateway
// that lists many, or blocks that are not there, hides nobody else's.
func TestAnchorsOfGateways(t *testing.T) {
	network := external.NetworkOf("x")
	by := quorum.Key{7}
	own := func(_ context.Context, h uint64) (external.Anchor, bool, error) {
		return external.Anchor{Height: h, App: [32]byte{byte(h)}}, h <= 50, nil
	}
	c := chaintest.New("other", trie.V0, chaintest.Equal("other", 4))
	right := c.Seal(extrinsic(network, by, external.Anchor{Height: 40, App: [32]byte{40}}))
	wrong := c.Seal(extrinsic(network, by, external.Anchor{Height: 41, App: [32]byte{40}}))
	c.Grow(2)
	c.Finalise(c.Tip().Number)
	s := httptest.NewServer(&chaintest.Server{Chain: c})
	t.Cleanup(s.Close)
	n, err := rpc.New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := chain.Open(chain.Config{Nodes: []chain.Node{n}, Checkpoint: c.Genesis(), Save: func(substrate.State) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	lists := func(number uint32, blocks ...header.Hash) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			var out gate.Anchors
			for _, b := range blocks {
				out.Anchors = append(out.Anchors, gate.Anchor{Reference: gate.Reference{Chain: number, Block: gate.Hash(b)}})
			}
			_ = json.NewEncoder(w).Encode(out)
		}
	}
	sets := []state.Signers{{Threshold: 1, Keys: []quorum.Key{by}}}
	var many []header.Hash
	for i := range 2 * reserves.MaxBlocks {
		many = append(many, header.Hash{1, byte(i)})
	}
	// A block that a person names needs no gateway, and counts whatever they list.
	for name, x := range map[string]struct {
		named header.Hash
		gates []http.HandlerFunc
		code  error
	}{
		"named, and no gateway":     {right.Hash, nil, nil},
		"named beside many":         {right.Hash, []http.HandlerFunc{lists(2, many...)}, nil},
		"a fork beside an anchor":   {wrong.Hash, []http.HandlerFunc{lists(2, right.Hash)}, rejection.AnchorMismatch},
		"named, of another history": {header.Hash{9}, nil, rejection.AnchorMissing},
	} {
		o := otherChain{number: 2, reader: reader, gates: gatewaysOf(t, x.gates...), blocks: []header.Hash{x.named}}
		if _, err := o.sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, err := o.anchors(t.Context(), network, sets, 30, own); !errors.Is(err, x.code) || err == nil && a.Height != 40 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	for name, x := range map[string]struct {
		gates []http.HandlerFunc
		code  error
	}{
		"one is honest":             {[]http.HandlerFunc{lists(2, right.Hash)}, nil},
		"others list much, or fail": {[]http.HandlerFunc{lists(2, many...), down, lists(2, right.Hash)}, nil},
		"one shows a fork":          {[]http.HandlerFunc{lists(2, right.Hash), lists(2, wrong.Hash)}, rejection.AnchorMismatch},
		"another chain's":           {[]http.HandlerFunc{lists(3, right.Hash)}, rejection.AnchorMissing},
		"blocks that are not there": {[]http.HandlerFunc{lists(2, many...)}, rejection.AnchorMissing},
		"none":                      {[]http.HandlerFunc{lists(2)}, rejection.AnchorMissing},
	} {
		o := otherChain{number: 2, reader: reader, gates: gatewaysOf(t, x.gates...)}
		if _, err := o.sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		a, err := o.anchors(t.Context(), network, sets, 30, own)
		if !errors.Is(err, x.code) || err == nil && (a.Height != 40 || a.Block != right.Number) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestOwnHeaders(t *testing.T) {
	fault := errors.New("the node is gone")
	own := ownHeaders(9, func(_ context.Context, h uint64) (light.Head, error) {
		if h == 8 {
			return light.Head{}, fault
		}
		return light.Head{Height: h, AppHash: [32]byte{1}, Validators: [32]byte{2}}, nil
	})
	if a, ok, err := own(t.Context(), 9); a != (external.Anchor{Height: 9, App: [32]byte{1}, Validators: [32]byte{2}}) || !ok || err != nil {
		t.Errorf("%+v, %v, %v", a, ok, err)
	}
	for h, want := range map[uint64]error{0: nil, 10: nil, 8: fault} {
		if _, ok, err := own(t.Context(), h); ok || !errors.Is(err, want) {
			t.Errorf("height %d: %v, %v", h, ok, err)
		}
	}
}

func TestAnchorsSay(t *testing.T) {
	var out strings.Builder
	compared{ChainID: "x", Chains: []anchored{
		{Name: "A", Anchor: &reserves.Anchored{Height: 8, Signer: quorum.Key{0xab}, Block: 70, Equal: 2, By: 2}},
		{Name: "B", Alarm: "ANCHOR_MISMATCH: height 7"},
	}}.print(&out)
	for _, s := range []string{"x is the chain that its signers anchored on A", "height 8", "2 anchors of 2 signers", "ALARM on B: ANCHOR_MISMATCH"} {
		if !strings.Contains(out.String(), s) {
			t.Errorf("no %q in\n%s", s, &out)
		}
	}
}

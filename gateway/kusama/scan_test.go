package kusama

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/westend"
	"github.com/nightjar/nightjar/vault"
)

// TestNext: from the relay chain's votes down to a deposit on its parachain, and
// on a chain with finality of its own. Blocks come without a gap, each once, and
// the last one says that it is.
func TestNext(t *testing.T) {
	for name, parachain := range map[string]bool{"parachain": true, "solo": false} {
		t.Run(name, func(t *testing.T) {
			g := newGenerated(t, parachain)
			g.blocks(3)
			at := g.play(g.deposit(500))
			g.blocks(2)
			g.finalise()
			a := g.open()
			scans, err := g.all(a)
			if err != nil {
				t.Fatal(err)
			}
			if len(scans) != 7 || g.credited(scans) != 500 {
				t.Fatalf("%d blocks, %d", len(scans), g.credited(scans))
			}
			for i, s := range scans {
				if s.Latest != (i == len(scans)-1) {
					t.Errorf("block %d of %d: latest %v", s.Number, len(scans), s.Latest)
				}
			}
			if s := scans[4]; s.Hash != at.Hash || len(s.Transfers) != 1 {
				t.Errorf("%+v", s)
			}
			head, err := a.Head(t.Context())
			if err != nil || head.Hash != g.chain.Tip().Hash {
				t.Errorf("head %d, %v", head.Number, err)
			}

			again, ok, err := a.Look(t.Context(), at.Hash, g.watch())
			if err != nil || !ok || g.credited([]gateway.Scan{again}) != 500 || again.Latest {
				t.Errorf("%+v, %v, %v", again, ok, err)
			}
			if _, ok, err := a.Look(t.Context(), [32]byte{1}, g.watch()); ok || err != nil {
				t.Errorf("a block that is not: %v, %v", ok, err)
			}
		})
	}
}

// TestNotFinal: a deposit in a block that is not final is not told, however the
// node calls it, and one in a block that another replaces never is.
func TestNotFinal(t *testing.T) {
	for name, parachain := range map[string]bool{"parachain": true, "solo": false} {
		t.Run(name, func(t *testing.T) {
			g := newGenerated(t, parachain)
			g.blocks(2)
			g.finalise()
			lost := g.play(g.deposit(500)) // and the relay chain's block with it
			a := g.open()
			scans, err := g.all(a)
			if err != nil || len(scans) != 3 || g.credited(scans) != 0 {
				t.Fatalf("%d blocks, %d, %v", len(scans), g.credited(scans), err)
			}
			if _, ok, err := a.Look(t.Context(), lost.Hash, g.watch()); ok || err != nil {
				t.Errorf("the block that is not final: %v, %v", ok, err)
			}

			// The other fork becomes final.
			g.fork()
			g.finalise()
			scans, err = g.all(a)
			if err != nil || len(scans) != 4 || g.credited(scans) != 0 {
				t.Errorf("%d blocks, %d, %v", len(scans), g.credited(scans), err)
			}
			if _, ok, err := a.Look(t.Context(), lost.Hash, g.watch()); ok || err != nil {
				t.Errorf("the block that was replaced: %v, %v", ok, err)
			}
		})
	}
}

// TestForgotten: a block that was final stays so when a node denies to know it.
func TestForgotten(t *testing.T) {
	g := newGenerated(t, true)
	at := g.play(g.deposit(500))
	g.finalise()
	a := g.open()
	if _, err := g.all(a); err != nil {
		t.Fatal(err)
	}
	g.lying("chain_getHeader", func([]json.RawMessage, any) any { return nil })
	if s, ok, err := a.Look(t.Context(), at.Hash, g.watch()); err != nil || !ok || g.credited([]gateway.Scan{s}) != 500 {
		t.Errorf("%+v, %v, %v", s, ok, err)
	}
	if _, err := a.Balance(t.Context(), nativeExternal, g.custody, vault.Cursor{Number: uint64(at.Number), Hash: at.Hash}); err != nil {
		t.Error(err)
	}
}

// TestRewritten: a cursor that is not on the final chain stops everything.
func TestRewritten(t *testing.T) {
	g := newGenerated(t, true)
	g.blocks(3)
	g.finalise()
	a := g.open()
	for name, cursor := range map[string]vault.Cursor{
		"below":    {Number: 2, Hash: [32]byte{2}},
		"newest":   {Number: uint64(g.chain.Tip().Number), Hash: [32]byte{2}},
		"no block": {Number: 1 << 40},
	} {
		if _, ok, err := a.Next(t.Context(), cursor, g.watch()); ok || !errors.Is(err, rejection.FinalityBroken) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	ahead := vault.Cursor{Number: uint64(g.chain.Tip().Number) + 5, Hash: [32]byte{2}}
	if _, ok, err := a.Next(t.Context(), ahead, g.watch()); ok || err != nil {
		t.Errorf("a cursor that the nodes have not reached: %v, %v", ok, err)
	}
}

// TestNodesLie: whatever a node says of the block with the deposit, its owner is
// credited what the chain says, or nothing while that node alone answers; with a
// second, honest node everything is told.
func TestNodesLie(t *testing.T) {
	rich := func(g *generated) *scene { return g.deposit(1_000_000) }
	for name, test := range map[string]struct {
		method string
		lie    func(g *generated) func(params []json.RawMessage, answer any) any
		want   rejection.Code
	}{
		"forged events": {"state_getReadProof", func(g *generated) func([]json.RawMessage, any) any {
			forged := g.chain.Fork("forged", 0)
			forged.Set(storage.Events(), rich(g).encode())
			b := forged.Seal()
			return func(_ []json.RawMessage, answer any) any {
				p := answer.(chaintest.ReadProof)
				p.Proof = nil
				for _, n := range b.Prove(lastUpgrade(), storage.Events()) {
					p.Proof = append(p.Proof, chaintest.Hex(n))
				}
				return p
			}
		}, rejection.ProofRoot},
		"events left out": {"state_getReadProof", func(g *generated) func([]json.RawMessage, any) any {
			return func(_ []json.RawMessage, answer any) any {
				p := answer.(chaintest.ReadProof)
				p.Proof = p.Proof[:1]
				return p
			}
		}, rejection.ProofIncomplete},
		"another owner's remark in the body": {"chain_getBlock", func(g *generated) func([]json.RawMessage, any) any {
			s := g.scene()
			s.extrinsic(ownerRemark(otherOwner))
			return func(_ []json.RawMessage, answer any) any {
				b := answer.(chaintest.Body)
				if n := len(b.Block.Extrinsics); n > 0 {
					b.Block.Extrinsics[n-1] = chaintest.Hex(s.extrinsics[0])
				}
				return b
			}
		}, rejection.WrongBody},
		"no body": {"chain_getBlock", func(g *generated) func([]json.RawMessage, any) any {
			return func(_ []json.RawMessage, answer any) any {
				b := answer.(chaintest.Body)
				b.Block.Extrinsics = []string{}
				return b
			}
		}, rejection.WrongBody},
		"an altered header": {"chain_getHeader", func(g *generated) func([]json.RawMessage, any) any {
			return func(_ []json.RawMessage, answer any) any {
				h := answer.(chaintest.Header)
				h.StateRoot = chaintest.Hex(make([]byte, 32))
				return h
			}
		}, rejection.WrongHeader},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerated(t, true)
			g.play(g.deposit(500))
			g.blocks(1)
			g.finalise()
			a := g.open()
			g.lying(test.method, test.lie(g))
			scans, err := g.all(a)
			if got := g.credited(scans); !errors.Is(err, test.want) || got > 500 {
				t.Fatalf("credited %d, %v, want %v", got, err, test.want)
			}
			if !g.reported(test.want) {
				t.Errorf("nobody hears of the node: %v", g.reports)
			}

			honest := g.serve(&chaintest.Server{Chain: g.chain, Metadata: g.server.Metadata})
			relay := g.serve(g.relays)
			r, err := chain.Open(chain.Config{
				Nodes: []chain.Node{g.node.Client, honest}, Relay: []chain.Node{relay}, Para: para,
				Checkpoint: g.relay.Genesis(), Save: saveNothing, Report: g.report,
			})
			if err != nil {
				t.Fatal(err)
			}
			g.config.Chain = r
			scans, err = g.all(g.open())
			if err != nil || g.credited(scans) != 500 {
				t.Errorf("with an honest node: credited %d, %v", g.credited(scans), err)
			}
		})
	}
}

// TestMetadataLies: metadata decides what an event means. Other metadata than
// the accepted, and a runtime that nobody accepted, say nothing.
func TestMetadataLies(t *testing.T) {
	g := newGenerated(t, false)
	g.blocks(1)
	g.finalise()
	other := append([]byte{}, g.server.Metadata...)
	other[len(other)-1] ^= 1

	g.server.Metadata = other
	if _, err := Open(t.Context(), g.config); !errors.Is(err, rejection.WrongMetadata) {
		t.Errorf("other metadata: %v", err)
	}
	// An honest node behind it serves, and the liar is told on.
	alone := g.config.Nodes
	honest := &chaintest.Server{Chain: g.chain, Metadata: westend.Bytes(t)}
	g.config.Nodes = append([]Node{g.node}, g.serve(honest))
	a := g.open()
	if !g.reported(rejection.WrongMetadata) {
		t.Error("nobody hears of the node")
	}
	g.config.Nodes = alone
	if _, err := g.all(a); err != nil {
		t.Fatal(err)
	}

	// It is kept: a node need not have it any more.
	if scans, err := g.all(g.open()); err != nil || len(scans) != 2 {
		t.Errorf("from the directory: %d blocks, %v", len(scans), err)
	}

	// The chain goes on with another runtime: nothing of it is believed before
	// the operator accepts it.
	g.runs("westend", 9321)
	g.play(g.deposit(500))
	g.finalise()
	scans, err := g.all(a)
	if !errors.Is(err, rejection.RuntimeChanged) || len(scans) != 2 {
		t.Errorf("another runtime: %d blocks, %v", len(scans), err)
	}
	g.runs("another", 9320)
	g.play(g.deposit(500))
	g.finalise()
	if _, err := a.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Look(t.Context(), g.chain.Tip().Hash, g.watch()); !errors.Is(err, rejection.RuntimeChanged) {
		t.Errorf("another runtime's name: %v", err)
	}
}

// TestOpenRefuses: an adapter that lacks something is none.
func TestOpenRefuses(t *testing.T) {
	g := newGenerated(t, false)
	g.open() // the control
	for name, spoil := range map[string]func(*Config){
		"no runtime":   func(c *Config) { c.Runtimes = nil },
		"no nodes":     func(c *Config) { c.Nodes = nil },
		"no chain":     func(c *Config) { c.Chain = nil },
		"no signer":    func(c *Config) { c.Signer = nil },
		"no directory": func(c *Config) { c.Directory = "" },
		"no network":   func(c *Config) { c.ChainID = "" },
		"no genesis":   func(c *Config) { c.Genesis = [32]byte{} },
		"no limit":     func(c *Config) { c.MaxFee = amount.Wide{} },
	} {
		c := g.config
		spoil(&c)
		if _, err := Open(t.Context(), c); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUpgrade: a runtime that was accepted before the chain has it changes
// nothing; once the chain has it, its blocks are read, and paid is with it after
// the next start.
func TestUpgrade(t *testing.T) {
	g, j := fundedChain(t)
	next := g.config.Runtimes[0]
	next.SpecVersion, next.TransactionVersion = next.SpecVersion+1, next.TransactionVersion+1
	later := upgraded(t, g.server.Metadata, next)
	next.Metadata = blake2b.Sum256(later)
	g.config.Runtimes = append(g.config.Runtimes, next)
	a := g.open()
	if _, _, why, err := g.order(a, j, vault.Open); why != 0 || err != nil {
		t.Fatalf("before the upgrade: deferred %d, %v", why, err)
	}

	g.runs(next.SpecName, next.SpecVersion)
	g.server.Metadata = later
	g.play(g.deposit(500))
	if _, _, why, err := g.order(a, j, vault.Open); why != vault.DeferRuntime || !errors.Is(err, rejection.RuntimeChanged) {
		t.Errorf("calls of another version: deferred %d, %v", why, err)
	}
	if scans, err := g.all(a); err != nil || g.credited(scans) != 500 {
		t.Errorf("credited %d, %v", g.credited(scans), err)
	}
	a = g.open()
	if _, _, why, err := g.order(a, j, vault.Open); why != 0 || err != nil {
		t.Errorf("after the next start: deferred %d, %v", why, err)
	}
}

// TestUpgradeBlock: the block that leaves another runtime is still the old one's,
// and read by its metadata.
func TestUpgradeBlock(t *testing.T) {
	g := newGenerated(t, false)
	now, next := g.server.Metadata, g.config.Runtimes[0]
	next.SpecVersion++
	later := upgraded(t, now, next)
	next.Metadata = blake2b.Sum256(later)
	g.config.Runtimes = append(g.config.Runtimes, next)
	g.blocks(1)
	last := g.play(g.deposit(500))
	g.finalise()
	g.lying("state_getMetadata", func(params []json.RawMessage, _ any) any {
		if string(params[0]) == `"`+last.Hash.String()+`"` {
			return chaintest.Hex(later)
		}
		return chaintest.Hex(now)
	})
	if s, ok, err := g.open().Next(t.Context(), vault.Cursor{Number: uint64(last.Number) - 1, Hash: last.Parent}, g.watch()); err != nil || !ok || g.credited([]gateway.Scan{s}) != 500 {
		t.Errorf("%+v, %v, %v", s, ok, err)
	}
}

// TestAcceptedByMistake: an accepted runtime whose metadata is of another, or
// keeps multisigs where this package does not look for them, is not used.
func TestAcceptedByMistake(t *testing.T) {
	g := newGenerated(t, false)
	right := g.config.Runtimes[0]

	wrong := right
	wrong.SpecVersion++
	g.config.Runtimes = []Runtime{wrong}
	if _, err := Open(t.Context(), g.config); !errors.Is(err, rejection.WrongMetadata) {
		t.Errorf("another version's metadata: %v", err)
	}

	g.server.Metadata = bytes.ReplaceAll(g.server.Metadata, []byte("Multisigs"), []byte("Multisigz"))
	moved := right
	moved.Metadata = blake2b.Sum256(g.server.Metadata)
	g.config.Runtimes = []Runtime{moved}
	if _, err := Open(t.Context(), g.config); !errors.Is(err, rejection.UnknownItem) {
		t.Errorf("another layout: %v", err)
	}
}

// upgraded returns metadata that differs in the versions that it says.
func upgraded(t *testing.T, b []byte, to Runtime) []byte {
	t.Helper()
	m := recordedMetadata(t)
	pallet, err := m.Pallet("System")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pallet.Constants {
		if c.Name != "Version" {
			continue
		}
		v, err := m.Constant("System", "Version")
		if err != nil {
			t.Fatal(err)
		}
		fields := v.(metadata.Composite)
		for i := range fields {
			switch fields[i].Name {
			case "spec_version":
				fields[i].Value = metadata.Uint{uint64(to.SpecVersion)}
			case "transaction_version":
				fields[i].Value = metadata.Uint{uint64(to.TransactionVersion)}
			}
		}
		value, err := m.Registry.Encode(c.Type, fields)
		if err != nil || len(value) != len(c.Value) {
			t.Fatal(err)
		}
		out := bytes.Replace(b, c.Value, value, 1)
		if bytes.Equal(out, b) {
			t.Fatal("the metadata has no version")
		}
		return out
	}
	t.Fatal("no constant")
	return nil
}

package kusama

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
	"github.com/nightjar/nightjar/substrate/westend"
	"github.com/nightjar/nightjar/vault"
)

// para is the parachain's number on its relay chain, Asset Hub's.
const para = 1000

// memoryKey is a signer's key that is kept nowhere.
type memoryKey struct{ ed25519.PrivateKey }

func (k memoryKey) Public() quorum.Key {
	return quorum.Key(k.PrivateKey.Public().(ed25519.PublicKey))
}
func (k memoryKey) Sign(message []byte) ([64]byte, error) {
	return [64]byte(ed25519.Sign(k.PrivateKey, message)), nil
}
func (memoryKey) Close() error { return nil }

// trio makes three signers of whom two are enough, in the order of their keys.
func trio() (keys []signer.Signer, s state.Signers) {
	for i := range 3 {
		seed := [ed25519.SeedSize]byte{byte(i + 1)}
		keys = append(keys, signer.New(memoryKey{ed25519.NewKeyFromSeed(seed[:])}, testHub))
	}
	slices.SortFunc(keys, func(a, b signer.Signer) int {
		x, y := a.Public(), b.Public()
		return slices.Compare(x[:], y[:])
	})
	for _, k := range keys {
		s.Keys = append(s.Keys, k.Public())
	}
	s.Threshold = 2
	return keys, s
}

// priced is a node that also says what an extrinsic costs, and takes it.
type priced struct {
	*rpc.Client
	fee    rpc.Fee
	refuse error
	got    [][]byte
}

func (p *priced) Fee(context.Context, []byte, rpc.Hash) (rpc.Fee, error) { return p.fee, nil }

func (p *priced) Submit(_ context.Context, extrinsic []byte) (rpc.Hash, error) {
	p.got = append(p.got, extrinsic)
	return rpc.Hash{}, p.refuse
}

// generated is a chain of the recorded runtime: a parachain whose relay chain
// has the finality, or one with finality of its own (relay nil).
type generated struct {
	*testing.T
	relay, chain *chaintest.Chain
	server       *chaintest.Server // of chain
	relays       *chaintest.Server // of relay
	node         *priced
	config       Config
	metadata     *metadata.Metadata
	signers      state.Signers
	custody      vault.Account

	mu      sync.Mutex
	reports []error
}

var relayVoters = chaintest.Voters("kusama", 1, 2, 3, 4, 5, 6, 7)

func newGenerated(t *testing.T, parachain bool) *generated {
	return newGeneratedOf(t, parachain, recordedMetadata(t), westend.Bytes(t))
}

// newGeneratedOf makes a chain of the runtime that b, decoded m, is of.
func newGeneratedOf(t *testing.T, parachain bool, m *metadata.Metadata, b []byte) *generated {
	g := &generated{T: t, metadata: m}
	if parachain {
		g.relay = chaintest.New("relay", trie.V0, relayVoters)
		g.relays = &chaintest.Server{Chain: g.relay}
		g.chain = chaintest.New("hub", trie.V1, nil)
	} else {
		g.chain = chaintest.New("solo", trie.V1, relayVoters)
	}
	g.server = &chaintest.Server{Chain: g.chain, Metadata: b}
	g.node = &priced{Client: g.serve(g.server), fee: rpc.Fee{RefTime: 1e9, ProofSize: 5000, Amount: amount.WideOf(1000)}}

	v, err := extrinsic.VersionOf(m)
	if err != nil {
		t.Fatal(err)
	}
	runtime := Runtime{v.SpecName, v.SpecVersion, v.TransactionVersion, blake2b.Sum256(b)}
	g.runs(runtime.SpecName, runtime.SpecVersion)
	g.blocks(1)

	keys, signers := trio()
	g.signers = signers
	g.config = Config{
		Number: testChain, ChainID: testHub, Genesis: g.chain.At(0).Hash, Prefix: account.Generic, Runtimes: []Runtime{runtime},
		Directory: t.TempDir(), MaxFee: amount.WideOf(1_000_000), Nodes: []Node{g.node}, Signer: keys[0],
		Report: g.report,
	}
	g.config.Chain = g.reader(g.node.Client)
	g.custody, err = testCodec(t).Custody(signers)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *generated) report(_ string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reports = append(g.reports, err)
}

func (g *generated) serve(s *chaintest.Server) *rpc.Client {
	g.Helper()
	web := httptest.NewServer(s)
	g.Cleanup(web.Close)
	c, err := rpc.New(web.URL)
	if err != nil {
		g.Fatal(err)
	}
	return c
}

// reader opens a Reader through a node of the chain and an honest relay chain.
func (g *generated) reader(n chain.Node) *chain.Reader {
	g.Helper()
	config := chain.Config{Nodes: []chain.Node{n}, Save: saveNothing, Report: g.report}
	if g.relay != nil {
		config.Relay, config.Para = []chain.Node{g.serve(g.relays)}, para
		config.Checkpoint = g.relay.Genesis()
	} else {
		config.Checkpoint = g.chain.Genesis()
	}
	r, err := chain.Open(config)
	if err != nil {
		g.Fatal(err)
	}
	return r
}

func saveNothing(light.State) error { return nil }

// fork replaces the newest block, and the relay chain's that includes it, by
// others in which nothing happens.
func (g *generated) fork() {
	g.chain = g.chain.Fork("fork", g.chain.Tip().Number-1)
	g.server.Chain = g.chain
	if g.relay != nil {
		g.relay = g.relay.Fork("fork", g.relay.Tip().Number-1)
		g.relays.Chain = g.relay
	}
	g.blocks(1)
}

func (g *generated) open() *Adapter {
	g.Helper()
	a, err := Open(g.Context(), g.config)
	if err != nil {
		g.Fatal(err)
	}
	return a
}

// runs makes the next blocks those of a runtime.
func (g *generated) runs(name string, spec uint32) {
	var w scale.Writer
	w.Compact(uint64(spec))
	w.Str(name)
	g.chain.Set(lastUpgrade(), w.Bytes())
}

// blocks makes n blocks in which nothing happens.
func (g *generated) blocks(n int) {
	for range n {
		g.play(g.scene())
	}
}

// scene begins a block of the chain's runtime.
func (g *generated) scene() *scene { return &scene{t: g, metadata: g.metadata} }

// play makes a block with a scene's events and extrinsics, and includes it in
// the relay chain; it is not final yet.
func (g *generated) play(s *scene) chaintest.Block {
	g.Helper()
	g.chain.Set(storage.Events(), s.encode())
	b := g.chain.Seal(s.extrinsics...)
	if g.relay != nil {
		g.relay.Include(para, g.chain)
		g.relay.Seal()
	}
	return b
}

// finalise makes the chain's newest block final.
func (g *generated) finalise() {
	c := g.chain
	if g.relay != nil {
		c = g.relay
	}
	c.Finalise(c.Tip().Number)
}

// account gives an account a free balance and a nonce.
func (g *generated) account(of vault.Account, nonce uint32, free uint64) {
	g.accountOf(of, nonce, free, 0, 0)
}

// accountOf gives an account a balance of which frozen is part of free.
func (g *generated) accountOf(of vault.Account, nonce uint32, free, reserved, frozen uint64) {
	var w scale.Writer
	for _, v := range []uint32{nonce, 0, 1, 0} {
		w.U32(v)
	}
	for _, v := range []uint64{free, reserved, frozen, 0} {
		w.U128(amount.WideOf(v))
	}
	g.chain.Set(storage.Account(of), w.Bytes())
}

// approvals gives a call of custody these approvals.
func (g *generated) approvals(call [32]byte, by ...account.ID) {
	var w scale.Writer
	w.U32(3)
	w.U32(1)
	w.U128(amount.WideOf(5))
	w.Fixed(by[0][:])
	w.Count(len(by))
	for _, id := range by {
		w.Fixed(id[:])
	}
	g.chain.Set(storage.Multisig(g.custody, call), w.Bytes())
}

func (g *generated) genesis() vault.Cursor { return vault.Cursor{Hash: g.chain.At(0).Hash} }

func (g *generated) watch() gateway.Watch {
	return gateway.Watch{Custody: []vault.Account{g.custody}, Deposits: []vault.Account{announced}, Signers: g.signers.Keys}
}

// deposit is a block's scene with one deposit by remark.
func (g *generated) deposit(value uint64) *scene {
	s := g.scene()
	s.extrinsic()
	x := s.extrinsic(ownerRemark(testOwner))
	s.transfer(x, depositor, g.custody, value)
	s.remarked(x, depositor, ownerRemark(testOwner))
	return s
}

// all reads everything that is final from the genesis on.
func (g *generated) all(a *Adapter) ([]gateway.Scan, error) {
	var out []gateway.Scan
	cursor := g.genesis()
	for {
		s, ok, err := a.Next(g.Context(), cursor, g.watch())
		if err != nil || !ok {
			return out, err
		}
		if s.Number != cursor.Number+1 || s.Parent != cursor.Hash {
			g.Fatalf("block %d after %d", s.Number, cursor.Number)
		}
		cursor = vault.Cursor{Number: s.Number, Hash: s.Hash}
		out = append(out, s)
	}
}

// credited sums up what scans say was paid to custody for the test's owner.
func (g *generated) credited(scans []gateway.Scan) (total uint64) {
	for _, s := range scans {
		for _, m := range s.Transfers {
			if m.To == g.custody && m.Owner != nil && *m.Owner == element(testOwner) {
				total += m.Amount.Lo
			}
		}
	}
	return total
}

// reported demands that a node was told on for a reason.
func (g *generated) reported(code error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.reports, func(err error) bool { return errors.Is(err, code) })
}

// lying makes the chain's node change its answers of a method.
func (g *generated) lying(method string, f func(params []json.RawMessage, answer any) any) {
	g.server.Lie = func(m string, params []json.RawMessage, answer any) any {
		if m == method {
			return f(params, answer)
		}
		return answer
	}
}

func hashOf(extrinsic []byte) [32]byte { return blake2b.Sum256(extrinsic) }

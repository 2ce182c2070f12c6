package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

// events are some, too many to be kept in their node.
func events(b byte) []byte { return append([]byte{4, b}, make([]byte, 40)...) }

// known is a chain of 12 blocks, the checkpoint at block 6, and block 9 final.
func known(t *testing.T) (*chaintest.Chain, light.State) {
	t.Helper()
	c := chaintest.New("known", trie.V1, voters)
	for i := range 40 {
		c.Set(storage.Account([32]byte{byte(i)}), make([]byte, 80))
	}
	for i := range 12 {
		c.Set(storage.Events(), events(byte(i)))
		c.Seal([]byte{byte(i)})
	}
	s, err := c.Genesis().Advance(c.Headers(0, 6), c.Justify(6, 0))
	if err != nil {
		t.Fatal(err)
	}
	c.Finalise(9)
	return c, s
}

// answering makes a node that lies in its answers of one method.
func answering(c *chaintest.Chain, method string, f func(answer any) any) *chaintest.Server {
	return &chaintest.Server{Chain: c, Lie: func(m string, _ []json.RawMessage, answer any) any {
		if m == method {
			return f(answer)
		}
		return answer
	}}
}

// justifying makes a node that shows another justification of block 9.
func justifying(bend func(c *chaintest.Chain, j *grandpa.Justification)) func(*chaintest.Chain) *chaintest.Server {
	return func(c *chaintest.Chain) *chaintest.Server {
		j := c.Justify(9, 0)
		bend(c, &j)
		c = c.Fork("", 12)
		c.Replace(9, j)
		return &chaintest.Server{Chain: c}
	}
}

// lies is what a node may say of finality.
var lies = []struct {
	name   string
	server func(c *chaintest.Chain) *chaintest.Server
	want   rejection.Code // zero: believed, the control
}{
	{"nothing", justifying(func(*chaintest.Chain, *grandpa.Justification) {}), 0},
	{"one vote short", justifying(func(_ *chaintest.Chain, j *grandpa.Justification) {
		without := []grandpa.Key{voters[0].Key(), voters[1].Key(), voters[6].Key()} // 18 of 28 stay, 19 are needed
		j.Precommits = slices.DeleteFunc(j.Precommits, func(p grandpa.Precommit) bool { return slices.Contains(without, p.Voter) })
	}), rejection.NotEnoughVotes},
	{"votes twice", justifying(func(_ *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = slices.Concat(j.Precommits[:5], j.Precommits[:5])
	}), rejection.NotEnoughVotes},
	{"another set's number", justifying(func(_ *chaintest.Chain, j *grandpa.Justification) {
		for i, v := range voters {
			j.Precommits[i] = chaintest.Sign(v, j.Target, j.Round, 1)
		}
	}), rejection.BadVote},
	{"another set", justifying(func(_ *chaintest.Chain, j *grandpa.Justification) {
		j.Precommits = nil
		for _, v := range chaintest.Equal("liars", 7) {
			j.Precommits = append(j.Precommits, chaintest.Sign(v, j.Target, j.Round, 0))
		}
	}), rejection.NotEnoughVotes},
	{"another round", justifying(func(_ *chaintest.Chain, j *grandpa.Justification) { j.Round++ }), rejection.BadVote},
	{"votes for the block before", justifying(func(c *chaintest.Chain, j *grandpa.Justification) {
		target := j.Target
		*j = c.Justify(8, 0)
		j.Target = target
	}), rejection.VoteAstray},
	{"a proof of another block than it says", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "grandpa_proveFinality", func(any) any {
			b := chaintest.FinalityProof(c.Justify(9, 0), nil)
			b[0]++
			return chaintest.Hex(b)
		})
	}, rejection.WrongTarget},
	{"a fork's headers with the proof", func(c *chaintest.Chain) *chaintest.Server {
		fork := c.Fork("fork", 6)
		fork.Grow(3)
		return answering(c, "grandpa_proveFinality", func(any) any {
			return chaintest.Hex(chaintest.FinalityProof(c.Justify(9, 0), fork.Headers(6, 9)))
		})
	}, 0}, // nobody asks for them
	{"bytes that are no proof", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "grandpa_proveFinality", func(any) any { return "0x00" })
	}, rejection.Truncated},
	{"text that is no proof", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "grandpa_proveFinality", func(any) any { return "proof" })
	}, rejection.NodeAnswer},
	{"an altered header", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "chain_getHeader", func(answer any) any {
			if h := answer.(chaintest.Header); h.Number == "0x8" {
				h.StateRoot = header.Hash{1}.String()
				return h
			}
			return answer
		})
	}, 0}, // block 8 came with the proof
	{"an altered head", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "chain_getHeader", func(answer any) any {
			if h := answer.(chaintest.Header); h.Number == "0x9" {
				h.StateRoot = header.Hash{1}.String()
				return h
			}
			return answer
		})
	}, rejection.WrongHeader},
	{"a digest that is none", func(c *chaintest.Chain) *chaintest.Server {
		return answering(c, "chain_getHeader", func(answer any) any {
			if h := answer.(chaintest.Header); h.Number == "0x9" {
				h.Digest.Logs = []string{"0x01"}
				return h
			}
			return answer
		})
	}, rejection.WrongHeader},
	{"a fork that leaves out a final block", func(c *chaintest.Chain) *chaintest.Server {
		fork := c.Fork("fork", 5) // block 6 is final; even all voters together cannot undo it
		fork.Grow(5)
		fork.Finalise(9)
		return answering(fork, "chain_getHeader", func(answer any) any {
			if answer == nil {
				return chaintest.HeaderOf(c.At(6).Header) // what the checkpoint names it has to know
			}
			return answer
		})
	}, rejection.HeaderGap},
	{"another block of the checkpoint's number", func(c *chaintest.Chain) *chaintest.Server {
		fork := c.Fork("fork", 5)
		fork.Grow(1)
		fork.Finalise(6)
		return answering(fork, "chain_getHeader", func(answer any) any {
			if answer == nil {
				return chaintest.HeaderOf(c.At(6).Header)
			}
			return answer
		})
	}, rejection.OtherChain},
	{"a forced change", func(c *chaintest.Chain) *chaintest.Server {
		fork := c.Fork("fork", 6)
		fork.Log(header.Item{Kind: header.Consensus, Engine: grandpa.Engine, Data: []byte{2}})
		fork.Grow(3)
		fork.Finalise(9)
		return &chaintest.Server{Chain: fork}
	}, rejection.ForcedChange},
}

func TestLies(t *testing.T) {
	for _, l := range lies {
		c, s := known(t)
		liar := serve(t, l.server(c))
		f := open(t, s, 0, []Node{liar}, nil)
		_, err := f.Sync(t.Context())
		b, ok := f.Finalised()
		if l.want == 0 {
			if err != nil || b.Hash != c.At(9).Hash || len(f.reports) != 0 {
				t.Errorf("%s: %v, block %d, %v", l.name, err, b.Number, f.reports)
			}
			continue
		}
		if !errors.Is(err, l.want) || ok || len(f.saved) != 0 || !f.reported(l.want) {
			t.Errorf("%s: %v, block %d", l.name, err, b.Number)
		}
		// With an honest node behind it, the liar is reported and does no harm.
		f = open(t, s, 0, []Node{liar, serve(t, &chaintest.Server{Chain: c})}, nil)
		f.sync(t)
		if b, _ := f.Finalised(); b.Hash != c.At(9).Hash || !f.reported(l.want) {
			t.Errorf("%s, an honest node behind: block %d, %v", l.name, b.Number, f.reports)
		}
	}
}

// A bare node's chain goes on over a change although its head is past it.
func TestNoJustificationOfTheChange(t *testing.T) {
	c := chaintest.New("unjustified", trie.V1, voters)
	c.Grow(4)
	c.Change(chaintest.Equal("second", 4), 0)
	c.Grow(5)
	c.Replace(9, c.Justify(9, 0))
	f := open(t, c.Genesis(), 0, []Node{serve(t, &chaintest.Server{Chain: c, Bare: true})}, nil)
	f.sync(t)
	if b, _ := f.Finalised(); b.Number != 0 || len(f.reports) != 0 {
		t.Errorf("block %d, %v", b.Number, f.reports)
	}
	c.Finalise(5)
	f.sync(t)
	if b, _ := f.Finalised(); b.Number != 9 {
		t.Errorf("block %d", b.Number)
	}
}

func TestReadLies(t *testing.T) {
	c, s := known(t)
	forged := c.Fork("forged", 8)
	forged.Set(storage.Events(), events(0xff))
	forged.Seal([]byte("forged"))
	key, neighbour := storage.Events(), storage.Prefix("System", "LastRuntimeUpgrade")
	proof := func(nodes [][]byte) any {
		p := chaintest.ReadProof{At: c.At(9).Hash.String(), Proof: []string{}}
		for _, n := range nodes {
			p.Proof = append(p.Proof, chaintest.Hex(n))
		}
		return p
	}
	honest := c.At(9).Prove(key)
	tampered := slices.Clone(honest)
	tampered[len(tampered)-1] = slices.Clone(tampered[len(tampered)-1])
	tampered[len(tampered)-1][3] ^= 1
	for _, l := range []struct {
		name   string
		answer any
		want   rejection.Code
	}{
		{"nothing", proof(honest), 0},
		{"forged events", proof(forged.At(9).Prove(key)), rejection.ProofRoot},
		{"events of the block before", proof(c.At(8).Prove(key)), rejection.ProofRoot},
		{"a tampered node", proof(tampered), rejection.ProofIncomplete},
		{"a node missing", proof(honest[:len(honest)-1]), rejection.ProofIncomplete},
		{"the proof of another key", proof(c.At(9).Prove(neighbour)[:1]), rejection.ProofIncomplete},
		{"no nodes", proof(nil), rejection.ProofRoot},
		{"a proof of another block", chaintest.ReadProof{At: c.At(8).Hash.String()}, rejection.NodeAnswer},
	} {
		if len(honest) < 2 {
			t.Fatal("the trie is too small for these lies")
		}
		liar := serve(t, answering(c, "state_getReadProof", func(any) any { return l.answer }))
		f := open(t, s, 0, []Node{liar}, nil)
		f.sync(t)
		b, _ := f.Finalised()
		e, err := f.Events(t.Context(), b)
		if l.want == 0 && (err != nil || !bytes.Equal(e, events(8))) || l.want != 0 && (!errors.Is(err, l.want) || e != nil) {
			t.Errorf("%s: %x, %v", l.name, e, err)
		}
	}
	for _, l := range []struct {
		name string
		lie  func(any) any
		want rejection.Code
	}{
		{"nothing", func(a any) any { return a }, 0},
		{"one extrinsic more", func(a any) any {
			b := a.(chaintest.Body)
			b.Block.Extrinsics = append(b.Block.Extrinsics, "0x00")
			return b
		}, rejection.WrongBody},
		{"another extrinsic", func(a any) any {
			b := a.(chaintest.Body)
			b.Block.Extrinsics = []string{"0x00"}
			return b
		}, rejection.WrongBody},
		{"no extrinsics", func(a any) any {
			b := a.(chaintest.Body)
			b.Block.Extrinsics = nil
			return b
		}, rejection.WrongBody},
		{"extrinsics by the million", func(a any) any {
			b := a.(chaintest.Body)
			b.Block.Extrinsics = slices.Repeat([]string{"0x"}, MaxExtrinsics+1)
			return b
		}, rejection.Oversized},
	} {
		f := open(t, s, 0, []Node{serve(t, answering(c, "chain_getBlock", l.lie))}, nil)
		f.sync(t)
		b, _ := f.Finalised()
		if x, err := f.Extrinsics(t.Context(), b); l.want == 0 && err != nil || l.want != 0 && (!errors.Is(err, l.want) || x != nil) {
			t.Errorf("%s: %x, %v", l.name, x, err)
		}
	}
}

func TestParachainLies(t *testing.T) {
	for _, l := range []struct {
		name string
		lie  func(relay, para *chaintest.Chain) (relayNode, paraNode *chaintest.Server)
		id   uint32
		want rejection.Code
	}{
		{"nothing", func(r, p *chaintest.Chain) (*chaintest.Server, *chaintest.Server) {
			return &chaintest.Server{Chain: r}, &chaintest.Server{Chain: p}
		}, 1000, 0},
		{"another parachain's head", func(r, p *chaintest.Chain) (*chaintest.Server, *chaintest.Server) {
			return answering(r, "state_getReadProof", func(a any) any {
				proof := a.(chaintest.ReadProof)
				at := uint32(0)
				for r.At(at).Hash.String() != proof.At {
					at++
				}
				proof.Proof = []string{}
				for _, n := range r.At(at).Prove(storage.ParaHead(1001)) {
					proof.Proof = append(proof.Proof, chaintest.Hex(n))
				}
				return proof
			}), &chaintest.Server{Chain: p}
		}, 1000, rejection.ProofIncomplete},
		{"no such parachain", func(r, p *chaintest.Chain) (*chaintest.Server, *chaintest.Server) {
			return &chaintest.Server{Chain: r}, &chaintest.Server{Chain: p}
		}, 7, rejection.NoParaHead},
	} {
		relay, para := twins()
		relayNode, paraNode := l.lie(relay, para)
		f := open(t, relay.Genesis(), l.id, []Node{serve(t, paraNode)}, []Node{serve(t, relayNode)})
		var err error
		for more := true; more && err == nil; {
			more, err = f.Sync(t.Context())
		}
		if l.want == 0 && err != nil || l.want != 0 && !errors.Is(err, l.want) {
			t.Errorf("%s: %v", l.name, err)
		}
	}
}

// A relay chain whose own authorities put another history into its state: what
// was final stays.
func TestParaFork(t *testing.T) {
	for name, at := range map[string]uint32{"a longer fork": 25, "a shorter one": 12, "one of equal length": 20} {
		relay, para := twins()
		paraNode, relayNode := &chaintest.Server{Chain: para}, &chaintest.Server{Chain: relay}
		f := open(t, relay.Genesis(), 1000, []Node{serve(t, paraNode)}, []Node{serve(t, relayNode)})
		f.sync(t)
		before, _ := f.Finalised()
		fork := para.Fork("fork", 10)
		fork.Grow(int(at) - 10)
		relay.Include(1000, fork)
		relay.Grow(1)
		relay.Finalise(relay.Tip().Number)
		f.config.Nodes[0] = serve(t, &chaintest.Server{Chain: fork})
		if _, err := f.Sync(t.Context()); !errors.Is(err, rejection.ParaFork) {
			t.Errorf("%s: %v", name, err)
		}
		if b, _ := f.Finalised(); b.Hash != before.Hash {
			t.Errorf("%s: block %d", name, b.Number)
		}
	}
}

// A node that is silent, or knows nothing, is a fault and no lie.
func TestFaults(t *testing.T) {
	c, s := known(t)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	gone := httptest.NewServer(nil)
	gone.Close()
	defer broken.Close()
	empty := chaintest.New("empty", trie.V1, voters)
	var nodes []Node
	for _, url := range []string{broken.URL, gone.URL} {
		n, err := rpc.New(url)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, n)
	}
	nodes = append(nodes, serve(t, &chaintest.Server{Chain: empty}), serve(t, answering(c, "chain_getHeader", func(any) any { return chaintest.Refusal("busy") })))
	for i, n := range nodes {
		f := open(t, s, 0, []Node{n}, nil)
		_, err := f.Sync(t.Context())
		var lie *rejection.Rejection
		if err == nil || errors.As(err, &lie) {
			t.Errorf("node %d: %v", i, err)
		}
		f = open(t, s, 0, []Node{n, serve(t, &chaintest.Server{Chain: c})}, nil)
		f.sync(t)
		if b, _ := f.Finalised(); b.Hash != c.At(9).Hash || len(f.reports) == 0 {
			t.Errorf("node %d, another behind: block %d, %v", i, b.Number, f.reports)
		}
	}
	// One whose newest justification is an old one says nothing new.
	lagging := c.Fork("", 9)
	lagging.Replace(6, c.Justify(6, 0))
	lagger := answering(lagging, "grandpa_proveFinality", func(any) any {
		return chaintest.Hex(chaintest.FinalityProof(c.Justify(6, 0), nil))
	})
	f := open(t, s, 0, []Node{serve(t, lagger)}, nil)
	f.sync(t)
	if b, _ := f.Finalised(); b.Number != 6 || len(f.reports) != 0 {
		t.Errorf("lagging: block %d, %v", b.Number, f.reports)
	}
	// One that is behind is no fault either; the other is asked.
	behind := c.Fork("", 6)
	f = open(t, s, 0, []Node{serve(t, &chaintest.Server{Chain: behind}), serve(t, &chaintest.Server{Chain: c})}, nil)
	f.sync(t)
	if b, _ := f.Finalised(); b.Hash != c.At(9).Hash || len(f.reports) != 0 {
		t.Errorf("behind: block %d, %v", b.Number, f.reports)
	}
}

package chaintest

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

// Voter is an authority with its key.
type Voter struct {
	Private ed25519.PrivateKey
	Weight  uint64
}

// Key returns the voter's public key.
func (v Voter) Key() grandpa.Key { return grandpa.Key(v.Private.Public().(ed25519.PublicKey)) }

// Voters makes voters of these weights.
func Voters(seed string, weights ...uint64) []Voter {
	out := make([]Voter, len(weights))
	for i, w := range weights {
		s := blake2b.Sum256(fmt.Appendf(nil, "%s/voter/%d", seed, i))
		out[i] = Voter{Private: ed25519.NewKeyFromSeed(s[:]), Weight: w}
	}
	return out
}

// Equal makes n voters of weight 1.
func Equal(seed string, n int) []Voter {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 1
	}
	return Voters(seed, weights...)
}

// Authorities are the voters as a header lists them.
func Authorities(voters []Voter) []grandpa.Authority {
	out := make([]grandpa.Authority, len(voters))
	for i, v := range voters {
		out[i] = grandpa.Authority{Key: v.Key(), Weight: v.Weight}
	}
	return out
}

// Sign makes one vote.
func Sign(v Voter, target header.Block, round, set uint64) grandpa.Precommit {
	p := grandpa.Precommit{Target: target, Voter: v.Key()}
	copy(p.Signature[:], ed25519.Sign(v.Private, grandpa.Message(target, round, set)))
	return p
}

// Block is a block with its body and its state.
type Block struct {
	header.Header
	Hash       header.Hash
	Extrinsics [][]byte
	state      trie.Proof // of everything in it
}

// Prove returns a read proof of keys.
func (b Block) Prove(keys ...[]byte) [][]byte {
	nodes, err := b.state.Narrow(keys...)
	if err != nil {
		panic(err) // it is the whole state
	}
	return nodes
}

// Value returns what a key has in the block's state.
func (b Block) Value(key []byte) ([]byte, bool) {
	v, ok, err := b.state.Lookup(key)
	if err != nil {
		panic(err)
	}
	return v, ok
}

// authorities are the voters in force from a block on.
type authorities struct {
	from   uint32 // the first block that they finalise
	set    uint64
	voters []Voter
}

// Chain is a chain that grows.
type Chain struct {
	mu      sync.Mutex // held by a Server while it answers, and by what changes the chain
	seed    string
	version trie.Version
	state   map[string][]byte
	blocks  []Block // by number
	numbers map[header.Hash]uint32
	sets    []authorities
	digest  []header.Item // of the next block
	final   uint32
	proofs  map[uint32]grandpa.Justification // by number of their target
}

// New makes a chain with its first block. A parachain has no voters.
func New(seed string, version trie.Version, voters []Voter) *Chain {
	c := &Chain{
		seed: seed, version: version, state: make(map[string][]byte),
		numbers: make(map[header.Hash]uint32),
		sets:    []authorities{{voters: voters}},
		proofs:  make(map[uint32]grandpa.Justification),
	}
	c.Set(storage.Prefix("System", "LastRuntimeUpgrade"), append([]byte{4}, "\x18kusama"...))
	c.Seal()
	return c
}

// Genesis is the checkpoint at the first block.
func (c *Chain) Genesis() light.State {
	s, err := light.Genesis(c.blocks[0].Block(), Authorities(c.sets[0].voters))
	if err != nil {
		panic(err)
	}
	return s
}

// Set gives a key a value from the next block on.
func (c *Chain) Set(key, value []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state[string(key)] = slices.Clone(value)
}

// Delete takes a key's value away from the next block on.
func (c *Chain) Delete(key []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.state, string(key))
}

// Include puts a parachain's newest block into the state from the next block
// on.
func (c *Chain) Include(id uint32, para *Chain) {
	var w scale.Writer
	w.Vec(para.Tip().Encode())
	c.Set(storage.ParaHead(id), w.Bytes())
}

// Log adds an item to the next block's digest.
func (c *Chain) Log(i header.Item) { c.digest = append(c.digest, i) }

// Change announces other voters in the next block.
func (c *Chain) Change(voters []Voter, delay uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.digest = append(c.digest, grandpa.Change{Authorities: Authorities(voters), Delay: delay}.Item())
	last := c.sets[len(c.sets)-1]
	c.sets = append(c.sets, authorities{from: uint32(len(c.blocks)) + delay + 1, set: last.set + 1, voters: voters})
}

// Seal makes the next block out of the state of now and these extrinsics.
func (c *Chain) Seal(extrinsics ...[]byte) Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []trie.Entry
	for k, v := range c.state {
		entries = append(entries, trie.Entry{Key: []byte(k), Value: v}) // Build sorts
	}
	b := Block{Extrinsics: extrinsics}
	b.Number = uint32(len(c.blocks))
	if b.Number > 0 {
		b.Parent = c.blocks[b.Number-1].Hash
	}
	b.StateRoot, b.state = trie.Build(c.version, entries)
	b.ExtrinsicsRoot = trie.Root(c.version, extrinsics)
	b.Digest = append([]header.Item{{Kind: header.PreRuntime, Engine: header.Engine{'B', 'A', 'B', 'E'}, Data: []byte(c.seed)}}, c.digest...)
	b.Hash = b.Header.Hash()
	c.digest = nil
	c.numbers[b.Hash] = b.Number
	c.blocks = append(c.blocks, b)
	return b
}

// Grow makes n blocks.
func (c *Chain) Grow(n int) {
	for range n {
		c.Seal()
	}
}

// Tip returns the newest block.
func (c *Chain) Tip() Block { return c.blocks[len(c.blocks)-1] }

// At returns a block by its number.
func (c *Chain) At(number uint32) Block { return c.blocks[number] }

// Headers returns the headers after from up to to.
func (c *Chain) Headers(from, to uint32) []header.Header {
	var out []header.Header
	for _, b := range c.blocks[from+1 : to+1] {
		out = append(out, b.Header)
	}
	return out
}

// Fork returns a chain that has the same blocks up to number, and others after
// it.
func (c *Chain) Fork(seed string, number uint32) *Chain {
	f := &Chain{
		seed: seed, version: c.version, state: make(map[string][]byte),
		blocks: slices.Clone(c.blocks[:number+1]), final: min(c.final, number),
		numbers: make(map[header.Hash]uint32),
		proofs:  make(map[uint32]grandpa.Justification),
	}
	for k, v := range c.state {
		f.state[k] = v
	}
	for _, b := range f.blocks {
		f.numbers[b.Hash] = b.Number
	}
	for _, s := range c.sets {
		if s.from <= number+1 {
			f.sets = append(f.sets, s)
		}
	}
	for n, j := range c.proofs {
		if n <= number {
			f.proofs[n] = j
		}
	}
	return f
}

// VotersAt returns who finalises a block, and the number of their set.
func (c *Chain) VotersAt(number uint32) ([]Voter, uint64) {
	for i := len(c.sets) - 1; ; i-- {
		if c.sets[i].from <= number {
			return c.sets[i].voters, c.sets[i].set
		}
	}
}

// Justify makes a justification of a block: every second voter votes for it,
// the others for descendants up to above blocks higher, where there are such
// blocks, with the headers between.
func (c *Chain) Justify(number, above uint32) grandpa.Justification {
	voters, set := c.VotersAt(number)
	j := grandpa.Justification{Round: uint64(number) + 7, Target: c.blocks[number].Block()}
	top := number
	for i, v := range voters {
		at := number
		if i%2 == 1 {
			at = min(number+1+uint32(i)%max(above, 1), number+above, uint32(len(c.blocks)-1))
		}
		top = max(top, at)
		j.Precommits = append(j.Precommits, Sign(v, c.blocks[at].Block(), j.Round, set))
	}
	j.Ancestries = c.Headers(number, top)
	slices.Reverse(j.Ancestries)
	return j
}

// Finalise makes a block final with a justification by all its voters, and so
// every change of voters before it.
func (c *Chain) Finalise(number uint32) {
	for _, s := range c.sets[1:] {
		if last := s.from - 1; last > c.final && last < number {
			c.finalise(last)
		}
	}
	c.finalise(number)
}

func (c *Chain) finalise(number uint32) {
	j := c.Justify(number, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proofs[number], c.final = j, max(c.final, number)
}

// Replace makes a Server show another justification of a block.
func (c *Chain) Replace(number uint32, j grandpa.Justification) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proofs[number], c.final = j, max(c.final, number)
}

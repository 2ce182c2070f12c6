package world

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/tree"
)

// World is one chain and everybody on it.
type World struct {
	Genesis *ledger.Genesis
	State   *ledger.State
	Prover  *Prover

	Validators, Signers, Operators []ed25519.PrivateKey // ascending
	Workers                        []*Worker
	Treasury                       *Account
	Events                         []ledger.Event // of the last block

	root   ed25519.PrivateKey // of the simulated provider
	proofs ledger.Proofs
	memory *ledger.Memory
	draws  uint64

	keeper    *tree.Keeper
	edges     map[uint64]tree.Edge    // by height
	coins     map[field.Element]*Coin // by commitment: those that exist or are about to
	leaves    []field.Element         // of the tree
	log       []field.Element         // of spent nullifiers
	spent     map[field.Element]bool
	violation error
}

// New returns a world at height 0.
func New(p *Prover) (*World, error) {
	w := &World{
		Prover:     p,
		Validators: newKeys("validator", 4), Signers: newKeys("signer", 3), Operators: newKeys("operator", 3),
		Treasury: NewAccount("treasury"),
		root:     NewKey("simulated root", 0),
		memory:   ledger.NewMemory(),
		keeper:   new(tree.Keeper),
		edges:    map[uint64]tree.Edge{},
		coins:    map[field.Element]*Coin{},
		spent:    map[field.Element]bool{},
	}
	w.Genesis = w.makeGenesis(p.Keys())
	first, err := ledger.Initial(w.Genesis)
	if err != nil {
		return nil, err
	}
	w.proofs = ledger.Verifier{}
	w.memory.Write(first.Delta)
	if w.State, err = ledger.Open(w.Genesis, w.proofs, w.memory); err != nil {
		return nil, err
	}
	w.edges[0] = w.keeper.Edge()
	return w, nil
}

// Clone returns a world that goes its own way from here.
func (w *World) Clone() *World {
	c := *w
	c.memory = ledger.NewMemory()
	var all ledger.Delta
	w.memory.Range(nil, func(k, v []byte) bool {
		all.Writes = append(all.Writes, ledger.Write{Key: append([]byte(nil), k...), Value: append([]byte{}, v...)})
		return true
	})
	c.memory.Write(all)
	c.State = w.State.Frozen(c.memory)
	c.keeper = w.keeper.Clone()
	c.edges = maps.Clone(w.edges)
	c.leaves, c.log = slices.Clone(w.leaves), slices.Clone(w.log)
	c.spent = maps.Clone(w.spent)
	c.coins = make(map[field.Element]*Coin, len(w.coins))
	for cm, coin := range w.coins {
		own := *coin
		c.coins[cm] = &own
	}
	return &c
}

// Height returns the height of the last block.
func (w *World) Height() uint64 { return w.State.Head().Height }

// Next returns the height of the next block.
func (w *World) Next() uint64 { return w.Height() + 1 }

// Now returns the time of the next block.
func (w *World) Now() int64 { return w.Genesis.Time + int64(w.Next()) }

// Commit runs the next block with exactly these transactions. A refused block
// leaves everything as it was, and the world makes sure of that.
func (w *World) Commit(txs ...[]byte) error {
	block := ledger.Block{Height: w.Next(), Time: w.Now(), Hash: hash("block", w.Next()), Txs: txs}
	result, err := w.State.Apply(block)
	if err != nil {
		w.auditStore()
		return err
	}
	w.memory.Write(result.Delta)
	w.State.Advance(result)
	w.follow(result)
	w.audit()
	return nil
}

// Must is Commit of what has to be accepted for a story to begin.
func (w *World) Must(txs ...[]byte) {
	if err := w.Commit(txs...); err != nil {
		panic(fmt.Sprintf("world: block %d: %v", w.Next(), err))
	}
}

// Advance runs n empty blocks.
func (w *World) Advance(n uint64) {
	for range n {
		w.Must()
	}
}

// AdvanceTo runs empty blocks up to a height.
func (w *World) AdvanceTo(height uint64) {
	for w.Height() < height {
		w.Must()
	}
}

// Event returns the last block's first event of a type.
func Event[E ledger.Event](w *World) (e E, ok bool) {
	for _, any := range w.Events {
		if e, ok := any.(E); ok {
			return e, true
		}
	}
	return e, false
}

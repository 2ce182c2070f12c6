package replica

import (
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Check names what a block failed; it is part of every error of Apply.
type Check string

// The checks of a block, in their order.
const (
	CheckHeader  Check = "header and commit"
	CheckTxs     Check = "transactions of the header"
	CheckAppHash Check = "app hash"
	CheckRules   Check = "ledger rules"
)

// Refusal says at which height the chain broke which rule.
type Refusal struct {
	Height uint64
	Check  Check
	Err    error
	Proofs []ledger.Place // that are bad, if it is for them
}

// Error names height and check first.
func (r *Refusal) Error() string {
	s := fmt.Sprintf("height %d: %s: %v", r.Height, r.Check, r.Err)
	for _, p := range r.Proofs {
		s += fmt.Sprintf("; transaction %d, proof %d (%s)", p.Tx, p.Index, p.Circuit)
	}
	return s
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Replica is a verified copy of the ledger.
type Replica struct {
	chain  *light.Chain
	memory *ledger.Memory
	state  *ledger.State
}

// Block is a block that Apply accepted.
type Block struct {
	Height uint64
	Time   int64 // Unix seconds
	Hash   [32]byte
	Txs    [][]byte
	Events []ledger.Event

	AppHash    [32]byte // that the header names: of the state after the block before
	Validators [32]byte // hash of the set that signed the header
}

// New returns a replica of the chain of genesis at height 0.
func New(genesis *ledger.Genesis, proofs ledger.Proofs) (*Replica, error) {
	vals := make([]light.Validator, len(genesis.Validators))
	for i, v := range genesis.Validators {
		vals[i] = light.Validator{Key: v.Key, Power: int64(v.Power)}
	}
	chain, err := light.Start(genesis.ChainID, vals)
	if err != nil {
		return nil, err
	}
	first, err := ledger.Initial(genesis)
	if err != nil {
		return nil, err
	}
	r := &Replica{chain: chain, memory: ledger.NewMemory()}
	r.memory.Write(first.Delta)
	if r.state, err = ledger.Open(genesis, proofs, r.memory); err != nil {
		return nil, err
	}
	return r, nil
}

// Apply verifies the next block and runs it. On an error, a *Refusal, the
// replica stays at the block before.
func (r *Replica) Apply(lightBlock []byte, txs [][]byte) (*Block, error) {
	height := r.state.Head().Height + 1
	// A light chain takes later headers too: one that is refused below must not
	// keep the next block out.
	trusted := *r.chain
	refuse := func(c Check, err error) (*Block, error) {
		*r.chain = trusted
		return nil, &Refusal{Height: height, Check: c, Err: err}
	}
	if err := r.chain.Advance(lightBlock); err != nil {
		return refuse(CheckHeader, err)
	}
	head := r.chain.Head()
	if head.Height != height {
		return refuse(CheckHeader, fmt.Errorf("got the header of height %d", head.Height))
	}
	if err := head.VerifyTxs(txs); err != nil {
		return refuse(CheckTxs, err)
	}
	// A header commits to the state after the block before it.
	if got := r.state.Head().AppHash; got != head.AppHash {
		return refuse(CheckAppHash, fmt.Errorf("the header says %x, the rules give %x after height %d", head.AppHash, got, height-1))
	}
	in := ledger.Block{Height: height, Time: head.Time.Unix(), Hash: head.Hash, Txs: txs}
	result, err := r.state.Apply(in)
	if err != nil {
		_, refusal := refuse(CheckRules, err)
		return nil, r.blame(in, refusal)
	}
	r.memory.Write(result.Delta)
	r.state.Advance(result)
	return &Block{Height: height, Time: in.Time, Hash: in.Hash, Txs: txs, Events: result.Events,
		AppHash: head.AppHash, Validators: head.Validators}, nil
}

// blame adds to a refusal for bad proofs which they are.
func (r *Replica) blame(in ledger.Block, err error) error {
	var refusal *Refusal
	if !errors.Is(err, rejection.BadProof) || !errors.As(err, &refusal) {
		return err
	}
	bad, findErr := r.state.BadProofs(in)
	if findErr != nil {
		return errors.Join(err, findErr)
	}
	refusal.Proofs = bad
	return refusal
}

// State returns the ledger's state after the last block, for queries.
func (r *Replica) State() *ledger.State { return r.state }

// Trusted returns the newest verified light block (see light.Chain.Trusted).
func (r *Replica) Trusted() []byte { return r.chain.Trusted() }

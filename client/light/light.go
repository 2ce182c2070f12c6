package light

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtmath "github.com/cometbft/cometbft/libs/math"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

// ErrTooFar says that the trusted validators signed too little of a header
// that is not the next one: a header between them has to be trusted first.
var ErrTooFar = errors.New("too few trusted validators signed the header")

// ErrUntrusted says that a header is not this chain's.
var ErrUntrusted = errors.New("header refused")

// overlap is the part of the trusted power that must have signed a header that
// is not the next one: more than a third contains an honest validator.
var overlap = cmtmath.Fraction{Numerator: 1, Denominator: 3}

// Validator is one member of a validator set.
type Validator struct {
	Key   [32]byte // Ed25519
	Power int64
}

// Head is what a trusted header says.
type Head struct {
	Height   uint64
	Hash     [32]byte
	Time     time.Time
	AppHash  [32]byte // of the state after block Height-1
	DataHash [32]byte // of the block's transactions
	// Validators is the hash of the set that signs this header.
	Validators [32]byte
}

// Chain is the newest trusted header of one chain.
type Chain struct {
	chainID    string
	head       Head
	validators *types.ValidatorSet // of the trusted header; of height 1 before it
	next       []byte              // hash of the set of the height after
	encoded    []byte              // the trusted light block
}

// Start returns a chain that trusts nothing but the genesis validators.
func Start(chainID string, genesis []Validator) (*Chain, error) {
	if chainID == "" || len(genesis) == 0 {
		return nil, fmt.Errorf("%w: the genesis names no chain or no validator", ErrUntrusted)
	}
	vals := make([]*types.Validator, len(genesis))
	seen := make(map[[32]byte]bool)
	for i, v := range genesis {
		if v.Power <= 0 || seen[v.Key] {
			return nil, fmt.Errorf("%w: a genesis validator without power, or listed twice", ErrUntrusted)
		}
		seen[v.Key] = true
		vals[i] = types.NewValidator(ed25519.PubKey(v.Key[:]), v.Power)
	}
	set, err := types.ValidatorSetFromExistingValidators(vals)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return &Chain{chainID: chainID, validators: set, next: set.Hash()}, nil
}

// Resume returns a chain at a header that was trusted before: encoded is what
// Trusted returned, from a file that its owner alone can write. Its commit is
// not checked again.
func Resume(chainID string, encoded []byte) (*Chain, error) {
	block, err := decode(encoded)
	if err != nil {
		return nil, err
	}
	if err := block.ValidateBasic(chainID); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	head, err := headOf(block.Header)
	if err != nil {
		return nil, err
	}
	c := &Chain{chainID: chainID}
	c.accept(head, block, encoded)
	return c, nil
}

// Trusted returns the newest trusted light block for Resume; nil at the start.
func (c *Chain) Trusted() []byte { return bytes.Clone(c.encoded) }

// Head returns the newest trusted header; its height is 0 at the start.
func (c *Chain) Head() Head { return c.head }

// Advance trusts the encoded light block (CometBFT's LightBlock) of a later
// height, or returns an error and stays where it is: ErrTooFar if a header in
// between would help, ErrUntrusted if nothing would. The present height again
// is accepted if it is the same header.
func (c *Chain) Advance(encoded []byte) error {
	block, err := decode(encoded)
	if err != nil {
		return err
	}
	head, err := c.check(block)
	if err != nil {
		return err
	}
	c.accept(head, block, encoded)
	return nil
}

func (c *Chain) accept(head Head, block *types.LightBlock, encoded []byte) {
	c.head, c.validators, c.next = head, block.ValidatorSet, block.NextValidatorsHash
	c.encoded = bytes.Clone(encoded)
}

func decode(encoded []byte) (*types.LightBlock, error) {
	var pb cmtproto.LightBlock
	if err := pb.Unmarshal(encoded); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	block, err := types.LightBlockFromProto(&pb)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return block, nil
}

// check is the invariant.
func (c *Chain) check(block *types.LightBlock) (Head, error) {
	// Covers: header, commit and set belong together, chain id.
	if err := block.ValidateBasic(c.chainID); err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	head, err := headOf(block.Header)
	if err != nil {
		return Head{}, err
	}
	switch {
	case head.Height == c.head.Height && head.Hash == c.head.Hash:
		return head, nil
	case head.Height <= c.head.Height:
		return Head{}, fmt.Errorf("%w: height %d is not after the trusted %d", ErrUntrusted, head.Height, c.head.Height)
	case c.head.Height > 0 && !head.Time.After(c.head.Time):
		return Head{}, fmt.Errorf("%w: time does not advance", ErrUntrusted)
	}
	if head.Height == c.head.Height+1 {
		if !bytes.Equal(block.ValidatorsHash, c.next) {
			return Head{}, fmt.Errorf("%w: not the announced validators", ErrUntrusted)
		}
		if c.head.Height > 0 && !bytes.Equal(block.LastBlockID.Hash, c.head.Hash[:]) {
			return Head{}, fmt.Errorf("%w: not a child of the trusted header", ErrUntrusted)
		}
	} else if err := c.validators.VerifyCommitLightTrusting(c.chainID, block.Commit, overlap); err != nil {
		if errors.As(err, new(types.ErrNotEnoughVotingPowerSigned)) {
			return Head{}, fmt.Errorf("%w: %w", ErrTooFar, err)
		}
		return Head{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	// After the cheap tests: the set may be large and of the sender's choice.
	if err := block.ValidatorSet.VerifyCommitLight(c.chainID, block.Commit.BlockID, block.Height, block.Commit); err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return head, nil
}

func headOf(h *types.Header) (Head, error) {
	head := Head{Height: uint64(h.Height), Time: h.Time}
	for _, f := range []struct {
		into *[32]byte
		from []byte
	}{{&head.Hash, h.Hash()}, {&head.AppHash, h.AppHash}, {&head.DataHash, h.DataHash}, {&head.Validators, h.ValidatorsHash}} {
		if len(f.from) != len(f.into) {
			return Head{}, fmt.Errorf("%w: a hash of %d bytes", ErrUntrusted, len(f.from))
		}
		copy(f.into[:], f.from)
	}
	return head, nil
}

// VerifyTxs refuses transactions that are not the block's of head.
func (h Head) VerifyTxs(txs [][]byte) error {
	if !bytes.Equal(types.ToTxs(txs).Hash(), h.DataHash[:]) {
		return fmt.Errorf("%w: not the transactions of height %d", ErrUntrusted, h.Height)
	}
	return nil
}

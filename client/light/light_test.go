package light

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
)

const chainID = "nightjar-test"

// forge makes light blocks with keys that the test owns.
type forge struct {
	t    *testing.T
	keys map[string]types.PrivValidator // by address
}

func newForge(t *testing.T) *forge {
	return &forge{t: t, keys: map[string]types.PrivValidator{}}
}

// validator makes the key number i with a power.
func (f *forge) validator(i int, power int64) *types.Validator {
	seed := sha256.Sum256(fmt.Appendf(nil, "validator %d", i))
	key := cmted.PrivKey(ed25519.NewKeyFromSeed(seed[:]))
	pv := types.NewMockPVWithParams(key, false, false)
	f.keys[key.PubKey().Address().String()] = pv
	return types.NewValidator(key.PubKey(), power)
}

func (f *forge) set(vals ...*types.Validator) *types.ValidatorSet {
	for i, v := range vals {
		vals[i] = v.Copy()
	}
	return types.NewValidatorSet(vals)
}

// spec says what a light block should be.
type spec struct {
	height     int64
	validators *types.ValidatorSet
	next       *types.ValidatorSet
	parent     []byte
	time       time.Time
	signers    int // how many of the set sign; 0 = all
	chain      string
}

func (f *forge) block(s spec) []byte {
	f.t.Helper()
	if s.next == nil {
		s.next = s.validators
	}
	if s.time.IsZero() {
		s.time = time.Unix(1_700_000_000+s.height, 0).UTC()
	}
	if s.chain == "" {
		s.chain = chainID
	}
	if s.parent == nil {
		s.parent = hash("parent", s.height)
	}
	header := &types.Header{
		Version: cmtversion.Consensus{Block: 11}, ChainID: s.chain, Height: s.height, Time: s.time,
		LastBlockID:        types.BlockID{Hash: s.parent, PartSetHeader: types.PartSetHeader{Total: 1, Hash: hash("parts", s.height-1)}},
		LastCommitHash:     hash("commit", s.height),
		DataHash:           types.ToTxs([][]byte{[]byte("tx")}).Hash(),
		ValidatorsHash:     s.validators.Hash(),
		NextValidatorsHash: s.next.Hash(),
		ConsensusHash:      hash("consensus", 0),
		AppHash:            hash("app", s.height),
		LastResultsHash:    hash("results", 0),
		EvidenceHash:       hash("evidence", 0),
		ProposerAddress:    s.validators.Validators[0].Address,
	}
	id := types.BlockID{Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: hash("parts", s.height)}}
	commit := &types.Commit{Height: s.height, BlockID: id}
	for i, v := range s.validators.Validators {
		if s.signers > 0 && i >= s.signers {
			commit.Signatures = append(commit.Signatures, types.NewCommitSigAbsent())
			continue
		}
		vote := &types.Vote{Type: 2, Height: s.height, BlockID: id, Timestamp: s.time, ValidatorAddress: v.Address, ValidatorIndex: int32(i)}
		pb := vote.ToProto()
		if err := f.keys[v.Address.String()].SignVote(s.chain, pb); err != nil {
			f.t.Fatal(err)
		}
		commit.Signatures = append(commit.Signatures, types.CommitSig{
			BlockIDFlag: types.BlockIDFlagCommit, ValidatorAddress: v.Address, Timestamp: s.time, Signature: pb.Signature})
	}
	pb, err := (&types.LightBlock{SignedHeader: &types.SignedHeader{Header: header, Commit: commit}, ValidatorSet: s.validators}).ToProto()
	if err != nil {
		f.t.Fatal(err)
	}
	b, err := pb.Marshal()
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func hash(what string, n int64) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, n))
	return h[:]
}

func genesis(set *types.ValidatorSet) []Validator {
	var out []Validator
	for _, v := range set.Validators {
		out = append(out, Validator{Key: [32]byte(v.PubKey.Bytes()), Power: v.VotingPower})
	}
	return out
}

func start(t *testing.T, set *types.ValidatorSet) *Chain {
	t.Helper()
	c, err := Start(chainID, genesis(set))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdvance(t *testing.T) {
	f := newForge(t)
	a, b, c, d := f.validator(1, 10), f.validator(2, 10), f.validator(3, 10), f.validator(4, 10)
	four := f.set(a, b, c, d)
	chain := start(t, four)

	one := f.block(spec{height: 1, validators: four})
	if err := chain.Advance(one); err != nil {
		t.Fatalf("first: %v", err)
	}
	if err := chain.Advance(one); err != nil {
		t.Fatalf("the same again: %v", err)
	}
	parent := chain.Head().Hash
	e, g := f.validator(5, 10), f.validator(6, 10)
	half := f.set(a, b, e, g)
	if err := chain.Advance(f.block(spec{height: 2, validators: four, next: half, parent: parent[:], signers: 3})); err != nil {
		t.Fatalf("adjacent with 3 of 4: %v", err)
	}
	// Half of the trusted set signs: more than a third, so heights may be skipped.
	if err := chain.Advance(f.block(spec{height: 90, validators: half})); err != nil {
		t.Fatalf("skipping: %v", err)
	}
	head := chain.Head()
	if head.Height != 90 || head.AppHash != [32]byte(hash("app", 90)) {
		t.Fatalf("%+v", head)
	}
	if err := head.VerifyTxs([][]byte{[]byte("tx")}); err != nil {
		t.Error(err)
	}
	if err := head.VerifyTxs([][]byte{[]byte("other")}); !errors.Is(err, ErrUntrusted) {
		t.Errorf("other transactions: %v", err)
	}

	again, err := Resume(chainID, chain.Trusted())
	if err != nil || again.Head() != head {
		t.Fatalf("resumed at %+v, %v", again.Head(), err)
	}
	if err := again.Advance(f.block(spec{height: 91, validators: half, parent: head.Hash[:]})); err != nil {
		t.Fatalf("after resuming: %v", err)
	}
}

func TestAdvanceRefuses(t *testing.T) {
	f := newForge(t)
	vals := []*types.Validator{f.validator(1, 10), f.validator(2, 10), f.validator(3, 10), f.validator(4, 10)}
	set := f.set(vals...)
	strangers := f.set(f.validator(11, 10), f.validator(12, 10), f.validator(13, 10), f.validator(14, 10))
	// A third exactly is not more than a third.
	third := f.set(f.validator(1, 10), f.validator(21, 10), f.validator(22, 10))
	three := f.set(vals[:3]...)
	ten := f.block(spec{height: 10, validators: set})

	trusted := func(s *types.ValidatorSet) *Chain {
		c := start(t, s)
		if err := c.Advance(f.block(spec{height: 10, validators: s})); err != nil {
			t.Fatal(err)
		}
		return c
	}
	parent := trusted(set).Head().Hash
	for _, c := range []struct {
		name  string
		chain *Chain
		block []byte
		want  error
	}{
		{"too few signers, adjacent", trusted(set), f.block(spec{height: 11, validators: set, parent: parent[:], signers: 2}), ErrUntrusted},
		{"too few signers, skipping", trusted(set), f.block(spec{height: 20, validators: set, signers: 2}), ErrUntrusted},
		{"strangers, adjacent", trusted(set), f.block(spec{height: 11, validators: strangers, parent: parent[:]}), ErrUntrusted},
		{"strangers, skipping", trusted(set), f.block(spec{height: 20, validators: strangers}), ErrTooFar},
		{"a third, skipping", trusted(three), f.block(spec{height: 20, validators: third}), ErrTooFar},
		{"not a child", trusted(set), f.block(spec{height: 11, validators: set}), ErrUntrusted},
		{"back", trusted(set), f.block(spec{height: 9, validators: set}), ErrUntrusted},
		{"another header of the height", trusted(set), f.block(spec{height: 10, validators: set, parent: hash("x", 1)}), ErrUntrusted},
		{"time stands still", trusted(set), f.block(spec{height: 20, validators: set, time: time.Unix(1_700_000_010, 0).UTC()}), ErrUntrusted},
		{"another chain", trusted(set), f.block(spec{height: 20, validators: set, chain: "other"}), ErrUntrusted},
		{"not the genesis validators", start(t, set), f.block(spec{height: 1, validators: strangers}), ErrUntrusted},
		{"truncated", start(t, set), ten[:len(ten)/2], ErrUntrusted},
		{"empty", start(t, set), nil, ErrUntrusted},
	} {
		before := c.chain.Head()
		if err := c.chain.Advance(c.block); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.chain.Head() != before {
			t.Errorf("%s: the head moved", c.name)
		}
	}
}

// TestEveryByteCounts flips bytes of a valid light block: none of the results
// may be trusted as something else.
func TestEveryByteCounts(t *testing.T) {
	f := newForge(t)
	set := f.set(f.validator(1, 10), f.validator(2, 10))
	valid := f.block(spec{height: 5, validators: set})
	reference := start(t, set)
	if err := reference.Advance(valid); err != nil {
		t.Fatal(err)
	}
	for i := range valid {
		changed := append([]byte(nil), valid...)
		changed[i] ^= 0x41
		c := start(t, set)
		if c.Advance(changed) == nil && c.Head() != reference.Head() {
			t.Fatalf("byte %d changed the trusted head", i)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	key := [32]byte{1}
	for name, c := range map[string]struct {
		chain string
		vals  []Validator
	}{
		"no chain":      {"", []Validator{{key, 1}}},
		"no validators": {chainID, nil},
		"no power":      {chainID, []Validator{{key, 0}}},
		"negative":      {chainID, []Validator{{key, -1}}},
		"twice":         {chainID, []Validator{{key, 1}, {key, 1}}},
		"overflow":      {chainID, []Validator{{key, 1 << 62}, {[32]byte{2}, 1 << 62}}},
	} {
		if _, err := Start(c.chain, c.vals); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzAdvance(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Start(chainID, []Validator{{[32]byte{1}, 1}})
		if err != nil {
			t.Fatal(err)
		}
		if c.Advance(b) == nil {
			t.Fatal("trusted noise")
		}
	})
}

package audit

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/replica"
)

// recorded is a chain's blocks, one of them changed if edit is set.
type recorded struct {
	blocks []*boundary.Block
	edit   func(height uint64, b *boundary.Block)
}

func (r recorded) Blocks(_ context.Context, from, to uint64, yield func([]byte, [][]byte) error) error {
	for h := from; h <= to && h <= uint64(len(r.blocks)); h++ {
		b := *r.blocks[h-1]
		b.Light, b.Txs = slices.Clone(b.Light), slices.Clone(b.Txs)
		if r.edit != nil {
			r.edit(h, &b)
		}
		if err := yield(b.Light, b.Txs); err != nil {
			return err
		}
	}
	return nil
}

// traded returns a chain in which actions were admitted and executed.
func traded(t *testing.T) *chaintest.Chain {
	c := chaintest.New(t, chaintest.Genesis(), chaintest.Echo{})
	c.Next()
	for range 3 {
		c.Act(0, seal.Command{})
		c.Place("owner", chaintest.Terms(order.Sell, 5, 100))
		c.Next()
	}
	for range 4 {
		c.Next()
	}
	return c
}

// run is Run with a verifier of the test's own.
func run(t *testing.T, g *ledger.Genesis, proofs ledger.Proofs, source Source, to uint64, progress func(uint64)) (*Report, error) {
	t.Helper()
	a, err := newAuditor(g, proofs)
	if err != nil {
		return nil, err
	}
	if err := a.Advance(t.Context(), source, to, progress); err != nil {
		return nil, err
	}
	return a.Report(), nil
}

func TestVerifyCounts(t *testing.T) {
	c := traded(t)
	seen := uint64(0)
	r, err := run(t, c.Genesis, chaintest.Echo{}, recorded{blocks: c.Blocks}, c.Height(), func(h uint64) { seen = h })
	if err != nil {
		t.Fatal(err)
	}
	if r.Height != c.Height() || seen != r.Height || r.AppHash != c.State.Head().AppHash || r.Checked.Blocks != r.Height {
		t.Errorf("%+v", r)
	}
	if r.Checked.ActionProofs != 6 {
		t.Errorf("%d action proofs", r.Checked.ActionProofs)
	}
	i := slices.IndexFunc(r.Assets, func(a Counters) bool { return a.Asset == c.Genesis.FeeAsset })
	if i < 0 || r.Assets[i].Fees != 6*c.Genesis.Fee {
		t.Errorf("fees: %+v", r.Assets)
	}
	if len(r.Circuits) != 1 || r.Circuits[0].Version != ledger.FirstCircuits || r.Circuits[0].Action != c.Genesis.Keys[ledger.ActionCircuit].Hash {
		t.Errorf("circuits: %+v", r.Circuits)
	}
	if !r.Simulated || !r.Development || len(r.Assumptions) == 0 {
		t.Error("the report hides that the chain protects nothing")
	}
}

// refusing is a verifier that finds every proof wrong.
type refusing struct{}

func (refusing) Check(claims []ledger.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	return rejection.New(rejection.BadProof, "")
}

func (refusing) Find(claims []ledger.Claim) (bad []int, err error) {
	for i := range claims {
		bad = append(bad, i)
	}
	return bad, nil
}

func TestVerifyRefuses(t *testing.T) {
	c := traded(t)
	withTxs := uint64(slices.IndexFunc(c.Blocks, func(b *boundary.Block) bool { return len(b.Txs) > 1 }) + 1)
	at := func(h uint64, change func(*boundary.Block)) func(uint64, *boundary.Block) {
		return func(height uint64, b *boundary.Block) {
			if height == h {
				change(b)
			}
		}
	}
	other := *c.Genesis
	other.Fee++
	for _, x := range []struct {
		name    string
		genesis *ledger.Genesis
		proofs  ledger.Proofs
		edit    func(uint64, *boundary.Block)
		height  uint64
		check   replica.Check
	}{
		{name: "a damaged header", height: 3, check: replica.CheckHeader,
			edit: at(3, func(b *boundary.Block) { b.Light[len(b.Light)/2] ^= 1 })},
		{name: "an earlier header again", height: 4, check: replica.CheckHeader,
			edit: at(4, func(b *boundary.Block) { b.Light = c.Blocks[2].Light })},
		{name: "a transaction left out", height: withTxs, check: replica.CheckTxs,
			edit: at(withTxs, func(b *boundary.Block) { b.Txs = b.Txs[1:] })},
		{name: "another genesis", genesis: &other, height: 1, check: replica.CheckAppHash},
		{name: "a false proof", proofs: refusing{}, height: withTxs, check: replica.CheckRules},
	} {
		g, p := c.Genesis, ledger.Proofs(chaintest.Echo{})
		if x.genesis != nil {
			g = x.genesis
		}
		if x.proofs != nil {
			p = x.proofs
		}
		_, err := run(t, g, p, recorded{c.Blocks, x.edit}, c.Height(), nil)
		var refusal *replica.Refusal
		if !errors.As(err, &refusal) || refusal.Height != x.height || refusal.Check != x.check {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if x.proofs != nil && (len(refusal.Proofs) == 0 || refusal.Proofs[0].Circuit != ledger.ActionCircuit) {
			t.Errorf("%s: the bad proofs are not named: %v", x.name, refusal.Proofs)
		}
	}
}

func TestVerifyNeedsAllBlocks(t *testing.T) {
	c := traded(t)
	if _, err := run(t, c.Genesis, chaintest.Echo{}, recorded{blocks: c.Blocks[:3]}, c.Height(), nil); err == nil {
		t.Error("a report of blocks that were not there")
	}
}

// TestVerifyTurnstile: counters that are not the sums of the events are found.
func TestVerifyTurnstile(t *testing.T) {
	c := traded(t)
	a, err := newAuditor(c.Genesis, chaintest.Echo{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := a.replica.Apply(c.Blocks[0].Light, c.Blocks[0].Txs)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.take(b); err != nil {
		t.Fatal("the control:", err)
	}
	a.sum(c.Genesis.FeeAsset).Withdrawn++
	var refusal *replica.Refusal
	if err := a.take(b); !errors.As(err, &refusal) || refusal.Check != CheckTurnstile {
		t.Errorf("%v", err)
	}
}

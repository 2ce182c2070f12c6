package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/state"
)

// withCoin is a genesis in which Coin is an asset of another chain.
func withCoin() *ledger.Genesis {
	g := chaintest.Genesis()
	for i := range g.Assets {
		if a := &g.Assets[i]; a.ID == chaintest.Coin {
			a.Test, a.ExternalDecimals, a.External = false, 12, ledger.Hex{asset.Native}
		}
	}
	return g
}

// until makes blocks up to a height.
func until(c *chaintest.Chain, height uint64) {
	for c.Height() < height {
		c.Next()
	}
}

// TestCustodyIsWhatTheChainOwes: notes, open claims, owners and signers, as
// events made them.
func TestCustodyIsWhatTheChainOwes(t *testing.T) {
	c := chaintest.New(t, withCoin(), chaintest.Echo{})
	c.Next()
	alice, bob := c.Fresh(), c.Fresh()
	for _, d := range []struct {
		amount uint64
		owner  field.Element
	}{{500, alice}, {300, bob}, {200, alice}} {
		c.Deposit(chaintest.Coin, d.amount, d.owner)
		c.Next()
	}
	c.Deposit(chaintest.Hub, 10, bob) // a test asset: nothing stands behind it
	c.Next()
	until(c, 8)
	paid, returned := c.Withdraw(chaintest.Coin, 40), c.Withdraw(chaintest.Coin, 50)
	c.Withdraw(chaintest.Coin, 60)
	c.Next()
	until(c, c.Height()+2)
	c.Close(paid, custody.Paid)
	c.Close(returned, custody.Returned)
	c.Next()
	first := state.Signers(c.Genesis.Signers)
	second := state.Signers{Threshold: 2, Keys: []quorum.Key{{7}, {8}, {9}}}
	for _, s := range []state.Signers{second, first} {
		c.Propose(governance.SetSigners{Threshold: s.Threshold, Keys: s.Keys})
		c.Next()
		until(c, c.Height()+c.Genesis.Constants.GovernanceDelay)
	}

	a, err := newAuditor(c.Genesis, chaintest.Echo{})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Custody(); len(got.Assets) != 1 || got.Assets[0].Notes != 0 || got.Assets[0].Owners != nil {
		t.Errorf("before the first block: %+v", got)
	}
	middle := c.Height() - c.Genesis.Constants.GovernanceDelay
	if err := a.Advance(t.Context(), recorded{blocks: c.Blocks}, middle, nil); err != nil {
		t.Fatal(err)
	}
	if got := a.Custody().Signers; !cmp.Equal(got, []state.Signers{first, second}) {
		t.Errorf("after one rotation: %v", got)
	}
	// Who must be honest are the signers of now.
	if r := a.Report(); !slices.ContainsFunc(r.Assumptions, func(s string) bool { return strings.Contains(s, "fewer than 2 of the 3 custody signers") }) {
		t.Error(r.Assumptions)
	}
	// It goes on where it stands.
	if err := a.Advance(t.Context(), recorded{blocks: c.Blocks}, c.Height(), nil); err != nil {
		t.Fatal(err)
	}
	record := c.Genesis.Assets[1].Change().Record
	want := Custody{
		Height: c.Height(), Signers: []state.Signers{second, first},
		Assets: []Obligation{{
			Record: record, Notes: 1000 - 40 - 60, Claims: 60, Open: 1, Owners: []field.Element{alice, bob},
		}},
	}
	if d := cmp.Diff(want, a.Custody()); d != "" {
		t.Error(d)
	}
	if r := a.Report(); r.Height != c.Height() || r.Checked.Blocks != c.Height() {
		t.Errorf("%+v", r)
	}
}

// TestHeadersAreRemembered: those that anchors can be held against.
func TestHeadersAreRemembered(t *testing.T) {
	c := traded(t)
	a, err := newAuditor(c.Genesis, chaintest.Echo{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Advance(t.Context(), recorded{blocks: c.Blocks}, c.Height(), nil); err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]bool{}
	for h := uint64(1); h <= c.Height(); h++ {
		got, ok := a.Header(h)
		if !ok || got.Height != h || got.App == [32]byte{} || got.Validators == [32]byte{} || seen[got.App] {
			t.Errorf("height %d: %+v, %v", h, got, ok)
		}
		seen[got.App] = true
	}
	for _, h := range []uint64{0, c.Height() + 1, 1 << 63} {
		if got, ok := a.Header(h); ok {
			t.Errorf("height %d: %+v", h, got)
		}
	}
}

// TestOldHeadersAreForgotten: the ring holds the newest.
func TestOldHeadersAreForgotten(t *testing.T) {
	a := Auditor{heads: heads{newest: maxHeads + 5, ring: make([]external.Anchor, maxHeads)}}
	for h := uint64(6); h <= maxHeads+5; h++ {
		a.heads.ring[(h-1)%maxHeads].Height = h
	}
	for h, want := range map[uint64]bool{5: false, 6: true, maxHeads: true, maxHeads + 1: true, maxHeads + 5: true, maxHeads + 6: false} {
		if got, ok := a.Header(h); ok != want || ok && got.Height != h {
			t.Errorf("height %d: %+v, %v", h, got, ok)
		}
	}
}

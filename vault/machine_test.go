package vault_test

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

func TestBlocksOutOfOrder(t *testing.T) {
	s := newSolo(t)
	first := s.next([]vault.Transfer{s.deposit(500, owner(1))})
	gap, orphan := first, first
	gap.Number++
	orphan.Parent = [32]byte{9}
	_, _, err := s.m.OnBlock(gap)
	refused(t, err, rejection.BlockSequence)
	_, _, err = s.m.OnBlock(orphan)
	refused(t, err, rejection.FinalityBroken)
	if len(s.m.Uncredited()) != 0 {
		t.Error("a refused block was believed")
	}

	// Control: the block itself.
	_, effects, err := s.m.OnBlock(first)
	if err != nil {
		t.Fatal(err)
	}
	only[vault.Sign](t, effects)

	_, _, err = s.m.OnBlock(first)
	refused(t, err, rejection.BlockSequence)
	changed := first
	changed.Hash[0]++
	_, _, err = s.m.OnBlock(changed)
	refused(t, err, rejection.FinalityBroken)
	unordered := s.next([]vault.Transfer{s.deposit(500, owner(1)), s.deposit(500, owner(1))})
	_, _, err = s.m.OnBlock(unordered)
	refused(t, err, rejection.NonCanonical)
	if n := len(s.m.Uncredited()); n != 1 {
		t.Errorf("%d deposits", n)
	}
}

// Nothing is paid while the chain shows less than the books.
func TestReconcile(t *testing.T) {
	s := newSolo(t)
	s.block([]vault.Transfer{s.deposit(5_000, owner(1))})
	s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	have := func(units uint64) []vault.Holding {
		return []vault.Holding{{Account: s.custodyAccount(), External: coin, Amount: amount.WideOf(units)}}
	}
	effects, err := s.m.Reconcile(s.m.Cursor(), have(5_000*unit-1))
	if err != nil || !raised(effects, vault.Short) || !s.m.Short() {
		t.Errorf("%v %v", effects, err)
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	for _, units := range []uint64{5_000 * unit, 5_000*unit + 1} {
		if effects, err := s.m.Reconcile(s.m.Cursor(), have(units)); err != nil || len(effects) != 0 || s.m.Short() {
			t.Errorf("%v %v", effects, err)
		}
	}
	s.opened()
	old := s.m.Cursor()
	s.block(nil)
	_, err = s.m.Reconcile(old, have(5_000*unit))
	refused(t, err, rejection.BlockSequence)
}

func TestHubRefused(t *testing.T) {
	s := newSolo(t)
	good := vault.Hub{Height: s.hub.height + 1, Assets: []vault.Asset{s.hub.asset}, Rotations: s.hub.rotations}
	for name, change := range map[string]func(*vault.Hub){
		"an earlier height":    func(h *vault.Hub) { h.Height = 1 },
		"a later claim":        func(h *vault.Hub) { h.Opened = []vault.Claim{{Asset: asset, Opened: h.Height + 1}} },
		"a claim of no asset":  func(h *vault.Hub) { h.Opened = []vault.Claim{{Asset: 99, Opened: 1}} },
		"a later rotation":     func(h *vault.Hub) { h.Rotations = []vault.Rotation{{Height: h.Height + 1}} },
		"unordered rotations":  func(h *vault.Hub) { h.Rotations = []vault.Rotation{{Height: 2}, {Height: 2}} },
		"an asset of no chain": func(h *vault.Hub) { h.Assets = []vault.Asset{{ID: asset, Decimals: 9, ExternalDecimals: 12}} },
		"too few decimals": func(h *vault.Hub) {
			h.Assets = []vault.Asset{{ID: asset, Decimals: 9, ExternalDecimals: 8, External: coin}}
		},
	} {
		h := good
		change(&h)
		if _, _, err := s.m.OnHub(h); !errors.Is(err, rejection.HubSequence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := s.m.OnHub(good); err != nil {
		t.Error(err)
	}
	fresh := newSolo(t)
	m := fresh.g.open()
	_, _, err := m.OnHub(vault.Hub{Height: 1})
	refused(t, err, rejection.HubSequence)
}

func TestConfigRefused(t *testing.T) {
	s := newSolo(t)
	for name, change := range map[string]func(*vault.Config){
		"no chain id":      func(c *vault.Config) { c.ChainID = "" },
		"no key":           func(c *vault.Config) { c.Key = quorum.Key{} },
		"no height":        func(c *vault.Config) { c.Start.Hub = 0 },
		"no block":         func(c *vault.Config) { c.Start.Block.Hash = [32]byte{} },
		"no watching":      func(c *vault.Config) { c.Watched = 0 },
		"no default":       func(c *vault.Config) { c.Default = vault.Limit{} },
		"no delay":         func(c *vault.Config) { c.Limits[0].MaxDelay = 0 },
		"unordered limits": func(c *vault.Config) { c.Limits = append(c.Limits, c.Limits[0]) },
	} {
		c := s.g.config()
		change(&c)
		if _, err := vault.New(c, codec{s.chain}); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// More goes than ever came: what comes then pays that first.
func TestDebt(t *testing.T) {
	s := newSolo(t)
	in := s.deposit(300, owner(1))
	out := s.deposit(500, nil)
	out.From, out.To = out.To, account("thief")
	s.block([]vault.Transfer{in})
	s.block([]vault.Transfer{out})
	effects, err := s.m.Reconcile(s.m.Cursor(), nil)
	if err != nil || !raised(effects, vault.Short) {
		t.Errorf("%v %v", effects, err)
	}
	s.block([]vault.Transfer{in})
	if sum := s.m.Expected(); sum[0].Amount != amount.WideOf(100*unit) {
		t.Errorf("%v", sum)
	}
}

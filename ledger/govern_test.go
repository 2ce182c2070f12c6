package ledger

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func addAsset(id uint32, edit ...func(*governance.AddAsset)) governance.AddAsset {
	a := governance.AddAsset{
		Record: asset.Record{ID: id, Symbol: "NEW", Decimals: 9, Chain: id, MaxExitFee: 100,
			ExternalDecimals: 12, External: []byte{asset.Native}},
		MinDeposit: 1, MaxDeposit: 1000, MaxSupply: 5000, ExitFee: 1,
	}
	for _, e := range edit {
		e(&a)
	}
	return a
}

func TestProposalTakesEffectAfterTheDelay(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	p := w.proposal(addAsset(3))
	e := only[ProposalAccepted](t, w.apply(p.Encode()))
	if e.At != w.height()+5 {
		t.Errorf("in force at %d", e.At)
	}
	w.refuse(rejection.ReplayedProposal, p.Encode())
	w.to(e.At - 1)
	if _, ok := w.state.Asset(3); ok {
		t.Error("in force too early")
	}
	w.refuse(rejection.UnknownAsset, w.deposit(9, 10).Encode())
	// From the block on in which it takes effect.
	w.accept(w.deposit(3, 10).Encode())
	if got := only[ProposalEnacted](t, w.apply()); got.Refused != 0 {
		t.Errorf("%+v", got)
	}
	if _, ok := w.state.Asset(3); !ok {
		t.Error("not in force")
	}
}

func TestChangesThatExcludeEachOther(t *testing.T) {
	w := newWorld(t)
	w.apply(w.proposal(addAsset(3)).Encode())
	w.apply(w.proposal(addAsset(3)).Encode())
	w.skip(3)
	if e := only[ProposalEnacted](t, w.apply()); e.Refused != 0 {
		t.Errorf("%+v", e)
	}
	if e := only[ProposalEnacted](t, w.apply()); e.Refused != rejection.RecordExists {
		t.Errorf("%+v", e)
	}
}

func TestProposalSignatures(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	c := governance.HaltDeposits{Asset: coin, Halted: true}
	w.refuse(rejection.NotEnoughPower, w.proposal(c, validators[:2]...).Encode())
	w.refuse(rejection.UnknownValidator, w.proposal(c, signers...).Encode())
	p := w.proposal(c)
	p.Change = governance.HaltDeposits{Asset: hub, Halted: true}
	w.refuse(rejection.BadGovernance, p.Encode())
	p = w.proposal(c)
	p.Nonce++
	p.Signatures = signAll(validators, p.SignBytes(w.genesis.ChainID))
	w.refuse(rejection.ReplayedProposal, p.Encode())
	w.accept(w.proposal(c).Encode())
}

func TestGovernanceBounds(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	set := func(p governance.Parameter, v uint64) governance.Change {
		return governance.SetParameter{Parameter: p, Value: v}
	}
	m := market.Record{ID: 6, Base: coin, Quote: hub, LotSize: 1, Tick: 2, MinQty: 1}
	same, far, unknown, exists := m, m, m, m
	same.Base, far.ID, unknown.Base, exists.ID = hub, market.Max, 99, 5
	for _, c := range []struct {
		name   string
		code   rejection.Code
		change governance.Change
	}{
		{"fee", rejection.ParameterBounds, set(governance.Fee, 101)},
		{"T over its bound", rejection.ParameterBounds, set(governance.LockBlocks, 21)},
		{"T not over D", rejection.ParameterBounds, set(governance.LockBlocks, 2)},
		{"W", rejection.ParameterBounds, set(governance.ExitBlocks, 7)},
		{"w under its bound", rejection.ParameterBounds, set(governance.RestBlocks, 3)},
		{"w over its bound", rejection.ParameterBounds, set(governance.RestBlocks, 17)},
		{"epoch length", rejection.ParameterBounds, set(governance.EpochBlocks, 9)},
		{"g", rejection.ParameterBounds, set(governance.EpochGrace, 59)},
		{"q", rejection.ParameterBounds, set(governance.Quorum, 0)},
		{"a number of blocks that overflows", rejection.ParameterBounds, set(governance.WorkerBlocks, 1<<63)},
		{"a parameter that does not exist", rejection.ParameterBounds, set(77, 5)},
		{"exit fee", rejection.ParameterBounds, governance.SetExitFee{Asset: coin, Fee: 10}},
		{"exit fee of nothing", rejection.UnknownAsset, governance.SetExitFee{Asset: 99}},
		{"asset's own bound", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.Record.MaxExitFee = 101 })},
		{"decimals", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.Record.Decimals = 10 })},
		{"symbol", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.Record.Symbol = "hub" })},
		{"deposit limits", rejection.ParameterBounds, governance.SetDepositLimits{Asset: coin, Min: 5, Max: 4, MaxSupply: 9}},
		{"deposits of nothing", rejection.ParameterBounds, governance.SetDepositLimits{Asset: coin, Min: 0, Max: 4, MaxSupply: 9}},
		{"a cap below the limit", rejection.ParameterBounds, governance.SetDepositLimits{Asset: coin, Min: 3, Max: 4, MaxSupply: 3}},
		{"limits of nothing", rejection.UnknownAsset, governance.SetDepositLimits{Asset: 99, Min: 3, Max: 4, MaxSupply: 4}},
		{"an asset that exists", rejection.RecordExists, addAsset(coin)},
		{"external decimals", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.Record.ExternalDecimals = 8 })},
		{"an external name", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.Record.External = nil })},
		{"a new asset's cap", rejection.ParameterBounds, addAsset(3, func(a *governance.AddAsset) { a.MaxSupply = 999 })},
		{"half of the signers", rejection.ParameterBounds, governance.SetSigners{Threshold: 1, Keys: publicKeys(signers[:2])}},
		{"less than half of the signers", rejection.ParameterBounds, governance.SetSigners{Threshold: 1, Keys: publicKeys(signers)}},
		{"a market that exists", rejection.RecordExists, governance.AddMarket{Record: exists}},
		{"a market of one asset", rejection.ParameterBounds, governance.AddMarket{Record: same}},
		{"a market past the table", rejection.ParameterBounds, governance.AddMarket{Record: far}},
		{"a market of no asset", rejection.UnknownAsset, governance.AddMarket{Record: unknown}},
		{"no signers", rejection.ParameterBounds, governance.SetSigners{Threshold: 0, Keys: publicKeys(signers)}},
		{"too few signers", rejection.ParameterBounds, governance.SetSigners{Threshold: 4, Keys: publicKeys(signers)}},
		{"power", rejection.ParameterBounds, governance.SetValidator{Key: quorum.Key{1}, Power: 1<<40 + 1}},
		{"the removal of nobody", rejection.UnknownValidator, governance.SetValidator{Key: quorum.Key{1}}},
	} {
		t.Run(c.name, func(t *testing.T) { w.TB = t; w.refuse(c.code, w.proposal(c.change).Encode()) })
	}
	w.TB = t
	w.accept(w.proposal(governance.AddMarket{Record: m}).Encode())
	w.accept(w.proposal(set(governance.LockBlocks, 20)).Encode())
	w.accept(w.proposal(governance.SetDepositLimits{Asset: coin, Min: 4, Max: 4, MaxSupply: 4}).Encode())
	w.accept(w.proposal(governance.SetSigners{Threshold: 2, Keys: publicKeys(signers)}).Encode())
	w.accept(w.proposal(governance.SetSigners{Threshold: 1, Keys: publicKeys(signers[:1])}).Encode())
}

// TestOneAssetAChainOnce: two records of one external asset would share its
// reserve.
func TestOneAssetAChainOnce(t *testing.T) {
	w := newWorld(t)
	w.enact(addAsset(3))
	same := addAsset(4, func(a *governance.AddAsset) { a.Record.Chain = 3 })
	w.refuse(rejection.RecordExists, w.proposal(same).Encode())
	w.accept(w.proposal(addAsset(4)).Encode())
	same.Record.External = []byte{asset.Numbered, 0, 0, 0, 0}
	w.accept(w.proposal(same).Encode())

	g := testGenesis()
	for i := range g.Assets {
		g.Assets[i].Test, g.Assets[i].Chain, g.Assets[i].External = false, 7, Hex{asset.Native}
	}
	if err := g.Validate(); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("a genesis with one asset twice: %v", err)
	}
	g.Assets[1].Chain = 8
	if err := g.Validate(); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestAddedMarketIsInTheTables(t *testing.T) {
	w := newWorld(t)
	m := market.Record{ID: 6, Base: coin, Quote: hub, LotSize: 1, Tick: 2, MinQty: 1}
	before, _ := w.state.Roots(w.height())
	w.enact(governance.AddMarket{Record: m})
	after, _ := w.state.Roots(w.height())
	if before.Markets == after.Markets || before.References == after.References {
		t.Error("a table did not change")
	}
	if got := w.state.markets.Leaf(6); got != m.Leaf() {
		t.Error("the market's leaf")
	}
	if got := w.state.references.Leaf(6); got != market.RefLeaf(6, 0) {
		t.Error("the reference of a market without prices says 0")
	}
}

func TestSignersAreReplaced(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	w.enact(governance.SetSigners{Threshold: 1, Keys: publicKeys(parties("other", 1))})
	w.refuse(rejection.UnknownSigner, w.deposit(hub, 100).Encode())
}

func TestValidatorsChangeWithTheEngine(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	removed := publicKey(validators[3])
	w.enact(governance.SetValidator{Key: removed, Power: 0})
	at := w.height()
	if u := w.last.Validators; len(u) != 1 || u[0] != (ValidatorUpdate{Key: removed}) {
		t.Fatalf("%+v", u)
	}
	for h, want := range map[uint64]int{at: 4, at + 1: 4, at + 2: 3, at + 9: 3} {
		if n := len(w.state.Validators(h)); n != want {
			t.Errorf("%d validators at +%d, want %d", n, h-at, want)
		}
	}
	w.accept(w.votes(1, 1, 1, 1).Encode()) // the commit of block `at`
	w.skip(2)
	w.refuse(rejection.UnknownValidator, w.votes(1, 1, 1, 1).Encode())
	w.accept(w.votes(1, 1, 1).Encode())
	w.refuse(rejection.NotEnoughPower, w.votes(1, 1).Encode())
}

func TestReferenceIsTheMedianOfFreshPrices(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	price := func() uint64 { return w.state.References()[0].Mid }
	if price() != 0 {
		t.Error("a reference without votes")
	}
	w.apply(w.votes(100, 300, 200, 400).Encode())
	if price() != 200 { // the lower median of four
		t.Errorf("median %d", price())
	}
	if got, want := w.state.references.Leaf(5), market.RefLeaf(5, 200); got != want {
		t.Error("the table's leaf")
	}
	w.skip(5)
	w.apply(w.votes(500, 0, 600, 700).Encode())
	if price() != 500 { // 300 (old), 500, 600, 700
		t.Errorf("median %d", price())
	}
	w.skip(8) // validator 1's price is stale; three of four are more than two thirds
	if price() != 600 {
		t.Errorf("median %d", price())
	}
	w.skip(3)
	if price() != 0 {
		t.Errorf("a stale reference %d", price())
	}
}

func TestOracleRefusals(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	edit := func(f func(*oracle.Commit)) []byte {
		c := w.votes(1, 2, 3, 4)
		f(c)
		return c.Encode()
	}
	w.accept(w.votes(1, 2, 3, 4).Encode())
	w.accept(w.votes(0, 0, 0).Encode())
	w.refuse(rejection.NotEnoughPower, w.votes(1, 2).Encode())
	w.refuse(rejection.BadOracleVote, edit(func(c *oracle.Commit) { c.Votes[2].Prices[0].Ask++ }))
	w.refuse(rejection.BadOracleVote, edit(func(c *oracle.Commit) { c.Votes[2].Prices[0].Bid-- }))
	w.refuse(rejection.BadOracleVote, edit(func(c *oracle.Commit) { c.Votes[2].Prices[0].Market = 6 }))
	w.refuse(rejection.BadOracleVote, w.quotes([2]uint64{1, 2}, [2]uint64{3, 2}, [2]uint64{1, 2}, [2]uint64{1, 2}).Encode())
	w.refuse(rejection.BadOracleVote, w.quotes([2]uint64{1, 2}, [2]uint64{1, 0}, [2]uint64{1, 2}, [2]uint64{1, 2}).Encode())
	w.refuse(rejection.BadOracleVote, edit(func(c *oracle.Commit) { c.Round++ }))
	w.refuse(rejection.BadOracleVote, edit(func(c *oracle.Commit) { c.Height-- }))
	w.refuse(rejection.UnknownValidator, edit(func(c *oracle.Commit) { c.Votes[3].Validator = quorum.Key{0xff, 0xff} }))
	again := w.votes(1, 2, 3, 4).Encode()
	w.refuse(rejection.BadOracleVote, again, again)
	w.apply(again)
	w.refuse(rejection.BadOracleVote, again)
	// First or not at all.
	w.refuse(rejection.TxOrder, w.deposit(hub, 100).Encode(), w.votes(1, 2, 3, 4).Encode())
}

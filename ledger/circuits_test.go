package ledger

import (
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// overlap is the shortest that the test genesis allows.
const overlap = 620

// upgrade is the change to version 2 of the circuits, edited.
func upgrade(edit ...func(*governance.AddCircuits)) governance.AddCircuits {
	k := setups(2).Keys()
	c := governance.AddCircuits{
		Version: 2, Overlap: overlap,
		Action: governance.CircuitKey{Key: k.Action.Encode()}, Fill: governance.CircuitKey{Key: k.Fill.Encode()},
		Collect: governance.CircuitKey{Key: k.Collect.Encode()},
	}
	for _, e := range edit {
		e(&c)
	}
	return c
}

func under(version uint8) func(*action.Action) {
	return func(a *action.Action) { a.Version = version }
}

// verifying returns a world whose proofs the real verifier checks.
func verifying(t reporter, g *Genesis) *world {
	w := newWorldOf(t, g)
	w.state.proofs = Verifier{}
	return w
}

// prove gives an action the proof of a setup, as the last edit.
func (w *world) prove(of circuittest.Trapdoors, edit ...func(*action.Action)) []byte {
	a := w.action(edit...)
	a.Proof = of.Action.Prove(a.PublicInputs(w.genesis.ChainID, hub), 0)
	return a.Encode()
}

func TestUpgradeRefusals(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	for _, c := range []struct {
		name string
		code rejection.Code
		edit func(*governance.AddCircuits)
	}{
		{"a version skipped", rejection.ParameterBounds, func(c *governance.AddCircuits) { c.Version = 3 }},
		{"version 0", rejection.RecordExists, func(c *governance.AddCircuits) { c.Version = 0 }},
		{"a version that exists", rejection.RecordExists, func(c *governance.AddCircuits) { c.Version = 1 }},
		{"too short an overlap", rejection.ParameterBounds, func(c *governance.AddCircuits) { c.Overlap = overlap - 1 }},
		{"an overlap without end", rejection.ParameterBounds, func(c *governance.AddCircuits) { c.Overlap = 1 << 62 }},
		{"no key", rejection.Truncated, func(c *governance.AddCircuits) { c.Collect.Key = nil }},
		{"a byte after a key", rejection.TrailingBytes, func(c *governance.AddCircuits) { c.Fill.Key = append(c.Fill.Key, 0) }},
		{"a point off the curve", rejection.BadPoint, func(c *governance.AddCircuits) { c.Action.Key[1] &^= 0x80 }},
		{"an input at infinity", rejection.BadPoint, func(c *governance.AddCircuits) {
			copy(c.Action.Key[len(c.Action.Key)-48:], append([]byte{0xc0}, make([]byte, 47)...))
		}},
		{"another circuit's key", rejection.ParameterBounds, func(c *governance.AddCircuits) { c.Fill.Key = c.Action.Key }},
	} {
		t.Run(c.name, func(t *testing.T) { w.TB = t; w.refuse(c.code, w.proposal(upgrade(c.edit)).Encode()) })
	}
	w.TB = t
	w.accept(w.proposal(upgrade()).Encode())
}

// TestUpgradeNeedsACeremony: on a chain of value a development key can't come
// in by governance either.
func TestUpgradeNeedsACeremony(t *testing.T) {
	g := valuable(testGenesis())
	real(g)
	w := newWorldOf(t, g)
	w.skip(1)
	named := func(c *governance.AddCircuits) {
		for _, k := range []*governance.CircuitKey{&c.Action, &c.Fill, &c.Collect} {
			k.Circuit, k.Transcript = [32]byte{1}, [32]byte{3}
		}
	}
	w.refuse(rejection.NotDevelopment, w.proposal(upgrade()).Encode())
	w.refuse(rejection.NotDevelopment, w.proposal(upgrade(named, func(c *governance.AddCircuits) { c.Collect.Transcript = [32]byte{} })).Encode())
	w.accept(w.proposal(upgrade(named)).Encode())
}

// TestUpgrade follows a version through its life: current, beside its
// successor, and then for exits only, for ever.
func TestUpgrade(t *testing.T) {
	w := verifying(t, testGenesis())
	w.apply(w.deposit(coin, 1_000_000).Encode())
	w.skip(4)
	one, two := setups(1), setups(2)
	exit := w.withdrawal(coin, 10)
	w.accept(w.prove(one))
	w.refuse(rejection.UnknownCircuits, w.prove(two, under(2)))
	w.refuse(rejection.UnknownCircuits, w.prove(one, under(255)))
	w.refuse(rejection.BadProof, w.prove(two))

	// Both versions count, each under its own keys.
	w.enact(upgrade())
	since := w.height()
	w.accept(w.prove(two, under(2)))
	w.accept(w.prove(one))
	w.refuse(rejection.BadProof, w.prove(one, under(2)))
	w.refuse(rejection.BadProof, w.prove(two, under(1)))
	if got := w.state.Circuits(); len(got) != 2 || got[0].Retires != since+overlap || got[1].Since != since || got[1].Retires != 0 {
		t.Fatalf("%+v", got)
	}

	// The last block of the overlap, and the first after it.
	w.to(since + overlap - 1)
	w.accept(w.prove(one))
	w.skip(1)
	w.refuse(rejection.CircuitsRetired, w.prove(one))
	w.refuse(rejection.UnknownCircuits, w.prove(two, under(3)))
	w.accept(w.prove(two, under(2)))
	w.accept(w.prove(one, exit))
	w.refuse(rejection.BadProof, w.prove(two, exit))
	w.accept(w.prove(two, exit, under(2)))
	w.skip(700)
	w.accept(w.prove(one, exit))

	// A restart knows what the state says.
	s, err := Open(w.genesis, Verifier{}, w.store)
	if err != nil {
		t.Fatal(err)
	}
	w.state = s
	w.refuse(rejection.CircuitsRetired, w.prove(one))
	w.accept(w.prove(two, under(2)))
	w.accept(w.prove(one, exit))
	if keys, ok := s.Keys(2); !ok || keys.Action.Hash() != two.Keys().Action.Hash() {
		t.Error("the keys of version 2")
	}
}

// TestUpgradeOfSettlements: a settlement is never an exit.
func TestUpgradeOfSettlements(t *testing.T) {
	w := newWorld(t).withBook()
	groups := []settlement.Group{w.group(w.fresh(), w.fresh())}
	a := w.height()
	w.apply(w.lock(groups).Encode())
	settle := func(version uint8) []byte {
		return w.settlement(a, groups, 0, func(s *settlement.Settle) { s.Version = version }).Encode()
	}
	w.refuse(rejection.UnknownCircuits, settle(2))
	w.state.versions = slices.Clone(w.state.versions)
	w.state.versions[0].Retires = w.height() // as after an overlap that ends with the last block
	w.refuse(rejection.CircuitsRetired, settle(1))
	w.state.versions[0].Retires++
	w.accept(settle(1))
}

// TestTwoUpgradesAtOnce: of two changes to the same version the first counts.
func TestTwoUpgradesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	w.apply(w.proposal(upgrade()).Encode())
	w.apply(w.proposal(upgrade(func(c *governance.AddCircuits) { c.Overlap++ })).Encode())
	w.skip(w.genesis.Constants.GovernanceDelay - 2)
	since := w.height() + 1
	var enacted []ProposalEnacted
	for _, e := range append(w.apply(), w.apply()...) {
		if e, ok := e.(ProposalEnacted); ok {
			enacted = append(enacted, e)
		}
	}
	if len(enacted) != 2 || enacted[0].Refused != 0 || enacted[1].Refused != rejection.RecordExists {
		t.Fatalf("%+v", enacted)
	}
	if got := w.state.Circuits(); len(got) != 2 || got[0].Retires != since+overlap {
		t.Errorf("%+v", got)
	}
}

// TestCheckAll: each transaction stands alone, and of their proofs exactly the
// bad ones are refused.
func TestCheckAll(t *testing.T) {
	w := verifying(t, testGenesis())
	w.skip(4)
	good := setups(1)
	txs := [][]byte{w.prove(good), w.prove(setups(2)), w.prove(good), w.prove(good, under(9)), {1}, w.prove(setups(2))}
	txs = append(txs, txs[0]) // a second time: each is alone
	want := []rejection.Code{0, rejection.BadProof, 0, rejection.UnknownCircuits, rejection.Truncated, rejection.BadProof, 0}
	for i, got := range w.state.CheckAll(txs, 2000) {
		if want[i] == 0 && (got.Err != nil || len(got.Nullifiers) != action.Slots) || want[i] != 0 && !errors.Is(got.Err, want[i]) {
			t.Errorf("transaction %d: %+v", i, got)
		}
	}
}

// broken is a Proofs that fails to find out.
type broken struct{ Verifier }

func (broken) Find([]Claim) ([]int, error) { return nil, rejection.New(rejection.BadProof, "") }

// TestCheckAllBlamesNobody: a fault of the verifier's admits nothing and is no
// refusal, for which a sender would be punished.
func TestCheckAllBlamesNobody(t *testing.T) {
	w := verifying(t, testGenesis())
	w.skip(4)
	w.state.proofs = broken{}
	var refused *rejection.Rejection
	if _, err := w.state.Check(w.prove(setups(1)), 2000); err == nil || errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// TestBadProofs: the block is refused as a whole, and who asks is told which
// proofs were bad.
func TestBadProofs(t *testing.T) {
	w := verifying(t, testGenesis())
	w.skip(4)
	in := w.block(w.prove(setups(1)), w.prove(setups(2)), w.prove(setups(1)), w.prove(setups(2)))
	if _, err := w.state.Apply(in); !errors.Is(err, rejection.BadProof) {
		t.Fatal(err)
	}
	bad, err := w.state.BadProofs(in)
	if want := []Place{{1, ActionCircuit, 0}, {3, ActionCircuit, 0}}; err != nil || !slices.Equal(bad, want) {
		t.Errorf("%v, %v", bad, err)
	}
}

// TestBlockProofs: a block may hold as many proofs as the genesis says, and
// not one more.
func TestBlockProofs(t *testing.T) {
	g := testGenesis()
	g.Limits.BlockProofs = 7
	w := newWorldOf(t, g)
	w.skip(4)
	var txs [][]byte
	for range 8 {
		txs = append(txs, w.action().Encode())
	}
	if _, err := w.state.Apply(w.block(txs...)); !errors.Is(err, rejection.BlockFull) {
		t.Fatalf("one proof over the limit: %v", err)
	}
	if chosen := w.state.Propose(2000, txs); len(chosen) != 7 {
		t.Errorf("%d actions proposed", len(chosen))
	}
	w.apply(txs[:7]...)
}

package wallet

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestVersionOfAnAction: the newest version that the prover has the key of; a
// retired one withdraws and does nothing else.
func TestVersionOfAnAction(t *testing.T) {
	w := newWorld(t)
	x := w.wallet("a")
	own := toys().Action.Key().Hash()
	other, third := [32]byte{2}, [32]byte{3}
	for _, c := range []struct {
		name        string
		chain       []Circuits
		prover      [32]byte
		pay, exit   uint8
		noPay, none error
	}{
		{name: "the genesis' version", chain: []Circuits{{1, own, false}}, prover: own, pay: 1, exit: 1},
		{name: "both beside each other, the old key", chain: []Circuits{{1, own, false}, {2, other, false}}, prover: own, pay: 1, exit: 1},
		{name: "both beside each other, the new key", chain: []Circuits{{1, own, false}, {2, other, false}}, prover: other, pay: 2, exit: 2},
		{name: "a version that kept its key", chain: []Circuits{{1, own, true}, {2, own, false}}, prover: own, pay: 2, exit: 2},
		{name: "a retired key", chain: []Circuits{{1, own, true}, {2, other, false}}, prover: own, exit: 1, noPay: rejection.CircuitsRetired},
		{name: "a key twice retired", chain: []Circuits{{1, own, true}, {2, other, true}, {3, third, false}}, prover: own, exit: 1, noPay: rejection.CircuitsRetired},
		{name: "a key of none", chain: []Circuits{{1, own, true}, {2, other, false}}, prover: third, noPay: rejection.BadGenesis, none: rejection.BadGenesis},
	} {
		x.params.Circuits = c.chain
		x.config.Prover = &checking{key: c.prover}
		if v, err := x.version(false); v != c.pay || !errors.Is(err, c.noPay) {
			t.Errorf("%s: version %d, %v", c.name, v, err)
		}
		if v, err := x.version(true); v != c.exit || !errors.Is(err, c.none) {
			t.Errorf("%s: version %d of a withdrawal, %v", c.name, v, err)
		}
	}
	x.config.Prover = nil // whoever proves the plan has the newest keys
	x.params.Circuits = []Circuits{{1, own, true}, {2, other, false}}
	if v, err := x.version(false); v != 2 || err != nil {
		t.Errorf("without a prover: version %d, %v", v, err)
	}
}

// TestSendNeedsTheVersionsKey: a proof under another key is not even made.
func TestSendNeedsTheVersionsKey(t *testing.T) {
	w := newWorld(t)
	x := w.wallet("a")
	w.fund(x, hub, 1000)
	p, err := x.PlanTransfer(hub, 100, x.config.View.Address(0))
	if err != nil {
		t.Fatal(err)
	}
	if p.Action.Version != 1 {
		t.Errorf("version %d", p.Action.Version)
	}
	prover := &checking{key: [32]byte{9}}
	x.config.Prover = prover
	if _, err := x.Send(t.Context(), p); !errors.Is(err, rejection.BadGenesis) || prover.proven != 0 {
		t.Fatalf("another key: %v, %d proofs", err, prover.proven)
	}
	x.config.Prover = new(checking)
	if _, err := x.Send(t.Context(), p); err != nil {
		t.Fatalf("control: %v", err)
	}
}

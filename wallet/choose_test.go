package wallet

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

func notesOf(asset uint32, values ...uint64) (out []*Note) {
	for i, v := range values {
		out = append(out, &Note{Note: note.Note{Asset: asset, Value: v}, Position: uint64(i)})
	}
	return out
}

// TestChoose holds choose against all subsets.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(1, 20), 0, 8).Draw(t, "values")
		need := rapid.Uint64Range(0, 80).Draw(t, "need")
		max := rapid.IntRange(0, 3).Draw(t, "max")
		fewest, total := 99, uint64(0)
		for set := range 1 << len(values) {
			var v uint64
			n := 0
			for i, x := range values {
				if set>>i&1 == 1 {
					v, n = v+x, n+1
				}
			}
			total = v // the last set is all of them
			if v >= need {
				fewest = min(fewest, n)
			}
		}
		got, err := newPurse(notesOf(1, values...)).choose(need, max)
		switch {
		case total < need:
			if !errors.Is(err, rejection.NotEnoughFunds) {
				t.Fatalf("got %v", err)
			}
		case fewest > max:
			if !errors.Is(err, rejection.TooManyNotes) {
				t.Fatalf("got %v", err)
			}
		case err != nil || len(got) != fewest || sum(got) < need:
			t.Fatalf("%d notes with %d, %v; %d would do", len(got), sum(got), err, fewest)
		}
		for i, n := range got {
			if slices.Contains(got[:i], n) {
				t.Fatal("a note twice")
			}
		}
	})
}

// TestDrafts draws wallets and wishes at random and checks of every draft that
// is made: at most three inputs with an order first, no more spent than there
// is, every asset in balance, at most one payee.
func TestDrafts(t *testing.T) {
	w := newWorld(t).withBook()
	x := w.wallet("a")
	w.fund(x, hub, 10)
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(x.config.View, keys.Development, x.state.terms)
		s.Height, s.marks, s.Keeper = x.state.Height, slices.Clone(x.state.marks), x.state.Keeper
		s.marks[len(s.marks)-1].height = s.Height
		young := s.newest().frontier
		for i, v := range rapid.SliceOfN(rapid.Uint64Range(1, 5000), 0, 9).Draw(t, "notes") {
			n := Note{Note: note.Note{Asset: hub + uint32(i%2), Value: v}}
			n.Nullifier.SetUint64(uint64(i + 1))
			switch rapid.IntRange(0, 5).Draw(t, "state") {
			case 0:
				n.By = ID{1}
			case 1:
				n.Position = young.Size()
			}
			s.Notes = append(s.Notes, &n)
		}
		params := x.params
		params.Fee = rapid.Uint64Range(0, 30).Draw(t, "fee")
		d := drafter{state: s, params: params}
		side := order.Side(rapid.IntRange(0, 1).Draw(t, "side"))
		resting := terms(side, 10, 3)
		value, _ := resting.Funding()
		o := &Order{Status: Resting, Order: order.Order{Terms: resting, Asset: resting.FundingAsset(), Value: value}}
		asset := rapid.SampledFrom([]uint32{hub, coin}).Draw(t, "asset")
		amount := rapid.Uint64Range(0, 6000).Draw(t, "amount")
		to := account("x").Viewing().Address(0)
		var from *Order
		var p *draft
		var err error
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			p, err = d.transfer(asset, amount, to)
		case 1:
			p, err = d.order(terms(side, 10, amount/1000), order.Handling{}, nil)
		case 2:
			from = o
			p, err = d.order(terms(side, 10, amount/1000), order.Handling{}, o)
		case 3:
			from = o
			p, err = d.cancel(o)
		case 4:
			p, err = d.withdraw(asset, amount, action.Recipient{1}, nil)
		case 5:
			from = o
			p, err = d.withdraw(o.Order.Asset, amount, action.Recipient{1}, o)
		case 6:
			p, err = d.pullAll()
		}
		if err != nil {
			return
		}
		checkDraft(t, d, p, from)
	})
}

func checkDraft(t *rapid.T, d drafter, p *draft, from *Order) {
	inputs := len(p.notes)
	if p.from != nil {
		inputs++
	}
	if p.from != from || inputs > action.Slots {
		t.Fatalf("%s: %d inputs", p.kind, inputs)
	}
	balance := map[uint32]int64{}
	if p.from != nil {
		balance[p.from.Order.Asset] += int64(p.from.Order.Value)
	}
	for i, n := range p.notes {
		if slices.Contains(p.notes[:i], n) || !n.By.IsZero() || n.Position > 0 {
			t.Fatalf("%s spends what it must not", p.kind)
		}
		balance[n.Asset] += int64(n.Value)
	}
	payees := 0
	for j, out := range p.outputs {
		balance[out.Asset] -= int64(out.Value)
		if out.Kind == seal.OwnOrder && j > 0 {
			t.Fatal("an order outside slot 0")
		}
		if out.Kind == seal.Payment {
			payees++
		}
	}
	if p.out.Amount > 0 {
		balance[p.out.Asset] -= int64(p.out.Amount + p.fee)
	} else {
		balance[d.params.FeeAsset] -= int64(p.fee)
	}
	for asset, left := range balance {
		if left != 0 {
			t.Fatalf("%s: %d of asset %d are left", p.kind, left, asset)
		}
	}
	if payees > 1 {
		t.Fatal("two payees")
	}
}

package wallet

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// lying is a chain that changes a nullifier of every block with an action.
type lying struct{ *world }

func (l lying) Blocks(ctx context.Context, from uint64, yield func(*Block) error) error {
	return l.world.Blocks(ctx, from, func(b *Block) error {
		lie := *b
		lie.Executed = append([]Executed(nil), b.Executed...)
		for i := range lie.Executed {
			lie.Executed[i].Nullifiers[2] = field.FromUint64(3)
		}
		return yield(&lie)
	})
}

// TestWitness: what follows beside a wallet sees what the wallet sees, sends
// nothing that the wallet sent, and believes no lie.
func TestWitness(t *testing.T) {
	w, seller, buyer := book(t)
	x, err := buyer.Witness(w)
	if err != nil {
		t.Fatal(err)
	}
	deceived, err := buyer.Witness(lying{w})
	if err != nil {
		t.Fatal(err)
	}
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.mine(w.match(500, 310, buy, sell).Encode())
	w.mature(buyer)
	if err := x.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, b := buyer.State(), x.State()
	for what, pair := range map[string][2]any{
		"orders": {a.Orders, b.Orders}, "past": {a.Past, b.Past}, "fills": {a.Fills, b.Fills}, "balances": {a.Balances(), b.Balances()},
	} {
		if d := cmp.Diff(pair[0], pair[1]); d != "" {
			t.Errorf("%s:\n%s", what, d)
		}
	}
	if len(b.Stakes()) != 2 {
		t.Errorf("%d stakes", len(b.Stakes()))
	}
	want(t, deceived.Sync(t.Context()), rejection.BadBlock)
}

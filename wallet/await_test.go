package wallet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
)

// TestAwaited: what was handed out for another chain is remembered across a
// restart, within its bound, and only what is this account's is recognised.
func TestAwaited(t *testing.T) {
	w := newWorld(t)
	d := new(drawer)
	x := w.open("a", d)
	var owners []field.Element
	for i := range 3 {
		c, err := x.AwaitDeposit(coin)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := x.DepositIndex(c); !ok || got != uint64(i) {
			t.Errorf("index %d, %v", got, ok)
		}
		owners = append(owners, c)
	}
	if c, err := x.DepositOwner(); err != nil || c != x.State().DepositOwner(3) {
		t.Errorf("a deposit of another kind: %v", err)
	}
	again := w.open("a", d)
	want := []Awaited{{Index: 0, Asset: coin}, {Index: 1, Asset: coin}, {Index: 2, Asset: coin}}
	if diff := cmp.Diff(want, again.Awaited()); diff != "" {
		t.Error(diff)
	}
	if again.State().DepositOwner(2) != owners[2] {
		t.Error("another owner after a restart")
	}
	if _, ok := w.open("b", new(drawer)).DepositIndex(owners[0]); ok {
		t.Error("another account takes it for its own")
	}
	for range 2 * maxAwaited {
		if _, err := again.AwaitDeposit(hub); err != nil {
			t.Fatal(err)
		}
	}
	// Past the gap the oldest unused one is handed out again.
	if list := again.Awaited(); len(list) != maxAwaited || list[maxAwaited-1].Index != 0 {
		t.Errorf("%d remembered, the last %+v", len(list), list[len(list)-1])
	}
}

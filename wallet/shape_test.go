package wallet

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
)

// part is a stretch of an encoded action.
type part struct {
	name string
	size int
	// common says that the part says the same in every action that is made at
	// the same time, whatever it is for; otherwise every byte of it varies.
	common bool
}

// parts is the layout of spec/07-action.md, cut where one field ends.
var parts = []part{
	{"kind and version", 2, true},
	{"anchor", field.Size, true},
	{"nullifier 0", field.Size, false},
	{"nullifier 1", field.Size, false},
	{"nullifier 2", field.Size, false},
	{"commitment 0", field.Size, false},
	{"commitment 1", field.Size, false},
	{"commitment 2", field.Size, false},
	{"rk", jubjub.Size, false},
	{"epoch", 8, true},
	{public, 8 + 1 + 4 + 8 + action.RecipientSize + field.Size, true},
	{"epk", seal.EPKSize, false},
	{"ciphertext 0", seal.CiphertextSize, false},
	{"ciphertext 1", seal.CiphertextSize, false},
	{"ciphertext 2", seal.CiphertextSize, false},
	{"encapsulation", seal.EncapsulationSize, false},
	{"instruction", seal.InstructionSize - seal.EncapsulationSize, false},
	{"proof", action.ProofSize, true}, // the tests' Prover makes none
	{"signature", jubjub.SignatureSize, false},
}

// public is all zeros but for the fee, unless the action is a withdrawal.
const public = "fee, x and public output"

var everyKind = []Kind{
	MergePlan, TransferPlan, OrderPlan, ReplacePlan, CancelPlan, PullPlan, PullAllPlan, HeartbeatPlan, WithdrawPlan,
}

// variety makes one plan of each kind from a state, none of them sent, so that
// all stand on one anchor.
func (w *world) variety(x *Wallet) map[Kind]*Plan {
	w.Helper()
	orders := x.State().Orders
	pick := func(p *Plan, err error) *Plan {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return p
	}
	d := x.drafter()
	merge, err := d.mergeOf(coin, d.free(coin)[:2], 1)
	plans := []*Plan{
		pick(x.plan(merge, err)),
		pick(x.PlanTransfer(coin, 900, account("payee").Viewing().Address(3))),
		pick(x.PlanOrder(terms(order.Sell, 300, 50), order.Handling{})),
		pick(x.PlanReplace(orders[0], terms(order.Sell, 310, 90), order.Handling{})),
		pick(x.PlanCancel(orders[0])),
		pick(x.PlanPull(orders[1])),
		pick(x.PlanPullAll()),
		pick(x.PlanHeartbeat(77)),
		pick(x.PlanWithdraw(coin, 1200, recipient(w), nil)),
	}
	out := map[Kind]*Plan{}
	for _, p := range plans {
		if err := p.Prove(x.config.Prover, x.config.View.ProverKey); err != nil {
			w.Fatal(err)
		}
		if err := p.Sign(*x.config.Spending, nil); err != nil {
			w.Fatal(err)
		}
		out[p.Kind] = p
	}
	for _, kind := range everyKind {
		if out[kind] == nil {
			w.Fatalf("no %s", kind)
		}
	}
	return out
}

// traders returns accounts with notes and two resting orders each, at one
// height.
func (w *world) traders(n int) []*Wallet {
	w.Helper()
	var out []*Wallet
	for i := range n {
		x := w.wallet(fmt.Sprint("trader", i))
		w.fund(x, coin, 60_000, 20_000, 70_000, 100_000)
		w.fund(x, hub, 1000, 2000)
		w.place(x, terms(order.Sell, 300, 50))
		w.place(x, terms(order.Sell, 301, 60))
		out = append(out, x)
	}
	for _, x := range out {
		w.sync(x)
	}
	return out
}

// TestShape: whatever a wallet makes has one length, and from position to
// position the same bytes are either fixed in all kinds, to one value, or vary
// in all kinds. Only a withdrawal shows its public output.
//
// It is a test of form: that what varies is also independent of the plan rests
// on the ciphers and hashes, whose outputs it only weighs.
func TestShape(t *testing.T) {
	const accounts = 9 // 256^-8 that a byte of a varying part stands still
	w := newWorld(t).withBook()
	samples := map[Kind][][]byte{}
	for _, x := range w.traders(accounts) {
		for kind, p := range w.variety(x) {
			b := p.Action.Encode()
			if len(b) != action.Size {
				t.Fatalf("a %s has %d bytes", kind, len(b))
			}
			samples[kind] = append(samples[kind], b)
		}
	}
	for kind, list := range samples {
		reference := samples[TransferPlan]
		start := 0
		for _, part := range parts {
			end := start + part.size
			open := kind == WithdrawPlan && part.name == public
			for at := start; at < end && !open; at++ {
				if v, fixed := constant(list, at); fixed != part.common {
					t.Fatalf("%s: byte %d of %s: fixed %v, want %v", kind, at-start, part.name, fixed, part.common)
				} else if fixed && v != reference[0][at] {
					t.Fatalf("%s: byte %d of %s is %#x, a transfer's is %#x", kind, at-start, part.name, v, reference[0][at])
				}
			}
			if part.size > 64 && !part.common {
				if share := ones(list, start, end); share < 0.47 || share > 0.53 {
					t.Errorf("%s: %.3f of the bits of %s are ones", kind, share, part.name)
				}
			}
			start = end
		}
		if start != action.Size {
			t.Fatalf("the parts have %d bytes, an action has %d", start, action.Size)
		}
	}
	for kind, list := range samples {
		a, err := action.Decode(list[0])
		if err != nil {
			t.Fatal(err)
		}
		switch withdrawal := kind == WithdrawPlan; {
		case a.FeeInAsset != withdrawal || (a.Out != action.Output{}) != withdrawal:
			t.Errorf("%s: x is %v, the public output %+v", kind, a.FeeInAsset, a.Out)
		case !withdrawal && a.Fee != w.genesis.Fee, withdrawal && a.Fee != w.genesis.Assets[1].ExitFee:
			t.Errorf("%s: fee %d", kind, a.Fee)
		}
	}
}

// constant reports whether all samples have the same byte at a position.
func constant(list [][]byte, at int) (byte, bool) {
	for _, b := range list[1:] {
		if b[at] != list[0][at] {
			return 0, false
		}
	}
	return list[0][at], true
}

// ones is the share of ones among the bits of a stretch.
func ones(list [][]byte, start, end int) float64 {
	n := 0
	for _, b := range list {
		for _, v := range b[start:end] {
			n += bits.OnesCount8(v)
		}
	}
	return float64(n) / float64(8*len(list)*(end-start))
}

// TestShapeNoRepeats: of actions that may all land, no two share a field that
// varies, and none has one twice: what is spent, a dummy and an empty output
// can't be told by comparing.
func TestShapeNoRepeats(t *testing.T) {
	w := newWorld(t).withBook()
	traders := w.traders(len(everyKind))
	seen := map[string]string{}
	for i, kind := range everyKind {
		b := w.variety(traders[i])[kind].Action.Encode()
		for _, part := range parts {
			value, name := string(b[:part.size]), fmt.Sprintf("%s of a %s", part.name, kind)
			b = b[part.size:]
			if other, ok := seen[value]; ok && !part.common {
				t.Errorf("%s is %s", name, other)
			}
			seen[value] = name
		}
	}
}

// TestShapeInBlocks: what a block tells of an admitted and of an executed
// action differs between kinds in the same fields only. Each account sends one
// kind, all of them in one block.
func TestShapeInBlocks(t *testing.T) {
	w := newWorld(t).withBook()
	traders := w.traders(len(everyKind))
	kinds := map[ID]Kind{}
	for i, kind := range everyKind {
		p := w.variety(traders[i])[kind]
		if err := w.Submit(t.Context(), p.Action.Encode()); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		kinds[p.ID()] = kind
	}
	admitted := w.mine()
	w.skip(int(w.genesis.Constants.ExecutionDelay) - 1)
	executed := w.mine()
	if len(admitted.Admitted) != len(kinds) || len(executed.Executed) != len(kinds) {
		t.Fatalf("%d admitted, %d executed, want %d", len(admitted.Admitted), len(executed.Executed), len(kinds))
	}
	for _, e := range executed.Executed {
		switch kind, ok := kinds[e.ID]; {
		case !ok:
			t.Errorf("an action that nobody sent: %s", e.ID.Short())
		case kind == WithdrawPlan:
			if e.OutAsset != coin || e.OutAmount != 1200 {
				t.Errorf("a withdrawal of %d of asset %d", e.OutAmount, e.OutAsset)
			}
		case e.Fee != w.genesis.Fee || e.OutAsset != 0 || e.OutAmount != 0:
			t.Errorf("%s: %+v", kind, e)
		}
	}
	if len(executed.Claims) != 1 || len(executed.Locks)+len(executed.Groups)+len(executed.Dropped) != 0 {
		t.Errorf("%+v", executed)
	}
}

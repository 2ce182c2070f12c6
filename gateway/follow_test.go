package gateway

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

var (
	abc = signersOf(2, "a", "b", "c")
	abd = signersOf(2, "a", "b", "d")
)

func mustNext(t *testing.T, f *follower, deposits []custody.DepositID, claims []custody.ClaimID) vault.Hub {
	t.Helper()
	h, ok, err := f.next(t.Context(), deposits, claims)
	if err != nil || !ok {
		t.Fatalf("%v %v", ok, err)
	}
	return h
}

func began(t *testing.T, h *hub) *follower {
	t.Helper()
	f, err := begin(t.Context(), h, chainNumber)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFollowSaysEverything: rotations at the height at which they take effect,
// claims that were opened, and what became of the deposits and claims that were
// asked about, each once.
func TestFollowSaysEverything(t *testing.T) {
	h := newHub(abc)
	f := began(t, h)
	first := mustNext(t, f, nil, nil)
	if d := cmp.Diff([]vault.Rotation{{Height: 1, Signers: abc}}, first.Rotations); d != "" || first.Height != 1 {
		t.Fatal(d, first.Height)
	}
	if len(first.Assets) != 1 || first.Assets[0].ID != ksm || first.Assets[0].Room != h.asset.MaxSupply {
		t.Errorf("%+v", first.Assets)
	}
	if _, ok, err := f.next(t.Context(), nil, nil); ok || err != nil {
		t.Errorf("a height twice: %v", err)
	}

	tx, claim := withdrawal(t, 1, ksm, 500, make([]byte, 32))
	other, _ := withdrawal(t, 2, 8, 500, make([]byte, 32))        // of another chain's asset
	dropped, lost := withdrawal(t, 3, ksm, 500, make([]byte, 32)) // a lock comes first
	h.locked[lost] = true
	at := h.block(tx, other, dropped, rotation(1, abd))
	if got := mustNext(t, f, nil, nil); len(got.Opened) != 0 || len(got.Rotations) != 0 {
		t.Errorf("before its execution: %+v", got)
	}
	h.block()
	h.block()
	got := mustNext(t, f, nil, nil)
	want := []vault.Claim{{ID: claim, Asset: ksm, Amount: 500, Recipient: make([]byte, 32), Opened: at + execution}}
	if d := cmp.Diff(want, got.Opened); d != "" {
		t.Error(d)
	}
	for range delay {
		h.block()
	}
	if got := mustNext(t, f, nil, nil); len(got.Opened) != 0 || !cmp.Equal([]vault.Rotation{{Height: at + delay, Signers: abd}}, got.Rotations) {
		t.Errorf("%+v", got)
	}

	id := custody.DepositID{1}
	h.deposits[id] = 3
	c := h.claims[claim]
	c.Closed = custody.Paid
	h.claims[claim] = c
	h.block()
	got = mustNext(t, f, []custody.DepositID{id, {2}}, []custody.ClaimID{claim, {3}})
	if d := cmp.Diff([]vault.ClaimEnd{{ID: claim, Result: custody.Paid}}, got.Closed); d != "" || !cmp.Equal(got.Credited, []custody.DepositID{id}) {
		t.Errorf("%s %v", d, got.Credited)
	}
}

// TestFollowBeginsWithWhatIsUnderWay: a rotation and a withdrawal that were
// decided before a gateway began and take effect later are not missed; those
// that took effect are not said again.
func TestFollowBeginsWithWhatIsUnderWay(t *testing.T) {
	h := newHub(abc)
	old, _ := withdrawal(t, 1, ksm, 500, make([]byte, 32))
	h.block(old, rotation(1, abd))
	for range delay {
		h.block()
	}
	tx, claim := withdrawal(t, 2, ksm, 500, make([]byte, 32))
	at := h.block(tx, rotation(2, abc))
	f := began(t, h)
	for range delay {
		h.block()
	}
	got := mustNext(t, f, nil, nil)
	if d := cmp.Diff([]vault.Rotation{{Height: at, Signers: abd}, {Height: at + delay, Signers: abc}}, got.Rotations); d != "" {
		t.Error(d)
	}
	if len(got.Opened) != 1 || got.Opened[0].ID != claim {
		t.Errorf("%+v", got.Opened)
	}
}

// TestFollowSurvivesItsNode: whatever step a node fails at, and whether or not
// the process is started again, nothing is lost and nothing said twice.
func TestFollowSurvivesItsNode(t *testing.T) {
	tx, claim := withdrawal(t, 1, ksm, 500, make([]byte, 32))
	for _, restart := range []bool{false, true} {
		for step := range delay + 2 {
			h := newHub(abc)
			f := began(t, h)
			mustNext(t, f, nil, nil)
			h.block(tx, rotation(1, abd))
			var opened, rotated int
			for i := range delay + 2 {
				if i == step {
					h.fail = errAway
					if _, ok, err := f.next(t.Context(), nil, nil); ok || !errors.Is(err, errAway) {
						t.Fatal(ok, err)
					}
					h.fail = nil
					if restart {
						var err error
						if f, err = newFollower(h, chainNumber, f.place, nil); err != nil {
							t.Fatal(err)
						}
					}
				}
				got := mustNext(t, f, nil, nil)
				opened += len(got.Opened)
				rotated += len(got.Rotations)
				if len(got.Opened) > 0 && got.Opened[0].ID != claim {
					t.Error("another claim")
				}
				h.block()
			}
			if opened != 1 || rotated != 1 {
				t.Errorf("step %d, restart %v: %d claims, %d rotations", step, restart, opened, rotated)
			}
		}
	}
}

// TestFollowRefusesContradictions: rows that are not what the blocks make, a
// claim's asset held back, another history than in an earlier run.
func TestFollowRefusesContradictions(t *testing.T) {
	h := newHub(abc)
	f := began(t, h)
	mustNext(t, f, nil, nil)
	h.block()
	h.signers = abd // without a proposal
	if _, _, err := f.next(t.Context(), nil, nil); err == nil {
		t.Error("signers from nowhere were taken")
	}

	h = newHub(abc)
	f = began(t, h)
	tx, id := withdrawal(t, 1, 99, 500, make([]byte, 32))
	h.block(tx)
	h.block()
	h.block()
	if h.claims[id].Asset != 99 {
		t.Fatal("no claim")
	}
	if _, _, err := f.next(t.Context(), nil, nil); !errors.Is(err, client.ErrUnverified) {
		t.Errorf("an asset held back: %v", err)
	}

	h = newHub(abc)
	f = began(t, h)
	mustNext(t, f, nil, nil)
	place := f.place
	for range 3 {
		h.block()
	}
	mustNext(t, f, nil, nil)
	trusted, _ := f.headers.at(3)
	for _, fork := range []byte{0, 1} {
		h.fork = fork
		again, err := newFollower(h, chainNumber, place, nil)
		if err != nil {
			t.Fatal(err)
		}
		again.trusted = trusted
		_, ok, err := again.next(t.Context(), nil, nil)
		if ok != (fork == 0) || errors.Is(err, rejection.BadBlock) != (fork == 1) {
			t.Errorf("fork %d: %v %v", fork, ok, err)
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	var h headers
	for i := range uint64(3*keptHeaders + 5) {
		h.add(light.Head{Height: i + 1})
	}
	newest := uint64(3*keptHeaders + 5)
	if len(h.list) > 2*keptHeaders {
		t.Error(len(h.list))
	}
	for _, height := range []uint64{newest, newest - keptHeaders + 1} {
		if got, ok := h.at(height); !ok || got.Height != height {
			t.Error(height, got, ok)
		}
	}
	for _, height := range []uint64{0, 1, newest + 1} {
		if _, ok := h.at(height); ok {
			t.Error(height)
		}
	}
	h.add(light.Head{Height: 3}) // read again from there
	if _, ok := h.at(newest); ok || len(h.list) != 1 {
		t.Error("headers of two readings")
	}
}

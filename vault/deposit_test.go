package vault_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// A deposit is known by its reference: the block that its owner names again, or
// that is read again after a crash, makes no second one.
func TestReplayedDeposit(t *testing.T) {
	s := newSolo(t)
	b := s.next([]vault.Transfer{s.deposit(500, owner(1))})
	records, _, err := s.m.OnBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if again, effects, err := s.m.OnPast(b); err != nil || len(again) != 0 || len(effects) != 0 {
			t.Errorf("%v %v %v", again, effects, err)
		}
	}
	// A process that died within the block reads it again.
	for cut := range records {
		m := s.g.open()
		replay(t, m, []vault.Record{vault.Rotated{Rotation: s.hub.rotations[0], Custody: s.custodyAccount()}})
		replay(t, m, records[:cut])
		if _, _, err := m.OnBlock(b); err != nil {
			t.Fatal(err)
		}
		if n := len(m.Uncredited()); n != 1 {
			t.Errorf("cut at %d: %d deposits", cut, n)
		}
		if sum := m.Expected(); len(sum) != 1 || sum[0].Amount != amount.WideOf(500*unit) {
			t.Errorf("cut at %d: %v", cut, sum)
		}
	}
	// Control: the same transfer in another block is another deposit.
	s.block([]vault.Transfer{s.deposit(500, owner(1))})
	if n := len(s.m.Uncredited()); n != 2 {
		t.Errorf("%d deposits", n)
	}
	future := s.next(nil)
	_, _, err = s.m.OnPast(future)
	refused(t, err, rejection.BlockSequence)
}

// Every reason to hold a deposit, the change of rules that ends it, and the
// refund that rules out the credit for good.
func TestHeldDeposits(t *testing.T) {
	for name, c := range map[string]struct {
		units  uint64
		owner  *field.Element
		before func(*vault.Asset)
		want   vault.HeldReason
	}{
		"no owner":      {500, nil, nil, vault.Unattributed},
		"unknown asset": {500, owner(1), func(a *vault.Asset) { a.External = []byte{1, 2} }, vault.UnknownAsset},
		"halted":        {500, owner(1), func(a *vault.Asset) { a.Halted = true }, vault.DepositsHalted},
		"zero":          {0, owner(1), nil, vault.RoundsToZero},
		"below minimum": {9, owner(1), nil, vault.BelowMinimum},
		"above limit":   {1_000_001, owner(1), nil, vault.AboveLimit},
		"supply cap":    {500, owner(1), func(a *vault.Asset) { a.Room = 499 }, vault.SupplyCap},
	} {
		t.Run(name, func(t *testing.T) {
			for _, back := range []bool{false, true} {
				s := newSolo(t)
				rules := s.hub.asset
				if c.before != nil {
					c.before(&s.hub.asset)
				}
				s.tick()
				d := s.deposit(c.units, c.owner)
				d.Amount, _ = d.Amount.Add(amount.WideOf(999)) // less than a unit
				none[vault.Sign](t, s.block([]vault.Transfer{d}))
				id := s.m.Uncredited()[0]
				v, _ := s.m.Deposit(id)
				if v.State != vault.DepositHeld || v.Reason != c.want {
					t.Fatalf("state %d, reason %d", v.State, v.Reason)
				}
				if back {
					if _, _, err := s.m.Refund(id, account("alice")); err != nil {
						t.Fatal(err)
					}
				}
				// The rules relent.
				s.hub.asset = rules
				s.hub.asset.MinDeposit, s.hub.asset.MaxDeposit = 1, 1<<40
				effects := s.tick()
				v, _ = s.m.Deposit(id)
				_, _, err := s.m.Refund(id, account("bob"))
				switch {
				case back:
					none[vault.Sign](t, effects)
					if v.State != vault.DepositRefunding {
						t.Errorf("state %d after the order", v.State)
					}
					refused(t, err, rejection.NotHeld)
				case c.want == vault.Unattributed || c.want == vault.RoundsToZero:
					none[vault.Sign](t, effects)
					if err != nil {
						t.Error(err)
					}
				default:
					signed := only[vault.Sign](t, effects).Statement.Deposit
					if signed.Amount != c.units || signed.Asset != asset || signed.C != *c.owner || v.Dust != amount.WideOf(999) {
						t.Errorf("%+v, dust %v", signed, v.Dust)
					}
					refused(t, err, rejection.NotHeld)
				}
			}
		})
	}
}

func TestRefundsRefused(t *testing.T) {
	s := newSolo(t)
	_, _, err := s.m.Refund(custody.DepositID{1}, account("alice"))
	refused(t, err, rejection.UnknownDeposit)
	s.block([]vault.Transfer{s.deposit(500, nil)})
	id := s.m.Uncredited()[0]
	_, _, err = s.m.Refund(id, s.custodyAccount())
	refused(t, err, rejection.NotHeld)
	if _, _, err = s.m.Refund(id, account("alice")); err != nil {
		t.Error(err)
	}
	if records, _, err := s.m.Refund(id, account("alice")); err != nil || len(records) != 0 {
		t.Errorf("the same order again: %v %v", records, err)
	}
	_, _, err = s.m.Refund(id, account("bob"))
	refused(t, err, rejection.NotHeld)
}

func TestWatchIsBounded(t *testing.T) {
	s := newSolo(t)
	address := func(i uint64) vault.Account {
		a, _, err := s.m.Watch(*owner(i))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	paid := address(1)
	s.block([]vault.Transfer{{External: coin, Amount: amount.WideOf(500 * unit), From: account("alice"), To: paid}})
	for i := uint64(2); i < 10; i++ {
		address(i)
	}
	if n := len(s.m.Watched()); n != 1+4 {
		t.Errorf("%d accounts are watched", n)
	}
	if s.m.Watched()[1].Account != paid {
		t.Error("an address with a deposit was dropped")
	}
	// Whoever was dropped announces itself again and names the block.
	dropped := codec{s.chain}.Deposit(s.custodyAccount(), *owner(2))
	b := s.next([]vault.Transfer{{Index: 3, External: coin, Amount: amount.WideOf(70 * unit), From: account("alice"), To: dropped}})
	if _, _, err := s.m.OnBlock(b); err != nil {
		t.Fatal(err)
	}
	address(2)
	_, effects, err := s.m.OnPast(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := only[vault.Sign](t, effects).Statement.Deposit; d.C != *owner(2) || d.Amount != 70 {
		t.Errorf("%+v", d)
	}
	_, _, err = s.m.Watch(field.Element{})
	refused(t, err, rejection.ZeroCommitment)
}

// A deposit that other operators sent back is not signed for any more.
func TestOthersRefund(t *testing.T) {
	for _, back := range []bool{false, true} {
		s := newSolo(t)
		s.block([]vault.Transfer{s.deposit(9, owner(1))})
		id := s.m.Uncredited()[0]
		if back {
			steps := s.execute([32]byte{7}, vault.Executed)
			steps[1].Job = &vault.JobID{Kind: vault.Refund, Ref: id}
			s.block(nil, steps...)
		}
		s.hub.asset.MinDeposit = 5
		effects := s.tick()
		if !back {
			only[vault.Sign](t, effects)
			continue
		}
		none[vault.Sign](t, effects)
		if v, _ := s.m.Deposit(id); v.State != vault.DepositRefunded {
			t.Errorf("state %d", v.State)
		}
		_, _, err := s.m.Refund(id, account("alice"))
		refused(t, err, rejection.NotHeld)
	}
}

// A deposit that was signed for here and sent back by others is told of.
func TestCreditedRefundIsAlarmed(t *testing.T) {
	s := newSolo(t)
	s.block([]vault.Transfer{s.deposit(500, owner(1))})
	steps := s.execute([32]byte{7}, vault.Executed)
	steps[1].Job = &vault.JobID{Kind: vault.Refund, Ref: s.m.Uncredited()[0]}
	if !raised(s.block(nil, steps...), vault.CreditedRefund) {
		t.Error("no alarm")
	}
}

// A refund that was executed and failed can be ordered to another account; the
// failed call is approved by nobody again.
func TestFailedRefund(t *testing.T) {
	s := newSolo(t)
	s.block([]vault.Transfer{s.deposit(500, nil)})
	id := s.m.Uncredited()[0]
	orders := func(to string) map[[32]byte]bool {
		_, effects, err := s.m.Refund(id, account(to))
		if err != nil {
			t.Fatal(err)
		}
		calls := map[[32]byte]bool{}
		for range 4 * vault.Slot {
			for _, e := range append(effects, s.block(nil)...) {
				if p, ok := e.(vault.Prepare); ok {
					hash, _ := codec{s.chain}.Call(p.Order.Job)
					calls[hash] = true
					s.m.OnDeferred(p.Order.Job.JobID, vault.DeferNode)
				}
			}
			effects = nil
		}
		return calls
	}
	first := orders("dead")
	if len(first) != 1 {
		t.Fatalf("%d calls", len(first))
	}
	for call := range first {
		if !raised(s.block(nil, s.execute(call, vault.Failed)...), vault.RefundFailed) {
			t.Error("no alarm")
		}
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	second := orders("alice")
	for call := range second {
		if len(second) != 1 || first[call] {
			t.Errorf("%d calls, the failed one among them: %v", len(second), first[call])
		}
	}
	if len(second) == 0 {
		t.Error("not ordered anew")
	}
}

// A stranger's asset stops nothing: not with a name that no listed asset can
// have, and not with amounts beyond all bounds.
func TestStrangeAssets(t *testing.T) {
	s := newSolo(t)
	most := amount.Wide{Hi: ^uint64(0), Lo: ^uint64(0)}
	strange := func(name []byte, index uint32) vault.Transfer {
		return vault.Transfer{Index: index, External: name, Amount: most, From: account("mallory"), To: s.custodyAccount(), Owner: owner(1)}
	}
	d := s.deposit(500, owner(1))
	d.Index = 9
	for range 3 {
		s.block([]vault.Transfer{strange(make([]byte, 129), 0), strange(nil, 1), strange([]byte{2, 7}, 2), strange([]byte{2, 7}, 3), d})
	}
	if n := len(s.m.Uncredited()); n != 9 {
		t.Errorf("%d deposits", n)
	}
	back := strange([]byte{2, 7}, 0)
	back.From, back.To = back.To, back.From
	s.block([]vault.Transfer{back})
	want := []vault.Holding{
		{Account: s.custodyAccount(), External: coin, Amount: amount.WideOf(1500 * unit), Custody: true},
		{Account: s.custodyAccount(), External: []byte{2, 7}, Custody: true},
	}
	if diff := cmp.Diff(want, s.m.Expected()); diff != "" {
		t.Error(diff)
	}
}

// A deposit that is read after a sweep has taken its money along lies where the
// sweep took it: nothing is swept again, and it is credited.
func TestReadAfterTheSweep(t *testing.T) {
	s := newSolo(t)
	if _, _, err := s.m.Watch(*owner(1)); err != nil {
		t.Fatal(err)
	}
	address := codec{s.chain}.Deposit(s.custodyAccount(), *owner(1))
	to := func(index uint32) vault.Transfer {
		return vault.Transfer{Index: index, External: coin, Amount: amount.WideOf(500 * unit), From: account("alice"), To: address}
	}
	unseen := s.next([]vault.Transfer{to(1)})
	s.block(nil)
	s.block([]vault.Transfer{to(1)})
	steps := s.execute([32]byte{7}, vault.Executed)
	sweep := vault.Transfer{Index: 11, Extrinsic: 6, External: coin, Amount: amount.WideOf(1000 * unit), From: address, To: s.custodyAccount()}
	s.block([]vault.Transfer{sweep}, steps...)
	_, effects, err := s.m.OnPast(unseen)
	if err != nil {
		t.Fatal(err)
	}
	only[vault.Sign](t, effects)
	s.hub.height++
	if _, _, err := s.m.OnHub(vault.Hub{Height: s.hub.height, Assets: []vault.Asset{s.hub.asset}, Credited: s.m.Uncredited()}); err != nil {
		t.Fatal(err)
	}
	for range 4 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	want := []vault.Holding{
		{Account: s.custodyAccount(), External: coin, Amount: amount.WideOf(1000 * unit), Custody: true},
		{Account: address, External: coin},
	}
	slices.SortFunc(want, func(a, b vault.Holding) int { return slices.Compare(a.Account[:], b.Account[:]) })
	if diff := cmp.Diff(want, s.m.Expected()); diff != "" {
		t.Error(diff)
	}
}

package vault_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// solo is one machine that is driven by hand: the test is its shell, its chain
// and its peers.
type solo struct {
	*world
	g *gateway
	m *vault.Machine
}

func newSolo(t *testing.T) *solo {
	w := newWorld(t, 2, "ada", "bea", "cyd")
	g := w.gateways[0]
	s := &solo{w, g, g.vault}
	s.tick()
	return s
}

// tick is one more height of Nightjar.
func (s *solo) tick() []vault.Effect {
	s.t.Helper()
	s.hub.height++
	_, effects, err := s.m.OnHub(vault.Hub{Height: s.hub.height, Assets: []vault.Asset{s.hub.asset}, Rotations: s.hub.rotations, Opened: s.hub.opened})
	if err != nil {
		s.t.Fatal(err)
	}
	return effects
}

// next is the next block, with what is given.
func (s *solo) next(transfers []vault.Transfer, steps ...vault.Step) vault.Block {
	at := s.m.Cursor()
	b := vault.Block{Number: at.Number + 1, Parent: at.Hash, Transfers: transfers, Steps: steps, Latest: true}
	b.Hash = account(string(rune(b.Number)) + "block")
	return b
}

func (s *solo) block(transfers []vault.Transfer, steps ...vault.Step) []vault.Effect {
	s.t.Helper()
	_, effects, err := s.m.OnBlock(s.next(transfers, steps...))
	if err != nil {
		s.t.Fatal(err)
	}
	return effects
}

// deposit is a transfer of hub units to the custody account.
func (s *solo) deposit(units uint64, of *field.Element) vault.Transfer {
	return vault.Transfer{External: coin, Amount: amount.WideOf(units * unit), From: account("alice"), To: s.custodyAccount(), Owner: of}
}

// signature is what a signer signs.
func signature(name string, of vault.Statement) vault.Signed {
	private, _ := keyOf(name)
	return vault.Signed{Statement: of, Signature: quorum.Sign(private, of.SignBytes(network))}
}

// only returns the one effect of a type; the test fails if there is another
// number of them.
func only[E vault.Effect](t *testing.T, effects []vault.Effect) (found E) {
	t.Helper()
	n := 0
	for _, e := range effects {
		if is, ok := e.(E); ok {
			found = is
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d effects of type %T in %v", n, found, effects)
	}
	return found
}

func none[E vault.Effect](t *testing.T, effects []vault.Effect) {
	t.Helper()
	for _, e := range effects {
		if _, ok := e.(E); ok {
			t.Fatalf("%T: %+v", e, e)
		}
	}
}

func raised(effects []vault.Effect, reason vault.AlarmReason) bool {
	for _, e := range effects {
		if a, ok := e.(vault.Alarm); ok && a.Reason == reason {
			return true
		}
	}
	return false
}

func refused(t *testing.T, err error, want rejection.Code) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v where %s is expected", err, want.Name())
	}
}

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

func replay(t *testing.T, m *vault.Machine, records []vault.Record) {
	t.Helper()
	for _, r := range records {
		if err := m.Replay(r); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
	}
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

// m − 1 signatures submit nothing; strangers, forgers and twins count nothing.
func TestSignaturesCount(t *testing.T) {
	s := newSolo(t)
	statement := only[vault.Sign](t, s.block([]vault.Transfer{s.deposit(500, owner(1))})).Statement
	own := signature("ada", statement)
	for range 2 {
		effects, err := s.m.OnSignature(own)
		if err != nil || len(effects) != 0 {
			t.Fatalf("%v %v", effects, err)
		}
	}
	_, err := s.m.OnSignature(signature("mal", statement))
	refused(t, err, rejection.UnknownSigner)
	forged := signature("bea", statement)
	forged.Signature.Signature[5]++
	_, err = s.m.OnSignature(forged)
	refused(t, err, rejection.BadSignerSignature)
	if len(s.hub.credited) != 0 {
		t.Fatal("submitted")
	}

	// Control: the second signer.
	effects, err := s.m.OnSignature(signature("bea", statement))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.hub.submit(only[vault.SubmitHub](t, effects).Transaction); err != nil {
		t.Error(err)
	}
}

// A signer that signs another amount for a deposit is not counted and is named,
// whether it comes before the machine's own view or after it.
func TestOtherStatement(t *testing.T) {
	for _, early := range []bool{false, true} {
		s := newSolo(t)
		b := s.next([]vault.Transfer{s.deposit(500, owner(1))})
		lie := vault.Statement{Deposit: &custody.Deposit{
			Reference: custody.Reference{Chain: external, Hash: b.Hash}, Asset: asset, Amount: 50_000, C: *owner(9),
		}}
		if early {
			if effects, err := s.m.OnSignature(signature("bea", lie)); err != nil || len(effects) != 0 {
				t.Fatalf("%v %v", effects, err)
			}
		}
		_, effects, err := s.m.OnBlock(b)
		if err != nil {
			t.Fatal(err)
		}
		statement := only[vault.Sign](t, effects).Statement
		if !early {
			effects, err = s.m.OnSignature(signature("bea", lie))
			refused(t, err, rejection.StatementMismatch)
		}
		if !raised(effects, vault.OtherStatement) {
			t.Errorf("early %v: no alarm in %v", early, effects)
		}
		if effects, err := s.m.OnSignature(signature("ada", statement)); err != nil || len(effects) != 0 {
			t.Errorf("early %v: a lie was counted: %v %v", early, effects, err)
		}
		effects, err = s.m.OnSignature(signature("bea", statement))
		if err != nil {
			t.Error(err)
		}
		only[vault.SubmitHub](t, effects)
	}
}

// A signer that signs a claim both paid and returned is named.
func TestPaidAndReturnedSigned(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	paid := vault.Statement{Closing: &custody.Closing{Claim: c.ID, Result: custody.Paid, Payment: custody.Reference{Chain: external, Hash: [32]byte{1}}}}
	returned := vault.Statement{Closing: &custody.Closing{Claim: c.ID, Result: custody.Returned}}
	if _, err := s.m.OnSignature(signature("bea", paid)); err != nil {
		t.Fatal(err)
	}
	effects, err := s.m.OnSignature(signature("bea", returned))
	refused(t, err, rejection.TwoStatements)
	if !raised(effects, vault.TwoStatements) {
		t.Error("no alarm")
	}
	// Control: another signer's is no second one.
	if _, err := s.m.OnSignature(signature("cyd", returned)); err != nil {
		t.Error(err)
	}
	if v, _ := s.m.Claim(c.ID); v.Result != 0 {
		t.Error("others' signatures decided a claim")
	}
}

func TestEarlySignaturesAreBounded(t *testing.T) {
	s := newSolo(t)
	var err error
	n := 0
	for ; err == nil && n < 5000; n++ {
		d := &custody.Deposit{Reference: custody.Reference{Chain: external, Index: uint32(n)}, Asset: asset, Amount: 1, C: *owner(1)}
		_, err = s.m.OnSignature(signature("bea", vault.Statement{Deposit: d}))
	}
	refused(t, err, rejection.TooManyEarly)
	// Control: the other signers have room.
	d := &custody.Deposit{Reference: custody.Reference{Chain: external, Index: 1 << 20}, Asset: asset, Amount: 1, C: *owner(1)}
	if _, err := s.m.OnSignature(signature("cyd", vault.Statement{Deposit: d})); err != nil {
		t.Errorf("after %d of another: %v", n, err)
	}
	// What Nightjar has credited makes room again, and every one is asked for.
	asked := map[custody.DepositID]bool{}
	for range 40 {
		list := s.m.Uncredited()
		if len(list) > 64 {
			t.Fatalf("%d asked for at once", len(list))
		}
		for _, id := range list {
			asked[id] = true
		}
		s.tick()
	}
	if len(asked) != 1025 {
		t.Errorf("%d asked for", len(asked))
	}
	s.hub.height++
	if _, _, err := s.m.OnHub(vault.Hub{Height: s.hub.height, Credited: s.m.Uncredited()}); err != nil {
		t.Fatal(err)
	}
	d = &custody.Deposit{Reference: custody.Reference{Chain: external, Index: 1 << 21}, Asset: asset, Amount: 1, C: *owner(1)}
	if _, err := s.m.OnSignature(signature("bea", vault.Statement{Deposit: d})); err != nil {
		t.Error(err)
	}
}

// Claims that can't be paid are returned without an approval; the one at the
// bound is paid.
func TestUnpayableClaims(t *testing.T) {
	s := newSolo(t)
	s.block([]vault.Transfer{s.deposit(500_000, owner(1))})
	for name, c := range map[string]struct {
		units     uint64
		recipient []byte
		want      vault.Verdict
	}{
		"short":  {500, make([]byte, 31), vault.BadRecipient},
		"long":   {500, make([]byte, 33), vault.BadRecipient},
		"little": {4, make([]byte, 32), vault.BelowExistential},
		"least":  {5, make([]byte, 32), vault.Payable},
	} {
		claim := s.hub.withdraw(name, c.units, c.recipient)
		effects := s.tick()
		v, _ := s.m.Claim(claim.ID)
		if v.Verdict != c.want {
			t.Errorf("%s: verdict %d", name, v.Verdict)
		}
		if c.want == vault.Payable {
			none[vault.Sign](t, effects)
			continue
		}
		if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Returned || end.Claim != claim.ID {
			t.Errorf("%s: %+v", name, end)
		}
	}
}

// execute is the steps of a call that two signers execute.
func (s *solo) execute(call [32]byte, stage vault.Stage) []vault.Step {
	_, bea := keyOf("bea")
	_, cyd := keyOf("cyd")
	at := s.custodyAccount()
	return []vault.Step{
		{Index: 10, Extrinsic: 5, Custody: at, Call: call, By: vault.Account(bea), Stage: vault.Opened},
		{Index: 12, Extrinsic: 6, Custody: at, Call: call, By: vault.Account(cyd), Stage: stage},
	}
}

func (s *solo) payout(c vault.Claim) [32]byte {
	j := vault.Job{JobID: vault.JobID{Kind: vault.Payout, Ref: c.ID}, External: coin, Amount: amount.WideOf(c.Amount * unit)}
	copy(j.To[:], c.Recipient)
	hash, err := codec{s.chain}.Call(j)
	if err != nil {
		s.t.Fatal(err)
	}
	return hash
}

func TestExecutedTwiceIsAlarmed(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	effects := s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	end := only[vault.Sign](t, effects).Statement.Closing
	if end.Result != custody.Paid || end.Payment.Index != 12 || raised(effects, vault.ExecutedTwice) {
		t.Errorf("%+v", effects)
	}
	effects = s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	none[vault.Sign](t, effects)
	if !raised(effects, vault.ExecutedTwice) {
		t.Error("no alarm")
	}
}

// A payment that Nightjar learns of before the claim itself is not made again.
func TestExecutedBeforeNoticed(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	none[vault.Sign](t, s.block(nil, s.execute(s.payout(c), vault.Executed)...))
	effects := s.tick()
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Paid {
		t.Errorf("%+v", end)
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
}

// An execution that failed returns the claim, and nobody approves it again.
func TestFailedExecutionReturns(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	effects := s.block(nil, s.execute(s.payout(c), vault.Failed)...)
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Returned {
		t.Errorf("%+v", end)
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	// What must not happen is at least seen.
	if effects := s.block(nil, s.execute(s.payout(c), vault.Executed)...); !raised(effects, vault.PaidAndReturned) {
		t.Error("no alarm")
	}
}

// opened returns the first order for a claim's payment, and the block's number.
func (s *solo) opened() (vault.Order, uint64) {
	s.t.Helper()
	for range 4 * vault.Slot {
		for _, e := range s.block(nil) {
			if p, ok := e.(vault.Prepare); ok {
				return p.Order, s.m.Cursor().Number
			}
		}
	}
	s.t.Fatal("no order")
	return vault.Order{}, 0
}

// A rogue's call is joined by nobody: neither another recipient for a claim, nor
// a call of its own making. The claim's own call is.
func TestRogueCallIsNotJoined(t *testing.T) {
	for _, honest := range []bool{false, true} {
		s := newSolo(t)
		c := s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		call := s.payout(c)
		if !honest {
			other := c
			other.Recipient = []byte("the rogue's own account, 32 bytes"[:32])
			call = s.payout(other)
		}
		s.block(nil, s.execute(call, vault.Opened)[:1]...)
		joined := false
		for range 3 * vault.Slot {
			for _, e := range s.block(nil) {
				if p, ok := e.(vault.Prepare); ok {
					joined = joined || p.Order.Form == vault.Join
					s.m.OnDeferred(p.Order.Job.JobID, vault.DeferNode)
				}
			}
		}
		if joined != honest {
			t.Errorf("honest %v: joined %v", honest, joined)
		}
	}
}

// An opening is ordered only in the own slot, and dies in it.
func TestOpeningsStayInTheirSlots(t *testing.T) {
	s := newSolo(t)
	s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	var slots []uint64
	for range 12 * vault.Slot {
		for _, e := range s.block(nil) {
			p, ok := e.(vault.Prepare)
			if !ok {
				continue
			}
			o := p.Order
			last := o.At.Number + o.Period - 1
			if o.Form != vault.Open || last/vault.Slot != o.At.Number/vault.Slot || o.At != s.m.Cursor() {
				t.Errorf("%+v", o)
			}
			slots = append(slots, o.At.Number/vault.Slot)
			s.m.OnDeferred(o.Job.JobID, vault.DeferNode)
		}
	}
	seen := map[uint64]bool{}
	for _, slot := range slots {
		seen[slot%3] = true
	}
	if len(slots) < 4 || len(seen) != 1 {
		t.Errorf("opened in slots %v, with three signers", slots)
	}
}

// What the adapter hands back has to be what was ordered, and still wanted.
func TestAttemptsRefused(t *testing.T) {
	attempt := func(o vault.Order, call [32]byte) vault.Attempt {
		return vault.Attempt{
			JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Call: call, Birth: o.At.Number, Until: o.At.Number + o.Period - 1,
			Hash: [32]byte{1}, Extrinsic: []byte{1},
		}
	}
	for name, change := range map[string]func(*vault.Attempt){
		"another job":    func(a *vault.Attempt) { a.Ref[0]++ },
		"another number": func(a *vault.Attempt) { a.Number++ },
		"another form":   func(a *vault.Attempt) { a.Form = vault.Join },
		"another call":   func(a *vault.Attempt) { a.Call[0]++ },
		"another birth":  func(a *vault.Attempt) { a.Birth--; a.Until-- },
		"a longer life":  func(a *vault.Attempt) { a.Until++ },
		"no bytes":       func(a *vault.Attempt) { a.Extrinsic = nil },
		"no hash":        func(a *vault.Attempt) { a.Hash = [32]byte{} },
	} {
		s := newSolo(t)
		c := s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		o, _ := s.opened()
		a := attempt(o, s.payout(c))
		change(&a)
		records, effects, err := s.m.OnPrepared(a)
		if !errors.Is(err, rejection.AttemptMismatch) || len(records)+len(effects) != 0 {
			t.Errorf("%s: %v %v %v", name, records, effects, err)
		}
	}

	// Control.
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, _ := s.opened()
	records, effects, err := s.m.OnPrepared(attempt(o, s.payout(c)))
	if err != nil || len(records) != 1 {
		t.Fatalf("%v %v", records, err)
	}
	only[vault.Submit](t, effects)

	// The claim was paid by others while the attempt was being made.
	s = newSolo(t)
	c = s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, _ = s.opened()
	s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	records, _, err = s.m.OnPrepared(attempt(o, s.payout(c)))
	refused(t, err, rejection.JobOver)
	if len(records) != 0 {
		t.Error("journaled")
	}
}

// An attempt is given up when its last block is final without it, and not
// before; then comes the next one.
func TestEraExpiry(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	o, at := s.opened()
	a := vault.Attempt{
		JobID: o.Job.JobID, Number: 1, Form: o.Form, Call: s.payout(c), Birth: at, Until: at + 9,
		Hash: [32]byte{1}, Extrinsic: []byte{1},
	}
	if _, _, err := s.m.OnPrepared(a); err != nil {
		t.Fatal(err)
	}
	for s.m.Cursor().Number < a.Until {
		if _, flying := s.m.InFlight(); !flying {
			t.Fatalf("given up at %d", s.m.Cursor().Number)
		}
		none[vault.Prepare](t, s.block(nil))
	}
	if _, flying := s.m.InFlight(); flying {
		t.Fatal("not given up")
	}
	if next, _ := s.opened(); next.Number != 2 || next.Job.JobID != o.Job.JobID {
		t.Errorf("%+v", next)
	}
}

// A machine that began later does nothing about older claims but tell of their
// payment.
func TestOlderClaimsAreObserved(t *testing.T) {
	s := newSolo(t)
	config := s.g.config()
	config.Start.Hub = 50
	m, err := vault.New(config, codec{s.chain})
	if err != nil {
		t.Fatal(err)
	}
	s.m = m
	payable := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.hub.withdraw("short", 500, make([]byte, 3))
	s.hub.height = 60
	none[vault.Sign](t, s.tick())
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	effects := s.block(nil, s.execute(s.payout(payable), vault.Executed)...)
	if end := only[vault.Sign](t, effects).Statement.Closing; end.Result != custody.Paid {
		t.Errorf("%+v", end)
	}
	effects = s.block(nil, s.execute(s.payout(payable), vault.Failed)...)
	none[vault.Sign](t, effects)
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

// A call of a custody account that is no job's is told of: a theft by m signers
// at least is not silent. What a claim's remark says does not excuse it.
func TestUnknownCallIsAlarmed(t *testing.T) {
	for name, c := range map[string]struct {
		says *vault.JobID
		want bool
	}{
		"nothing said": {nil, true},
		"a claim":      {&vault.JobID{Kind: vault.Payout}, true},
		"a sweep":      {&vault.JobID{Kind: vault.Sweep}, false},
	} {
		s := newSolo(t)
		steps := s.execute([32]byte{7}, vault.Executed)
		steps[1].Job = c.says
		s.block(nil, steps...)
		if raised(s.tick(), vault.UnknownCall) {
			t.Errorf("%s: at once", name)
		}
		for range 100 {
			s.block(nil)
		}
		if got := raised(s.tick(), vault.UnknownCall); got != c.want {
			t.Errorf("%s: alarm %v", name, got)
		}
	}
	// Control: a claim that is noticed late.
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.block(nil, s.execute(s.payout(c), vault.Executed)...)
	s.tick()
	for range 100 {
		s.block(nil)
	}
	if raised(s.tick(), vault.UnknownCall) {
		t.Error("a claim's own call")
	}
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

// Another runtime of the chain encodes a claim's call otherwise. The new call is
// journaled before it is used, waits while the old one is open, and an execution
// of either pays the claim.
func TestCallsEncodedAnew(t *testing.T) {
	s := newSolo(t)
	c := s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	old := s.payout(c)
	steps := s.execute(old, vault.Opened)
	s.block(nil, steps[0])
	s.chain.runtime++
	s.hub.height++
	if effects := s.block(nil); !raised(effects, vault.CallChanged) {
		t.Error("no alarm while the old call is open")
	}
	for range 3 * vault.Slot {
		none[vault.Prepare](t, s.block(nil))
	}
	steps[0].Stage = vault.Cancelled
	records, effects, err := s.m.OnBlock(s.next(nil, steps[0]))
	if err != nil {
		t.Fatal(err)
	}
	recoded := false
	for _, r := range records {
		if r, ok := r.(vault.Recoded); ok {
			recoded = r.Call == s.payout(c)
		}
	}
	if !recoded {
		t.Errorf("%v", records)
	}
	found := false
	for range 4 * vault.Slot {
		for _, e := range effects {
			if p, ok := e.(vault.Prepare); ok {
				found = found || p.Order.Form == vault.Open
				effects = s.m.OnDeferred(p.Order.Job.JobID, vault.DeferNode)
				none[vault.Prepare](t, effects)
			}
		}
		effects = s.block(nil)
	}
	if !found {
		t.Error("the new call is not opened")
	}
	for _, call := range [][32]byte{old, s.payout(c)} {
		if end := only[vault.Sign](t, s.block(nil, s.execute(call, vault.Executed)...)).Statement.Closing; end.Result != custody.Paid {
			t.Errorf("%+v", end)
		}
		s = newSolo(t)
		c = s.hub.withdraw("bob", 500, make([]byte, 32))
		s.tick()
		s.chain.runtime++
		s.block(nil)
	}
}

// A key that Nightjar does not list signs nothing and says so.
func TestNotASigner(t *testing.T) {
	s := newSolo(t)
	s.hub.height++
	s.hub.rotations = append(s.hub.rotations, vault.Rotation{Height: s.hub.height, Signers: signersOf(2, "bea", "cyd", "dot")})
	s.hub.height--
	if !raised(s.tick(), vault.NotASigner) {
		t.Error("no alarm")
	}
	none[vault.Sign](t, s.block([]vault.Transfer{s.deposit(500, owner(1))}))
	// Control: listed again, it signs.
	s.hub.height++
	s.hub.rotations = append(s.hub.rotations, vault.Rotation{Height: s.hub.height, Signers: signersOf(2, "ada", "cyd", "dot")})
	s.hub.height--
	s.tick()
	only[vault.Sign](t, s.block([]vault.Transfer{s.deposit(500, owner(1))}))
}

// A custody of one signature pays nothing: the chain's multisig needs two.
func TestOneSigner(t *testing.T) {
	s := newSolo(t)
	s.hub.rotations = append(s.hub.rotations, vault.Rotation{Height: s.hub.height + 1, Signers: signersOf(1, "ada")})
	s.tick()
	s.hub.withdraw("bob", 500, make([]byte, 32))
	s.tick()
	alarm := false
	for range 3 * vault.Slot {
		effects := s.block(nil)
		alarm = alarm || raised(effects, vault.OneSigner)
		none[vault.Prepare](t, effects)
	}
	if !alarm {
		t.Error("no alarm")
	}
}

// Anchors are the own account's, one attempt at a time, and wait for nothing but
// their turn.
func TestAnchors(t *testing.T) {
	s := newSolo(t)
	s.block(nil)
	o := only[vault.Prepare](t, s.m.Anchor([]byte("height 5"))).Order
	if o.Form != vault.Plain || string(o.Job.Remark) != "height 5" || o.Job.From != vault.Account(s.g.key) {
		t.Errorf("%+v", o)
	}
	if effects := s.m.Anchor([]byte("height 5")); len(effects) != 0 {
		t.Errorf("twice: %v", effects)
	}
	a := vault.Attempt{JobID: o.Job.JobID, Number: 1, Form: o.Form, Birth: o.At.Number, Until: o.At.Number + 20, Hash: [32]byte{1}, Extrinsic: []byte{1}}
	_, effects, err := s.m.OnPrepared(a)
	if err != nil {
		t.Fatal(err)
	}
	only[vault.Submit](t, effects)
	none[vault.Prepare](t, s.m.Anchor([]byte("height 6")))
	b := s.next(nil)
	b.Included = []vault.Inclusion{{Hash: a.Hash, OK: true}}
	_, effects, err = s.m.OnBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	if next := only[vault.Prepare](t, effects).Order; string(next.Job.Remark) != "height 6" {
		t.Errorf("%+v", next)
	}
}

package seal

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// account returns the viewing key of a fixed seed.
func account(seed byte) keys.ViewingKey {
	return keys.Derive([]byte{63: seed}, 0).Viewing()
}

var terms = order.Terms{
	Market: 7, Base: 1, Quote: 2, LotSize: 1_000, Side: order.Buy, Limit: 2_500,
	Qty: 40, MinFill: 10, Expiry: 100_000, Band: 50, MaxFee: 20,
}

// payment is an action of alice that makes an order, pays bob and keeps change.
type payment struct {
	alice, bob keys.ViewingKey
	nf0        field.Element
	plain      [Slots]Plaintext
	to         keys.Address
	cms        [Slots]field.Element
	sealed     Outputs
}

func newPayment(t testing.TB) payment {
	t.Helper()
	p := payment{alice: account(1), bob: account(2), nf0: field.FromUint64(99)}
	p.to = p.bob.Address(3)
	home := p.alice.Diversifier(0)
	p.plain = [Slots]Plaintext{
		{Kind: OwnOrder, Asset: 2, Value: 100_200, D: home, Terms: terms},
		{Kind: Payment, Asset: 2, Value: 12, D: p.to.D},
		{Kind: OwnNote, Asset: 2, Value: 77, D: home},
	}
	p.cms[0] = Reopen(p.alice, p.nf0, 0, p.plain[0]).Commitment()
	p.cms[1] = PaymentNote(p.alice, p.nf0, 1, 2, 12, p.to).Commitment()
	p.cms[2] = Reopen(p.alice, p.nf0, 2, p.plain[2]).Commitment()
	var err error
	if p.sealed, err = SealOutputs(p.alice, p.nf0, p.plain, p.to, [32]byte{5}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEachReaderFindsItsOwn(t *testing.T) {
	p := newPayment(t)

	got := NewScanner(p.alice).Open(p.nf0, p.cms, &p.sealed)
	if len(got) != 2 || got[0].Slot != 0 || got[1].Slot != 2 {
		t.Fatalf("the payer opened %d outputs", len(got))
	}
	if diff := cmp.Diff(terms, got[0].Order.Terms); diff != "" {
		t.Error(diff)
	}
	if got[0].Order.OID != p.alice.OID() || got[0].Order.S != p.alice.OrderSecret(p.nf0) {
		t.Error("the order's oid or secret")
	}
	want := Paid{Slot: 1, Asset: 2, Value: 12, To: p.to}
	if got[1].Kind != Receipt || got[1].Paid != want {
		t.Errorf("receipt %+v", got[1].Paid)
	}

	got = NewScanner(p.bob).Open(p.nf0, p.cms, &p.sealed)
	if len(got) != 1 || got[0].Kind != Payment || got[0].Note.Value != 12 || got[0].D != p.to.D {
		t.Fatalf("the payee opened %+v", got)
	}
	if got[0].Note.Rho != note.OutputRho(p.nf0, 1) {
		t.Error("rho of the payment")
	}
	if got := NewScanner(account(3)).Open(p.nf0, p.cms, &p.sealed); got != nil {
		t.Errorf("a stranger opened %+v", got)
	}
}

// Any change to what surrounds a ciphertext makes it unreadable or unbelieved.
func TestGarbledIsNeverBelieved(t *testing.T) {
	p := newPayment(t)
	alice, bob := NewScanner(p.alice), NewScanner(p.bob)
	count := func(nf0 field.Element, cms [Slots]field.Element, o Outputs) int {
		return len(alice.Open(nf0, cms, &o)) + len(bob.Open(nf0, cms, &o))
	}
	if n := count(p.nf0, p.cms, p.sealed); n != 3 {
		t.Fatalf("control: %d", n)
	}
	if n := count(field.FromUint64(98), p.cms, p.sealed); n != 0 {
		t.Errorf("another nullifier: %d", n)
	}
	for j := range Slots {
		cms := p.cms
		cms[j].SetUint64(1)
		if n := count(p.nf0, cms, p.sealed); n != 2 {
			t.Errorf("another commitment in slot %d: %d", j, n)
		}
		o := p.sealed
		o.CT[j][17] ^= 1
		if n := count(p.nf0, p.cms, o); n != 2 {
			t.Errorf("a flipped bit in slot %d: %d", j, n)
		}
	}
	o := p.sealed
	o.CT[0], o.CT[2] = o.CT[2], o.CT[0]
	if n := count(p.nf0, p.cms, o); n != 1 {
		t.Errorf("swapped slots: %d", n)
	}
	o = p.sealed
	o.EPK = keys.PointU{} // small order
	if n := count(p.nf0, p.cms, o); n != 0 {
		t.Errorf("an epk of small order: %d", n)
	}
}

// A receipt that lies costs its owner the history line, never the note.
func TestFalseReceiptKeepsTheNote(t *testing.T) {
	p := newPayment(t)
	cms := p.cms
	cms[1].SetUint64(1)
	got := NewScanner(p.alice).Open(p.nf0, cms, &p.sealed)
	if len(got) != 2 || got[1].Kind != OwnNote || got[1].Note.Value != 77 || got[1].Paid != (Paid{}) {
		t.Fatalf("%+v", got)
	}
}

// A payee may be any address of any account, the payer's included.
func TestPayingOneself(t *testing.T) {
	view, nf0 := account(1), field.FromUint64(7)
	to := view.Address(9)
	plain := [Slots]Plaintext{
		{Kind: OwnNote, D: to.D}, {Kind: Payment, Asset: 1, Value: 5, D: to.D}, {Kind: OwnNote, D: to.D},
	}
	o, err := SealOutputs(view, nf0, plain, to, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	cms := [Slots]field.Element{
		Reopen(view, nf0, 0, plain[0]).Commitment(),
		PaymentNote(view, nf0, 1, 1, 5, to).Commitment(),
		Reopen(view, nf0, 2, plain[2]).Commitment(),
	}
	if got := NewScanner(view).Open(nf0, cms, &o); len(got) != 3 {
		t.Fatalf("%d outputs", len(got))
	}
}

func TestSealRefusesImpossiblePlans(t *testing.T) {
	view, nf0, to := account(1), field.FromUint64(7), account(2).Address(0)
	own, pay := Plaintext{Kind: OwnNote}, Plaintext{Kind: Payment, D: to.D}
	ord := Plaintext{Kind: OwnOrder, Terms: terms}
	for name, c := range map[string]struct {
		plain [Slots]Plaintext
		to    keys.Address
	}{
		"no kind":                 {[Slots]Plaintext{own, own, {}}, keys.Address{}},
		"a receipt by the caller": {[Slots]Plaintext{own, own, {Kind: Receipt}}, keys.Address{}},
		"order in slot 1":         {[Slots]Plaintext{own, ord, own}, keys.Address{}},
		"two payments":            {[Slots]Plaintext{own, pay, pay}, to},
		"payment to nobody":       {[Slots]Plaintext{own, pay, own}, keys.Address{}},
		"payee without payment":   {[Slots]Plaintext{own, own, own}, to},
		"another diversifier":     {[Slots]Plaintext{own, {Kind: Payment}, own}, to},
	} {
		if _, err := SealOutputs(view, nf0, c.plain, c.to, [32]byte{}); !errors.Is(err, rejection.BadPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := to
	small.PKD = keys.PointU{1}
	if _, err := SealOutputs(view, nf0, [Slots]Plaintext{own, pay, own}, small, [32]byte{}); !errors.Is(err, rejection.BadAddress) {
		t.Errorf("small order: %v", err)
	}
}

// Two builds share an ephemeral key only if they are the same build.
func TestEphemeralKeyIsFreshPerBuild(t *testing.T) {
	p := newPayment(t)
	again, err := SealOutputs(p.alice, p.nf0, p.plain, p.to, [32]byte{5})
	if err != nil {
		t.Fatal(err)
	}
	if again != p.sealed {
		t.Error("equal builds differ")
	}
	seen := map[keys.PointU]string{p.sealed.EPK: "the first build"}
	check := func(name string, view keys.ViewingKey, nf0 field.Element, plain [Slots]Plaintext, to keys.Address, entropy [32]byte) {
		o, err := SealOutputs(view, nf0, plain, to, entropy)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[o.EPK]; ok {
			t.Errorf("%s has the epk of %s", name, other)
		}
		seen[o.EPK] = name
		if !o.EPK.InSubgroup() {
			t.Errorf("%s: epk outside the subgroup", name)
		}
	}
	check("other entropy", p.alice, p.nf0, p.plain, p.to, [32]byte{6})
	check("other nullifier", p.alice, field.FromUint64(100), p.plain, p.to, [32]byte{5})
	plain := p.plain
	plain[2].Value++
	check("other value", p.alice, p.nf0, plain, p.to, [32]byte{5})
	plain = p.plain
	plain[1] = Plaintext{Kind: OwnNote}
	check("nobody paid", p.alice, p.nf0, plain, keys.Address{}, [32]byte{5})
	check("other account", account(4), p.nf0, plain, keys.Address{}, [32]byte{5})
}

func TestFeeOpening(t *testing.T) {
	treasury, stranger := account(8), account(9)
	to := treasury.Address(0)
	pc, r := field.FromUint64(1234), field.FromUint64(5678)
	n := note.Note{Asset: 2, Value: 31, Rho: pc, C: keys.Owner(to.PKd, r)}
	sealed, err := SealFee(to, [32]byte{1}, pc, 2, 31, r)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := SealFee(to, [32]byte{1}, pc, 2, 31, r)
	if sealed != again {
		t.Error("not deterministic")
	}
	if other, _ := SealFee(to, [32]byte{1}, pc, 2, 32, r); keys.PointU(other[:32]) == keys.PointU(sealed[:32]) {
		t.Error("two results share an epk")
	}
	cm := n.Commitment()
	got, ok := NewScanner(treasury).OpenFee(pc, cm, sealed)
	if !ok || got.Note != n || got.R != r {
		t.Fatalf("%+v", got)
	}
	if _, ok := NewScanner(stranger).OpenFee(pc, cm, sealed); ok {
		t.Error("a stranger opened it")
	}
	if _, ok := NewScanner(treasury).OpenFee(field.FromUint64(1), cm, sealed); ok {
		t.Error("under another pc")
	}
	if _, ok := NewScanner(treasury).OpenFee(pc, field.FromUint64(1), sealed); ok {
		t.Error("for another commitment")
	}
	small := to
	small.PKD = keys.PointU{}
	if _, err := SealFee(small, [32]byte{1}, pc, 2, 31, r); !errors.Is(err, rejection.BadAddress) {
		t.Errorf("small order: %v", err)
	}
}

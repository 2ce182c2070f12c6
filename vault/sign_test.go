package vault_test

import (
	"testing"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

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

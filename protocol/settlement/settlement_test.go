package settlement

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestLockRoundTrip(t *testing.T) {
	for _, l := range []*Lock{lock(), {Height: 1}} {
		b := l.Encode()
		got, err := DecodeLock(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, got); diff != "" || !bytes.Equal(got.Encode(), b) {
			t.Fatal(diff)
		}
	}
}

func TestSettleRoundTrip(t *testing.T) {
	for _, s := range []*Settle{balanced(), settle(0)} {
		b := s.Encode()
		got, err := DecodeSettle(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got); diff != "" || !bytes.Equal(got.Encode(), b) {
			t.Fatal(diff)
		}
		if err := got.VerifyBinding(chain); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLockSignaturesCoverTheBody: each byte before the signatures is signed,
// and no byte of them; the chain id is.
func TestLockSignaturesCoverTheBody(t *testing.T) {
	l := lock()
	b := l.Encode()
	signed := string(l.SignBytes(chain))
	body := len(b) - 1 - 96*len(l.Signatures)
	if signed == string(l.SignBytes("other")) {
		t.Fatal("the chain id is not signed")
	}
	decoded := 0
	for i := range b {
		mutant := bytes.Clone(b)
		mutant[i] ^= 1
		m, err := DecodeLock(mutant)
		if err != nil {
			continue
		}
		decoded++
		if (string(m.SignBytes(chain)) != signed) != (i < body) {
			t.Fatalf("byte %d", i)
		}
	}
	if decoded < len(b)/2 {
		t.Fatalf("only %d of %d flips decode", decoded, len(b))
	}
}

// TestGroupHashCoversTheGroup: each byte of a group changes h; no byte of a
// proof or of the binding signature does.
func TestGroupHashCoversTheGroup(t *testing.T) {
	s := balanced()
	b := s.Encode()
	first := 2 + 8 + 2 + 32*len(s.Groups) + 2
	end := len(b) - ProofSize*(len(s.FillProofs)+1) - jubjub.SignatureSize
	h := s.Group.Hash()
	decoded := 0
	for i := first; i < len(b); i++ {
		mutant := bytes.Clone(b)
		mutant[i] ^= 1
		m, err := DecodeSettle(mutant)
		if err != nil {
			continue
		}
		decoded++
		if (m.Group.Hash() != h) != (i < end) {
			t.Fatalf("byte %d", i)
		}
	}
	if decoded < (len(b)-first)/2 {
		t.Fatalf("only %d flips decode", decoded)
	}
}

func TestOutcome(t *testing.T) {
	groups := [][32]byte{{1}, {2}}
	seen := map[[32]byte]bool{Outcome(50, groups): true}
	for name, o := range map[string][32]byte{
		"height": Outcome(51, groups), "fewer": Outcome(50, groups[:1]), "none": Outcome(50, nil),
		"order": Outcome(50, [][32]byte{{2}, {1}}), "hash": Outcome(50, [][32]byte{{1}, {3}}),
	} {
		if seen[o] {
			t.Fatalf("%s is not bound", name)
		}
		seen[o] = true
	}
}

// TestBalancedGroupsBind: random trades whose legs and fee cancel have a
// binding key in the span of Blind, and one unit more anywhere takes it out.
func TestBalancedGroupsBind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var trades []trade
		var fee uint64
		for range rapid.IntRange(1, 3).Draw(t, "pairs") {
			base := rapid.Uint64Range(0, 1<<62).Draw(t, "base")
			paid := rapid.Uint64Range(0, 1<<60).Draw(t, "paid")
			got := rapid.Uint64Range(0, paid).Draw(t, "received")
			fee += paid - got
			trades = append(trades, trade{true, base, got}, trade{false, base, paid})
		}
		if err := settle(fee, trades...).VerifyBinding(chain); err != nil {
			t.Fatal(err)
		}
		refused(t, settle(fee+1, trades...).VerifyBinding(chain), rejection.BadBindingSignature)
		i := rapid.IntRange(0, len(trades)-1).Draw(t, "leg")
		trades[i].base++
		refused(t, settle(fee, trades...).VerifyBinding(chain), rejection.BadBindingSignature)
		trades[i].base--
		trades[i].quote++
		refused(t, settle(fee, trades...).VerifyBinding(chain), rejection.BadBindingSignature)
		trades[i].quote--
		trades[i].sell = !trades[i].sell
		if trades[i].base > 0 || trades[i].quote > 0 {
			refused(t, settle(fee, trades...).VerifyBinding(chain), rejection.BadBindingSignature)
		}
	})
}

// TestBaseIsNotQuote: a surplus in one leg does not pay for the other.
func TestBaseIsNotQuote(t *testing.T) {
	s := settle(0, trade{true, 5, 10}, trade{false, 10, 5})
	refused(t, s.VerifyBinding(chain), rejection.BadBindingSignature)
}

// TestBindingCoversTheGroup: the signature of one group does not bind another
// with the same value commitments.
func TestBindingCoversTheGroup(t *testing.T) {
	for name, edit := range map[string]func(*Settle){
		"price":    func(s *Settle) { s.Group.PC = field.FromUint64(9) },
		"proceeds": func(s *Settle) { s.Group.Legs[0].Proceeds = field.FromUint64(9) },
		"report":   func(s *Settle) { s.Group.Legs[0].Report = field.FromUint64(9) },
		"fee note": func(s *Settle) { s.Group.Fee = field.FromUint64(9) },
		"opening":  func(s *Settle) { s.Group.FeeOpening[0]++ },
		"height":   func(s *Settle) { s.Height++ },
		"swap": func(s *Settle) {
			legs := s.Group.Legs
			legs[0].Value, legs[1].Value = legs[1].Value, legs[0].Value
		},
		"signature": func(s *Settle) { s.Binding[40] ^= 1 },
	} {
		s := balanced()
		edit(s)
		if err := s.VerifyBinding(chain); err == nil {
			t.Errorf("%s is not bound", name)
		}
	}
	refused(t, balanced().VerifyBinding("other"), rejection.BadBindingSignature)
}

// TestIdentityKeyBindsNothing: with blinders that cancel, the binding key is
// the identity, whose secret everybody knows.
func TestIdentityKeyBindsNothing(t *testing.T) {
	s := settle(0)
	s.Group.FeeValue = FeeValueOf(0, scalar(0))
	if !s.Group.FeeValue.IsZero() {
		t.Fatal("not the identity")
	}
	refused(t, s.VerifyBinding(chain), rejection.BadBindingSignature)
}

func TestPublicInputs(t *testing.T) {
	s := balanced()
	leg := s.Group.Legs[1]
	x, y := jubjub.Coordinates(leg.Value)
	anchor, height := field.FromUint64(70), field.FromUint64(50)
	if diff := cmp.Diff([]field.Element{
		anchor, height, leg.Nullifier, leg.Proceeds, leg.Refund, leg.Remainder, s.Group.PC, x, y, leg.Report,
	}, s.FillInputs(1, anchor)); diff != "" {
		t.Fatal(diff)
	}
	x, y = jubjub.Coordinates(s.Group.FeeValue)
	markets, references, treasury := field.FromUint64(71), field.FromUint64(72), field.FromUint64(73)
	if diff := cmp.Diff([]field.Element{
		markets, references, height, s.Group.PC, s.Group.Fee, x, y, treasury,
	}, s.CollectInputs(markets, references, treasury)); diff != "" {
		t.Fatal(diff)
	}
}

func BenchmarkVerifyBinding(b *testing.B) {
	s := balanced()
	for b.Loop() {
		if err := s.VerifyBinding(chain); err != nil {
			b.Fatal(err)
		}
	}
}

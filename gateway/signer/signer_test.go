package signer

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"golang.org/x/crypto/blake2b"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// recorder is a Key that remembers what it was asked to sign.
type recorder struct {
	File
	messages [][]byte
	fault    error
}

func (r *recorder) Sign(message []byte) ([64]byte, error) {
	r.messages = append(r.messages, bytes.Clone(message))
	if r.fault != nil {
		return [64]byte{}, r.fault
	}
	return r.File.Sign(message)
}

func fixture() (*recorder, Signer) {
	r := &recorder{File: File{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))}}
	return r, New(r, "test-chain")
}

func deposit() *custody.Deposit {
	return &custody.Deposit{
		Reference: custody.Reference{Chain: 2, Hash: [32]byte{1}, Index: 3},
		Asset:     2, Amount: 5, C: field.H(domain.Owner, field.Element{}, field.Element{}),
	}
}

func paid() *custody.Closing {
	return &custody.Closing{Claim: custody.ClaimID{1}, Result: custody.Paid, Payment: custody.Reference{Chain: 2, Hash: [32]byte{9}}}
}

func TestSignsForNightjar(t *testing.T) {
	_, s := fixture()
	d, c := deposit(), paid()
	signature, err := s.SignDeposit(d)
	if err != nil || signature.Key != s.Public() || !quorum.Verify(s.Public(), d.SignBytes("test-chain"), signature.Signature) {
		t.Errorf("deposit: %v", err)
	}
	if quorum.Verify(s.Public(), d.SignBytes("other-chain"), signature.Signature) {
		t.Error("a signature for another network")
	}
	for _, c := range []*custody.Closing{c, {Claim: c.Claim, Result: custody.Returned}} {
		signature, err = s.SignClosing(c)
		if err != nil || !quorum.Verify(s.Public(), c.SignBytes("test-chain"), signature.Signature) {
			t.Errorf("%s: %v", c.Result, err)
		}
	}
}

// TestRefusesWhatMeansNothing: a refused thing never reaches the key.
func TestRefusesWhatMeansNothing(t *testing.T) {
	r, s := fixture()
	nothing, nobody, nowhere := deposit(), deposit(), deposit()
	nothing.Amount, nobody.C, nowhere.Reference = 0, field.Element{}, custody.Reference{}
	for i, d := range []*custody.Deposit{nothing, nobody, nowhere} {
		if _, err := s.SignDeposit(d); !errors.Is(err, rejection.NotSignable) {
			t.Errorf("deposit %d: %v", i, err)
		}
	}
	unnamed, both, neither := paid(), paid(), paid()
	unnamed.Payment, both.Result, neither.Result = custody.Reference{}, custody.Returned, 3
	for i, c := range []*custody.Closing{unnamed, both, neither} {
		if _, err := s.SignClosing(c); !errors.Is(err, rejection.NotSignable) {
			t.Errorf("closing %d: %v", i, err)
		}
	}
	if key, ok := s.(Key); !ok {
		t.Error("a signer has no Sign to refuse by")
	} else if _, err := key.Sign([]byte("anything")); !errors.Is(err, rejection.NotSignable) {
		t.Errorf("bytes: %v", err)
	}
	if len(r.messages) != 0 {
		t.Errorf("%d messages were signed", len(r.messages))
	}
}

func TestExtrinsic(t *testing.T) {
	r, s := fixture()
	for _, size := range []int{minPayload, 256, 257, 4096} {
		payload := bytes.Repeat([]byte{30}, size)
		signature, err := s.SignExtrinsic(payload)
		if err != nil {
			t.Fatalf("%d: %v", size, err)
		}
		want := payload
		if size > 256 {
			hash := blake2b.Sum256(payload)
			want = hash[:]
		}
		if got := r.messages[len(r.messages)-1]; !bytes.Equal(got, want) {
			t.Errorf("%d bytes: signed %d", size, len(got))
		}
		public := s.Public()
		if !ed25519.Verify(public[:], want, signature[:]) {
			t.Errorf("%d bytes: the signature", size)
		}
	}
	r.messages = nil
	for name, payload := range map[string][]byte{
		"nothing": nil, "a hash": bytes.Repeat([]byte{30}, 32), "a byte short": bytes.Repeat([]byte{30}, minPayload-1),
		"pallet 0": make([]byte, 300), "a deposit": deposit().SignBytes("test-chain"), "a closing": paid().SignBytes("test-chain"),
	} {
		if _, err := s.SignExtrinsic(payload); !errors.Is(err, rejection.NotSignable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.messages) != 0 {
		t.Errorf("%d messages were signed", len(r.messages))
	}
}

// TestTwoUsesNeverMeet: whatever a signer signs as an extrinsic, no node of
// Nightjar can read as a deposit or a closing, and the other way round.
func TestTwoUsesNeverMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, s := fixture()
		d := deposit()
		d.Amount = rapid.Uint64Min(1).Draw(t, "amount")
		if _, err := s.SignDeposit(d); err != nil {
			t.Fatal(err)
		}
		payload := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "payload")
		_, err := s.SignExtrinsic(payload)
		if (err == nil) != (len(payload) >= minPayload && payload[0] != 0) {
			t.Fatalf("a payload of %d: %v", len(payload), err)
		}
		for i, m := range r.messages {
			native := len(m) > 32 && m[0] == 0
			if native != (i == 0) {
				t.Fatalf("message %d could be the other kind", i)
			}
		}
	})
}

func TestFaultsGoUp(t *testing.T) {
	r, s := fixture()
	r.fault = errors.New("the token is away")
	if _, err := s.SignDeposit(deposit()); !errors.Is(err, r.fault) {
		t.Errorf("deposit: %v", err)
	}
	if _, err := s.SignExtrinsic(bytes.Repeat([]byte{30}, 100)); !errors.Is(err, r.fault) {
		t.Errorf("extrinsic: %v", err)
	}
}

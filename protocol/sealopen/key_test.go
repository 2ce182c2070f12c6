package sealopen

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

const chain = "nightjar-test"

var (
	aad    = [32]byte{1, 2, 3}
	cancel = seal.Command{Kind: seal.Cancel, OCM: field.FromUint64(4), S: field.FromUint64(3)}
)

func sealed(t testing.TB, k *Key) seal.Instruction {
	t.Helper()
	ct, err := seal.SealInstruction(k.Public(), chain, aad, cancel)
	if err != nil {
		t.Fatal(err)
	}
	return ct
}

func TestOpen(t *testing.T) {
	k := NewKey([SeedSize]byte{7})
	if n := len(k.Public()); n != seal.EpochKeySize {
		t.Fatalf("a public key of %d bytes", n)
	}
	ct := sealed(t, k)
	got, err := k.Open(chain, aad, &ct)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cancel, got); diff != "" {
		t.Error(diff)
	}
	if again := sealed(t, k); again == ct {
		t.Error("two sealings are equal")
	}
}

// Every worker that holds the seed has the key.
func TestKeyIsAFunctionOfItsSeed(t *testing.T) {
	a, b := NewKey([SeedSize]byte{7}), NewKey([SeedSize]byte{7})
	if string(a.Public()) != string(b.Public()) {
		t.Error("one seed, two keys")
	}
	if string(a.Public()) == string(NewKey([SeedSize]byte{8}).Public()) {
		t.Error("two seeds, one key")
	}
	ct := sealed(t, a)
	if _, err := b.Open(chain, aad, &ct); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	k := NewKey([SeedSize]byte{7})
	ct := sealed(t, k)
	refused := func(name string, k *Key, chain string, aad [32]byte, ct seal.Instruction) {
		t.Helper()
		_, err := k.Open(chain, aad, &ct)
		if !errors.Is(err, rejection.BadCiphertext) {
			t.Errorf("%s: %v", name, err)
		}
		var r *rejection.Rejection
		if errors.As(err, &r) && r.Detail != "" {
			t.Errorf("%s: the refusal says %q", name, r.Detail)
		}
	}
	refused("another epoch's key", NewKey([SeedSize]byte{8}), chain, aad, ct)
	refused("another chain", k, "nightjar", aad, ct)
	refused("another action", k, chain, [32]byte{}, ct)
	refused("zeros", k, chain, aad, seal.Instruction{})
	for _, at := range []int{0, 1087, 1088, 1119, 1120, seal.InstructionSize - 1} {
		bad := ct
		bad[at] ^= 1
		refused("a flipped bit", k, chain, aad, bad)
	}
}

// Bytes that open but say nothing are refused like bytes that don't open.
func TestNonsenseIsOpaque(t *testing.T) {
	k := NewKey([SeedSize]byte{7})
	ct, err := seal.SealInstruction(k.Public(), chain, aad, seal.Command{Kind: 99})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(chain, aad, &ct); !errors.Is(err, rejection.BadCiphertext) {
		t.Errorf("%v", err)
	}
}

func TestSealRefusesBadKeys(t *testing.T) {
	good := NewKey([SeedSize]byte{7}).Public()
	smallOrder := append([]byte{}, good...)
	clear(smallOrder[1184:])
	unreduced := append([]byte{}, good...)
	unreduced[0], unreduced[1] = 0xff, 0xff // a coefficient of 4095 ≥ 3329
	for name, key := range map[string][]byte{
		"nothing": nil, "truncated": good[:1215], "a byte left over": append(good, 0),
		"small order": smallOrder, "coefficient not reduced": unreduced,
	} {
		if _, err := seal.SealInstruction(key, chain, aad, cancel); !errors.Is(err, rejection.NonCanonical) {
			t.Errorf("%s: %v", name, err)
		}
		if err := seal.CheckEpochKey(key); !errors.Is(err, rejection.NonCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := seal.CheckEpochKey(good); err != nil {
		t.Error(err)
	}
}

func TestEveryCommandHasOneSize(t *testing.T) {
	k := NewKey([SeedSize]byte{7})
	rapid.Check(t, func(t *rapid.T) {
		c := seal.Command{Kind: seal.CommandKind(rapid.IntRange(0, 4).Draw(t, "kind"))}
		ct, err := seal.SealInstruction(k.Public(), chain, aad, c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Open(chain, aad, &ct); err != nil || got.Kind != c.Kind {
			t.Fatalf("%v", err)
		}
	})
}

// No change to a ciphertext opens. (Sealing is random, so that the input is the
// change and not the ciphertext: each process of the fuzzer seals its own.)
func FuzzOpen(f *testing.F) {
	k := NewKey([SeedSize]byte{7})
	good := sealed(f, k)
	f.Add(uint16(0), []byte{1})
	f.Add(uint16(1088), []byte{0, 0, 0x80})
	f.Fuzz(func(t *testing.T, at uint16, change []byte) {
		ct := good
		for i, b := range change {
			ct[(int(at)+i)%len(ct)] ^= b
		}
		if _, err := k.Open(chain, aad, &ct); (err == nil) != (ct == good) {
			t.Fatalf("%x at %d: %v", change, at, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	pub := NewKey([SeedSize]byte{7}).Public()
	for b.Loop() {
		if _, err := seal.SealInstruction(pub, chain, aad, cancel); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	k := NewKey([SeedSize]byte{7})
	ct := sealed(b, k)
	for b.Loop() {
		if _, err := k.Open(chain, aad, &ct); err != nil {
			b.Fatal(err)
		}
	}
}

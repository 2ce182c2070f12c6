package account

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func id(t *testing.T, text string) (out ID) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(out) {
		t.Fatal(text, err)
	}
	copy(out[:], b)
	return out
}

// The keys of the development accounts, and the texts and the multisig of theirs
// that Substrate's own tools print.
const (
	alice   = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
	bob     = "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"
	charlie = "90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22"
)

// polkadot is the prefix of the network whose texts are published most.
const polkadot Prefix = 0

func TestKnownTexts(t *testing.T) {
	for _, c := range []struct {
		id     string
		prefix Prefix
		text   string
	}{
		{alice, Generic, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"},
		{alice, Kusama, "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"},
		{alice, polkadot, "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"},
		{bob, Generic, "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"},
		{charlie, Generic, "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y"},
	} {
		want := id(t, c.id)
		if got := want.SS58(c.prefix); got != c.text {
			t.Errorf("%s on %d is %s, want %s", c.id, c.prefix, got, c.text)
		}
		if got, err := Parse(c.text, c.prefix); err != nil || got != want {
			t.Errorf("%s: %x, %v", c.text, got, err)
		}
	}
}

func TestKnownMultisig(t *testing.T) {
	a, b, c := id(t, alice), id(t, bob), id(t, charlie)
	const want = "5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7"
	for _, order := range [][]ID{{a, b, c}, {c, b, a}, {b, a, c}} {
		got, err := Multisig(2, order)
		if err != nil || got.SS58(Generic) != want {
			t.Errorf("%s, %v", got.SS58(Generic), err)
		}
	}
	other, err := Multisig(3, []ID{a, b, c})
	if err != nil || other.SS58(Generic) == want {
		t.Errorf("the threshold has no part in the account: %v", err)
	}
	others, err := Others([]ID{c, a, b}, a)
	if err != nil || len(others) != 2 || others[0] != b || others[1] != c {
		t.Errorf("others than Alice: %x, %v", others, err)
	}
}

func TestMultisigRefuses(t *testing.T) {
	many := make([]ID, MaxSignatories+1)
	for i := range many {
		many[i][0] = byte(i)
	}
	for _, c := range []struct {
		name      string
		threshold uint16
		ids       []ID
	}{
		{"nobody", 0, nil},
		{"threshold 0", 0, many[:3]},
		{"threshold 1, which the pallet does not execute so", 1, many[:3]},
		{"threshold above the number", 4, many[:3]},
		{"one twice", 2, []ID{many[1], many[2], many[1]}},
		{"too many", 2, many},
	} {
		if _, err := Multisig(c.threshold, c.ids); !errors.Is(err, rejection.BadMultisig) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Multisig(2, many[:MaxSignatories]); err != nil {
		t.Errorf("control: %v", err)
	}
	if _, err := Others(many[:3], many[3]); !errors.Is(err, rejection.BadMultisig) {
		t.Errorf("a stranger's call: %v", err)
	}
}

// Every text and no other: a character changed, dropped, doubled, or of another
// network.
func TestTextRefuses(t *testing.T) {
	text := id(t, alice).SS58(Kusama)
	for i := range text {
		swapped := byte('2')
		if text[i] == swapped {
			swapped = '3'
		}
		_, _, err := ParseSS58(text[:i] + string(swapped) + text[i+1:])
		if !errors.Is(err, rejection.AccountChecksum) && !errors.Is(err, rejection.AccountForm) {
			t.Errorf("character %d changed: %v", i, err)
		}
	}
	short := append(Kusama.bytes(), make([]byte, 31)...)
	sum := checksum(short)
	long := append(Kusama.bytes(), make([]byte, 33)...)
	longSum := checksum(long)
	reserved := append([]byte{46}, make([]byte, 32)...)
	reservedSum := checksum(reserved)
	for name, c := range map[string]struct {
		text string
		code rejection.Code
	}{
		"empty":                      {"", rejection.AccountForm},
		"a letter not in base58":     {"0" + text[1:], rejection.AccountForm},
		"a space":                    {text + " ", rejection.AccountForm},
		"an Ethereum address":        {"0x52908400098527886E0F7030069857D2E4169EE7", rejection.AccountForm},
		"too long":                   {strings.Repeat("z", maxText+1), rejection.AccountForm},
		"31 bytes":                   {base58(append(short, sum[:]...)), rejection.AccountForm},
		"33 bytes":                   {base58(append(long, longSum[:]...)), rejection.AccountForm},
		"a reserved prefix":          {base58(append(reserved, reservedSum[:]...)), rejection.AccountForm},
		"last characters swapped":    {text[:len(text)-2] + text[len(text)-1:] + text[len(text)-2:len(text)-1], rejection.AccountChecksum},
		"another network, in itself": {id(t, alice).SS58(polkadot), rejection.AccountNetwork},
	} {
		if _, err := Parse(c.text, Kusama); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(text, Kusama); err != nil {
		t.Errorf("control: %v", err)
	}
	for p := range Prefix(64) {
		wide := append([]byte{0x40 | byte(p>>2), byte(p&3) << 6}, make([]byte, 32)...)
		sum := checksum(wide)
		if _, _, err := ParseSS58(base58(append(wide, sum[:]...))); !errors.Is(err, rejection.AccountForm) {
			t.Errorf("prefix %d in two bytes: %v", p, err)
		}
	}
	for _, p := range []Prefix{46, 47, maxPrefix + 1} {
		if got := id(t, alice).SS58(p); got != "" {
			t.Errorf("prefix %d gives %s", p, got)
		}
	}
}

func ids() *rapid.Generator[ID] {
	return rapid.Custom(func(t *rapid.T) (out ID) {
		copy(out[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
		return out
	})
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := ids().Draw(t, "account")
		prefix := Prefix(rapid.Uint16Range(0, maxPrefix).Filter(func(p uint16) bool { return p != 46 && p != 47 }).Draw(t, "prefix"))
		got, p, err := ParseSS58(want.SS58(prefix))
		if err != nil || got != want || p != prefix {
			t.Fatalf("%x on %d came back as %x on %d: %v", want, prefix, got, p, err)
		}
	})
}

// The derivation written a second time over the encoding of the tuple.
func TestDerivative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := ids().Draw(t, "who")
		path := rapid.SliceOfN(rapid.Uint16(), 0, 9).Draw(t, "path")
		want := who
		for _, i := range path {
			h, _ := blake2b.New256(nil)
			h.Write([]byte("modlpy/utilisuba"))
			h.Write(want[:])
			h.Write([]byte{byte(i), byte(i >> 8)})
			h.Sum(want[:0])
		}
		if got := Nested(who, path); got != want {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
	f.Add(ID{}.SS58(polkadot))
	f.Add(ID{1}.SS58(maxPrefix))
	f.Fuzz(func(t *testing.T, text string) {
		got, prefix, err := ParseSS58(text)
		if err == nil && got.SS58(prefix) != text {
			t.Errorf("%q is %s on %d", text, got.SS58(prefix), prefix)
		}
	})
}

// A deposit account is one network's, one custody account's and one owner's.
func TestDepositAccountsDiffer(t *testing.T) {
	a, b := external.NetworkOf("nightjar-1"), external.NetworkOf("nightjar-2")
	custody, one, two := id(t, alice), field.FromUint64(1), field.FromUint64(2)
	path := external.Path(a, one)
	want := custody
	for _, i := range path {
		want = Derivative(want, i)
	}
	if got := Deposit(custody, a, one); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	for name, got := range map[string]ID{
		"another network": Deposit(custody, b, one),
		"another owner":   Deposit(custody, a, two),
		"another custody": Deposit(id(t, bob), a, one),
	} {
		if got == want {
			t.Errorf("%s has the same account", name)
		}
	}
}

package keys

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tyler-smith/go-bip39"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// zeroWords are the words of 128 zero bits.
const zeroWords = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

func TestPublishedPhrases(t *testing.T) {
	for _, v := range bip39Published {
		p, err := ParsePhrase(v.words)
		if err != nil {
			t.Errorf("%s: %v", v.entropy, err)
			continue
		}
		if got := hex.EncodeToString(bip39.NewSeed(p.Words(), "TREZOR")); got != v.seed {
			t.Errorf("%s: seed %s", v.entropy, got)
		}
		if entropy, _ := hex.DecodeString(v.entropy); len(entropy) == EntropySize {
			if got := NewPhrase([EntropySize]byte(entropy)).Words(); got != v.words {
				t.Errorf("%s: %s", v.entropy, got)
			}
		}
	}
}

// Without a passphrase, as Nightjar uses it: the widely published seed.
func TestSeed(t *testing.T) {
	p, err := ParsePhrase(zeroWords)
	if err != nil {
		t.Fatal(err)
	}
	const want = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4"
	if got := hex.EncodeToString(p.Seed()); got != want {
		t.Error(got)
	}
}

func TestPhraseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var entropy [EntropySize]byte
		copy(entropy[:], rapid.SliceOfN(rapid.Byte(), EntropySize, EntropySize).Draw(t, "entropy"))
		p := NewPhrase(entropy)
		if n := len(strings.Fields(p.Words())); n != 24 {
			t.Fatalf("%d words", n)
		}
		q, err := ParsePhrase("\n " + strings.ToUpper(strings.ReplaceAll(p.Words(), " ", " \t ")) + " ")
		if err != nil || q != p {
			t.Fatalf("%v", err)
		}
	})
}

func TestPhraseRefusals(t *testing.T) {
	words := strings.Fields(zeroWords)
	for name, c := range map[string]struct{ text, says string }{
		"nothing":           {"", "0 words"},
		"eleven words":      {strings.Join(words[:11], " "), "11 words"},
		"thirteen words":    {zeroWords + " about", "13 words"},
		"27 words":          {strings.Repeat("abandon ", 27), "27 words"},
		"an unknown word":   {strings.Replace(zeroWords, "abandon about", "secretly about", 1), "word 11 "},
		"the last unknown":  {strings.Join(words[:11], " ") + " secretly", "word 12 "},
		"a wrong checksum":  {strings.Repeat("abandon ", 12), "checksum"},
		"words swapped":     {"about " + strings.Join(words[:11], " "), "checksum"},
		"not letters":       {strings.Replace(zeroWords, "about", "ab\x00ut", 1), "word 12 "},
		"another language":  {strings.Replace(zeroWords, "about", "ábaco", 1), "word 12 "},
		"punctuation":       {strings.ReplaceAll(zeroWords, " ", ", "), "word 1 "},
		"no spaces between": {strings.ReplaceAll(zeroWords, " ", ""), "1 words"},
	} {
		_, err := ParsePhrase(c.text)
		if !errors.Is(err, rejection.BadPhrase) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var r *rejection.Rejection
		if errors.As(err, &r); !strings.Contains(r.Detail, c.says) {
			t.Errorf("%s: the detail does not say %q", name, c.says)
		}
		if strings.Contains(err.Error(), "secretly") {
			t.Errorf("%s: the error repeats a word", name)
		}
	}
}

func TestPhraseDoesNotPrint(t *testing.T) {
	p, err := ParsePhrase(zeroWords)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := fmt.Sprintf(verb, p); strings.Contains(s, "abandon") {
			t.Errorf("%s prints the words", verb)
		}
	}
}

func FuzzParsePhrase(f *testing.F) {
	f.Add(zeroWords)
	f.Add(strings.Repeat("zoo ", 24))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePhrase(text)
		if err != nil {
			return
		}
		if q, err := ParsePhrase(p.Words()); err != nil || q != p {
			t.Fatalf("%v", err)
		}
	})
}

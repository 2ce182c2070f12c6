package keys

import (
	"strings"

	"github.com/tyler-smith/go-bip39"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// EntropySize is the entropy of a new phrase in bytes: 24 words.
const EntropySize = 32

// Phrase is a valid BIP-39 phrase: English words, lower case, one space apart.
// Only ParsePhrase and NewPhrase make one; the zero value has no words.
type Phrase struct{ words string }

// NewPhrase returns the 24 words of entropy, which the caller draws.
func NewPhrase(entropy [EntropySize]byte) Phrase {
	words, err := bip39.NewMnemonic(entropy[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return Phrase{words}
}

// ParsePhrase reads what a person typed: 12, 15, 18, 21 or 24 English words,
// in any case and with any white space between them. BAD_PHRASE names the
// position of the first unknown word, never the word: it may be one letter
// away from the secret.
func ParsePhrase(text string) (Phrase, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) < 12 || len(words) > 24 || len(words)%3 != 0 {
		return Phrase{}, rejection.New(rejection.BadPhrase, "%d words; a phrase has 12, 15, 18, 21 or 24", len(words))
	}
	for i, word := range words {
		if _, ok := bip39.GetWordIndex(word); !ok {
			return Phrase{}, rejection.New(rejection.BadPhrase, "word %d is not in the list of words", i+1)
		}
	}
	joined := strings.Join(words, " ")
	if !bip39.IsMnemonicValid(joined) {
		return Phrase{}, rejection.New(rejection.BadPhrase, "all words are known, but their checksum does not match")
	}
	return Phrase{joined}, nil
}

// Words returns the phrase itself, to be shown to its owner only.
func (p Phrase) Words() string { return p.words }

// String hides the words, so that printing a Phrase by mistake leaks nothing.
func (p Phrase) String() string { return "phrase" }

// GoString hides the words from %#v.
func (p Phrase) GoString() string { return "keys.Phrase" }

// Seed returns the 64-byte BIP-39 seed. Version 1 has no passphrase.
func (p Phrase) Seed() []byte { return bip39.NewSeed(p.words, "") }

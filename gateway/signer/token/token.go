package token

import (
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Options say which key in which token.
type Options struct {
	Module string // the token's PKCS#11 library, for example /usr/lib/softhsm/libsofthsm2.so
	Token  string // the token's label
	Key    string // the label of the key pair
	PIN    string // of the user; TrimPIN
}

// check refuses (NO_KEY) what names no key.
func (o Options) check() error {
	switch {
	case o.Module == "":
		return rejection.New(rejection.NoKey, "no PKCS#11 module is named")
	case o.Token == "" || o.Key == "":
		return rejection.New(rejection.NoKey, "a key in a token has two labels: the token's and its own")
	case o.PIN == "":
		return rejection.New(rejection.WrongPin, "the PIN is empty")
	}
	return nil
}

// TrimPIN is a PIN as it stands in a file or a variable: without the end of its
// line.
func TrimPIN(text string) string { return strings.TrimRight(text, "\r\n") }

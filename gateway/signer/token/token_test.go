package token

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestOptions: what names no key is refused before any library is started.
func TestOptions(t *testing.T) {
	whole := Options{Module: "/lib/token.so", Token: "t", Key: "k", PIN: "1234"}
	if err := whole.check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Options)
		code   rejection.Code
	}{
		"module": {func(o *Options) { o.Module = "" }, rejection.NoKey},
		"token":  {func(o *Options) { o.Token = "" }, rejection.NoKey},
		"key":    {func(o *Options) { o.Key = "" }, rejection.NoKey},
		"pin":    {func(o *Options) { o.PIN = "" }, rejection.WrongPin},
	} {
		o := whole
		c.change(&o)
		if err := o.check(); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for text, want := range map[string]string{"1234": "1234", "1234\n": "1234", "12 34\r\n": "12 34", " \n": " "} {
		if got := TrimPIN(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

package asset

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestValidate(t *testing.T) {
	good := Record{ID: 1, Symbol: "KSM2", Decimals: 9, Chain: 2, MaxExitFee: 5}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*Record){
		"ten decimals":  func(a *Record) { a.Decimals = 10 },
		"no symbol":     func(a *Record) { a.Symbol = "" },
		"a long symbol": func(a *Record) { a.Symbol = "ABCDEFGHIJKLM" },
		"lower case":    func(a *Record) { a.Symbol = "ksm" },
		"a space":       func(a *Record) { a.Symbol = "K M" },
	} {
		a := good
		edit(&a)
		if err := a.Validate(); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

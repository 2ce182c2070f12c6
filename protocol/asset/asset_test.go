package asset

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
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

func FuzzRead(f *testing.F) {
	w := encoding.NewWriter(64)
	Write(w, Record{ID: 1, Symbol: "KSM", Decimals: 9, Chain: 2, Test: true, MaxExitFee: 5})
	f.Add(w.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := encoding.NewReader(b)
		a := Read(r)
		if r.Done() != nil {
			return
		}
		w := encoding.NewWriter(64)
		if Write(w, a); !bytes.Equal(w.Bytes(), b) {
			t.Fatal("two encodings of one record")
		}
	})
}

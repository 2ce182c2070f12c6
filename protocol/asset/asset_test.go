package asset

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestValidate(t *testing.T) {
	good := Record{ID: 1, Symbol: "KSM2", Decimals: 9, Chain: 2, MaxExitFee: 5, ExternalDecimals: 12, External: []byte{Native}}
	for name, edit := range map[string]func(*Record){
		"native":             func(*Record) {},
		"numbered":           func(a *Record) { a.External = []byte{Numbered, 1, 2, 3, 4} },
		"foreign, shortest":  func(a *Record) { a.External = []byte{Foreign, 0} },
		"foreign, longest":   func(a *Record) { a.External = append([]byte{Foreign}, make([]byte, 127)...) },
		"no fewer decimals":  func(a *Record) { a.ExternalDecimals = 9 },
		"most decimals":      func(a *Record) { a.ExternalDecimals = 38 },
		"a test asset":       func(a *Record) { a.Test, a.ExternalDecimals, a.External = true, 9, nil },
		"no decimals at all": func(a *Record) { a.Decimals, a.ExternalDecimals = 0, 0 },
	} {
		a := good
		edit(&a)
		if err := a.Validate(); err != nil {
			t.Errorf("control, %s: %v", name, err)
		}
	}
	for name, edit := range map[string]func(*Record){
		"ten decimals":  func(a *Record) { a.Decimals = 10 },
		"no symbol":     func(a *Record) { a.Symbol = "" },
		"a long symbol": func(a *Record) { a.Symbol = "ABCDEFGHIJKLM" },
		"lower case":    func(a *Record) { a.Symbol = "ksm" },
		"a space":       func(a *Record) { a.Symbol = "K M" },

		"fewer external decimals":            func(a *Record) { a.ExternalDecimals = 8 },
		"39 external decimals":               func(a *Record) { a.ExternalDecimals = 39 },
		"no external name":                   func(a *Record) { a.External = nil },
		"129 bytes":                          func(a *Record) { a.External = append([]byte{Foreign}, make([]byte, 128)...) },
		"a native one with more":             func(a *Record) { a.External = []byte{Native, 0} },
		"a number of three bytes":            func(a *Record) { a.External = []byte{Numbered, 1, 2, 3} },
		"a number of five bytes":             func(a *Record) { a.External = []byte{Numbered, 1, 2, 3, 4, 5} },
		"a foreign one without location":     func(a *Record) { a.External = []byte{Foreign} },
		"another kind":                       func(a *Record) { a.External = []byte{3, 0} },
		"a test asset on a chain":            func(a *Record) { a.Test, a.ExternalDecimals = true, 9 },
		"a test asset with decimals of dust": func(a *Record) { a.Test, a.External = true, nil },
	} {
		a := good
		edit(&a)
		if err := a.Validate(); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnitsAndDustAreTheAmount: nothing is rounded away, and dust is less than
// a unit.
func TestUnitsAndDustAreTheAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Record{Decimals: uint8(rapid.IntRange(0, MaxDecimals).Draw(t, "decimals"))}
		a.ExternalDecimals = uint8(rapid.IntRange(int(a.Decimals), amount.MaxExponent).Draw(t, "external decimals"))
		v := amount.Wide{
			Hi: rapid.OneOf(rapid.Just[uint64](0), rapid.Uint64()).Draw(t, "hi"),
			Lo: rapid.Uint64().Draw(t, "lo"),
		}
		units, dust, ok := a.Units(v)
		if !ok {
			least, fits := amount.Wide{Hi: 1}.Scale(a.scale()) // 2^64 units
			if !fits || v.Cmp(least) < 0 {
				t.Fatalf("%v is below 2^64 units and has none", v)
			}
			return
		}
		whole, fits := a.ExternalAmount(units)
		if !fits {
			t.Fatalf("%d units come from %v and are more than any amount", units, v)
		}
		if sum, ok := whole.Add(dust); !ok || sum != v {
			t.Fatalf("%v: %v and %v", v, whole, dust)
		}
		if unit, _ := a.ExternalAmount(1); dust.Cmp(unit) >= 0 {
			t.Fatalf("%v: dust of %v where a unit is %v", v, dust, unit)
		}
	})
}

func TestSameExternal(t *testing.T) {
	a := Record{Chain: 2, External: []byte{Native}}
	for name, c := range map[string]struct {
		b    Record
		same bool
	}{
		"itself":          {a, true},
		"another chain":   {Record{Chain: 3, External: []byte{Native}}, false},
		"another name":    {Record{Chain: 2, External: []byte{Numbered, 0, 0, 0, 0}}, false},
		"two test assets": {Record{Chain: 2}, false},
	} {
		if a.SameExternal(c.b) != c.same || c.b.SameExternal(a) != c.same {
			t.Errorf("%s: %v", name, !c.same)
		}
	}
	if (Record{}).SameExternal(Record{}) {
		t.Error("test assets are on no chain")
	}
}

package metadata

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// wrap counts b, and says that there is something at all if option is.
func wrap(b []byte, option bool) []byte {
	var w scale.Writer
	if option {
		w.Option(true)
	}
	w.Vec(b)
	return w.Bytes()
}

func decoded(t testing.TB, b []byte) *Metadata {
	t.Helper()
	m, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Both versions, in every wrapping, are one metadata.
func TestDecode(t *testing.T) {
	want := decoded(t, drafted().bytes())
	fifteen := drafted()
	fifteen.Version = 15
	for name, b := range map[string][]byte{
		"14, counted":              wrap(drafted().bytes(), false),
		"14, optional":             wrap(drafted().bytes(), true),
		"15":                       fifteen.bytes(),
		"15, counted":              wrap(fifteen.bytes(), false),
		"15, optional and counted": wrap(fifteen.bytes(), true),
	} {
		got := decoded(t, b)
		if got.Version == 15 {
			got.Version, got.Hash = 14, want.Hash
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Metadata{}, Registry{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := decoded(t, fifteen.bytes()); got.Hash == want.Hash {
		t.Error("another metadata has the same hash")
	}
}

func TestLookups(t *testing.T) {
	m := decoded(t, drafted().bytes())
	call, err := m.Call("System", "nest")
	if want := (Item{Pallet: 0, Index: 3, Fields: []Field{{Name: "call", Type: tCall}}}); err != nil || !cmp.Equal(call, want) {
		t.Errorf("%v, %v", call, err)
	}
	e, err := m.Storage("System", "Pairs")
	if want := (StorageEntry{Pallet: "System", Name: "Pairs", Optional: true, Hashers: []Hasher{Twox64Concat, Identity}, Keys: []TypeID{tU32, tAccount}, Value: tU32, Default: []byte{1, 0, 0, 0}}); err != nil || !cmp.Equal(e, want) {
		t.Errorf("%v, %v", e, err)
	}
	if e, err := m.Storage("System", "Whole"); err != nil || !cmp.Equal(e.Keys, []TypeID{tPair}) {
		t.Errorf("one hasher of a pair: %v, %v", e, err)
	}
	if e, err := m.Storage("System", "Number"); err != nil || e.Optional || e.Keys != nil {
		t.Errorf("plain: %v, %v", e, err)
	}
	if v, err := m.Constant("System", "SS58Prefix"); err != nil || v != (Uint{42}) {
		t.Errorf("%v, %v", v, err)
	}
	if pallet, name, err := m.ErrorName(0, 7); pallet != "System" || name != "remark" || err != nil {
		t.Errorf("%s.%s, %v", pallet, name, err)
	}
	if want := []Extension{{"CheckNonce", tCompact, tHash}, {"CheckGenesis", tCompact, tHash}}; !cmp.Equal(m.Extrinsic.Extensions, want) {
		t.Errorf("%v", m.Extrinsic.Extensions)
	}
	for name, ask := range map[string]func() error{
		"pallet":           func() error { _, err := m.Pallet("Nothing"); return err },
		"pallet's number":  func() error { _, err := m.PalletAt(1); return err },
		"call's pallet":    func() error { _, err := m.Call("Nothing", "nest"); return err },
		"call":             func() error { _, err := m.Call("System", "nothing"); return err },
		"event":            func() error { _, err := m.Event("System", "nest"); return err },
		"storage":          func() error { _, err := m.Storage("System", "Nothing"); return err },
		"storage's pallet": func() error { _, err := m.Storage("Nothing", "Number"); return err },
		"constant":         func() error { _, err := m.Constant("System", "Nothing"); return err },
		"error":            func() error { _, _, err := m.ErrorName(0, 8); return err },
		"error's pallet":   func() error { _, _, err := m.ErrorName(1, 0); return err },
	} {
		if err := ask(); !errors.Is(err, rejection.UnknownItem) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m.Registry.Type(tDrafted).Kind != KindTuple {
		t.Error("a type beyond the last")
	}
}

// Every way in which metadata can be inconsistent is refused; the draft itself,
// the control, is not (TestDecode).
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*draft)
		want rejection.Code
	}{
		"magic":             {func(d *draft) { d.Magic++ }, rejection.BadMetadata},
		"version 13":        {func(d *draft) { d.Version = 13 }, rejection.UnknownVersion},
		"version 16":        {func(d *draft) { d.Version = 16 }, rejection.UnknownVersion},
		"a byte more":       {func(d *draft) { d.Tail = []byte{0} }, rejection.TrailingBytes},
		"a number left out": {func(d *draft) { d.Types[3].ID = 4 }, rejection.BadMetadata},
		"a number twice":    {func(d *draft) { d.Types[3].ID = 2 }, rejection.BadMetadata},
		"no such type":      {func(d *draft) { d.Last = tDrafted }, rejection.BadMetadata},
		"no such kind":      {func(d *draft) { d.Types[0].Def = raw(0, 0, 8, 0) }, rejection.BadMetadata},
		"no such primitive": {func(d *draft) { d.Types[0].Def = raw(0, 0, 5, 15, 0) }, rejection.BadMetadata},
		"equal indices":     {func(d *draft) { d.Types[tOption].Def = alternatives(Alternative{Name: "A"}, Alternative{Name: "B"}) }, rejection.BadMetadata},
		"equal alternatives": {func(d *draft) {
			d.Types[tOption].Def = alternatives(Alternative{Name: "A"}, Alternative{Name: "A", Index: 1})
		}, rejection.BadMetadata},
		"equal pallets":       {func(d *draft) { d.Pallets[1].Name = "System" }, rejection.BadMetadata},
		"equal pallet index":  {func(d *draft) { d.Pallets[1].Index = 0 }, rejection.BadMetadata},
		"calls no enum":       {func(d *draft) { d.Pallets[1].Calls = tPair }, rejection.BadMetadata},
		"equal storage":       {func(d *draft) { d.Pallets[0].Storage[1].Name = "Number" }, rejection.BadMetadata},
		"equal constants":     {func(d *draft) { d.Pallets[0].Constant[1] = "BlockHashCount" }, rejection.BadMetadata},
		"modifier":            {func(d *draft) { d.Pallets[0].Storage[0].Modifier = 2 }, rejection.BadMetadata},
		"form":                {func(d *draft) { d.Pallets[0].Storage[0].Form = 2 }, rejection.BadMetadata},
		"hasher":              {func(d *draft) { d.Pallets[0].Storage[1].Hashers = []uint8{7} }, rejection.BadMetadata},
		"no hasher":           {func(d *draft) { d.Pallets[0].Storage[1].Hashers = nil }, rejection.BadMetadata},
		"a hasher too many":   {func(d *draft) { d.Pallets[0].Storage[2].Hashers = []uint8{2, 2, 2} }, rejection.BadMetadata},
		"hashers of no tuple": {func(d *draft) { d.Pallets[0].Storage[1].Hashers = []uint8{2, 2} }, rejection.BadMetadata},
		"extrinsic's type":    {func(d *draft) { d.Params[1] = "Calls" }, rejection.BadMetadata},
		"custom out of order": {func(d *draft) { d.Version, d.Custom = 15, []string{"b", "a"} }, rejection.BadMetadata},
		"custom twice":        {func(d *draft) { d.Version, d.Custom = 15, []string{"a", "a"} }, rejection.BadMetadata},
		"15, a byte more":     {func(d *draft) { d.Version, d.Tail = 15, []byte{0} }, rejection.TrailingBytes},
		"a long type number":  {func(d *draft) { d.Types[tUnit].Def = raw(0, 0, 2, 1, 0, 0) }, rejection.NonCanonical},
	} {
		d := drafted()
		c.edit(d)
		b := d.bytes()
		if d.Magic != magic { // would be taken for a wrapper
			if _, err := Decode(b); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			continue
		}
		for _, b := range [][]byte{b, wrap(b, false), wrap(b, true)} {
			if _, err := Decode(b); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
	}
}

// raw is a type as bytes.
func raw(b ...byte) func(*scale.Writer) { return func(w *scale.Writer) { w.Fixed(b) } }

// Metadata that ends early is refused wherever it ends, wrappings too.
func TestTruncated(t *testing.T) {
	for _, version := range []uint8{14, 15} {
		d := drafted()
		d.Version = version
		for _, long := range []TypeID{tWide, tSome, tUneven} { // n² bytes are read
			d.Types[long].Def = d.Types[tUnit].Def
		}
		b := d.bytes()
		for n := range b {
			if n < 4 {
				continue // not even the magic
			}
			if _, err := Decode(b[:n]); !errors.Is(err, rejection.Truncated) {
				t.Fatalf("version %d, %d of %d bytes: %v", version, n, len(b), err)
			}
		}
		for _, option := range []bool{false, true} {
			b := wrap(b, option)
			for n := range b {
				if _, err := Decode(b[:n]); !errors.Is(err, rejection.BadMetadata) {
					t.Fatalf("version %d wrapped, %d of %d bytes: %v", version, n, len(b), err)
				}
			}
			if _, err := Decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.BadMetadata) {
				t.Errorf("a byte after the wrapping: %v", err)
			}
		}
	}
	for _, s := range []string{"", "00", "0100", "01186d657461", "6d6574"} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); !errors.Is(err, rejection.BadMetadata) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := Decode(make([]byte, MaxBytes+1)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	fifteen := drafted()
	fifteen.Version = 15
	for _, b := range [][]byte{drafted().bytes(), fifteen.bytes()} {
		f.Add(b)
		f.Add(wrap(b, true))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			var r *rejection.Rejection
			if !errors.As(err, &r) {
				t.Fatalf("not a rejection: %v", err)
			}
			return
		}
		for i := range m.Registry.Len() { // whatever it says can be asked
			m.Registry.Shape(TypeID(i))
			_ = m.Registry.Check(TypeID(i), b[len(b)-min(len(b), 64):])
		}
		for _, p := range m.Pallets {
			for _, s := range p.Storage {
				if len(s.Keys) != len(s.Hashers) {
					t.Fatalf("%s.%s: %d keys, %d hashers", p.Name, s.Name, len(s.Keys), len(s.Hashers))
				}
			}
		}
	})
}

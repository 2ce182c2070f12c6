package metadata_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/westend"
)

// The recorded runtime of the Westend relay chain.
func TestWestend(t *testing.T) {
	m := westend.Metadata(t)
	if got := hex.EncodeToString(m.Hash[:]); got != westend.Hash {
		t.Fatalf("hash %s", got)
	}
	type counts struct{ Version, Types, Pallets, Extensions int }
	got := counts{int(m.Version), m.Registry.Len(), len(m.Pallets), len(m.Extrinsic.Extensions)}
	if want := (counts{14, 685, 48, 8}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, c := range []struct {
		pallet, name string
		want         [2]uint8
	}{
		{"System", "remark_with_event", [2]uint8{0, 8}},
		{"Balances", "transfer_keep_alive", [2]uint8{4, 3}},
		{"Balances", "transfer_all", [2]uint8{4, 4}},
		{"Utility", "batch_all", [2]uint8{16, 2}},
		{"Utility", "as_derivative", [2]uint8{16, 1}},
		{"Multisig", "as_multi", [2]uint8{23, 1}},
		{"Multisig", "approve_as_multi", [2]uint8{23, 2}},
	} {
		call, err := m.Call(c.pallet, c.name)
		if got := [2]uint8{call.Pallet, call.Index}; err != nil || got != c.want {
			t.Errorf("%s.%s: %v, %v", c.pallet, c.name, got, err)
		}
	}
	version, err := m.Constant("System", "Version")
	if err != nil {
		t.Fatal(err)
	}
	if got := version.(metadata.Composite).Get("spec_name"); got != metadata.Text("westend") {
		t.Errorf("%v", got)
	}
	if got := version.(metadata.Composite).Get("spec_version"); got != (metadata.Uint{9320}) {
		t.Errorf("%v", got)
	}
	if ed, err := m.Constant("Balances", "ExistentialDeposit"); err != nil || ed != (metadata.Uint{10_000_000_000}) {
		t.Errorf("%v, %v", ed, err)
	}
}

// readAll reads every constant and every default of a runtime, and writes them
// again.
func readAll(t *testing.T, m *metadata.Metadata) (values int) {
	t.Helper()
	one := func(what string, id metadata.TypeID, b []byte) {
		values++
		v, err := m.Registry.Read(id, b)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if again, err := m.Registry.Encode(id, v); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: written as %x, %v", what, again, err)
		}
	}
	for _, p := range m.Pallets {
		for _, c := range p.Constants {
			one(p.Name+"."+c.Name, c.Type, c.Value)
		}
		for _, e := range p.Storage {
			if !e.Optional {
				one(p.Name+"."+e.Name, e.Value, e.Default)
			} else if !cmp.Equal(e.Default, []byte{0}) {
				t.Errorf("%s.%s is optional and has a default", p.Name, e.Name)
			}
		}
	}
	return values
}

func TestWestendValues(t *testing.T) {
	if n := readAll(t, westend.Metadata(t)); n < 200 {
		t.Errorf("only %d values", n)
	}
}

func FuzzRead(f *testing.F) {
	m := westend.Metadata(f)
	for _, p := range m.Pallets {
		for _, c := range p.Constants {
			f.Add(uint16(c.Type), c.Value)
		}
	}
	e, err := m.Storage("System", "Events")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(e.Value), []byte{4, 0, 1, 0, 0, 0, 0, 0, 0})
	f.Add(uint16(m.Extrinsic.Call), []byte{0, 7, 4, 0xff})
	f.Fuzz(func(t *testing.T, id uint16, b []byte) {
		r := scale.NewReader(b)
		v, err := m.Registry.Decode(r, metadata.TypeID(id))
		if err != nil {
			return
		}
		again, err := m.Registry.Encode(metadata.TypeID(id), v)
		if err != nil || !bytes.Equal(again, b[:r.Offset()]) {
			t.Fatalf("type %d: %x read as %v, written as %x, %v", id, b, v, again, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw := westend.Bytes(b)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := metadata.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

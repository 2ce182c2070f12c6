//go:build kusama

package metadata_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/internal/testkit/npm"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// runtimes are the recorded ones, with what they say of themselves.
var runtimes = []struct {
	name    string
	version uint8
	spec    string
	number  uint64
	types   int
	pallets int
}{
	{"v14/kusama", 14, "kusama", 1003000, 930, 64},
	{"v14/polkadot", 14, "polkadot", 1002005, 871, 57},
	{"v14/substrate", 14, "node", 268, 945, 80},
	{"v14/substrate-contracts-node", 14, "substrate-contracts-node", 100, 159, 10},
	{"v15/kusama", 15, "kusama", 1009002, 1160, 65},
	{"v15/asset-hub-kusama", 15, "statemine", 1009003, 1253, 58},
	{"v15/asset-hub-polkadot", 15, "statemint", 2000000, 1080, 53},
	{"v15/polkadot", 15, "polkadot", 2000000, 1081, 61},
	{"v15/substrate", 15, "node", 268, 1128, 85},
}

func real(t testing.TB, name string) *metadata.Metadata {
	t.Helper()
	m, err := metadata.Decode(npm.Metadata(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// Real runtimes decode whole, and so does every constant and default in them.
func TestRuntimes(t *testing.T) {
	for _, c := range runtimes {
		m := real(t, c.name)
		if m.Version != c.version || m.Registry.Len() != c.types || len(m.Pallets) != c.pallets {
			t.Errorf("%s: version %d, %d types, %d pallets", c.name, m.Version, m.Registry.Len(), len(m.Pallets))
		}
		v, err := m.Constant("System", "Version")
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		version := v.(metadata.Composite)
		if spec, number := version.Get("spec_name"), version.Get("spec_version"); spec != metadata.Text(c.spec) || number != (metadata.Uint{c.number}) {
			t.Errorf("%s: %v %v", c.name, spec, number)
		}
		if n := readAll(t, m); n < 50 {
			t.Errorf("%s: only %d values", c.name, n)
		}
	}
	for _, name := range []string{"v13/kusama", "v16/substrate"} {
		if _, err := metadata.Decode(npm.Metadata(t, name)); !errors.Is(err, rejection.UnknownVersion) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Values of every type of Kusama and of its Asset Hub.
func TestRoundTripKusama(t *testing.T) {
	for _, name := range []string{"v14/kusama", "v15/asset-hub-kusama"} {
		g := &real(t, name).Registry
		rapid.Check(t, func(t *rapid.T) { roundTrip(t, g) })
	}
}

// What custody calls and watches, where Kusama and its Asset Hub have it.
func TestItems(t *testing.T) {
	for _, c := range []struct {
		runtime      string
		event        bool
		pallet, name string
		want         [2]uint8
		fields       string
	}{
		{"v14/kusama", false, "Balances", "transfer_keep_alive", [2]uint8{4, 3}, "dest value"},
		{"v14/kusama", true, "Balances", "Transfer", [2]uint8{4, 2}, "from to amount"},
		{"v15/asset-hub-kusama", false, "System", "remark_with_event", [2]uint8{0, 7}, "remark"},
		{"v15/asset-hub-kusama", false, "Balances", "transfer_keep_alive", [2]uint8{10, 3}, "dest value"},
		{"v15/asset-hub-kusama", false, "Utility", "batch_all", [2]uint8{40, 2}, "calls"},
		{"v15/asset-hub-kusama", false, "Utility", "as_derivative", [2]uint8{40, 1}, "index call"},
		{"v15/asset-hub-kusama", false, "Multisig", "as_multi", [2]uint8{41, 1}, "threshold other_signatories maybe_timepoint call max_weight"},
		{"v15/asset-hub-kusama", false, "Multisig", "approve_as_multi", [2]uint8{41, 2}, "threshold other_signatories maybe_timepoint call_hash max_weight"},
		{"v15/asset-hub-kusama", false, "Assets", "transfer_keep_alive", [2]uint8{50, 9}, "id target amount"},
		{"v15/asset-hub-kusama", false, "ForeignAssets", "transfer_keep_alive", [2]uint8{53, 9}, "id target amount"},
		{"v15/asset-hub-kusama", true, "System", "Remarked", [2]uint8{0, 5}, "sender hash"},
		{"v15/asset-hub-kusama", true, "Balances", "Transfer", [2]uint8{10, 2}, "from to amount"},
		{"v15/asset-hub-kusama", true, "Assets", "Transferred", [2]uint8{50, 2}, "asset_id from to amount"},
		{"v15/asset-hub-kusama", true, "ForeignAssets", "Transferred", [2]uint8{53, 2}, "asset_id from to amount"},
		{"v15/asset-hub-kusama", true, "Multisig", "MultisigExecuted", [2]uint8{41, 2}, "approving timepoint multisig call_hash result"},
	} {
		m := real(t, c.runtime)
		item, err := m.Call(c.pallet, c.name)
		if c.event {
			item, err = m.Event(c.pallet, c.name)
		}
		var names []string
		for _, f := range item.Fields {
			names = append(names, f.Name)
		}
		if got := [2]uint8{item.Pallet, item.Index}; err != nil || got != c.want || strings.Join(names, " ") != c.fields {
			t.Errorf("%s %s.%s: %v %v, %v", c.runtime, c.pallet, c.name, got, names, err)
		}
	}
	ed, err := real(t, "v15/asset-hub-kusama").Constant("Balances", "ExistentialDeposit")
	if err != nil || ed != (metadata.Uint{3_333_333}) {
		t.Errorf("existential deposit %v, %v", ed, err)
	}
}

// polkadot.js, which shares nothing with this package, decodes the same.
func TestAgainstPolkadotJS(t *testing.T) {
	compared := 0
	for _, c := range runtimes {
		if c.name == "v14/substrate-contracts-node" {
			continue // recorded without polkadot.js's reading
		}
		m := real(t, c.name)
		types, rest := npm.MetadataJSON(t, c.name)
		var wantTypes, want any
		if err := errors.Join(json.Unmarshal(types, &wantTypes), json.Unmarshal(rest, &want)); err != nil {
			t.Fatal(err)
		}
		var gotTypes list
		for i := range m.Registry.Len() {
			gotTypes = append(gotTypes, object{"id": float64(i), "type": typeJSON(m.Registry.Type(metadata.TypeID(i)))})
		}
		if diff := cmp.Diff(plain(wantTypes), any(gotTypes)); diff != "" {
			t.Errorf("%s, types: %.2000s", c.name, diff)
		}
		inner := want.(object)["metadata"].(object)[strings.Split(c.name, "/")[0]].(object)
		for _, p := range inner["pallets"].(list) {
			takeApart(p, wantTypes.(list))
		}
		delete(inner["extrinsic"].(object), "type") // version 14; its parameters are kept
		got := object{"pallets": palletsJSON(m), "extrinsic": extrinsicJSON(m)}
		wanted := plain(object{"pallets": inner["pallets"], "extrinsic": inner["extrinsic"]})
		if diff := cmp.Diff(wanted, any(got)); diff != "" {
			t.Errorf("%s: %.2000s", c.name, diff)
		}
		compared += len(gotTypes) + len(m.Pallets)
	}
	if compared < 8000 {
		t.Errorf("only %d types and pallets", compared)
	}
}

// takeApart writes the keys of a pallet's maps one by one.
func takeApart(pallet any, types list) {
	storage, ok := pallet.(object)["storage"].(object)
	if !ok {
		return
	}
	for _, item := range storage["items"].(list) {
		m, ok := item.(object)["type"].(object)["map"].(object)
		if !ok {
			continue
		}
		keys := list{m["key"]}
		if len(m["hashers"].(list)) > 1 {
			keys = types[int(m["key"].(float64))].(object)["type"].(object)["def"].(object)["tuple"].(list)
		}
		m["key"] = keys
	}
}

type (
	object = map[string]any
	list   = []any
)

// plain takes the lines for people out of a JSON value.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, e := range v {
			if k != "docs" {
				out[k] = plain(e)
			}
		}
		return out
	case list:
		var out list
		for _, e := range v {
			out = append(out, plain(e))
		}
		return out
	}
	return v
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func each[T any](of []T, f func(T) any) list {
	var out list
	for _, v := range of {
		out = append(out, f(v))
	}
	return out
}

func number(id metadata.TypeID) any { return float64(id) }

func reference(id *metadata.TypeID) any {
	if id == nil {
		return nil
	}
	return object{"type": number(*id)}
}

func fieldJSON(f metadata.Field) any {
	return object{"name": text(f.Name), "type": number(f.Type), "typeName": text(f.TypeName)}
}

var primitives = strings.Split("Bool Char Str U8 U16 U32 U64 U128 U256 I8 I16 I32 I64 I128 I256", " ")

func typeJSON(t *metadata.Type) any {
	var def object
	switch t.Kind {
	case metadata.KindComposite:
		def = object{"composite": object{"fields": each(t.Fields, fieldJSON)}}
	case metadata.KindVariant:
		def = object{"variant": object{"variants": each(t.Variants, func(a metadata.Alternative) any {
			return object{"name": a.Name, "index": float64(a.Index), "fields": each(a.Fields, fieldJSON)}
		})}}
	case metadata.KindSequence:
		def = object{"sequence": object{"type": number(t.Elem)}}
	case metadata.KindArray:
		def = object{"array": object{"len": float64(t.Length), "type": number(t.Elem)}}
	case metadata.KindTuple:
		def = object{"tuple": each(t.Elems, number)}
	case metadata.KindPrimitive:
		def = object{"primitive": primitives[t.Primitive]}
	case metadata.KindCompact:
		def = object{"compact": object{"type": number(t.Elem)}}
	case metadata.KindBits:
		def = object{"bitSequence": object{"bitStoreType": number(t.Elem), "bitOrderType": number(t.Order)}}
	}
	return object{
		"path": each(t.Path, func(s string) any { return s }),
		"params": each(t.Params, func(p metadata.Param) any {
			if p.Type == nil {
				return object{"name": p.Name, "type": nil}
			}
			return object{"name": p.Name, "type": number(*p.Type)}
		}),
		"def": def,
	}
}

var hashers = strings.Split("Blake2_128 Blake2_256 Blake2_128Concat Twox128 Twox256 Twox64Concat Identity", " ")

func palletsJSON(m *metadata.Metadata) any {
	return each(m.Pallets, func(p metadata.Pallet) any {
		var storage any
		if p.Prefix != "" {
			storage = object{"prefix": p.Prefix, "items": each(p.Storage, func(e metadata.StorageEntry) any {
				kind := object{"plain": number(e.Value)}
				if len(e.Hashers) > 0 {
					kind = object{"map": object{
						"hashers": each(e.Hashers, func(h metadata.Hasher) any { return hashers[h] }),
						"key":     each(e.Keys, number), "value": number(e.Value),
					}}
				}
				modifier := "Default"
				if e.Optional {
					modifier = "Optional"
				}
				return object{"name": e.Name, "modifier": modifier, "type": kind, "fallback": "0x" + hex.EncodeToString(e.Default)}
			})}
		}
		return object{
			"name": p.Name, "index": float64(p.Index), "storage": storage,
			"calls": reference(p.Calls), "events": reference(p.Events), "errors": reference(p.Errors),
			"constants": each(p.Constants, func(c metadata.Constant) any {
				return object{"name": c.Name, "type": number(c.Type), "value": "0x" + hex.EncodeToString(c.Value)}
			}),
		}
	})
}

func extrinsicJSON(m *metadata.Metadata) any {
	x := m.Extrinsic
	out := object{"version": float64(x.Version), "signedExtensions": each(x.Extensions, func(e metadata.Extension) any {
		return object{"identifier": e.Name, "type": number(e.Type), "additionalSigned": number(e.Additional)}
	})}
	if m.Version == 15 {
		out["addressType"], out["callType"] = number(x.Address), number(x.Call)
		out["signatureType"], out["extraType"] = number(x.Signature), number(x.Extra)
	}
	return out
}

func BenchmarkDecodeKusama(b *testing.B) {
	raw := npm.Metadata(b, "v14/kusama")
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := metadata.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

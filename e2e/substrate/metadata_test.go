package substrate

import (
	"bytes"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/sample"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/westend"
)

// TestItems asks both implementations for every call, event, constant and
// error of the runtime.
func TestItems(t *testing.T) { items(t, westend.Bytes(t)) }

// TestKeysOfEveryEntry has both make keys of every entry of the runtime's state.
func TestKeysOfEveryEntry(t *testing.T) { storageKeys(t, westend.Bytes(t)) }

// readBoth decodes metadata by both implementations.
func readBoth(t *testing.T, raw []byte) (*metadata.Metadata, *types.Metadata) {
	t.Helper()
	ours, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	var md types.Metadata
	if err := codec.Decode(raw, &md); err != nil {
		t.Fatal(err)
	}
	return ours, &md
}

func items(t *testing.T, raw []byte) {
	ours, md := readBoth(t, raw)
	compared := 0
	for _, p := range ours.Pallets {
		if p.Calls != nil {
			for _, v := range ours.Registry.Type(*p.Calls).Variants {
				compared++
				got, err := ours.Call(p.Name, v.Name)
				want, theirErr := md.FindCallIndex(p.Name + "." + v.Name)
				if err != nil || theirErr != nil || got.Pallet != want.SectionIndex || got.Index != want.MethodIndex {
					t.Errorf("call %s.%s: %+v, they say %+v; %v, %v", p.Name, v.Name, got, want, err, theirErr)
				}
			}
		}
		if p.Events != nil {
			for _, v := range ours.Registry.Type(*p.Events).Variants {
				compared++
				got, err := ours.Event(p.Name, v.Name)
				pallet, name, theirErr := md.FindEventNamesForEventID(types.EventID{got.Pallet, got.Index})
				if err != nil || theirErr != nil || string(pallet) != p.Name || string(name) != v.Name {
					t.Errorf("event %s.%s: they say %s.%s; %v, %v", p.Name, v.Name, pallet, name, err, theirErr)
				}
			}
		}
		if p.Errors != nil {
			for _, v := range ours.Registry.Type(*p.Errors).Variants {
				compared++
				_, name, err := ours.ErrorName(p.Index, v.Index)
				want, theirErr := md.FindError(types.U8(p.Index), [4]types.U8{types.U8(v.Index)})
				if err != nil || theirErr != nil || name != want.Name {
					t.Errorf("error %s.%s: %s, they say %+v; %v, %v", p.Name, v.Name, name, want, err, theirErr)
				}
			}
		}
		for _, c := range p.Constants {
			compared++
			want, err := md.FindConstantValue(p.Name, c.Name)
			if err != nil || !bytes.Equal(c.Value, want) {
				t.Errorf("constant %s.%s: %x, they say %x; %v", p.Name, c.Name, c.Value, want, err)
			}
		}
	}
	if compared < 800 {
		t.Errorf("only %d items", compared)
	}
}

func storageKeys(t *testing.T, raw []byte) {
	ours, md := readBoth(t, raw)
	var entries []metadata.StorageEntry
	for _, p := range ours.Pallets {
		for _, e := range p.Storage {
			if pallet, err := ours.Pallet(e.Pallet); err == nil && pallet.Name == p.Name { // both find it by that name
				entries = append(entries, e)
			}
		}
	}
	seen := map[int]bool{}
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(0, len(entries)-1).Draw(t, "entry")
		for third := range 3 { // small numbers are drawn more often
			i := (first + third*len(entries)/3) % len(entries)
			storageKey(t, ours, md, entries[i])
			seen[i] = true
		}
	})
	if len(seen) < len(entries)*3/4 {
		t.Errorf("only %d of %d entries", len(seen), len(entries))
	}
}

func storageKey(t *rapid.T, ours *metadata.Metadata, md *types.Metadata, e metadata.StorageEntry) {
	t.Helper()
	var parts [][]byte
	for _, id := range e.Keys {
		v, ok := sample.Value(t, &ours.Registry, id)
		if !ok {
			t.Fatalf("%s.%s: no small key", e.Pallet, e.Name)
		}
		b, err := ours.Registry.Encode(id, v)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, b)
	}
	got, err := storage.Key(ours, e.Pallet, e.Name, parts...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := types.CreateStorageKey(md, e.Pallet, e.Name, parts...)
	if err != nil {
		t.Fatalf("%s.%s: they say %v", e.Pallet, e.Name, err)
	}
	same(t, e.Pallet+"."+e.Name, got, want)
}

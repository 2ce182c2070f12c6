package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/settlement"
)

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBackingProperties plays random blocks on a store and on a map, reopens
// the store, and demands that both answer alike, also through a View of an
// earlier height.
func TestBackingProperties(t *testing.T) {
	key := rapid.Custom(func(r *rapid.T) string {
		return rapid.SampledFrom([]string{"s", "sa/", "sa/\xff", "sb/", "d", "m\xff\xff"}).Draw(r, "space") +
			string(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(r, "rest"))
	})
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		s := openStore(t, dir)
		model := map[string]string{}
		var view *View
		var old map[string]string
		for h := range rapid.IntRange(1, 6).Draw(r, "blocks") {
			d := ledger.Delta{Height: uint64(h)}
			for k, v := range rapid.MapOfN(key, rapid.StringN(-1, 5, 5), 0, 12).Draw(r, "writes") {
				if strings.HasPrefix(v, "A") {
					d.Writes = append(d.Writes, ledger.Write{Key: []byte(k)})
					delete(model, k)
				} else {
					d.Writes = append(d.Writes, ledger.Write{Key: []byte(k), Value: []byte(v)})
					model[k] = v
				}
			}
			if err := s.Commit(Block{Delta: d}); err != nil {
				r.Fatal(err)
			}
			if h == 2 {
				view, old = s.View(), maps.Clone(model)
			}
		}
		compare(r, s, model)
		if view != nil {
			compare(r, view, old)
			if err := view.Close(); err != nil {
				r.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			r.Fatal(err)
		}
		s = openStore(t, dir)
		defer s.Close()
		compare(r, s, model)
	})
}

func compare(r *rapid.T, b ledger.Backing, model map[string]string) {
	for _, prefix := range []string{"s", "sa/", "sa/\xff", "d", "m\xff\xff", "q"} {
		var got, want []string
		b.Range([]byte(prefix), func(k, v []byte) bool {
			got = append(got, fmt.Sprintf("%q=%q", k, v))
			return true
		})
		for _, k := range slices.Sorted(maps.Keys(model)) {
			if strings.HasPrefix(k, prefix) {
				want = append(want, fmt.Sprintf("%q=%q", k, model[k]))
				if v, ok := b.Get([]byte(k)); !ok || string(v) != model[k] {
					r.Fatalf("%q: %q, %v", k, v, ok)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("prefix %q: %s", prefix, diff)
		}
	}
	if _, ok := b.Get([]byte("sa/absent")); ok {
		r.Fatal("an absent key is there")
	}
}

func TestRangeStops(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	d := ledger.Delta{Height: 1}
	for i := range 5 {
		d.Writes = append(d.Writes, ledger.Write{Key: fmt.Appendf(nil, "s%d", i), Value: []byte{}})
	}
	if err := s.Commit(Block{Delta: d}); err != nil {
		t.Fatal(err)
	}
	n := 0
	s.Range([]byte("s"), func(_, v []byte) bool {
		n++
		return n < 3
	})
	if n != 3 {
		t.Errorf("%d calls", n)
	}
	if v, ok := s.Get([]byte("s0")); !ok || v == nil {
		t.Error("an empty value reads as absent")
	}
}

func TestRowsLeavesAndReset(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	if _, ok := s.GenesisHash(); ok {
		t.Fatal("a new store has a genesis")
	}
	hash := [32]byte{1}
	if err := s.Reset(hash, ledger.Delta{}); err != nil {
		t.Fatal(err)
	}
	id, worker := [32]byte{2}, settlement.WorkerID{3}
	leaves := []field.Element{field.FromUint64(7), field.FromUint64(8)}
	tx := Tx{Included: 5, Index: 3, Outcome: Dropped, Decided: 7}
	if err := s.Commit(Block{
		Delta:   ledger.Delta{Height: 1, First: 0, Leaves: leaves, Spent: leaves},
		Compact: []byte("compact"),
		Rows:    []Row{TxRow(id, tx), PendingRow(id, []byte("entry")), WorkerRow(worker, []byte("registration"))},
	}); err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Tx(id); !ok || got != tx {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := s.Tx([32]byte{9}); ok {
		t.Error("an unknown transaction")
	}
	if b, ok := s.Compact(1); !ok || !bytes.Equal(b, []byte("compact")) {
		t.Errorf("%q, %v", b, ok)
	}
	if b, ok := s.Registration(worker); !ok || string(b) != "registration" {
		t.Errorf("%q, %v", b, ok)
	}
	if e, ok := s.Leaf(1); !ok || e != leaves[1] {
		t.Errorf("%v, %v", e, ok)
	}
	if _, ok := s.Leaf(2); ok {
		t.Error("a leaf too many")
	}
	if err := s.Commit(Block{Delta: ledger.Delta{Height: 2}, Rows: []Row{PendingRow(id, nil)}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Pending(id); ok {
		t.Error("a decided action still waits")
	}
	if err := s.Reset([32]byte{4}, ledger.Delta{}); err != nil {
		t.Fatal(err)
	}
	if h, _ := s.GenesisHash(); h != [32]byte{4} {
		t.Errorf("%x", h)
	}
	if _, ok := s.Compact(1); ok {
		t.Error("the other chain's blocks are left")
	}
}

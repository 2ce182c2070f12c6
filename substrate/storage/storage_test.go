package storage_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/westend"
)

const (
	alice     = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
	aliceKey  = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9de1e86a9a8c739864cf3cc5ec2bea59f" + alice
	eventsKey = "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
	headKey   = "cd710b30bd2eab0352ddcc26417aa1941b3c252fcb29d88eff4f3de5de4476c3b6ff6f7d467b87a9e8030000"

	// What a westend-dev node kept under aliceKey in its first blocks.
	aliceValue = "00000000000000000100000000000000000064a7b3b6e00d000000000000000000000000000000000000000000000000" +
		"0000000000000000000000000000000000000000000000000000000000000000"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// Keys under which real chains answer.
func TestKeys(t *testing.T) {
	who := [32]byte(unhex(t, alice))
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"events":    {storage.Events(), eventsKey},
		"account":   {storage.Account(who), aliceKey},
		"Asset Hub": {storage.ParaHead(1000), headKey},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	// XXH64 of nothing and of "a" under seed 0.
	for s, want := range map[string]string{"": "99e9d85137db46ef", "a": "5b6e8ca9f1c44ed2"} {
		if got := storage.Hash(metadata.Twox64Concat, []byte(s))[:8]; hex.EncodeToString(got) != want {
			t.Errorf("%q: %x", s, got)
		}
	}
}

// Each hasher's length, and what of the key it keeps.
func TestHash(t *testing.T) {
	b := []byte("nightjar")
	for h, c := range map[metadata.Hasher]struct {
		size int
		kept bool
	}{
		metadata.Blake2x128: {16, false}, metadata.Blake2x256: {32, false}, metadata.Blake2x128Concat: {24, true},
		metadata.Twox128: {16, false}, metadata.Twox256: {32, false}, metadata.Twox64Concat: {16, true}, metadata.Identity: {8, true},
	} {
		got := storage.Hash(h, b)
		if len(got) != c.size || bytes.HasSuffix(got, b) != c.kept {
			t.Errorf("%d: %x", h, got)
		}
	}
	if !bytes.HasPrefix(storage.Hash(metadata.Twox256, b), storage.Hash(metadata.Twox128, b)) {
		t.Error("the first seeds differ")
	}
}

// The fixed keys are those of the runtime's metadata.
func TestKeysOfTheRuntime(t *testing.T) {
	m := westend.Metadata(t)
	who, call := [32]byte(unhex(t, alice)), [32]byte{1, 2, 3}
	for name, c := range map[string]struct {
		fixed        []byte
		pallet, item string
		parts        [][]byte
	}{
		"events":   {storage.Events(), "System", "Events", nil},
		"account":  {storage.Account(who), "System", "Account", [][]byte{who[:]}},
		"head":     {storage.ParaHead(2000), "Paras", "Heads", [][]byte{u32(2000)}},
		"multisig": {storage.Multisig(who, call), "Multisig", "Multisigs", [][]byte{who[:], call[:]}},
	} {
		got, err := storage.Key(m, c.pallet, c.item, c.parts...)
		if err != nil || !bytes.Equal(got, c.fixed) {
			t.Errorf("%s: %x, want %x, %v", name, got, c.fixed, err)
		}
	}
	prefix, err := storage.Key(m, "Multisig", "Multisigs", who[:])
	if full := storage.Multisig(who, call); err != nil || !bytes.HasPrefix(full, prefix) || len(prefix) != 32+8+32 {
		t.Errorf("%x, %v", prefix, err)
	}
	for name, c := range map[string]struct {
		pallet, item string
		parts        [][]byte
		want         rejection.Code
	}{
		"no such pallet":  {"Nothing", "Account", nil, rejection.UnknownItem},
		"no such item":    {"System", "Nothing", nil, rejection.UnknownItem},
		"a key too many":  {"System", "Account", [][]byte{who[:], who[:]}, rejection.UnexpectedType},
		"a key of events": {"System", "Events", [][]byte{who[:]}, rejection.UnexpectedType},
		"a short key":     {"System", "Account", [][]byte{who[1:]}, rejection.Truncated},
		"a long key":      {"Paras", "Heads", [][]byte{append(u32(1), 0)}, rejection.TrailingBytes},
	} {
		if _, err := storage.Key(m, c.pallet, c.item, c.parts...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// AssetAccount hashes both parts by Blake2_128Concat, whatever the asset is.
func TestAssetKey(t *testing.T) {
	who := [32]byte(unhex(t, alice))
	for pallet, asset := range map[string][]byte{"Assets": u32(1984), "ForeignAssets": {1, 1, 0, 0x9d, 0x1f}} {
		key := storage.AssetAccount(pallet, asset, who)
		want := append(storage.Prefix(pallet, "Account"), storage.Hash(metadata.Blake2x128Concat, asset)...)
		want = append(want, unhex(t, aliceKey)[32:]...)
		if !bytes.Equal(key, want) {
			t.Errorf("%s: %x, want %x", pallet, key, want)
		}
	}
}

func TestAccount(t *testing.T) {
	got, err := storage.DecodeAccount(unhex(t, aliceValue))
	if want := (storage.AccountInfo{Providers: 1, Free: amount.Wide{Lo: 1e18}}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	got.Reserved = amount.Wide{Hi: 1}
	if total, ok := got.Total(); !ok || total != (amount.Wide{Hi: 1, Lo: 1e18}) {
		t.Errorf("%v, %v", total, ok)
	}
	got.Free = amount.Wide{Hi: 1<<64 - 1, Lo: 1}
	if _, ok := got.Total(); ok {
		t.Error("a total of 2^128")
	}
}

func TestValues(t *testing.T) {
	who := [32]byte(unhex(t, alice))
	var w scale.Writer
	w.U32(9)
	w.U32(2)
	w.U128(amount.Wide{Lo: 7})
	w.Fixed(who[:])
	w.Count(2)
	w.Fixed(who[:])
	w.Fixed(make([]byte, 32))
	multisig := w.Bytes()
	o, err := storage.DecodeMultisig(multisig)
	if want := (storage.Operation{When: storage.Timepoint{Height: 9, Index: 2}, Deposit: amount.Wide{Lo: 7}, Depositor: who, Approvals: [][32]byte{who, {}}}); err != nil || !cmp.Equal(o, want) {
		t.Errorf("%+v, %v", o, err)
	}
	u128 := "05000000000000000000000000000000"
	for reason, rest := range map[string]string{"00": "", "01": "", "02": u128, "03": "", "04": alice + u128} {
		a, err := storage.DecodeAssetAccount(unhex(t, u128+"01"+reason+rest))
		if want := (storage.AssetBalance{Balance: amount.Wide{Lo: 5}, Status: storage.Frozen}); err != nil || a != want {
			t.Errorf("reason %s: %+v, %v", reason, a, err)
		}
		if _, err := storage.DecodeAssetAccount(unhex(t, u128+"01"+reason+rest+"00")); !errors.Is(err, rejection.TrailingBytes) {
			t.Errorf("reason %s and a byte: %v", reason, err)
		}
	}
	account := func(b []byte) error { _, err := storage.DecodeAccount(b); return err }
	asset := func(b []byte) error { _, err := storage.DecodeAssetAccount(b); return err }
	operation := func(b []byte) error { _, err := storage.DecodeMultisig(b); return err }
	for name, c := range map[string]struct {
		decode func([]byte) error
		b      []byte
		want   rejection.Code
	}{
		"short account":    {account, unhex(t, aliceValue)[1:], rejection.Truncated},
		"long account":     {account, append(unhex(t, aliceValue), 0), rejection.TrailingBytes},
		"no status":        {asset, unhex(t, u128+"0300"), rejection.BadValue},
		"no reason":        {asset, unhex(t, u128+"0005"), rejection.BadValue},
		"short asset":      {asset, unhex(t, u128+"00"), rejection.Truncated},
		"short operation":  {operation, multisig[:len(multisig)-1], rejection.Truncated},
		"long operation":   {operation, append(bytes.Clone(multisig), 0), rejection.TrailingBytes},
		"approvals to end": {operation, append(bytes.Clone(multisig[:56]), 0xfe, 0xff, 0xff, 0xff), rejection.Truncated},
	} {
		if err := c.decode(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A runtime with other keys or other values is noticed; the recorded one, the
// control, agrees.
func TestAgree(t *testing.T) {
	if err := storage.Agree(westend.Metadata(t)); err != nil {
		t.Fatal(err)
	}
	entry := func(m *metadata.Metadata, pallet, name string) *metadata.StorageEntry {
		p, err := m.Pallet(pallet)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Storage {
			if p.Storage[i].Name == name {
				return &p.Storage[i]
			}
		}
		t.Fatalf("no %s.%s", pallet, name)
		return nil
	}
	for name, c := range map[string]struct {
		edit func(*metadata.Metadata)
		want rejection.Code
	}{
		"another hasher": {func(m *metadata.Metadata) { entry(m, "System", "Account").Hashers[0] = metadata.Twox64Concat }, rejection.UnexpectedType},
		"another prefix": {func(m *metadata.Metadata) { entry(m, "Paras", "Heads").Pallet = "Parachains" }, rejection.UnexpectedType},
		"another value": {func(m *metadata.Metadata) {
			entry(m, "System", "Account").Value = entry(m, "Multisig", "Multisigs").Value
		}, rejection.UnexpectedType},
		"another key": {func(m *metadata.Metadata) { entry(m, "Paras", "Heads").Keys = entry(m, "System", "Account").Keys }, rejection.UnexpectedType},
		"a key less": {func(m *metadata.Metadata) {
			e := entry(m, "Multisig", "Multisigs")
			e.Keys, e.Hashers = e.Keys[:1], e.Hashers[:1]
		}, rejection.UnexpectedType},
		"events as a map": {func(m *metadata.Metadata) {
			entry(m, "System", "Events").Hashers = []metadata.Hasher{metadata.Identity}
		}, rejection.UnexpectedType},
		"no heads": {func(m *metadata.Metadata) { entry(m, "Paras", "Heads").Name = "Tails" }, rejection.UnknownItem},
	} {
		m := westend.Metadata(t)
		c.edit(m)
		if err := storage.Agree(m); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// The fixed decoders take what the runtime's types take, and nothing else.
func FuzzDecode(f *testing.F) {
	m := westend.Metadata(f)
	typed := func(pallet, name string) metadata.TypeID {
		e, err := m.Storage(pallet, name)
		if err != nil {
			f.Fatal(err)
		}
		return e.Value
	}
	account, multisig := typed("System", "Account"), typed("Multisig", "Multisigs")
	f.Add(unhex(f, aliceValue))
	f.Add(append(unhex(f, aliceValue)[:56], 0))
	f.Add(append(make([]byte, 16), 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := storage.DecodeAccount(b)
		v, wantErr := m.Registry.Read(account, b)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("account %x: %v, the runtime says %v", b, err, wantErr)
		}
		if err == nil {
			c := v.(metadata.Composite)
			data := c.Get("data").(metadata.Composite)
			free, _ := metadata.AsWide(data.Get("free"))
			reserved, _ := metadata.AsWide(data.Get("reserved"))
			if nonce, _ := metadata.AsUint64(c.Get("nonce")); uint64(a.Nonce) != nonce || a.Free != free || a.Reserved != reserved {
				t.Fatalf("account %x: %+v, the runtime says %v", b, a, v)
			}
		}
		o, err := storage.DecodeMultisig(b)
		v, wantErr = m.Registry.Read(multisig, b)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("multisig %x: %v, the runtime says %v", b, err, wantErr)
		}
		if err == nil {
			c := v.(metadata.Composite)
			depositor, _ := metadata.AsHash(c.Get("depositor"))
			if o.Depositor != depositor || len(o.Approvals) != len(c.Get("approvals").(metadata.List)) {
				t.Fatalf("multisig %x: %+v, the runtime says %v", b, o, v)
			}
		}
		_, _ = storage.DecodeAssetAccount(b)
	})
}

package substrate

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/scale"
)

// theirs encodes a value by the other implementation.
func theirs(t *rapid.T, v any) []byte {
	t.Helper()
	b, err := codec.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// same demands equal bytes.
func same(t *rapid.T, what string, ours, theirs []byte) {
	t.Helper()
	if !bytes.Equal(ours, theirs) {
		t.Fatalf("%s:\nours   %x\ntheirs %x", what, ours, theirs)
	}
}

// wide draws amounts of every length.
func wide(t *rapid.T, name string) amount.Wide {
	b := append(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, name), make([]byte, 16)...)
	return amount.Wide{Lo: binary.LittleEndian.Uint64(b), Hi: binary.LittleEndian.Uint64(b[8:])}
}

func toBig(w amount.Wide) *big.Int {
	v := new(big.Int).SetUint64(w.Hi)
	return v.Add(v.Lsh(v, 64), new(big.Int).SetUint64(w.Lo))
}

func hash(t *rapid.T, name string) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
}

func TestCompact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := wide(t, "value")
		var w scale.Writer
		w.Compact128(v)
		same(t, "compact", w.Bytes(), theirs(t, types.NewUCompact(toBig(v))))
		var back types.UCompact
		if err := codec.Decode(w.Bytes(), &back); err != nil || (*big.Int)(&back).Cmp(toBig(v)) != 0 {
			t.Fatalf("they read %v of %s: %v", back, v, err)
		}
		r := scale.NewReader(theirs(t, types.NewUCompact(toBig(v))))
		if got := r.Compact128(); got != v || r.Done() != nil {
			t.Fatalf("we read %s of %s: %v", got, v, r.Err())
		}
	})
}

func TestFixedIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, d := rapid.Uint8().Draw(t, "u8"), rapid.Uint16().Draw(t, "u16"), rapid.Uint32().Draw(t, "u32"), rapid.Uint64().Draw(t, "u64")
		e, f := wide(t, "u128"), rapid.Bool().Draw(t, "bool")
		var w scale.Writer
		w.U8(a)
		w.U16(b)
		w.U32(c)
		w.U64(d)
		w.U128(e)
		w.Bool(f)
		same(t, "integers", w.Bytes(), theirs(t, struct {
			A types.U8
			B types.U16
			C types.U32
			D types.U64
			E types.U128
			F types.Bool
		}{types.U8(a), types.U16(b), types.U32(c), types.U64(d), types.NewU128(*toBig(e)), types.Bool(f)}))
	})
}

func TestListsAndOptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 20_000).Draw(t, "bytes")
		list := rapid.SliceOfN(rapid.Uint32(), 0, 200).Draw(t, "list")
		text := rapid.String().Draw(t, "text")
		some := rapid.Bool().Draw(t, "some")
		inner := hash(t, "inner")

		var w scale.Writer
		w.Vec(b)
		w.Count(len(list))
		theirList := make([]types.U32, 0, len(list))
		for _, v := range list {
			w.U32(v)
			theirList = append(theirList, types.U32(v))
		}
		w.Str(text)
		w.Option(some)
		option := types.NewOptionHashEmpty()
		if some {
			w.Fixed(inner[:])
			option = types.NewOptionHash(types.Hash(inner))
		}
		same(t, "lists", w.Bytes(), theirs(t, struct {
			A types.Bytes
			B []types.U32
			C types.Text
			D types.OptionHash
		}{b, theirList, types.Text(text), option}))
	})
}

// What they read of an account's value we read too.
func TestLittleEndianAmounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := wide(t, "value")
		b := v.LittleEndian()
		if binary.LittleEndian.Uint64(b[:]) != v.Lo {
			t.Fatal("the low half is not first")
		}
		var back types.U128
		if err := codec.Decode(b[:], &back); err != nil || back.Cmp(toBig(v)) != 0 {
			t.Fatalf("they read %v of %s: %v", back, v, err)
		}
	})
}

package substrate

import (
	"bytes"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/registry"
	"github.com/centrifuge/go-substrate-rpc-client/v4/registry/parser"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"

	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/westend"
)

func BenchmarkMetadata(b *testing.B) {
	raw := westend.Bytes(b)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := metadata.Decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("theirs", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			var md types.Metadata
			if err := codec.Decode(raw, &md); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEvents reads a block of 200 transfers.
func BenchmarkEvents(b *testing.B) {
	m := westend.Metadata(b)
	item, err := m.Event("Balances", "Transfer")
	if err != nil {
		b.Fatal(err)
	}
	one := []byte{0, 1, 0, 0, 0, item.Pallet, item.Index} // applying extrinsic 1
	one = append(one, bytes.Repeat([]byte{7}, 32+32+16)...)
	one = append(one, 0)                                         // no topics
	raw := append([]byte{0x21, 0x03}, bytes.Repeat(one, 200)...) // compact 200
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if got, err := event.Decode(m, raw); err != nil || len(got) != 200 {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("theirs", func(b *testing.B) {
		var md types.Metadata
		if err := codec.Decode(westend.Bytes(b), &md); err != nil {
			b.Fatal(err)
		}
		names, err := registry.NewFactory().CreateEventRegistry(&md)
		if err != nil {
			b.Fatal(err)
		}
		data := types.StorageDataRaw(raw)
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if got, err := parser.NewEventParser().ParseEvents(names, &data); err != nil || len(got) != 200 {
				b.Fatal(len(got), err)
			}
		}
	})
}

package substrate

import (
	"bytes"
	"testing"

	"github.com/centrifuge/go-substrate-rpc-client/v4/registry"
	"github.com/centrifuge/go-substrate-rpc-client/v4/registry/parser"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types"
	"github.com/centrifuge/go-substrate-rpc-client/v4/types/codec"

	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/substrate/event"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/westend"
)

// timed runs one and reports what it takes, collecting its garbage included.
func timed(b *testing.B, one func() error) {
	b.ReportAllocs()
	begin := cpu.Now()
	for b.Loop() {
		if err := one(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu.Now()-begin).Microseconds())/float64(b.N), "CPU-µs/op")
}

func BenchmarkMetadata(b *testing.B) {
	raw := westend.Bytes(b)
	b.Run("ours", func(b *testing.B) {
		timed(b, func() error {
			_, err := metadata.Decode(raw)
			return err
		})
	})
	b.Run("theirs", func(b *testing.B) {
		timed(b, func() error {
			var md types.Metadata
			return codec.Decode(raw, &md)
		})
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
		timed(b, func() error {
			_, err := event.Decode(m, raw)
			return err
		})
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
		timed(b, func() error {
			_, err := parser.NewEventParser().ParseEvents(names, &data)
			return err
		})
	})
}

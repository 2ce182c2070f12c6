package seal

import (
	"testing"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
)

// BenchmarkScan is a wallet's trial decryption of one action that is not its
// own, and of one that is. The tree append of the three leaves comes on top.
func BenchmarkScan(b *testing.B) {
	p := newPayment(b)
	for _, c := range []struct {
		name string
		view keys.ViewingKey
		want int
	}{{"stranger", account(3), 0}, {"payee", p.bob, 1}, {"owner", p.alice, 2}} {
		b.Run(c.name, func(b *testing.B) {
			s := NewScanner(c.view)
			b.ReportAllocs()
			for b.Loop() {
				if got := s.Open(p.nf0, p.cms, &p.sealed); len(got) != c.want {
					b.Fatal(len(got))
				}
			}
		})
	}
}

func BenchmarkSealOutputs(b *testing.B) {
	p := newPayment(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SealOutputs(p.alice, p.nf0, p.plain, p.to, [32]byte{5}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealFee(b *testing.B) {
	to := account(8).Address(0)
	for b.Loop() {
		if _, err := SealFee(to, [32]byte{1}, field.FromUint64(3), 2, 31, field.FromUint64(4)); err != nil {
			b.Fatal(err)
		}
	}
}

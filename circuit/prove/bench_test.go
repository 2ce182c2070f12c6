package prove_test

import (
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
)

// measure runs the loop and reports CPU milliseconds an operation: machines are
// noisy, and a proof uses all cores.
func measure(b *testing.B, f func()) {
	b.Helper()
	b.ResetTimer()
	start := cpu.Now()
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64((cpu.Now()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func BenchmarkProve(b *testing.B) {
	p := circuittest.Prover(b)
	for _, name := range prove.Names() {
		run := statement(p, name)
		b.Run(string(name), func(b *testing.B) {
			measure(b, func() {
				if _, err := run(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	claims := circuittest.Claims(b, circuittest.Prover(b))
	for i, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			measure(b, func() {
				if err := verify.One(claims[i]); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkLoadKeys(b *testing.B) {
	circuittest.Prover(b)
	dir, err := keystore.Dir()
	if err != nil {
		b.Fatal(err)
	}
	measure(b, func() {
		if _, err := keystore.Open(dir, nil, prove.Names()...); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			measure(b, func() {
				if _, err := prove.Compile(name); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func BenchmarkSetup(b *testing.B) {
	for _, name := range prove.Names() {
		s, err := prove.Compile(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(name), func(b *testing.B) {
			measure(b, func() {
				if _, err := s.Setup(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

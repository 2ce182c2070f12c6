package prove_test

import (
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
)

// cpu returns the user and system time of this process so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs the loop and reports CPU milliseconds an operation: machines are
// noisy, and a proof uses all cores.
func measure(b *testing.B, perOp int, f func()) {
	b.Helper()
	b.ResetTimer()
	start := cpu(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/1000/float64(b.N*perOp), "cpu-ms/op")
}

func BenchmarkProve(b *testing.B) {
	p := circuittest.Prover(b)
	a := rapid.Custom(circuittest.Action).Example(7)
	f := rapid.Custom(circuittest.Fill).Example(3)
	c := rapid.Custom(circuittest.Collect).Example(3)
	for name, run := range map[string]func() ([verify.ProofSize]byte, error){
		"action":  func() ([verify.ProofSize]byte, error) { return p.Action(a) },
		"fill":    func() ([verify.ProofSize]byte, error) { return p.Fill(f) },
		"collect": func() ([verify.ProofSize]byte, error) { return p.Collect(c) },
	} {
		b.Run(name, func(b *testing.B) {
			measure(b, 1, func() {
				if _, err := run(); err != nil {
					b.Fatal(err)
				}
			})
			b.ReportMetric(peakMB(b), "peak-MB")
		})
	}
}

// peakMB is the largest resident set of the process so far, keys and test
// machinery included.
func peakMB(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Maxrss) / 1024
}

func BenchmarkVerify(b *testing.B) {
	claims := circuittest.Claims(b, circuittest.Prover(b))
	for i, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			measure(b, 1, func() {
				if err := verify.One(claims[i]); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkBatch: a third of the claims under each key. The claims repeat; the
// batch does not notice.
func BenchmarkBatch(b *testing.B) {
	claims := circuittest.Claims(b, circuittest.Prover(b))
	for name, n := range map[string]int{"4": 4, "16": 16, "64": 64, "256": 256} {
		batch := make([]verify.Claim, n)
		for i := range batch {
			batch[i] = claims[i%len(claims)]
		}
		b.Run(name, func(b *testing.B) {
			measure(b, n, func() {
				if err := (verify.Batch{}).Check(batch); err != nil {
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
	measure(b, 1, func() {
		if _, err := keystore.Open(dir, nil, prove.Names()...); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			measure(b, 1, func() {
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
			measure(b, 1, func() {
				if _, err := s.Setup(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

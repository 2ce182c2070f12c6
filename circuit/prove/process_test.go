package prove_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
)

// proverOf names the variable that makes the test binary a process which does
// nothing but prove one circuit.
const proverOf = "NIGHTJAR_PROVER_OF"

func TestMain(m *testing.M) {
	if name := os.Getenv(proverOf); name != "" {
		if err := proverProcess(prove.Name(name)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// proverProcess loads the key of one circuit, says so, makes three proofs, and
// says how much memory that took.
func proverProcess(name prove.Name) error {
	dir, err := keystore.Dir()
	if err != nil {
		return err
	}
	p, err := keystore.Open(dir, nil, name)
	if err != nil {
		return err
	}
	fmt.Println("ready", cpu.Now().Milliseconds())
	run := statement(p, name)
	for range 3 {
		if _, err := run(); err != nil {
			return err
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println("peak", strings.Fields(rest)[0])
		}
	}
	return nil
}

// statement returns what proves one statement of a circuit.
func statement(p *prove.Prover, name prove.Name) func() ([verify.ProofSize]byte, error) {
	switch name {
	case prove.Action:
		w := rapid.Custom(circuittest.Action).Example(7)
		return func() ([verify.ProofSize]byte, error) { return p.Action(w) }
	case prove.Fill:
		w := rapid.Custom(circuittest.Fill).Example(3)
		return func() ([verify.ProofSize]byte, error) { return p.Fill(w) }
	default:
		w := rapid.Custom(circuittest.Collect).Example(3)
		return func() ([verify.ProofSize]byte, error) { return p.Collect(w) }
	}
}

// BenchmarkProcess starts a process that proves one circuit, as a wallet or an
// enclave does: how long until it can, and the most memory that it held.
func BenchmarkProcess(b *testing.B) {
	circuittest.Prover(b) // the keys exist
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			var wall time.Duration
			var cpu, peak, most int
			for b.Loop() {
				c := exec.Command(self)
				c.Env = append(os.Environ(), proverOf+"="+string(name))
				out, err := c.StdoutPipe()
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if err := c.Start(); err != nil {
					b.Fatal(err)
				}
				ready := 0
				for lines := bufio.NewScanner(out); lines.Scan(); {
					if _, err := fmt.Sscanf(lines.Text(), "ready %d", &ready); err == nil {
						wall += time.Since(start)
						cpu += ready
					}
					_, _ = fmt.Sscanf(lines.Text(), "peak %d", &peak)
				}
				if err := c.Wait(); err != nil {
					b.Fatal(err)
				}
				most = max(most, peak)
			}
			b.ReportMetric(float64(wall.Milliseconds())/float64(b.N), "ready-wall-ms")
			b.ReportMetric(float64(cpu)/float64(b.N), "ready-cpu-ms")
			b.ReportMetric(float64(most)/1024, "peak-MB")
		})
	}
}

// BenchmarkSettlement makes the proofs of a settlement of 64 legs, a prover for
// each core: 64 fills and Collect.
func BenchmarkSettlement(b *testing.B) {
	p := circuittest.Prover(b)
	fill, collect := statement(p, prove.Fill), statement(p, prove.Collect)
	measure(b, func() {
		jobs := make(chan func() ([verify.ProofSize]byte, error))
		var provers sync.WaitGroup
		for range runtime.NumCPU() {
			provers.Go(func() {
				for job := range jobs {
					if _, err := job(); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for range 64 {
			jobs <- fill
		}
		jobs <- collect
		close(jobs)
		provers.Wait()
	})
}

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// target is the file that holds the table.
const target = "docs/benchmarks.md"

func main() {
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/benchzk")
		fmt.Fprintln(os.Stderr, "Run it in the module's root. It takes some minutes.")
	}
	flag.Parse()
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchzk:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	where := machine()
	figures := figures{}
	if err := figures.constraints(); err != nil {
		return err
	}
	for _, s := range suites {
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.pkg, s.benchmarks)
		if err := figures.measure(s); err != nil {
			return err
		}
	}
	table, missed, err := figures.table(rows)
	if err != nil {
		return err
	}
	table = fmt.Sprintf("On %s.\n\n%s", where, table)
	if _, err := io.WriteString(out, table); err != nil {
		return err
	}
	text, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if text, err = splice(text, table); err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	if err := os.WriteFile(target, text, 0o644); err != nil {
		return err
	}
	if len(missed) > 0 {
		return fmt.Errorf("over the limit: %s", strings.Join(missed, ", "))
	}
	return nil
}

// constraints reads the circuits' sizes off their golden files.
func (f figures) constraints() error {
	for _, circuit := range []string{"action", "fill", "collect"} {
		raw, err := os.ReadFile(filepath.Join("circuit", circuit, "testdata", "golden.json"))
		if err != nil {
			return err
		}
		var golden struct{ Constraints float64 }
		if err := json.Unmarshal(raw, &golden); err != nil {
			return err
		}
		f[figure{"Constraints/" + circuit, "constraints"}] = golden.Constraints
	}
	return nil
}

// measure runs the benchmarks of a suite.
func (f figures) measure(s suite) error {
	c := exec.Command("go", "test", s.pkg, "-run", "^$", "-bench", s.benchmarks, "-benchtime", s.times, "-timeout", "60m")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", s.pkg, err, out)
	}
	return f.parse(bytes.NewReader(out))
}

// machine says where the figures are from, and what else ran there.
func machine() string {
	cpu := runtime.GOARCH
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		raw = nil // not Linux: the architecture has to do
	}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			cpu = strings.TrimSpace(value)
			break
		}
	}
	load := "unknown"
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(raw), " ")
	}
	return fmt.Sprintf("%d cores (%s), %s, begun at a load of %s", runtime.NumCPU(), cpu, runtime.Version(), load)
}

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

// target is the file that holds the tables.
const target = "docs/benchmarks.md"

func main() {
	name := flag.String("board", "", "what to measure")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/bench -board NAME")
		fmt.Fprintln(os.Stderr, "Run it in the module's root. It takes some minutes.")
	}
	flag.Parse()
	if err := run(*name, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(name string, out io.Writer) error {
	b, ok, names := find(name)
	if !ok {
		return fmt.Errorf("no board %q: there are %s", name, names)
	}
	where := machine()
	figures := figures{}
	if b.before != nil {
		if err := b.before(figures); err != nil {
			return err
		}
	}
	for _, s := range b.suites {
		fmt.Fprintln(os.Stderr, s.dir, strings.Join(s.command, " "))
		if err := figures.measure(s); err != nil {
			return err
		}
	}
	tables, missed := []string{fmt.Sprintf("On %s.\n", where)}, []string(nil)
	for _, t := range b.tables {
		table, over, err := figures.markdown(t)
		if err != nil {
			return err
		}
		tables, missed = append(tables, table), append(missed, over...)
	}
	all := strings.Join(tables, "\n")
	if _, err := io.WriteString(out, all); err != nil {
		return err
	}
	text, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if text, err = b.splice(text, all); err != nil {
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
func constraints(f figures) error {
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

// measure runs a suite.
func (f figures) measure(s suite) error {
	c := exec.Command(s.command[0], s.command[1:]...)
	c.Dir, c.Stderr = s.dir, os.Stderr
	if s.input != nil {
		var in bytes.Buffer
		if err := s.input(&in); err != nil {
			return err
		}
		c.Stdin = &in
	}
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(s.command, " "), err, out)
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

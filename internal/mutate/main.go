package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Where the suite and its mutants are, from the module's root.
const (
	suite       = "./sim/adversary"
	mutantsFile = "sim/adversary/mutants.txt"
)

func main() {
	workers := flag.Int("j", runtime.NumCPU(), "mutants at a time")
	limit := flag.Duration("timeout", 10*time.Minute, "time for one mutant")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/mutate [-j n] [-timeout d] [name …]")
		fmt.Fprintln(os.Stderr, "Run it in the module's root. A name selects the attacks whose names contain it.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(flag.Args(), *workers, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(names []string, workers int, limit time.Duration) error {
	f, err := os.Open(mutantsFile)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := parse(f)
	if err != nil {
		return fmt.Errorf("%s: %w", mutantsFile, err)
	}
	all = slices.DeleteFunc(all, func(m mutant) bool {
		return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(m.attack, n) })
	})
	if len(all) == 0 {
		return errors.New("no attack has such a name")
	}
	temp, err := os.MkdirTemp("", "nightjar-mutants-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	fmt.Printf(row, "attack", "refused", "control", "mutant")
	held, err := unchanged(all, limit*time.Duration(1+len(all)/4))
	if err != nil {
		return err
	}
	failed := 0
	for r := range try(all, temp, workers, limit) {
		if r.err == nil && held[r.attack] {
			fmt.Printf(row, r.attack, "yes", "accepted", fmt.Sprintf("succeeds (%.0f s)", r.took.Seconds()))
			continue
		}
		failed++
		verdict := "succeeds"
		if r.err != nil {
			verdict = "NOT SHOWN: " + r.err.Error()
		}
		if held[r.attack] {
			fmt.Printf(row, r.attack, "yes", "accepted", verdict)
		} else {
			fmt.Printf(row, r.attack, "NOT SHOWN", "NOT SHOWN", verdict)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d attacks do not show that their check is needed", failed, len(all))
	}
	fmt.Printf("%d attacks: each refused, its control accepted, its mutant broken\n", len(all))
	return nil
}

// row is a line of the table.
const row = "%-36s %-10s %-10s %s\n"

// result is what became of one mutant.
type result struct {
	attack string
	took   time.Duration
	err    error // nil if the attack succeeded
}

// try runs the mutants, some at a time, and sends their results as they come.
func try(all []mutant, temp string, workers int, limit time.Duration) <-chan result {
	jobs, results := make(chan mutant), make(chan result)
	var group sync.WaitGroup
	for range max(1, workers) {
		group.Go(func() {
			for m := range jobs {
				began := time.Now()
				err := m.run(filepath.Join(temp, m.attack), limit)
				results <- result{m.attack, time.Since(began), err}
			}
		})
	}
	go func() {
		for _, m := range all {
			jobs <- m
		}
		close(jobs)
		group.Wait()
		close(results)
	}()
	return results
}

// unchanged runs attacks and controls on the code as it is and returns the
// names of those that held.
func unchanged(all []mutant, limit time.Duration) (map[string]bool, error) {
	var names []string
	for _, m := range all {
		names = append(names, m.attack)
	}
	pattern := "^TestAttacks$/^(" + strings.Join(names, "|") + ")$"
	out, err := goTest(limit, nil, "-json", "-run", pattern, suite)
	held := map[string]bool{}
	for line := range bytes.Lines(out) {
		var event struct{ Action, Test string }
		if json.Unmarshal(line, &event) == nil && event.Action == "pass" {
			if name, ok := strings.CutPrefix(event.Test, "TestAttacks/"); ok {
				held[name] = true
			}
		}
	}
	if len(held) == 0 {
		return nil, fmt.Errorf("the suite does not run: %v\n%s", err, tail(out))
	}
	return held, nil
}

// run builds the tests without m's check and runs its attack.
func (m mutant) run(dir string, limit time.Duration) error {
	changed, err := m.apply(os.ReadFile)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, text := range changed {
		at := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(at, text, 0o644); err != nil {
			return err
		}
		from, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		overlay.Replace[from] = at
	}
	raw, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		return err
	}
	keys, err := borrowKeys(dir)
	if err != nil {
		return err
	}
	out, err := goTest(limit, []string{"NIGHTJAR_MUTATED=1", "NIGHTJAR_KEYS=" + keys},
		"-overlay", file, "-v", "-run", "^TestAttacks$/^"+m.attack+"$", suite)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestAttacks/"+m.attack+" ")) {
		return fmt.Errorf("%v\n%s", err, tail(out))
	}
	return nil
}

// borrowKeys makes a key directory that shows the real keys and proofs and
// takes the mutant's own.
func borrowKeys(dir string) (string, error) {
	keys := filepath.Join(dir, "keys")
	if err := os.MkdirAll(keys, 0o755); err != nil {
		return "", err
	}
	real := os.Getenv("NIGHTJAR_KEYS")
	if real == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		real = filepath.Join(cache, "nightjar", "keys")
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := os.Symlink(filepath.Join(real, e.Name()), filepath.Join(keys, e.Name())); err != nil {
				return "", err
			}
		}
	}
	return keys, nil
}

func goTest(limit time.Duration, env []string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit+time.Minute)
	defer cancel()
	args = append([]string{"test", "-count=1", "-vet=off", "-timeout", limit.String()}, args...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	return cmd.CombinedOutput()
}

// tail returns the last lines of a test's output.
func tail(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

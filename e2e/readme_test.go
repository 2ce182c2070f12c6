//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReadme copies the sources to a fresh directory and types the tour of the
// README that trades by hand, line by line. Every line has to succeed, and at
// the end the chain it made verifies.
func TestReadme(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	dir := filepath.Join(workDir(t), "nightjar")
	copySources(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const first, last = "make build\n", "nightjar devnet down\n"
	_, tour, found := strings.Cut(string(text), "```sh\n"+first)
	tour, _, closed := strings.Cut(tour, "```\n")
	if !found || !closed || !strings.HasSuffix(tour, last) {
		t.Fatal("the README has no such tour any more")
	}
	shell := func(script string) ([]byte, error) {
		c := exec.CommandContext(ctx, "bash", "-euxo", "pipefail", "-c", script)
		c.Dir = dir
		return c.CombinedOutput()
	}
	t.Cleanup(func() { // also if a line in between failed
		if out, err := exec.Command(filepath.Join(dir, "bin", "nightjar"), "devnet", "down", "--dir", filepath.Join(dir, ".devnet")).CombinedOutput(); err != nil {
			t.Logf("devnet down: %v\n%s", err, out)
		}
	})
	out, err := shell(first + tour)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("still to be believed")) {
		t.Errorf("nothing was verified:\n%s", out)
	}
}

// copySources copies the files that git knows, as they are in the work tree.
func copySources(t *testing.T, dir string) {
	t.Helper()
	list, err := exec.Command("git", "-C", "..", "ls-files", "-z", "--deduplicate").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		from, to := filepath.Join("..", name), filepath.Join(dir, name)
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, raw, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
}

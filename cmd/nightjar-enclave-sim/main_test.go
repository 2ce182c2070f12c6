//go:build simulated

package main

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/enclave/tee/simulated"
	"github.com/nightjar/nightjar/internal/testkit/testrun"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestMeasure(t *testing.T) {
	out, err := testrun.Run(command(), "measure")
	if err != nil {
		t.Fatal(err)
	}
	want, err := simulated.Measure()
	if err != nil || strings.TrimSpace(out) != hex.EncodeToString(want[:]) {
		t.Errorf("printed %q, %v", out, err)
	}
}

// TestFlags: what is missing or wrong is refused before anything starts.
func TestFlags(t *testing.T) {
	dir := t.TempDir()
	root, platform := filepath.Join(dir, "root"), filepath.Join(dir, "platform")
	if err := os.WriteFile(root, []byte(strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := []string{"--sim-root", root, "--platform", platform, "--keys", dir}
	for _, args := range [][]string{
		files,
		append([]string{"--socket", "s"}, files...),
		append([]string{"--socket", "s", "--genesis", "g", "--provers", "0"}, files...),
		{"--log-level", "loud"},
		{"--skip-proofs"},
		{"measure", "now"},
	} {
		if _, err := testrun.Run(command(), args...); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := testrun.Run(command(), "--platform", platform); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no root: %v", err)
	}
	if out, err := testrun.Run(command(), "--help"); err != nil || !strings.Contains(out, "SIMULATED") {
		t.Errorf("the help does not shout: %v", err)
	}
}

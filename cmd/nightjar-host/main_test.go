package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/testrun"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestFlags: what is missing or wrong is refused before anything starts.
func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"--enclave", "/socket"},
		{"--enclave", "unix:/s", "--node", "localhost"},
		{"--enclave", "unix:/s", "--peers", "localhost"},
		{"--enclave", "unix:/s"}, // no operator key
		{"--log-level", "loud"},
		{"--skip-evidence"},
		{"start"},
	} {
		if _, err := testrun.Run(command(), args...); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%v: %v", args, err)
		}
	}
	absent := filepath.Join(t.TempDir(), "absent")
	if _, err := testrun.Run(command(), "--enclave", "unix:/s", "--operator-key", absent); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent key: %v", err)
	}
	if out, err := testrun.Run(command(), "--help"); err != nil || !strings.Contains(out, "--operator-key") {
		t.Errorf("help: %v", err)
	}
}

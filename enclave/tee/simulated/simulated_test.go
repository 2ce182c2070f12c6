//go:build simulated

package simulated

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestEvidence(t *testing.T) {
	root := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	m, err := New(root, registry.Platform{2})
	if err != nil {
		t.Fatal(err)
	}
	report := [64]byte{3}
	evidence, err := m.Evidence(report)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := Measure()
	if err != nil {
		t.Fatal(err)
	}
	policy := attestation.Policy{
		Allowed:        []registry.Measurement{{Provider: registry.Simulated, Digest: digest}},
		AllowSimulated: true, SimulatedRoot: [32]byte(root.Public().(ed25519.PublicKey)),
	}
	c, err := policy.Verify(evidence, report, 0)
	if err != nil || c.Platform != (registry.Platform{2}) || c.Measurement.Digest != digest {
		t.Errorf("%+v, %v", c, err)
	}
	policy.AllowSimulated = false
	if _, err := policy.Verify(evidence, report, 0); !errors.Is(err, rejection.SimulatedRefused) {
		t.Errorf("a chain that does not allow it: %v", err)
	}
	if m.Kind().String() != "SIMULATED" {
		t.Error("the simulated provider does not shout")
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "platform")
	first, err := ReadPlatform(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ReadPlatform(path); err != nil || again != first {
		t.Errorf("the machine's identity changed: %v", err)
	}
	root := filepath.Join(dir, "root")
	seed := bytes.Repeat([]byte{9}, 32)
	write := func(text string) {
		if err := os.WriteFile(root, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(hex.EncodeToString(seed) + "\n")
	if k, err := ReadRoot(root); err != nil || !bytes.Equal(k.Seed(), seed) {
		t.Errorf("root: %v", err)
	}
	for _, bad := range []string{"", "zz", hex.EncodeToString(seed[:31])} {
		write(bad)
		if _, err := ReadRoot(root); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ReadRoot(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

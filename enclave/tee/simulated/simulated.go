//go:build simulated

package simulated

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/enclave/tee"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TEE is a simulated machine.
type TEE struct {
	root     ed25519.PrivateKey
	platform registry.Platform
	digest   [48]byte
}

var _ tee.Provider = (*TEE)(nil)

// New returns the machine with this identity; root signs its evidence.
func New(root ed25519.PrivateKey, platform registry.Platform) (*TEE, error) {
	t := &TEE{root: root, platform: platform}
	var err error
	t.digest, err = Measure()
	return t, err
}

// Measure returns the measurement of this program: the SHA-384 of its binary.
func Measure() (digest [48]byte, err error) {
	path, err := os.Executable()
	if err != nil {
		return digest, fmt.Errorf("simulated: measure: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return digest, fmt.Errorf("simulated: measure: %w", err)
	}
	defer f.Close()
	h := sha512.New384()
	if _, err := io.Copy(h, f); err != nil {
		return digest, fmt.Errorf("simulated: measure: %w", err)
	}
	h.Sum(digest[:0])
	return digest, nil
}

// Kind implements tee.Provider.
func (t *TEE) Kind() registry.Provider { return registry.Simulated }

// Evidence implements tee.Provider.
func (t *TEE) Evidence(report [64]byte) ([]byte, error) {
	return attestation.Simulate(t.root, t.digest, t.platform, report), nil
}

// ReadRoot reads the private root key, 64 hex digits of an Ed25519 seed.
func ReadRoot(path string) (ed25519.PrivateKey, error) {
	seed, err := readHex(path)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// ReadPlatform reads the machine's identity, 64 hex digits, and makes a new one
// if there is no file: a restart under the same identity replaces the worker
// that ran before.
func ReadPlatform(path string) (registry.Platform, error) {
	id, err := readHex(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if _, err := rand.Read(id[:]); err != nil {
		return id, fmt.Errorf("simulated: platform: %w", err)
	}
	// Replaced as a whole: after a crash there is a file or none.
	if err := os.WriteFile(path+".new", []byte(hex.EncodeToString(id[:])+"\n"), 0o600); err != nil {
		return id, err
	}
	return id, os.Rename(path+".new", path)
}

func readHex(path string) (out [32]byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return out, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(out) {
		return out, rejection.New(rejection.BadFile, "%s: 64 hex digits are expected", path)
	}
	copy(out[:], raw)
	return out, nil
}

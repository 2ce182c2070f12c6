package keystore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Environment names the variable that overrides the directory.
const Environment = "NIGHTJAR_KEYS"

// warning stands in the manifest of development keys.
const warning = "INSECURE DEVELOPMENT KEYS: made by a single party, who could forge proofs. Never use them for value."

// Files of a key directory.
const (
	provingFile   = "proving.key"
	verifyingFile = "verifying.key"
	manifestFile  = "manifest.json"
	lockFile      = "lock"
)

// manifest describes one key directory.
type manifest struct {
	Warning      string   `json:"warning,omitempty"`    // of development keys
	Transcript   string   `json:"transcript,omitempty"` // hash of the ceremony's; none: development keys
	Contributors []string `json:"contributors,omitempty"`
	Circuit      string   `json:"circuit"`
	Digest       string   `json:"digest"` // of the constraint system
	Constraints  int      `json:"constraints"`
	Proving      string   `json:"proving_sha256"`
	Verifying    string   `json:"verifying_sha256"`
	Key          string   `json:"verifying_key_hash"` // what the genesis names
}

// Progress says what Open does: Done of Total constraints are set up. Making
// keys takes half a minute, loading them less than a second.
type Progress struct {
	Circuit     prove.Name
	Making      bool // false: loading from disk
	Done, Total int
}

// Dir returns the directory to use: NIGHTJAR_KEYS, or nightjar/keys in the
// user's cache directory.
func Dir() (string, error) {
	if dir := os.Getenv(Environment); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory; set %s: %w", Environment, err)
	}
	return filepath.Join(cache, "nightjar", "keys"), nil
}

// Open returns a Prover of the named circuits with the keys in dir and makes
// those that are missing (INSECURE DEVELOPMENT). It refuses (BAD_FILE) damaged
// keys. Circuits that are not named cost nothing: neither time nor memory. The
// callback is told of each step; nil is for nobody who watches.
func Open(dir string, progress func(Progress), circuits ...prove.Name) (*prove.Prover, error) {
	systems, err := compile(circuits)
	if err != nil {
		return nil, err
	}
	return open(dir, progress, systems)
}

// open is Open for compiled circuits.
func open(dir string, progress func(Progress), systems []*prove.System) (*prove.Prover, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	state := Progress{}
	for _, s := range systems {
		state.Total += s.Constraints()
	}
	var keys []*prove.Key
	for _, s := range systems {
		state.Circuit, state.Making = s.Name(), false
		progress(state)
		k, err := load(dir, s)
		if errors.Is(err, fs.ErrNotExist) {
			state.Making = true
			progress(state)
			k, err = makeOnce(dir, s)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
		state.Done += s.Constraints()
		progress(state)
	}
	return prove.New(keys...), nil
}

func compile(circuits []prove.Name) (systems []*prove.System, err error) {
	for _, name := range circuits {
		s, err := prove.Compile(name)
		if err != nil {
			return nil, err
		}
		systems = append(systems, s)
	}
	return systems, nil
}

// path returns the directory of s: the circuit's name and its digest.
func path(dir string, s *prove.System) string {
	d := s.Digest()
	return filepath.Join(dir, string(s.Name())+"-"+hex.EncodeToString(d[:16]))
}

// load reads the keys of s. The error is fs.ErrNotExist if there are none.
func load(dir string, s *prove.System) (*prove.Key, error) {
	at := path(dir, s)
	damaged := func(what string) error { return damage(at, what) }
	m, err := readManifest(at)
	if err != nil {
		return nil, err
	}
	proving, err := os.Open(filepath.Join(at, provingFile))
	if err != nil {
		return nil, damaged(provingFile)
	}
	defer proving.Close()
	verifying, err := os.ReadFile(filepath.Join(at, verifyingFile))
	if err != nil {
		return nil, damaged(verifyingFile)
	}
	// The proving key is read twice, first for its hash: what the second reading
	// takes is not checked again, and a copy of it would only use memory.
	provingSum, err := sumOf(proving)
	if err != nil {
		return nil, damaged(provingFile)
	}
	digest := s.Digest()
	if m.Digest != hex.EncodeToString(digest[:]) || m.Proving != provingSum || m.Verifying != sum(verifying) {
		return nil, damaged("checksum")
	}
	v, err := verify.ParseKey(verifying)
	if err != nil {
		return nil, damaged(verifyingFile)
	}
	k, err := prove.ReadKey(s, bufio.NewReaderSize(proving, 1<<16), v)
	if err != nil {
		return nil, damaged(provingFile)
	}
	return k, nil
}

func damage(at, what string) error {
	return rejection.New(rejection.BadFile, "%s: %s; remove the directory to make the keys again", at, what)
}

// readManifest reads the manifest of a key directory; fs.ErrNotExist if there
// is no such directory.
func readManifest(at string) (m manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(at, manifestFile))
	if err != nil {
		// The directory appears whole: without a manifest it is either absent
		// or damaged.
		if _, e := os.Stat(at); e == nil {
			return m, damage(at, "no manifest")
		}
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, damage(at, "manifest")
	}
	return m, nil
}

// makeOnce makes the keys of s unless another process does. The lock only saves
// work: correctness rests on the rename, which the first one wins.
func makeOnce(dir string, s *prove.System) (*prove.Key, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if k, err := load(dir, s); !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k, err := s.Setup()
	if err != nil {
		return nil, err
	}
	if err := save(dir, k, manifest{Warning: warning}); err != nil {
		return nil, err
	}
	return load(dir, s)
}

// describe adds to a manifest that says where keys come from what they are, and
// returns it with the proving key's file.
func describe(k *prove.Key, m manifest) (manifest, []byte, error) {
	var proving bytes.Buffer
	if err := k.WriteProving(&proving); err != nil {
		return m, nil, err
	}
	s := k.System()
	digest, hash := s.Digest(), k.Verifying().Hash()
	m.Circuit, m.Digest, m.Constraints = string(s.Name()), hex.EncodeToString(digest[:]), s.Constraints()
	m.Proving, m.Verifying, m.Key = sum(proving.Bytes()), sum(k.Verifying().Encode()), hex.EncodeToString(hash[:])
	return m, proving.Bytes(), nil
}

// save installs keys where there are none; m says where they come from.
func save(dir string, k *prove.Key, m manifest) error {
	m, proving, err := describe(k, m)
	if err != nil {
		return err
	}
	return put(dir, k, m, proving)
}

// put writes what describe returned of the keys beside their place, makes it
// durable and renames. After a crash before the rename a stale temporary
// directory stays behind and does no harm.
func put(dir string, k *prove.Key, m manifest, proving []byte) error {
	temp, err := os.MkdirTemp(dir, "making-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{provingFile, proving}, {verifyingFile, k.Verifying().Encode()}, {manifestFile, append(raw, '\n')}} {
		if err := writeDurably(filepath.Join(temp, f.name), f.data); err != nil {
			return err
		}
	}
	at := path(dir, k.System())
	if err := os.Rename(temp, at); err != nil {
		if _, e := os.Stat(at); e == nil {
			return nil // another process was first: its keys count
		}
		return err
	}
	return syncDir(dir)
}

// writeDurably writes a new file and waits until it is on the disk.
func writeDurably(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// syncDir makes a rename inside dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// sumOf returns the SHA-256 of a file and goes back to its beginning.
func sumOf(f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	_, err := f.Seek(0, io.SeekStart)
	return hex.EncodeToString(h.Sum(nil)), err
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

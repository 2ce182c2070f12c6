package signer

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// WorkFactor is the base-2 logarithm of the scrypt cost of a new key file:
// about a second of one core and 256 MB for every guess of the password.
const WorkFactor = 18

// maxWorkFactor bounds what a key file can make us spend.
const maxWorkFactor = 22

// maxFile bounds a key file.
const maxFile = 1 << 16

// secret is the plaintext of a key file.
type secret struct {
	Version int    `json:"version"` // 1
	Seed    string `json:"seed"`    // Ed25519, hex
}

// File is a key that was read from an encrypted file.
type File struct{ private ed25519.PrivateKey }

// Create writes seed into a new file at path, encrypted under password, and
// returns its key. It refuses a path that something stands at (KEY_EXISTS) and
// an empty password (WRONG_PASSWORD). A crash on the way leaves no key file, or a
// whole one. The work factor is WorkFactor but in tests.
func Create(path, password string, seed [ed25519.SeedSize]byte, workFactor int) (*File, error) {
	if password == "" {
		return nil, rejection.New(rejection.WrongPassword, "the password is empty")
	}
	recipient, err := age.NewScryptRecipient(password)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workFactor)
	plain, err := json.Marshal(secret{Version: 1, Seed: hex.EncodeToString(seed[:])})
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := place(path, sealed.Bytes()); err != nil {
		return nil, err
	}
	return &File{ed25519.NewKeyFromSeed(seed[:])}, nil
}

// Open reads the key in path. It refuses a path without a file (NO_KEY), a
// wrong password (WRONG_PASSWORD) and anything else in the file (BAD_FILE).
func Open(path, password string) (*File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, rejection.New(rejection.NoKey, "%s", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sealed, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, err
	}
	if password == "" {
		return nil, rejection.New(rejection.WrongPassword, "the password is empty")
	}
	identity, err := age.NewScryptIdentity(password)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, rejection.New(rejection.WrongPassword, "%s", path)
	}
	damaged := rejection.New(rejection.BadFile, "%s is no key file, or damaged", path)
	if err != nil {
		return nil, damaged
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, damaged
	}
	var s secret
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil || s.Version != 1 {
		return nil, damaged
	}
	seed, err := hex.DecodeString(s.Seed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, damaged
	}
	return &File{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public implements Key.
func (f *File) Public() (k quorum.Key) {
	copy(k[:], f.private.Public().(ed25519.PublicKey))
	return k
}

// Sign implements Key.
func (f *File) Sign(message []byte) (signature [64]byte, err error) {
	copy(signature[:], ed25519.Sign(f.private, message))
	return signature, nil
}

// Close implements Key; the key stays usable, since memory can't be taken back.
func (f *File) Close() error { return nil }

// place puts a new file at path. Its bytes are on disk under another name
// before the link, and a link never replaces anything; so at every moment path
// is absent or whole.
func place(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// CreateTemp makes the file readable by its owner only.
	f, err := os.CreateTemp(dir, ".new-key-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = os.Link(f.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return rejection.New(rejection.KeyExists, "%s", path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

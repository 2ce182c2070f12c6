package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	keyFile   = "key.age"
	stateFile = "state.age"
	lockFile  = "lock"
	temporary = ".new" // suffix of a file not yet in its place
)

// WorkFactor is the base-2 logarithm of the scrypt cost of a new key file:
// about a second of one core and 256 MB for every guess of the password.
const WorkFactor = 18

// maxWorkFactor bounds what a key file can make us spend.
const maxWorkFactor = 22

// Store is one open wallet directory.
type Store struct {
	disk     disk
	lock     *os.File
	identity *age.HybridIdentity
}

// key is the plaintext of key.age.
type key struct {
	Secret   string `json:"secret"`   // the phrase, or a viewing key
	Identity string `json:"identity"` // opens state.age
}

// Create makes a wallet in dir that holds secret under password. It refuses a
// directory that has one (WALLET_EXISTS); a crash on the way leaves no wallet
// and nothing that stops a second Create. The work factor is WorkFactor but in
// tests.
func Create(dir, password, secret string, workFactor int) (*Store, error) {
	if password == "" {
		return nil, rejection.New(rejection.WrongPassword, "the password is empty")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := makeDirectory(dir); err != nil {
		return nil, fmt.Errorf("make wallet directory: %w", err)
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{disk: directory(dir), lock: lock}
	if err := s.create(password, secret, workFactor); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) create(password, secret string, workFactor int) error {
	if _, ok, err := s.disk.Read(keyFile); err != nil {
		return err
	} else if ok {
		return rejection.New(rejection.WalletExists, "")
	}
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	recipient, err := age.NewScryptRecipient(password)
	if err != nil {
		return err
	}
	recipient.SetWorkFactor(workFactor)
	plain, err := json.Marshal(key{Secret: secret, Identity: identity.String()})
	if err != nil {
		return err
	}
	if err := s.replace(keyFile, plain, recipient); err != nil {
		return err
	}
	s.identity = identity
	return nil
}

// Open opens the wallet in dir and returns its secret. It refuses a directory
// without one (NO_WALLET), one that another process holds (WALLET_IN_USE), a
// wrong password (WRONG_PASSWORD) and a damaged key file (BAD_FILE).
func Open(dir, password string) (*Store, string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Stat(filepath.Join(dir, keyFile)); errors.Is(err, os.ErrNotExist) {
		return nil, "", rejection.New(rejection.NoWallet, "%s", dir)
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, "", err
	}
	s := &Store{disk: directory(dir), lock: lock}
	secret, err := s.open(password)
	if err != nil {
		s.Close()
		return nil, "", err
	}
	return s, secret, nil
}

func (s *Store) open(password string) (string, error) {
	sealed, ok, err := s.disk.Read(keyFile)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", rejection.New(rejection.NoWallet, "")
	}
	if password == "" {
		return "", rejection.New(rejection.WrongPassword, "the password is empty")
	}
	identity, err := age.NewScryptIdentity(password)
	if err != nil {
		return "", err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	plain, err := decrypt(sealed, identity)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return "", rejection.New(rejection.WrongPassword, "")
	}
	if err != nil {
		return "", rejection.New(rejection.BadFile, "%s is damaged", keyFile)
	}
	var k key
	if err := json.Unmarshal(plain, &k); err != nil {
		return "", rejection.New(rejection.BadFile, "%s is damaged", keyFile)
	}
	if s.identity, err = age.ParseHybridIdentity(k.Identity); err != nil {
		return "", rejection.New(rejection.BadFile, "%s is damaged", keyFile)
	}
	return k.Secret, nil
}

// Save replaces the saved state. When it returns nil the new state survives a
// power cut; when it returns an error, or the machine stops inside, the next
// Load returns either the new state or the old one.
func (s *Store) Save(state []byte) error {
	return s.replace(stateFile, state, s.identity.Recipient())
}

// Load returns the saved state; ok is false if none was saved yet. A state
// that does not decrypt is refused (BAD_FILE): nothing in it is lost for good,
// since the phrase and the chain restore everything, but the owner decides.
func (s *Store) Load() (state []byte, ok bool, err error) {
	sealed, ok, err := s.disk.Read(stateFile)
	if err != nil || !ok {
		return nil, false, err
	}
	state, err = decrypt(sealed, s.identity)
	if err != nil {
		return nil, false, rejection.New(rejection.BadFile, "%s is damaged; `nightjar sync --from-start` reads the chain again", stateFile)
	}
	return state, true, nil
}

// Close gives the wallet free for other processes.
func (s *Store) Close() error { return s.lock.Close() }

// replace encrypts plain and puts it in name's place: the temporary file is
// whole and on disk before the rename, and the rename is atomic. A crash
// before it leaves the old file and a temporary one that nobody reads and the
// next replace overwrites.
func (s *Store) replace(name string, plain []byte, to age.Recipient) error {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return err
	}
	if _, err := w.Write(plain); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := s.disk.Write(name+temporary, sealed.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := s.disk.Rename(name+temporary, name); err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	return nil
}

func decrypt(sealed []byte, identity age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

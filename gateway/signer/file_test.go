package signer

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// cheap is a scrypt cost for tests.
const cheap = 4

var seed = [32]byte{1, 2, 3, 4}

func TestFileRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "signer.key")
	made, err := Create(path, "pass", seed, cheap)
	if err != nil {
		t.Fatal(err)
	}
	k, err := Open(path, "pass")
	if err != nil {
		t.Fatal(err)
	}
	want := ed25519.NewKeyFromSeed(seed[:])
	if made.Public() != k.Public() || !bytes.Equal(want.Public().(ed25519.PublicKey), bytes.Clone(k.private.Public().(ed25519.PublicKey))) {
		t.Error("another key")
	}
	signature, err := k.Sign([]byte("message"))
	if err != nil || !quorum.Verify(k.Public(), []byte("message"), signature) {
		t.Errorf("the signature: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files, %v", len(left), err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, seed[:]) || strings.Contains(string(b), hex.EncodeToString(seed[:])) {
		t.Errorf("the seed stands in the file: %v", err)
	}
}

func TestFileRefusals(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "signer.key")
	want := func(err error, code rejection.Code) {
		t.Helper()
		if !errors.Is(err, code) {
			t.Fatalf("got %v, want %s", err, code.Name())
		}
		if strings.Contains(err.Error(), hex.EncodeToString(seed[:])) {
			t.Fatal("the error tells the seed")
		}
	}
	_, err := Open(path, "pass")
	want(err, rejection.NoKey)
	_, err = Create(path, "", seed, cheap)
	want(err, rejection.WrongPassword)
	if _, err := Create(path, "pass", seed, cheap); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Create(path, "other", [32]byte{9}, cheap)
	want(err, rejection.KeyExists)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Fatalf("the key was overwritten: %v", err)
	}
	_, err = Open(path, "guess")
	want(err, rejection.WrongPassword)
	_, err = Open(path, "")
	want(err, rejection.WrongPassword)

	for i := range before {
		damaged := bytes.Clone(before)
		damaged[i] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, "pass"); !errors.Is(err, rejection.BadFile) && !errors.Is(err, rejection.WrongPassword) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for name, plain := range map[string]string{
		"no JSON": "seed", "version": `{"version":2,"seed":"` + hex.EncodeToString(seed[:]) + `"}`,
		"short seed": `{"version":1,"seed":"00"}`, "no hex": `{"version":1,"seed":"xx"}`,
		"unknown": `{"version":1,"seed":"` + hex.EncodeToString(seed[:]) + `","more":1}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, sealed(t, "pass", plain, cheap), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, "pass")
		want(err, rejection.BadFile)
	}
}

// TestFileBoundsWork: a file can't have us spend hours on its password.
func TestFileBoundsWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signer.key")
	b := sealed(t, "pass", "{}", cheap)
	// The cost stands in the header, in clear.
	dear := bytes.Replace(b, []byte(" 4\n"), []byte(" 30\n"), 1)
	if bytes.Equal(b, dear) {
		t.Fatal("the header has no cost")
	}
	if err := os.WriteFile(path, dear, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, "pass"); !errors.Is(err, rejection.BadFile) {
		t.Errorf("%v", err)
	}
}

func sealed(t *testing.T, password, plain string, workFactor int) []byte {
	t.Helper()
	recipient, err := age.NewScryptRecipient(password)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(workFactor)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

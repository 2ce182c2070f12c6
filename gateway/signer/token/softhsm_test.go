//go:build softhsm

package token

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

var _ signer.Key = (*Key)(nil)

const pin = "648219"

// module is SoftHSM's library; Debian and Fedora have it in these places.
func module(t *testing.T) string {
	t.Helper()
	for _, path := range []string{os.Getenv("NIGHTJAR_SOFTHSM"), "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/pkcs11/libsofthsm2.so"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	t.Fatal("SoftHSM's library was not found: install softhsm2, or name it in NIGHTJAR_SOFTHSM")
	return ""
}

// tokens is the one directory of this process: the library reads its
// configuration when it is started first.
var tokens struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if tokens.dir != "" {
		os.RemoveAll(tokens.dir)
	}
	os.Exit(code)
}

// initialised makes a token with a label of its own.
func initialised(t *testing.T, label string) Options {
	t.Helper()
	tokens.Do(func() {
		if tokens.dir, tokens.err = os.MkdirTemp("", "nightjar-softhsm-"); tokens.err != nil {
			return
		}
		config := filepath.Join(tokens.dir, "softhsm2.conf")
		text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n", tokens.dir)
		if tokens.err = os.WriteFile(config, []byte(text), 0o600); tokens.err == nil {
			tokens.err = os.Setenv("SOFTHSM2_CONF", config)
		}
	})
	if tokens.err != nil {
		t.Fatal(tokens.err)
	}
	out, err := exec.Command("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "123456").CombinedOutput()
	if err != nil {
		t.Fatalf("softhsm2-util: %v\n%s", err, out)
	}
	o := Options{Module: module(t), Token: label, Key: "custody", PIN: pin}
	// The library looks for tokens when it is started.
	library := pkcs11.New(o.Module)
	if err := library.Finalize(); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED) {
		t.Fatal(err)
	}
	return o
}

func generate(t *testing.T, o Options) *Key {
	t.Helper()
	k, err := Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// TestSigns: a token's signatures are what the ledger and a Substrate chain
// take, over messages of every length.
func TestSigns(t *testing.T) {
	k := generate(t, initialised(t, "signs"))
	s := signer.New(k, "test-chain")
	if k.Public() == (quorum.Key{}) {
		t.Fatal("no public key")
	}
	d := &custody.Deposit{Reference: custody.Reference{Hash: [32]byte{1}}, Amount: 1, C: field.H(domain.Owner, field.Element{}, field.Element{})}
	signature, err := s.SignDeposit(d)
	if err != nil || !quorum.Verify(k.Public(), d.SignBytes("test-chain"), signature.Signature) {
		t.Fatalf("deposit: %v", err)
	}
	for _, size := range []int{100, 256, 257, 1000} {
		if _, err := s.SignExtrinsic(bytes.Repeat([]byte{30}, size)); err != nil {
			t.Errorf("extrinsic of %d: %v", size, err)
		}
	}
	again, err := Open(k.options)
	if err != nil {
		t.Fatal(err)
	}
	if again.Public() != k.Public() {
		t.Error("opened again it is another key")
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestLogsInAgain: sessions that died, as they do when a token is pulled out,
// are made anew; signing goes on with the same key.
func TestLogsInAgain(t *testing.T) {
	k := generate(t, initialised(t, "again"))
	message := []byte("message")
	before, err := k.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	kill := map[string]func() error{
		"session closed": func() error { return k.module.CloseSession(k.session) },
		"logged out":     func() error { return k.module.Logout(k.session) },
		"library restarted": func() error {
			return errors.Join(k.module.Finalize(), k.module.Initialize())
		},
	}
	for _, name := range []string{"session closed", "logged out", "library restarted"} {
		if err := kill[name](); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		after, err := k.Sign(message)
		if err != nil || after != before {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnotherKeyIsRefused: a token that comes back with another key under the
// same label signs nothing.
func TestAnotherKeyIsRefused(t *testing.T) {
	o := initialised(t, "swapped")
	k := generate(t, o)
	if _, err := k.Sign([]byte("control")); err != nil {
		t.Fatal(err)
	}
	for _, class := range []uint{pkcs11.CKO_PUBLIC_KEY, pkcs11.CKO_PRIVATE_KEY} {
		found, err := k.find(class)
		if err != nil || len(found) != 1 {
			t.Fatalf("%d objects, %v", len(found), err)
		}
		if err := k.module.DestroyObject(k.session, found[0]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Sign([]byte("gone")); !errors.Is(err, rejection.NoKey) {
		t.Errorf("no key: %v", err)
	}
	other := generate(t, o)
	if other.Public() == k.Public() {
		t.Fatal("the same key")
	}
	if _, err := k.Sign([]byte("swapped")); !errors.Is(err, rejection.NoKey) {
		t.Errorf("another key: %v", err)
	}
}

// TestRefusals: what is not there, there twice, or locked.
func TestRefusals(t *testing.T) {
	o := initialised(t, "refusals")
	want := func(o Options, code rejection.Code) {
		t.Helper()
		k, err := Open(o)
		if !errors.Is(err, code) {
			t.Fatalf("got %v, want %s", err, code.Name())
		}
		if strings.Contains(err.Error(), o.PIN) {
			t.Error("the error tells the PIN")
		}
		if k != nil {
			t.Error("a key beside the error")
		}
	}
	elsewhere, unknown, guess, library := o, o, o, o
	elsewhere.Token, unknown.Key, guess.PIN, library.Module = "nowhere", "other", "111111", "/nowhere.so"
	want(guess, rejection.WrongPin)
	want(o, rejection.NoKey)
	generate(t, o)
	if _, err := Generate(o); !errors.Is(err, rejection.KeyExists) {
		t.Errorf("made twice: %v", err)
	}
	want(elsewhere, rejection.NoKey)
	want(unknown, rejection.NoKey)
	want(library, rejection.NoKey)

	twice := o
	twice.Token = "twice"
	initialised(t, "twice")
	initialised(t, "twice")
	want(twice, rejection.NoKey)
}

// TestWrongPINIsTriedOnce: a process that is asked to sign again and again does
// not lock its token with a PIN that was changed.
func TestWrongPINIsTriedOnce(t *testing.T) {
	k := generate(t, initialised(t, "pin"))
	if err := k.module.SetPIN(k.session, pin, "999999"); err != nil {
		t.Fatal(err)
	}
	if err := k.module.Logout(k.session); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := k.Sign([]byte("message")); !errors.Is(err, rejection.WrongPin) {
			t.Fatalf("%v", err)
		}
	}
	o := k.options
	o.PIN = "999999"
	fresh, err := Open(o)
	if err != nil {
		t.Fatalf("the token is locked: %v", err)
	}
	if _, err := fresh.Sign([]byte("message")); err != nil {
		t.Error(err)
	}
	if err := fresh.Close(); err != nil {
		t.Error(err)
	}
}

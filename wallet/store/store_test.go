package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// cheap is a scrypt cost for tests.
const cheap = 4

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	s, err := Create(dir, "pass", "the secret", cheap)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Load(); ok || err != nil {
		t.Fatalf("a new wallet has a state: %v %v", ok, err)
	}
	if err := s.Save([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := s.Save([]byte("two")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s, secret, err := Open(dir, "pass")
	if err != nil || secret != "the secret" {
		t.Fatalf("%q %v", secret, err)
	}
	defer s.Close()
	if got, ok, err := s.Load(); !ok || err != nil || string(got) != "two" {
		t.Fatalf("%q %v %v", got, ok, err)
	}
}

func TestRefusals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	want := func(err error, code rejection.Code) {
		t.Helper()
		if !errors.Is(err, code) {
			t.Fatalf("got %v, want %s", err, code.Name())
		}
	}
	_, _, err := Open(dir, "pass")
	want(err, rejection.NoWallet)
	_, err = Create(dir, "", "secret", cheap)
	want(err, rejection.WrongPassword)
	s, err := Create(dir, "pass", "secret", cheap)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Open(dir, "pass")
	want(err, rejection.WalletInUse)
	if err := s.Save([]byte("state")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = Create(dir, "pass", "secret", cheap)
	want(err, rejection.WalletExists)
	_, _, err = Open(dir, "guess")
	want(err, rejection.WrongPassword)
	_, _, err = Open(dir, "")
	want(err, rejection.WrongPassword)

	damage := func(name string, f func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage(stateFile, func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
	s, _, err = Open(dir, "pass")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Load()
	want(err, rejection.BadFile)
	s.Close()
	damage(keyFile, func(b []byte) []byte { return b[:len(b)-1] })
	_, _, err = Open(dir, "pass")
	want(err, rejection.BadFile)
}

// TestNothingInTheClear looks for what was stored in every file.
func TestNothingInTheClear(t *testing.T) {
	dir := t.TempDir()
	s, err := Create(dir, "pass", "canary-secret", cheap)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Save([]byte("canary-state")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"canary", "AGE-SECRET-KEY"} {
			if strings.Contains(string(b), word) {
				t.Errorf("%s holds %q in the clear", e.Name(), word)
			}
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", e.Name(), info.Mode(), err)
		}
	}
}

var errPower = errors.New("power cut")

// failing is a disk that stops at its step number stop, either before the step
// did anything, in its middle, or after it was done but before anyone was told.
type failing struct {
	directory
	step, stop int
	how        string
}

func (f *failing) fails() bool { f.step++; return f.step == f.stop }

func (f *failing) Write(name string, data []byte) error {
	if !f.fails() {
		return f.directory.Write(name, data)
	}
	switch f.how {
	case "middle":
		f.directory.Write(name, data[:len(data)/2])
	case "after":
		f.directory.Write(name, data)
	}
	return errPower
}

func (f *failing) Rename(from, to string) error {
	if !f.fails() {
		return f.directory.Rename(from, to)
	}
	if f.how == "after" {
		f.directory.Rename(from, to)
	}
	return errPower
}

// TestPowerCut stops the machine at every durable step of Create and of Save,
// in each of three ways, and opens what is left.
func TestPowerCut(t *testing.T) {
	const steps = 2 // Write and Rename
	for stop := 1; stop <= steps; stop++ {
		for _, how := range []string{"before", "middle", "after"} {
			t.Run(fmt.Sprintf("create/%d/%s", stop, how), func(t *testing.T) {
				dir := t.TempDir()
				s := &Store{disk: &failing{directory: directory(dir), stop: stop, how: how}}
				if err := s.create("pass", "secret", cheap); !errors.Is(err, errPower) {
					t.Fatal(err)
				}
				left, err := Create(dir, "pass", "secret", cheap)
				if errors.Is(err, rejection.WalletExists) {
					var secret string
					left, secret, err = Open(dir, "pass")
					if secret != "secret" {
						t.Fatalf("a wallet without its secret: %v", err)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				left.Close()
			})
			t.Run(fmt.Sprintf("save/%d/%s", stop, how), func(t *testing.T) {
				dir := t.TempDir()
				s, err := Create(dir, "pass", "secret", cheap)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Save([]byte("old")); err != nil {
					t.Fatal(err)
				}
				s.disk = &failing{directory: directory(dir), stop: stop, how: how}
				if err := s.Save([]byte("new")); !errors.Is(err, errPower) {
					t.Fatal(err)
				}
				s.Close()
				s, _, err = Open(dir, "pass")
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				want := "old"
				if stop == steps && how == "after" {
					want = "new"
				}
				if got, ok, err := s.Load(); !ok || err != nil || string(got) != want {
					t.Fatalf("%q %v %v, want %q", got, ok, err, want)
				}
				if err := s.Save([]byte("later")); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// TestKill kills a process that saves numbered states as fast as it can, at
// various moments after its first. What is left is a state that it had begun to
// save, and never an older one than it had reported.
func TestKill(t *testing.T) {
	if dir := os.Getenv("STORE_KILL_DIR"); dir != "" {
		s, _, err := Open(dir, "pass")
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; ; i++ {
			if err := s.Save([]byte(strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(os.Stderr, i)
		}
	}
	for round := range 8 {
		dir := t.TempDir()
		s, err := Create(dir, "pass", "secret", cheap)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Save([]byte("0")); err != nil {
			t.Fatal(err)
		}
		s.Close()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "STORE_KILL_DIR="+dir)
		out, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if last == 0 {
				time.AfterFunc(time.Duration(17*round)*time.Millisecond, func() { cmd.Process.Kill() })
			}
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		_ = cmd.Wait() // of a process that was killed
		if last == 0 {
			t.Fatalf("round %d: the process saved nothing", round)
		}
		s, secret, err := Open(dir, "pass") // the lock died with its holder
		if err != nil || secret != "secret" {
			t.Fatalf("round %d: %q %v", round, secret, err)
		}
		b, ok, err := s.Load()
		if err != nil || !ok {
			t.Fatalf("round %d: %v %v", round, ok, err)
		}
		if got, err := strconv.Atoi(string(b)); err != nil || got < last || got > last+1 {
			t.Fatalf("round %d: state %q after %d was reported", round, b, last)
		}
		s.Close()
	}
}

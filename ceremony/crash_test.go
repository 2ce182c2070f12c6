package ceremony

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// victim names, in the environment, the directory to which a copy of the test's
// program contributes until it is killed.
const victim = "NIGHTJAR_TEST_CEREMONY_VICTIM"

func contributeForEver(dir string) {
	for i := 0; ; i++ {
		if _, err := Contribute(dir, small(), who(fmt.Sprint(os.Getpid(), "-", i)), nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("contributed")
	}
}

// TestKill kills contributors with SIGKILL at any moment: what they leave
// verifies, and the next one goes on with it.
func TestKill(t *testing.T) {
	dir := opened(t)
	for round := range 8 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victim+"="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// After its first contribution it is within one, wherever that is.
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // of a killed process
		if _, err := open(dir, small()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	contribute(t, dir, "ada")
	if _, err := Verify(dir, small(), nil); err != nil {
		t.Fatal(err)
	}
}

// TestOneStart: of several who begin a ceremony in one directory at once one
// does.
func TestOneStart(t *testing.T) {
	dir := t.TempDir()
	var wait sync.WaitGroup
	var began atomic.Int32
	for i := range 8 {
		wait.Go(func() {
			switch _, err := Init(dir, fmt.Sprintf("network %d", i), small()); {
			case err == nil:
				began.Add(1)
			case !errors.Is(err, rejection.BadFile):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := began.Load(); n != 1 {
		t.Errorf("%d began", n)
	}
}

// TestTogether: contributors who work on one directory at once wait for each
// other.
func TestTogether(t *testing.T) {
	dir := opened(t)
	var wait sync.WaitGroup
	for _, name := range []string{"ada", "ben", "cleo"} {
		wait.Go(func() {
			if _, err := Contribute(dir, small(), who(name), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	r, err := Verify(dir, small(), nil)
	if err != nil || len(r.Contributors) != 3 || r.Chains[1].Contributions != 3 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestGoesOn cuts a finished ceremony's transcript after each entry, which is
// where a crash leaves it, with the next step's file or without. Everything but
// new contributions comes out as before.
func TestGoesOn(t *testing.T) {
	dir := finished(t)
	name := filepath.Join(dir, transcriptFile)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := tree(t, dir)
	whole, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for n := range whole.entries {
		e := whole.entries[n]
		if e.Kind == Start || e.Kind == Contribution {
			continue // nobody can make another's contribution again
		}
		if err := os.WriteFile(name, bytes.Join(lines[:n], nil), 0o644); err != nil {
			t.Fatal(err)
		}
		// Of the openings the second lacks its file, the first has it.
		if e.Payload != (Hash{}) && n != openCube {
			if err := os.Remove(filepath.Join(dir, whole.file(n))); err != nil {
				t.Fatal(err)
			}
		}
		d, err := open(dir, small())
		if err != nil {
			t.Fatal(err)
		}
		switch d.Stage() {
		case StagePowers, StageOpening:
			if _, err := SealPowers(dir, small(), first, nil); err != nil {
				t.Fatal(err)
			}
			// As far as the openings.
			raw, err := os.ReadFile(name)
			if err != nil || !bytes.HasPrefix(text, raw) || len(raw) <= len(bytes.Join(lines[:n], nil)) {
				t.Fatalf("after entry %d: another transcript: %v", n, err)
			}
		default:
			if _, _, err := Finish(dir, small(), second, filepath.Join(dir, "keys"), nil); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, tree(t, dir)); d != "" {
				t.Fatalf("after entry %d: %s", n, d)
			}
		}
	}
}

package keystore

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// smallest returns the system whose keys are made fastest.
func smallest(t *testing.T) *prove.System {
	t.Helper()
	s, err := prove.Compile(prove.Collect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOneSetupForAll: several openers at once end up with the same key, and
// later ones load it.
func TestOneSetupForAll(t *testing.T) {
	dir, s := t.TempDir(), smallest(t)
	if _, err := load(dir, s); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("keys out of nothing: %v", err)
	}
	var wg sync.WaitGroup
	var hashes [3][32]byte
	for i := range hashes {
		wg.Go(func() {
			k, err := makeOnce(dir, s)
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = k.Verifying().Hash()
		})
	}
	wg.Wait()
	k, err := load(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hashes {
		if h != k.Verifying().Hash() {
			t.Error("two processes have different keys")
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "making-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestCrash: a process that dies before the rename leaves a directory that
// nobody looks at; one that finds finished keys keeps them.
func TestCrash(t *testing.T) {
	dir, s := t.TempDir(), smallest(t)
	stale := filepath.Join(dir, "making-1")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stale, provingFile), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	first, err := makeOnce(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	// The loser of a race without a lock: it has made keys of its own.
	other, err := s.Setup()
	if err != nil {
		t.Fatal(err)
	}
	if err := save(dir, other, manifest{Warning: warning}); err != nil {
		t.Fatal(err)
	}
	k, err := load(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	if k.Verifying().Hash() != first.Verifying().Hash() {
		t.Error("the second keys replaced the first")
	}
}

// TestDamage: whatever is wrong with a key directory is one typed refusal, and
// the keys are not silently made again: the genesis names the old ones.
func TestDamage(t *testing.T) {
	s := smallest(t)
	k, err := s.Setup()
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	for name, damage := range map[string]struct {
		file   string
		change func([]byte) []byte
	}{
		"proving key flipped":     {provingFile, flip},
		"proving key truncated":   {provingFile, func(b []byte) []byte { return b[:len(b)/2] }},
		"proving key removed":     {provingFile, nil},
		"verifying key flipped":   {verifyingFile, flip},
		"verifying key removed":   {verifyingFile, nil},
		"manifest removed":        {manifestFile, nil},
		"manifest garbled":        {manifestFile, func([]byte) []byte { return []byte("{") }},
		"manifest of another key": {manifestFile, func(b []byte) []byte { return []byte(strings.Replace(string(b), `"digest": "`, `"digest": "00`, 1)) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := save(dir, k, manifest{Warning: warning}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(path(dir, s), damage.file)
			if damage.change == nil {
				err = os.Remove(file)
			} else {
				raw, e := os.ReadFile(file)
				if e != nil {
					t.Fatal(e)
				}
				err = os.WriteFile(file, damage.change(raw), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := load(dir, s); !errors.Is(err, rejection.BadFile) {
				t.Errorf("load: %v", err)
			}
			if _, err := makeOnce(dir, s); !errors.Is(err, rejection.BadFile) {
				t.Errorf("make: %v", err)
			}
		})
	}
}

// TestManifest: it says what the keys are worth and which key the genesis must
// name.
func TestManifest(t *testing.T) {
	dir, s := t.TempDir(), smallest(t)
	k, err := makeOnce(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(path(dir, s), manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	hash := k.Verifying().Hash()
	if !strings.HasPrefix(m.Warning, "INSECURE DEVELOPMENT") || m.Constraints != s.Constraints() || m.Key != hex.EncodeToString(hash[:]) {
		t.Errorf("manifest %+v", m)
	}
}

// TestCeremonyKeys: a network of value gets a ceremony's keys or none, and
// nobody's keys are replaced.
func TestCeremonyKeys(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenCeremony(dir, nil, prove.Names()...); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("no keys: %v", err)
	}
	developed, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(developed, nil, prove.Names()...); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCeremony(developed, nil, prove.Names()...); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("development keys: %v", err)
	}

	// What a ceremony's keys are made of does not matter here.
	var keys []*prove.Key
	for _, name := range prove.Names() {
		s, err := prove.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		k, err := load(developed, s)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	transcript := [32]byte{7}
	for range 2 { // the second time it is there already
		if err := Install(dir, transcript, []string{"ada", "ben"}, keys...); err != nil {
			t.Fatal(err)
		}
	}
	p, err := OpenCeremony(dir, nil, prove.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	if p.Keys().Collect.Hash() != keys[2].Verifying().Hash() {
		t.Error("other keys than those installed")
	}
	origins, err := Origins(dir)
	if err != nil || origins[prove.Fill] != (Origin{Circuit: keys[1].System().Digest(), Transcript: transcript}) {
		t.Errorf("origins %v, %v", origins, err)
	}
	other, err := smallest(t).Setup()
	if err != nil {
		t.Fatal(err)
	}
	if err := Install(dir, transcript, nil, other); !errors.Is(err, rejection.BadFile) {
		t.Errorf("keys replaced: %v", err)
	}
	// A directory from somebody else may have the right verifying key beside
	// other things.
	for what, change := range map[string]func(m *manifest, proving []byte){
		"proving key":  func(m *manifest, proving []byte) { proving[len(proving)-1] ^= 1; m.Proving = sum(proving) },
		"file alone":   func(_ *manifest, proving []byte) { proving[len(proving)-1] ^= 1 },
		"ceremony":     func(m *manifest, _ []byte) { m.Transcript = strings.Repeat("08", 32) },
		"contributors": func(m *manifest, _ []byte) { m.Contributors = []string{"mallory"} },
	} {
		foreign := t.TempDir()
		k := keys[2]
		m, proving, err := describe(k, manifest{Transcript: hex.EncodeToString(transcript[:]), Contributors: []string{"ada", "ben"}})
		if err != nil {
			t.Fatal(err)
		}
		change(&m, proving)
		if err := put(foreign, k, m, proving); err != nil {
			t.Fatal(err)
		}
		if err := Install(foreign, transcript, []string{"ada", "ben"}, k); !errors.Is(err, rejection.BadFile) {
			t.Errorf("another %s: %v", what, err)
		}
	}
}

func TestDirOverride(t *testing.T) {
	t.Setenv(Environment, "/somewhere")
	if dir, err := Dir(); err != nil || dir != "/somewhere" {
		t.Errorf("%q %v", dir, err)
	}
	t.Setenv(Environment, "")
	if dir, err := Dir(); err != nil || !strings.HasSuffix(dir, filepath.Join("nightjar", "keys")) {
		t.Errorf("%q %v", dir, err)
	}
}

// TestProgress: an opener of finished keys hears of every circuit and of the
// end.
func TestProgress(t *testing.T) {
	dir, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	var last Progress
	seen := map[prove.Name]bool{}
	if _, err := Open(dir, func(p Progress) {
		if p.Done < last.Done || p.Total == 0 {
			t.Errorf("progress went back: %+v after %+v", p, last)
		}
		last, seen[p.Circuit] = p, true
	}, prove.Names()...); err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total || len(seen) != len(prove.Names()) {
		t.Errorf("ended at %+v", last)
	}
}

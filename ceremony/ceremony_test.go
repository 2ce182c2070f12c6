package ceremony

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// power states y = x^n: a circuit as small as wanted.
type power struct {
	N int               `gnark:"-"`
	Y frontend.Variable `gnark:",public"`
	X frontend.Variable
}

func (p *power) Define(api frontend.API) error {
	y := p.X
	for range p.N - 1 {
		y = api.Mul(y, p.X)
	}
	api.AssertIsEqual(y, p.Y)
	return nil
}

// small are two circuits of different domains, so that one uses a part of the
// other's powers.
var small = sync.OnceValue(func() []*prove.System {
	var out []*prove.System
	for name, n := range map[prove.Name]int{"cube": 3} {
		s, err := prove.NewSystem(name, &power{N: n})
		if err != nil {
			panic(err)
		}
		out = append(out, s)
	}
	s, err := prove.NewSystem("thirteenth", &power{N: 13})
	if err != nil {
		panic(err)
	}
	return append(out, s)
})

// who returns a contributor whose key follows from the name.
func who(name string) Identity {
	var seed [ed25519.SeedSize]byte
	copy(seed[:], name)
	return Identity{Name: name, Key: ed25519.NewKeyFromSeed(seed[:])}
}

var (
	first  = Beacon{Value: Hash{1}, Source: "round 1 of the test"}
	second = Beacon{Value: Hash{2}, Source: "round 2 of the test"}
)

// contribute lets each contribute in turn.
func contribute(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := Contribute(dir, small(), who(name), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// opened returns a ceremony of three contributors whose circuits are open.
func opened(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Init(dir, "test", small()); err != nil {
		t.Fatal(err)
	}
	contribute(t, dir, "ada", "ben", "cleo")
	if _, err := SealPowers(dir, small(), first, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// honest is a whole ceremony, made once.
var honest = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "ceremony-*") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := honest(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var make3 sync.Once

// finished returns a copy of a finished ceremony.
func finished(t *testing.T) string {
	t.Helper()
	whole, err := honest()
	if err != nil {
		t.Fatal(err)
	}
	make3.Do(func() {
		dir := opened(t)
		contribute(t, dir, "ada", "ben", "cleo")
		if _, _, err := Finish(dir, small(), second, filepath.Join(dir, "keys"), nil); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(whole, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	})
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestHonest(t *testing.T) {
	dir := finished(t)
	r, err := Verify(dir, small(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Finished() || len(r.Contributors) != 3 || len(r.Contributors[2].Chains) != 3 {
		t.Errorf("%+v", r)
	}
	if _, err := Contribute(dir, small(), who("dan"), nil); !errors.Is(err, rejection.CeremonyStage) {
		t.Errorf("a contribution after the end: %v", err)
	}
}

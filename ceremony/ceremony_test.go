package ceremony

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	mpc "github.com/consensys/gnark-crypto/ecc/bls12-381/mpcsetup"
	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"
	"github.com/consensys/gnark/frontend"
	"github.com/google/go-cmp/cmp"

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
	return []*prove.System{compiled("cube", 3), compiled("thirteenth", 13)}
})

func compiled(name prove.Name, n int) *prove.System {
	s, err := prove.NewSystem(name, &power{N: n})
	if err != nil {
		panic(err)
	}
	return s
}

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
func contribute(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := Contribute(dir, small(), who(name), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// opened returns a ceremony of three contributors whose circuits are open.
func opened(t testing.TB) string {
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

// whole is the directory of a finished ceremony, made once.
var whole struct {
	once sync.Once
	dir  string
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		contributeForEver(dir)
	}
	code := m.Run()
	if whole.dir != "" {
		os.RemoveAll(whole.dir)
	}
	os.Exit(code)
}

// finished returns a copy of a finished ceremony.
func finished(t testing.TB) string {
	t.Helper()
	whole.once.Do(func() {
		dir := opened(t)
		contribute(t, dir, "ada", "ben", "cleo")
		if _, _, err := Finish(dir, small(), second, filepath.Join(dir, "keys"), nil); err != nil {
			t.Fatal(err)
		}
		var err error
		if whole.dir, err = os.MkdirTemp("", "ceremony-"); err != nil {
			t.Fatal(err)
		}
		copyDir(t, whole.dir, dir)
	})
	dir := t.TempDir()
	copyDir(t, dir, whole.dir)
	return dir
}

func copyDir(t testing.TB, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestHonest(t *testing.T) {
	dir := finished(t)
	var told []Progress
	r, err := Verify(dir, small(), func(p Progress) { told = append(told, p) })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range told {
		if p.Done > p.Total || p.Step == "" {
			t.Errorf("%+v", p)
		}
	}
	// Three contributions and a seal to the powers, then an evaluation, three
	// contributions and a seal for each circuit, and the end.
	if last := told[len(told)-1]; len(told) != 4+2*5+1 || last.Done != last.Total {
		t.Errorf("told %d steps, the last is %+v", len(told), last)
	}
	if !r.Finished() || len(r.Contributors) != 3 || len(r.Contributors[2].Chains) != 3 || r.Contributors[2].Name != "cleo" {
		t.Errorf("%+v", r)
	}
	// Anybody makes the same keys again.
	keys := t.TempDir()
	again, made, err := Finish(dir, small(), second, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range made {
		if Hash(k.Verifying().Hash()) != r.Chains[1+i].Verifying {
			t.Errorf("%s: other keys", k.System().Name())
		}
	}
	if d := cmp.Diff(r, again); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(tree(t, filepath.Join(dir, "keys")), tree(t, keys)); d != "" {
		t.Error(d)
	}
}

// tree returns the files of a directory, but for locks.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == lockFile {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOnePartOfThePowers: a circuit of a smaller domain gets the powers that a
// ceremony of its own would have sealed.
func TestOnePartOfThePowers(t *testing.T) {
	all := mpcsetup.NewPhase1(16)
	commons := all.Seal([]byte("beacon"))
	few := part(&commons, 4)
	raw := write(few)
	if len(raw) != commonsSize(4) {
		t.Fatalf("%d bytes", len(raw))
	}
	c, err := readCommons(raw, 4)
	if err != nil {
		t.Fatal(err)
	}
	err = mpc.SameRatioMany(c.G1.Tau, c.G2.Tau, c.G1.AlphaTau, c.G1.BetaTau)
	if err != nil || len(c.G1.Tau) != 7 || c.G1.Tau[6] != commons.G1.Tau[6] {
		t.Errorf("not powers: %v", err)
	}
}

// TestLastFilesSuffice: who contributes needs the transcript and the last file
// of each open chain, and gives back the transcript and what they made.
func TestLastFilesSuffice(t *testing.T) {
	dir, stick := opened(t), t.TempDir()
	contribute(t, dir, "ada")
	move := func(to, from string, names ...string) {
		t.Helper()
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(to, name), readFile(t, from, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	d, err := open(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	move(stick, dir, transcriptFile)
	for _, c := range d.chains[1:] {
		move(stick, dir, d.file(d.files[c.tip]))
	}
	receipts, err := Contribute(stick, small(), who("ben"), nil)
	if err != nil || len(receipts) != len(small()) {
		t.Fatalf("%+v %v", receipts, err)
	}
	for _, r := range receipts {
		move(dir, stick, r.File)
	}
	move(dir, stick, transcriptFile)
	if r, err := Verify(dir, small(), nil); err != nil || r.Chains[1].Contributions != 2 || r.Chains[2].Contributions != 2 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestStages: what is out of its turn is refused and changes nothing.
func TestStages(t *testing.T) {
	dir := t.TempDir()
	refused := func(what string, code rejection.Code, do func() error) {
		t.Helper()
		before := tree(t, dir)
		if err := do(); !errors.Is(err, code) {
			t.Errorf("%s: %v", what, err)
		}
		if d := cmp.Diff(before, tree(t, dir)); d != "" {
			t.Errorf("%s changed the directory: %s", what, d)
		}
	}
	contribution := func(who Identity) func() error {
		return func() error { _, err := Contribute(dir, small(), who, nil); return err }
	}
	seal := func(b Beacon) func() error {
		return func() error { _, err := SealPowers(dir, small(), b, nil); return err }
	}
	finish := func(b Beacon) func() error {
		return func() error { _, _, err := Finish(dir, small(), b, t.TempDir(), nil); return err }
	}
	verify := func() error { _, err := Verify(dir, small(), nil); return err }

	refused("a contribution to nothing", rejection.BadFile, contribution(who("ada")))
	refused("a seal of nothing", rejection.BadFile, seal(first))
	refused("verifying nothing", rejection.BadFile, verify)
	refused("a network without a name", rejection.BadFlag, func() error { _, err := Init(dir, "", small()); return err })
	if _, err := Init(dir, "test", small()); err != nil {
		t.Fatal(err)
	}
	refused("a second start", rejection.BadFile, func() error { _, err := Init(dir, "test", small()); return err })
	refused("a seal of no contribution", rejection.CeremonyStage, seal(first))
	refused("keys before circuits", rejection.CeremonyStage, finish(second))
	refused("a nameless contributor", rejection.BadFlag, contribution(Identity{Key: who("ada").Key}))
	refused("a contributor without a key", rejection.BadFlag, contribution(Identity{Name: "ada"}))
	refused("other circuits", rejection.BadCeremony, func() error {
		_, err := Contribute(dir, small()[:1], who("ada"), nil)
		return err
	})
	contribute(t, dir, "ada")
	refused("a second contribution", rejection.NothingToDo, contribution(who("ada")))
	refused("no beacon", rejection.BadFlag, seal(Beacon{Source: "nowhere"}))
	refused("a beacon from nowhere", rejection.BadFlag, seal(Beacon{Value: Hash{1}}))
	if err := seal(first)(); err != nil {
		t.Fatal(err)
	}
	refused("powers sealed twice", rejection.CeremonyStage, seal(first))
	refused("keys of no contribution", rejection.CeremonyStage, finish(second))
	contribute(t, dir, "ben")
	refused("a second contribution to circuits", rejection.NothingToDo, contribution(who("ben")))
	refused("the powers' beacon again", rejection.BadFlag, finish(Beacon{Value: first.Value, Source: "elsewhere"}))
	if err := finish(second)(); err != nil {
		t.Fatal(err)
	}
	refused("a contribution after the end", rejection.CeremonyStage, contribution(who("dan")))
	refused("keys of another beacon", rejection.CeremonyStage, finish(Beacon{Value: Hash{3}, Source: "later"}))
	if err := verify(); err != nil {
		t.Error(err)
	}
}

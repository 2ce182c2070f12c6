package prove_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/consensys/gnark/frontend"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestProveAndVerify: what the prover proves is what the wire says.
func TestProveAndVerify(t *testing.T) {
	claims := circuittest.Claims(t, circuittest.Prover(t))
	for i, claim := range claims {
		if err := verify.One(claim); err != nil {
			t.Fatalf("claim %d: %v", i, err)
		}
	}
	if err := (verify.Batch{}).Check(claims); err != nil {
		t.Fatal(err)
	}
}

// TestConcurrentProvers: one Prover serves several goroutines.
func TestConcurrentProvers(t *testing.T) {
	p := circuittest.Prover(t)
	w := rapid.Custom(circuittest.Collect).Example(3)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			proof, err := p.Collect(w)
			if err != nil {
				t.Error(err)
				return
			}
			claim := verify.Claim{Key: p.Keys().Collect, Public: circuittest.CollectInputs(w), Proof: proof}
			if err := verify.One(claim); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestRefusals: the prover says why natively, and never proves what the circuit
// refuses.
func TestRefusals(t *testing.T) {
	p := circuittest.Prover(t)

	a := rapid.Custom(circuittest.Action).Example(7)
	a.Outputs[1].Value++
	if _, err := p.Action(a); !errors.Is(err, rejection.BadPlan) {
		t.Errorf("unbalanced action: %v", err)
	}
	if _, err := p.Prove(a.Assign()); !errors.Is(err, prove.ErrUnsatisfied) {
		t.Errorf("unbalanced assignment: %v", err)
	}

	f := rapid.Custom(circuittest.Fill).Example(3)
	f.Order.Terms.Expiry = f.Execution.Height - 1
	if _, err := p.Fill(f); !errors.Is(err, rejection.BadTerms) {
		t.Errorf("expired order: %v", err)
	}

	c := rapid.Custom(circuittest.Collect).Example(3)
	c.MarketPath.Index++
	if _, err := p.Collect(c); !errors.Is(err, rejection.OutOfRange) {
		t.Errorf("misplaced market: %v", err)
	}
}

// golden is what a circuit is pinned to. A change of it changes the proving and
// verifying keys of every network: run with -update only on purpose.
type golden struct {
	Constraints int      `json:"constraints"`
	Public      int      `json:"public"`
	Digest      string   `json:"digest"` // SHA-256 of the constraint system
	Groups      []string `json:"groups"` // constraint groups in order
}

var update = flag.Bool("update", false, "rewrite the golden files")

// limits are the constraint counts that the design allows.
var limits = map[prove.Name]int{prove.Action: 25_000, prove.Fill: 12_000, prove.Collect: 7_000}

// empty returns the circuits without values.
func empty() map[prove.Name]frontend.Circuit {
	return map[prove.Name]frontend.Circuit{
		prove.Action: action.New(), prove.Fill: fill.New(), prove.Collect: collect.New(),
	}
}

// TestGolden pins the compiled circuits.
func TestGolden(t *testing.T) {
	for _, name := range prove.Names() {
		s, err := prove.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := prove.Compile(name)
		if err != nil || again.Digest() != s.Digest() {
			t.Fatalf("%s: two compilations differ: %v", name, err)
		}
		if s.Constraints() > limits[name] {
			t.Errorf("%s: %d constraints, allowed are %d", name, s.Constraints(), limits[name])
		}
		digest := s.Digest()
		got := golden{
			Constraints: s.Constraints(),
			Public:      s.Public(),
			Digest:      hex.EncodeToString(digest[:]),
			Groups:      circuittest.Compile(t, empty()[name]).Groups,
		}
		file := filepath.Join("..", string(name), "testdata", "golden.json")
		if *update {
			raw, err := json.MarshalIndent(got, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want golden
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is not the pinned circuit (-want +got):\n%s", name, diff)
		}
	}
}

// TestSpecNamesEveryGroup: the tables of spec/11-circuits.md list the groups
// that the circuits have, in their order, and nothing else.
func TestSpecNamesEveryGroup(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "spec", "11-circuits.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, circuit := range empty() {
		_, section, found := strings.Cut(string(raw), "\n## "+strings.ToUpper(string(name[:1]))+string(name[1:])+"\n")
		if !found {
			t.Fatalf("no section on %s", name)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		var listed []string
		for line := range strings.Lines(section) {
			if !strings.HasPrefix(line, "| `") {
				continue
			}
			first, _, _ := strings.Cut(line[1:], "|")
			for i, word := range strings.Split(first, "`") {
				if i%2 == 1 {
					listed = append(listed, word)
				}
			}
		}
		if diff := cmp.Diff(circuittest.Compile(t, circuit).Groups, listed); diff != "" {
			t.Errorf("%s (-circuit +spec):\n%s", name, diff)
		}
	}
}

// TestKeyShapes: no public input is free, which a K at infinity would mean, and
// every altered one is refused; the digest is in no other constraint.
func TestKeyShapes(t *testing.T) {
	claims := circuittest.Claims(t, circuittest.Prover(t))
	for i, name := range prove.Names() {
		claim := claims[i]
		if want := len(claim.Public); claim.Key.Inputs() != want {
			t.Errorf("%s: key for %d inputs, want %d", name, claim.Key.Inputs(), want)
		}
		if _, err := verify.ParseKey(claim.Key.Encode()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for j := range claim.Public {
			public := slices.Clone(claim.Public)
			public[j].Add(&public[j], new(field.Element).SetOne())
			altered := verify.Claim{Key: claim.Key, Public: public, Proof: claim.Proof}
			if err := verify.One(altered); !errors.Is(err, rejection.BadProof) {
				t.Errorf("%s: input %d altered: %v", name, j, err)
			}
		}
	}
}

// TestKeyFile: what the key store writes and reads back proves the same
// circuit, and a key of another circuit is refused.
func TestKeyFile(t *testing.T) {
	collectSystem, err := prove.Compile(prove.Collect)
	if err != nil {
		t.Fatal(err)
	}
	fillSystem, err := prove.Compile(prove.Fill)
	if err != nil {
		t.Fatal(err)
	}
	key, err := collectSystem.Setup()
	if err != nil {
		t.Fatal(err)
	}
	var dump bytes.Buffer
	if err := key.WriteProving(&dump); err != nil {
		t.Fatal(err)
	}
	if _, err := prove.ReadKey(collectSystem, bytes.NewReader(dump.Bytes()), key.Verifying()); err != nil {
		t.Fatal(err)
	}
	if _, err := prove.ReadKey(fillSystem, bytes.NewReader(dump.Bytes()), key.Verifying()); err == nil {
		t.Error("a key of another circuit was taken")
	}
	if _, err := prove.ReadKey(collectSystem, bytes.NewReader(dump.Bytes()[:dump.Len()/2]), key.Verifying()); err == nil {
		t.Error("half a key was taken")
	}
	p := prove.New(key)
	w := rapid.Custom(circuittest.Collect).Example(3)
	if _, err := p.Collect(w); err != nil {
		t.Error(err)
	}
	if _, err := p.Fill(rapid.Custom(circuittest.Fill).Example(3)); !errors.Is(err, prove.ErrNoKey) {
		t.Errorf("a fill without its key: %v", err)
	}
	if k := p.Keys(); k.Collect != key.Verifying() || k.Fill != nil || k.Action != nil {
		t.Errorf("keys %+v", k)
	}
}

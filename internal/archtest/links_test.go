package archtest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// closure returns every package of the module that a package links, itself
// included, from the imports of all files whatever their build tags.
func closure(pkgs []pkg, root string) []string {
	byPath := map[string]pkg{}
	for _, p := range pkgs {
		byPath[p.path] = p
	}
	seen := map[string]bool{}
	queue := []string{root}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		for _, im := range byPath[path].imports {
			if rel, ok := strings.CutPrefix(im, module+"/"); ok {
				queue = append(queue, rel)
			}
		}
	}
	var out []string
	for path := range seen {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}

// reserved are the packages that only some binaries may link.
var reserved = []struct {
	packages []string
	except   []string // of these
	binaries []string
}{
	// Opening instructions and matching are for enclaves.
	{
		packages: []string{"protocol/sealopen", "engine", "enclave/worker", "enclave/keylife"},
		except:   []string{"engine/auction", "engine/epoch"},
		binaries: []string{"cmd/nightjar-enclave", "cmd/nightjar-enclave-sim"},
	},
	// The rules of an auction alone, which know of no chain, are for the
	// simulator too.
	{packages: []string{"engine/auction", "engine/epoch"}, binaries: []string{"cmd/nightjar-enclave", "cmd/nightjar-enclave-sim", "cmd/nightjar"}},
	{packages: []string{"sim/market"}, binaries: []string{"cmd/nightjar"}},
	// Custody signers' decisions and keys are for gateways.
	{packages: []string{"vault", "gateway"}, binaries: []string{"cmd/nightjar-gateway"}},
	// Simulated evidence is for the binary that says so in its name.
	{packages: []string{"enclave/tee/simulated"}, binaries: []string{"cmd/nightjar-enclave-sim"}},
	{packages: []string{"enclave/tee/tsm"}, binaries: []string{"cmd/nightjar-enclave"}},
	{packages: []string{"circuit/circuittest", "enclave/chaintest", "substrate/chaintest", "substrate/sample", "substrate/westend", "substrate/sr25519/devkey", "internal/testkit", "sim"}, except: []string{"sim/market"}}, // tests only
}

// linkViolations returns what a binary links without leave.
func linkViolations(binary string, links []string) []string {
	var out []string
	for _, r := range reserved {
		if slices.Contains(r.binaries, binary) {
			continue
		}
		for _, l := range links {
			in := func(p string) bool { return under(l, p) }
			if slices.ContainsFunc(r.packages, in) && !slices.ContainsFunc(r.except, in) {
				out = append(out, binary+" links "+l)
			}
		}
	}
	return out
}

// TestOnlyEnclavesOpenOrders walks the import graph of every binary.
func TestOnlyEnclavesOpenOrders(t *testing.T) {
	pkgs := load(t, filepath.Join("..", ".."))
	var binaries []string
	for _, p := range pkgs {
		if strings.HasPrefix(p.path, "cmd/") && strings.Count(p.path, "/") == 1 {
			binaries = append(binaries, p.path)
		}
	}
	for _, want := range []string{"cmd/nightjar", "cmd/nightjard", "cmd/nightjar-host", "cmd/nightjar-enclave", "cmd/nightjar-enclave-sim"} {
		if !slices.Contains(binaries, want) {
			t.Errorf("%s was not found: the walk is broken", want)
		}
	}
	for _, b := range binaries {
		links := closure(pkgs, b)
		for _, v := range linkViolations(b, links) {
			t.Error(v)
		}
		if strings.HasPrefix(b, "cmd/nightjar-enclave") && !slices.Contains(links, "protocol/sealopen") {
			t.Errorf("%s does not link protocol/sealopen: the walk is broken", b)
		}
	}
}

// TestLinksBite: a host that reaches the engine over two packages is found.
func TestLinksBite(t *testing.T) {
	pkgs := []pkg{
		{path: "cmd/nightjar-host", imports: []string{module + "/a"}},
		{path: "a", imports: []string{module + "/b", "fmt"}},
		{path: "b", imports: []string{module + "/engine/book"}},
	}
	if v := linkViolations("cmd/nightjar-host", closure(pkgs, "cmd/nightjar-host")); len(v) != 1 {
		t.Errorf("found %v", v)
	}
	if v := linkViolations("cmd/nightjar", []string{"engine/auction", "sim/market/venue", "engine/book", "sim/world"}); len(v) != 2 {
		t.Errorf("found %v", v)
	}
}

// TestOnlyOneMakesSimulatedEvidence: attestation's maker of simulated evidence
// is called by the simulated provider alone, and by what only tests import;
// verifying it is for everybody.
func TestOnlyOneMakesSimulatedEvidence(t *testing.T) {
	var callers []string
	for _, path := range sources(t, filepath.Join("..", "..")) {
		slash := filepath.ToSlash(path)
		if mentions(t, path, "attestation.Simulate(") && !strings.Contains(slash, "/sim/") && !strings.Contains(slash, "/chaintest/") {
			callers = append(callers, slash)
		}
	}
	if len(callers) != 1 || !strings.HasSuffix(callers[0], "enclave/tee/simulated/simulated.go") {
		t.Errorf("simulated evidence is made in %v", callers)
	}
}

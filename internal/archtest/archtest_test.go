package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nightjar/nightjar"

// pkg is one package directory and what its files import.
type pkg struct {
	path    string   // below the module, slash-separated
	imports []string // of the files that are not tests, sorted
	hasDoc  bool
}

// load parses the imports of every package of the module below root.
func load(t *testing.T, root string) []pkg {
	t.Helper()
	byDir := map[string]*pkg{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			if path != root {
				if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
					return filepath.SkipDir // a module of its own
				}
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		p := byDir[rel]
		if p == nil {
			p = &pkg{path: rel}
			byDir[rel] = p
		}
		p.hasDoc = p.hasDoc || d.Name() == "doc.go" || d.Name() == "main.go"
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, im := range f.Imports {
			s, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			p.imports = append(p.imports, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []pkg
	for _, p := range byDir {
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b pkg) int { return strings.Compare(a.path, b.path) })
	return out
}

func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func ruleOf(path string) (rule, bool) {
	for _, r := range table {
		if under(path, r.prefix) {
			return r, true
		}
	}
	return rule{}, false
}

// violations returns what is wrong with p, in words.
func violations(p pkg) []string {
	r, ok := ruleOf(p.path)
	if !ok {
		return []string{p.path + " has no tier: add it to the table and to ARCHITECTURE.md"}
	}
	var out []string
	bad := func(im, why string) { out = append(out, p.path+" imports "+im+": "+why) }
	if !p.hasDoc {
		out = append(out, p.path+" has no doc.go")
	}
	for _, im := range p.imports {
		switch {
		case under(im, module):
			rel := strings.TrimPrefix(im, module+"/")
			if !slices.ContainsFunc(r.allow, func(a string) bool { return under(rel, a) }) {
				bad(im, "not allowed by the table")
			}
		case !strings.Contains(strings.SplitN(im, "/", 2)[0], "."): // standard library
			if r.pure && slices.Contains(forbiddenInPure, im) {
				bad(im, "the package is pure")
			}
		default:
			if r.extern != nil && !slices.ContainsFunc(r.extern, func(a string) bool { return under(im, a) }) {
				bad(im, "third-party module not allowed on this tier")
			}
		}
	}
	return out
}

func TestTiers(t *testing.T) {
	pkgs := load(t, filepath.Join("..", ".."))
	if len(pkgs) < 10 {
		t.Fatalf("found only %d packages: the walk is broken", len(pkgs))
	}
	for _, p := range pkgs {
		for _, v := range violations(p) {
			t.Error(v)
		}
	}
	// A rule or a reservation for what has another name by now guards nothing, and
	// nor does a rule below one that matches all it does.
	var prefixes []string
	for i, r := range table {
		if above, _ := ruleOf(r.prefix); above.prefix != r.prefix || slices.Contains(prefixes, r.prefix) {
			t.Errorf("the table's row %d, %s, is never reached", i, r.prefix)
		}
		prefixes = append(prefixes, r.prefix)
	}
	for _, r := range reserved {
		prefixes = slices.Concat(prefixes, r.packages, r.except, r.binaries)
	}
	for _, prefix := range prefixes {
		if !slices.ContainsFunc(pkgs, func(p pkg) bool { return under(p.path, prefix) }) {
			t.Errorf("the table names %s, which does not exist", prefix)
		}
	}
}

// TestTableBites plants one violation of each kind and demands that it is
// found: a guard that can't fail guards nothing.
func TestTableBites(t *testing.T) {
	for _, c := range []struct {
		name string
		p    pkg
	}{
		{"no tier", pkg{path: "nowhere", hasDoc: true}},
		{"no doc", pkg{path: "protocol/note"}},
		{"upward import", pkg{path: "protocol/note", hasDoc: true, imports: []string{module + "/ledger"}}},
		{"sibling core", pkg{path: "engine", hasDoc: true, imports: []string{module + "/ledger"}}},
		{"clock in pure", pkg{path: "ledger", hasDoc: true, imports: []string{"time"}}},
		{"randomness in pure", pkg{path: "protocol/note", hasDoc: true, imports: []string{"crypto/rand"}}},
		{"frontend in tier 0", pkg{path: "protocol/note", hasDoc: true, imports: []string{"github.com/consensys/gnark/frontend"}}},
	} {
		if len(violations(c.p)) != 1 {
			t.Errorf("%s: %v", c.name, violations(c.p))
		}
	}
}

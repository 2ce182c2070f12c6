package spectest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	invariant = regexp.MustCompile(`^\*\*(G[1-7])\.([0-9]+) [^*]+\.\*\* `)
	quoted    = regexp.MustCompile("`([^`]+)`")
	testName  = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
)

// TestPages checks every test that a page names, of whatever package.
func TestPages(t *testing.T) {
	tests, _ := declared(t)
	known := map[string]bool{}
	for name := range tests {
		known[name[strings.LastIndex(name, ".")+1:]] = true
	}
	named := 0
	for _, pattern := range []string{"*.md", "spec/*.md", "docs/*.md", "docs/adr/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s: no pages, %v", pattern, err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range testName.FindAllString(string(text), -1) {
				named++
				if !known[name] {
					t.Errorf("%s names %s, which does not exist", page, name)
				}
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d names: the pages are not read", named)
	}
}

// TestInvariants checks every name in spec/invariants.md.
func TestInvariants(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "spec", "invariants.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, attacks := declared(t)
	named := map[string]bool{}
	last, next := "", 1
	for line := range strings.Lines(string(text)) {
		if m := invariant.FindStringSubmatch(line); m != nil {
			if m[1] != last {
				last, next = m[1], 1
			}
			if m[2] != fmt.Sprint(next) {
				t.Errorf("%s.%s stands where %s.%d should", m[1], m[2], last, next)
			}
			next++
		}
		known := tests
		switch {
		case strings.HasPrefix(line, "- Attacks: "):
			known = attacks
		case !strings.HasPrefix(line, "- Tests: "):
			continue
		}
		if next == 1 {
			t.Errorf("names before the first invariant: %s", line)
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if !known[m[1]] {
				t.Errorf("%s.%d names %s, which does not exist", last, next-1, m[1])
			}
			named[m[1]] = true
		}
	}
	for _, a := range slices.Sorted(maps.Keys(attacks)) {
		if !named[a] {
			t.Errorf("no invariant names the attack %s", a)
		}
	}
	if len(attacks) == 0 || len(tests) == 0 || last != "G7" {
		t.Errorf("%d attacks, %d tests, last guarantee %q", len(attacks), len(tests), last)
	}
}

// declared returns the test functions of the module as package.Name and the
// names of the attacks.
func declared(t *testing.T) (tests, attacks map[string]bool) {
	tests, attacks = map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		switch {
		case strings.HasSuffix(path, "_test.go"):
			return parse(path, func(n ast.Node) {
				if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && testName.MatchString(f.Name.Name) {
					tests[dir+"."+f.Name.Name] = true
				}
			})
		case dir == "sim/adversary":
			return parse(path, func(n ast.Node) {
				if name, ok := attackName(n); ok {
					attacks[name] = true
				}
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests, attacks
}

func parse(path string, visit func(ast.Node)) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		visit(n)
		return true
	})
	return nil
}

// attackName returns the name in a composite literal of an Attack.
func attackName(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return "", false
	}
	if kind, ok := lit.Type.(*ast.Ident); !ok || kind.Name != "Attack" {
		return "", false
	}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Name" {
				if v, ok := kv.Value.(*ast.BasicLit); ok {
					return strings.Trim(v.Value, `"`), true
				}
			}
		}
	}
	return "", false
}

package domain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// registry returns the constants of type typ that domain.go declares, name to
// literal. The source is parsed, so that a constant can't be left out.
func registry(t *testing.T, typ string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "domain.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			value := spec.(*ast.ValueSpec)
			ident, ok := value.Type.(*ast.Ident)
			if !ok || len(value.Values) != len(value.Names) {
				t.Fatalf("constant %s has no type or no value of its own", value.Names[0])
			}
			if ident.Name != typ {
				continue
			}
			for i, name := range value.Names {
				literal, ok := value.Values[i].(*ast.BasicLit)
				if !ok {
					t.Fatalf("constant %s is not a literal", name)
				}
				out[name.Name] = strings.Trim(literal.Value, `"`)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no constants of type %s", typ)
	}
	return out
}

// specified returns the rows "| `literal` | `Name` | use |" of a section of
// spec/00, name to literal.
func specified(t *testing.T, section string) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../spec/00-conventions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "\n## "+section+"\n")
	if !ok {
		t.Fatalf("spec/00 has no section %q", section)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	out := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `(\\w+)` \\| \\pL.* \\|$").FindAllStringSubmatch(rest, -1) {
		if _, ok := out[row[2]]; ok {
			t.Errorf("%s has two rows", row[2])
		}
		out[row[2]] = row[1]
	}
	return out
}

func TestRegistryIsTheSpecification(t *testing.T) {
	for typ, section := range map[string]string{"Tag": "Domain tags", "Context": "Contexts"} {
		if diff := cmp.Diff(specified(t, section), registry(t, typ)); diff != "" {
			t.Errorf("%s (-spec +code):\n%s", section, diff)
		}
	}
}

func TestTagsAreDistinct(t *testing.T) {
	seen := map[string]string{}
	for name, number := range registry(t, "Tag") {
		if other, ok := seen[number]; ok {
			t.Errorf("%s and %s are both %s", name, other, number)
		}
		seen[number] = name
		if n, err := strconv.ParseUint(number, 10, 16); err != nil || n == 0 {
			t.Errorf("%s = %s is no tag", name, number)
		}
	}
}

// Some derivations put a context and more bytes behind it into one string
// (HKDF infos): no context may be another's beginning.
func TestContextsAreDistinctAndPrefixFree(t *testing.T) {
	all := registry(t, "Context")
	form := regexp.MustCompile(`^nightjar/[a-z0-9-]+/v[1-9][0-9]*$`)
	for name, text := range all {
		if !form.MatchString(text) {
			t.Errorf("%s = %q is not nightjar/…/vN", name, text)
		}
		for other, longer := range all {
			if other != name && strings.HasPrefix(longer, text) {
				t.Errorf("%s = %q begins %s = %q", name, text, other, longer)
			}
		}
	}
}

package rejection

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is one row of spec/00's table.
type row struct{ Number, Name, Advice string }

func specified(t *testing.T) (out []row) {
	t.Helper()
	page, err := os.ReadFile("../../spec/00-conventions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "\n## Error codes\n")
	if !ok {
		t.Fatal("spec/00 has no section of error codes")
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| ([0-9]+) \\| `([A-Z_]+)` \\| (.+) \\|$").FindAllStringSubmatch(rest, -1) {
		out = append(out, row{m[1], m[2], m[3]})
	}
	return out
}

func TestCodesAreTheSpecification(t *testing.T) {
	var code []row
	for _, c := range All() {
		code = append(code, row{fmt.Sprint(uint16(c)), c.Name(), c.Advice()})
	}
	if diff := cmp.Diff(specified(t), code); diff != "" {
		t.Errorf("(-spec +code):\n%s", diff)
	}
}

// Every declared Code has a name and an advice, and no two share either number
// or name. The source is parsed, so that none can be left out.
func TestEveryCodeIsRegistered(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if ident, ok := v.Type.(*ast.Ident); ok && ident.Name == "Code" {
				declared += len(v.Names)
			}
		}
		return true
	})
	if declared != len(table) {
		t.Errorf("%d codes declared, %d registered", declared, len(table))
	}
	names := map[string]Code{}
	for _, c := range All() {
		if c.Advice() == "" {
			t.Errorf("%s says nothing of what to do", c)
		}
		if other, ok := names[c.Name()]; ok {
			t.Errorf("%d and %d are both %s", c, other, c)
		}
		names[c.Name()] = c
	}
}

func TestIs(t *testing.T) {
	err := fmt.Errorf("in block 7: %w", New(BadPoint, "detail"))
	if !errors.Is(err, BadPoint) {
		t.Error("a wrapped rejection is not its code")
	}
	if errors.Is(err, NonCanonical) {
		t.Error("a rejection is another code")
	}
	var r *Rejection
	if !errors.As(err, &r) || r.Code != BadPoint {
		t.Error("a wrapped rejection can't be unwrapped")
	}
	if errors.Is(errors.New("BAD_POINT"), BadPoint) {
		t.Error("any error is a rejection")
	}
	if got := Code(9).Name(); got != "UNKNOWN_9" {
		t.Error(got)
	}
}

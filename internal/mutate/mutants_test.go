package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func load(t *testing.T) []mutant {
	t.Helper()
	f, err := os.Open(filepath.Join(root, mutantsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMutantsApply: every line that a mutant removes is there, once. It does
// not establish that the attack then succeeds: the command does.
func TestMutantsApply(t *testing.T) {
	read := func(file string) ([]byte, error) { return os.ReadFile(filepath.Join(root, file)) }
	for _, m := range load(t) {
		if _, err := m.apply(read); err != nil {
			t.Error(err)
		}
	}
}

// TestEachAttackHasItsMutant compares the names in the suite's sources with
// those of the mutants.
func TestEachAttackHasItsMutant(t *testing.T) {
	var attacks, mutants []string
	files, err := filepath.Glob(filepath.Join(root, "sim", "adversary", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	name := regexp.MustCompile(`Name: "([a-z0-9_]+)"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range name.FindAllSubmatch(text, -1) {
			attacks = append(attacks, string(found[1]))
		}
	}
	for _, m := range load(t) {
		mutants = append(mutants, m.attack)
	}
	slices.Sort(attacks)
	slices.Sort(mutants)
	if !slices.Equal(attacks, mutants) {
		t.Errorf("attacks: %s\nmutants: %s", strings.Join(attacks, " "), strings.Join(mutants, " "))
	}
}

func TestParse(t *testing.T) {
	all, err := parse(strings.NewReader("# one\n// why\n@ a.go\n- x\n- y\n+ z\n- v\n@ b.go\n- w\n+ u\n# two\n@ a.go\n- x\n"))
	if err != nil || len(all) != 2 || len(all[0].hunks) != 3 || len(all[1].hunks) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	got, err := all[0].apply(func(file string) ([]byte, error) {
		return []byte(map[string]string{"a.go": "\tx\n\ty\nv\nend", "b.go": "w"}[file]), nil
	})
	if err != nil || string(got["a.go"]) != "z\nend" || string(got["b.go"]) != "u" {
		t.Fatalf("%q, %v", got, err)
	}
	for _, bad := range []string{"- x\n", "# one\n- x\n", "# one\n@ a.go\n+ x\n", "# one\n@ a.go\n? x\n"} {
		if _, err := parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	twice := mutant{attack: "one", hunks: []hunk{{file: "a.go", old: []string{"x"}}}}
	if _, err := twice.apply(func(string) ([]byte, error) { return []byte("x\nx"), nil }); err == nil {
		t.Error("an ambiguous hunk is taken")
	}
}

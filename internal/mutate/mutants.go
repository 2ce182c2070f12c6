package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// mutant is the code without the check that one attack aims at.
type mutant struct {
	attack string
	hunks  []hunk
}

// hunk replaces lines of a file. Lines are compared without the white space
// around them.
type hunk struct {
	file     string
	old, new []string
}

// parse reads a list of mutants:
//
//	# attack            starts a mutant
//	@ path/of/file.go   names the file of what follows and starts a block
//	- line              is a line that goes; consecutive ones are one block
//	+ line              is a line that comes in their place
//	// text             explains
func parse(r io.Reader) ([]mutant, error) {
	var all []mutant
	var file string
	block := false // whether the next line belongs to the last hunk
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		mark, text, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		text = strings.TrimSpace(text)
		if mark == "" || mark == "//" {
			continue
		}
		if mark == "#" {
			all, file, block = append(all, mutant{attack: text}), "", false
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("line %d: before the first attack", n)
		}
		m := &all[len(all)-1]
		last := len(m.hunks) - 1
		switch {
		case mark == "@":
			file, block = text, false
		case mark == "-" && file != "":
			if !block || len(m.hunks[last].new) > 0 {
				m.hunks = append(m.hunks, hunk{file: file})
				last, block = last+1, true
			}
			m.hunks[last].old = append(m.hunks[last].old, text)
		case mark == "+" && block:
			m.hunks[last].new = append(m.hunks[last].new, text)
		default:
			return nil, fmt.Errorf("line %d: %q", n, lines.Text())
		}
	}
	return all, lines.Err()
}

// apply returns the changed contents of every file that m touches. Each block
// of old lines must stand in its file exactly once.
func (m mutant) apply(read func(file string) ([]byte, error)) (map[string][]byte, error) {
	if len(m.hunks) == 0 {
		return nil, fmt.Errorf("%s: changes nothing", m.attack)
	}
	changed := map[string][]byte{}
	for _, h := range m.hunks {
		text, ok := changed[h.file]
		if !ok {
			var err error
			if text, err = read(filepath.FromSlash(h.file)); err != nil {
				return nil, fmt.Errorf("%s: %w", m.attack, err)
			}
		}
		out, err := h.apply(strings.Split(string(text), "\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", m.attack, h.file, err)
		}
		changed[h.file] = []byte(strings.Join(out, "\n"))
	}
	return changed, nil
}

func (h hunk) apply(lines []string) ([]string, error) {
	at, found := 0, 0
	for i := range lines {
		if h.matches(lines[i:]) {
			at, found = i, found+1
		}
	}
	if found != 1 {
		return nil, fmt.Errorf("%q stands there %d times", h.old[0], found)
	}
	out := append([]string{}, lines[:at]...)
	out = append(out, h.new...)
	return append(out, lines[at+len(h.old):]...), nil
}

func (h hunk) matches(lines []string) bool {
	if len(lines) < len(h.old) {
		return false
	}
	for i, want := range h.old {
		if strings.TrimSpace(lines[i]) != want {
			return false
		}
	}
	return true
}

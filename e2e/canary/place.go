package canary

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Files searches every file under a directory, and its name. A file that
// disappears meanwhile is none.
func (s *Search) Files(dir string) (found []Finding, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		found = append(found, s.Bytes("the name of "+path, 0, []byte(path))...)
		if !d.Type().IsRegular() {
			return nil
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		files++
		more, err := s.Reader(path, f)
		found = append(found, more...)
		return err
	})
	return found, files, err
}

// region is a part of a process's memory.
type region struct {
	from, to uint64
	name     string
}

// Process searches all memory of a process that it can read itself, its
// arguments and its environment, and returns how many bytes that were. The
// process goes on meanwhile: what moves under the search may be missed.
func (s *Search) Process(pid int) (found []Finding, size int64, err error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	regions, err := regions(filepath.Join(dir, "maps"))
	if err != nil {
		return nil, 0, err
	}
	memory, err := os.Open(filepath.Join(dir, "mem"))
	if err != nil {
		return nil, 0, err
	}
	defer memory.Close()
	for _, r := range regions {
		// A region can vanish between the list and the look, and some can't be
		// read at all: an error ends the region, and size tells what was seen.
		part := &counted{r: io.NewSectionReader(memory, int64(r.from), int64(r.to-r.from))}
		more, _ := s.Reader(fmt.Sprintf("memory of %d at %x %s", pid, r.from, r.name), part)
		found, size = append(found, more...), size+part.n
	}
	if size == 0 {
		return nil, 0, fmt.Errorf("nothing of process %d can be read", pid)
	}
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return found, size, err
		}
		found = append(found, s.Bytes(filepath.Join(dir, name), 0, b)...)
	}
	return found, size, nil
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// regions reads the readable regions of a /proc/PID/maps; those that are the
// kernel's, and those that cannot hold a program's values, are left out.
func regions(path string) ([]region, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []region
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 || !strings.HasPrefix(fields[1], "r") {
			continue
		}
		var r region
		if _, err := fmt.Sscanf(fields[0], "%x-%x", &r.from, &r.to); err != nil {
			return nil, fmt.Errorf("%s: %q", path, lines.Text())
		}
		r.name = strings.Join(fields[5:], " ")
		if r.name == "[vvar]" || r.name == "[vsyscall]" || r.to > 1<<63 {
			continue
		}
		out = append(out, r)
	}
	return out, lines.Err()
}

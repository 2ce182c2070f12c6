package ceremony

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
)

// Files of a ceremony's directory, besides those that entries name.
const (
	transcriptFile = "transcript.jsonl"
	lockFile       = "lock"
)

// directory is a ceremony's directory with its transcript as it was read.
type directory struct {
	*Transcript
	path    string
	systems []*prove.System
}

// open reads and checks the transcript. The circuits have to be the given ones.
func open(path string, systems []*prove.System) (*directory, error) {
	at := filepath.Join(path, transcriptFile)
	info, err := os.Stat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, newFault(CheckMissing, 0, Entry{}, transcriptFile, "%s holds no ceremony", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxTranscript:
		return nil, newFault(CheckForm, 0, Entry{}, transcriptFile, "not a file, or longer than any transcript")
	}
	raw, err := os.ReadFile(at)
	if err != nil {
		return nil, err
	}
	t, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	first := t.entries[0]
	same := len(first.Circuits) == len(systems)
	for i := 0; same && i < len(systems); i++ {
		same = first.Circuits[i] == circuitOf(systems[i])
	}
	if !same {
		return nil, newFault(CheckCircuits, 0, first, "", "the ceremony is for other circuits than this program's")
	}
	return &directory{Transcript: t, path: path, systems: systems}, nil
}

func circuitOf(s *prove.System) Circuit {
	return Circuit{Name: string(s.Name()), Digest: s.Digest(), Constraints: s.Constraints()}
}

// locked runs f on the directory while no other process changes it.
func locked(path string, systems []*prove.System, f func(*directory) error) error {
	unlock, err := keystore.Lock(filepath.Join(path, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return newFault(CheckMissing, 0, Entry{}, transcriptFile, "%s holds no ceremony", path)
	}
	if err != nil {
		return err
	}
	defer unlock()
	d, err := open(path, systems)
	if err != nil {
		return err
	}
	return f(d)
}

// largest returns the number of powers of the ceremony: the largest circuit's.
func largest(systems []*prove.System) (n uint64) {
	for _, s := range systems {
		n = max(n, domainOf(s.Constraints()))
	}
	return n
}

// load reads an entry's file and checks its size, hash and points.
func load[P any](d *directory, index int, size int, parse func([]byte) (P, error)) (p P, err error) {
	e, name := d.entries[index], d.file(index)
	fault := func(check Check, format string, args ...any) error {
		return newFault(check, index, e, name, format, args...)
	}
	at := filepath.Join(d.path, name)
	// The size first: what is not a ceremony's file may be larger than memory.
	info, err := os.Stat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, fault(CheckMissing, "it is not there")
	case err != nil:
		return p, err
	case info.Size() != int64(size):
		return p, fault(CheckSize, "%d bytes instead of %d", info.Size(), size)
	}
	b, err := os.ReadFile(at)
	if err != nil {
		return p, err
	}
	if sha256.Sum256(b) != e.Payload {
		return p, fault(CheckHash, "it is not the file that the entry names")
	}
	p, err = parse(b)
	switch {
	case errors.Is(err, errSize):
		err = fault(CheckSize, "%v", err)
	case errors.Is(err, errChallenge):
		err = fault(CheckChallenge, "%v", err)
	case err != nil:
		err = fault(CheckPoints, "%v", err)
	}
	return p, err
}

// commit makes an entry durable with its file, which the entry names by hash:
// file first, then the transcript. After a crash in between nothing names the
// file, and doing the step again makes another.
func (d *directory) commit(e Entry, payload []byte) error {
	e.Previous = d.last
	if err := d.add(e); err != nil {
		return err
	}
	if payload != nil {
		if err := replace(filepath.Join(d.path, d.file(len(d.entries)-1)), payload); err != nil {
			return err
		}
	}
	return replace(filepath.Join(d.path, transcriptFile), d.encode())
}

// replace writes a file beside its place, makes it durable and renames it.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

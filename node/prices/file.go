package prices

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/nightjar/nightjar/protocol/oracle"
)

// maxFileSize bounds what is read into memory.
const maxFileSize = 4 << 20

// File is a price file that may be replaced while the node runs.
type File struct {
	path string

	mu      sync.Mutex
	seen    fs.FileInfo // of the version that table or err came from
	table   Table
	readErr error
}

// Open returns the source at path. The file need not exist yet.
func Open(path string) *File { return &File{path: path} }

// Prices returns the file's prices for a height and block time. An error means
// that this validator has no opinion at this height.
func (f *File) Prices(height uint64, blockTime time.Time) ([]oracle.Price, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		f.seen = nil
		return nil, fmt.Errorf("price file: %w", err)
	}
	if f.seen == nil || !os.SameFile(f.seen, info) || f.seen.Size() != info.Size() || !f.seen.ModTime().Equal(info.ModTime()) {
		f.table, f.readErr = read(f.path, info)
		f.seen = info
	}
	if f.readErr != nil {
		return nil, f.readErr
	}
	return f.table.At(height, blockTime), nil
}

func read(path string, info fs.FileInfo) (Table, error) {
	if info.Size() > maxFileSize {
		return Table{}, fmt.Errorf("price file: %d bytes, at most %d are read", info.Size(), maxFileSize)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Table{}, fmt.Errorf("price file: %w", err)
	}
	return Parse(text)
}

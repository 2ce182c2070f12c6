package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is what the store needs of a directory. Every method that changes
// something is one durable step: when it returns nil, the change survives a
// power cut. Tests put a disk behind it that stops at any step.
type disk interface {
	// Read returns a file's bytes; ok is false if there is no such file.
	Read(name string) (data []byte, ok bool, err error)
	// Write makes or replaces a file and syncs its bytes. It is not atomic:
	// a crash may leave any prefix.
	Write(name string, data []byte) error
	// Rename moves a file over another, atomically, and syncs the directory.
	Rename(from, to string) error
}

// directory is the real disk.
type directory string

func (d directory) Read(name string) ([]byte, bool, error) {
	data, err := os.ReadFile(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (d directory) Write(name string, data []byte) error {
	f, err := os.OpenFile(filepath.Join(string(d), name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (d directory) Rename(from, to string) error {
	if err := os.Rename(filepath.Join(string(d), from), filepath.Join(string(d), to)); err != nil {
		return err
	}
	return syncDirectory(string(d))
}

// makeDirectory makes dir, readable by its owner only, and syncs its parent,
// so that what is written inside can't be lost with the directory itself.
func makeDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(dir))
}

func syncDirectory(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

//go:build unix

package keystore

import (
	"os"
	"syscall"
)

// Lock waits for an exclusive lock on the file, which it makes if need be. The
// kernel drops it when the process dies.
func Lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

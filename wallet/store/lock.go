package store

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// acquire takes the directory's lock without waiting (WALLET_IN_USE). The
// kernel drops it with the process, however that dies, so no stale lock is
// ever left to remove by hand.
func acquire(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, rejection.New(rejection.WalletInUse, "%s", dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

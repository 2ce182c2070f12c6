package live

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Job is where a bot's work in a market began. It is what a bot keeps on disk, and
// it holds neither a side nor a size.
type Job struct {
	Version  int    `json:"version"`
	Strategy string `json:"strategy"`
	Since    uint64 `json:"since"`   // block after which the wallet's fills are the bot's
	Began    int64  `json:"began"`   // its time, in seconds since 1970
	Arrival  uint64 `json:"arrival"` // the midpoint then, quote hub units per lot; 0 if there was none
}

const jobVersion = 1

// LoadJob reads a job; ok is false if there is none. A file that is no job of this
// strategy is refused (BAD_FILE): a bot that forgot its position would take twice
// as much.
func LoadJob(path, strategy string) (j Job, ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, false, nil
	}
	if err != nil {
		return j, false, err
	}
	if err := json.Unmarshal(b, &j); err != nil || j.Version != jobVersion {
		return j, false, rejection.New(rejection.BadFile, "%s is not where a bot's work began; --fresh begins anew", path)
	}
	if j.Strategy != strategy {
		return j, false, rejection.New(rejection.BadFile, "%s is of a %s bot; end that one's work first, or begin anew with --fresh", path, j.Strategy)
	}
	return j, true, nil
}

// Save writes a job in the place of the one before. After a crash one of the two
// is there, whole.
func (j Job) Save(path string) error {
	j.Version = jobVersion
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// EndJob forgets a job that is done.
func EndJob(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

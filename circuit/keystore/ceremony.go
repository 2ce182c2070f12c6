package keystore

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Origin says what a circuit's keys are for and where they come from.
type Origin struct {
	Circuit    [32]byte // digest of the constraint system
	Transcript [32]byte // hash of the ceremony's transcript; zero: DEVELOPMENT keys
}

// Install puts the keys of a finished ceremony into dir. Where a circuit has
// keys already they have to be these, the proving key and the origin too, and
// stay: dir may have come from somebody else. It refuses (BAD_FILE) others. A
// crash leaves some circuits' keys installed, and running it again adds the rest.
func Install(dir string, transcript [32]byte, contributors []string, keys ...*prove.Key) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return err
	}
	defer unlock()
	for _, k := range keys {
		m, proving, err := describe(k, manifest{Transcript: hex.EncodeToString(transcript[:]), Contributors: contributors})
		if err != nil {
			return err
		}
		at := path(dir, k.System())
		there, err := readManifest(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = put(dir, k, m, proving)
		case err == nil && !reflect.DeepEqual(there, m):
			err = rejection.New(rejection.BadFile, "%s holds other keys or others' names; choose another directory", at)
		case err == nil:
			_, err = load(dir, k.System()) // are the files what the manifest says?
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// OpenCeremony returns a Prover of the named circuits with the keys in dir, which
// have to come from a ceremony (BAD_GENESIS): the network is worth something.
func OpenCeremony(dir string, progress func(Progress), circuits ...prove.Name) (*prove.Prover, error) {
	systems, err := compile(circuits)
	if err != nil {
		return nil, err
	}
	origins, err := originsOf(dir, systems)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, rejection.New(rejection.BadGenesis, "%s lacks keys; install those of the ceremony that the genesis names", dir)
	}
	if err != nil {
		return nil, err
	}
	for name, o := range origins {
		if o.Transcript == [32]byte{} {
			return nil, rejection.New(rejection.BadGenesis, "the %s keys in %s are development keys, which serve development networks only", name, dir)
		}
	}
	return open(dir, progress, systems)
}

// Origins returns where the keys in dir come from, as their manifests say;
// fs.ErrNotExist if a circuit has none.
func Origins(dir string) (map[prove.Name]Origin, error) {
	systems, err := compile(prove.Names())
	if err != nil {
		return nil, err
	}
	return originsOf(dir, systems)
}

func originsOf(dir string, systems []*prove.System) (map[prove.Name]Origin, error) {
	out := map[prove.Name]Origin{}
	for _, s := range systems {
		at := path(dir, s)
		m, err := readManifest(at)
		if err != nil {
			return nil, err
		}
		o := Origin{Circuit: s.Digest()}
		if m.Transcript != "" {
			h, err := hex.DecodeString(m.Transcript)
			if err != nil || len(h) != len(o.Transcript) {
				return nil, damage(at, "manifest")
			}
			copy(o.Transcript[:], h)
		}
		out[s.Name()] = o
	}
	return out, nil
}

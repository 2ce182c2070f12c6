package ceremony

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Init begins a ceremony for the circuits in a directory that has none
// (BAD_FILE).
func Init(path, network string, systems []*prove.System) (*Report, error) {
	if !plain(network) {
		return nil, rejection.New(rejection.BadFlag, "a network's name has 1 to 100 printable ASCII characters, without quotes, backslash, < > and &")
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	unlock, err := keystore.Lock(filepath.Join(path, lockFile))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(path, transcriptFile)); !errors.Is(err, fs.ErrNotExist) {
		return nil, rejection.New(rejection.BadFile, "%s holds a ceremony already", path)
	}
	first := Entry{
		Kind: Start, Version: Version, Network: network,
		Base: sha256.Sum256(write(mpcsetup.NewPhase1(largest(systems)))),
	}
	for _, s := range systems {
		first.Circuits = append(first.Circuits, circuitOf(s))
	}
	t, err := Parse(append(first.line(), '\n'))
	if err != nil {
		return nil, err
	}
	return t.report(), replace(filepath.Join(path, transcriptFile), t.encode())
}

// Identity is who contributes. The key signs; the name is for people.
type Identity struct {
	Name string
	Key  ed25519.PrivateKey
}

// Receipt is what a contributor publishes: whoever verifies the ceremony finds
// the same hashes in it.
type Receipt struct {
	Chain   string `json:"chain"`
	Entry   int    `json:"entry"`
	Hash    Hash   `json:"hash"` // of the entry, and so of all before it
	Payload Hash   `json:"payload"`
	File    string `json:"file"`
}

// Contribute adds one's contribution to every chain that is open and lacks it:
// to the powers, or to the circuits. The secret factors live in this process's
// memory only. Every chain is one step: what was done stays done if a later
// one is interrupted. CEREMONY_STAGE if no contributions are taken now,
// NOTHING_TO_DO if the key has contributed to all.
func Contribute(path string, systems []*prove.System, who Identity, tell func(Progress)) (out []Receipt, err error) {
	if !plain(who.Name) || len(who.Key) != ed25519.PrivateKeySize {
		return nil, rejection.New(rejection.BadFlag, "a contributor has a key and a name of 1 to 100 printable ASCII characters, without quotes, backslash, < > and &")
	}
	err = locked(path, systems, func(d *directory) error {
		if err := d.stage(StagePowers, StageCircuits); err != nil {
			return err
		}
		public := Hash(who.Key.Public().(ed25519.PublicKey))
		m := newMeter(tell)
		var todo []int // chains
		for i, c := range d.chains {
			if !c.opened || c.sealed || c.keys[public] {
				continue
			}
			todo = append(todo, i)
			n, cost := d.costOf(i)
			m.expect(n, cost)
		}
		if len(todo) == 0 {
			return rejection.New(rejection.NothingToDo, "the key %s has contributed", public)
		}
		for _, i := range todo {
			c := d.chains[i]
			n, cost := d.costOf(i)
			m.step("contributing to "+c.name, n, cost)
			payload, err := d.contribution(i)
			if err != nil {
				return err
			}
			e := Entry{
				Kind: Contribution, Previous: d.last, Chain: c.name, Contributor: who.Name, Key: public,
				Base: c.tip, Payload: sha256.Sum256(payload),
			}
			e.sign(who.Key)
			if err := d.commit(e, payload); err != nil {
				return err
			}
			index := len(d.entries) - 1
			out = append(out, Receipt{Chain: c.name, Entry: index, Hash: d.last, Payload: e.Payload, File: d.file(index)})
		}
		m.end()
		return nil
	})
	return out, err
}

func (d *directory) costOf(i int) (n uint64, cost int) {
	if i == 0 {
		return largest(d.systems), costReadPowers + costContributePowers
	}
	return domainOf(d.systems[i-1].Constraints()), costContribute
}

// contribution multiplies a chain's last file by new secrets.
func (d *directory) contribution(i int) ([]byte, error) {
	c := d.chains[i]
	last := d.files[c.tip] // entry of the chain's last file
	if i == 0 {
		n := largest(d.systems)
		p := mpcsetup.NewPhase1(n)
		if len(c.entries) > 0 {
			var err error
			base := d.entries[last].Base
			if p, err = load(d, last, powersSize(n), func(b []byte) (*mpcsetup.Phase1, error) { return readPowers(b, n, base) }); err != nil {
				return nil, err
			}
		}
		p.Contribute()
		return write(p), nil
	}
	form, size, base := shapeOf(d.systems[i-1]), 1, (*Hash)(nil)
	if len(c.entries) > 0 {
		size, base = challengeSize, &d.entries[last].Base
	}
	p, err := load(d, last, form.circuitSize(size), func(b []byte) (*mpcsetup.Phase2, error) { return readCircuit(b, form, base) })
	if err != nil {
		return nil, err
	}
	p.Contribute()
	return write(p), nil
}

// Beacon is a public random value that nobody knew before the last contribution
// to what it seals.
type Beacon struct {
	Value  Hash
	Source string // where anybody can look it up
}

func (b Beacon) check() error {
	if b.Value == (Hash{}) || !plain(b.Source) {
		return rejection.New(rejection.BadFlag, "a beacon has 32 bytes and a source of 1 to 100 printable ASCII characters, without quotes, backslash, < > and &")
	}
	return nil
}

// SealPowers verifies the contributions to the powers, seals them with a beacon
// and opens every circuit's chain. Each is one step; after an interruption it
// goes on with the same beacon. CEREMONY_STAGE if that is over or too early.
func SealPowers(path string, systems []*prove.System, b Beacon, tell func(Progress)) (r *Report, err error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	err = locked(path, systems, func(d *directory) error {
		if err := d.stage(StagePowers, StageOpening); err != nil {
			return err
		}
		m := newMeter(tell)
		commons, err := d.sealPowers(b, m)
		if err != nil {
			return err
		}
		for i, s := range systems {
			c := d.chains[1+i]
			if c.opened {
				continue
			}
			payload := write(begin(s, commons, m).last)
			e := Entry{Kind: Open, Chain: c.name, Base: d.chains[0].tip, Payload: sha256.Sum256(payload)}
			if err := d.commit(e, payload); err != nil {
				return err
			}
		}
		m.end()
		r = d.report()
		return nil
	})
	return r, err
}

// sealPowers returns the sealed powers, sealing them if they are not.
func (d *directory) sealPowers(b Beacon, m *meter) (*mpcsetup.SrsCommons, error) {
	n := largest(d.systems)
	if at := d.find(Seal, Powers); at >= 0 {
		if e := d.entries[at]; e.Beacon != b.Value || e.Source != b.Source {
			return nil, rejection.New(rejection.CeremonyStage, "the powers are sealed with another beacon")
		}
		m.expect(n, costReadPowers)
		d.expectCircuits(m)
		m.step("reading the powers", n, costReadPowers)
		return load(d, at, commonsSize(n), func(raw []byte) (*mpcsetup.SrsCommons, error) { return readCommons(raw, n) })
	}
	if len(d.chains[0].entries) == 0 {
		return nil, rejection.New(rejection.CeremonyStage, "nobody has contributed to the powers")
	}
	d.expectPowers(m)
	d.expectCircuits(m)
	last, err := d.powers(m)
	if err != nil {
		return nil, err
	}
	m.step("sealing the powers", n, costContributePowers)
	base := d.chains[0].tip
	commons := last.Seal(b.Value[:])
	payload := write(&commons)
	e := Entry{Kind: Seal, Chain: Powers, Base: base, Payload: sha256.Sum256(payload), Beacon: b.Value, Source: b.Source}
	return &commons, d.commit(e, payload)
}

// Finish verifies the whole ceremony, seals every circuit's chain with a beacon
// and installs the keys in a key directory (circuit/keystore). On a finished
// ceremony it makes the same keys again from the contributions, so that nobody
// has to take them from others. It returns the keys in the circuits' order.
func Finish(path string, systems []*prove.System, b Beacon, keys string, tell func(Progress)) (r *Report, out []*prove.Key, err error) {
	if err := b.check(); err != nil {
		return nil, nil, err
	}
	err = locked(path, systems, func(d *directory) error {
		if err := d.stage(StageCircuits, StageSealing, StageFinished); err != nil {
			return err
		}
		if d.entries[d.find(Seal, Powers)].Beacon == b.Value {
			return rejection.New(rejection.BadFlag, "the powers' beacon was known to those who contributed to the circuits; take a later one")
		}
		for _, c := range d.chains[1:] {
			at := d.find(Seal, c.name)
			if at >= 0 && (d.entries[at].Beacon != b.Value || d.entries[at].Source != b.Source) {
				return rejection.New(rejection.CeremonyStage, "the circuits are sealed with another beacon")
			}
			if len(c.entries) == 0 {
				return rejection.New(rejection.CeremonyStage, "nobody has contributed to %s", c.name)
			}
		}
		m := newMeter(tell)
		d.expectPowers(m)
		d.expectCircuits(m)
		commons, err := d.verifyPowers(m)
		if err != nil {
			return err
		}
		// All before any is sealed: who is found out now can still be replaced.
		chains := make([]*verified, len(systems))
		for i := range systems {
			if chains[i], err = d.verifyCircuit(i, commons, m); err != nil {
				return err
			}
		}
		for _, v := range chains {
			k, err := d.finish(v, b)
			if err != nil {
				return err
			}
			out = append(out, k)
		}
		m.end()
		r = d.report()
		var names []string
		for _, c := range r.Contributors {
			names = append(names, fmt.Sprintf("%s %s", c.Name, c.Key))
		}
		return keystore.Install(keys, r.Transcript, names, out...)
	})
	return r, out, err
}

// finish seals a circuit's chain, or checks the seal that it has.
func (d *directory) finish(v *verified, b Beacon) (*prove.Key, error) {
	c := d.chains[d.byName[string(v.system.Name())]]
	if at := d.find(Seal, c.name); at >= 0 {
		return v.check(d, at)
	}
	key, err := v.seal(b.Value)
	if err != nil {
		return nil, err
	}
	e := Entry{Kind: Seal, Chain: c.name, Base: c.tip, Beacon: b.Value, Source: b.Source}
	if e.Verifying, e.Proving, err = hashes(key); err != nil {
		return nil, err
	}
	return key, d.commit(e, nil)
}

package ceremony

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"

	"github.com/nightjar/nightjar/circuit/prove"
)

// Report is what a ceremony amounts to.
type Report struct {
	Network      string        `json:"network"`
	Stage        Stage         `json:"waits_for"`
	Transcript   Hash          `json:"transcript"` // its hash: what a genesis names
	Entries      int           `json:"entries"`
	Chains       []ChainReport `json:"chains"`
	Contributors []Contributor `json:"contributors"`
}

// ChainReport is one chain.
type ChainReport struct {
	Name          string `json:"name"`
	Contributions int    `json:"contributions"`
	Beacon        Hash   `json:"beacon,omitzero"`
	Source        string `json:"source,omitzero"`
	Circuit       Hash   `json:"circuit,omitzero"`   // digest of the constraint system
	Verifying     Hash   `json:"verifying,omitzero"` // the verifying key's hash
}

// Contributor is one key and the chains that it contributed to.
type Contributor struct {
	Name   string   `json:"name"`
	Key    Hash     `json:"key"`
	Chains []string `json:"chains"`
}

// Finished reports whether there are keys.
func (r *Report) Finished() bool { return r.Stage == StageFinished }

// report sums a transcript up.
func (t *Transcript) report() *Report {
	r := &Report{Network: t.entries[0].Network, Stage: t.Stage(), Transcript: t.last, Entries: len(t.entries)}
	for i, c := range t.chains {
		report := ChainReport{Name: c.name, Contributions: len(c.entries)}
		if i > 0 {
			report.Circuit = t.entries[0].Circuits[i-1].Digest
		}
		if at := t.find(Seal, c.name); at >= 0 {
			e := t.entries[at]
			report.Beacon, report.Source, report.Verifying = e.Beacon, e.Source, e.Verifying
		}
		r.Chains = append(r.Chains, report)
	}
	who := map[Hash]int{}
	for _, e := range t.entries {
		if e.Kind != Contribution {
			continue
		}
		i, known := who[e.Key]
		if !known {
			i = len(r.Contributors)
			who[e.Key] = i
			r.Contributors = append(r.Contributors, Contributor{Name: e.Contributor, Key: e.Key})
		}
		r.Contributors[i].Chains = append(r.Contributors[i].Chains, e.Chain)
	}
	return r
}

// Verify checks everything that a ceremony's directory holds, of a finished
// ceremony or not, and trusts nothing in it. What is wrong is a *Fault.
func Verify(path string, systems []*prove.System, tell func(Progress)) (*Report, error) {
	d, err := open(path, systems)
	if err != nil {
		return nil, err
	}
	m := newMeter(tell)
	d.expectPowers(m)
	if d.Stage() != StagePowers {
		d.expectCircuits(m)
	}
	commons, err := d.verifyPowers(m)
	if err != nil {
		return nil, err
	}
	for i := range systems {
		if !d.chains[1+i].opened {
			break
		}
		v, err := d.verifyCircuit(i, commons, m)
		if err != nil {
			return nil, err
		}
		if at := d.find(Seal, d.chains[1+i].name); at >= 0 {
			if _, err := v.check(d, at); err != nil {
				return nil, err
			}
		}
	}
	m.end()
	return d.report(), nil
}

func (d *directory) expectPowers(m *meter) {
	n := largest(d.systems)
	m.expect(n, len(d.chains[0].entries)*(costReadPowers+costVerifyPowers)+costContributePowers)
}

func (d *directory) expectCircuits(m *meter) {
	for i, s := range d.systems {
		m.expect(domainOf(s.Constraints()), costOpen+len(d.chains[1+i].entries)*costVerify+costContribute)
	}
}

// powers verifies all contributions to the powers and returns the last.
func (d *directory) powers(m *meter) (*mpcsetup.Phase1, error) {
	n := largest(d.systems)
	last := mpcsetup.NewPhase1(n)
	base := Hash(sha256.Sum256(write(last)))
	if d.entries[0].Base != base {
		return nil, newFault(CheckComputation, 0, d.entries[0], "", "the powers begin from another file than they have to")
	}
	for i, index := range d.chains[0].entries {
		m.step(fmt.Sprintf("verifying contribution %d to the powers, by %s", i+1, d.entries[index].Contributor), n, costReadPowers+costVerifyPowers)
		next, err := load(d, index, powersSize(n), func(b []byte) (*mpcsetup.Phase1, error) { return readPowers(b, n, base) })
		if err != nil {
			return nil, err
		}
		if err := last.Verify(next); err != nil {
			return nil, newFault(CheckUpdate, index, d.entries[index], d.file(index), "%v", err)
		}
		last, base = next, d.entries[index].Payload
	}
	return last, nil
}

// verifyPowers verifies the chain of the powers. If it is sealed it returns the
// sealed powers.
func (d *directory) verifyPowers(m *meter) (*mpcsetup.SrsCommons, error) {
	last, err := d.powers(m)
	at := d.find(Seal, Powers)
	if err != nil || at < 0 {
		return nil, err
	}
	n, e := largest(d.systems), d.entries[at]
	m.step("sealing the powers again", n, costContributePowers)
	commons := last.Seal(e.Beacon[:])
	// The file is for those who go on from here; nothing is taken from it.
	b, err := load(d, at, commonsSize(n), func(b []byte) ([]byte, error) { return b, nil })
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b, write(&commons)) {
		return nil, newFault(CheckComputation, at, e, d.file(at), "the beacon makes other powers")
	}
	return &commons, nil
}

// verified is a circuit's chain up to its last contribution.
type verified struct {
	system  *prove.System
	commons *mpcsetup.SrsCommons
	evals   mpcsetup.Phase2Evaluations
	last    *mpcsetup.Phase2
	meter   *meter
}

// begin computes what a circuit's chain begins from.
func begin(s *prove.System, powers *mpcsetup.SrsCommons, m *meter) *verified {
	n := domainOf(s.Constraints())
	m.step("evaluating the circuit "+string(s.Name()), n, costOpen)
	v := &verified{system: s, commons: part(powers, n), last: new(mpcsetup.Phase2), meter: m}
	v.evals = v.last.Initialize(s.R1CS(), v.commons)
	return v
}

// verifyCircuit verifies the chain of circuit i, which is open, but for its seal.
func (d *directory) verifyCircuit(i int, powers *mpcsetup.SrsCommons, m *meter) (*verified, error) {
	c, s := d.chains[1+i], d.systems[i]
	form := shapeOf(s)
	at := d.find(Open, c.name)
	opening, err := load(d, at, form.circuitSize(1), func(b []byte) (*mpcsetup.Phase2, error) { return readCircuit(b, form, nil) })
	if err != nil {
		return nil, err
	}
	v := begin(s, powers, m)
	if !bytes.Equal(write(opening), write(v.last)) {
		return nil, newFault(CheckComputation, at, d.entries[at], d.file(at), "the powers and the circuit make another opening")
	}
	base := d.entries[at].Payload
	for j, index := range c.entries {
		m.step(fmt.Sprintf("verifying contribution %d to %s, by %s", j+1, c.name, d.entries[index].Contributor), form.domain, costVerify)
		next, err := load(d, index, form.circuitSize(challengeSize), func(b []byte) (*mpcsetup.Phase2, error) { return readCircuit(b, form, &base) })
		if err != nil {
			return nil, err
		}
		if err := v.last.Verify(next); err != nil {
			return nil, newFault(CheckUpdate, index, d.entries[index], d.file(index), "%v", err)
		}
		v.last, base = next, d.entries[index].Payload
	}
	return v, nil
}

// seal makes the keys: the beacon is the last factor of the chain.
func (v *verified) seal(beacon Hash) (*prove.Key, error) {
	v.meter.step("sealing "+string(v.system.Name()), domainOf(v.system.Constraints()), costContribute)
	pk, vk := v.last.Seal(v.commons, &v.evals, beacon[:])
	return v.system.NewKey(pk.(*groth16.ProvingKey), vk.(*groth16.VerifyingKey))
}

// check seals again and compares the keys with those of the seal's entry.
func (v *verified) check(d *directory, at int) (*prove.Key, error) {
	e := d.entries[at]
	key, err := v.seal(e.Beacon)
	if err != nil {
		return nil, err
	}
	if verifying, proving, err := hashes(key); err != nil {
		return nil, err
	} else if verifying != e.Verifying || proving != e.Proving {
		return nil, newFault(CheckComputation, at, e, "", "the beacon makes other keys")
	}
	return key, nil
}

// hashes returns what an entry says of keys.
func hashes(k *prove.Key) (verifying, proving Hash, err error) {
	h := sha256.New()
	if err := k.WriteProving(h); err != nil {
		return verifying, proving, err
	}
	return k.Verifying().Hash(), Hash(h.Sum(nil)), nil
}

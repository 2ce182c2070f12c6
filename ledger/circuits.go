package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// Circuit names one of the three circuits.
type Circuit string

// The circuits.
const (
	ActionCircuit  Circuit = "action"
	FillCircuit    Circuit = "fill"
	CollectCircuit Circuit = "collect"
)

// FirstCircuits is the version that a genesis gives.
const FirstCircuits = 1

var circuits = []Circuit{ActionCircuit, FillCircuit, CollectCircuit}

// inputs are the numbers of public inputs, the same in every version: what a
// proof is about is the protocol's, not the circuits' (spec/11-circuits.md).
var inputs = map[Circuit]int{ActionCircuit: 15, FillCircuit: 10, CollectCircuit: 8}

// Circuits is one version of the circuits, as readers see it.
type Circuits = state.Circuits

// version is a version of the circuits with its keys decoded.
type version struct {
	Circuits
	keys verify.Keys
}

// keys returns the keys of a version in a block. After its overlap a version
// serves exits only, and those for ever: whatever later keys are, who holds an
// old one can leave.
func (b *block) keys(number uint8, exit bool) (verify.Keys, error) {
	if number == 0 || int(number) > len(b.versions) {
		return verify.Keys{}, rejection.New(rejection.UnknownCircuits, "version %d of %d", number, len(b.versions))
	}
	v := b.versions[number-1]
	if v.Retires != 0 && v.Retires < b.in.Height && !exit {
		return verify.Keys{}, rejection.New(rejection.CircuitsRetired, "version %d retired after block %d", number, v.Retires)
	}
	return v.keys, nil
}

// addCircuits checks a new version and returns its effect: it is the current
// one from this block on, and the one before retires.
func (b *block) addCircuits(c governance.AddCircuits) (func(), error) {
	last := len(b.versions)
	switch {
	case int(c.Version) <= last:
		return nil, rejection.New(rejection.RecordExists, "version %d of the circuits", c.Version)
	case int(c.Version) != last+1:
		return nil, bounds("the next version of the circuits is %d", last+1)
	case c.Overlap < b.genesis().Bounds.MinOverlap || c.Overlap > maxBlocks:
		return nil, bounds("an overlap is between min_overlap and 2^31")
	}
	keys := map[Circuit]VerifyKey{ActionCircuit: verifyKey(c.Action), FillCircuit: verifyKey(c.Fill), CollectCircuit: verifyKey(c.Collect)}
	for _, name := range circuits {
		if !keys[name].ceremonial() && !b.genesis().Development {
			return nil, rejection.New(rejection.NotDevelopment, "the %s key is a development one", name)
		}
	}
	decoded, err := parseKeys(keys)
	if err != nil {
		return nil, err
	}
	return func() {
		versions := slices.Clone(b.versions)
		old := &versions[last-1]
		old.Retires = b.in.Height + c.Overlap
		rowCircuits.put(b.overlay, state.ID8(old.Version), old.Circuits)
		b.versions = append(versions, b.newVersion(c.Version, keys, decoded))
	}, nil
}

// newVersion writes the rows of a version that is in force from this block on.
func (b *block) newVersion(number uint8, keys map[Circuit]VerifyKey, decoded verify.Keys) version {
	v := version{keys: decoded, Circuits: Circuits{
		Version: number, Since: b.in.Height,
		Action: keys[ActionCircuit].row(), Fill: keys[FillCircuit].row(), Collect: keys[CollectCircuit].row(),
	}}
	rowCircuits.put(b.overlay, state.ID8(number), v.Circuits)
	for _, name := range circuits {
		k := keys[name]
		rowKey.put(b.overlay, k.Hash[:], k.Key)
	}
	return v
}

// readVersions decodes the versions that a backing holds.
func readVersions(b Backing) ([]version, error) {
	var out []version
	for _, c := range rowCircuits.all(b, single) {
		action, _ := rowKey.get(b, c.Action.Hash[:])
		fill, _ := rowKey.get(b, c.Fill.Hash[:])
		collect, _ := rowKey.get(b, c.Collect.Hash[:])
		decoded, err := parseKeys(map[Circuit]VerifyKey{ActionCircuit: {Key: action}, FillCircuit: {Key: fill}, CollectCircuit: {Key: collect}})
		if err != nil {
			return nil, err
		}
		out = append(out, version{c, decoded})
	}
	return out, nil
}

// parseKeys decodes one key of each circuit. It refuses, with the code of the
// key's form (spec/11-circuits.md) or PARAMETER_BOUNDS, what is none of that
// circuit.
func parseKeys(keys map[Circuit]VerifyKey) (verify.Keys, error) {
	var parsed []*verify.Key
	for _, name := range circuits {
		k, err := verify.ParseKey(keys[name].Key)
		if err != nil {
			return verify.Keys{}, err
		}
		if k.Inputs() != inputs[name] {
			return verify.Keys{}, bounds("the %s key is another circuit's", name)
		}
		parsed = append(parsed, k)
	}
	return verify.Keys{Action: parsed[0], Fill: parsed[1], Collect: parsed[2]}, nil
}

// DevelopmentKeys returns what a genesis says of keys that come from no
// ceremony.
func DevelopmentKeys(k verify.Keys) map[Circuit]VerifyKey {
	entry := func(k *verify.Key) VerifyKey { return VerifyKey{Hash: k.Hash(), Key: k.Encode()} }
	return map[Circuit]VerifyKey{ActionCircuit: entry(k.Action), FillCircuit: entry(k.Fill), CollectCircuit: entry(k.Collect)}
}

// verifyKey is a proposed key with its hash.
func verifyKey(k governance.CircuitKey) VerifyKey {
	return VerifyKey{Hash: keyHash(k.Key), Circuit: k.Circuit, Transcript: k.Transcript, Key: k.Key}
}

// row is what the state says of the key, beside its bytes.
func (k VerifyKey) row() state.CircuitKey {
	return state.CircuitKey{Hash: k.Hash, Circuit: k.Circuit, Transcript: k.Transcript}
}

// Circuits returns the versions of the circuits, ascending; the last one is
// the newest.
func (s *State) Circuits() []Circuits {
	out := make([]Circuits, len(s.versions))
	for i, v := range s.versions {
		out[i] = v.Circuits
	}
	return out
}

// Keys returns the verifying keys of a version of the circuits.
func (s *State) Keys(number uint8) (verify.Keys, bool) {
	if number == 0 || int(number) > len(s.versions) {
		return verify.Keys{}, false
	}
	return s.versions[number-1].keys, true
}

package ceremony

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Bounds of a transcript, in entries, circuits and bytes.
const (
	maxEntries    = 10_000
	maxCircuits   = 16
	maxTranscript = 16 << 20
)

// Transcript is a parsed transcript: its entries follow each other by the rules
// (spec/19-ceremony.md, "Rules") and are signed. Nothing is said about files.
type Transcript struct {
	entries []Entry
	last    Hash           // the transcript's hash: of its last entry
	chains  []*chain       // powers, then the circuits in the start's order
	files   map[Hash]int   // payload to entry
	byName  map[string]int // of chains
}

// chain is the state of one chain of contributions.
type chain struct {
	name    string
	tip     Hash // SHA-256 of its last file
	opened  bool
	sealed  bool
	entries []int // its contributions
	keys    map[Hash]bool
}

// Parse reads a transcript: one entry a line, each with its newline. What is
// wrong is a *Fault.
func Parse(b []byte) (*Transcript, error) {
	t := &Transcript{files: map[Hash]int{}, byName: map[string]int{}}
	for i := 0; len(b) > 0; i++ {
		line, rest, complete := bytes.Cut(b, []byte("\n"))
		if !complete {
			return nil, newFault(CheckForm, i, Entry{}, transcriptFile, "the last line is cut off")
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, newFault(CheckForm, i, Entry{}, transcriptFile, "%v", err)
		}
		if err := t.add(e); err != nil {
			return nil, err
		}
		b = rest
	}
	if len(t.entries) == 0 {
		return nil, newFault(CheckForm, 0, Entry{}, transcriptFile, "no entry")
	}
	return t, nil
}

// encode is the inverse of Parse.
func (t *Transcript) encode() []byte {
	var b bytes.Buffer
	for _, e := range t.entries {
		b.Write(e.line())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// add appends an entry if the rules allow it.
func (t *Transcript) add(e Entry) error {
	n := len(t.entries)
	fault := func(check Check, format string, args ...any) error {
		return newFault(check, n, e, "", format, args...)
	}
	if n == maxEntries {
		return fault(CheckForm, "more than %d entries", maxEntries)
	}
	if !e.wellFormed() {
		return fault(CheckForm, "fields that its kind does not have, or lacks")
	}
	if e.Previous != t.last {
		return fault(CheckPrevious, "it follows another entry than the one before it")
	}
	if (n == 0) != (e.Kind == Start) {
		return fault(CheckOrder, "a transcript begins with its one start")
	}
	if e.Kind == Start {
		if !t.start(e) {
			return fault(CheckForm, "at most %d circuits, with names of their own and constraints", maxCircuits)
		}
	} else {
		i, known := t.byName[e.Chain]
		if !known {
			return fault(CheckOrder, "there is no such chain")
		}
		c := t.chains[i]
		if why := t.mayFollow(e, c); why != "" {
			return fault(CheckOrder, "%s", why)
		}
		if first, there := t.files[e.Payload]; there && e.Payload != (Hash{}) {
			return fault(CheckReplay, "its file is that of entry %d", first)
		}
		if e.Kind == Contribution && c.keys[e.Key] {
			return fault(CheckReplay, "its key has contributed to this chain before")
		}
		if e.Kind == Contribution && !quorum.Verify(quorum.Key(e.Key), e.message(), e.Signature) {
			return fault(CheckSignature, "the signature is not the named key's")
		}
		c.take(n, e)
	}
	if e.Payload != (Hash{}) {
		t.files[e.Payload] = n
	}
	t.entries, t.last = append(t.entries, e), e.hash()
	return nil
}

// start makes the chains.
func (t *Transcript) start(e Entry) bool {
	if len(e.Circuits) > maxCircuits {
		return false
	}
	t.chains = []*chain{{name: Powers, tip: e.Base, opened: true, keys: map[Hash]bool{}}}
	for _, c := range e.Circuits {
		if !word(c.Name) || c.Constraints < 1 || c.Constraints > maxConstraints {
			return false
		}
		t.chains = append(t.chains, &chain{name: c.Name, keys: map[Hash]bool{}})
	}
	for i, c := range t.chains {
		if _, twice := t.byName[c.name]; twice {
			return false
		}
		t.byName[c.name] = i
	}
	return true
}

// word reports whether a circuit's name can be part of a file's name.
func word(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 32
}

// mayFollow returns why an entry may not come now, or nothing. The order is:
// contributions to the powers; their seal; the opening of every circuit;
// contributions to any circuit; the seal of every circuit, all by one beacon.
func (t *Transcript) mayFollow(e Entry, c *chain) string {
	powers, circuits := t.chains[0], t.chains[1:]
	if e.Kind == Open {
		switch {
		case c == powers || c.opened:
			return "the chain is open already"
		case !powers.sealed:
			return "circuits open after the powers are sealed"
		case e.Base != powers.tip:
			return "it begins from other powers"
		}
		return ""
	}
	switch {
	case c.sealed:
		return "the chain is sealed"
	case c != powers && !all(circuits, func(c *chain) bool { return c.opened }):
		return "not every circuit is open"
	case e.Base != c.tip:
		return "it begins from another file than the chain's last"
	case e.Kind == Contribution && slices.ContainsFunc(circuits, func(c *chain) bool { return c.sealed }):
		return "sealing has begun"
	case e.Kind == Seal && c != powers && !all(circuits, func(c *chain) bool { return len(c.entries) > 0 }):
		return "a circuit has no contribution"
	case e.Kind == Seal && len(c.entries) == 0:
		return "the chain has no contribution"
	}
	if e.Kind == Seal && c != powers {
		for _, earlier := range t.entries {
			switch {
			case earlier.Kind != Seal:
			case earlier.Chain == Powers && earlier.Beacon == e.Beacon:
				return "the powers' beacon was known to the circuits' contributors"
			case earlier.Chain != Powers && (earlier.Beacon != e.Beacon || earlier.Source != e.Source):
				return "circuits are sealed by one beacon"
			}
		}
	}
	return ""
}

// take moves the chain on.
func (c *chain) take(index int, e Entry) {
	switch e.Kind {
	case Open:
		c.opened, c.tip = true, e.Payload
	case Contribution:
		c.tip, c.keys[e.Key] = e.Payload, true
		c.entries = append(c.entries, index)
	case Seal:
		c.sealed = true
		if e.Chain == Powers {
			c.tip = e.Payload
		}
	}
}

func all(chains []*chain, holds func(*chain) bool) bool {
	return !slices.ContainsFunc(chains, func(c *chain) bool { return !holds(c) })
}

// find returns the index of a chain's entry of a kind that it has once, or -1.
func (t *Transcript) find(kind Kind, chain string) int {
	return slices.IndexFunc(t.entries, func(e Entry) bool { return e.Kind == kind && e.Chain == chain })
}

// file returns the name of an entry's file: chain, number in it, hash.
func (t *Transcript) file(index int) string {
	e := t.entries[index]
	at := "opened"
	switch e.Kind {
	case Contribution:
		at = fmt.Sprintf("%03d", 1+slices.Index(t.chains[t.byName[e.Chain]].entries, index))
	case Seal:
		at = "sealed"
	}
	return fmt.Sprintf("%s-%s-%s.bin", e.Chain, at, e.Payload.Short())
}

// Stage is what a ceremony waits for.
type Stage string

// The stages, in their order.
const (
	StagePowers   Stage = "contributions to the powers of tau, or their beacon"
	StageOpening  Stage = "the opening of every circuit"
	StageCircuits Stage = "contributions to the circuits, or their beacon"
	StageSealing  Stage = "the seal of every circuit"
	StageFinished Stage = "nothing: it is finished"
)

// Stage returns what the ceremony waits for.
func (t *Transcript) Stage() Stage {
	circuits := t.chains[1:]
	switch {
	case !t.chains[0].sealed:
		return StagePowers
	case !all(circuits, func(c *chain) bool { return c.opened }):
		return StageOpening
	case all(circuits, func(c *chain) bool { return c.sealed }):
		return StageFinished
	case slices.ContainsFunc(circuits, func(c *chain) bool { return c.sealed }):
		return StageSealing
	}
	return StageCircuits
}

// stage refuses (CEREMONY_STAGE) what does not fit the present stage.
func (t *Transcript) stage(allowed ...Stage) error {
	if now := t.Stage(); !slices.Contains(allowed, now) {
		return rejection.New(rejection.CeremonyStage, "the ceremony waits for %s", now)
	}
	return nil
}

package ceremony

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"
	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// entries reads the transcript as an attacker does: without checking it.
func entries(t *testing.T, dir string) (out []Entry) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, transcriptFile))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		e, err := parseEntry(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rewrite writes a transcript with entries from index on linked again. Nobody
// but mallory's own contributions get a new signature.
func rewrite(t *testing.T, dir string, list []Entry, from int) {
	t.Helper()
	var text []byte
	for i := range list {
		if i >= from && i > 0 {
			list[i].Previous = list[i-1].hash()
		}
		if list[i].Contributor == "mallory" {
			m := who("mallory")
			list[i].Key = Hash(m.Key[32:])
			list[i].sign(m.Key)
		}
		text = append(append(text, list[i].line()...), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, transcriptFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// add appends an entry with its file to a transcript, by whatever hand.
func add(t *testing.T, dir string, e Entry, payload []byte) {
	t.Helper()
	list := append(entries(t, dir), e)
	n := len(list) - 1
	if payload != nil {
		list[n].Payload = sha256.Sum256(payload)
	}
	rewrite(t, dir, list, n)
	if payload == nil {
		return
	}
	// Where a reader will look for it, which depends on the entries before.
	count := 0
	for _, e := range list {
		if e.Chain == list[n].Chain && e.Kind == Contribution {
			count++
		}
	}
	name := map[Kind]string{Open: "opened", Seal: "sealed", Contribution: string([]byte{'0', '0', byte('0' + count)})}[e.Kind]
	name = e.Chain + "-" + name + "-" + list[n].Payload.Short() + ".bin"
	if err := os.WriteFile(filepath.Join(dir, name), payload, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tip returns the last file of a chain and its hash.
func tip(t *testing.T, dir, chain string) (Hash, []byte) {
	t.Helper()
	d, err := open(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	c := d.chains[d.byName[chain]]
	if c.name == Powers && len(c.entries) == 0 {
		return c.tip, write(mpcsetup.NewPhase1(largest(small())))
	}
	b, err := os.ReadFile(filepath.Join(dir, d.file(d.files[c.tip])))
	if err != nil {
		t.Fatal(err)
	}
	return c.tip, b
}

// mallory contributes to a chain and then changes the file.
func mallory(t *testing.T, dir, chain string, change func([]byte)) {
	t.Helper()
	base, raw := tip(t, dir, chain)
	var payload []byte
	if chain == Powers {
		p := new(mpcsetup.Phase1)
		if err := read(p, raw); err != nil {
			t.Fatal(err)
		}
		p.Contribute()
		payload = write(p)
	} else {
		p := new(mpcsetup.Phase2)
		if err := read(p, raw); err != nil {
			t.Fatal(err)
		}
		p.Contribute()
		payload = write(p)
	}
	change(payload)
	add(t, dir, Entry{Kind: Contribution, Chain: chain, Contributor: "mallory", Base: base}, payload)
}

// begun returns a ceremony with two contributions to the powers.
func begun(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Init(dir, "test", small()); err != nil {
		t.Fatal(err)
	}
	contribute(t, dir, "ada", "ben")
	return dir
}

// expect verifies and demands a fault. Entry -1 is the last.
func expect(t *testing.T, dir string, check Check, entry int, contributor string) {
	t.Helper()
	_, err := Verify(dir, small(), nil)
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("not a fault: %v", err)
	}
	if entry < 0 {
		entry = len(entries(t, dir)) - 1
	}
	if f.Check != check || f.Entry != entry || f.Contributor != contributor {
		t.Errorf("%+v; want %s of entry %d by %q", f, check, entry, contributor)
	}
	code := rejection.BadCeremony
	if slices.Contains([]Check{CheckForm, CheckMissing, CheckSize, CheckHash, CheckPoints}, check) {
		code = rejection.BadFile
	}
	if !errors.Is(err, code) {
		t.Errorf("not %s: %v", code.Name(), err)
	}
}

// Entries of a finished ceremony of three: start, ada, ben, cleo, seal, two
// openings, then ada, ben, cleo to each circuit in turn, and two seals.
const (
	benPowers   = 2
	sealPowers  = 4
	openCube    = 5
	adaCube     = 7
	benCube     = 9
	cleoCube    = 11
	sealCube    = 13
	sealsEnd    = 15
	powersStart = 3 * proofSize // of the powers in a file
)

// TestTranscriptFaults changes entries. The attacker links the chain again if
// that helps, and can't sign for others.
func TestTranscriptFaults(t *testing.T) {
	other := func(name string) func([]Entry) []Entry { // who contributed
		return func(l []Entry) []Entry { l[benCube].Contributor = name; return l }
	}
	for name, c := range map[string]struct {
		change      func([]Entry) []Entry
		relink      int // from which entry on; 0: not at all
		check       Check
		entry       int
		contributor string
	}{
		"an entry removed":          {func(l []Entry) []Entry { return slices.Delete(l, 2, 3) }, 0, CheckPrevious, 2, "cleo"},
		"an entry removed, linked":  {func(l []Entry) []Entry { return slices.Delete(l, 2, 3) }, 2, CheckOrder, 2, "cleo"},
		"entries swapped":           {func(l []Entry) []Entry { l[1], l[2] = l[2], l[1]; return l }, 0, CheckPrevious, 1, "ben"},
		"entries swapped, linked":   {func(l []Entry) []Entry { l[1], l[2] = l[2], l[1]; return l }, 1, CheckOrder, 1, "ben"},
		"a contribution renamed":    {other("dan"), 0, CheckSignature, benCube, "dan"},
		"a contribution taken over": {other("mallory"), benCube + 1, CheckSignature, benCube + 1, "ben"},
		"another key":               {func(l []Entry) []Entry { l[benCube].Key[0] ^= 1; return l }, 0, CheckSignature, benCube, "ben"},
		"another file":              {func(l []Entry) []Entry { l[benCube].Payload[0] ^= 1; return l }, 0, CheckSignature, benCube, "ben"},
		"another base":              {func(l []Entry) []Entry { l[benCube].Base[0] ^= 1; return l }, 0, CheckOrder, benCube, "ben"},
		"another network":           {func(l []Entry) []Entry { l[0].Network = "other"; return l }, 1, CheckSignature, 1, "ada"},
		"the powers' beacon":        {func(l []Entry) []Entry { l[sealPowers].Beacon[0] ^= 2; return l }, sealPowers, CheckSignature, adaCube, "ada"},
		"circuits sealed with two": {func(l []Entry) []Entry { l[sealsEnd-1].Beacon[0] ^= 1; return l }, sealsEnd - 1,
			CheckOrder, sealsEnd - 1, ""},
		"one beacon for both": {func(l []Entry) []Entry {
			l[sealCube].Beacon, l[sealCube+1].Beacon = first.Value, first.Value
			return l
		}, sealCube, CheckOrder, sealCube, ""},
		"a seal of contributions that are missing": {func(l []Entry) []Entry { return append(l[:adaCube], l[sealCube]) }, adaCube, CheckOrder, adaCube, ""},
		"a second start":                  {func(l []Entry) []Entry { return append(l, l[0]) }, sealsEnd, CheckOrder, sealsEnd, ""},
		"no start":                        {func(l []Entry) []Entry { return l[1:] }, 0, CheckPrevious, 0, "ada"},
		"an unknown chain":                {func(l []Entry) []Entry { l[adaCube].Chain = "square"; return l }, 0, CheckOrder, adaCube, "ada"},
		"an unknown kind":                 {func(l []Entry) []Entry { l[adaCube].Kind = "gift"; return l }, 0, CheckForm, adaCube, "ada"},
		"a seal that names a contributor": {func(l []Entry) []Entry { l[sealCube].Contributor = "ada"; return l }, sealCube, CheckForm, sealCube, "ada"},
		"a contribution without a name":   {func(l []Entry) []Entry { l[adaCube].Contributor = ""; return l }, 0, CheckForm, adaCube, ""},
		"a path for a circuit":            {func(l []Entry) []Entry { l[0].Circuits[0].Name = "../cube"; return l }, 0, CheckForm, 0, ""},
		"a circuit twice":                 {func(l []Entry) []Entry { l[0].Circuits[1].Name = "cube"; return l }, 0, CheckForm, 0, ""},
		"too many circuits": {func(l []Entry) []Entry {
			for i := range maxCircuits {
				c := l[0].Circuits[0]
				c.Name = fmt.Sprint("more-", i)
				l[0].Circuits = append(l[0].Circuits, c)
			}
			return l
		}, 0, CheckForm, 0, ""},
		"a circuit too large":              {func(l []Entry) []Entry { l[0].Circuits[0].Constraints = maxConstraints + 1; return l }, 0, CheckForm, 0, ""},
		"a contribution after the end":     {func(l []Entry) []Entry { return append(l, l[cleoCube]) }, sealsEnd, CheckOrder, sealsEnd, "cleo"},
		"a contribution before an opening": {func(l []Entry) []Entry { return slices.Delete(l, openCube+1, openCube+2) }, openCube + 1, CheckOrder, openCube + 1, "ada"},
		"an opening twice":                 {func(l []Entry) []Entry { return slices.Insert(l, openCube+1, l[openCube]) }, openCube + 1, CheckOrder, openCube + 1, ""},
		"other powers under an opening":    {func(l []Entry) []Entry { l[openCube].Base[0] ^= 1; return l }, openCube, CheckOrder, openCube, ""},
		"other keys": {func(l []Entry) []Entry { l[sealsEnd-1].Verifying[0] ^= 1; return l }, sealsEnd - 1,
			CheckComputation, sealsEnd - 1, ""},
		"another proving key": {func(l []Entry) []Entry { l[sealsEnd-1].Proving[0] ^= 1; return l }, sealsEnd - 1,
			CheckComputation, sealsEnd - 1, ""},
		"the circuits' beacon": {func(l []Entry) []Entry {
			l[sealCube].Beacon[0] ^= 1
			l[sealCube+1].Beacon[0] ^= 1
			return l
		}, sealCube, CheckComputation, sealCube, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := finished(t)
			list := c.change(entries(t, dir))
			from := c.relink
			if from == 0 {
				from = len(list)
			}
			rewrite(t, dir, list, from)
			expect(t, dir, c.check, c.entry, c.contributor)
		})
	}
}

// TestTextFaults: a transcript has one form.
func TestTextFaults(t *testing.T) {
	dir := finished(t)
	name := filepath.Join(dir, transcriptFile)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	upper := regexp.MustCompile(`[0-9a-f]{128}`) // signatures
	for what, bad := range map[string][]byte{
		"nothing":           nil,
		"cut off":           text[:len(text)-10],
		"no last newline":   text[:len(text)-1],
		"an empty line":     append(bytes.Clone(text), '\n'),
		"a space":           bytes.Replace(text, []byte(`":"`), []byte(`": "`), 1),
		"an unknown key":    bytes.Replace(text, []byte(`{"kind"`), []byte(`{"x":1,"kind"`), 1),
		"upper-case hex":    upper.ReplaceAllFunc(text, bytes.ToUpper),
		"a number for text": bytes.Replace(text, []byte(`"ada"`), []byte(`7`), 1),
	} {
		if _, err := Parse(bad); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Parse(text); err != nil {
		t.Errorf("control: %v", err)
	}
	if err := os.Truncate(name, maxTranscript+1); err != nil {
		t.Fatal(err)
	}
	refused := func(what string) {
		t.Helper()
		if _, err := Verify(dir, small(), nil); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("too long")
	if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o755)); err != nil {
		t.Fatal(err)
	}
	refused("a directory")
}

// TestFull: nobody adds an entry that would make the transcript too long to be
// read again.
func TestFull(t *testing.T) {
	start, _, _ := bytes.Cut(readFile(t, begun(t), transcriptFile), []byte("\n"))
	with := func(entries int) error {
		tr, err := Parse(append(bytes.Clone(start), '\n'))
		if err != nil {
			t.Fatal(err)
		}
		dan := who("dan")
		e := Entry{
			Kind: Contribution, Previous: tr.last, Chain: Powers, Contributor: dan.Name, Key: Hash(dan.Key[32:]),
			Base: tr.chains[0].tip, Payload: Hash{1},
		}
		e.sign(dan.Key)
		tr.entries = append(tr.entries, make([]Entry, entries-1)...)
		return tr.add(e)
	}
	if err := with(maxEntries - 1); err != nil {
		t.Errorf("control: %v", err)
	}
	var f *Fault
	if err := with(maxEntries); !errors.As(err, &f) || f.Check != CheckForm || f.Entry != maxEntries {
		t.Errorf("one more: %v", err)
	}
}

// TestFileFaults damages each file: whoever lost or damaged it, the entry that
// names it is the one that is named.
func TestFileFaults(t *testing.T) {
	whole := finished(t)
	d, err := open(whole, small())
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range d.entries {
		if e.Payload == (Hash{}) {
			continue
		}
		for what, c := range map[string]struct {
			change func(name string, b []byte) error
			check  Check
		}{
			"removed":   {func(name string, _ []byte) error { return os.Remove(name) }, CheckMissing},
			"truncated": {func(name string, b []byte) error { return os.WriteFile(name, b[:len(b)-1], 0o644) }, CheckSize},
			"longer":    {func(name string, b []byte) error { return os.WriteFile(name, append(b, 0), 0o644) }, CheckSize},
			"flipped":   {func(name string, b []byte) error { b[len(b)/2] ^= 1; return os.WriteFile(name, b, 0o644) }, CheckHash},
		} {
			t.Run(d.file(i)+" "+what, func(t *testing.T) {
				name := filepath.Join(whole, d.file(i))
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				defer os.WriteFile(name, bytes.Clone(b), 0o644)
				if err := c.change(name, bytes.Clone(b)); err != nil {
					t.Fatal(err)
				}
				expect(t, whole, c.check, i, e.Contributor)
			})
		}
	}
	if _, err := Verify(whole, small(), nil); err != nil {
		t.Errorf("control: %v", err)
	}
}

// outside is a point of the curve that is not in the prime-order subgroup.
func outside(t *testing.T) []byte {
	t.Helper()
	for x := byte(1); ; x++ {
		var b [curve.SizeOfG1AffineCompressed]byte
		b[0], b[len(b)-1] = 0b100<<5, x
		var p curve.G1Affine
		d := curve.NewDecoder(bytes.NewReader(b[:]), curve.NoSubgroupChecks())
		if d.Decode(&p) == nil && !p.IsInSubGroup() {
			return b[:]
		}
	}
}

// TestMallory contributes by all rules of the transcript, with a file that is
// not a contribution.
func TestMallory(t *testing.T) {
	tau1 := powersStart + 8 + g2Size // τ^1 in G1
	form := shapeOf(small()[0])
	delta := 2 // δ in G1
	deltaProof := form.circuitSize(challengeSize) - challengeSize - proofSize
	for name, c := range map[string]struct {
		chain  string
		change func([]byte)
		check  Check
	}{
		"honest, as a control":       {Powers, func([]byte) {}, ""},
		"another power":              {Powers, func(b []byte) { copy(b[tau1+2*g1Size:], b[tau1+g1Size:][:g1Size]) }, CheckUpdate},
		"another τ":                  {Powers, func(b []byte) { copy(b[tau1:], b[tau1+g1Size:][:g1Size]) }, CheckUpdate},
		"a proof for another secret": {Powers, func(b []byte) { copy(b, b[proofSize:2*proofSize]) }, CheckUpdate},
		"a secret of zero": {Powers, func(b []byte) {
			clear(b[:proofSize])
			b[0], b[g1Size] = 0b110<<5, 0b110<<5
		}, CheckUpdate},
		"a point outside the subgroup": {Powers, func(b []byte) { copy(b[tau1:], outside(t)) }, CheckPoints},
		"bytes that are no point":      {Powers, func(b []byte) { clear(b[tau1 : tau1+g1Size]) }, CheckPoints},
		"another number of powers":     {Powers, func(b []byte) { b[powersStart+7] ^= 1 }, CheckSize},
		"another challenge":            {Powers, func(b []byte) { b[len(b)-1] ^= 1 }, CheckChallenge},
		"no challenge":                 {Powers, func(b []byte) { b[len(b)-challengeSize] = 0 }, CheckChallenge},

		"honest, to a circuit":              {"cube", func([]byte) {}, ""},
		"another δ":                         {"cube", func(b []byte) { copy(b[delta:], b[2+g1Size+4:][:g1Size]) }, CheckUpdate},
		"a proof for another δ":             {"cube", func(b []byte) { copy(b[deltaProof:], b[delta:][:g1Size]) }, CheckUpdate},
		"a wire of the witness":             {"cube", func(b []byte) { copy(b[2+g1Size+4:], b[delta:][:g1Size]) }, CheckUpdate},
		"a circuit's point outside":         {"cube", func(b []byte) { copy(b[2+g1Size+4:], outside(t)) }, CheckPoints},
		"commitments that are not there":    {"cube", func(b []byte) { b[1] = 1 }, CheckSize},
		"another number of wires":           {"cube", func(b []byte) { b[2+g1Size+3] ^= 1 }, CheckSize},
		"a number of wires without a bound": {"cube", func(b []byte) { b[2+g1Size] = 0xff }, CheckSize},
		"another circuit's challenge":       {"cube", func(b []byte) { b[len(b)-2] ^= 1 }, CheckChallenge},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.chain == Powers {
				dir = begun(t)
			} else {
				copyDir(t, dir, openedOnce(t))
			}
			mallory(t, dir, c.chain, c.change)
			if c.check == "" {
				if _, err := Verify(dir, small(), nil); err != nil {
					t.Fatal(err)
				}
				return
			}
			expect(t, dir, c.check, -1, "mallory")
		})
	}
}

// openedOnce returns a ceremony whose circuits are open, with a contribution to
// each. It is not to be changed.
func openedOnce(t *testing.T) string {
	t.Helper()
	dir := finished(t)
	rewrite(t, dir, entries(t, dir)[:benCube-1], benCube-1)
	return dir
}

// TestOthersThrownAway: mallory begins from the very beginning, so that nobody
// else's secret is in the powers, and says otherwise.
func TestOthersThrownAway(t *testing.T) {
	dir := begun(t)
	base, _ := tip(t, dir, Powers)
	p := mpcsetup.NewPhase1(largest(small()))
	p.Contribute()
	own := write(p)
	add(t, dir, Entry{Kind: Contribution, Chain: Powers, Contributor: "mallory", Base: base}, own)
	expect(t, dir, CheckChallenge, -1, "mallory")

	// With the challenge written over, the proofs of knowledge don't fit it.
	dir = begun(t)
	base, _ = tip(t, dir, Powers)
	copy(own[len(own)-32:], base[:])
	add(t, dir, Entry{Kind: Contribution, Chain: Powers, Contributor: "mallory", Base: base}, own)
	expect(t, dir, CheckUpdate, -1, "mallory")
}

// TestReplay: a contribution made before is none.
func TestReplay(t *testing.T) {
	dir := begun(t)
	list := entries(t, dir)
	bens := list[benPowers]
	add(t, dir, Entry{Kind: Contribution, Chain: Powers, Contributor: "mallory", Base: bens.Payload, Payload: bens.Payload}, nil)
	expect(t, dir, CheckReplay, -1, "mallory")

	dir = begun(t)
	mallory(t, dir, Powers, func([]byte) {})
	mallory(t, dir, Powers, func([]byte) {})
	expect(t, dir, CheckReplay, -1, "mallory")

	// To the base of the one before: a fork.
	dir = begun(t)
	add(t, dir, Entry{Kind: Contribution, Chain: Powers, Contributor: "mallory", Base: bens.Base}, []byte("whatever"))
	expect(t, dir, CheckOrder, -1, "mallory")
}

// TestDishonestCoordinator: who opens and seals has no secret to add, so all of
// it is computed again.
func TestDishonestCoordinator(t *testing.T) {
	// Powers of a secret that only the coordinator knows.
	dir := begun(t)
	base, _ := tip(t, dir, Powers)
	own := mpcsetup.NewPhase1(largest(small()))
	own.Contribute()
	commons := own.Seal([]byte("known to me"))
	add(t, dir, Entry{Kind: Seal, Chain: Powers, Base: base, Beacon: first.Value, Source: first.Source}, write(&commons))
	expect(t, dir, CheckComputation, -1, "")

	// An opening over such powers.
	dir = begun(t)
	if _, err := SealPowers(dir, small(), first, nil); err != nil {
		t.Fatal(err)
	}
	list := entries(t, dir)
	rewrite(t, dir, list[:4], 4)
	forged := write(begin(small()[0], &commons, newMeter(nil)).last)
	add(t, dir, Entry{Kind: Open, Chain: "cube", Base: list[3].Payload}, forged)
	expect(t, dir, CheckComputation, -1, "")
	// Finishing verifies too.
	rewrite(t, dir, append(entries(t, dir), list[5]), 5)
	contribute(t, dir, "ada")
	var f *Fault
	if _, _, err := Finish(dir, small(), second, t.TempDir(), nil); !errors.As(err, &f) || f.Check != CheckComputation || f.Kind != Open {
		t.Errorf("keys of a forged opening: %v", err)
	}

	// A start from something else.
	dir = t.TempDir()
	if _, err := Init(dir, "test", small()); err != nil {
		t.Fatal(err)
	}
	list = entries(t, dir)
	list[0].Base[0] ^= 1
	rewrite(t, dir, list, 1)
	expect(t, dir, CheckComputation, 0, "")
}

// TestNothingSealed: a fault in the last circuit's chain leaves the first one's
// open, so that somebody else can contribute.
func TestNothingSealed(t *testing.T) {
	dir := openedOnce(t)
	kept := entries(t, dir)
	mallory(t, dir, "thirteenth", func(b []byte) { copy(b[2+g1Size+4:], b[2:][:g1Size]) })
	before := tree(t, dir)
	var f *Fault
	if _, _, err := Finish(dir, small(), second, t.TempDir(), nil); !errors.As(err, &f) || f.Contributor != "mallory" || f.Check != CheckUpdate {
		t.Errorf("%v", err)
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Error(d)
	}
	rewrite(t, dir, kept, len(kept))
	contribute(t, dir, "dan")
	if _, _, err := Finish(dir, small(), second, t.TempDir(), nil); err != nil {
		t.Error(err)
	}
}

// TestOtherCircuits: a ceremony for another circuit of the same shape, or in
// another order, is not this program's.
func TestOtherCircuits(t *testing.T) {
	dir := finished(t)
	for name, systems := range map[string][]*prove.System{
		"another circuit": {compiled("cube", 4), small()[1]},
		"another order":   {small()[1], small()[0]},
		"one fewer":       small()[:1],
		"another name":    {compiled("kube", 3), small()[1]},
	} {
		var f *Fault
		if _, err := Verify(dir, systems, nil); !errors.As(err, &f) || f.Check != CheckCircuits || !errors.Is(err, rejection.BadCeremony) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

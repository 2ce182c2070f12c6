package ceremony

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"
)

// FuzzTranscript: whatever is read is written back as it was.
func FuzzTranscript(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(finished(f), transcriptFile))
	if err != nil {
		f.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for n := range lines {
		f.Add(bytes.Join(lines[:n], nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := Parse(b)
		if err != nil {
			return
		}
		if !bytes.Equal(tr.encode(), b) {
			t.Errorf("two forms of %q", tr.encode())
		}
		for i, e := range tr.entries {
			if e.Payload != (Hash{}) && filepath.Base(tr.file(i)) != tr.file(i) {
				t.Errorf("a file elsewhere: %q", tr.file(i))
			}
		}
	})
}

// FuzzFiles: no bytes bring a reader down or make it ask for memory that their
// own number does not justify, and what is read has one form.
func FuzzFiles(f *testing.F) {
	base := Hash{7}
	p := mpcsetup.NewPhase1(4)
	commons := p.Seal(nil)
	form := shapeOf(small()[0])
	opening := write(begin(small()[0], part(&commons, form.domain), newMeter(nil)).last)
	contribution := append(write(mpcsetup.NewPhase1(4)), base[:]...)
	contribution[powersSize(4)-challengeSize] = 32
	q := begin(small()[0], part(&commons, form.domain), newMeter(nil)).last
	q.Contribute()
	second := write(q)
	copy(second[len(second)-len(base):], base[:])
	_, err1 := readPowers(contribution, 4, base)
	_, err2 := readCircuit(opening, form, nil)
	_, err3 := readCircuit(second, form, &base)
	_, err4 := readCommons(write(&commons), 4)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		f.Fatalf("control: %v", err)
	}
	f.Add(contribution)
	f.Add(opening)
	f.Add(second)
	f.Add(write(&commons))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := readPowers(b, 4, base); err == nil && !bytes.Equal(write(p), b) {
			t.Error("two forms of powers")
		}
		if p, err := readCircuit(b, form, nil); err == nil && !bytes.Equal(write(p), b) {
			t.Error("two forms of an opening")
		}
		if p, err := readCircuit(b, form, &base); err == nil && !bytes.Equal(write(p), b) {
			t.Error("two forms of a contribution")
		}
		if c, err := readCommons(b, 4); err == nil && !bytes.Equal(write(c), b) {
			t.Error("two forms of sealed powers")
		}
	})
}

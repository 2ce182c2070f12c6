package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
)

var (
	ours   = [32]byte{1}
	theirs = [32]byte{2}
)

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "journal") }

// sample are batches of one to three records, one of them empty.
func sample(n int) (out [][][]byte) {
	for i := range n {
		batch := [][]byte{fmt.Appendf(nil, "record %d", i)}
		for k := range i % 3 {
			batch = append(batch, make([]byte, k*5))
		}
		out = append(out, batch)
	}
	return out
}

// written makes a journal of batches and returns its path and content.
func written(t *testing.T, batches [][][]byte) (string, []byte) {
	t.Helper()
	p := path(t)
	j, got, err := Open(p, ours)
	if err != nil || len(got) != 0 {
		t.Fatal(got, err)
	}
	for _, b := range batches {
		if err := j.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return p, content
}

func reopened(t *testing.T, p string) (*Journal, [][][]byte) {
	t.Helper()
	j, got, err := Open(p, ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, got
}

func TestWhatWasAppendedIsThere(t *testing.T) {
	want := sample(7)
	p, content := written(t, want)
	j, got := reopened(t, p)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if j.Size() != int64(len(content)) {
		t.Errorf("size %d of %d", j.Size(), len(content))
	}
	more := [][]byte{[]byte("more")}
	if err := j.Append(more); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if _, got := reopened(t, p); !cmp.Equal(append(want, more), got) {
		t.Error("a batch after a second open")
	}
}

// TestTornTail: of a file that is cut short at any byte, the whole batches
// remain, and it can be written on.
func TestTornTail(t *testing.T) {
	want := sample(4)
	_, content := written(t, want)
	ends := map[int]int{} // length of the file after n batches
	for n := range len(want) + 1 {
		_, c := written(t, want[:n])
		ends[len(c)] = n
	}
	n := 0
	for cut := range len(content) + 1 {
		if more, ok := ends[cut]; ok {
			n = more
		}
		p := path(t)
		if err := os.WriteFile(p, content[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, got, err := Open(p, ours)
		if err != nil || len(got) != n || n > 0 && !cmp.Equal(want[:n], got) {
			t.Fatalf("cut at %d: %d batches, want %d, %v", cut, len(got), n, err)
		}
		last := [][]byte{[]byte("after the crash")}
		if err := j.Append(last); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if _, again := reopened(t, p); !cmp.Equal(append(want[:n:n], last), again) {
			t.Fatalf("cut at %d: %d batches after another append", cut, len(again))
		}
	}
}

// TestFlippedBit: each single bit that differs is refused, and the file is left
// as it is.
func TestFlippedBit(t *testing.T) {
	_, content := written(t, sample(3))
	p := path(t)
	for bit := range 8 * len(content) {
		content[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(p, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(p, ours); !errors.Is(err, rejection.BadJournal) {
			t.Fatalf("bit %d: %v", bit, err)
		}
		if after, err := os.ReadFile(p); err != nil || !cmp.Equal(after, content) {
			t.Fatalf("bit %d: the damaged file was changed", bit)
		}
		content[bit/8] ^= 1 << (bit % 8)
	}
	if err := os.WriteFile(p, content, 0o600); err != nil {
		t.Fatal(err)
	}
	reopened(t, p) // control
}

// TestFramesOutOfPlace: a frame that is whole but missing, repeated or swapped
// is refused.
func TestFramesOutOfPlace(t *testing.T) {
	batches := [][][]byte{{[]byte("aaaa")}, {[]byte("bbbb")}, {[]byte("cccc")}}
	var at []int
	for n := range len(batches) + 1 {
		_, c := written(t, batches[:n])
		at = append(at, len(c))
	}
	_, c := written(t, batches)
	head, frame := c[:at[0]], func(i int) []byte { return c[at[i]:at[i+1]] }
	join := func(parts ...[]byte) (out []byte) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	for name, content := range map[string][]byte{
		"first missing":  join(head, frame(1), frame(2)),
		"middle missing": join(head, frame(0), frame(2)),
		"repeated":       join(head, frame(0), frame(0)),
		"swapped":        join(head, frame(1), frame(0), frame(2)),
		"zeros after":    join(c, make([]byte, 64)),
		"header twice":   join(head, c),
	} {
		if _, _, _, err := parse(content, ours); !errors.Is(err, rejection.BadJournal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, _, _, err := parse(join(head, frame(0), frame(1), frame(2)), ours); err != nil || len(got) != 3 {
		t.Errorf("control: %v", err)
	}
}

func TestOneProcessOneGateway(t *testing.T) {
	p, _ := written(t, sample(2))
	if _, _, err := Open(p, theirs); !errors.Is(err, rejection.BadJournal) {
		t.Errorf("another gateway's: %v", err)
	}
	j, _ := reopened(t, p)
	if _, _, err := Open(p, ours); !errors.Is(err, rejection.JournalInUse) {
		t.Errorf("open twice: %v", err)
	}
	j.Close()
	reopened(t, p) // control
	other := path(t)
	if err := os.WriteFile(other, []byte("notes of mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(other, ours); !errors.Is(err, rejection.BadJournal) {
		t.Errorf("a short file of something else: %v", err)
	}
}

// broken is a file that fails once at a step, before or after the step took
// effect, and works from then on.
type broken struct {
	*os.File
	at       int
	persists bool
	steps    int
}

var errDisk = errors.New("the disk failed")

func (b *broken) fails() bool {
	b.steps++
	return b.steps == b.at
}

func (b *broken) Write(p []byte) (int, error) {
	if !b.fails() {
		return b.File.Write(p)
	}
	if !b.persists {
		return 0, errDisk
	}
	n, err := b.File.Write(p)
	return n, errors.Join(err, errDisk)
}

func (b *broken) Sync() error {
	if !b.fails() {
		return b.File.Sync()
	}
	if b.persists {
		return errors.Join(b.File.Sync(), errDisk)
	}
	return errDisk
}

// TestFailedAppend: after a failure nothing more is written, and the batch that
// failed is there whole or not at all.
func TestFailedAppend(t *testing.T) {
	want := sample(5)
	for at := 1; at <= 2*len(want); at++ {
		for _, persists := range []bool{false, true} {
			p := path(t)
			j, _, err := Open(p, ours)
			if err != nil {
				t.Fatal(err)
			}
			j.file = &broken{File: j.file.(*os.File), at: at, persists: persists}
			good := 0
			for _, b := range want {
				err := j.Append(b)
				switch failed := good >= (at-1)/2; {
				case failed != errors.Is(err, errDisk):
					t.Fatalf("step %d: batch %d: %v", at, good, err)
				case err == nil:
					good++
				}
			}
			j.Close()
			_, got := reopened(t, p)
			if len(got) < good || len(got) > good+1 || len(got) > 0 && !cmp.Equal(want[:len(got)], got) {
				t.Fatalf("step %d, persists %v: %d batches acknowledged, %d there", at, persists, good, len(got))
			}
			if persists && len(got) != good+1 {
				t.Fatalf("step %d: the batch that lasted is not there", at)
			}
		}
	}
}

// order remembers the calls.
type order struct {
	*os.File
	calls string
}

func (o *order) Write(p []byte) (int, error) { o.calls += "w"; return o.File.Write(p) }
func (o *order) Sync() error                 { o.calls += "s"; return o.File.Sync() }

// TestSyncBeforeReturn: each Append is one write, then one sync, then a return.
func TestSyncBeforeReturn(t *testing.T) {
	j, _ := reopened(t, path(t))
	o := &order{File: j.file.(*os.File)}
	j.file = o
	for i, b := range sample(3) {
		if err := j.Append(b); err != nil || len(o.calls) != 2*(i+1) {
			t.Fatal(o.calls, err)
		}
	}
	if o.calls != "wswsws" {
		t.Error(o.calls)
	}
}

func TestBounds(t *testing.T) {
	p := path(t)
	j, _ := reopened(t, p)
	for name, batch := range map[string][][]byte{
		"no record": nil, "a long record": {make([]byte, MaxRecord+1)}, "a long batch": sized(MaxBatch/MaxRecord + 1),
	} {
		if j.Append(batch) == nil {
			t.Errorf("%s was written", name)
		}
	}
	want := [][][]byte{{make([]byte, MaxRecord)}}
	if err := j.Append(want[0]); err != nil {
		t.Fatal(err) // what was refused is no fault
	}
	j.Close()
	if _, got := reopened(t, p); !cmp.Equal(want, got) {
		t.Error("the longest record")
	}
}

func sized(n int) (out [][]byte) {
	for range n {
		out = append(out, make([]byte, MaxRecord))
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		p := filepath.Join(dir, fmt.Sprint(n))
		var want [][][]byte
		for range rapid.IntRange(1, 4).Draw(r, "opens") {
			j, got, err := Open(p, ours)
			if err != nil || len(got) != len(want) || len(want) > 0 && !cmp.Equal(want, got) {
				r.Fatalf("%v %s", err, cmp.Diff(want, got))
			}
			for range rapid.IntRange(0, 3).Draw(r, "batches") {
				b := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 1, 4).Draw(r, "batch")
				if err := j.Append(b); err != nil {
					r.Fatal(err)
				}
				want = append(want, b)
			}
			j.Close()
		}
	})
}

func FuzzParse(f *testing.F) {
	head, _ := header(ours)
	f.Add(head)
	f.Add(append(head, 0, 0, 0, 1))
	f.Fuzz(func(t *testing.T, content []byte) {
		batches, whole, sum, err := parse(content, ours)
		if err != nil {
			if !errors.Is(err, rejection.BadJournal) {
				t.Fatal(err)
			}
			return
		}
		again, all, same, err := parse(content[:whole], ours)
		if err != nil || all != whole || same != sum && whole > 0 || !cmp.Equal(batches, again) {
			t.Fatalf("the whole part of a journal is none: %v", err)
		}
	})
}

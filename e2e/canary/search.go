package canary

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// window is how many bytes a spelling begins with are used to find it: none
// may be shorter. Sixty-four bits do not occur by chance in what a machine
// holds.
const window = 8

// Search looks for canaries.
type Search struct {
	// byStart has every spelling under its first bytes; filter answers most
	// "no" without it.
	byStart map[uint64][]pattern
	filter  [1 << 14]uint64 // a bit for each value of 20 bits of a start's hash
	longest int
}

type pattern struct {
	canary string
	spelling
}

// Finding is one place at which a canary was found.
type Finding struct {
	Canary   string // its name
	Spelling string
	Where    string // file, process or stream
	Offset   int64
}

func (f Finding) String() string {
	return fmt.Sprintf("%s in %s at %d, as %s", f.Canary, f.Where, f.Offset, f.Spelling)
}

// New returns a search for canaries. It refuses a canary with a spelling of
// less than eight bytes: choose a larger number.
func New(canaries ...Canary) (*Search, error) {
	s := &Search{byStart: map[uint64][]pattern{}}
	for _, c := range canaries {
		for _, sp := range c.spellings {
			if len(sp.bytes) < window {
				return nil, fmt.Errorf("canary %s: %s %q is too short to be told from chance", c.name, sp.name, sp.bytes)
			}
			start := binary.LittleEndian.Uint64(sp.bytes)
			s.byStart[start] = append(s.byStart[start], pattern{c.name, sp})
			word, bit := place(start)
			s.filter[word] |= bit
			s.longest = max(s.longest, len(sp.bytes))
		}
	}
	return s, nil
}

// place returns a start's bit in the filter.
func place(start uint64) (word int, bit uint64) {
	h := start * 0x9e3779b97f4a7c15 >> 44
	return int(h >> 6), 1 << (h & 63)
}

// Bytes searches b, which lies at an offset of the place named.
func (s *Search) Bytes(where string, offset int64, b []byte) (found []Finding) {
	for i := 0; i+window <= len(b); i++ {
		start := binary.LittleEndian.Uint64(b[i:])
		if word, bit := place(start); s.filter[word]&bit == 0 {
			continue
		}
		for _, p := range s.byStart[start] {
			if len(b)-i >= len(p.bytes) && string(b[i:i+len(p.bytes)]) == string(p.bytes) {
				found = append(found, Finding{p.canary, p.spelling.name, where, offset + int64(i)})
			}
		}
	}
	return found
}

// chunk is how much of a stream is searched at a time.
const chunk = 1 << 20

// Reader searches a stream to its end, or to an error, which it returns with
// what was found before.
func (s *Search) Reader(where string, r io.Reader) ([]Finding, error) {
	var found []Finding
	buffer := make([]byte, 0, chunk+s.longest)
	var offset int64
	for {
		n, err := io.ReadFull(r, buffer[len(buffer):len(buffer)+chunk])
		buffer = buffer[:len(buffer)+n]
		for _, f := range s.Bytes(where, offset, buffer) {
			// What begins in the part kept from last time is found only when it
			// did not end there, or it would be reported twice.
			if !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		keep := min(len(buffer), s.longest-1)
		offset += int64(len(buffer) - keep)
		buffer = buffer[:copy(buffer, buffer[len(buffer)-keep:])]
	}
}

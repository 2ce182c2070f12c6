package transcript

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxEntries is the most entries of a tree of which proofs have an encoding.
const MaxEntries = 1 << maxSiblings

const maxSiblings = 24

// ProofSize is the length of an encoded Proof in bytes, whatever it shows.
const ProofSize = 1 + 4 + 4 + 2*(2*32+32*maxSiblings)

// Proof shows what a tree has at a key: an entry, or its two neighbours.
type Proof struct {
	Found  bool
	Place  uint32 // of the entry, or at which it would stand
	Size   uint32 // of the tree
	Before Shown  // the entry itself if it was found, else the one before Place; zero if there is none
	After  Shown  // the one at Place if none was found; zero if there is none
}

// Shown is an entry with its path's siblings.
type Shown struct {
	Entry
	Siblings [][32]byte
}

func (t Tree) shown(i int) Shown { return Shown{t.entries[i], t.Path(i).Siblings} }

// Prove returns the proof for key.
func (t Tree) Prove(key [32]byte) Proof {
	place, found := t.Find(key)
	p := Proof{Found: found, Place: uint32(place), Size: uint32(len(t.entries))}
	switch {
	case found:
		p.Before = t.shown(place)
		return p
	case place > 0:
		p.Before = t.shown(place - 1)
	}
	if place < len(t.entries) {
		p.After = t.shown(place)
	}
	return p
}

func bad(format string, args ...any) error {
	return rejection.New(rejection.BadTranscript, format, args...)
}

// Verify returns what the tree under root has at key. It refuses
// (BAD_TRANSCRIPT) a proof of anything else.
func (p Proof) Verify(ctx domain.Context, want, key [32]byte) (value [32]byte, found bool, err error) {
	at := func(s Shown, place uint32) bool {
		return Verify(ctx, want, s.Entry, Path{Index: place, Size: p.Size, Siblings: s.Siblings})
	}
	switch {
	case p.Found && (p.Before.Key != key || !at(p.Before, p.Place)):
		return value, false, bad("an entry that is not under the root")
	case p.Found:
		return p.Before.Value, true, nil
	case p.Place > p.Size:
		return value, false, bad("a place past the end")
	case p.Size == 0 && root(ctx, 0, [32]byte{}) != want:
		return value, false, bad("not an empty tree's root")
	case p.Place > 0 && (bytes.Compare(p.Before.Key[:], key[:]) >= 0 || !at(p.Before, p.Place-1)):
		return value, false, bad("no entry before the key")
	case p.Place < p.Size && (bytes.Compare(p.After.Key[:], key[:]) <= 0 || !at(p.After, p.Place)):
		return value, false, bad("no entry after the key")
	}
	return value, false, nil
}

// shows says which of the two entries a proof has, and at which places.
func (p Proof) shows() (before, after bool, first uint32) {
	if p.Found {
		return true, false, p.Place
	}
	return p.Place > 0, p.Place < p.Size, p.Place - 1 // not used if Place is 0
}

// Write appends the encoding of p: what it does not have is zeros.
func (p Proof) Write(w *encoding.Writer) {
	w.Bool(p.Found)
	w.U32(p.Place)
	w.U32(p.Size)
	for _, s := range []Shown{p.Before, p.After} {
		w.Fixed(s.Key[:])
		w.Fixed(s.Value[:])
		for i := range maxSiblings {
			var node [32]byte
			if i < len(s.Siblings) {
				node = s.Siblings[i]
			}
			w.Fixed(node[:])
		}
	}
}

// ReadProof is the inverse of Write. It fails the reader (OUT_OF_RANGE) on a
// place past the end and on a tree of more than MaxEntries, and (NON_CANONICAL)
// on anything but zeros where a proof has nothing.
func ReadProof(r *encoding.Reader) Proof {
	p := Proof{Found: r.Bool(), Place: r.U32(), Size: r.U32()}
	if r.Err() == nil && (p.Size > MaxEntries || p.Place > p.Size || p.Found && p.Place == p.Size) {
		r.Fail(rejection.New(rejection.OutOfRange, "place %d of %d", p.Place, p.Size))
	}
	before, after, first := p.shows()
	p.Before = readShown(r, before, first, p.Size)
	p.After = readShown(r, after, p.Place, p.Size)
	return p
}

func readShown(r *encoding.Reader, there bool, place, size uint32) (s Shown) {
	r.Fixed(s.Key[:])
	r.Fixed(s.Value[:])
	n := 0
	if there {
		n = siblings(place, size)
	} else if s.Entry != (Entry{}) {
		r.Fail(rejection.New(rejection.NonCanonical, "an entry where a proof has none"))
	}
	s.Siblings = readNodes(r, n, maxSiblings)
	return s
}

// readNodes reads n nodes and zeros up to most.
func readNodes(r *encoding.Reader, n, most int) (nodes [][32]byte) {
	for i := range most {
		var node [32]byte
		r.Fixed(node[:])
		switch {
		case r.Err() != nil:
			return nil
		case i < n:
			nodes = append(nodes, node)
		case node != [32]byte{}:
			r.Fail(rejection.New(rejection.NonCanonical, "a node where a path has none"))
		}
	}
	return nodes
}

// Equal reports whether p and q are the same.
func (p Proof) Equal(q Proof) bool {
	return p.Found == q.Found && p.Place == q.Place && p.Size == q.Size && p.Before.equal(q.Before) && p.After.equal(q.After)
}

func (s Shown) equal(x Shown) bool { return s.Entry == x.Entry && slices.Equal(s.Siblings, x.Siblings) }

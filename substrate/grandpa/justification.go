package grandpa

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Bounds of a justification.
const (
	MaxSize       = 8 << 20 // bytes
	MaxAncestries = 4096    // headers above the target
)

// Precommit is one authority's vote for a block and all before it.
type Precommit struct {
	Target    header.Block
	Signature [64]byte
	Voter     Key
}

// Justification is a round's votes that make Target final.
type Justification struct {
	Round      uint64
	Target     header.Block
	Precommits []Precommit
	// Ancestries has the headers between Target and the votes above it.
	Ancestries []header.Header
}

// Decode decodes a whole justification.
func Decode(b []byte) (Justification, error) {
	if len(b) > MaxSize {
		return Justification{}, rejection.New(rejection.Oversized, "a justification of %d bytes", len(b))
	}
	r := scale.NewReader(b)
	j := Justification{Round: r.U64(), Target: readBlock(r)}
	n := r.Count(132)
	if n > 2*MaxAuthorities {
		r.Fail(rejection.New(rejection.Oversized, "%d votes", n))
		n = 0
	}
	for range n {
		p := Precommit{Target: readBlock(r)}
		r.Fixed(p.Signature[:])
		p.Voter = r.Hash()
		j.Precommits = append(j.Precommits, p)
	}
	n = r.Count(97)
	if n > MaxAncestries {
		r.Fail(rejection.New(rejection.Oversized, "%d ancestries", n))
		n = 0
	}
	for range n {
		if r.Err() != nil {
			break
		}
		j.Ancestries = append(j.Ancestries, header.Read(r))
	}
	if err := r.Done(); err != nil {
		return Justification{}, err
	}
	return j, nil
}

// Encode returns the one encoding of j.
func (j Justification) Encode() []byte {
	var w scale.Writer
	w.U64(j.Round)
	writeBlock(&w, j.Target)
	w.Count(len(j.Precommits))
	for _, p := range j.Precommits {
		writeBlock(&w, p.Target)
		w.Fixed(p.Signature[:])
		w.Fixed(p.Voter[:])
	}
	w.Count(len(j.Ancestries))
	for _, h := range j.Ancestries {
		h.Write(&w)
	}
	return w.Bytes()
}

// readBlock reads a hash and then a number of four bytes.
func readBlock(r *scale.Reader) header.Block {
	hash := r.Hash()
	return header.Block{Hash: hash, Number: r.U32()}
}

func writeBlock(w *scale.Writer, b header.Block) {
	w.Fixed(b.Hash[:])
	w.U32(b.Number)
}

// messageSize is the length of a signed vote.
const messageSize = 1 + 32 + 4 + 8 + 8

// Message returns what an authority signs as a vote for target:
//
//	01 ‖ hash ‖ u32 number ‖ u64 round ‖ u64 set
func Message(target header.Block, round, set uint64) []byte {
	w := scale.NewWriter(messageSize)
	w.U8(1) // a precommit; 0 is a prevote, 2 a primary's proposal
	writeBlock(w, target)
	w.U64(round)
	w.U64(set)
	return w.Bytes()
}

package grandpa

import (
	"math/bits"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// MaxAuthorities bounds a set; Kusama has a thousand.
const MaxAuthorities = 10_000

// Key is an authority's Ed25519 public key.
type Key [32]byte

// Authority is a voter and the weight of its vote.
type Authority struct {
	Key    Key
	Weight uint64
}

// Set is the authorities between two changes. The first set of a chain has
// number 0, each next one more.
type Set struct {
	ID          uint64
	Authorities []Authority
}

// Threshold returns the weight that a justification needs,
//
//	W − ⌊(W − 1) / 3⌋, W the sum of all weights,
//
// or BAD_AUTHORITIES: a set without authorities, more than MaxAuthorities,
// one without weight, one listed twice, or W past 64 bits.
func (s Set) Threshold() (uint64, error) {
	if len(s.Authorities) == 0 || len(s.Authorities) > MaxAuthorities {
		return 0, rejection.New(rejection.BadAuthorities, "%d authorities", len(s.Authorities))
	}
	var total uint64
	seen := make(map[Key]bool, len(s.Authorities))
	for _, a := range s.Authorities {
		sum, carry := bits.Add64(total, a.Weight, 0)
		if a.Weight == 0 || carry != 0 {
			return 0, rejection.New(rejection.BadAuthorities, "a weight of 0, or a sum past 64 bits")
		}
		if seen[a.Key] {
			return 0, rejection.New(rejection.BadAuthorities, "authority %x twice", a.Key)
		}
		seen[a.Key] = true
		total = sum
	}
	return total - (total-1)/3, nil
}

// ReadAuthorities reads a list of authorities.
func ReadAuthorities(r *scale.Reader) []Authority {
	n := r.Count(40)
	if n > MaxAuthorities {
		r.Fail(rejection.New(rejection.BadAuthorities, "%d authorities", n))
		return nil
	}
	out := make([]Authority, n)
	for i := range out {
		out[i] = Authority{Key: r.Hash(), Weight: r.U64()}
	}
	return out
}

// WriteAuthorities appends a list of authorities.
func WriteAuthorities(w *scale.Writer, list []Authority) {
	w.Count(len(list))
	for _, a := range list {
		w.Fixed(a.Key[:])
		w.U64(a.Weight)
	}
}

// Engine is GRANDPA's name in a digest.
var Engine = header.Engine{'F', 'R', 'N', 'K'}

// Change replaces the authorities once the block Delay after the one that
// announces it is final.
type Change struct {
	Authorities []Authority
	Delay       uint32
}

// The logs of GRANDPA in a digest; the numbers are wire constants.
const (
	logScheduledChange = 1
	logForcedChange    = 2
	logOnDisabled      = 3
	logPause           = 4
	logResume          = 5
)

// ChangeOf returns the change that h announces, or nil. FORCED_CHANGE: the
// chain replaced its authorities without them, which only its people can
// judge. BAD_CHANGE: a log of GRANDPA that is none, or two changes.
//
// Disabled authorities, pauses and resumptions change nothing for whoever
// verifies: nodes themselves ignore them.
func ChangeOf(h header.Header) (*Change, error) {
	var out *Change
	for _, i := range h.Digest {
		if i.Kind != header.Consensus || i.Engine != Engine {
			continue
		}
		r := scale.NewReader(i.Data)
		switch kind := r.U8(); kind {
		case logScheduledChange:
			c := Change{Authorities: ReadAuthorities(r), Delay: r.U32()}
			if err := r.Done(); err != nil {
				return nil, rejection.New(rejection.BadChange, "block %d: %v", h.Number, err)
			}
			if _, err := (Set{Authorities: c.Authorities}).Threshold(); err != nil {
				return nil, rejection.New(rejection.BadChange, "block %d: %v", h.Number, err)
			}
			if out != nil {
				return nil, rejection.New(rejection.BadChange, "block %d: two changes", h.Number)
			}
			out = &c
		case logForcedChange:
			return nil, rejection.New(rejection.ForcedChange, "block %d", h.Number)
		case logOnDisabled, logPause, logResume:
		default:
			return nil, rejection.New(rejection.BadChange, "block %d: a log of kind %d", h.Number, kind)
		}
	}
	return out, nil
}

// Item returns the digest's item that announces c.
func (c Change) Item() header.Item {
	var w scale.Writer
	w.U8(logScheduledChange)
	WriteAuthorities(&w, c.Authorities)
	w.U32(c.Delay)
	return header.Item{Kind: header.Consensus, Engine: Engine, Data: w.Bytes()}
}

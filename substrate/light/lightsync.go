package light

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Bounds of a node's own record of its authorities. Kusama has changed them
// tens of thousands of times, 12 bytes each.
const (
	maxLightSync = 16 << 20
	maxForks     = 64 // changes pending on any fork
)

// FromLightSyncState makes a checkpoint of what a chain specification has as
// lightSyncState: finalizedBlockHeader, and grandpaAuthoritySet, a node's own
// record at that block:
//
//	authorities ‖ u64 set ‖ tree of standard changes ‖ forced changes ‖ Vec<(u64 set, u32 last block)>
//
// A standard change that was announced at or before the block is pending.
// FORCED_CHANGE if a forced one is; BAD_CHECKPOINT if the parts do not agree.
func FromLightSyncState(finalised, authoritySet []byte) (State, error) {
	h, err := header.Decode(finalised)
	if err != nil {
		return State{}, err
	}
	if len(authoritySet) > maxLightSync {
		return State{}, rejection.New(rejection.Oversized, "a record of authorities of %d bytes", len(authoritySet))
	}
	s := State{Finalised: h.Block()}
	r := scale.NewReader(authoritySet)
	s.Set.Authorities = grandpa.ReadAuthorities(r)
	s.Set.ID = r.U64()
	roots := readForks(r, new(int), 0)
	if r.Option() {
		r.U32() // the newest block for which the tree was pruned
	}
	forced := r.Count(1)
	for range r.Count(12) {
		r.U64()
		r.U32()
	}
	if forced != 0 {
		return State{}, rejection.New(rejection.ForcedChange, "%d pending at the checkpoint", forced)
	}
	if err := r.Done(); err != nil {
		return State{}, err
	}
	for _, c := range roots {
		if c.announced > h.Number {
			continue // its header is still to come, and says it again
		}
		if s.Pending != nil {
			return State{}, rejection.New(rejection.BadCheckpoint, "two changes pending")
		}
		if c.delay > ^uint32(0)-c.announced {
			return State{}, rejection.New(rejection.BadCheckpoint, "a delay past every block")
		}
		s.Pending = &Pending{Effective: c.announced + c.delay, Authorities: c.authorities}
	}
	return s, s.check()
}

// change is one pending change of a node's record.
type change struct {
	authorities      []grandpa.Authority
	delay, announced uint32
}

// readForks reads the nodes of a tree of changes and returns those on its
// lowest level: the others depend on them. Both depth and number are bounded.
//
//	node: hash ‖ u32 number ‖ change ‖ Vec<node>
//	change: authorities ‖ u32 delay ‖ u32 announced ‖ hash ‖ u8 kind (0: counted from finality)
func readForks(r *scale.Reader, count *int, depth int) (out []change) {
	for range r.Count(86) {
		if *count++; *count > maxForks || depth > maxForks {
			r.Fail(rejection.New(rejection.Oversized, "more than %d changes pending", maxForks))
		}
		if r.Err() != nil {
			return nil
		}
		r.Hash()
		r.U32()
		c := change{authorities: grandpa.ReadAuthorities(r), delay: r.U32(), announced: r.U32()}
		r.Hash()
		if kind := r.U8(); r.Err() == nil && kind != 0 {
			r.Fail(rejection.New(rejection.BadCheckpoint, "a standard change of kind %d", kind))
		}
		readForks(r, count, depth+1)
		out = append(out, c)
	}
	return out
}

// maxSpec bounds a chain specification; Kusama's with a lightSyncState is half
// a megabyte, one with a whole genesis state some megabytes.
const maxSpec = 64 << 20

// FromChainSpec makes a checkpoint of the lightSyncState of a chain
// specification, JSON as nodes and light clients ship it. Who gives the file
// vouches for it.
func FromChainSpec(spec []byte) (State, error) {
	if len(spec) > maxSpec {
		return State{}, rejection.New(rejection.Oversized, "a chain specification of %d bytes", len(spec))
	}
	var chain struct {
		LightSyncState struct {
			Header      string `json:"finalizedBlockHeader"`
			Authorities string `json:"grandpaAuthoritySet"`
		} `json:"lightSyncState"`
	}
	if json.Unmarshal(spec, &chain) != nil {
		return State{}, rejection.New(rejection.BadCheckpoint, "no chain specification")
	}
	finalised, err := unhex(chain.LightSyncState.Header)
	if err != nil {
		return State{}, err
	}
	authoritySet, err := unhex(chain.LightSyncState.Authorities)
	if err != nil {
		return State{}, err
	}
	return FromLightSyncState(finalised, authoritySet)
}

func unhex(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return nil, rejection.New(rejection.BadCheckpoint, "a chain specification without lightSyncState")
	}
	return b, nil
}

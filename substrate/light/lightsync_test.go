package light_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chaintest"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/scale"
)

// fork is a change in a node's record, as the node writes it.
type fork struct {
	announced, delay uint32
	voters           []chaintest.Voter
	kind             uint8
	children         []fork
}

func writeForks(w *scale.Writer, forks []fork) {
	w.Count(len(forks))
	for _, f := range forks {
		w.Fixed(make([]byte, 32))
		w.U32(f.announced)
		grandpa.WriteAuthorities(w, chaintest.Authorities(f.voters))
		w.U32(f.delay)
		w.U32(f.announced)
		w.Fixed(make([]byte, 32))
		w.U8(f.kind)
		writeForks(w, f.children)
	}
}

// record is a node's record of its authorities in set 7.
func record(forks []fork, forced int) []byte {
	var w scale.Writer
	grandpa.WriteAuthorities(&w, chaintest.Authorities(voters))
	w.U64(7)
	writeForks(&w, forks)
	w.Option(true)
	w.U32(90)
	w.Count(forced)
	for range forced {
		w.U8(0)
	}
	w.Count(2)
	for i := range 2 {
		w.U64(uint64(i))
		w.U32(uint32(40 + 10*i))
	}
	return w.Bytes()
}

func TestLightSync(t *testing.T) {
	at := header.Header{Number: 100}
	second := chaintest.Equal("second", 4)
	deep := fork{announced: 101, voters: second}
	for range 70 {
		deep = fork{announced: 101, voters: second, children: []fork{deep}}
	}
	wide := make([]fork, 65)
	for i := range wide {
		wide[i] = fork{announced: 101, voters: second}
	}
	for _, a := range []struct {
		name    string
		record  []byte
		pending uint32
		want    rejection.Code
	}{
		{"as it mostly is", record(nil, 0), 0, 0},
		{"a change pending", record([]fork{{announced: 99, delay: 5, voters: second}}, 0), 104, 0},
		{"a change of this very block", record([]fork{{announced: 100, delay: 5, voters: second}}, 0), 105, 0},
		{"a change to come", record([]fork{{announced: 101, delay: 5, voters: second, children: []fork{{announced: 120, voters: second}}}}, 0), 0, 0},
		{"a change that is over", record([]fork{{announced: 90, delay: 5, voters: second}}, 0), 0, rejection.BadCheckpoint},
		{"two changes pending", record([]fork{{announced: 99, delay: 5, voters: second}, {announced: 98, delay: 5, voters: second}}, 0), 0, rejection.BadCheckpoint},
		{"a standard change counted as a forced one", record([]fork{{announced: 99, delay: 5, voters: second, kind: 1}}, 0), 0, rejection.BadCheckpoint},
		{"a delay past every block", record([]fork{{announced: 99, delay: ^uint32(0), voters: second}}, 0), 0, rejection.BadCheckpoint},
		{"a change to nobody", record([]fork{{announced: 99, delay: 5}}, 0), 0, rejection.BadAuthorities},
		{"a forced change", record(nil, 1), 0, rejection.ForcedChange},
		{"a tower of changes", record([]fork{deep}, 0), 0, rejection.Oversized},
		{"a crowd of changes", record(wide, 0), 0, rejection.Oversized},
		{"a byte more", append(record(nil, 0), 0), 0, rejection.TrailingBytes},
		{"a byte less", record(nil, 0)[:len(record(nil, 0))-1], 0, rejection.Truncated},
		{"16 MB", make([]byte, 16<<20+1), 0, rejection.Oversized},
	} {
		s, err := light.FromLightSyncState(at.Encode(), a.record)
		if a.want != 0 {
			if !errors.Is(err, a.want) {
				t.Errorf("%s: %v", a.name, err)
			}
			continue
		}
		want := light.State{Finalised: at.Block(), Set: grandpa.Set{ID: 7, Authorities: chaintest.Authorities(voters)}}
		if a.pending != 0 {
			want.Pending = &light.Pending{Effective: a.pending, Authorities: chaintest.Authorities(second)}
		}
		if diff := cmp.Diff(want, s); err != nil || diff != "" {
			t.Errorf("%s: %v %s", a.name, err, diff)
		}
	}
	if _, err := light.FromLightSyncState([]byte{1}, record(nil, 0)); !errors.Is(err, rejection.Truncated) {
		t.Errorf("no header: %v", err)
	}
}

func TestChainSpec(t *testing.T) {
	spec := func(h, b string) []byte {
		return fmt.Appendf(nil, `{"id":"c","lightSyncState":{"finalizedBlockHeader":%q,"grandpaAuthoritySet":%q,"babeEpochChanges":"0x"}}`, h, b)
	}
	h, b := chaintest.Hex(header.Header{Number: 100}.Encode()), chaintest.Hex(record(nil, 0))
	s, err := light.FromChainSpec(spec(h, b))
	if err != nil || s.Finalised.Number != 100 || s.Set.ID != 7 {
		t.Errorf("%v, %v", s, err)
	}
	for name, text := range map[string][]byte{
		"no JSON": []byte("{"), "no checkpoint": []byte("{}"), "no header": spec("0xzz", b), "no 0x": spec(h[2:], b), "no record": spec(h, ""),
	} {
		if _, err := light.FromChainSpec(text); !errors.Is(err, rejection.BadCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := light.FromChainSpec(make([]byte, 64<<20+1)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("64 MB: %v", err)
	}
}

func FuzzLightSync(f *testing.F) {
	f.Add(header.Header{Number: 100}.Encode(), record([]fork{{announced: 99, delay: 5, voters: voters}}, 0))
	f.Fuzz(func(t *testing.T, h, b []byte) {
		s, err := light.FromLightSyncState(h, b)
		if err != nil {
			return
		}
		if _, err := light.Decode(s.Encode()); err != nil {
			t.Fatalf("a checkpoint that is none: %v", err)
		}
	})
}

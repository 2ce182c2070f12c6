package machine

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
)

// stateVectors is spec/vectors/engine-state.json.
type stateVectors struct {
	ChainID     string            `json:"chain"`
	Secret      vector.Hex        `json:"secret"`
	MinRest     uint32            `json:"minRest"`
	SizeClasses []int             `json:"sizeClasses"`
	MaxLegs     int               `json:"maxLegs"`
	Heartbeat   uint32            `json:"heartbeat"`
	Treasury    vector.Hex        `json:"treasury"`
	Markets     []marketVector    `json:"markets"`
	States      []stateVector     `json:"states"`
	Steps       []stepVector      `json:"steps"`
	Refused     []vector.Mutation `json:"refused"`
}

type marketVector struct {
	Record vector.Hex `json:"record"`
	Bid    uint64     `json:"bid"`
	Ask    uint64     `json:"ask"`
	Swing  uint16     `json:"swing"`
}

// stateVector is a state and the auction that the file's secret and chain make
// of it: the bytes that all workers must agree on.
type stateVector struct {
	Name        string       `json:"name"`
	State       vector.Hex   `json:"state"`
	Digest      vector.Hex   `json:"digest"`
	Intake      vector.Hex   `json:"intake"`
	Prints      [][6]uint64  `json:"prints"` // market, pool, first and last block, lots, price
	Transcript  vector.Hex   `json:"transcript"`
	Nullifiers  []vector.Hex `json:"nullifiers"`
	Outcome     vector.Hex   `json:"outcome"`
	Settlements []vector.Hex `json:"settlements"` // version 1, no proofs of fills, zeros for Collect's
}

// stepVector is a block that only executes actions and settles fills, and the
// state after it.
type stepVector struct {
	Name     string     `json:"name"`
	Before   vector.Hex `json:"before"`
	Time     uint64     `json:"time"`
	Interval uint32     `json:"interval"`
	Executed []struct {
		ID        vector.Hex `json:"id"`
		Nullifier vector.Hex `json:"nullifier"`
		Position  uint64     `json:"position"`
	} `json:"executed"`
	Settled []struct {
		Auction   uint32     `json:"auction"`
		Nullifier vector.Hex `json:"nullifier"`
		Remainder vector.Hex `json:"remainder"`
		Position  uint64     `json:"position"`
		Report    vector.Hex `json:"report"`
	} `json:"settled"`
	After vector.Hex `json:"after"`
}

// play returns the state after the block.
func (v stepVector) play(t *testing.T, chain Chain) []byte {
	t.Helper()
	m, err := Decode(v.Before, chain)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	chain.Params.Interval = v.Interval
	b := Block{Height: m.Height() + 1, Time: v.Time, Chain: chain}
	for _, x := range v.Executed {
		nf := vector.Decode(t, x.Nullifier, field.FromBytes)
		b.Executed = append(b.Executed, Executed{ID: ActionID(x.ID), Nullifier: nf, Position: x.Position})
	}
	for _, x := range v.Settled {
		b.Settled = append(b.Settled, Settled{
			Auction: x.Auction, Nullifier: vector.Decode(t, x.Nullifier, field.FromBytes), Position: x.Position,
			Remainder: vector.Decode(t, x.Remainder, field.FromBytes), Report: vector.Decode(t, x.Report, field.FromBytes),
		})
	}
	if _, err := m.Step(b); err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return m.Encode()
}

// read returns what the parts' readers make of b.
func read[T any](t *testing.T, b []byte, part func(*encoding.Reader) T) T {
	t.Helper()
	r := encoding.NewReader(b)
	v := part(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return v
}

// chain is the chain that the file describes.
func (v stateVectors) chain(t *testing.T) Chain {
	t.Helper()
	c := Chain{Params: Params{
		MinRest: v.MinRest, Interval: 1, SizeClasses: v.SizeClasses, MaxFills: v.MaxLegs, Heartbeat: v.Heartbeat,
		Treasury: read(t, v.Treasury, keys.ReadAddress),
	}}
	for _, m := range v.Markets {
		c.Markets = append(c.Markets, Market{
			Record: read(t, m.Record, market.Read), Reference: market.NewQuote(m.Bid, m.Ask), Swing: m.Swing,
		})
	}
	return c
}

// auction is what the machine makes of the decoded state, in the file's form.
func (v stateVectors) auction(t *testing.T, name string, m *Machine) stateVector {
	t.Helper()
	a, err := m.Auction(epoch.Secret(v.Secret))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	digest, intake, transcript, lock := m.Digest(), m.Intake().Tree.Root(), a.Transcript.Root(), a.Lock()
	out := stateVector{
		Name: name, State: m.Encode(), Digest: digest[:], Intake: intake[:],
		Transcript: transcript[:], Outcome: lock.Outcome[:],
	}
	for _, p := range m.Prints() {
		out.Prints = append(out.Prints, [6]uint64{uint64(p.Market), uint64(p.Pool), p.First, p.Last, p.Lots, p.Price})
	}
	for _, nf := range lock.Nullifiers {
		out.Nullifiers = append(out.Nullifiers, vector.Encode(nf))
	}
	for i := range a.Groups {
		s := a.Settle(i, v.ChainID)
		s.Version = 1
		out.Settlements = append(out.Settlements, s.Encode())
	}
	if len(a.Groups) > 0 && lock.StateDigest != digest {
		t.Errorf("%s: the lock has another digest", name)
	}
	return out
}

func TestVectors(t *testing.T) {
	v := vector.Read[stateVectors](t, "engine-state")
	chain := v.chain(t)
	encoded := map[string]vector.Hex{}
	for _, s := range v.States {
		encoded[s.Name] = s.State
		m, err := Decode(s.State, chain)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if d := cmp.Diff(s, v.auction(t, s.Name, m), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-file +machine): %s", d)
		}
	}
	for _, s := range v.Steps {
		if !bytes.Equal(s.play(t, chain), s.After) {
			t.Errorf("%s: another state", s.Name)
		}
	}
	for _, r := range v.Refused {
		m, err := Decode(r.Apply(encoded[r.Of]), chain)
		vector.Refused(t, r.Name, err, r.Code)
		if m != nil {
			t.Errorf("%s: a machine beside the refusal", r.Name)
		}
	}
}

// Another chain id, secret or parameter makes another auction of one state.
func TestAuctionDependsOnAll(t *testing.T) {
	v := vector.Read[stateVectors](t, "engine-state")
	full := v.States[len(v.States)-1]
	settlements := func(v stateVectors) []byte {
		m, err := Decode(full.State, v.chain(t))
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for _, s := range v.auction(t, full.Name, m).Settlements {
			all = append(all, s...)
		}
		return all
	}
	base := settlements(v)
	if len(base) == 0 {
		t.Fatal("nothing settles")
	}
	for name, edit := range map[string]func(*stateVectors){
		"chain id":     func(v *stateVectors) { v.ChainID = "tesu" },
		"secret":       func(v *stateVectors) { v.Secret = bytes.Repeat([]byte{1}, 32) },
		"rest":         func(v *stateVectors) { v.MinRest-- },
		"size classes": func(v *stateVectors) { v.SizeClasses = []int{12} },
		"legs":         func(v *stateVectors) { v.MaxLegs = 4 },
	} {
		other := v
		edit(&other)
		if bytes.Equal(settlements(other), base) {
			t.Errorf("%s changes nothing", name)
		}
	}
}

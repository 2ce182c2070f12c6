package epoch

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
)

// epochVectors is spec/vectors/epoch.json: what workers of every version draw
// from a secret.
type epochVectors struct {
	Secrets []secretVector `json:"secrets"`
}

type secretVector struct {
	Secret   vector.Hex   `json:"secret"`
	Schedule vector.Hex   `json:"schedule"`
	Calls    []callVector `json:"calls"`
	Up       []uint32     `json:"up"` // heights below 40 whose tie bit is set
	Draws    []drawVector `json:"draws"`
	Ranks    []rankVector `json:"ranks"`
}

type callVector struct {
	Interval uint32   `json:"interval"`
	First    uint32   `json:"first"`
	Called   []uint32 `json:"called"` // heights among 40 from First on
}

type drawVector struct {
	Height  uint32     `json:"height"`
	Purpose Purpose    `json:"purpose"`
	Pool    uint32     `json:"pool"`
	Index   int        `json:"index"`
	Key     vector.Hex `json:"key"` // K_a
	Seed    vector.Hex `json:"seed"`
	Element vector.Hex `json:"element"`
	Scalar  vector.Hex `json:"scalar"`
}

type rankVector struct {
	Height    uint32     `json:"height"`
	Nullifier vector.Hex `json:"nullifier"`
	Rank      uint64     `json:"rank"`
}

func TestVectors(t *testing.T) {
	for _, v := range vector.Read[epochVectors](t, "epoch").Secrets {
		secret := Secret(v.Secret)
		schedule := secret.Schedule()
		if !bytes.Equal(schedule[:], v.Schedule) {
			t.Fatalf("schedule key %x", schedule)
		}
		for _, c := range v.Calls {
			called := []uint32{}
			for i := range uint32(40) {
				if Called(schedule, c.First+i, c.Interval) {
					called = append(called, c.First+i)
				}
			}
			if d := cmp.Diff(c.Called, called); d != "" {
				t.Errorf("interval %d from %d: %s", c.Interval, c.First, d)
			}
		}
		var up []uint32
		for h := range uint32(40) {
			if Tie(schedule, h) {
				up = append(up, h)
			}
		}
		if d := cmp.Diff(v.Up, up); d != "" {
			t.Errorf("tie bits: %s", d)
		}
		for _, d := range v.Draws {
			a := secret.Auction(d.Height)
			seed := a.Seed(d.Purpose, d.Pool, d.Index)
			got := d
			got.Key, got.Seed = a[:], seed[:]
			got.Element = vector.Encode(a.Element(d.Purpose, d.Pool, d.Index))
			got.Scalar = vector.Encode(a.Scalar(d.Purpose, d.Pool, d.Index))
			if diff := cmp.Diff(d, got); diff != "" {
				t.Errorf("a draw at %d (-file +test):\n%s", d.Height, diff)
			}
		}
		for _, r := range v.Ranks {
			if got := secret.Auction(r.Height).Rank().Of([32]byte(r.Nullifier)); got != r.Rank {
				t.Errorf("rank of %x at %d: %d", r.Nullifier, r.Height, got)
			}
		}
	}
}

package epoch

import (
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
)

// drawVectors is spec/vectors/epoch.json: what workers of every version draw
// from one secret.
type drawVectors struct {
	Secret   vector.Hex   `json:"secret"`
	Schedule vector.Hex   `json:"schedule"`
	Interval uint32       `json:"interval"`
	Called   []uint32     `json:"called"` // heights below 40
	Up       []uint32     `json:"up"`     // heights below 16 whose tie bit is set
	Draws    []drawVector `json:"draws"`
	Ranks    []rankVector `json:"ranks"`
}

type drawVector struct {
	Height  uint32     `json:"height"`
	Purpose Purpose    `json:"purpose"`
	Market  uint32     `json:"market"`
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
	var secret Secret
	for i := range secret {
		secret[i] = byte(i)
	}
	schedule := secret.Schedule()
	v := drawVectors{Secret: secret[:], Schedule: schedule[:], Interval: 8}
	for h := range uint32(40) {
		if Called(schedule, h, v.Interval) {
			v.Called = append(v.Called, h)
		}
		if h < 16 && Tie(schedule, h) {
			v.Up = append(v.Up, h)
		}
	}
	for _, d := range []drawVector{
		{Height: 7, Purpose: Salt, Market: 1},
		{Height: 7, Purpose: Blind, Market: 1, Index: 3},
		{Height: 8, Purpose: Blind, Market: 1, Index: 3},
		{Height: 1<<32 - 1, Purpose: PadOID, Market: 728, Index: 1023},
	} {
		a := secret.Auction(d.Height)
		seed := a.Seed(d.Purpose, d.Market, d.Index)
		element, scalar := a.Element(d.Purpose, d.Market, d.Index), a.Scalar(d.Purpose, d.Market, d.Index)
		e, s := element.Bytes(), scalar.Bytes()
		d.Key, d.Seed, d.Element, d.Scalar = a[:], seed[:], e[:], s[:]
		v.Draws = append(v.Draws, d)
	}
	for i := range uint64(2) {
		nf := field.FromUint64(i)
		b := nf.Bytes()
		v.Ranks = append(v.Ranks, rankVector{Height: 7, Nullifier: b[:], Rank: secret.Auction(7).Rank().Of(b)})
	}
	vector.Check(t, "epoch", v)
}

package collect_test

import (
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/tree"
)

// vectors is spec/vectors/collect.json: witnesses and public inputs for which
// the reference says that the statement holds, or that it does not.
type vectors struct {
	MarketSiblings    []vector.Hex `json:"marketSiblings"` // of every market's leaf
	ReferenceSiblings []vector.Hex `json:"referenceSiblings"`
	Statements        []statement  `json:"statements"`
	Refused           []statement  `json:"refused"`
}

type statement struct {
	Name      string        `json:"name"`
	Record    vector.Hex    `json:"record"`
	Reference uint64        `json:"reference"`
	Height    uint32        `json:"height"`
	Price     uint64        `json:"price"`
	Dev       uint16        `json:"dev"`
	Salt      vector.Hex    `json:"salt"`
	Fee       uint64        `json:"fee"`
	Treasury  vector.Hex    `json:"treasury"`
	R         vector.Hex    `json:"r"`
	Blind     vector.Hex    `json:"blind"`
	Public    [8]vector.Hex `json:"public"`
}

func path(t *testing.T, index uint32, siblings []vector.Hex) tree.TablePath {
	t.Helper()
	p := tree.TablePath{Index: index}
	for i, s := range siblings {
		p.Siblings[i/2][i%2] = vector.Decode(t, s, field.FromBytes)
	}
	return p
}

// assign sets the circuit to what the file says, the public inputs included.
func (s statement) assign(t *testing.T, file vectors) *collect.Circuit {
	t.Helper()
	r := encoding.NewReader(s.Record)
	m := market.Read(r)
	b := encoding.NewReader(s.Blind)
	blind := jubjub.ReadScalar(b)
	if r.Done() != nil || b.Done() != nil {
		t.Fatal(r.Err(), b.Err())
	}
	w := collect.Witness{
		Market: m, MarketPath: path(t, m.ID, file.MarketSiblings),
		Reference: s.Reference, ReferencePath: path(t, m.ID, file.ReferenceSiblings),
		Height: s.Height, Price: s.Price, Salt: vector.Decode(t, s.Salt, field.FromBytes), Fee: s.Fee,
		Treasury: vector.Decode(t, s.Treasury, field.FromBytes), R: vector.Decode(t, s.R, field.FromBytes), Blind: blind,
	}
	c := w.Assign()
	c.Dev = s.Dev
	var public [8]field.Element
	for i, x := range s.Public {
		public[i] = vector.Decode(t, x, field.FromBytes)
	}
	c.Markets, c.References, c.Height, c.PC, c.FeeNote = public[0], public[1], public[2], public[3], public[4]
	c.FeeValue = gadget.AssignPoint(jubjub.Point{X: public[5], Y: public[6]})
	c.Treasury = public[7]
	return c
}

// TestVectors: the circuit takes exactly the statements that the reference
// says hold.
func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "collect")
	system := circuittest.Compile(t, collect.New())
	for _, s := range file.Statements {
		if err := system.Solve(s.assign(t, file)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for _, s := range file.Refused {
		if err := system.Solve(s.assign(t, file)); err == nil {
			t.Errorf("%s: the circuit takes it", s.Name)
		}
	}
}

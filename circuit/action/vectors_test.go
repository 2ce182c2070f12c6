package action_test

import (
	"testing"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/tree"
)

// vectors is spec/vectors/spend.json: witnesses and public inputs for which the
// reference says that the statement of an action holds, or that it does not.
type vectors struct {
	Statements []statement `json:"statements"`
	Refused    []statement `json:"refused"`
}

type statement struct {
	Name    string         `json:"name"`
	AK      vector.Hex     `json:"ak"`
	NK      vector.Hex     `json:"nk"`
	Alpha   vector.Hex     `json:"alpha"`
	Inputs  [3]input       `json:"inputs"`
	Outputs [3]output      `json:"outputs"`
	Public  [15]vector.Hex `json:"public"`
}

type input struct {
	Asset    uint32       `json:"asset"`
	Value    uint64       `json:"value"`
	Order    []vector.Hex `json:"order,omitempty"` // terms and s
	Dummy    bool         `json:"dummy"`
	D        vector.Hex   `json:"d"`
	R        vector.Hex   `json:"r"`
	Rho      vector.Hex   `json:"rho"`
	Position uint64       `json:"position"`
	Siblings []vector.Hex `json:"siblings"` // from the leaf up; what is left out is empty
}

type output struct {
	Asset uint32       `json:"asset"`
	Value uint64       `json:"value"`
	Order []vector.Hex `json:"order,omitempty"`
	C     vector.Hex   `json:"C"`
}

func terms(t *testing.T, order []vector.Hex) *action.Terms {
	t.Helper()
	if order == nil {
		return nil
	}
	return &action.Terms{Hash: vector.Decode(t, order[0], field.FromBytes), S: vector.Decode(t, order[1], field.FromBytes)}
}

func (in input) path(t *testing.T) tree.Path {
	t.Helper()
	p := tree.Path{Position: in.Position}
	for i := range 2 * tree.Depth {
		p.Siblings[i/2][i%2] = tree.Empty(i / 2)
		if i < len(in.Siblings) {
			p.Siblings[i/2][i%2] = vector.Decode(t, in.Siblings[i], field.FromBytes)
		}
	}
	return p
}

// assign sets the circuit to what the file says, the public inputs included.
func (s statement) assign(t *testing.T) *action.Circuit {
	t.Helper()
	ak, err := jubjub.Decode(s.AK)
	if err != nil {
		t.Fatal(err)
	}
	r := encoding.NewReader(s.Alpha)
	alpha := jubjub.ReadScalar(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	var public [15]field.Element
	for i, x := range s.Public {
		public[i] = vector.Decode(t, x, field.FromBytes)
	}
	w := action.Witness{
		Key: keys.ProverKey{AK: ak, NK: vector.Decode(t, s.NK, field.FromBytes)}, Alpha: alpha, FeeAsset: uint32(public[10].Uint64()),
		Out: public[12].Uint64(), OutAsset: uint32(public[13].Uint64()),
	}
	for i, in := range s.Inputs {
		w.Inputs[i] = action.Spend{
			Dummy: in.Dummy, Asset: in.Asset, Value: in.Value, D: keys.Diversifier(in.D), R: vector.Decode(t, in.R, field.FromBytes),
			Rho: vector.Decode(t, in.Rho, field.FromBytes), Order: terms(t, in.Order), Path: in.path(t),
		}
	}
	for j, out := range s.Outputs {
		w.Outputs[j] = action.Create{Asset: out.Asset, Value: out.Value, C: vector.Decode(t, out.C, field.FromBytes), Order: terms(t, out.Order)}
	}
	c := w.Assign()
	c.Anchor = public[0]
	for i := range c.Nullifiers {
		c.Nullifiers[i], c.Commitments[i] = public[1+i], public[4+i]
	}
	c.RK = gadget.AssignPoint(jubjub.Point{X: public[7], Y: public[8]})
	c.Fee, c.FeeAsset, c.FeeInAsset = public[9], public[10], public[11]
	c.Out, c.OutAsset, c.Digest = public[12], public[13], public[14]
	return c
}

// TestVectors: the circuit takes exactly the statements that the reference
// says hold. In those that do not, A and the side of each value are chosen as
// an honest prover does: other choices are internal/soundness's.
func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "spend")
	system := circuittest.Compile(t, action.New())
	for _, s := range file.Statements {
		if err := system.Solve(s.assign(t)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for _, s := range file.Refused {
		if err := system.Solve(s.assign(t)); err == nil {
			t.Errorf("%s: the circuit takes it", s.Name)
		}
	}
}

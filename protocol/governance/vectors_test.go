package governance

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
)

const chain = "test-1"

// changes holds one change of every type: those of the vectors named like
// their types.
var changes = []Change{
	AddAsset{
		Record: asset.Record{ID: 4, Symbol: "KSM", Decimals: 9, Chain: 2, MaxExitFee: 50,
			ExternalDecimals: 12, External: []byte{asset.Native}},
		MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 41, ExitFee: 5,
	},
	AddMarket{market.Record{ID: 3, Base: 4, Quote: 1, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 10, Halt: 300}},
	HaltDeposits{4, true},
	SetDepositLimits{4, 10, 1 << 50, 1 << 51},
	SetExitFee{4, 6},
	SetParameter{LockBlocks, 40},
	AllowMeasurement{registry.Measurement{Provider: registry.TDX, Digest: [48]byte{1, 47: 2}}, true},
	AllowOperator{quorum.Key{1}, false},
	SetSigners{2, []quorum.Key{{1}, {2}, {3}}},
	SetValidator{quorum.Key{9}, 1000},
	AddCircuits{2, 1000, circuit("action"), circuit("fill"), circuit("collect")},
}

// circuit makes the key named so in the vectors: its parts are hashes of labels.
func circuit(name string) CircuitKey {
	label := func(of string) [32]byte { return sha256.Sum256(append([]byte(of+"/"+name), 0, 0, 0, 0)) }
	return CircuitKey{Circuit: label("circuit"), Transcript: label("transcript"), Key: []byte(name)}
}

func sample(c Change) *Proposal {
	return &Proposal{Nonce: 7, Change: c, Signatures: []quorum.Signature{{Key: quorum.Key{1}}, {Key: quorum.Key{2}, Signature: [64]byte{3}}}}
}

// governanceVectors is spec/vectors/governance.json.
type governanceVectors struct {
	Chain     string            `json:"chain"`
	Proposals []proposalVector  `json:"proposals"`
	Refused   []vector.Mutation `json:"refused"`
}

type proposalVector struct {
	Name      string     `json:"name"`
	Bytes     vector.Hex `json:"bytes"`
	SignBytes vector.Hex `json:"signBytes"`
}

func TestVectors(t *testing.T) {
	v := vector.Read[governanceVectors](t, "governance")
	encoded := map[string]vector.Hex{}
	decoded := map[string]Change{}
	for _, m := range v.Proposals {
		encoded[m.Name] = m.Bytes
		p, err := Decode(m.Bytes)
		if err != nil || !bytes.Equal(p.Encode(), m.Bytes) || !bytes.Equal(p.SignBytes(v.Chain), m.SignBytes) {
			t.Fatalf("%s: %v", m.Name, err)
		}
		for _, s := range p.Signatures {
			if !quorum.Verify(s.Key, m.SignBytes, s.Signature) {
				t.Errorf("%s: a signature", m.Name)
			}
		}
		decoded[m.Name] = p.Change
	}
	for _, c := range changes {
		name := reflect.TypeOf(c).Name()
		if d := cmp.Diff(c, decoded[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, m := range v.Refused {
		_, err := Decode(m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
}

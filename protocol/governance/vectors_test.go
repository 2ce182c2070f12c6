package governance

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const chain = "test-1"

// changes holds one change of every type.
var changes = []Change{
	AddAsset{
		Record:     asset.Record{ID: 4, Symbol: "KSM", Decimals: 9, Chain: 2, Test: true, MaxExitFee: 50},
		MinDeposit: 1, MaxDeposit: 1 << 40, ExitFee: 5,
	},
	AddMarket{market.Record{ID: 3, Base: 4, Quote: 1, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 10}},
	HaltDeposits{4, true},
	SetDepositLimits{4, 10, 1 << 50},
	SetExitFee{4, 6},
	SetParameter{LockBlocks, 40},
	AllowMeasurement{registry.Measurement{Provider: registry.TDX, Digest: [48]byte{1, 47: 2}}, true},
	AllowOperator{quorum.Key{1}, false},
	SetSigners{2, []quorum.Key{{1}, {2}, {3}}},
	SetValidator{quorum.Key{9}, 1000},
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

func name(c Change) string { return reflect.TypeOf(c).Name() }

func TestVectors(t *testing.T) {
	v := governanceVectors{Chain: chain}
	for _, c := range changes {
		p := sample(c)
		v.Proposals = append(v.Proposals, proposalVector{name(c), p.Encode(), p.SignBytes(chain)})
	}
	add := func(of, name string, code rejection.Code, offset int, with ...byte) {
		v.Refused = append(v.Refused, vector.Mutation{Name: name, Of: of, Offset: offset, With: with, Code: code.Name()})
	}
	for _, c := range changes {
		v.Refused = append(v.Refused,
			vector.Mutation{Name: "the last byte missing", Of: name(c), Cut: 1, Code: rejection.Truncated.Name()},
			vector.Mutation{Name: "one byte more", Of: name(c), Append: vector.Hex{0}, Code: rejection.TrailingBytes.Name()})
	}
	add("SetExitFee", "another kind", rejection.UnknownKind, 0, 8)
	add("SetExitFee", "a later version", rejection.UnknownVersion, 1, 2)
	add("SetExitFee", "change 0", rejection.UnknownKind, 10, 0)
	add("SetExitFee", "change 11", rejection.UnknownKind, 10, 11)
	add("SetExitFee", "validators in descending order", rejection.NonCanonical, 24, 3)
	add("HaltDeposits", "a flag that is neither 0 nor 1", rejection.NonCanonical, 15, 2)
	add("AddAsset", "a long symbol", rejection.Oversized, 15, 0, 13)
	add("SetSigners", "too many signers", rejection.Oversized, 12, MaxSigners+1)
	add("SetSigners", "a signer given twice", rejection.NonCanonical, 13+32, 1)

	file := vector.Check(t, "governance", v)
	named := map[string]vector.Hex{}
	for i, m := range file.Proposals {
		named[m.Name] = m.Bytes
		p, err := Decode(m.Bytes)
		if err != nil || !bytes.Equal(p.Encode(), m.Bytes) || !bytes.Equal(p.SignBytes(file.Chain), m.SignBytes) {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if d := cmp.Diff(changes[i], p.Change); d != "" {
			t.Errorf("%s: %s", m.Name, d)
		}
	}
	for _, m := range file.Refused {
		_, err := Decode(m.Apply(named[m.Of]))
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != m.Code {
			t.Errorf("%s: %s: got %v, want %s", m.Of, m.Name, err, m.Code)
		}
	}
}

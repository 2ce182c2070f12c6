package governance

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func circuitKey(t *rapid.T) CircuitKey {
	k := CircuitKey{Key: rapid.SliceOfN(rapid.Byte(), 1, MaxKey).Draw(t, "key")}
	k.Circuit[0], k.Transcript[31] = rapid.Byte().Draw(t, "circuit"), rapid.Byte().Draw(t, "transcript")
	return k
}

// TestKeyBound: a longer key does not decode.
func TestKeyBound(t *testing.T) {
	p := sample(AddCircuits{Collect: CircuitKey{Key: make([]byte, MaxKey+1)}})
	if _, err := Decode(p.Encode()); !errors.Is(err, rejection.Oversized) {
		t.Fatal(err)
	}
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(changes).Draw(t, "change")
		switch v := c.(type) {
		case AddAsset:
			v.Record.MaxExitFee, v.Record.Test = rapid.Uint64().Draw(t, "bound"), rapid.Bool().Draw(t, "test")
			v.MaxSupply, v.Record.ExternalDecimals = rapid.Uint64().Draw(t, "cap"), rapid.Byte().Draw(t, "external decimals")
			v.Record.External = rapid.SliceOfN(rapid.Byte(), 1, asset.MaxExternal).Draw(t, "external")
			c = v
		case AddMarket:
			v.Record.LotSize, v.Record.Collar = rapid.Uint64().Draw(t, "lot"), rapid.Uint16().Draw(t, "collar")
			c = v
		case SetDepositLimits:
			c = SetDepositLimits{rapid.Uint32().Draw(t, "asset"), rapid.Uint64().Draw(t, "min"), rapid.Uint64().Draw(t, "max"), rapid.Uint64().Draw(t, "cap")}
		case SetParameter:
			c = SetParameter{Parameter(rapid.Byte().Draw(t, "parameter")), rapid.Uint64().Draw(t, "value")}
		case SetSigners:
			v.Keys = nil
			for i := range rapid.IntRange(0, MaxSigners).Draw(t, "signers") {
				v.Keys = append(v.Keys, quorum.Key{byte(i), rapid.Byte().Draw(t, "key")})
			}
			c = v
		case AddCircuits:
			c = AddCircuits{rapid.Uint8().Draw(t, "version"), rapid.Uint64().Draw(t, "overlap"),
				circuitKey(t), circuitKey(t), circuitKey(t)}
		case SetValidator:
			c = SetValidator{quorum.Key{rapid.Byte().Draw(t, "key")}, rapid.Uint64().Draw(t, "power")}
		}
		p := sample(c)
		p.Nonce = rapid.Uint64().Draw(t, "nonce")
		if got, err := Decode(p.Encode()); err != nil || !cmp.Equal(p, got) {
			t.Fatalf("%v %s", err, cmp.Diff(p, got))
		}
	})
}

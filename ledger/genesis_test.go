package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestGenesisFile(t *testing.T) {
	file, err := json.MarshalIndent(testGenesis(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	g, err := ParseGenesis(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(testGenesis(), g); d != "" {
		t.Error(d)
	}
	again, err := json.MarshalIndent(g, "", "  ")
	if err != nil || !bytes.Equal(file, again) {
		t.Error("a genesis does not survive its file")
	}
	for name, bad := range map[string][]byte{
		"nothing":             nil,
		"the zero genesis":    []byte("{}"),
		"something after it":  append(bytes.Clone(file), '{'),
		"an unknown key":      bytes.Replace(file, []byte(`"chain_id"`), []byte(`"chain"`), 1),
		"an unknown inner":    bytes.Replace(file, []byte(`"lot_size"`), []byte(`"lotsize"`), 1),
		"upper-case hex":      bytes.Replace(file, []byte(`"0700`), []byte(`"0A00`), 1),
		"a number for a text": bytes.Replace(file, []byte(`"HUB"`), []byte(`5`), 1),
		"a damaged address":   bytes.Replace(file, []byte(`"treasury": "01`), []byte(`"treasury": "02`), 1),
	} {
		if _, err := ParseGenesis(bad); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// valuable returns g as the genesis of a network of value, but for its assets.
func valuable(g *Genesis) *Genesis {
	g.Development, g.AllowSimulated, g.SimulatedRoot, g.Measurements = false, false, quorum.Key{}, nil
	for c, k := range g.Keys {
		k.Circuit, k.Transcript = quorum.Key{1}, quorum.Key{2}
		g.Keys[c] = k
	}
	return g
}

// real makes the assets of g ones of other chains.
func real(g *Genesis) {
	for i := range g.Assets {
		g.Assets[i].Test, g.Assets[i].External = false, Hex{asset.Native}
	}
}

// TestDevelopmentKeysRefused: who made such a key could mint.
func TestDevelopmentKeysRefused(t *testing.T) {
	genesis := func(edit func(*VerifyKey)) *Genesis {
		g := valuable(testGenesis())
		real(g)
		k := g.Keys[FillCircuit]
		edit(&k)
		g.Keys[FillCircuit] = k
		return g
	}
	if err := genesis(func(*VerifyKey) {}).Validate(); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, edit := range map[string]func(*VerifyKey){
		"a development key":        func(k *VerifyKey) { k.Transcript = quorum.Key{} },
		"a key of no circuit":      func(k *VerifyKey) { k.Circuit = quorum.Key{} },
		"neither circuit nor name": func(k *VerifyKey) { k.Circuit, k.Transcript = quorum.Key{}, quorum.Key{} },
	} {
		g := genesis(edit)
		if err := g.Validate(); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: %v", name, err)
		}
		g.Development = true
		if err := g.Validate(); err != nil {
			t.Errorf("%s on a development network: %v", name, err)
		}
	}
}

// wide are limits of so many fills in an auction, in groups of two sizes.
func wide(fills uint64, smallest, largest uint16) Limits {
	l := testGenesis().Limits
	l.BlockProofs, l.AuctionFills, l.SizeClasses = 2000, fills, []uint16{smallest, largest}
	return l
}

func TestGenesisRefusals(t *testing.T) {
	for name, edit := range map[string]func(*Genesis){
		"no chain id":                    func(g *Genesis) { g.ChainID = "" },
		"a chain id with spaces":         func(g *Genesis) { g.ChainID = "a b" },
		"no time":                        func(g *Genesis) { g.Time = 0 },
		"simulated without development":  func(g *Genesis) { g.Development = false },
		"simulated without a root":       func(g *Genesis) { g.SimulatedRoot = quorum.Key{} },
		"a root without simulated":       func(g *Genesis) { g.AllowSimulated = false },
		"a simulated image on its own":   func(g *Genesis) { g.AllowSimulated, g.SimulatedRoot = false, quorum.Key{} },
		"an unknown provider":            func(g *Genesis) { g.Measurements[0].Provider = "sgx" },
		"a short measurement":            func(g *Genesis) { g.Measurements[0].Digest = g.Measurements[0].Digest[1:] },
		"no validators":                  func(g *Genesis) { g.Validators = nil },
		"a validator without power":      func(g *Genesis) { g.Validators[1].Power = 0 },
		"validators out of order":        func(g *Genesis) { g.Validators[0], g.Validators[1] = g.Validators[1], g.Validators[0] },
		"an operator twice":              func(g *Genesis) { g.Operators[1] = g.Operators[0] },
		"no signer needed":               func(g *Genesis) { g.Signers.Threshold = 0 },
		"more signers needed than exist": func(g *Genesis) { g.Signers.Threshold = 4 },
		"a key with another's hash": func(g *Genesis) {
			g.Keys[FillCircuit] = VerifyKey{Hash: g.Keys[ActionCircuit].Hash, Key: g.Keys[FillCircuit].Key}
		},
		"a key that is none": func(g *Genesis) {
			g.Keys[FillCircuit] = VerifyKey{Hash: keyHash([]byte("key")), Key: []byte("key")}
		},
		"a key of another circuit":      func(g *Genesis) { g.Keys[FillCircuit] = g.Keys[ActionCircuit] },
		"too short an overlap":          func(g *Genesis) { g.Bounds.MinOverlap = 619 },
		"a key missing":                 func(g *Genesis) { delete(g.Keys, CollectCircuit) },
		"a key too many":                func(g *Genesis) { g.Keys["other"] = g.Keys[FillCircuit] },
		"no treasury":                   func(g *Genesis) { g.Treasury = Address{} },
		"a fee over its bound":          func(g *Genesis) { g.Fee = 101 },
		"a fee asset that is not one":   func(g *Genesis) { g.FeeAsset = 9 },
		"an asset twice":                func(g *Genesis) { g.Assets[1].ID = hub },
		"an exit fee over its bound":    func(g *Genesis) { g.Assets[1].ExitFee = 10 },
		"a deposit of nothing":          func(g *Genesis) { g.Assets[1].MinDeposit = 0 },
		"no supply cap":                 func(g *Genesis) { g.Assets[1].MaxSupply = 0 },
		"a cap below a deposit":         func(g *Genesis) { g.Assets[1].MaxSupply = 1<<40 - 1 },
		"no external decimals":          func(g *Genesis) { g.Assets[1].ExternalDecimals = 0 },
		"a test asset on a chain":       func(g *Genesis) { g.Assets[1].External = Hex{asset.Native} },
		"half of the signers":           func(g *Genesis) { g.Signers.Threshold, g.Signers.Keys = 1, g.Signers.Keys[:2] },
		"a market of one asset":         func(g *Genesis) { g.Markets[0].Base = hub },
		"a market of an unknown asset":  func(g *Genesis) { g.Markets[0].Base = 9 },
		"anchors for too short a time":  func(g *Genesis) { g.Constants.Anchors = 149 },
		"k over 4":                      func(g *Genesis) { g.Constants.AnchorInterval = 5 },
		"no delay of execution":         func(g *Genesis) { g.Constants.ExecutionDelay = 0 },
		"no delay of governance":        func(g *Genesis) { g.Constants.GovernanceDelay = 0 },
		"g under 60":                    func(g *Genesis) { g.Bounds.MinEpochGrace = 59 },
		"w under k":                     func(g *Genesis) { g.Bounds.MinRestBlocks = 3 },
		"T over its bound":              func(g *Genesis) { g.Params.LockBlocks = 21 },
		"T not over D":                  func(g *Genesis) { g.Params.LockBlocks = 2 },
		"no quorum":                     func(g *Genesis) { g.Params.Quorum = 0 },
		"no proofs in a block":          func(g *Genesis) { g.Limits.BlockProofs = 0 },
		"no size classes":               func(g *Genesis) { g.Limits.SizeClasses = nil },
		"size classes out of order":     func(g *Genesis) { g.Limits.SizeClasses = []uint16{4, 2} },
		"a size class over the auction": func(g *Genesis) { g.Limits.SizeClasses = []uint16{2, 9} },
		"more fills than a lock has":    func(g *Genesis) { g.Limits = wide(4097, 9, 1024) },
		"more groups than one outcome":  func(g *Genesis) { g.Limits = wide(1026, 2, 1024) },
		"more legs than a group has":    func(g *Genesis) { g.Limits = wide(1025, 9, 1025) },
	} {
		g := testGenesis()
		edit(g)
		if err := g.Validate(); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := Initial(g); !errors.Is(err, rejection.BadGenesis) {
			t.Errorf("%s: Initial got %v", name, err)
		}
	}
	for name, limits := range map[string]Limits{"fills": wide(4096, 8, 1024), "groups": wide(1025, 2, 1024)} {
		g := testGenesis()
		g.Limits = limits
		if err := g.Validate(); err != nil {
			t.Errorf("control, as many %s as there may be: %v", name, err)
		}
	}
	var zero Genesis
	if err := zero.Validate(); !errors.Is(err, rejection.BadGenesis) {
		t.Errorf("the zero genesis: %v", err)
	}
}

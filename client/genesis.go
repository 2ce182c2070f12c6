package client

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/nightjar/nightjar/client/light"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// Genesis is what a reader takes from a network's genesis file. The file is
// the root of everything that a Client verifies: get it from people you trust,
// not from the node.
type Genesis struct {
	Hash           [32]byte // SHA-256 of the file
	ChainID        string
	Development    bool // assets are worth nothing
	AllowSimulated bool // workers may be enclaves that protect nothing
	SimulatedRoot  quorum.Key
	FeeAsset       uint32
	ExecutionDelay uint64 // D
	AnchorInterval uint64 // k
	Anchors        uint64 // N_a
	// GovernanceDelay is the number of blocks from a proposal's acceptance to its
	// effect.
	GovernanceDelay uint64
	Signers         state.Signers         // of the custody, at the start
	Keys            map[string]quorum.Key // hash of each circuit's verifying key
	validators      []light.Validator
}

// genesisFile is the part of the file that Genesis is made of. The whole file
// is validated by nodes and by `verify`.
type genesisFile struct {
	ChainID        string     `json:"chain_id"`
	Development    bool       `json:"development"`
	AllowSimulated bool       `json:"allow_simulated"`
	SimulatedRoot  quorum.Key `json:"simulated_root"`
	FeeAsset       uint32     `json:"fee_asset"`
	Validators     []struct {
		Key   quorum.Key `json:"key"`
		Power uint64     `json:"power"`
	} `json:"validators"`
	Signers state.Signers `json:"signers"`
	Keys    map[string]struct {
		Hash quorum.Key `json:"hash"`
	} `json:"verifying_keys"`
	Constants struct {
		ExecutionDelay  uint64 `json:"execution_delay"`
		AnchorInterval  uint64 `json:"anchor_interval"`
		Anchors         uint64 `json:"anchors"`
		GovernanceDelay uint64 `json:"governance_delay"`
	} `json:"constants"`
}

// ParseGenesis reads a genesis file (BAD_GENESIS).
func ParseGenesis(raw []byte) (*Genesis, error) {
	var f genesisFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, rejection.New(rejection.BadGenesis, "%v", err)
	}
	g := &Genesis{
		Hash: sha256.Sum256(raw), ChainID: f.ChainID, Development: f.Development,
		AllowSimulated: f.AllowSimulated, SimulatedRoot: f.SimulatedRoot, FeeAsset: f.FeeAsset,
		ExecutionDelay: f.Constants.ExecutionDelay, AnchorInterval: f.Constants.AnchorInterval, Anchors: f.Constants.Anchors,
		GovernanceDelay: f.Constants.GovernanceDelay, Signers: f.Signers,
		Keys: map[string]quorum.Key{},
	}
	for name, k := range f.Keys {
		g.Keys[name] = k.Hash
	}
	for _, v := range f.Validators {
		if v.Power >= 1<<62 {
			return nil, rejection.New(rejection.BadGenesis, "a validator's power")
		}
		g.validators = append(g.validators, light.Validator{Key: v.Key, Power: int64(v.Power)})
	}
	if g.ExecutionDelay == 0 || g.AnchorInterval == 0 || g.Anchors == 0 {
		return nil, rejection.New(rejection.BadGenesis, "constants")
	}
	if _, err := light.Start(g.ChainID, g.validators); err != nil {
		return nil, rejection.New(rejection.BadGenesis, "%v", err)
	}
	return g, nil
}

package home

import (
	"encoding/hex"
	"encoding/json"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// readPins returns the enclave images that the genesis names.
func readPins(raw []byte) (wallet.Pins, error) {
	var f struct {
		ChainID        string     `json:"chain_id"`
		AllowSimulated bool       `json:"allow_simulated"`
		SimulatedRoot  quorum.Key `json:"simulated_root"`
		Measurements   []struct {
			Provider string `json:"provider"`
			Digest   string `json:"digest"`
		} `json:"measurements"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return wallet.Pins{}, rejection.New(rejection.BadGenesis, "%v", err)
	}
	p := wallet.Pins{ChainID: f.ChainID, Policy: attestation.Policy{AllowSimulated: f.AllowSimulated, SimulatedRoot: f.SimulatedRoot}}
	for _, m := range f.Measurements {
		var pin registry.Measurement
		digest, err := hex.DecodeString(m.Digest)
		if err != nil || len(digest) != len(pin.Digest) {
			return p, rejection.New(rejection.BadGenesis, "a measurement has 48 bytes")
		}
		copy(pin.Digest[:], digest)
		for _, provider := range []registry.Provider{registry.TDX, registry.SEVSNP, registry.Simulated} {
			if provider.String() == m.Provider {
				pin.Provider = provider
			}
		}
		if pin.Provider == 0 {
			return p, rejection.New(rejection.BadGenesis, "a measurement of an unknown provider")
		}
		p.Policy.Allowed = append(p.Policy.Allowed, pin)
	}
	return p, nil
}

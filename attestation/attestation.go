package attestation

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Claims are what verified evidence says.
type Claims struct {
	Measurement registry.Measurement
	Platform    registry.Platform
}

// Verifier checks one provider's evidence: that hardware of this provider
// signed it over exactly report, at a time (Unix seconds) inside its validity.
type Verifier interface {
	Verify(evidence []byte, report [64]byte, now int64) (Claims, error)
}

// Policy says which enclaves a chain accepts.
type Policy struct {
	Allowed        []registry.Measurement
	AllowSimulated bool     // development: accept enclaves that protect nothing
	SimulatedRoot  [32]byte // key that signs simulated evidence
}

// Verify checks evidence, whose first byte is the provider. It refuses with
// BAD_EVIDENCE, SIMULATED_REFUSED or MEASUREMENT_REFUSED.
func (p Policy) Verify(evidence []byte, report [64]byte, now int64) (Claims, error) {
	if len(evidence) == 0 {
		return Claims{}, rejection.New(rejection.BadEvidence, "no evidence")
	}
	v, err := p.verifier(registry.Provider(evidence[0]))
	if err != nil {
		return Claims{}, err
	}
	c, err := v.Verify(evidence, report, now)
	if err != nil {
		return Claims{}, err
	}
	if !slices.Contains(p.Allowed, c.Measurement) {
		return Claims{}, rejection.New(rejection.MeasurementRefused, "a %s image that is not on the list", c.Measurement.Provider)
	}
	return c, nil
}

func (p Policy) verifier(provider registry.Provider) (Verifier, error) {
	switch provider {
	case registry.Simulated:
		if !p.AllowSimulated {
			return nil, rejection.New(rejection.SimulatedRefused, "")
		}
		return Simulated{Root: p.SimulatedRoot}, nil
	}
	return nil, rejection.New(rejection.BadEvidence, "no verifier for this provider")
}

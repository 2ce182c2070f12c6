package tee

import (
	"errors"

	"github.com/nightjar/nightjar/protocol/registry"
)

// ErrNone says that this machine is no trusted execution environment: there is
// no device that could make evidence.
var ErrNone = errors.New("this machine is not a trusted execution environment: no attestation device is present")

// Provider makes evidence.
type Provider interface {
	// Kind says whose hardware it is.
	Kind() registry.Provider
	// Evidence returns what attestation.Policy verifies: the provider's byte,
	// then its evidence over report.
	Evidence(report [64]byte) ([]byte, error)
}

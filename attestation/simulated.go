package attestation

import (
	"crypto/ed25519"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Simulated verifies the evidence of the simulated provider: a signature of
// Root, whose private key any developer may hold. It protects nothing.
type Simulated struct{ Root [32]byte }

// simulatedSize: provider, measurement digest, platform, signature.
const simulatedSize = 1 + 48 + 32 + 64

func simulatedMessage(c Claims, report [64]byte) []byte {
	w := encoding.NewWriter(256)
	w.Var([]byte(domain.SimulatedSig))
	registry.WriteMeasurement(w, c.Measurement)
	w.Fixed(c.Platform[:])
	w.Fixed(report[:])
	return w.Bytes()
}

// Simulate makes evidence that Simulated accepts under the root's public key.
func Simulate(root ed25519.PrivateKey, digest [48]byte, platform registry.Platform, report [64]byte) []byte {
	c := Claims{Measurement: registry.Measurement{Provider: registry.Simulated, Digest: digest}, Platform: platform}
	w := encoding.NewWriter(simulatedSize)
	registry.WriteMeasurement(w, c.Measurement)
	w.Fixed(platform[:])
	w.Fixed(ed25519.Sign(root, simulatedMessage(c, report)))
	return w.Bytes()
}

// Verify implements Verifier. Simulated evidence has no validity in time. A
// zero root verifies nothing: it is no public key.
func (s Simulated) Verify(evidence []byte, report [64]byte, _ int64) (Claims, error) {
	r := encoding.NewReader(evidence)
	c := Claims{Measurement: registry.ReadMeasurement(r)}
	r.Fixed(c.Platform[:])
	var sig [64]byte
	r.Fixed(sig[:])
	if r.Done() != nil || s.Root == [32]byte{} || c.Measurement.Provider != registry.Simulated ||
		!quorum.Verify(s.Root, simulatedMessage(c, report), sig) {
		return Claims{}, rejection.New(rejection.BadEvidence, "")
	}
	return c, nil
}

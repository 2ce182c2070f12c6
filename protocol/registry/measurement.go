package registry

import "github.com/nightjar/nightjar/protocol/encoding"

// Provider is a vendor of enclaves; the numbers are wire constants.
type Provider uint8

// The providers.
const (
	TDX       Provider = 1
	SEVSNP    Provider = 2
	Simulated Provider = 3 // protects nothing; development only
)

// String returns the provider's name; the simulated one shouts.
func (p Provider) String() string {
	switch p {
	case TDX:
		return "tdx"
	case SEVSNP:
		return "sev-snp"
	case Simulated:
		return "SIMULATED"
	}
	return "unknown"
}

// Measurement identifies an enclave image under one provider.
type Measurement struct {
	Provider Provider
	Digest   [48]byte
}

// WriteMeasurement appends the encoding of m.
func WriteMeasurement(w *encoding.Writer, m Measurement) {
	w.U8(uint8(m.Provider))
	w.Fixed(m.Digest[:])
}

// ReadMeasurement reads a measurement.
func ReadMeasurement(r *encoding.Reader) Measurement {
	m := Measurement{Provider: Provider(r.U8())}
	r.Fixed(m.Digest[:])
	return m
}

// Platform identifies the machine an enclave runs on, across reboots.
type Platform [32]byte

package attestation

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

var (
	root     = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	report   = [64]byte{5}
	platform = registry.Platform{6}
	image    = [48]byte{7}
)

func policy() Policy {
	return Policy{
		Allowed:        []registry.Measurement{{Provider: registry.Simulated, Digest: image}},
		AllowSimulated: true,
		SimulatedRoot:  [32]byte(root.Public().(ed25519.PublicKey)),
	}
}

func TestSimulatedEvidence(t *testing.T) {
	c, err := policy().Verify(Simulate(root, image, platform, report), report, 0)
	if err != nil || c.Platform != platform || c.Measurement.Digest != image || c.Measurement.Provider != registry.Simulated {
		t.Errorf("%+v %v", c, err)
	}
}

// One test for each field of the policy and of the evidence.
func TestRefusals(t *testing.T) {
	good := Simulate(root, image, platform, report)
	flip := func(i int) []byte {
		b := bytes.Clone(good)
		b[i] ^= 1
		return b
	}
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	for _, c := range []struct {
		name     string
		code     rejection.Code
		evidence []byte
		edit     func(*Policy)
	}{
		{"no evidence", rejection.BadEvidence, nil, nil},
		{"one byte less", rejection.BadEvidence, good[:len(good)-1], nil},
		{"one byte more", rejection.BadEvidence, append(bytes.Clone(good), 0), nil},
		{"another image", rejection.BadEvidence, flip(3), nil},
		{"another platform", rejection.BadEvidence, flip(60), nil},
		{"another signature", rejection.BadEvidence, flip(100), nil},
		{"another root", rejection.BadEvidence, Simulate(other, image, platform, report), nil},
		{"other report data", rejection.BadEvidence, Simulate(root, image, platform, [64]byte{4}), nil},
		{"real hardware, which has no verifier yet", rejection.BadEvidence, []byte{byte(registry.TDX)}, nil},
		{"an unknown provider", rejection.BadEvidence, []byte{77}, nil},
		{"an image not listed", rejection.MeasurementRefused, Simulate(root, [48]byte{8}, platform, report), nil},
		{"an empty list", rejection.MeasurementRefused, good, func(p *Policy) { p.Allowed = nil }},
		{"the image under another provider", rejection.MeasurementRefused, good, func(p *Policy) { p.Allowed[0].Provider = registry.TDX }},
		{"simulated not allowed", rejection.SimulatedRefused, good, func(p *Policy) { p.AllowSimulated = false }},
		{"no root", rejection.BadEvidence, good, func(p *Policy) { p.SimulatedRoot = [32]byte{} }},
		{"the zero policy", rejection.SimulatedRefused, good, func(p *Policy) { *p = Policy{} }},
	} {
		p := policy()
		if c.edit != nil {
			c.edit(&p)
		}
		if _, err := p.Verify(c.evidence, report, 0); !errors.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code.Name())
		}
	}
}

func FuzzVerify(f *testing.F) {
	good := Simulate(root, image, platform, report)
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := policy().Verify(b, report, 0); err == nil && !bytes.Equal(b, good) {
			t.Fatal("evidence was forged")
		}
	})
}

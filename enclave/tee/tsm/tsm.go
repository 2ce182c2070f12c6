package tsm

import (
	"fmt"
	"strings"

	"github.com/google/go-configfs-tsm/configfs/configfsi"
	"github.com/google/go-configfs-tsm/configfs/linuxtsm"
	"github.com/google/go-configfs-tsm/report"

	"github.com/nightjar/nightjar/enclave/tee"
	"github.com/nightjar/nightjar/protocol/registry"
)

// UnknownVendor is a kernel's report provider that Nightjar has no verifier for.
type UnknownVendor string

func (u UnknownVendor) Error() string {
	return fmt.Sprintf("the kernel's report provider is %q; tdx_guest and sev_guest are supported", string(u))
}

// vendors are the kernel's names of the report providers.
var vendors = map[string]registry.Provider{
	"tdx_guest": registry.TDX,
	"sev_guest": registry.SEVSNP,
}

// TSM is a guest's attestation device.
type TSM struct {
	client configfsi.Client
	kind   registry.Provider
}

var _ tee.Provider = (*TSM)(nil)

// Open finds the device and asks it for a first report, so that a machine that
// can't attest is known at boot. The error is tee.ErrNone where there is no
// device.
func Open() (*TSM, error) {
	client, err := linuxtsm.MakeClient()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tee.ErrNone, err)
	}
	return open(client)
}

func open(client configfsi.Client) (*TSM, error) {
	t := &TSM{client: client}
	kind, _, err := t.get([64]byte{})
	if err != nil {
		return nil, err
	}
	t.kind = kind
	return t, nil
}

// get asks for a report. Certificates (the auxblob) are not asked for: only
// some providers have them, and the chain keeps its own collateral.
func (t *TSM) get(data [64]byte) (registry.Provider, []byte, error) {
	answer, err := report.Get(t.client, &report.Request{InBlob: data[:]})
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", tee.ErrNone, err)
	}
	name := strings.TrimSuffix(answer.Provider, "\n") // as sysfs ends its lines
	kind, ok := vendors[name]
	if !ok {
		return 0, nil, UnknownVendor(name)
	}
	return kind, answer.OutBlob, nil
}

// Kind implements tee.Provider.
func (t *TSM) Kind() registry.Provider { return t.kind }

// Evidence implements tee.Provider: the provider's byte, then the report as the
// kernel returned it.
func (t *TSM) Evidence(data [64]byte) ([]byte, error) {
	kind, out, err := t.get(data)
	if err != nil {
		return nil, err
	}
	return append([]byte{byte(kind)}, out...), nil
}

package tsm

import (
	"errors"
	"fmt"
	"io/fs"

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
	answer, err := t.get([64]byte{})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: %w", tee.ErrNone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("tsm: %w", err)
	}
	kind, ok := vendors[answer.Provider]
	if !ok {
		return nil, UnknownVendor(answer.Provider)
	}
	t.kind = kind
	return t, nil
}

func (t *TSM) get(data [64]byte) (*report.Response, error) {
	return report.Get(t.client, &report.Request{InBlob: data[:], GetAuxBlob: true})
}

// Kind implements tee.Provider.
func (t *TSM) Kind() registry.Provider { return t.kind }

// Evidence implements tee.Provider: the provider's byte, then the report as the
// kernel returned it. Certificates are collateral, which the chain keeps.
func (t *TSM) Evidence(data [64]byte) ([]byte, error) {
	answer, err := t.get(data)
	if err != nil {
		return nil, fmt.Errorf("tsm: %w", err)
	}
	if vendors[answer.Provider] != t.kind {
		return nil, UnknownVendor(answer.Provider)
	}
	return append([]byte{byte(t.kind)}, answer.OutBlob...), nil
}

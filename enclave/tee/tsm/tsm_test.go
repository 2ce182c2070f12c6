package tsm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-configfs-tsm/configfs/configfsi"
	"github.com/google/go-configfs-tsm/configfs/faketsm"

	"github.com/nightjar/nightjar/enclave/tee"
	"github.com/nightjar/nightjar/protocol/registry"
)

// kernel is configfs as a guest's kernel shows it; its reports say what they
// are over.
func kernel(provider string) configfsi.Client {
	reports := faketsm.ReportV7(0)
	read := reports.ReadAttr
	reports.ReadAttr = func(e *faketsm.ReportEntry, attribute string) ([]byte, error) {
		switch attribute {
		case "provider":
			return []byte(provider), nil
		case "auxblob":
			return nil, syscall.ENOENT // TDX guests have none
		}
		return read(e, attribute)
	}
	return &faketsm.Client{Subsystems: map[string]configfsi.Client{"report": reports}}
}

func TestEvidence(t *testing.T) {
	for provider, want := range map[string]registry.Provider{"tdx_guest\n": registry.TDX, "sev_guest\n": registry.SEVSNP} {
		d, err := open(kernel(provider))
		if err != nil {
			t.Fatal(err)
		}
		data := [64]byte{1, 2, 3}
		evidence, err := d.Evidence(data)
		if err != nil {
			t.Fatal(err)
		}
		if d.Kind() != want || evidence[0] != byte(want) {
			t.Errorf("%q: kind %v, evidence of %d", provider, d.Kind(), evidence[0])
		}
		if !bytes.Contains(evidence, []byte(hex.EncodeToString(data[:]))) {
			t.Errorf("%q: the report is not over the report data", provider)
		}
	}
}

func TestNoDevice(t *testing.T) {
	if _, err := open(kernel("somebody_else\n")); !errors.Is(err, UnknownVendor("somebody_else")) {
		t.Errorf("another vendor: %v", err)
	}
	without := &faketsm.Client{Subsystems: map[string]configfsi.Client{}}
	if _, err := open(without); !errors.Is(err, tee.ErrNone) {
		t.Errorf("no report subsystem: %v", err)
	}
}

package wallet

import (
	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Pins is the Guard of an owner who trusts a list of enclave images: those
// that the genesis named when the wallet was made. A list that governance
// changed since does not change the pins: the owner does.
type Pins struct {
	ChainID string
	Policy  attestation.Policy
}

// Check refuses an epoch key that is no key, a chain without workers, and any
// live worker whose evidence does not verify (BAD_EVIDENCE,
// SIMULATED_REFUSED) or whose image is not pinned (MEASUREMENT_REFUSED): each
// of them holds the epoch's secret.
func (p Pins) Check(params Params) error {
	if len(params.Epoch.Key) == 0 {
		return rejection.New(rejection.NoBook, "no enclave has started an epoch")
	}
	if err := seal.CheckEpochKey(params.Epoch.Key); err != nil {
		return err
	}
	if len(params.Workers) == 0 {
		return rejection.New(rejection.BadEvidence, "no worker is registered")
	}
	for i := range params.Workers {
		w := &params.Workers[i]
		if _, err := p.Policy.Verify(w.Evidence, w.ReportData(p.ChainID), params.Time); err != nil {
			return err
		}
	}
	return nil
}

package vault

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Config is one signer's. All signers of a custody should have the same Default
// and Limits: what they differ in, they decide differently, and such a claim
// waits until m of them agree.
type Config struct {
	ChainID string     // of Nightjar
	Chain   uint32     // number of the external chain
	Key     quorum.Key // the own one; its bytes are the own account's
	Start   Start
	Default Limit   // of assets that Limits does not name
	Limits  []Limit // strictly ascending by asset
	Watched int     // owners whose deposit address is watched before money has come
}

// Start is where a machine begins to look. It acts on nothing older: whoever
// lost the journal can't know what it approved, and so a key without its
// journal begins with the present. Of claims opened before Hub it only reports
// what it sees paid.
type Start struct {
	Hub   uint64 // height on Nightjar
	Block Cursor // read before Hub was; the first Block is its child
}

// Limit bounds how fast an asset leaves (schedule.go).
type Limit struct {
	Asset       uint32
	Rate        uint64      // hub units that become payable in any Window
	Window      uint64      // blocks of Nightjar
	MaxDelay    uint64      // blocks of Nightjar that a claim waits at most
	Existential amount.Wide // the chain keeps no account with less; a smaller claim is returned
	SweepMin    amount.Wide // a deposit address with less is left alone
}

func (l Limit) validate() error {
	if l.Window == 0 || l.MaxDelay == 0 {
		return rejection.New(rejection.ParameterBounds, "a limit of asset %d without a window or a maximum delay", l.Asset)
	}
	return nil
}

// Validate refuses (PARAMETER_BOUNDS) a configuration that is not whole.
func (c Config) Validate() error {
	switch {
	case c.ChainID == "" || c.Key == quorum.Key{}:
		return rejection.New(rejection.ParameterBounds, "a vault needs a chain id and a key")
	case c.Start.Hub == 0 || c.Start.Block.Hash == [32]byte{}:
		return rejection.New(rejection.ParameterBounds, "a vault needs a height and a block to start from")
	case c.Watched < 1:
		return rejection.New(rejection.ParameterBounds, "a vault watches at least one address")
	}
	if err := c.Default.validate(); err != nil {
		return err
	}
	for i, l := range c.Limits {
		if err := l.validate(); err != nil {
			return err
		}
		if i > 0 && c.Limits[i-1].Asset >= l.Asset {
			return rejection.New(rejection.ParameterBounds, "limits are not in ascending order of asset")
		}
	}
	return nil
}

func (c Config) limit(asset uint32) Limit {
	for _, l := range c.Limits {
		if l.Asset == asset {
			return l
		}
	}
	l := c.Default
	l.Asset = asset
	return l
}

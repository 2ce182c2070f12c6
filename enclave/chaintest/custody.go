package chaintest

import (
	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
)

// Deposit submits a deposit to an owner commitment.
func (c *Chain) Deposit(asset uint32, amount uint64, owner field.Element) {
	c.Helper()
	c.serial++
	d := &custody.Deposit{
		Reference: custody.Reference{Chain: asset, Hash: [32]byte(filler("deposit", int64(c.serial)))},
		Asset:     asset, Amount: amount, C: owner,
	}
	d.Signatures = []quorum.Signature{quorum.Sign(signer, d.SignBytes(c.Genesis.ChainID))}
	if err := c.Submit(d.Encode()); err != nil {
		c.Fatal(err)
	}
}

// Policy is that of an owner who trusts the chain's enclaves.
func Policy() attestation.Policy {
	return attestation.Policy{
		Allowed:        []registry.Measurement{{Provider: registry.Simulated, Digest: image}},
		AllowSimulated: true, SimulatedRoot: PublicKey(simulator),
	}
}

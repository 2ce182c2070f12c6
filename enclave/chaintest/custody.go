package chaintest

import (
	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/seal"
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

// Withdraw submits a withdrawal and returns the claim that it will open.
func (c *Chain) Withdraw(asset uint32, amount uint64) custody.ClaimID {
	c.Helper()
	to, err := action.NewRecipient([]byte("somebody"))
	if err != nil {
		c.Fatal(err)
	}
	var claim custody.ClaimID
	c.Act(0, seal.Command{}, func(a *action.Action) {
		a.FeeInAsset = true
		a.Fee, _ = c.State.ExitFee(asset, c.State.Anchor().Height)
		a.Out = action.Output{Asset: asset, Amount: amount, Recipient: to, Return: c.Fresh()}
		claim = custody.NewClaimID(c.Genesis.ChainID, a.Nullifiers[0])
	})
	return claim
}

// Close submits the end of a claim.
func (c *Chain) Close(claim custody.ClaimID, r custody.Result) {
	c.Helper()
	end := &custody.Closing{Claim: claim, Result: r}
	if r == custody.Paid {
		end.Payment = custody.Reference{Chain: 1, Hash: claim}
	}
	end.Signatures = []quorum.Signature{quorum.Sign(signer, end.SignBytes(c.Genesis.ChainID))}
	if err := c.Submit(end.Encode()); err != nil {
		c.Fatal(err)
	}
}

// Propose submits a change that the validator has signed.
func (c *Chain) Propose(change governance.Change) {
	c.Helper()
	p := &governance.Proposal{Nonce: c.State.ProposalNonce() + 1, Change: change}
	p.Signatures = []quorum.Signature{quorum.Sign(validator, p.SignBytes(c.Genesis.ChainID))}
	if err := c.Submit(p.Encode()); err != nil {
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

package world

import (
	"crypto/ed25519"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// ledgerFeeR is the public r of a note that pays a fee counter out.
func ledgerFeeR(asset uint32, height uint64) field.Element {
	return field.H(domain.RFee, field.FromUint64(uint64(asset)), field.FromUint64(height))
}

// SignAll signs a message with all keys, in their order.
func SignAll(keys []ed25519.PrivateKey, message []byte) (out []quorum.Signature) {
	for _, k := range keys {
		out = append(out, quorum.Sign(k, message))
	}
	return out
}

// NewReference returns an external event that has not been seen.
func (w *World) NewReference() custody.Reference {
	r := custody.Reference{Chain: ExternalChain}
	w.random(r.Hash[:])
	return r
}

// NewDeposit returns an unsigned deposit for a person, and the coin it makes.
func (w *World) NewDeposit(to *Account, asset uint32, amount uint64) (*custody.Deposit, *Coin) {
	r := w.Element()
	d := &custody.Deposit{Reference: w.NewReference(), Asset: asset, Amount: amount, C: to.Own(r)}
	n := note.Note{Asset: asset, Value: amount, Rho: d.Reference.ID(ChainID).Rho(), C: d.C}
	return d, w.leaf(to, n, r)
}

// Sign lets m signers sign a deposit.
func (w *World) SignDeposit(d *custody.Deposit) []byte {
	d.Signatures = SignAll(w.Signers[:2], d.SignBytes(ChainID))
	return d.Encode()
}

// Deposit credits a person in a block of its own.
func (w *World) Deposit(to *Account, asset uint32, amount uint64) *Coin {
	d, c := w.NewDeposit(to, asset, amount)
	w.Must(w.SignDeposit(d))
	return c
}

// SignClosing lets m signers sign the end of a claim.
func (w *World) SignClosing(c *custody.Closing) []byte {
	c.Signatures = SignAll(w.Signers[:2], c.SignBytes(ChainID))
	return c.Encode()
}

// Propose returns the next governance proposal, signed by all validators.
func (w *World) Propose(c governance.Change) *governance.Proposal {
	p := &governance.Proposal{Nonce: w.State.ProposalNonce() + 1, Change: c}
	p.Signatures = SignAll(w.Validators, p.SignBytes(ChainID))
	return p
}

// Quote returns a quote of a market around mid.
func Quote(market uint32, mid uint64) oracle.Price {
	return oracle.Price{Market: market, Bid: mid - 2, Ask: mid + 2}
}

// Quotes returns the last block's extended commit: every validator says these
// prices.
func (w *World) Quotes(prices ...oracle.Price) *oracle.Commit {
	c := &oracle.Commit{Height: w.Height()}
	for _, k := range w.Validators {
		c.Votes = append(c.Votes, SignVote(k, c, oracle.Vote{Prices: prices}))
	}
	return c
}

// SignVote signs one validator's vote of a commit.
func SignVote(k ed25519.PrivateKey, c *oracle.Commit, v oracle.Vote) oracle.Vote {
	v.Validator = public(k)
	v.Signature = quorum.Sign(k, v.SignBytes(ChainID, c.Height, c.Round)).Signature
	return v
}

// claim returns the id of the withdrawal with that slot-0 nullifier.
func (w *World) claim(nf0 field.Element) custody.ClaimID { return custody.NewClaimID(ChainID, nf0) }

// Claim returns the id of an action's claim.
func (a *Action) Claim() custody.ClaimID { return a.World.claim(a.Tx.Nullifiers[0]) }

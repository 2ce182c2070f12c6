package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// deposit credits an external deposit, once for each external reference.
func (b *block) deposit(d *custody.Deposit) (verdict, error) {
	i := id32(d.Asset)
	held, ok := rowAsset.get(b, i)
	switch {
	case !ok || held.Record.Chain != d.Reference.Chain:
		return verdict{}, rejection.New(rejection.UnknownAsset, "asset %d on chain %d", d.Asset, d.Reference.Chain)
	case held.Record.Test && !b.genesis().Development:
		return verdict{}, rejection.New(rejection.DevelopmentCustody, "asset %d", d.Asset)
	case held.Halted:
		return verdict{}, rejection.New(rejection.DepositsHalted, "asset %d", d.Asset)
	case d.Amount < held.MinDeposit || d.Amount > held.MaxDeposit:
		return verdict{}, rejection.New(rejection.DepositBounds, "asset %d", d.Asset)
	case d.C.IsZero():
		return verdict{}, rejection.New(rejection.ZeroCommitment, "C of a deposit")
	}
	ref := d.Reference.ID(b.chainID())
	if rowDeposit.has(b, ref[:]) {
		return verdict{}, rejection.New(rejection.DepositReplayed, "")
	}
	pool, _ := rowPool.get(b, i)
	if pool.Deposited, ok = amount.Add(pool.Deposited, d.Amount); !ok {
		return verdict{}, rejection.New(rejection.DepositBounds, "the asset's total passes 2^64")
	}
	// withdrawn ≤ deposited. A return lowers withdrawn and is not asked: what it
	// brings back had been let in before.
	if pool.Deposited-pool.Withdrawn > held.MaxSupply {
		return verdict{}, rejection.New(rejection.SupplyCap, "asset %d", d.Asset)
	}
	if err := b.checkSigners(d.Signatures, d.SignBytes(b.chainID())); err != nil {
		return verdict{}, err
	}
	index := b.index
	return verdict{effect: func() {
		rowDeposit.put(b.overlay, ref[:], b.in.Height)
		rowPool.put(b.overlay, i, pool)
		n := note.Note{Asset: d.Asset, Value: d.Amount, Rho: ref.Rho(), C: d.C}
		b.emit(DepositCredited{
			Index: index, ID: ref, Asset: d.Asset, Amount: d.Amount, C: d.C,
			Leaves: b.append(n.Commitment()),
		})
	}}, nil
}

// closeClaim ends a withdrawal claim: paid on its chain, or returned to its
// owner as a note of C_ret. Either happens once.
func (b *block) closeClaim(c *custody.Closing) (verdict, error) {
	claim, ok := rowClaim.get(b, c.Claim[:])
	if !ok {
		return verdict{}, rejection.New(rejection.UnknownClaim, "")
	}
	if !claim.Open() {
		return verdict{}, rejection.New(rejection.ClaimClosed, "%s", claim.Closed)
	}
	if err := b.checkSigners(c.Signatures, c.SignBytes(b.chainID())); err != nil {
		return verdict{}, err
	}
	index := b.index
	return verdict{effect: func() {
		claim.Closed, claim.Payment = c.Result, c.Payment
		rowClaim.put(b.overlay, claim.ID[:], claim)
		if c.Result == custody.Paid {
			b.emit(ClaimPaid{Index: index, ID: claim.ID, Payment: c.Payment})
			return
		}
		pool, _ := rowPool.get(b, id32(claim.Asset))
		pool.Withdrawn -= claim.Amount // it never left
		rowPool.put(b.overlay, id32(claim.Asset), pool)
		n := note.Note{Asset: claim.Asset, Value: claim.Amount, Rho: claim.ID.ReturnRho(), C: claim.Return}
		b.emit(ClaimReturned{
			Index: index, ID: claim.ID, Asset: claim.Asset, Amount: claim.Amount, Return: claim.Return,
			Leaves: b.append(n.Commitment()),
		})
	}}, nil
}

// checkSigners demands valid signatures of m listed signers, and of nobody
// else: one valid set has one meaning.
func (b *block) checkSigners(signatures []quorum.Signature, message []byte) error {
	signers, _ := rowSigners.get(b, single)
	if len(signatures) < int(signers.Threshold) {
		return rejection.New(rejection.BadSignerSignature, "%d of %d", len(signatures), signers.Threshold)
	}
	for _, s := range signatures {
		if !slices.Contains(signers.Keys, s.Key) {
			return rejection.New(rejection.UnknownSigner, "")
		}
	}
	for _, s := range signatures {
		if !quorum.Verify(s.Key, message, s.Signature) {
			return rejection.New(rejection.BadSignerSignature, "")
		}
	}
	return nil
}

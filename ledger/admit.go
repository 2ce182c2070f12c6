package ledger

import (
	"math"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// admit checks an action of its own and reserves its nullifiers; it is executed
// D blocks later.
func (b *block) admit(a *action.Action) (verdict, error) {
	return b.admitSigned(a, a.VerifySignature)
}

// admitSigned is admit of an action whose signature stands for what verify says
// it does.
func (b *block) admitSigned(a *action.Action, verify func(chainID string) error) (verdict, error) {
	keys, err := b.keys(a.Version, a.Out.Amount > 0)
	if err != nil {
		return verdict{}, err
	}
	if err := b.checkFee(a); err != nil {
		return verdict{}, err
	}
	if !b.epochAdmitted(a.Epoch) {
		return verdict{}, rejection.New(rejection.StaleEpoch, "epoch %d", a.Epoch)
	}
	if err := b.checkNullifiers(a); err != nil {
		return verdict{}, err
	}
	if err := checkCommitments(a.Commitments[:]); err != nil {
		return verdict{}, err
	}
	if err := b.checkTurnstile(a.Out); err != nil {
		return verdict{}, err
	}
	if err := verify(b.chainID()); err != nil {
		return verdict{}, err
	}
	g := b.genesis()
	p := Pending{
		ID: a.ID(g.ChainID), Index: b.index, Nullifiers: a.Nullifiers, Commitments: a.Commitments,
		FeeAsset: g.FeeAsset, Fee: a.Fee, Out: a.Out,
	}
	if a.FeeInAsset {
		p.FeeAsset = a.Out.Asset
	}
	return verdict{
		claims:     []Claim{{ActionCircuit, keys.Action, a.PublicInputs(g.ChainID, g.FeeAsset), a.Proof}},
		nullifiers: a.Nullifiers[:],
		effect: func() {
			for _, nf := range p.Nullifiers {
				rowReserved.put(b.overlay, idField(nf), b.in.Height)
			}
			if p.Out.Amount > 0 {
				pool, _ := rowPool.get(b, id32(p.Out.Asset))
				pool.Reserved += p.Out.Amount
				rowPool.put(b.overlay, id32(p.Out.Asset), pool)
			}
			b.pending = append(b.pending, p)
			b.emit(ActionAdmitted{Index: p.Index, ID: p.ID, Epoch: a.Epoch, Nullifiers: p.Nullifiers})
		},
	}, nil
}

// checkFee demands that the anchor is an accepted one and that the fee was in
// force after a block with that root: the flat fee, or the exit fee of the
// withdrawn asset.
func (b *block) checkFee(a *action.Action) error {
	heights, ok := rowAnchor.get(b, idField(a.Anchor))
	if !ok {
		return rejection.New(rejection.UnknownAnchor, "")
	}
	fees, _ := rowFee.get(b, single)
	if a.FeeInAsset {
		held, ok := rowAsset.get(b, id32(a.Out.Asset))
		if !ok {
			return rejection.New(rejection.UnknownAsset, "asset %d", a.Out.Asset)
		}
		fees = held.ExitFees
	}
	for _, h := range heights {
		if fee, ok := fees.At(h); ok && fee == a.Fee {
			return nil
		}
	}
	return rejection.New(rejection.WrongFee, "%d", a.Fee)
}

// epochAdmitted: current now or in any of the last g blocks.
func (b *block) epochAdmitted(number uint64) bool {
	if number == b.book.Epoch {
		return true
	}
	if number > b.book.Epoch {
		return false
	}
	// Epoch 0 has no row: it ended when the first epoch started.
	next, ok := rowEpoch.get(b, id64(number+1))
	return ok && b.in.Height-next.Start < b.params.EpochGrace
}

// checkNullifiers: distinct, neither spent nor reserved, and slot 0 in no open
// lock. A lock does not bind the other slots: it could only name a note or a
// dummy there, and must not be able to stall an exit through them.
func (b *block) checkNullifiers(a *action.Action) error {
	n := a.Nullifiers
	if n[0] == n[1] || n[0] == n[2] || n[1] == n[2] {
		return rejection.New(rejection.DuplicateNullifier, "")
	}
	for i, nf := range n {
		switch {
		case rowSpent.has(b, idField(nf)):
			return rejection.New(rejection.NullifierSpent, "slot %d", i)
		case rowReserved.has(b, idField(nf)):
			return rejection.New(rejection.NullifierReserved, "slot %d", i)
		case i == 0 && rowLocked.has(b, idField(nf)):
			return rejection.New(rejection.NullifierLocked, "slot 0")
		}
	}
	return nil
}

// checkCommitments: none is zero, which the tree reads as empty, and all of
// one transaction differ.
func checkCommitments(cms []field.Element) error {
	seen := make(map[field.Element]bool, len(cms))
	for _, cm := range cms {
		if cm.IsZero() || seen[cm] {
			return rejection.New(rejection.ZeroCommitment, "")
		}
		seen[cm] = true
	}
	return nil
}

// checkTurnstile: withdrawn + reserved + out ≤ deposited.
func (b *block) checkTurnstile(out action.Output) error {
	if out.Amount == 0 {
		return nil
	}
	pool, _ := rowPool.get(b, id32(out.Asset))
	used, ok1 := amount.Add(pool.Withdrawn, pool.Reserved)
	used, ok2 := amount.Add(used, out.Amount)
	if !ok1 || !ok2 || used > pool.Deposited {
		return rejection.New(rejection.Turnstile, "asset %d", out.Asset)
	}
	return nil
}

// executePending executes the actions admitted D blocks ago, once, after this
// block's locks: one whose slot-0 nullifier a lock took since is dropped whole.
func (b *block) executePending() {
	if b.executed {
		return
	}
	b.executed = true
	d := b.genesis().Constants.ExecutionDelay
	if b.in.Height <= d {
		return
	}
	due := id64(b.in.Height - d)
	pending, ok := rowPending.get(b, due)
	if !ok {
		return
	}
	rowPending.remove(b.overlay, due)
	for _, p := range pending {
		b.execute(p, b.in.Height-d)
	}
}

func (b *block) execute(p Pending, admitted uint64) {
	dropped := rowLocked.has(b, idField(p.Nullifiers[0]))
	for _, nf := range p.Nullifiers {
		rowReserved.remove(b.overlay, idField(nf))
		// A settlement may have spent slot 0 after its lock took it. For the
		// other slots it can't be: a note's nullifier is never an order's.
		dropped = dropped || rowSpent.has(b, idField(nf))
	}
	if p.Out.Amount > 0 {
		pool, _ := rowPool.get(b, id32(p.Out.Asset))
		pool.Reserved -= p.Out.Amount
		if !dropped {
			pool.Withdrawn += p.Out.Amount
		}
		rowPool.put(b.overlay, id32(p.Out.Asset), pool)
	}
	if dropped {
		b.emit(ActionDropped{Admitted: admitted, Index: p.Index, ID: p.ID, Nullifiers: p.Nullifiers})
		return
	}
	b.spend(p.Nullifiers[:]...)
	b.collectFee(p.FeeAsset, p.Fee)
	b.emit(ActionExecuted{
		Admitted: admitted, Index: p.Index, ID: p.ID, Nullifiers: p.Nullifiers,
		Leaves: b.append(p.Commitments[:]...),
	})
	if p.Out.Amount > 0 {
		c := WithdrawalClaim{
			ID:    custody.NewClaimID(b.chainID(), p.Nullifiers[0]),
			Asset: p.Out.Asset, Amount: p.Out.Amount, Recipient: p.Out.Recipient, Return: p.Out.Return,
			Height: b.in.Height,
		}
		rowClaim.put(b.overlay, c.ID[:], c)
		b.emit(ClaimOpened{ID: c.ID, Asset: c.Asset, Amount: c.Amount, Recipient: c.Recipient, Return: c.Return})
	}
}

// collectFee adds to the asset's counter. The counter is part of what was
// deposited, so it can't pass 2^64 while the proofs are sound; if they are
// not, saturating only under-pays the treasury.
func (b *block) collectFee(asset uint32, fee uint64) {
	if fee == 0 {
		return
	}
	pool, _ := rowPool.get(b, id32(asset))
	sum, ok := amount.Add(pool.Fees, fee)
	if !ok {
		sum = math.MaxUint64
	}
	pool.Fees = sum
	rowPool.put(b.overlay, id32(asset), pool)
}

// payFees turns every fee counter into a note of the treasury.
func (b *block) payFees() {
	for _, a := range rowAsset.all(b, single) {
		i := id32(a.Record.ID)
		pool, _ := rowPool.get(b, i)
		if pool.Fees == 0 {
			continue
		}
		n := FeeNote(b.genesis().Treasury.PKd, a.Record.ID, pool.Fees, b.in.Height)
		b.emit(FeesPaid{Asset: a.Record.ID, Amount: pool.Fees, Leaves: b.append(n.Commitment())})
		pool.Fees = 0
		rowPool.put(b.overlay, i, pool)
	}
}

// FeeNote returns the note that pays a fee counter to the treasury at height:
//
//	rho = H(RHO_FEE; asset, height), C = H(OWNER; pk_treasury, H(R_FEE; asset, height))
//
// All of it is public: the treasury finds it without a ciphertext.
func FeeNote(treasury field.Element, asset uint32, value, height uint64) note.Note {
	a, h := field.FromUint64(uint64(asset)), field.FromUint64(height)
	return note.Note{
		Asset: asset, Value: value,
		Rho: field.H(domain.RhoFee, a, h),
		C:   keys.Owner(treasury, field.H(domain.RFee, a, h)),
	}
}

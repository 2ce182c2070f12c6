package ledger

import (
	"bytes"
	"errors"
	"slices"

	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
)

// propose accepts a change signed by more than two thirds of the validators'
// power; it takes effect after the delay of the genesis.
func (b *block) propose(p *governance.Proposal) (verdict, error) {
	last, _ := rowNonce.get(b, single)
	if p.Nonce != last+1 {
		return verdict{}, rejection.New(rejection.ReplayedProposal, "nonce %d after %d", p.Nonce, last)
	}
	if err := b.checkPower(p.Signatures, p.SignBytes(b.chainID())); err != nil {
		return verdict{}, err
	}
	if _, err := b.change(p.Change); err != nil { // last: keys take long to check
		return verdict{}, err
	}
	at, index := b.in.Height+b.genesis().Constants.GovernanceDelay, b.index
	return verdict{effect: func() {
		rowNonce.put(b.overlay, single, p.Nonce)
		rowProposal.put(b.overlay, append(id64(at), id64(p.Nonce)...), p.Change)
		b.emit(ProposalAccepted{Index: index, Nonce: p.Nonce, Change: p.Change, At: at})
	}}, nil
}

func (b *block) checkPower(signatures []quorum.Signature, message []byte) error {
	set := b.validatorsAt(b.in.Height)
	var power uint64
	for _, s := range signatures {
		i := slices.IndexFunc(set, func(v Validator) bool { return v.Key == s.Key })
		if i < 0 {
			return rejection.New(rejection.UnknownValidator, "")
		}
		power += set[i].Power
	}
	if 3*power <= 2*totalPower(set) {
		return rejection.New(rejection.NotEnoughPower, "%d of %d", power, totalPower(set))
	}
	for _, s := range signatures {
		if !quorum.Verify(s.Key, message, s.Signature) {
			return rejection.New(rejection.BadGovernance, "")
		}
	}
	return nil
}

// enactProposals lets the changes due at this height take effect, in the order
// of their nonces. A change that an earlier one has made impossible does
// nothing and says so.
func (b *block) enactProposals() {
	due := id64(b.in.Height)
	for _, c := range rowProposal.all(b, due) {
		enact, err := b.change(c)
		if err == nil {
			enact()
		}
		var refused *rejection.Rejection
		errors.As(err, &refused)
		e := ProposalEnacted{Change: c}
		if refused != nil {
			e.Refused = refused.Code
		}
		b.emit(e)
	}
	b.Range(rowProposal.key(due), func(key, _ []byte) bool {
		b.remove(bytes.Clone(key))
		return true
	})
}

// change checks one change against the bounds of the genesis and the present
// state, and returns its effect.
func (b *block) change(c governance.Change) (func(), error) {
	switch c := c.(type) {
	case governance.AddAsset:
		for _, a := range rowAsset.all(b, single) {
			if a.Record.ID == c.Record.ID || a.Record.SameExternal(c.Record) {
				return nil, rejection.New(rejection.RecordExists, "asset %d", a.Record.ID)
			}
		}
		return func() { b.addAsset(c) }, checkAsset(c, b.genesis())
	case governance.AddMarket:
		return b.addMarket(c)
	case governance.HaltDeposits:
		return b.changeAsset(c.Asset, func(a *Asset) error {
			a.Halted = c.Halted
			return nil
		})
	case governance.SetDepositLimits:
		return b.changeAsset(c.Asset, func(a *Asset) error {
			a.MinDeposit, a.MaxDeposit, a.MaxSupply = c.Min, c.Max, c.MaxSupply
			return checkLimits(c.Min, c.Max, c.MaxSupply)
		})
	case governance.SetExitFee:
		return b.changeAsset(c.Asset, func(a *Asset) error {
			if c.Fee > a.Record.MaxExitFee {
				return bounds("an exit fee is at most the asset's bound")
			}
			a.ExitFees = a.ExitFees.With(state.Step{Since: b.in.Height, Fee: c.Fee}, b.oldestAnchor())
			return nil
		})
	case governance.SetParameter:
		return b.setParameter(c)
	case governance.AllowMeasurement:
		return b.allowMeasurement(c)
	case governance.AllowOperator:
		list, _ := rowOperators.get(b, single)
		list = toggle(list, c.Operator, c.Allowed, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
		return func() { rowOperators.put(b.overlay, single, list) }, nil
	case governance.SetSigners:
		s := Signers{Threshold: c.Threshold, Keys: c.Keys}
		return func() { rowSigners.put(b.overlay, single, s) }, validSigners(s)
	case governance.SetValidator:
		return b.setValidator(c)
	case governance.AddCircuits:
		return b.addCircuits(c)
	}
	return nil, rejection.New(rejection.UnknownKind, "%T", c)
}

// addAsset writes a new asset; its first exit fee is in force from this block.
func (b *block) addAsset(c governance.AddAsset) {
	rowAsset.put(b.overlay, id32(c.Record.ID), Asset{
		Record: c.Record, MinDeposit: c.MinDeposit, MaxDeposit: c.MaxDeposit, MaxSupply: c.MaxSupply,
		ExitFees: state.Schedule{{Since: b.in.Height, Fee: c.ExitFee}},
	})
	rowPool.put(b.overlay, id32(c.Record.ID), Pool{})
}

func (b *block) addMarket(c governance.AddMarket) (func(), error) {
	m := c.Record
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if rowMarket.has(b, id32(m.ID)) {
		return nil, rejection.New(rejection.RecordExists, "market %d", m.ID)
	}
	if !rowAsset.has(b, id32(m.Base)) || !rowAsset.has(b, id32(m.Quote)) {
		return nil, rejection.New(rejection.UnknownAsset, "assets %d and %d", m.Base, m.Quote)
	}
	return func() {
		rowMarket.put(b.overlay, id32(m.ID), m)
		b.remap = true
	}, nil
}

// changeAsset returns the effect of an edit that checks itself.
func (b *block) changeAsset(asset uint32, edit func(*Asset) error) (func(), error) {
	a, ok := rowAsset.get(b, id32(asset))
	if !ok {
		return nil, rejection.New(rejection.UnknownAsset, "asset %d", asset)
	}
	if err := edit(&a); err != nil {
		return nil, err
	}
	return func() { rowAsset.put(b.overlay, id32(asset), a) }, nil
}

// oldestAnchor is a height that no accepted anchor is older than.
func (b *block) oldestAnchor() uint64 {
	c := b.genesis().Constants
	if span := (c.Anchors + 1) * c.AnchorInterval; b.in.Height > span {
		return b.in.Height - span
	}
	return 0
}

func (b *block) setParameter(c governance.SetParameter) (func(), error) {
	if c.Parameter == governance.Fee {
		if c.Value > b.genesis().Bounds.MaxFee {
			return nil, bounds("the fee is at most max_fee")
		}
		fees, _ := rowFee.get(b, single)
		fees = fees.With(state.Step{Since: b.in.Height, Fee: c.Value}, b.oldestAnchor())
		return func() { rowFee.put(b.overlay, single, fees) }, nil
	}
	params, _ := rowParams.get(b, single)
	p, err := params.set(c.Parameter, c.Value)
	if err != nil {
		return nil, err
	}
	if err := p.check(b.genesis().Constants, b.genesis().Bounds); err != nil {
		return nil, err
	}
	return func() { rowParams.put(b.overlay, single, p) }, nil
}

func (b *block) allowMeasurement(c governance.AllowMeasurement) (func(), error) {
	if c.Allowed && c.Measurement.Provider == registry.Simulated && !b.genesis().AllowSimulated {
		return nil, rejection.New(rejection.SimulatedRefused, "")
	}
	list, _ := rowMeasurements.get(b, single)
	list = toggle(list, c.Measurement, c.Allowed, func(a, b registry.Measurement) int {
		if a.Provider != b.Provider {
			return int(a.Provider) - int(b.Provider)
		}
		return bytes.Compare(a.Digest[:], b.Digest[:])
	})
	return func() { rowMeasurements.put(b.overlay, single, list) }, nil
}

// toggle returns list with v in it, or without, ascending.
func toggle[T comparable](list []T, v T, in bool, compare func(a, b T) int) []T {
	out := slices.DeleteFunc(slices.Clone(list), func(o T) bool { return o == v })
	if in {
		out = append(out, v)
	}
	slices.SortFunc(out, compare)
	return out
}

// consensusDelay is the number of blocks after which the consensus engine uses
// a validator update.
const consensusDelay = 2

// setValidator changes a validator's power from the height on at which the
// consensus engine uses it.
func (b *block) setValidator(c governance.SetValidator) (func(), error) {
	if c.Power > maxPower {
		return nil, bounds("a validator's power is at most 2^40")
	}
	sets, _ := rowValidators.get(b, single)
	latest := sets[len(sets)-1]
	if c.Power == 0 && !slices.ContainsFunc(latest.Set, func(v Validator) bool { return v.Key == c.Key }) {
		return nil, rejection.New(rejection.UnknownValidator, "the engine can't remove who is not there")
	}
	next := validatorSet{From: b.in.Height + consensusDelay}
	for _, v := range latest.Set {
		if v.Key != c.Key {
			next.Set = append(next.Set, v)
		}
	}
	if c.Power > 0 {
		next.Set = append(next.Set, Validator{c.Key, c.Power})
	}
	slices.SortFunc(next.Set, func(a, b Validator) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	if len(next.Set) == 0 || len(next.Set) > maxValidators {
		return nil, bounds("1 to %d validators", maxValidators)
	}
	return func() {
		if latest.From == next.From { // two changes in one block
			sets = sets[:len(sets)-1]
		}
		// Commits are signed by the set of one block before: older ones are done.
		for len(sets) > 1 && sets[1].From+1 < b.in.Height {
			sets = sets[1:]
		}
		rowValidators.put(b.overlay, single, append(sets, next))
		b.updates = append(b.updates, ValidatorUpdate(c))
	}, nil
}

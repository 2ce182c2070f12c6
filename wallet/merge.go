package wallet

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// merge drafts the next of the merges that bring c.need of c.asset into
// c.slots notes. Merges run as a tree: each takes the largest notes that are
// free now, and those on their way (arriving) are left for later ones. It
// returns nil if all there is to do is wait.
func (d drafter) merge(c *crowded, arriving []uint64) (*draft, error) {
	free := d.free(c.asset)
	slices.Reverse(free)
	var have uint64
	for _, v := range arriving {
		have, _ = amount.Add(have, v)
	}
	used := 0
	for ; used < len(free) && have < c.need; used++ {
		have, _ = amount.Add(have, free[used].Value)
	}
	width := d.mergeWidth(c.asset)
	surplus := used + len(arriving) - c.slots // notes too many
	if have < c.need || surplus <= 0 || used < 2 {
		if len(arriving) == 0 {
			return nil, rejection.New(rejection.NotEnoughFunds, "the spendable notes hold less")
		}
		return nil, nil
	}
	// A merge of m notes removes m−1: take no more than it needs.
	take := min(width, used, surplus+1)
	return d.mergeOf(c.asset, free[:take], (surplus+width-2)/(width-1))
}

// mergeWidth is how many notes of an asset one merge takes: all three slots,
// unless one is for the fee.
func (d drafter) mergeWidth(asset uint32) int {
	if asset == d.params.FeeAsset || d.params.Fee == 0 {
		return action.Slots
	}
	return action.Slots - 1
}

// mergeOf drafts a merge of given notes. Where the fee is paid in another
// asset, its change is split in two as long as there are fewer notes to pay
// with than merges to come, so that merges need not wait for each other's
// change.
func (d drafter) mergeOf(asset uint32, notes []*Note, coming int) (*draft, error) {
	p := &draft{kind: MergePlan, notes: slices.Clone(notes), fee: d.params.Fee}
	paying := d.free(d.params.FeeAsset)
	if asset != d.params.FeeAsset && p.fee > 0 {
		if len(paying) == 0 {
			return nil, rejection.New(rejection.NotEnoughFunds, "for the fee of merging notes; what three notes hold can be withdrawn without")
		}
		largest := paying[len(paying)-1]
		if largest.Value < p.fee {
			return nil, rejection.New(rejection.NotEnoughFunds, "for the fee of merging notes; what three notes hold can be withdrawn without")
		}
		p.notes = append(p.notes, largest)
	}
	if err := d.settleUp(p, 0, asset, 0); err != nil {
		return nil, err
	}
	if asset != d.params.FeeAsset && p.fee > 0 && len(paying)-1 < coming-1 && p.outputs[1].Value >= 2*p.fee {
		half := p.outputs[1].Value / 2
		p.outputs[1].Value -= half
		p.outputs[2].Value = half
	}
	return p, nil
}

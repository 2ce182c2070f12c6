package audit

import (
	"bytes"
	"slices"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/replica"
)

// Custody is what a chain says that its signers hold for it: what a proof of
// reserves is held against.
type Custody struct {
	Height  uint64
	Signers []state.Signers // every set that was in force, the newest last
	Assets  []Obligation    // of external chains, ascending by id
}

// Obligation is what the custody owes of one asset, in hub units.
type Obligation struct {
	Record asset.Record
	Notes  uint64          // deposited − withdrawn: the worth of all notes, orders and fee counters
	Claims uint64          // withdrawn and not known to be paid
	Open   int             // number of such claims
	Owners []field.Element // who deposits were credited to, the newest last
}

// books follows the events that Custody is made of.
type books struct {
	signers []state.Signers
	owners  map[uint32][]field.Element // by asset, each once for each asset
	seen    map[owned]bool
	open    map[custody.ClaimID]owed
}

type owned struct {
	asset uint32
	owner field.Element
}

type owed struct {
	asset  uint32
	amount uint64
}

func newBooks(g *ledger.Genesis) books {
	return books{
		signers: []state.Signers{g.Signers}, owners: map[uint32][]field.Element{},
		seen: map[owned]bool{}, open: map[custody.ClaimID]owed{},
	}
}

func (b *books) count(e ledger.Event) {
	switch e := e.(type) {
	case ledger.DepositCredited:
		if o := (owned{e.Asset, e.C}); !b.seen[o] {
			b.seen[o] = true
			b.owners[e.Asset] = append(b.owners[e.Asset], e.C)
		}
	case ledger.ClaimOpened:
		b.open[e.ID] = owed{e.Asset, e.Amount}
	case ledger.ClaimPaid:
		delete(b.open, e.ID)
	case ledger.ClaimReturned:
		delete(b.open, e.ID)
	case ledger.ProposalEnacted:
		c, ok := e.Change.(governance.SetSigners)
		if !ok || e.Refused != 0 {
			return
		}
		next := state.Signers{Threshold: c.Threshold, Keys: c.Keys}
		// A set that comes back is the newest again.
		b.signers = slices.DeleteFunc(b.signers, func(s state.Signers) bool {
			return s.Threshold == next.Threshold && slices.Equal(s.Keys, next.Keys)
		})
		b.signers = append(b.signers, next)
	}
}

// Custody returns what the custody owes after the last block.
func (a *Auditor) Custody() Custody {
	out := Custody{Height: a.Height(), Signers: slices.Clone(a.custody.signers)}
	for _, held := range a.replica.State().Assets() {
		r := held.Record
		if r.Test {
			continue
		}
		r.External = bytes.Clone(r.External)
		pool := a.replica.State().Pool(r.ID)
		o := Obligation{Record: r, Notes: pool.Deposited - pool.Withdrawn, Owners: slices.Clone(a.custody.owners[r.ID])}
		for _, c := range a.custody.open {
			if c.asset == r.ID {
				o.Claims += c.amount // at most Deposited
				o.Open++
			}
		}
		out.Assets = append(out.Assets, o)
	}
	return out
}

// maxHeads is how many of the newest headers an Auditor can be asked about:
// 9 MB, a day and a half of blocks of a second.
const maxHeads = 1 << 17

// heads keeps what anchors say of the newest headers.
type heads struct {
	newest uint64
	ring   []external.Anchor
}

func (h *heads) add(b *replica.Block) {
	a := external.Anchor{Height: b.Height, App: b.AppHash, Validators: b.Validators}
	h.newest = b.Height
	if len(h.ring) < maxHeads {
		h.ring = append(h.ring, a)
		return
	}
	h.ring[(b.Height-1)%maxHeads] = a // height 1 is the first of all
}

// Header returns what an anchor of a height has to say; false for a height that
// was not reached, or that is among the newest 2^17 no more.
func (a *Auditor) Header(height uint64) (external.Anchor, bool) {
	h := &a.heads
	if height == 0 || height > h.newest || h.newest-height >= maxHeads {
		return external.Anchor{}, false
	}
	return h.ring[(height-1)%maxHeads], true
}

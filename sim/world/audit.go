package world

import (
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
)

// expect tells the world what a leaf will hold, should it appear.
func (w *World) expect(c *Coin) *Coin {
	cm := c.Commitment()
	if known, ok := w.coins[cm]; ok {
		return known
	}
	w.coins[cm] = c
	return c
}

// follow takes the effects of a block: leaves and spent nullifiers.
func (w *World) follow(r *ledger.Result) {
	w.Events = r.Events
	marks := make([]int, len(r.Delta.Leaves))
	for i := range marks {
		marks[i] = i
	}
	if err := w.keeper.Append(r.Delta.Leaves, marks); err != nil {
		w.violate("the tree refuses the block's leaves: %v", err)
	}
	w.edges[w.Height()] = w.keeper.Edge()
	for _, e := range r.Events {
		if paid, ok := e.(ledger.FeesPaid); ok {
			w.expectFees(paid)
		}
	}
	for i, cm := range r.Delta.Leaves {
		if c, ok := w.coins[cm]; ok {
			c.In, c.Position, c.Since = true, r.Delta.First+uint64(i), w.Height()
		}
	}
	w.leaves, w.log = append(w.leaves, r.Delta.Leaves...), append(w.log, r.Delta.Spent...)
	spent := make(map[field.Element]bool, len(r.Delta.Spent))
	for _, nf := range r.Delta.Spent {
		if w.spent[nf] {
			w.violate("nullifier %s is spent twice", nf.String())
		}
		w.spent[nf], spent[nf] = true, true
	}
	for _, c := range w.coins {
		if c.In && !c.Spent && spent[c.Nullifier()] {
			c.Spent = true
		}
	}
}

// expectFees: the treasury finds the notes that the ledger builds for it.
func (w *World) expectFees(e ledger.FeesPaid) {
	n := ledger.FeeNote(w.Genesis.Treasury.PKd, e.Asset, e.Amount, w.Height())
	w.coins[n.Commitment()] = &Coin{Owner: w.Treasury, Asset: e.Asset, Value: e.Amount, Rho: n.Rho,
		D: w.Treasury.Address().D, R: ledgerFeeR(e.Asset, w.Height())}
}

// audit checks conservation and the turnstile, asset by asset, from what the
// world itself knows.
func (w *World) audit() {
	held := map[uint32]uint64{}
	for _, c := range w.coins {
		if c.In && !c.Spent {
			held[c.Asset] += c.Value
		}
	}
	for _, a := range w.State.Assets() {
		id := a.Record.ID
		p := w.State.Pool(id)
		if p.Withdrawn+p.Reserved > p.Deposited {
			w.violate("turnstile of asset %d: %+v", id, p)
		}
		if got, want := held[id]+p.Fees, p.Deposited-p.Withdrawn; got != want {
			w.violate("asset %d: %d in coins and fees, %d should be there", id, got, want)
		}
	}
}

// auditStore checks that the store is, in every row, that of the head: what a
// refused block has to leave behind.
func (w *World) auditStore() {
	if err := ledger.Audit(w.Genesis, w.memory, w.leaves, w.log); err != nil {
		w.violate("the store: %v", err)
		return
	}
	s, err := ledger.Open(w.Genesis, w.proofs, w.memory)
	if err != nil || s.Head() != w.State.Head() {
		w.violate("the store is at another block: %v", err)
	}
}

// Violation audits the store and returns the first breach of an invariant so
// far.
func (w *World) Violation() error {
	w.auditStore()
	return w.violation
}

func (w *World) violate(format string, args ...any) {
	if w.violation == nil {
		w.violation = fmt.Errorf("block %d: "+format, append([]any{w.Height()}, args...)...)
	}
}

// Balance returns what a person holds of an asset, orders included.
func (w *World) Balance(a *Account, asset uint32) (sum uint64) {
	for _, c := range w.coins {
		if c.In && !c.Spent && c.Owner == a && c.Asset == asset {
			sum += c.Value
		}
	}
	return sum
}

// leaf returns the note's coin for a person: the world's way to say who can
// spend what a transaction makes.
func (w *World) leaf(owner *Account, n note.Note, r field.Element) *Coin {
	return w.expect(&Coin{Owner: owner, Asset: n.Asset, Value: n.Value, D: owner.Address().D, R: r, Rho: n.Rho})
}

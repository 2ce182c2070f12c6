package wallet

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
)

// What a wallet keeps of orders that were spent, so that their owner can still
// ask what became of them: longer than any worker shows a heartbeat.
const (
	pastBlocks = 1024
	maxPast    = 4096 // the oldest go first
)

// Past is an order as it was before a block spent it, by a fill or by an action
// of its owner.
type Past struct {
	ID       ID
	Order    order.Order
	Handling order.Handling
	Position uint64
	Height   uint64 // of that block
}

// remember keeps an order that the newest block spends.
func (s *State) remember(o *Order) {
	s.Past = append(s.Past, Past{ID: o.ID, Order: o.Order, Handling: o.Handling, Position: o.Position, Height: s.Height})
}

// forget drops what is too old, or too much. What is left follows from the
// chain alone, so that a restored wallet has the same.
func (s *State) forget() {
	old := 0
	for old < len(s.Past) && (s.Past[old].Height+pastBlocks <= s.Height || len(s.Past)-old > maxPast) {
		old++
	}
	s.Past = slices.Delete(s.Past, 0, old)
}

// Stake is an order by which its owner can hold the enclaves to account
// (spec/20-fairness.md).
type Stake struct {
	ID       ID
	Handling order.Handling // what the enclaves were asked for
	fairness.Claim
}

// Stakes returns live orders, and those that were spent of late: of an order with
// fills, each as it was before one.
func (s *State) Stakes() []Stake {
	var list []Stake
	for _, p := range s.Past {
		list = append(list, Stake{p.ID, p.Handling, fairness.Claim{Order: p.Order, Position: p.Position}})
	}
	for _, o := range s.Orders {
		if o.Live() {
			list = append(list, Stake{o.ID, o.Handling, fairness.Claim{Order: o.Order, Position: o.Position}})
		}
	}
	return list
}

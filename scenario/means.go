package scenario

import "math/bits"

// means is the most that each trader can have by now, whatever the auctions
// did: an upper bound, so that only the impossible is refused.
type means struct {
	have      map[holding]uint64
	orders    map[key]placed
	deposited map[uint32]uint64
	ever      map[key]int // market of every order there has been
}

type holding struct {
	trader int
	asset  uint32
}

type key struct {
	trader int
	id     string
}

// placed is an order that may still rest, what it took, and the most that its
// fills can have paid back by the next sync.
type placed struct {
	order    Order
	asset    uint32
	funding  uint64
	refund   uint64
	proceeds uint32
	earn     uint64
	synced   bool // refund and earnings are counted
}

func newMeans() *means {
	return &means{have: map[holding]uint64{}, orders: map[key]placed{}, deposited: map[uint32]uint64{}, ever: map[key]int{}}
}

// deposit counts a deposit of an asset; false if it is one too many.
func (m *means) deposit(asset uint32, v uint64) bool {
	sum, carry := bits.Add64(m.deposited[asset], v, 0)
	if carry != 0 || sum > MaxDeposit {
		return false
	}
	m.deposited[asset] = sum
	return true
}

// add saturates: more than 2^64−1 is no bound at all.
func (m *means) add(trader int, asset uint32, v uint64) {
	h := holding{trader, asset}
	sum, carry := bits.Add64(m.have[h], v, 0)
	if carry != 0 {
		sum = 1<<64 - 1
	}
	m.have[h] = sum
}

func (m *means) take(trader int, asset uint32, v uint64) bool {
	h := holding{trader, asset}
	if m.have[h] < v {
		return false
	}
	if m.have[h] != 1<<64-1 {
		m.have[h] -= v
	}
	return true
}

func (m *means) knows(trader int, id string) bool {
	_, ok := m.orders[key{trader, id}]
	return ok
}

func (m *means) place(o placed) {
	k := key{o.order.Trader, o.order.ID}
	m.orders[k], m.ever[k] = o, o.order.Market
}

// sync counts what orders may have earned: only after a sync can an event rely
// on an earlier fill.
func (m *means) sync() {
	for k, o := range m.orders {
		if !o.synced {
			m.add(k.trader, o.proceeds, o.earn)
			m.add(k.trader, o.asset, o.refund)
			o.synced = true
			m.orders[k] = o
		}
	}
}

// release gives back what a cancelled order held.
func (m *means) release(trader int, id string) {
	o := m.orders[key{trader, id}]
	m.add(trader, o.asset, o.funding)
	delete(m.orders, key{trader, id})
}

// drop forgets an order whose money has left.
func (m *means) drop(trader int, id string) { delete(m.orders, key{trader, id}) }

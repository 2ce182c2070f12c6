package lit

import (
	"math/rand/v2"

	"github.com/nightjar/nightjar/protocol/order"
)

// Config is a market's. Prices are quote hub units per lot.
type Config struct {
	Start      uint64 // the first fair value
	HalfSpread uint64
	Step       uint64 // the fair value moves by at most that in a block, all moves equally likely
	JumpEvery  int    // blocks between two jumps, on average; 0: none
	Jump       uint64 // the largest jump; the smallest is a fifth of it
	Lag        int    // blocks by which the quote follows the fair value
	Impact     uint64 // thousandths of a unit by which a lot pushes the quote
	Decay      uint64 // a push loses one part in so many in each block; 0: it stays
}

// Default is a liquid market with a tick of 100 and 10,000 ticks to the price, so
// that a tick is 1 bp.
func Default() Config {
	return Config{Start: 1_000_000, HalfSpread: 200, Step: 170, JumpEvery: 1200, Jump: 4000, Lag: 2, Impact: 200, Decay: 16}
}

// Market is one. Make it with New.
type Market struct {
	config Config
	random *rand.Rand
	fair   uint64
	past   []uint64 // fair values, oldest first
	push   int64    // thousandths of a unit
	floor  uint64
}

// New returns a market at its first block; a seed and a number of the market are
// a whole history.
func New(c Config, seed, number uint64) *Market {
	m := &Market{config: c, random: rand.New(rand.NewPCG(seed, number<<8|1)), fair: c.Start, floor: c.Start / 10}
	for range c.Lag + 1 {
		m.past = append(m.past, c.Start)
	}
	return m
}

// Advance goes to the next block.
func (m *Market) Advance() {
	c := m.config
	m.move(m.random.Uint64N(2*c.Step+1), c.Step)
	if c.JumpEvery > 0 && m.random.IntN(c.JumpEvery) == 0 {
		size := c.Jump/5 + m.random.Uint64N(c.Jump-c.Jump/5+1)
		if m.random.IntN(2) == 0 {
			m.move(size, 0)
		} else {
			m.move(0, size)
		}
	}
	copy(m.past, m.past[1:])
	m.past[len(m.past)-1] = m.fair
	if c.Decay > 0 {
		m.push -= m.push / int64(c.Decay)
	}
}

// move keeps the fair value above a tenth of where it began.
func (m *Market) move(up, down uint64) {
	m.fair += up
	m.fair = max(m.floor, m.fair-min(m.fair, down))
}

// Fair returns the fair value.
func (m *Market) Fair() uint64 { return m.fair }

// mid returns the price around which the market quotes.
func (m *Market) mid() uint64 {
	p := int64(m.past[0]) + m.push/1000
	return uint64(max(p, int64(m.floor)+int64(m.config.HalfSpread)))
}

// Quote returns the bid and the ask.
func (m *Market) Quote() (bid, ask uint64) {
	mid := m.mid()
	return mid - m.config.HalfSpread, mid + m.config.HalfSpread
}

// Trade buys or sells lots at once and returns the price, which is rounded
// against the trader:
//
//	buy:  ask + impact·lots/2     sell: bid − impact·lots/2
func (m *Market) Trade(side order.Side, lots uint64) (price uint64) {
	bid, ask := m.Quote()
	push := m.config.Impact * lots
	half := (push/2 + 999) / 1000
	if side == order.Buy {
		m.push += int64(push)
		return ask + half
	}
	m.push -= int64(push)
	return bid - min(half, bid-1)
}

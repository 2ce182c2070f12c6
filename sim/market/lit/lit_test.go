package lit

import (
	"testing"

	"github.com/nightjar/nightjar/protocol/order"
)

func TestSeedIsAHistory(t *testing.T) {
	x, y, z := New(Default(), 1, 0), New(Default(), 1, 0), New(Default(), 2, 0)
	same := true
	for range 10_000 {
		x.Advance()
		y.Advance()
		z.Advance()
		if x.Fair() != y.Fair() {
			t.Fatal("one seed, two histories")
		}
		same = same && x.Fair() == z.Fair()
		if bid, ask := x.Quote(); bid == 0 || bid > ask {
			t.Fatalf("a quote of %d and %d", bid, ask)
		}
	}
	if same {
		t.Error("two seeds, one history")
	}
}

// TestQuoteFollows: the quote is the fair value of Lag blocks ago.
func TestQuoteFollows(t *testing.T) {
	c := Default()
	c.Lag = 3
	m := New(c, 7, 0)
	past := []uint64{c.Start, c.Start, c.Start, c.Start}
	for range 1000 {
		m.Advance()
		past = append(past, m.Fair())
		if bid, ask := m.Quote(); bid+c.HalfSpread != past[len(past)-4] || ask-c.HalfSpread != past[len(past)-4] {
			t.Fatalf("%d and %d around %d", bid, ask, past[len(past)-4])
		}
	}
}

// TestPush: trades cost the spread and half of their push, push the quote, and
// the push goes away. To buy and sell at once never pays.
func TestPush(t *testing.T) {
	c := Default()
	c.Step, c.JumpEvery = 0, 0
	m := New(c, 1, 0)
	if p := m.Trade(order.Buy, 1000); p != c.Start+c.HalfSpread+100 {
		t.Errorf("bought at %d", p)
	}
	if bid, _ := m.Quote(); bid != c.Start-c.HalfSpread+200 {
		t.Errorf("the bid is %d", bid)
	}
	if p := m.Trade(order.Sell, 1000); p != c.Start-c.HalfSpread+100 {
		t.Errorf("sold at %d", p)
	}
	m.Trade(order.Buy, 5000)
	for range 1000 {
		m.Advance()
	}
	if bid, ask := m.Quote(); bid != c.Start-c.HalfSpread || ask != c.Start+c.HalfSpread {
		t.Errorf("%d and %d after the push", bid, ask)
	}
}

// TestFloor: no number of sellers makes a price of 0.
func TestFloor(t *testing.T) {
	m := New(Config{Start: 1000, HalfSpread: 50, Step: 1, Impact: 1_000_000, Decay: 2}, 1, 0)
	for range 50 {
		if p := m.Trade(order.Sell, 1_000_000); p == 0 {
			t.Fatal("sold for nothing")
		}
		if bid, _ := m.Quote(); bid == 0 {
			t.Fatal("a bid of 0")
		}
		m.Advance()
	}
}

package world

import (
	"testing"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/order"
)

func open(t *testing.T) *Cast {
	t.Helper()
	p, err := OpenProver()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStory: deposit, order, fill, settlement, withdrawal, return: the audit
// after every block finds nothing amiss, and two clones of a world that are
// asked the same end the same.
func TestStory(t *testing.T) {
	c := open(t)
	tell := func(c *Cast) {
		sell := c.Place(c.Alice, Terms(KSMUSD, order.Sell, 950, 10), c.AliceKSM, c.AliceHUB)
		buy := c.Place(c.Bob, Terms(KSMUSD, order.Buy, 1050, 8), c.BobUSD, c.BobHUB)
		g := c.Match(KSMUSD, 1000, Take{sell, 8}, Take{buy, 8})
		c.Must(c.Lock(g))
		c.Must(g.NewSettle().Encode())
		c.Settled()
		if got := c.Balance(c.Bob, KSM); got != 8000 {
			t.Fatalf("bob has %d KSM", got)
		}
		if got := c.Balance(c.Alice, USD); got != 8000-8 {
			t.Fatalf("alice has %d USD", got)
		}
		// Bob cancels nothing; Alice withdraws what she earned, without HUB.
		var earned *Coin
		for _, l := range g.Legs {
			if l.Order == sell {
				earned = l.Proceeds(c.World)
			}
		}
		out := c.Act(Intent{Owner: c.Alice, In: []*Coin{earned}, Withdraw: Withdrawal{USD, 7000}})
		if ok, err := c.Execute(out.Bytes()); !ok || err != nil {
			t.Fatal(err)
		}
		c.Must(c.SignClosing(&custody.Closing{Claim: out.Claim(), Result: custody.Returned}))
		if err := c.Violation(); err != nil {
			t.Fatal(err)
		}
	}
	a, b := c.Clone(), c.Clone()
	tell(a)
	tell(b)
	if a.State.Head() != b.State.Head() {
		t.Fatal("two worlds that were asked the same differ")
	}
	if a.Height() == c.Height() {
		t.Fatal("a clone moved its original")
	}
}

// TestAuditNotices: a coin of another value, a coin that came from nowhere and
// a row that nobody wrote are each a violation.
func TestAuditNotices(t *testing.T) {
	c := open(t)
	for name, tamper := range map[string]func(c *Cast){
		"value":   func(c *Cast) { c.AliceKSM.Value++ },
		"nowhere": func(c *Cast) { c.expect(&Coin{Owner: c.Bob, Asset: KSM, Value: 1, In: true}) },
		"leaf":    func(c *Cast) { c.leaves = c.leaves[1:] },
		"row": func(c *Cast) {
			c.memory.Write(ledger.Delta{Writes: []ledger.Write{{Key: []byte("dlocked/none"), Value: make([]byte, 8)}}})
		},
	} {
		w := c.Clone()
		w.Must()
		if err := w.Violation(); err != nil {
			t.Fatal(err)
		}
		tamper(w)
		w.Must()
		if w.Violation() == nil {
			t.Errorf("%s: nothing noticed", name)
		}
	}
}

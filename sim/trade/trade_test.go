package trade

import (
	"flag"
	"testing"
	"time"
)

var (
	orders = flag.Uint64("orders", 2_000, "orders of TestLedger")
	seed   = flag.Uint64("seed", 7, "seed of TestLedger")
)

// TestLedger plays a whole exchange through the ledger and two machines: orders
// of every kind over four markets, cancelled, replaced, locked, settled and
// busted. `make sim-ledger` plays a million orders.
func TestLedger(t *testing.T) {
	c := Config{Seed: *seed, Orders: *orders, Accounts: 300, Tries: 60, Stay: 150, Seal: 16}
	if *orders >= 20_000 {
		c.Accounts, c.Tries, c.Stay, c.Seal = 3000, 700, 40, 64
	}
	start := time.Now()
	c.Every, c.Progress = 50, func(s Stats) {
		t.Logf("%s: block %d, %d orders, %d fills, %d busts", time.Since(start).Round(time.Second), s.Blocks, s.Orders, s.Fills, s.Busted)
	}
	r, err := Run(c)
	t.Logf("seed %d: %+v", c.Seed, r.Stats)
	t.Logf("digest %x", r.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Stats; s.Orders < *orders || s.Fills == 0 || s.Partial == 0 || s.Busted == 0 || s.Dropped+s.Held == 0 ||
		s.Late == 0 || s.Overtaken == 0 || s.Paid == 0 || s.Returned == 0 || s.Compared == 0 {
		t.Errorf("the run shows too little")
	}
}

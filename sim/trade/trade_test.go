package trade

import (
	"flag"
	"testing"
	"time"
)

var orders = flag.Uint64("orders", 3_000, "orders of TestLedger")

// TestLedger plays a whole exchange through the ledger and two machines. `make
// sim-ledger` plays a million orders.
func TestLedger(t *testing.T) {
	c := Config{Seed: 7, Orders: *orders, Accounts: 300, Tries: 60, Stay: 150, Seal: 16}
	if *orders >= 20_000 {
		c.Accounts, c.Tries, c.Stay, c.Seal = 3000, 700, 40, 64
	}
	start := time.Now()
	c.Every, c.Progress = 50, func(s Stats) { t.Logf("%s %+v", time.Since(start).Round(time.Second), s) }
	r, err := Run(c)
	t.Logf("%+v", r.Stats)
	if err != nil {
		t.Fatal(err)
	}
}

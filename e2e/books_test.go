//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/demo"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

// sums are all that the owners have of one asset, in hub units, as their
// wallets say.
type sums struct {
	deposited uint64 // by their histories
	notes     uint64 // unspent, whatever is under way with them
	orders    uint64 // in live orders
	withdrawn uint64 // in claims, paid or not; returned ones are notes again
	fees      uint64 // flat fees of executed actions
	taken     uint64 // trading fees, as the fills say
	treasury  uint64 // what of both has reached the treasury, as its notes say
}

// count adds up one asset; all witnesses stand at one height.
func (n *network) count(asset uint32) (s sums) {
	for _, tr := range n.traders {
		w := tr.witness
		s.notes += notes(w, asset)
		for _, o := range w.Orders {
			if o.Live() && o.Order.Asset == asset {
				s.orders += o.Order.Value
			}
		}
		for _, c := range w.Claims {
			if c.Asset == asset && c.Status != wallet.ClaimReturned {
				s.withdrawn += c.Amount
			}
		}
		for _, e := range w.History {
			if e.Kind == wallet.DepositEntry && e.Asset == asset {
				s.deposited += e.Amount
			}
			if e.Kind != wallet.FillEntry && e.FeeAsset == asset {
				s.fees += e.Fee
			}
		}
		for _, f := range w.Fills {
			if n.rules.Markets[f.Market].Quote == asset {
				s.taken += f.Fee
			}
		}
	}
	s.treasury = notes(n.treasury.witness, asset)
	return s
}

// notes adds up an account's unspent notes of an asset.
func notes(s *wallet.State, asset uint32) (sum uint64) {
	for _, x := range s.Notes {
		if x.Asset == asset {
			sum += x.Value
		}
	}
	return sum
}

// conserved demands, of every asset,
//
//	deposited = notes + orders + withdrawn + fees + taken
//	fees + taken = the ledger's fee counter + treasury
//
// and that deposits and withdrawals are those of the ledger's turnstile. The
// ledger pays its fee counter out to the treasury now and then.
func (n *network) conserved(pools map[uint32]pool) error {
	var errs []error
	for asset, p := range pools {
		s := n.count(asset)
		if s.deposited != s.notes+s.orders+s.withdrawn+s.fees+s.taken {
			errs = append(errs, fmt.Errorf("asset %d is not conserved: %+v", asset, s))
		}
		if s.deposited != p.deposited || s.withdrawn != p.withdrawn || s.fees+s.taken != p.fees+s.treasury {
			errs = append(errs, fmt.Errorf("asset %d: the wallets say %+v, the ledger %+v", asset, s, p))
		}
	}
	return errors.Join(errs...)
}

// pool is the ledger's row of an asset (spec/10-ledger.md, "Rows").
type pool struct{ deposited, withdrawn, reserved, fees uint64 }

// pools returns the verified counters of every asset.
func (n *network) pools(ctx context.Context) (map[uint32]pool, error) {
	out := map[uint32]pool{}
	for a := range uint32(len(n.rules.Assets)) {
		value, _, err := n.client.Row(ctx, append([]byte("pool/"), state.ID32(a+1)...))
		if err != nil {
			return nil, err
		}
		r := encoding.NewReader(value)
		out[a+1] = pool{r.U64(), r.U64(), r.U64(), r.U64()}
		if err := r.Done(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkBooks brings all witnesses to one height and demands conservation
// there. The counters at that height are those that were read before and after
// alike.
func (n *network) checkBooks(ctx context.Context, t *testing.T) {
	t.Helper()
	var after map[uint32]pool
	await(ctx, t, "counters that stand still", 3*time.Minute, func(ctx context.Context) (bool, error) {
		before, err := n.pools(ctx)
		if err == nil {
			err = n.watch(ctx)
		}
		if err == nil {
			after, err = n.pools(ctx)
		}
		return maps.Equal(before, after), err
	})
	if err := n.conserved(after); err != nil {
		t.Fatal(err)
	}
}

// checkRestored makes every wallet again from its phrase alone and compares.
func (n *network) checkRestored(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, tr := range n.traders {
		again, err := home.Create(ctx, n.options(filepath.Join(n.dir, "restored", tr.name)), home.Secret{Phrase: tr.phrase})
		if err != nil {
			t.Fatal(err)
		}
		n.agree(ctx, t, tr, again)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// verify checks the whole chain from genesis and compares its counters with
// the wallets'.
func (n *network) verify(ctx context.Context, t *testing.T) *audit.Report {
	t.Helper()
	n.checkBooks(ctx, t)
	height := n.params.Height
	report, err := audit.Run(ctx, n.genesis, demo.Source(n.client), height, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range report.Assets {
		if err := n.conserved(map[uint32]pool{a.Asset: {deposited: a.Deposited, withdrawn: a.Withdrawn, fees: a.Fees}}); err != nil {
			t.Errorf("verify: %v", err)
		}
	}
	return report
}

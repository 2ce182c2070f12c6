package reserves

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
)

var (
	first  = signers(2, "a", "b", "c")
	second = signers(2, "c", "d", "e")
)

func owners(n int) (out []field.Element) {
	for i := range n {
		out = append(out, field.FromUint64(uint64(i+1)))
	}
	return out
}

func wide(v uint64) amount.Wide { return amount.WideOf(v) }

// TestReservesAreCounted: both sets' accounts, what is reserved too, and no
// more addresses than it takes.
func TestReservesAreCounted(t *testing.T) {
	l := newLedger()
	native := []byte{asset.Native}
	l.give(native, custodyOf(t, first), 1_000, 50)
	l.give(native, custodyOf(t, second), 2_000, 7)
	l.give(native, account.Deposit(custodyOf(t, second), network, field.FromUint64(3)), 500_000, 0)
	owed := audit.Custody{
		Height: 40, Signers: []state.Signers{first, second},
		Assets: []audit.Obligation{{Record: record(1, asset.Native), Notes: 2, Claims: 1, Open: 1, Owners: owners(3)}},
	}
	want := &Proof{
		Chain: kusama, Block: 100, Hash: quorum.Key(at.Hash), Height: 40,
		Accounts: []quorum.Key{quorum.Key(custodyOf(t, second)), quorum.Key(custodyOf(t, first))},
		Assets: []Asset{{
			ID: 1, Symbol: "KSM", Decimals: 9, ExternalDecimals: 12, Notes: 2, Claims: 1, Open: 1,
			Owed: wide(3000), Reserves: wide(3057), Surplus: wide(57),
		}},
	}
	got, err := Prove(t.Context(), l, at, kusama, network, owed)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// A unit more is owed than the accounts hold: the deposit address counts.
	owed.Assets[0].Notes = 3
	got, err = Prove(t.Context(), l, at, kusama, network, owed)
	if err != nil || got.Assets[0].Addresses != 3 || got.Assets[0].Reserves != wide(503_057) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestReservesShort: to the smallest unit.
func TestReservesShort(t *testing.T) {
	native := []byte{asset.Native}
	for _, c := range []struct {
		name     string
		reserves uint64
		short    bool
		paying   uint64
		surplus  uint64
	}{
		{"all is there", 5_000, false, 0, 0},
		{"dust is more", 5_001, false, 0, 1},
		{"a claim is being paid", 3_500, false, 1_500, 0},
		{"the claims are paid", 3_000, false, 2_000, 0},
		{"a unit of the notes is missing", 2_999, true, 2_001, 0},
		{"nothing is there", 0, true, 5_000, 0},
	} {
		l := newLedger()
		l.give(native, custodyOf(t, first), c.reserves, 0)
		p, err := Prove(t.Context(), l, at, kusama, network, audit.Custody{
			Signers: []state.Signers{first},
			Assets:  []audit.Obligation{{Record: record(1, asset.Native), Notes: 3, Claims: 2, Open: 2, Owners: owners(2)}},
		})
		if errors.Is(err, rejection.ReservesShort) != c.short || err != nil && !c.short {
			t.Errorf("%s: %v", c.name, err)
		}
		if p == nil {
			t.Fatalf("%s: no proof", c.name)
		}
		a := p.Assets[0]
		if a.Short != c.short || a.Paying != wide(c.paying) || a.Surplus != wide(c.surplus) || a.Reserves != wide(c.reserves) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// TestOneShortAssetIsEnough: another's surplus covers nothing.
func TestOneShortAssetIsEnough(t *testing.T) {
	l := newLedger()
	id := custodyOf(t, first)
	usdt, foreign := []byte{asset.Numbered, 0xc0, 7, 0, 0}, []byte{asset.Foreign, 1, 2, 3}
	l.give([]byte{asset.Native}, id, 1_000_000, 0)
	l.give(usdt, id, 4_999, 0)
	l.give(foreign, id, 5_000, 0)
	owed := audit.Custody{Signers: []state.Signers{first}, Assets: []audit.Obligation{
		{Record: record(1, asset.Native), Notes: 5},
		{Record: record(2, usdt...), Notes: 4},
		{Record: record(3, foreign...), Notes: 5},
		{Record: asset.Record{ID: 4, Chain: 9, External: []byte{asset.Native}}, Notes: 5}, // another chain's
	}}
	p, err := Prove(t.Context(), l, at, kusama, network, owed)
	if err != nil || len(p.Assets) != 3 || p.Assets[1].Reserves != wide(4_999) || p.Assets[2].Reserves != wide(5_000) {
		t.Fatalf("control: %+v, %v", p, err)
	}
	owed.Assets[1].Notes = 5
	if _, err := Prove(t.Context(), l, at, kusama, network, owed); !errors.Is(err, rejection.ReservesShort) {
		t.Errorf("%v", err)
	}
}

// TestNothingCountsTwice: an account that two ways lead to, and a set of
// signers that is listed twice.
func TestNothingCountsTwice(t *testing.T) {
	l := newLedger()
	l.give([]byte{asset.Native}, custodyOf(t, first), 3_000, 0)
	l.give([]byte{asset.Native}, account.Deposit(custodyOf(t, first), network, field.FromUint64(1)), 1_000, 0)
	p, err := Prove(t.Context(), l, at, kusama, network, audit.Custody{
		Signers: []state.Signers{first, first},
		Assets: []audit.Obligation{{
			Record: record(1, asset.Native), Notes: 5, Owners: []field.Element{field.FromUint64(1), field.FromUint64(1)},
		}},
	})
	if !errors.Is(err, rejection.ReservesShort) || p.Assets[0].Reserves != wide(4_000) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestOnlySignersAccountsCount: money elsewhere, with another network's owners
// or with a single signer, stands behind nothing.
func TestOnlySignersAccountsCount(t *testing.T) {
	l := newLedger()
	native := []byte{asset.Native}
	owner := field.FromUint64(1)
	l.give(native, custodyOf(t, second), 9_000, 0)
	l.give(native, account.ID(first.Keys[0]), 9_000, 0)
	l.give(native, account.Deposit(custodyOf(t, first), [8]byte{1}, owner), 9_000, 0)
	l.give(native, account.Deposit(custodyOf(t, first), network, field.FromUint64(2)), 9_000, 0)
	p, err := Prove(t.Context(), l, at, kusama, network, audit.Custody{
		Signers: []state.Signers{{Threshold: 1, Keys: first.Keys[:1]}, first},
		Assets:  []audit.Obligation{{Record: record(1, asset.Native), Notes: 1, Owners: []field.Element{owner}}},
	})
	if !errors.Is(err, rejection.ReservesShort) || !p.Assets[0].Reserves.IsZero() || len(p.Accounts) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestNewestAddressesFirst: of many owners, only as many are looked at as it
// takes, the newest first, in questions that a node answers.
func TestNewestAddressesFirst(t *testing.T) {
	l := newLedger()
	n := 2*chain.MaxKeys + 10
	all := owners(n)
	l.give([]byte{asset.Native}, account.Deposit(custodyOf(t, first), network, all[n-1]), 1_000, 0)
	owed := audit.Custody{
		Signers: []state.Signers{first},
		Assets:  []audit.Obligation{{Record: record(1, asset.Native), Notes: 1, Owners: all}},
	}
	p, err := Prove(t.Context(), l, at, kusama, network, owed)
	if err != nil || p.Assets[0].Addresses != chain.MaxKeys {
		t.Errorf("%+v, %v", p, err)
	}
	l.give([]byte{asset.Native}, account.Deposit(custodyOf(t, first), network, all[0]), 1_000, 0)
	owed.Assets[0].Notes = 2
	p, err = Prove(t.Context(), l, at, kusama, network, owed)
	if err != nil || p.Assets[0].Addresses != n {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestNoProofOfFaults: what can't be read is neither zero nor enough.
func TestNoProofOfFaults(t *testing.T) {
	owed := audit.Custody{
		Signers: []state.Signers{first}, Assets: []audit.Obligation{{Record: record(1, asset.Native), Notes: 1}},
	}
	l := newLedger()
	l.fault = errors.New("the node is gone")
	if p, err := Prove(t.Context(), l, at, kusama, network, owed); !errors.Is(err, l.fault) || p != nil {
		t.Errorf("%+v, %v", p, err)
	}
	l = newLedger()
	l.give([]byte{asset.Native}, custodyOf(t, first), 1_000, 0)
	for k, v := range l.values {
		l.values[k] = v[:len(v)-1]
	}
	if p, err := Prove(t.Context(), l, at, kusama, network, owed); !errors.Is(err, rejection.Truncated) || p != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestShortExactlyBelowTheNotes: for any reserves and obligations.
func TestShortExactlyBelowTheNotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		var sum uint64
		for _, s := range []state.Signers{first, second} {
			ids := make([]account.ID, len(s.Keys))
			for i, k := range s.Keys {
				ids[i] = account.ID(k)
			}
			id, err := account.Multisig(uint16(s.Threshold), ids)
			if err != nil {
				t.Fatal(err)
			}
			free, reserved := rapid.Uint64Range(0, 5_000).Draw(t, "free"), rapid.Uint64Range(0, 2_000).Draw(t, "reserved")
			l.give([]byte{asset.Native}, id, free, reserved)
			sum += free + reserved
			for _, o := range owners(3) {
				v := rapid.Uint64Range(0, 3_000).Draw(t, "unswept")
				l.give([]byte{asset.Native}, account.Deposit(id, network, o), v, 0)
				sum += v
			}
		}
		o := audit.Obligation{
			Record: record(1, asset.Native), Owners: owners(3),
			Notes: rapid.Uint64Range(0, 20).Draw(t, "notes"), Claims: rapid.Uint64Range(0, 10).Draw(t, "claims"),
		}
		p, err := Prove(t.Context(), l, at, kusama, network, audit.Custody{
			Signers: []state.Signers{first, second}, Assets: []audit.Obligation{o},
		})
		if short := sum < 1000*o.Notes; errors.Is(err, rejection.ReservesShort) != short || (err != nil) != short {
			t.Fatalf("%d against %d: %v", sum, 1000*o.Notes, err)
		}
		a, owed := p.Assets[0], 1000*(o.Notes+o.Claims)
		if a.Reserves.Cmp(wide(sum)) > 0 || sum >= owed && a.Reserves.Cmp(wide(owed)) < 0 || sum < owed && a.Reserves != wide(sum) {
			t.Fatalf("%d are there: %+v", sum, a)
		}
	})
}

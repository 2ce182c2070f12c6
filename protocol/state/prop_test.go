package state

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func fill(r *rapid.T, into []byte) {
	copy(into, rapid.SliceOfN(rapid.Byte(), len(into), len(into)).Draw(r, "bytes"))
}

func element(r *rapid.T) field.Element { return field.FromUint64(rapid.Uint64().Draw(r, "element")) }

func schedule(r *rapid.T) Schedule {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) Step {
		return Step{Since: rapid.Uint64().Draw(r, "since"), Fee: rapid.Uint64().Draw(r, "fee")}
	}), 0, 4).Draw(r, "schedule")
}

// roundTrip demands that a value decodes to itself from one encoding, and that
// anything shorter or longer is refused.
func roundTrip[T any](t *testing.T, kind Row[T], draw func(*rapid.T) T) {
	t.Run(kind.Prefix, func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			v := draw(r)
			w := encoding.NewWriter(64)
			kind.Write(w, v)
			b := w.Bytes()
			got, err := kind.Decode(b)
			if err != nil {
				r.Fatal(err)
			}
			again := encoding.NewWriter(64)
			kind.Write(again, got)
			if !bytes.Equal(b, again.Bytes()) {
				r.Fatalf("%+v became %+v", v, got)
			}
			if _, err := kind.Decode(append(bytes.Clone(b), 0)); !errors.Is(err, rejection.TrailingBytes) {
				r.Fatalf("longer: %v", err)
			}
			if _, err := kind.Decode(b[:rapid.IntRange(0, len(b)-1).Draw(r, "cut")]); !errors.Is(err, rejection.Truncated) {
				r.Fatalf("shorter: %v", err)
			}
		})
	})
}

func TestRows(t *testing.T) {
	u64 := func(r *rapid.T) uint64 { return rapid.Uint64().Draw(r, "u64") }
	roundTrip(t, Fees, schedule)
	roundTrip(t, Books, func(r *rapid.T) Book {
		return Book{Epoch: u64(r), Since: u64(r), Alive: u64(r), Heartbeat: u64(r), LastLock: u64(r)}
	})
	roundTrip(t, Epochs, func(r *rapid.T) Epoch {
		e := Epoch{Number: u64(r), Start: u64(r), End: u64(r), Reset: rapid.Bool().Draw(r, "reset")}
		fill(r, e.SealKey[:])
		fill(r, e.Committed[:])
		return e
	})
	roundTrip(t, AllRoots, func(r *rapid.T) Roots {
		return Roots{Height: u64(r), Notes: element(r), Markets: element(r), References: element(r)}
	})
	roundTrip(t, AllCircuits, func(r *rapid.T) Circuits {
		c := Circuits{Version: rapid.Uint8().Draw(r, "version"), Since: u64(r), Retires: u64(r)}
		for _, k := range []*CircuitKey{&c.Action, &c.Fill, &c.Collect} {
			fill(r, k.Hash[:])
			fill(r, k.Circuit[:])
			fill(r, k.Transcript[:])
		}
		return c
	})
	roundTrip(t, References, func(r *rapid.T) []market.Reference {
		return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) market.Reference {
			bid := u64(r)
			ask := rapid.Uint64Min(bid).Draw(r, "ask") * min(bid, 1) // none without a bid
			return market.Reference{
				Market: rapid.Uint32().Draw(r, "market"), Quote: market.NewQuote(bid, ask),
				Open: u64(r), Swing: rapid.Uint16().Draw(r, "swing"),
			}
		}), 0, 5).Draw(r, "references")
	})
	roundTrip(t, Assets, func(r *rapid.T) Asset {
		return Asset{
			Record: asset.Record{ID: rapid.Uint32().Draw(r, "id"), Symbol: rapid.StringMatching(`[A-Z0-9]{1,12}`).Draw(r, "symbol"),
				Decimals: rapid.Uint8().Draw(r, "decimals"), MaxExitFee: u64(r),
				ExternalDecimals: rapid.Uint8().Draw(r, "external decimals"),
				External:         rapid.SliceOfN(rapid.Byte(), 0, asset.MaxExternal).Draw(r, "external")},
			MinDeposit: u64(r), MaxDeposit: u64(r), MaxSupply: u64(r), Halted: rapid.Bool().Draw(r, "halted"), ExitFees: schedule(r),
		}
	})
	roundTrip(t, AllSigners, func(r *rapid.T) Signers {
		return Signers{rapid.Uint8().Draw(r, "threshold"), rapid.SliceOfN(rapid.Custom(func(r *rapid.T) (k quorum.Key) {
			fill(r, k[:])
			return k
		}), 0, 4).Draw(r, "keys")}
	})
	roundTrip(t, Pools, func(r *rapid.T) Pool { return Pool{u64(r), u64(r), u64(r), u64(r)} })
	roundTrip(t, Deposits, u64)
	roundTrip(t, Claims, func(r *rapid.T) Claim {
		c := Claim{Asset: rapid.Uint32().Draw(r, "asset"), Amount: u64(r), Return: element(r), Height: u64(r),
			Closed: custody.Result(rapid.Uint8().Draw(r, "closed")), Payment: custody.Reference{Chain: rapid.Uint32().Draw(r, "chain"), Index: rapid.Uint32().Draw(r, "index")}}
		for _, b := range [][]byte{c.ID[:], c.Recipient[:], c.Payment.Hash[:]} {
			fill(r, b)
		}
		return c
	})
	roundTrip(t, Markets, func(r *rapid.T) market.Record {
		return market.Record{ID: rapid.Uint32().Draw(r, "id"), LotSize: u64(r), Tick: u64(r), FeeBp: rapid.Uint16().Draw(r, "fee")}
	})
	roundTrip(t, Workers, func(r *rapid.T) Worker {
		w := Worker{Registered: u64(r), Head: u64(r)}
		w.Measurement.Provider = registry.Provider(rapid.Uint8().Draw(r, "provider"))
		for _, b := range [][]byte{w.ID[:], w.Operator[:], w.SigningKey[:], w.SealKey[:], w.Measurement.Digest[:], w.Platform[:]} {
			fill(r, b)
		}
		return w
	})
}

// TestPrefixes: no prefix starts another, so a key is of one kind only.
func TestPrefixes(t *testing.T) {
	all := []string{Fees.Prefix, Assets.Prefix, Markets.Prefix, References.Prefix, Workers.Prefix, Books.Prefix, Epochs.Prefix, AllRoots.Prefix, AllCircuits.Prefix,
		AllSigners.Prefix, Pools.Prefix, Deposits.Prefix, Claims.Prefix}
	for i, a := range all {
		for j, b := range all {
			if i != j && strings.HasPrefix(a, b) {
				t.Errorf("%q starts with %q", a, b)
			}
		}
	}
	if got, want := string(Epochs.Key(ID64(258))), "epoch/\x00\x00\x00\x00\x00\x00\x01\x02"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestScheduleAt(t *testing.T) {
	s := Schedule{{Since: 0, Fee: 10}, {Since: 5, Fee: 20}, {Since: 9, Fee: 0}}
	for height, want := range map[uint64]uint64{0: 10, 4: 10, 5: 20, 8: 20, 9: 0, 100: 0} {
		if fee, ok := s.At(height); !ok || fee != want {
			t.Errorf("height %d: %d, %v; want %d", height, fee, ok, want)
		}
	}
	if _, ok := s[1:].At(4); ok {
		t.Error("a fee before the first step")
	}
	if diff := cmp.Diff(Schedule{{5, 20}, {9, 0}, {12, 7}}, s.With(Step{12, 7}, 6)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Schedule{{0, 10}, {5, 20}, {9, 3}}, s.With(Step{9, 3}, 0)); diff != "" {
		t.Error(diff)
	}
}

// TestAppHashCoversAllParts: each root alone changes the hash, and swapping
// two does.
func TestAppHashCoversAllParts(t *testing.T) {
	base := Commitment{Notes: field.FromUint64(1), Spent: [32]byte{2}, Small: [32]byte{3}}
	seen := map[[32]byte]bool{base.AppHash(): true}
	for _, c := range []Commitment{
		{Notes: field.FromUint64(2), Spent: base.Spent, Small: base.Small},
		{Notes: base.Notes, Spent: [32]byte{9}, Small: base.Small},
		{Notes: base.Notes, Spent: base.Spent, Small: [32]byte{9}},
		{Notes: base.Notes, Spent: base.Small, Small: base.Spent},
	} {
		if h := c.AppHash(); seen[h] {
			t.Errorf("%+v has the hash of another", c)
		} else {
			seen[h] = true
		}
	}
}

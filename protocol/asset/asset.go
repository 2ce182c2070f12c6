package asset

import (
	"bytes"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxDecimals is the largest number of decimals of a hub unit.
const MaxDecimals = 9

// MaxSymbol is the longest symbol in bytes.
const MaxSymbol = 12

// MaxExternal is the longest name of an asset on its chain in bytes.
const MaxExternal = 128

// What an asset is on its chain: the first byte of Record.External.
const (
	Native   = 0 // the chain's own balance; nothing follows
	Numbered = 1 // an asset of pallet assets; its id follows as a little-endian u32
	Foreign  = 2 // an asset of pallet foreignAssets; its SCALE-encoded Location follows
)

// Record is one asset.
type Record struct {
	ID         uint32
	Symbol     string // 1 to 12 of A–Z, 0–9
	Decimals   uint8  // of a hub unit
	Chain      uint32 // external chain that holds the reserve
	Test       bool   // worthless by construction; only on a development genesis
	MaxExitFee uint64 // hub units; no exit fee of this asset is ever higher

	ExternalDecimals uint8  // of the smallest unit on the external chain, at least Decimals
	External         []byte // what the asset is there; empty for a test asset and for nothing else
}

// Validate refuses (PARAMETER_BOUNDS) a record that can't be an asset.
func (a Record) Validate() error {
	switch {
	case a.Decimals > MaxDecimals:
		return rejection.New(rejection.ParameterBounds, "an asset has at most %d decimals", MaxDecimals)
	case len(a.Symbol) == 0 || len(a.Symbol) > MaxSymbol:
		return rejection.New(rejection.ParameterBounds, "a symbol has 1 to %d characters", MaxSymbol)
	}
	for _, c := range []byte(a.Symbol) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return rejection.New(rejection.ParameterBounds, "a symbol consists of A to Z and 0 to 9")
		}
	}
	return a.validateExternal()
}

func (a Record) validateExternal() error {
	bounds := func(what string) error { return rejection.New(rejection.ParameterBounds, "%s", what) }
	if a.Test {
		if a.ExternalDecimals != a.Decimals || len(a.External) != 0 {
			return bounds("a test asset is on no chain: its external decimals are its own, and it has no external name")
		}
		return nil
	}
	if a.ExternalDecimals < a.Decimals || a.ExternalDecimals > amount.MaxExponent {
		return bounds("external decimals are at least the asset's own and at most 38")
	}
	if len(a.External) == 0 || len(a.External) > MaxExternal {
		return bounds("an external name has 1 to 128 bytes")
	}
	switch rest := len(a.External) - 1; a.External[0] {
	case Native:
		if rest != 0 {
			return bounds("nothing follows the kind of a native asset")
		}
	case Numbered:
		if rest != 4 {
			return bounds("four bytes follow the kind of a numbered asset")
		}
	case Foreign:
		if rest == 0 {
			return bounds("a location follows the kind of a foreign asset")
		}
	default:
		return bounds("an external name begins with a kind")
	}
	return nil
}

// SameExternal reports whether a and b are one thing on one chain.
func (a Record) SameExternal(b Record) bool {
	return len(a.External) > 0 && a.Chain == b.Chain && bytes.Equal(a.External, b.External)
}

// scale is the number of decimals that hub units lack of external ones.
func (a Record) scale() uint8 { return a.ExternalDecimals - a.Decimals }

// Units returns an external amount in hub units, rounded down, and the dust
// that the division leaves. ok is false if the units are 2^64 or more. The
// record is a valid one.
func (a Record) Units(external amount.Wide) (units uint64, dust amount.Wide, ok bool) {
	q, dust, ok := external.FloorScale(a.scale())
	if !ok {
		return 0, amount.Wide{}, false
	}
	if units, ok = q.Uint64(); !ok {
		return 0, amount.Wide{}, false
	}
	return units, dust, true
}

// ExternalAmount returns hub units as an amount on the external chain; ok is
// false if it is 2^128 or more. The record is a valid one.
func (a Record) ExternalAmount(units uint64) (amount.Wide, bool) {
	return amount.WideOf(units).Scale(a.scale())
}

// Write appends the encoding of a.
func Write(w *encoding.Writer, a Record) {
	w.U32(a.ID)
	w.Var([]byte(a.Symbol))
	w.U8(a.Decimals)
	w.U32(a.Chain)
	w.Bool(a.Test)
	w.U64(a.MaxExitFee)
	w.U8(a.ExternalDecimals)
	w.Var(a.External)
}

// Read reads a record; Validate is the caller's.
func Read(r *encoding.Reader) Record {
	return Record{
		ID:         r.U32(),
		Symbol:     string(r.Var(MaxSymbol)),
		Decimals:   r.U8(),
		Chain:      r.U32(),
		Test:       r.Bool(),
		MaxExitFee: r.U64(),

		ExternalDecimals: r.U8(),
		External:         r.Var(MaxExternal),
	}
}

package asset

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// MaxDecimals is the largest number of decimals of a hub unit.
const MaxDecimals = 9

// MaxSymbol is the longest symbol in bytes.
const MaxSymbol = 12

// Record is one asset.
type Record struct {
	ID         uint32
	Symbol     string // 1 to 12 of A–Z, 0–9
	Decimals   uint8  // of a hub unit
	Chain      uint32 // external chain that holds the reserve
	Test       bool   // worthless by construction; only on a development genesis
	MaxExitFee uint64 // hub units; no exit fee of this asset is ever higher
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
	return nil
}

// Write appends the encoding of a.
func Write(w *encoding.Writer, a Record) {
	w.U32(a.ID)
	w.Var([]byte(a.Symbol))
	w.U8(a.Decimals)
	w.U32(a.Chain)
	w.Bool(a.Test)
	w.U64(a.MaxExitFee)
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
	}
}

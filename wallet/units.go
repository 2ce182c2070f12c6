package wallet

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// FindAsset returns an asset by its symbol, in any case, or by its id
// (UNKNOWN_ASSET).
func (p Params) FindAsset(name string) (Asset, error) {
	for _, a := range p.Assets {
		if strings.EqualFold(a.Symbol, name) {
			return a, nil
		}
	}
	if id, err := strconv.ParseUint(name, 10, 32); err == nil {
		return p.Asset(uint32(id))
	}
	return Asset{}, rejection.New(rejection.UnknownAsset, "%q", name)
}

// FindMarket returns a market by its id or as BASE/QUOTE (UNKNOWN_MARKET).
// Records are append-only: of several for one pair the newest counts.
func (p Params) FindMarket(name string) (Market, error) {
	if id, err := strconv.ParseUint(name, 10, 32); err == nil {
		return p.Market(uint32(id))
	}
	base, quote, _ := strings.Cut(name, "/")
	var found Market
	for _, m := range p.Markets {
		b, errB := p.Asset(m.Base)
		q, errQ := p.Asset(m.Quote)
		if errB == nil && errQ == nil && strings.EqualFold(b.Symbol, base) && strings.EqualFold(q.Symbol, quote) &&
			(found.LotSize == 0 || m.ID > found.ID) {
			found = m
		}
	}
	if found.LotSize == 0 {
		return Market{}, rejection.New(rejection.UnknownMarket, "%q", name)
	}
	return found, nil
}

// Pair returns the market's name, BASE/QUOTE.
func (p Params) Pair(m Market) string { return p.Symbol(m.Base) + "/" + p.Symbol(m.Quote) }

// Symbol returns an asset's symbol, or its id if it has no record.
func (p Params) Symbol(asset uint32) string {
	if a, err := p.Asset(asset); err == nil {
		return a.Symbol
	}
	return strconv.FormatUint(uint64(asset), 10)
}

// ParseAmount reads a decimal amount of an asset as hub units, exactly
// (BAD_AMOUNT, OVER_PRECISE).
func (a Asset) ParseAmount(text string) (uint64, error) {
	return amount.ParseDecimal(text, a.Decimals)
}

// Amount returns hub units of an asset as a decimal number.
func (p Params) Amount(asset uint32, units uint64) string {
	var decimals uint8
	if a, err := p.Asset(asset); err == nil {
		decimals = a.Decimals
	}
	return amount.FormatDecimal(units, decimals)
}

// ParseLots reads a decimal amount of the base asset as whole lots
// (OVER_PRECISE if it is not whole).
func (p Params) ParseLots(m Market, text string) (uint64, error) {
	base, err := p.Asset(m.Base)
	if err != nil {
		return 0, err
	}
	units, err := base.ParseAmount(text)
	if err != nil {
		return 0, err
	}
	if units%m.LotSize != 0 {
		return 0, rejection.New(rejection.OverPrecise, "a lot is %s %s", p.Amount(m.Base, m.LotSize), base.Symbol)
	}
	return units / m.LotSize, nil
}

// Lots returns lots as a decimal amount of the base asset.
func (p Params) Lots(m Market, lots uint64) string {
	units, ok := amount.Mul(lots, m.LotSize)
	if !ok {
		return strconv.FormatUint(lots, 10) + " lots"
	}
	return p.Amount(m.Base, units)
}

// ParsePrice reads a decimal price, in whole units of the quote asset for a
// whole unit of the base asset, as quote hub units per lot:
//
//	price = decimal · 10^quoteDecimals · lotSize / 10^baseDecimals
//
// It refuses a price that this is not exact for, or that is not a multiple of
// half a tick (OVER_PRECISE).
func (p Params) ParsePrice(m Market, text string) (uint64, error) {
	base, errB := p.Asset(m.Base)
	quote, errQ := p.Asset(m.Quote)
	if errB != nil || errQ != nil {
		return 0, rejection.New(rejection.UnknownAsset, "of market %d", m.ID)
	}
	_, fraction, _ := strings.Cut(text, ".")
	precision := uint8(min(len(fraction), 18)) // more decimals than any price needs
	scaled, err := amount.ParseDecimal(text, precision)
	if err != nil {
		return 0, err
	}
	v := new(big.Int).SetUint64(scaled)
	v.Mul(v, power(quote.Decimals))
	v.Mul(v, new(big.Int).SetUint64(m.LotSize))
	v, rest := v.QuoRem(v, new(big.Int).Mul(power(base.Decimals), power(precision)), new(big.Int))
	tick := p.Price(m, m.Tick)
	if rest.Sign() != 0 {
		return 0, rejection.New(rejection.OverPrecise, "the tick is %s", tick)
	}
	if !v.IsUint64() || v.Sign() == 0 {
		return 0, rejection.New(rejection.BadAmount, "the price is out of range")
	}
	if !m.OnTick(v.Uint64()) {
		return 0, rejection.New(rejection.OverPrecise, "the tick is %s; a price is a multiple of its half", tick)
	}
	return v.Uint64(), nil
}

// Price returns a price as a decimal number, the inverse of ParsePrice. A price
// that has no end as a decimal number is cut, and marked by an ellipsis.
func (p Params) Price(m Market, price uint64) string {
	base, errB := p.Asset(m.Base)
	quote, errQ := p.Asset(m.Quote)
	if errB != nil || errQ != nil || m.LotSize == 0 {
		return strconv.FormatUint(price, 10) + " per lot"
	}
	num := new(big.Int).Mul(new(big.Int).SetUint64(price), power(base.Decimals))
	den := new(big.Int).Mul(new(big.Int).SetUint64(m.LotSize), power(quote.Decimals))
	const digits = 18
	r := new(big.Rat).SetFrac(num, den)
	text := r.FloatString(digits)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if back, ok := new(big.Rat).SetString(text); !ok || back.Cmp(r) != 0 {
		text += "…"
	}
	return text
}

func power(decimals uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
}

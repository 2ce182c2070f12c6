package scenario

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Limits of a scenario: what a devnet on one machine can carry.
const (
	MaxBytes   = 1 << 20
	MaxAssets  = 32
	MaxMarkets = 64
	MaxTraders = 64
	MaxSteps   = 4096
)

// MaxDeposit is the most that one deposit, and all deposits of an asset together,
// may bring, in hub units: far below 2^64, so that no sum of balances wraps.
const MaxDeposit = 1 << 62

// NoHalt is the halt of a market that no move of its reference stops, which is
// every market's of which the file says nothing else.
const NoHalt = 65535

// DefaultLife is how many blocks an order lives unless the file says more.
const DefaultLife = 100_000

// Parse reads and checks a scenario.
func Parse(text []byte) (*Scenario, error) {
	if len(text) > MaxBytes {
		return nil, rejection.New(rejection.BadScenario, "line 1: the file is larger than %d bytes", MaxBytes)
	}
	p := &parser{s: &Scenario{}, means: newMeans()}
	for i, line := range strings.Split(string(text), "\n") {
		p.line = i + 1
		line, _, _ = strings.Cut(line, "#")
		p.words = strings.Fields(line)
		if len(p.words) == 0 {
			continue
		}
		p.text = strings.Join(p.words, " ")
		p.statement()
		if p.err != nil {
			return nil, p.err
		}
	}
	p.line++
	switch {
	case len(p.s.Assets) == 0:
		p.fail("no asset is declared")
	case len(p.s.Steps) == 0:
		p.fail("nothing happens: there is no event")
	}
	return p.s, p.err
}

type parser struct {
	s     *Scenario
	means *means
	line  int
	text  string
	words []string // what is left of the line
	err   error    // the first problem
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = rejection.New(rejection.BadScenario, "line %d: "+format, append([]any{p.line}, args...)...)
	}
}

// next takes one word; what names it in an error.
func (p *parser) next(what string) string {
	if p.err != nil {
		return ""
	}
	if len(p.words) == 0 {
		p.fail("%s is missing", what)
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// option takes "name value" if the line goes on with that name.
func (p *parser) option(name string) (value string, ok bool) {
	if p.err != nil || len(p.words) == 0 || p.words[0] != name {
		return "", false
	}
	p.words = p.words[1:]
	return p.next("the value of " + name), true
}

// need is an option that must be there.
func (p *parser) need(name string) string {
	v, ok := p.option(name)
	if !ok {
		p.fail("%q is missing", name)
	}
	return v
}

func (p *parser) done() {
	if p.err == nil && len(p.words) != 0 {
		p.fail("%q is not understood here", p.words[0])
	}
}

func (p *parser) statement() {
	switch word := p.next("a statement"); word {
	case "title":
		p.s.Title = strings.Join(p.words, " ")
		p.words = nil
	case "asset":
		p.asset()
	case "fee":
		p.s.Fee = p.amount(p.next("the fee"), 1)
	case "market":
		p.market()
	case "trader":
		p.trader()
	default:
		p.event(word)
	}
	p.done()
}

func (p *parser) setup() {
	if len(p.s.Steps) != 0 {
		p.fail("declare assets, markets and traders before the first event")
	}
}

func (p *parser) asset() {
	p.setup()
	a := Asset{Symbol: p.next("the symbol"), Decimals: uint8(p.number(p.next("the number of decimals"), 9))}
	for _, c := range []byte(a.Symbol) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			p.fail("a symbol consists of A to Z and 0 to 9")
		}
	}
	if len(a.Symbol) > 12 {
		p.fail("a symbol has at most 12 characters")
	}
	if slices.ContainsFunc(p.s.Assets, func(b Asset) bool { return b.Symbol == a.Symbol }) {
		p.fail("asset %s is declared twice", a.Symbol)
	}
	if len(p.s.Assets) == MaxAssets {
		p.fail("more than %d assets", MaxAssets)
	}
	p.s.Assets = append(p.s.Assets, a)
	if v, ok := p.option("exit-fee"); ok {
		p.s.Assets[len(p.s.Assets)-1].ExitFee = p.amount(v, uint32(len(p.s.Assets)))
	}
	if v, ok := p.option("chain"); ok {
		p.external(v)
	}
}

// external reads where the last asset comes from: the rest of its line.
func (p *parser) external(chain string) {
	id := uint32(len(p.s.Assets))
	e := &External{
		Chain: uint32(p.number(chain, 1<<32-1)), Name: p.externalName(p.need("external")),
		Decimals:   uint8(p.number(p.need("external-decimals"), amount.MaxExponent)),
		MinDeposit: 1, MaxDeposit: MaxDeposit, MaxSupply: MaxDeposit,
	}
	for _, limit := range []struct {
		name string
		into *uint64
	}{{"min", &e.MinDeposit}, {"max", &e.MaxDeposit}, {"cap", &e.MaxSupply}} {
		if v, ok := p.option(limit.name); ok {
			*limit.into = p.positive(p.amount(v, id), limit.name)
		}
	}
	if p.err != nil {
		return
	}
	a := &p.s.Assets[id-1]
	record := asset.Record{
		ID: id, Symbol: a.Symbol, Decimals: a.Decimals, Chain: e.Chain, ExternalDecimals: e.Decimals, External: e.Name,
	}
	switch {
	case e.Chain == 0:
		p.fail("chain 0 is that of test assets")
	case e.MinDeposit > e.MaxDeposit:
		p.fail("no deposit is between min and max")
	case record.Validate() != nil:
		p.fail("%v", record.Validate())
	}
	for i, b := range p.s.Assets[:id-1] {
		if b.External != nil && b.External.Chain == e.Chain && string(b.External.Name) == string(e.Name) {
			p.fail("%s is %s again", a.Symbol, p.s.Assets[i].Symbol)
		}
	}
	a.External = e
}

// externalName reads what an asset is on its chain: native, assets:ID of pallet
// assets, or foreign:HEX, a Location of pallet foreignAssets.
func (p *parser) externalName(s string) []byte {
	kind, rest, more := strings.Cut(s, ":")
	switch {
	case s == "native":
		return []byte{asset.Native}
	case kind == "assets" && more:
		return binary.LittleEndian.AppendUint32([]byte{asset.Numbered}, uint32(p.number(rest, 1<<32-1)))
	case kind == "foreign" && more:
		location, err := hex.DecodeString(rest)
		if err != nil {
			p.fail("a location is written in hexadecimal")
		}
		return append([]byte{asset.Foreign}, location...)
	}
	p.fail("an asset of another chain is native, assets:ID or foreign:HEX, not %q", s)
	return nil
}

func (p *parser) market() {
	p.setup()
	m := Market{Name: p.next("the market's name")}
	base, quote, ok := strings.Cut(m.Name, "/")
	if !ok {
		p.fail("a market is named BASE/QUOTE")
	}
	m.Base, m.Quote = p.assetID(base), p.assetID(quote)
	if m.Base == m.Quote {
		p.fail("base and quote are the same asset")
	}
	if slices.ContainsFunc(p.s.Markets, func(n Market) bool { return n.Name == m.Name }) {
		p.fail("market %s is declared twice", m.Name)
	}
	if len(p.s.Markets) == MaxMarkets {
		p.fail("more than %d markets", MaxMarkets)
	}
	m.LotSize = p.positive(p.amount(p.need("lot"), m.Base), "the lot")
	m.Tick = p.perLot(p.need("tick"), m)
	m.FeeBp = uint16(p.number(p.need("fee"), 1000))
	m.Collar = uint16(p.number(p.need("collar"), 65535))
	m.MinQty = 1
	if v, ok := p.option("min"); ok {
		m.MinQty = p.lots(v, m)
	}
	m.Halt = NoHalt
	if v, ok := p.option("halt"); ok {
		m.Halt = uint16(p.number(v, NoHalt))
	}
	if p.err == nil && m.Tick >= 1<<63 {
		p.fail("the tick is too large")
	}
	p.s.Markets = append(p.s.Markets, m)
}

func (p *parser) trader() {
	p.setup()
	name := p.next("the trader's name")
	if slices.Contains(p.s.Traders, name) {
		p.fail("trader %s is declared twice", name)
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			p.fail("a trader's name consists of a to z and 0 to 9")
		}
	}
	if len(name) > 32 {
		p.fail("a trader's name has at most 32 characters")
	}
	if len(p.s.Traders) == MaxTraders {
		p.fail("more than %d traders", MaxTraders)
	}
	p.s.Traders = append(p.s.Traders, name)
}

// number reads a whole number of at most max.
func (p *parser) number(s string, max uint64) uint64 {
	if p.err != nil {
		return 0
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil || v > max {
		p.fail("%q is not a whole number from 0 to %d", s, max)
	}
	return v
}

func (p *parser) positive(v uint64, what string) uint64 {
	if v == 0 {
		p.fail("%s must be more than 0", what)
	}
	return v
}

// amount reads an amount of an asset in its own decimals.
func (p *parser) amount(s string, asset uint32) uint64 {
	if p.err != nil {
		return 0
	}
	if asset == 0 || int(asset) > len(p.s.Assets) {
		p.fail("declare the first asset before its amounts")
		return 0
	}
	v, err := amount.ParseDecimal(s, p.s.Assets[asset-1].Decimals)
	if err != nil {
		p.fail("%v", err)
	}
	return v
}

func (p *parser) assetID(symbol string) uint32 {
	i := slices.IndexFunc(p.s.Assets, func(a Asset) bool { return a.Symbol == symbol })
	if i < 0 {
		p.fail("asset %q is not declared", symbol)
	}
	return uint32(i + 1)
}

func (p *parser) traderIndex(name string) int {
	i := slices.Index(p.s.Traders, name)
	if i < 0 {
		p.fail("trader %q is not declared", name)
	}
	return max(i, 0)
}

// marketIndex returns the market's index; after a failure it may be any.
func (p *parser) marketIndex(name string) int {
	i := slices.IndexFunc(p.s.Markets, func(m Market) bool { return m.Name == name })
	if i < 0 {
		p.fail("market %q is not declared", name)
	}
	return max(i, 0)
}

// lots reads an amount of the market's base asset as a whole number of lots.
func (p *parser) lots(s string, m Market) uint64 {
	v := p.wholeLots(s, m)
	if p.err == nil && v == 0 {
		p.fail("%s is not a positive whole number of lots", s)
	}
	return v
}

// wholeLots is lots that may be none.
func (p *parser) wholeLots(s string, m Market) uint64 {
	v := p.amount(s, m.Base)
	if p.err == nil && v%m.LotSize != 0 {
		p.fail("%s is not a whole number of lots", s)
	}
	return v / max(m.LotSize, 1)
}

// perLot converts a price per whole unit of base, as people write it, to quote
// hub units per lot, exactly or not at all:
//
//	price · 10^decimals(quote) · lotSize / 10^decimals(base)
func (p *parser) perLot(s string, m Market) uint64 {
	if p.err != nil {
		return 0
	}
	_, fraction, _ := strings.Cut(s, ".")
	precision := uint8(min(len(fraction), 18)) // more decimals than any price needs
	scaled, err := amount.ParseDecimal(s, precision)
	if err != nil {
		p.fail("%v", err)
		return 0
	}
	v := new(big.Int).SetUint64(scaled)
	v.Mul(v, power(p.s.Assets[m.Quote-1].Decimals))
	v.Mul(v, new(big.Int).SetUint64(m.LotSize))
	v, rest := v.QuoRem(v, power(p.s.Assets[m.Base-1].Decimals+precision), new(big.Int))
	switch {
	case rest.Sign() != 0 || v.Sign() == 0:
		p.fail("price %s is not a positive whole number of quote units per lot", s)
	case !v.IsUint64():
		p.fail("price %s is too large", s)
	}
	return v.Uint64()
}

func power(decimals uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
}

// price is perLot on the market's grid of half ticks.
func (p *parser) price(s string, m Market) uint64 {
	v := p.perLot(s, m)
	if p.err == nil && !(market.Record{Tick: m.Tick}).OnTick(v) {
		p.fail("price %s is not a multiple of half a tick", s)
	}
	return v
}

func (p *parser) recipient() []byte {
	s := p.need("to")
	if p.err != nil {
		return nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(b) == 0 || len(b) > 63 {
		p.fail("%q is not a hexadecimal address of 1 to 63 bytes", s)
	}
	return b
}

package collect

import (
	"math/big"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Witness is what the prover of one group knows.
type Witness struct {
	Market        market.Record
	MarketPath    tree.TablePath // of the record's leaf at height a
	Reference     uint64         // of this market at height a; 0 if there is none
	ReferencePath tree.TablePath // of the reference's leaf at height a
	Height        uint32         // a
	Price         uint64
	Salt          field.Element
	Fee           uint64        // what all legs of the group pay in fees
	Treasury      field.Element // pk_treasury
	R             field.Element // secret of the fee note
	Blind         jubjub.Scalar // of the fee's value commitment
}

// Check refuses (OUT_OF_RANGE) a group that can't be proven: a price off the
// tick grid, or leaves at the wrong place.
func (w Witness) Check() error {
	switch {
	case !w.Market.OnTick(w.Price):
		return rejection.New(rejection.OutOfRange, "the price is not a positive multiple of half a tick")
	case w.MarketPath.Index != w.Market.ID || w.ReferencePath.Index != w.Market.ID:
		return rejection.New(rejection.OutOfRange, "the paths are not the market's")
	}
	return nil
}

// PC returns the group's price commitment.
func (w Witness) PC() field.Element {
	return w.Market.Commitment(w.Price, market.Deviation(w.Price, w.Reference), w.Height, w.Salt)
}

// Markets returns the root of the market table.
func (w Witness) Markets() field.Element { return w.MarketPath.Root(w.Market.Leaf()) }

// References returns the root of the reference table.
func (w Witness) References() field.Element {
	return w.ReferencePath.Root(market.RefLeaf(w.Market.ID, w.Reference))
}

// FeeNote returns the treasury's note.
func (w Witness) FeeNote() note.Note {
	return note.Note{
		Asset: w.Market.Quote,
		Value: w.Fee,
		Rho:   w.PC(),
		C:     field.H(domain.Owner, w.Treasury, w.R),
	}
}

// Assign returns the circuit with every variable set. It checks nothing: the
// circuit does.
func (w Witness) Assign() *Circuit {
	m := w.Market
	trits := w.MarketPath.Trits()
	digits, marketSiblings := gadget.AssignPath(trits[:], w.MarketPath.Siblings[:])
	_, referenceSiblings := gadget.AssignPath(trits[:], w.ReferencePath.Siblings[:])
	halfTicks := new(big.Int).Lsh(new(big.Int).SetUint64(w.Price), 1)
	if m.Tick != 0 {
		halfTicks.Div(halfTicks, new(big.Int).SetUint64(m.Tick))
	}
	return &Circuit{
		Markets:    w.Markets(),
		References: w.References(),
		Height:     w.Height,
		PC:         w.PC(),
		FeeNote:    w.FeeNote().Commitment(),
		FeeValue:   gadget.AssignPoint(settlement.FeeValueOf(w.Fee, w.Blind)),
		Treasury:   w.Treasury,

		Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Tick: m.Tick, FeeBp: m.FeeBp,
		Digits: digits, MarketSiblings: marketSiblings, ReferenceSiblings: referenceSiblings,

		Price: w.Price, Reference: w.Reference,
		Dev: market.Deviation(w.Price, w.Reference), Salt: w.Salt,
		HalfTicks: halfTicks,
		Fee:       w.Fee, R: w.R, Blind: w.Blind.Big(),
	}
}

package wallet

import (
	"errors"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// Kind says what a plan is for. On chain all kinds look alike, but that a
// withdrawal shows its public output.
type Kind string

// The kinds of plan.
const (
	TransferPlan  Kind = "transfer"
	OrderPlan     Kind = "order"
	CancelPlan    Kind = "cancel"
	ReplacePlan   Kind = "replace"
	WithdrawPlan  Kind = "withdraw"
	MergePlan     Kind = "merge"
	PullPlan      Kind = "pull"      // soft cancel: the enclaves drop an order, its money stays in it
	PullAllPlan   Kind = "pull-all"  // the same for all of the owner's orders
	HeartbeatPlan Kind = "heartbeat" // the same unless another heartbeat comes in time
	ChallengePlan Kind = "challenge" // a worker has to answer a question on the chain
)

// draft is what an action shall do, before there is an action: real inputs,
// the three outputs, and what the enclaves are told.
type draft struct {
	kind    Kind
	from    *Order  // spent in slot 0
	notes   []*Note // spent in the slots after it
	outputs [action.Slots]seal.Plaintext
	payee   keys.Address
	out     action.Output // without the return commitment
	fee     uint64
	command seal.Command // a NewOrder is completed once the order's secret is known

	question *Question // that the action pays for
}

// drafter drafts actions from what a State may spend now.
type drafter struct {
	state  *State
	params Params
	held   map[field.Element]bool // nullifiers of actions of ours that may still land
}

// free returns the notes of an asset that an action made now may spend: old
// enough for the newest anchor, and not on their way out.
func (d drafter) free(asset uint32) purse {
	size := d.state.newest().frontier
	var out []*Note
	for _, n := range d.state.Notes {
		if n.Asset == asset && n.By.IsZero() && !d.held[n.Nullifier] && n.Position < size.Size() {
			out = append(out, n)
		}
	}
	return newPurse(out)
}

// spendable refuses an order that an action made now can't spend.
func (d drafter) spendable(o *Order) error {
	size := d.state.newest().frontier
	switch {
	case o.Status == Matched:
		return rejection.New(rejection.NullifierLocked, "order %s", o.ID.Short())
	case o.Status == Leaving || d.held[o.Nullifier]:
		return rejection.New(rejection.WalletConflict, "order %s", o.ID.Short())
	case !o.Live():
		return rejection.New(rejection.UnknownOrder, "order %s is %s", o.ID.Short(), o.Status)
	case o.Position >= size.Size():
		return &young{rejection.New(rejection.WalletConflict, "order %s is too young for the newest anchor; wait a few blocks", o.ID.Short())}
	}
	return nil
}

// young is a WALLET_CONFLICT that the next anchor ends.
type young struct{ error }

func (y *young) Unwrap() error { return y.error }

// gather chooses the notes that an action needs beside the order in its slot
// 0, if it spends one: need of asset, and fee of the fee's asset. The fee gets
// one note unless it takes more.
func (d drafter) gather(from *Order, asset uint32, need uint64, feeAsset uint32, fee uint64) ([]*Note, error) {
	if asset == feeAsset {
		var ok bool
		if need, ok = amount.Add(need, fee); !ok {
			return nil, rejection.New(rejection.NotEnoughFunds, "the amount with its fee is out of range")
		}
		fee = 0
	}
	slots := action.Slots
	if from != nil {
		if err := d.spendable(from); err != nil {
			return nil, err
		}
		slots--
		need -= min(need, from.Order.Value)
	}
	forFee := slots
	if need > 0 {
		forFee-- // the asset itself needs one
	}
	paying, err := d.choose(feeAsset, fee, forFee)
	if err != nil && from != nil {
		return nil, explain(err, "for the fee; a withdrawal straight from the order pays it in the order's own asset")
	}
	if err != nil {
		return nil, explain(err, "for the fee")
	}
	slots -= len(paying)
	notes, err := d.choose(asset, need, slots)
	if errors.Is(err, rejection.TooManyNotes) {
		return nil, &crowded{error: err, asset: asset, need: need, slots: slots}
	}
	if err != nil {
		return nil, err
	}
	return append(notes, paying...), nil
}

// choose takes notes from the purse of an asset; a refusal says what is there.
func (d drafter) choose(asset uint32, need uint64, slots int) ([]*Note, error) {
	free := d.free(asset)
	notes, err := free.choose(need, slots)
	if errors.Is(err, rejection.NotEnoughFunds) {
		err = rejection.New(rejection.NotEnoughFunds, "%s %s needed, %s spendable",
			d.params.Amount(asset, need), d.params.Symbol(asset), d.params.Amount(asset, free.total()))
	}
	return notes, err
}

// crowded is a TOO_MANY_NOTES that says what merging has to reach: need of
// asset in at most slots notes.
type crowded struct {
	error
	asset uint32
	need  uint64
	slots int
}

func (c *crowded) Unwrap() error { return c.error }

// explain adds words to a rejection's detail.
func explain(err error, what string) error {
	var r *rejection.Rejection
	if errors.As(err, &r) {
		return rejection.New(r.Code, "%s, %s", r.Detail, what)
	}
	return err
}

// ownNote is a note to oneself.
func (d drafter) ownNote(asset uint32, value uint64) seal.Plaintext {
	return seal.Plaintext{Kind: seal.OwnNote, Asset: asset, Value: value, D: d.state.homeD()}
}

// change returns what inputs hold of an asset beyond spent.
func change(from *Order, notes []*Note, asset uint32, spent ...uint64) (uint64, error) {
	var have uint64
	ok := true
	add := func(v uint64) {
		var fits bool
		have, fits = amount.Add(have, v)
		ok = ok && fits
	}
	if from != nil && from.Order.Asset == asset {
		add(from.Order.Value)
	}
	for _, n := range notes {
		if n.Asset == asset {
			add(n.Value)
		}
	}
	if !ok {
		return 0, rejection.New(rejection.OutOfRange, "the inputs' sum")
	}
	for _, v := range spent {
		if have, ok = amount.Sub(have, v); !ok {
			return 0, rejection.New(rejection.NotEnoughFunds, "the inputs hold less")
		}
	}
	return have, nil
}

// settleUp fills the outputs after the first `taken` with the change of asset
// and of the fee asset; spent is what leaves the inputs' asset.
func (d drafter) settleUp(p *draft, taken int, asset uint32, spent uint64) error {
	rest := func(of uint32) (uint64, error) {
		var leaving []uint64
		if of == asset {
			leaving = append(leaving, spent)
		}
		if of == d.params.FeeAsset && p.out.Amount == 0 {
			leaving = append(leaving, p.fee)
		}
		return change(p.from, p.notes, of, leaving...)
	}
	assets := []uint32{asset}
	if asset != d.params.FeeAsset {
		assets = append(assets, d.params.FeeAsset)
	}
	for _, of := range assets {
		v, err := rest(of)
		if err != nil {
			return err
		}
		if taken == action.Slots {
			if v != 0 {
				panic("wallet: change without a slot") // every kind leaves a slot for each asset
			}
			continue
		}
		p.outputs[taken] = d.ownNote(of, v)
		taken++
	}
	for ; taken < action.Slots; taken++ {
		p.outputs[taken] = d.ownNote(d.params.FeeAsset, 0)
	}
	return nil
}

// transfer pays value of asset to an address.
func (d drafter) transfer(asset uint32, value uint64, to keys.Address) (*draft, error) {
	if value == 0 {
		return nil, rejection.New(rejection.BadAmount, "the amount is 0")
	}
	notes, err := d.gather(nil, asset, value, d.params.FeeAsset, d.params.Fee)
	if err != nil {
		return nil, err
	}
	p := &draft{kind: TransferPlan, notes: notes, payee: to, fee: d.params.Fee}
	p.outputs[0] = seal.Plaintext{Kind: seal.Payment, Asset: asset, Value: value, D: to.D}
	return p, d.settleUp(p, 1, asset, value)
}

// order places an order, or replaces one by it if from is not nil: then both
// hold the same asset, and the old order's money pays for the new one first.
func (d drafter) order(t order.Terms, h order.Handling, from *Order) (*draft, error) {
	if err := d.checkTerms(t); err != nil {
		return nil, err
	}
	if err := d.checkHandling(h); err != nil {
		return nil, err
	}
	value, err := t.Funding()
	if err != nil {
		return nil, err
	}
	asset := t.FundingAsset()
	p := &draft{kind: OrderPlan, from: from, fee: d.params.Fee, command: seal.Command{Kind: seal.NewOrder, Handling: h}}
	if from != nil {
		p.kind = ReplacePlan
		if from.Order.Asset != asset {
			return nil, rejection.New(rejection.BadTerms, "a replacement holds the same asset as the order it replaces")
		}
	}
	if p.notes, err = d.gather(from, asset, value, d.params.FeeAsset, p.fee); err != nil {
		return nil, err
	}
	p.outputs[0] = seal.Plaintext{Kind: seal.OwnOrder, Asset: asset, Value: value, D: d.state.homeD(), Terms: t, Handling: h}
	return p, d.settleUp(p, 1, asset, value)
}

// checkTerms refuses terms that the market would never fill: an order is the
// owner's business, but an unfillable one is a mistake.
func (d drafter) checkTerms(t order.Terms) error {
	if err := t.Validate(); err != nil {
		return err
	}
	m, err := d.params.Market(t.Market)
	if err != nil {
		return err
	}
	switch {
	case t.Base != m.Base || t.Quote != m.Quote || t.LotSize != m.LotSize:
		return rejection.New(rejection.BadTerms, "assets or lot size are not those of market %d", t.Market)
	case t.Qty < m.MinQty:
		return rejection.New(rejection.BadTerms, "the market's smallest order has %d lots", m.MinQty)
	case !m.OnTick(t.Limit):
		return rejection.New(rejection.OverPrecise, "the limit is not a multiple of half a tick")
	case t.MaxFee < m.FeeBp:
		return rejection.New(rejection.BadTerms, "the market's fee of %d bp is above the order's maximum", m.FeeBp)
	case uint64(t.Expiry) <= d.params.Height:
		return rejection.New(rejection.BadTerms, "the order would be expired")
	}
	return nil
}

// checkHandling refuses what no enclave would obey, and a time that is over.
func (d drafter) checkHandling(h order.Handling) error {
	if err := h.Validate(); err != nil {
		return err
	}
	if h.Until != 0 && h.Until <= uint64(max(d.params.Time, 0)) {
		return rejection.New(rejection.BadTerms, "the order's time would be over")
	}
	return nil
}

// cancel turns an order back into a note.
func (d drafter) cancel(o *Order) (*draft, error) {
	asset := o.Order.Asset
	notes, err := d.gather(o, asset, 0, d.params.FeeAsset, d.params.Fee)
	if err != nil {
		return nil, err
	}
	p := &draft{kind: CancelPlan, from: o, notes: notes, fee: d.params.Fee}
	return p, d.settleUp(p, 0, asset, 0)
}

// withdraw sends value of asset out, from notes, or from an order if one is
// given: the exit that needs nothing but the withdrawn asset. A value of 0
// from an order means all that is in it.
func (d drafter) withdraw(asset uint32, value uint64, to action.Recipient, from *Order) (*draft, error) {
	a, err := d.params.Asset(asset)
	if err != nil {
		return nil, err
	}
	p := &draft{kind: WithdrawPlan, from: from, fee: a.ExitFee}
	if from != nil && from.Order.Asset != asset {
		return nil, rejection.New(rejection.UnknownAsset, "the order holds another asset")
	}
	if from != nil && value == 0 {
		var ok bool
		if value, ok = amount.Sub(from.Order.Value, a.ExitFee); !ok {
			return nil, rejection.New(rejection.NotEnoughFunds, "the order holds less than the exit fee")
		}
	}
	if value == 0 {
		return nil, rejection.New(rejection.BadAmount, "the amount is 0")
	}
	if p.notes, err = d.gather(from, asset, value, asset, a.ExitFee); err != nil {
		return nil, err
	}
	p.out = action.Output{Asset: asset, Amount: value, Recipient: to}
	left, err := change(from, p.notes, asset, value, p.fee)
	if err != nil {
		return nil, err
	}
	p.outputs = [action.Slots]seal.Plaintext{d.ownNote(asset, left), d.ownNote(asset, 0), d.ownNote(asset, 0)}
	return p, nil
}

// tell makes an action for the sake of its instruction.
func (d drafter) tell(kind Kind, c seal.Command) (*draft, error) {
	p, err := d.pay(kind)
	if err != nil {
		return nil, err
	}
	p.command = c
	return p, nil
}

// pay makes an action that pays its fee and moves nothing else. Without a fee it
// needs no money at all.
func (d drafter) pay(kind Kind) (*draft, error) {
	notes, err := d.choose(d.params.FeeAsset, max(d.params.Fee, 1), action.Slots)
	if err != nil && d.params.Fee > 0 {
		return nil, explain(err, "for the fee")
	}
	p := &draft{kind: kind, notes: notes, fee: d.params.Fee}
	return p, d.settleUp(p, 0, d.params.FeeAsset, 0)
}

// pull tells the enclaves to drop one order from the book.
func (d drafter) pull(o *Order) (*draft, error) {
	if !o.Live() {
		return nil, rejection.New(rejection.UnknownOrder, "order %s is %s", o.ID.Short(), o.Status)
	}
	return d.tell(PullPlan, seal.Command{Kind: seal.Cancel, OCM: o.Order.Commitment(), S: o.Order.S})
}

// pullAll tells the enclaves to drop all of the owner's orders.
func (d drafter) pullAll() (*draft, error) {
	return d.tell(PullAllPlan, seal.Command{Kind: seal.CancelAll, OID: d.state.view.OID()})
}

// heartbeat tells the enclaves to drop all of the owner's orders unless
// another heartbeat comes within blocks.
func (d drafter) heartbeat(blocks uint32) (*draft, error) {
	if blocks == 0 {
		return nil, rejection.New(rejection.BadAmount, "a heartbeat holds for at least 1 block")
	}
	return d.beat(blocks)
}

// beat is a heartbeat; of 0 blocks it is the last one, and drops nothing.
func (d drafter) beat(blocks uint32) (*draft, error) {
	return d.tell(HeartbeatPlan, seal.Command{Kind: seal.Heartbeat, OID: d.state.view.OID(), Blocks: blocks})
}

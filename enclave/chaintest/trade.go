package chaintest

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Terms are those of an order in the test market.
func Terms(side order.Side, qty, limit uint64) order.Terms {
	return order.Terms{
		Market: Market, Base: Coin, Quote: Hub, LotSize: 1000, Side: side, Limit: limit, Qty: qty,
		Expiry: 100000, Band: order.NoBand, MaxFee: 25,
	}
}

// Place submits an action whose slot 0 is an order, and returns the order.
func (c *Chain) Place(owner string, t order.Terms) order.Order {
	c.Helper()
	return c.PlaceIn(c.State.Book().Epoch, owner, t)
}

// PlaceIn is Place for instructions to an epoch's key.
func (c *Chain) PlaceIn(epoch uint64, owner string, t order.Terms) order.Order {
	c.Helper()
	value, err := t.Funding()
	if err != nil {
		c.Fatal(err)
	}
	o := order.Order{Terms: t, Asset: t.FundingAsset(), Value: value,
		OID: field.FromHash("test", []byte(owner)), C: c.Fresh(), S: c.Fresh()}
	c.Act(epoch, seal.Command{Kind: seal.NewOrder, Order: o}, func(a *action.Action) { a.Commitments[0] = o.Commitment() })
	return o
}

var spend = jubjub.ScalarFromHash("test", []byte("spend"))

// Act submits an action that carries an instruction to an epoch's key.
func (c *Chain) Act(epoch uint64, command seal.Command, edit ...func(*action.Action)) {
	c.Helper()
	a := c.action(epoch, command, edit...)
	sighash := a.Sighash(c.Genesis.ChainID)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spend, sighash[:], nil)
	if err := c.Submit(a.Encode()); err != nil {
		c.Fatal(err)
	}
}

// Challenge submits a challenge of a worker, and returns its id.
func (c *Chain) Challenge(worker settlement.WorkerID, query fairness.Query) challenge.ID {
	c.Helper()
	tx := challenge.Challenge{Worker: worker, Query: query, Action: *c.action(c.State.Book().Epoch, seal.Command{})}
	sighash := tx.Sighash(c.Genesis.ChainID)
	tx.Action.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spend, sighash[:], nil)
	if err := c.Submit(tx.Encode()); err != nil {
		c.Fatal(err)
	}
	return tx.ID(c.Genesis.ChainID)
}

// action makes an action that is not signed.
func (c *Chain) action(epoch uint64, command seal.Command, edit ...func(*action.Action)) *action.Action {
	c.Helper()
	fee, _ := c.State.Fee(c.State.Anchor().Height)
	a := &action.Action{Version: 1, Anchor: c.State.Anchor().Notes, Epoch: epoch, Fee: fee, RK: jubjub.Mul(jubjub.Spend, spend)}
	for i := range a.Nullifiers {
		a.Nullifiers[i], a.Commitments[i] = c.Fresh(), c.Fresh()
	}
	for _, e := range edit {
		e(a)
	}
	if e, ok := c.State.Epoch(epoch); ok { // before the first epoch there is nobody to tell
		var err error
		if a.Instruction, err = seal.SealInstruction(e.SealKey[:], c.Genesis.ChainID, a.AAD(), command); err != nil {
			c.Fatal(err)
		}
	}
	return a
}

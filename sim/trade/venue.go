package trade

import (
	"fmt"
	"math/rand/v2"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/sealopen"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// venue is the enclaves: two machines that are fed the same blocks, the second
// one with each list of a block shuffled.
type venue struct {
	first, second *machine.Machine
	openers       map[uint64]*sealopen.Key // by epoch
	shuffle       *rand.Rand
	forget        bool // for tests: the second machine misses what is executed
	deaf          bool // for tests: no machine hears that an order is taken out

	digest [32]byte // of both after the last block that they were compared at
}

// called is an auction with what its settlements need.
type called struct {
	machine.Auction
	anchor              field.Element // note root w blocks before
	markets, references map[uint32]tree.TablePath
}

// feed turns a block into what machines take.
func (v *venue) feed(c *chain, b ledger.Block, r *ledger.Result, made map[[32]byte]*made, settles map[*byte]*settlement.Settle) (machine.Block, error) {
	out := machine.Block{Height: uint32(b.Height), Time: uint64(b.Time), Chain: chainOf(c.state)}
	for _, e := range r.Events {
		switch e := e.(type) {
		case ledger.ActionAdmitted:
			m := made[e.ID]
			command := m.command
			if m.sealed != nil {
				got, err := v.openers[m.epoch].Open(chainID, m.aad, m.sealed)
				if err != nil || got != command {
					return out, fmt.Errorf("an instruction does not open to what was sealed: %v", err)
				}
				command = got
			}
			if v.deaf && command.Kind == seal.Cancel {
				command = seal.Command{}
			}
			out.Admitted = append(out.Admitted, machine.Admitted{ID: e.ID, Nullifier: m.nfs[0], Commitment: m.cms[0], Command: command})
		case ledger.ActionExecuted:
			out.Executed = append(out.Executed, machine.Executed{ID: e.ID, Nullifier: e.Nullifiers[0], Position: e.Position})
		case ledger.ActionDropped:
			out.Dropped = append(out.Dropped, machine.Dropped{ID: e.ID, Nullifier: e.Nullifiers[0]})
		case ledger.LockAccepted:
			out.Locked = append(out.Locked, machine.Locked{Auction: uint32(e.Auction), Nullifiers: e.Nullifiers})
		case ledger.LockExpired:
			out.Busted = append(out.Busted, machine.Busted{Auction: uint32(e.Auction), FreeUntil: uint32(e.ExitUntil)})
		case ledger.GroupSettled:
			s := settles[&b.Txs[e.Index][0]]
			for i, leg := range s.Group.Legs {
				out.Settled = append(out.Settled, machine.Settled{
					Auction: uint32(e.Auction), Nullifier: leg.Nullifier, Remainder: leg.Remainder,
					Position: e.Position + uint64(3*i+2), Report: leg.Report,
				})
			}
		}
	}
	return out, nil
}

// chainOf is the public state as matching sees it.
func chainOf(s *ledger.State) machine.Chain {
	g := s.Genesis()
	c := machine.Chain{Params: machine.Params{
		MinRest: restBlocks, Interval: interval, MaxFills: int(g.Limits.AuctionFills), Treasury: g.Treasury.Address,
	}}
	for _, n := range g.Limits.SizeClasses {
		c.Params.SizeClasses = append(c.Params.SizeClasses, int(n))
	}
	references := map[uint32]market.Reference{}
	for _, r := range s.References() {
		references[r.Market] = r
	}
	for _, m := range s.Markets() {
		r := references[m.ID]
		c.Markets = append(c.Markets, machine.Market{Record: m, Reference: r.Quote, Swing: r.Swing})
	}
	return c
}

// step feeds a block to both machines and runs the auction of its height. Every
// eighth block the second machine runs it too.
func (v *venue) step(b machine.Block, secret [32]byte) (machine.Auction, error) {
	if _, err := v.first.Step(b); err != nil {
		return machine.Auction{}, err
	}
	shuffled := b
	shuffled.Admitted = shuffledOf(v.shuffle, b.Admitted)
	shuffled.Executed = shuffledOf(v.shuffle, b.Executed)
	shuffled.Settled = shuffledOf(v.shuffle, b.Settled)
	shuffled.Dropped = shuffledOf(v.shuffle, b.Dropped)
	if v.forget && len(shuffled.Executed) > 0 {
		shuffled.Executed = shuffled.Executed[1:]
	}
	if _, err := v.second.Step(shuffled); err != nil {
		return machine.Auction{}, err
	}
	a, err := v.first.Auction(secret)
	if err != nil {
		return a, err
	}
	if b.Height%8 == 0 {
		if v.digest = v.first.Digest(); v.digest != v.second.Digest() {
			return a, fmt.Errorf("two machines that took the same blocks differ")
		}
	}
	if b.Height%16 < 2 && len(a.Groups) > 0 {
		again, err := v.second.Auction(secret)
		x, y := a.Lock(), again.Lock()
		if err != nil || string(x.Encode()) != string(y.Encode()) {
			return a, fmt.Errorf("two machines call different auctions: %v", err)
		}
	}
	return a, nil
}

func shuffledOf[E any](random *rand.Rand, list []E) []E {
	out := append([]E(nil), list...)
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// book compares the orders in the book with those that their owners know to rest.
func (w *watch) book(m *machine.Machine, everybody []*account) error {
	resting := map[field.Element]*coin{}
	for _, a := range everybody {
		for _, c := range a.open {
			p := c.order
			late := p.handling.Until != 0 && w.time >= p.handling.Until && c.since < w.height
			if p.left == 0 && uint64(p.terms.Expiry) >= w.height && !late {
				resting[c.nf] = c
			}
		}
	}
	found := 0
	for _, e := range m.Book() {
		c := resting[e.Nullifier]
		switch {
		case c == nil && !e.Leaving:
			return fmt.Errorf("an order is in the book that its owner took out")
		case c == nil:
			continue
		case e.Order.Terms != c.order.terms || e.Handling != c.order.handling || e.Position != c.position:
			return fmt.Errorf("an order in the book is not its owner's")
		case uint64(e.Lock) != c.order.locked || uint64(e.FreeUntil) != c.order.exit:
			return fmt.Errorf("an order's lock in the book is not the chain's")
		case uint64(e.Arrival) != c.order.first && (c.order.kept == 0 || uint64(e.Arrival) < c.order.kept || uint64(e.Arrival) > c.order.first):
			return fmt.Errorf("an order in the book has another's priority")
		}
		found++
		delete(resting, e.Nullifier)
	}
	for _, c := range resting {
		if c.order.handling.Auctions == 0 { // those leave when they had theirs
			return fmt.Errorf("an order is missing from the book that its owner left in it")
		}
	}
	w.stats.Compared++
	return nil
}

// settlement returns the settlement of group i with proofs from the relation.
func (a *called) settlement(i int, r *Relation) *settlement.Settle {
	g := a.Groups[i]
	s := a.Settle(i, chainID)
	s.Version = 1
	for _, leg := range g.Legs {
		w := &fill.Witness{
			Order: leg.Order, Anchor: a.anchor, Lots: leg.Fill.Lots, Execution: g.Execution, Salt: g.Salt, Blind: leg.Blind,
		}
		w.Path.Position = leg.Position
		s.FillProofs = append(s.FillProofs, r.deposit(2, leg.Fill.Nullifier, w))
	}
	s.Collect = r.deposit(3, g.Public.PC, &collect.Witness{
		Market: g.Market, MarketPath: a.markets[g.Market.ID], Reference: g.Reference, ReferencePath: a.references[g.Market.ID],
		Height: g.Execution.Height, Price: g.Execution.Price, Salt: g.Salt, Fee: g.Fee.Note.Value,
		Treasury: r.treasury, R: g.Fee.R, Blind: g.Fee.Blind,
	})
	return &s
}

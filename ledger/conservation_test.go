package ledger

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// holding is a note or an order as the test knows it: the ledger sees only its
// nullifier.
type holding struct {
	nf    field.Element
	asset uint32
	value uint64
	order bool
}

// move is what an action or a group does to holdings once it takes effect.
type move struct{ in, out []holding }

// economy drives a world with random transactions and keeps, from the events
// alone, the holdings that exist.
type economy struct {
	*world
	rt      *rapid.T
	live    []holding
	moves   map[field.Element]move     // by first commitment
	settles map[uint64][]byte          // group transactions waiting, by a serial
	returns map[custody.ClaimID]uint32 // open claims and their assets
	out     map[uint32]uint64          // deposited − withdrawn, by the events
	leaves  []field.Element
	spent   []field.Element
}

func (e *economy) draw(what string, limit int) int { return rapid.IntRange(0, limit).Draw(e.rt, what) }

// pick takes up to n free holdings of an asset, orders or notes, out of those
// that exist; they stay live until an event spends them.
func (e *economy) pick(n int, want func(holding) bool) (out []holding) {
	for _, h := range e.live {
		if st := e.state.Nullifier(h.nf); len(out) < n && st.Reserved == 0 && st.Locked == 0 && want(h) {
			out = append(out, h)
		}
	}
	return out
}

func (e *economy) make(asset uint32, value uint64, order bool) holding {
	return holding{e.fresh(), asset, value, order}
}

// act spends holdings of one asset and splits the rest of their value.
func (e *economy) act(withdraw bool) []byte {
	asset := hub
	if withdraw && e.draw("asset", 1) == 1 {
		asset = coin
	}
	in := e.pick(1+e.draw("inputs", 2), func(h holding) bool { return h.asset == asset && h.value > 30 })
	if len(in) == 0 {
		return nil
	}
	var sum uint64
	for _, h := range in {
		sum += h.value
	}
	var edits []func(*action.Action)
	if withdraw {
		out := 1 + uint64(e.draw("out", int(min(sum-25, 1<<30))))
		edits = append(edits, e.withdrawal(asset, out))
		sum -= out
	}
	edits = append(edits, func(a *action.Action) {
		for i, h := range in {
			a.Nullifiers[i] = h.nf
		}
	})
	a := e.action(edits...)
	if sum < a.Fee {
		return nil
	}
	sum -= a.Fee
	part := sum / uint64(1+e.draw("part", 3))
	e.moves[a.Commitments[0]] = move{in, []holding{
		e.make(asset, part, e.draw("order", 1) == 1), e.make(asset, sum-part, false), e.make(asset, 0, false),
	}}
	return a.Encode()
}

// match locks one or two groups of orders and prepares their settlements. Each
// order keeps its value but for a fee that orders in the fee asset pay.
func (e *economy) match() []byte {
	var groups []settlement.Group
	orders := e.pick(4, func(h holding) bool { return h.order })
	for len(orders) >= 2 {
		var nfs []field.Element
		var m move
		var fee uint64
		for _, h := range orders[:2] {
			nfs, m.in = append(nfs, h.nf), append(m.in, h)
			take := uint64(0)
			if h.asset == hub {
				take = min(h.value, 3)
			}
			fee += take
			m.out = append(m.out, e.make(h.asset, 0, false), e.make(h.asset, 0, false), e.make(h.asset, h.value-take, true))
		}
		m.out = append(m.out, e.make(hub, fee, false))
		g := e.group(nfs...)
		e.moves[g.Legs[0].Proceeds] = m
		groups, orders = append(groups, g), orders[2:]
	}
	if len(groups) == 0 {
		return nil
	}
	a := e.height() - uint64(e.draw("late", 2))
	l := e.lock(groups, func(l *settlement.Lock) { l.Height, l.Outcome = a, settlement.Outcome(a, hashes(groups)) })
	for i := range groups {
		if e.draw("settled", 3) > 0 {
			e.serial++
			e.settles[e.serial] = e.settlement(a, groups, i).Encode()
		}
	}
	return l.Encode()
}

func (e *economy) candidate() []byte {
	switch e.draw("kind", 9) {
	case 0:
		return e.deposit(1+uint32(e.draw("asset", 1)), 100+uint64(e.draw("amount", 1000))).Encode()
	case 1, 2, 3:
		return e.act(false)
	case 4, 5:
		return e.act(true)
	case 6:
		return e.match()
	case 7:
		for id := range sorted(e.returns) {
			return e.closing(id, custody.Result(1+e.draw("result", 1))).Encode()
		}
	case 8:
		return e.votes(90+uint64(e.draw("price", 20)), 100, 110, 120).Encode()
	case 9:
		asset := hub + uint32(e.draw("asset", 1))
		switch e.draw("change", 5) {
		case 0:
			return e.proposal(governance.SetParameter{Parameter: governance.Fee, Value: uint64(e.draw("fee", 20))}).Encode()
		case 1:
			return e.proposal(governance.HaltDeposits{Asset: asset, Halted: e.draw("halted", 1) == 1}).Encode()
		case 2:
			limits := governance.SetDepositLimits{Asset: asset, Min: 100, Max: 1100, MaxSupply: 1100 + uint64(e.draw("cap", 3000))}
			return e.proposal(limits).Encode()
		}
	}
	return nil
}

// sorted yields the keys of m in ascending order.
func sorted(m map[custody.ClaimID]uint32) func(func(custody.ClaimID) bool) {
	return func(yield func(custody.ClaimID) bool) {
		var best custody.ClaimID
		found := false
		for id := range m {
			if !found || string(id[:]) < string(best[:]) {
				best, found = id, true
			}
		}
		if found {
			yield(best)
		}
	}
}

func (e *economy) enjoy(leaves Leaves) {
	m, ok := e.moves[leaves.Commitments[0]]
	if !ok {
		e.rt.Fatal("an effect that nobody asked for")
	}
	if len(leaves.Commitments) != len(m.out) {
		e.rt.Fatal("leaves and outputs differ in number")
	}
	for _, in := range m.in {
		found := false
		for i, h := range e.live {
			if h.nf == in.nf {
				e.live = append(e.live[:i:i], e.live[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			e.rt.Fatal("a holding was spent twice")
		}
	}
	e.live = append(e.live, m.out...)
}

func (e *economy) follow(events []Event) {
	for _, event := range events {
		switch v := event.(type) {
		case ActionExecuted:
			e.enjoy(v.Leaves)
		case GroupSettled:
			e.enjoy(v.Leaves)
		case DepositCredited:
			e.live = append(e.live, e.make(v.Asset, v.Amount, false))
			e.out[v.Asset] += v.Amount
			if a, _ := e.state.Asset(v.Asset); a.Halted || e.out[v.Asset] > a.MaxSupply {
				e.rt.Fatalf("a deposit that %+v refuses, %d are out", a, e.out[v.Asset])
			}
		case ClaimOpened:
			e.returns[v.ID] = v.Asset
			e.out[v.Asset] -= v.Amount
		case ClaimPaid:
			delete(e.returns, v.ID)
		case ClaimReturned:
			delete(e.returns, v.ID)
			e.out[v.Asset] += v.Amount
			e.live = append(e.live, e.make(v.Asset, v.Amount, false))
		case FeesPaid:
			e.live = append(e.live, e.make(v.Asset, v.Amount, false))
		}
	}
}

// audit: for each asset, deposited − withdrawn = holdings + fee counter, and
// the store holds together.
func (e *economy) audit() {
	for _, a := range e.state.Assets() {
		p := e.state.Pool(a.Record.ID)
		var held uint64
		for _, h := range e.live {
			if h.asset == a.Record.ID {
				held += h.value
			}
		}
		if p.Deposited-p.Withdrawn != e.out[a.Record.ID] {
			e.rt.Fatalf("asset %d: %+v, by its events %d are out", a.Record.ID, p, e.out[a.Record.ID])
		}
		if p.Deposited-p.Withdrawn != held+p.Fees {
			e.rt.Fatalf("asset %d: %+v, but %d are held", a.Record.ID, p, held)
		}
	}
	if e.height()%4 != 0 {
		return // the full audit reads everything
	}
	if err := Audit(e.genesis, e.store, e.leaves, e.spent); err != nil {
		e.rt.Fatal(err)
	}
}

// Whatever is proposed, whatever locks, settles, busts or is dropped: no asset
// gains or loses a unit, and a proposal of this state is never refused by it.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := &economy{
			world: newWorld(rt).withBook(), rt: rt, moves: map[field.Element]move{},
			settles: map[uint64][]byte{}, returns: map[custody.ClaimID]uint32{}, out: map[uint32]uint64{},
		}
		for range rapid.IntRange(5, 40).Draw(rt, "blocks") {
			var candidates [][]byte
			for range e.draw("candidates", 6) {
				candidates = append(candidates, e.candidate())
			}
			for id := uint64(0); id <= e.serial; id++ {
				if s, ok := e.settles[id]; ok && e.draw("now", 1) == 1 {
					candidates = append(candidates, s)
					delete(e.settles, id)
				}
			}
			txs := e.state.Propose(2000, candidates)
			e.follow(e.apply(txs...))
			e.leaves = append(e.leaves, e.last.Delta.Leaves...)
			e.spent = append(e.spent, e.last.Delta.Spent...)
			e.audit()
		}
	})
}

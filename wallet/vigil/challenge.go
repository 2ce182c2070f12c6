package vigil

import (
	"io"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Question is a query for the chain, and what reads its answer.
type Question struct {
	Query  fairness.Query
	Seed   fairness.KeySeed
	Secret transcript.Secret
	Order  *Order // nil if it is about nobody's
}

// Compose makes a question about a heartbeat: about the first of the orders that
// an auction of it can have had, in its last call that such an order could be in;
// about nobody, if there is none. Nobody else can tell which.
func Compose(chain Chain, h fairness.Heartbeat, orders []Order, random io.Reader) Question {
	q := Question{Secret: nobody(random)}
	calls := chain.Calls(h)
	call := calls[len(calls)-1]
	for i := range orders {
		f, ok := chain.Facts(orders[i].Claim, h, 0, h.Height)
		if !ok || f.Life.Since > h.Height || f.Life.Spent != 0 && f.Life.Spent < h.First {
			continue
		}
		q.Order, q.Secret = &orders[i], orders[i].Claim.Secret()
		for _, c := range calls {
			// Of a part of an interval nobody can say that nothing was called.
			if f, ok := chain.Facts(orders[i].Claim, h, c, h.Height); ok && f.Whole {
				call = c
			}
		}
		break
	}
	draw(random, q.Seed[:])
	q.Query = fairness.Ask(h.Height, call, q.Secret, q.Seed.Public())
	return q
}

// Verdict is what an answer on the chain came to.
type Verdict struct {
	Shown    bool // that the worker has the heartbeat: what follows is proven by it
	Taken    bool // the order is in the intake
	Called   bool // there was such an auction
	Lots     uint64
	Took     bool // the order took part in it
	Findings []Finding
}

// Judge opens an answer and holds it against the chain, by the rules of a vigil.
// It refuses (BAD_TRANSCRIPT) one that a worker who keeps the rules can't give: it
// does not open, denies the right to ask, or proves nothing.
func (q *Question) Judge(chain Chain, sealed []byte) (v Verdict, err error) {
	a, err := q.Seed.Open(chain.ID(), &q.Query, sealed)
	if err != nil {
		return v, err
	}
	switch a.Status {
	case fairness.Unknown: // it was handed the book in between
		return v, nil
	case fairness.Denied:
		return v, rejection.New(rejection.BadTranscript, "it denies the right to ask")
	}
	h, ok := chain.Heartbeat(q.Query.Heartbeat)
	if !ok {
		return v, rejection.New(rejection.UnknownHeartbeat, "height %d", q.Query.Heartbeat)
	}
	side := order.Buy
	if q.Order != nil {
		side = q.Order.Claim.Order.Terms.Side
	}
	seen, err := a.Verify(h, &q.Query, q.Secret, side)
	if err != nil {
		return v, err
	}
	v = Verdict{Shown: true, Taken: seen.Taken != nil, Called: seen.Called, Took: seen.Outcome != nil}
	if v.Took {
		v.Lots = seen.Outcome.Lots
	}
	if q.Order == nil {
		return v, nil
	}
	at := h.Height
	if seen.Called {
		at = seen.Height
	}
	f, ok := chain.Facts(q.Order.Claim, h, q.Query.Call, at)
	if !ok {
		return v, nil
	}
	for _, rule := range fairness.Judge(q.Order.Claim, seen, f) {
		v.Findings = append(v.Findings, Finding{q.Order.Name, rule, &fairness.Evidence{
			ChainID: chain.ID(), Rule: rule, Claim: q.Order.Claim,
			Exhibits: []fairness.Exhibit{{Heartbeat: h.Height, Call: q.Query.Call, Answer: a}},
		}})
	}
	return v, nil
}

// draw fills b with randomness, without which nothing may be asked.
func draw(random io.Reader, b []byte) {
	if _, err := io.ReadFull(random, b); err != nil {
		panic(err) // the system's source never fails
	}
}

// nobody is an order that there is not.
func nobody(random io.Reader) transcript.Secret {
	var a, b [32]byte
	draw(random, a[:])
	draw(random, b[:])
	return transcript.Secret{Nullifier: field.FromHash("nightjar/nobody", a[:]), S: field.FromHash("nightjar/nobody", b[:])}
}

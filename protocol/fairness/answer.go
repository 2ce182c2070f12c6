package fairness

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Status says what an answer is.
type Status uint8

// The statuses.
const (
	Shows   Status = 0
	Unknown Status = 1 // the worker does not hold that heartbeat, or not any more
	Denied  Status = 2 // the query's right is not the order's
)

// Answer is what a worker shows of an order. What it does not show is zero.
type Answer struct {
	Status   Status
	Intake   transcript.Proof     // of the intake label
	Taken    transcript.Taken     // if it was found
	Auctions transcript.Proof     // of the call's number
	Height   uint64               // of the call, if it was found
	Roots    [2][32]byte          // of its orders and its pools
	Orders   transcript.Proof     // of the order label
	Outcome  transcript.Outcome   // if it was found
	Pool     transcript.PoolShown // the order's, then
	Last     transcript.Opening   // the last rank of its side, if the order wanted more than it got
}

// AnswerSize is the length of an encoded Answer in bytes.
const AnswerSize = 1 + 3*transcript.ProofSize + transcript.TakenSize + 8 + 2*32 + transcript.OutcomeSize +
	transcript.PoolShownSize + transcript.OpeningSize

// Encode returns the encoding of a.
func (a *Answer) Encode() []byte {
	w := encoding.NewWriter(AnswerSize)
	w.U8(uint8(a.Status))
	a.Intake.Write(w)
	a.Taken.Write(w)
	a.Auctions.Write(w)
	w.U64(a.Height)
	w.Fixed(a.Roots[0][:])
	w.Fixed(a.Roots[1][:])
	a.Orders.Write(w)
	a.Outcome.Write(w)
	a.Pool.Write(w)
	a.Last.Write(w)
	return w.Bytes()
}

// DecodeAnswer is the inverse of Encode. It refuses (NON_CANONICAL) whatever an
// answer with its proofs has no use for.
func DecodeAnswer(b []byte) (*Answer, error) {
	r := encoding.NewReader(b)
	a := &Answer{Status: Status(r.U8())}
	a.Intake, a.Taken, a.Auctions = transcript.ReadProof(r), transcript.ReadTaken(r), transcript.ReadProof(r)
	a.Height = r.U64()
	r.Fixed(a.Roots[0][:])
	r.Fixed(a.Roots[1][:])
	a.Orders, a.Outcome, a.Pool, a.Last = transcript.ReadProof(r), transcript.ReadOutcome(r), transcript.ReadPoolShown(r), transcript.ReadOpening(r)
	if err := r.Done(); err != nil {
		return nil, err
	}
	empty, none := &Answer{}, transcript.Proof{}
	idle := a.Status > Denied ||
		a.Status != Shows && !same(a, &Answer{Status: a.Status}) ||
		!a.Intake.Found && a.Taken != empty.Taken ||
		!a.Auctions.Found && (a.Height != 0 || a.Roots != empty.Roots || !a.Orders.Equal(none)) ||
		!a.Orders.Found && (a.Outcome != empty.Outcome || !a.Pool.Equal(empty.Pool) || a.Last != empty.Last)
	if idle {
		return nil, rejection.New(rejection.NonCanonical, "an answer that says more than it shows")
	}
	return a, nil
}

func same(a, b *Answer) bool { return string(a.Encode()) == string(b.Encode()) }

// Heartbeat is one that the chain took.
type Heartbeat struct {
	Height     uint64
	First      uint64 // the first height whose auction it is about
	Intake     [32]byte
	Transcript [32]byte
}

// Seen is what an answer proves.
type Seen struct {
	Heartbeat Heartbeat
	Call      uint64
	Taken     *transcript.Taken // nil: the order is not in the intake
	Called    bool              // there was such a call, at Height
	Height    uint64
	Outcome   *transcript.Outcome // nil: the order is not in its transcript
	Pool      *transcript.Pool    // of the outcome
	Last      *int                // where the last order that traded on its side stands: −1 before it, 1 after it
}

// Verify returns what a proves under a heartbeat's roots. It refuses
// (BAD_TRANSCRIPT) an answer that proves nothing of what q asks.
func (a *Answer) Verify(h Heartbeat, q *Query, s transcript.Secret, side order.Side) (*Seen, error) {
	intake, label := labels(*q, s)
	switch {
	case a.Status != Shows:
		return nil, bad("the worker shows nothing")
	case q.Heartbeat != h.Height || q.Intake != intake || q.Order != label || q.Right != q.right(s.S):
		return nil, bad("another query")
	}
	seen := &Seen{Heartbeat: h, Call: q.Call}
	value, found, err := a.Intake.Verify(domain.Intake, h.Intake, intake)
	if err != nil {
		return nil, err
	}
	if found {
		if value != a.Taken.Value(s.S, intake) {
			return nil, bad("another entry of the intake")
		}
		taken := a.Taken
		seen.Taken = &taken
	}
	value, seen.Called, err = a.Auctions.Verify(domain.Auctions, h.Transcript, transcript.CallKey(q.Call))
	if err != nil || !seen.Called {
		return seen, err
	}
	if value != transcript.AuctionRoot(a.Height, a.Roots[0], a.Roots[1]) {
		return nil, bad("another auction")
	}
	seen.Height = a.Height
	value, found, err = a.Orders.Verify(domain.Transcript, a.Roots[0], label)
	if err != nil || !found {
		return seen, err
	}
	if value != a.Outcome.Value(s.S, label) {
		return nil, bad("another outcome")
	}
	if !a.Pool.Verify(a.Roots[1], transcript.PoolNumber(a.Outcome.Market, a.Outcome.Pool)) {
		return nil, bad("another pool")
	}
	outcome, pool := a.Outcome, a.Pool.Pool
	seen.Outcome, seen.Pool = &outcome, &pool
	if wants(seen.Outcome, seen.Pool, side) {
		last, err := a.Last.Compare(pool.Last[side], outcome.Rank(side))
		if err != nil {
			return nil, err
		}
		seen.Last = &last
	}
	return seen, nil
}

// wants reports whether an order took the price and had lots left: only then
// its owner is shown the last rank.
func wants(o *transcript.Outcome, p *transcript.Pool, side order.Side) bool {
	if p.Result != transcript.Cleared || o.Price == 0 || o.Lots >= o.In {
		return false
	}
	if side == order.Buy {
		return p.Price <= o.Price
	}
	return p.Price >= o.Price
}

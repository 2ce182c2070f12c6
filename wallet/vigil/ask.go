package vigil

import (
	"context"
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// patience is after how many queries that a worker does not answer the rest of a
// heartbeat's are for others.
const patience = 2

// inquiry is one heartbeat's queries under way.
type inquiry struct {
	*Vigil
	report *Report
	beat   fairness.Heartbeat
	first  int // the worker that is asked first
	asked  map[string]bool
	faults map[string]int // queries that a worker did not answer, by name
}

// ask asks about a heartbeat: for each call of it, about as many orders as there
// are slots. Who has fewer asks about nobody in the rest.
func (v *Vigil) ask(ctx context.Context, r *Report, h fairness.Heartbeat, chosen []*watched) error {
	var pick [8]byte
	draw(v.Random, pick[:])
	q := &inquiry{
		Vigil: v, report: r, beat: h, asked: map[string]bool{}, faults: map[string]int{},
		first: int(binary.BigEndian.Uint64(pick[:]) % uint64(len(v.Workers))),
	}
	secrets := make([]transcript.Secret, v.Slots)
	for i := range secrets {
		// A dummy is drawn for every slot: what it takes says nothing.
		secrets[i] = nobody(v.Random)
		if i < len(chosen) {
			secrets[i] = chosen[i].claim.Secret()
		}
	}
	for _, call := range v.Chain.Calls(h) {
		for i, secret := range secrets {
			side := order.Buy
			if i < len(chosen) {
				side = chosen[i].claim.Order.Terms.Side
			}
			a, seen, err := q.put(ctx, call, secret, side)
			if err != nil {
				return err
			}
			if seen != nil && i < len(chosen) {
				v.note(r, &sight{chosen[i], seen, fairness.Exhibit{Heartbeat: h.Height, Call: call, Answer: a}}, call == v.Chain.Calls(h)[0])
			}
		}
	}
	if h.Height < v.Chain.Newest(1)[0].Height {
		return nil // a worker that came late does not have the older ones
	}
	for name := range q.asked {
		switch n := q.faults[name]; {
		case n >= patience:
			v.failed[name]++
		case n == 0:
			delete(v.failed, name)
		}
	}
	return nil
}

// put asks one query, of one worker after the other until an answer shows what
// the heartbeat's roots stand for. The error is ctx's.
func (q *inquiry) put(ctx context.Context, call uint64, secret transcript.Secret, side order.Side) (*fairness.Answer, *fairness.Seen, error) {
	var seed fairness.KeySeed
	draw(q.Random, seed[:])
	query := fairness.Ask(q.beat.Height, call, secret, seed.Public())
	q.report.Queries++
	for i := range q.Workers {
		w := q.Workers[(q.first+i)%len(q.Workers)]
		if q.faults[w.Name()] >= patience {
			continue
		}
		q.report.Sent++
		q.asked[w.Name()] = true
		a, seen, err := q.try(ctx, w, &query, seed, secret, side)
		if err == nil {
			return a, seen, nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		q.faults[w.Name()]++
		q.report.refused(w.Name(), q.beat.Height, err)
	}
	q.report.Unanswered++
	return nil, nil, nil
}

func (q *inquiry) try(
	ctx context.Context, w Worker, query *fairness.Query, seed fairness.KeySeed, secret transcript.Secret, side order.Side,
) (*fairness.Answer, *fairness.Seen, error) {
	sealed, err := w.Ask(ctx, query.Bytes())
	if err != nil {
		return nil, nil, err
	}
	a, err := seed.Open(q.Chain.ID(), query, sealed)
	if err != nil {
		return nil, nil, err
	}
	switch a.Status {
	case fairness.Unknown:
		return nil, nil, rejection.New(rejection.BadTranscript, "it does not have that heartbeat")
	case fairness.Denied:
		return nil, nil, rejection.New(rejection.BadTranscript, "it denies the right to ask")
	}
	seen, err := a.Verify(q.beat, query, secret, side)
	return a, seen, err
}

package fairness

import (
	"errors"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Asker asks a worker about an order in a call of a heartbeat.
type Asker func(heartbeat, call uint64, s transcript.Secret) (Query, *Answer, error)

// Review is what an owner makes of a worker's answers about an order.
type Review struct {
	Asked    int         // queries
	Auctions int         // in which the order took part
	Exact    int         // of them, those in which minimum fills decided: priority was not judged
	Evidence []*Evidence // one for each rule that was broken, in the sequence found
	Unshown  []error     // answers that prove nothing
	Missing  []uint64    // heartbeats whose intake lacks the order although an earlier one has it: alarm, if its owner did not take it out
}

// Review asks about an order in every call of some heartbeats, ascending by
// height; n is the auction interval. An error is the asker's; BAD_TRANSCRIPT from
// it is an answer that proves nothing.
func (c Claim) Review(chain Chain, beats []Heartbeat, n uint64, ask Asker) (*Review, error) {
	r := &Review{}
	var before *sight
	for _, h := range beats {
		now, err := c.look(r, chain, h, n, ask)
		if err != nil {
			return nil, err
		}
		if now == nil {
			continue
		}
		switch {
		case before == nil:
		case Missing(c, before.seen, now.seen, now.facts):
			r.add(chain, c, Omitted, before.exhibit, now.exhibit)
		case Dropped(c, before.seen, now.seen, now.facts):
			r.Missing = append(r.Missing, h.Height)
		}
		before = now
	}
	return r, nil
}

// sight is one answer that was understood.
type sight struct {
	seen    *Seen
	facts   *Facts
	exhibit Exhibit
}

// look asks about all calls of a heartbeat; it returns what the last answer
// shows, or nil if none shows anything.
func (c Claim) look(r *Review, chain Chain, h Heartbeat, n uint64, ask Asker) (last *sight, err error) {
	secret := c.Secret()
	for interval := h.First / n; interval <= h.Height/n; interval++ {
		call := transcript.Call(interval, 0)
		q, a, err := ask(h.Height, call, secret)
		r.Asked++
		var seen *Seen
		if err == nil {
			seen, err = a.Verify(h, &q, secret, c.Order.Terms.Side)
		}
		switch {
		case errors.Is(err, rejection.BadTranscript):
			r.Unshown = append(r.Unshown, err)
			continue
		case err != nil:
			return nil, err
		}
		at := h.Height
		if seen.Called {
			at = seen.Height
		}
		f, ok := chain.Facts(c, h, call, at)
		if !ok {
			return nil, bad("the chain has no such order")
		}
		last = &sight{seen, f, Exhibit{h.Height, call, a}}
		if seen.Outcome != nil {
			r.Auctions++
			if seen.Pool.Exact {
				r.Exact++
			}
		}
		for _, rule := range Judge(c, seen, f) {
			r.add(chain, c, rule, last.exhibit)
		}
	}
	return last, nil
}

func (r *Review) add(chain Chain, c Claim, rule Rule, exhibits ...Exhibit) {
	r.Evidence = append(r.Evidence, &Evidence{ChainID: chain.ID(), Rule: rule, Claim: c, Exhibits: exhibits})
}

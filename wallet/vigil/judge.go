package vigil

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/fairness"
)

// note keeps an answer about an order. The first of a heartbeat is the one that
// is asked what the intake has; the others have the same.
func (v *Vigil) note(r *Report, s *sight, first bool) {
	v.sights = append(v.sights, s)
	if over := len(v.sights) - keptSights; over > 0 {
		v.sights = slices.Delete(v.sights, 0, over)
	}
	if s.seen.Outcome != nil {
		r.Auctions++
		if s.seen.Pool.Exact {
			r.Exact++
		}
	}
	if first {
		v.intake(r, s)
	}
}

// intake compares what an intake has of an order with what others had.
func (v *Vigil) intake(r *Report, s *sight) {
	w := s.of
	f, ok := v.facts(s)
	if !ok {
		return
	}
	if s.seen.Taken != nil {
		for _, l := range w.lacking {
			if g, ok := v.facts(l); ok && fairness.Missing(w.claim, l.seen, s.seen, g) {
				v.find(r, w, fairness.Omitted, l.exhibit, s.exhibit)
			}
		}
		w.last, w.lacking, w.lost = s, nil, false
		if s.seen.Taken.Handling != w.handling && !w.altered {
			w.altered, r.Altered = true, append(r.Altered, Lost{w.name, s.seen.Heartbeat.Height, 0})
		}
		return
	}
	if f.Life.Since == 0 || f.Life.Since > s.seen.Heartbeat.Height {
		return
	}
	// One lack can be the owner's cancel on its way to the chain. The second one
	// is told.
	w.lacking = append(w.lacking, s)
	if len(w.lacking) > 2 {
		w.lacking = slices.Delete(w.lacking, 1, 2)
	}
	if len(w.lacking) < 2 || w.lost {
		return
	}
	l := Lost{Order: w.name, Heartbeat: s.seen.Heartbeat.Height}
	switch {
	case w.last != nil && fairness.Dropped(w.claim, w.last.seen, s.seen, f):
		l.Had = w.last.seen.Heartbeat.Height
		w.lost, r.Missing = true, append(r.Missing, l)
	case w.last == nil && f.BookSince <= f.Life.Since && f.Life.Spent == 0 && len(f.Life.Reserved) == 0 &&
		s.seen.Heartbeat.Height <= uint64(w.claim.Order.Terms.Expiry):
		w.lost, r.Untaken = true, append(r.Untaken, l)
	}
}

// facts returns what the chain says by now of what an answer shows.
func (v *Vigil) facts(s *sight) (*fairness.Facts, bool) {
	at := s.seen.Heartbeat.Height
	if s.seen.Called {
		at = s.seen.Height
	}
	return v.Chain.Facts(s.of.claim, s.seen.Heartbeat, s.seen.Call, at)
}

// judge holds all answers that are kept against what the chain says by now.
func (v *Vigil) judge(r *Report) {
	for _, s := range v.sights {
		f, ok := v.facts(s)
		if !ok {
			continue
		}
		for _, rule := range fairness.Judge(s.of.claim, s.seen, f) {
			v.find(r, s.of, rule, s.exhibit)
		}
	}
	for _, w := range v.Workers {
		if v.failed[w.Name()] >= refusals {
			r.Challenge = append(r.Challenge, w.Name())
		}
	}
}

// find reports a rule that was broken against an order, once for each leaf.
func (v *Vigil) find(r *Report, w *watched, rule fairness.Rule, exhibits ...fairness.Exhibit) {
	if w.reported[rule] {
		return
	}
	w.reported[rule] = true
	r.Findings = append(r.Findings, Finding{w.name, rule, &fairness.Evidence{
		ChainID: v.Chain.ID(), Rule: rule, Claim: w.claim, Exhibits: exhibits,
	}})
}

package vault

import "github.com/nightjar/nightjar/protocol/amount"

// grant is one claim that the schedule has placed.
type grant struct {
	at     uint64 // height from which on it may be paid
	amount uint64
}

// schedule places the claims of one asset, in their order:
//
//	at_i = min(opened_i + MaxDelay,
//	           the first t ≥ max(opened_i, at_(i-1)) with
//	           amount_i + Σ amount_j [j < i, t − Window < at_j] ≤ Rate)
//
// So in any Window blocks at most Rate becomes payable, but for claims that
// have waited MaxDelay; and a claim never overtakes an earlier one. It is a
// pure function of the claims and the limit: every signer that has seen them
// all places them alike.
type schedule struct {
	grants []grant // those that can still matter, ascending by at
}

// place returns at_i; add is what remembers it.
func (s *schedule) place(l Limit, opened, value uint64) uint64 {
	latest := later(opened, l.MaxDelay)
	at := opened
	if n := len(s.grants); n > 0 {
		at = max(at, s.grants[n-1].at)
	}
	inside := s.grants
	for at < latest {
		// Grants leave the window one after the other, and at only grows.
		for len(inside) > 0 && later(inside[0].at, l.Window) <= at {
			inside = inside[1:]
		}
		sum, fits := value, true
		for _, g := range inside {
			if fits {
				sum, fits = amount.Add(sum, g.amount)
			}
		}
		switch {
		case fits && sum <= l.Rate:
			return at
		case len(inside) == 0:
			return latest // alone above the rate
		}
		at = later(inside[0].at, l.Window)
	}
	return latest
}

// add remembers a placed claim, and forgets those that are out of the window
// for all that follow.
func (s *schedule) add(l Limit, at, value uint64) {
	for len(s.grants) > 0 && later(s.grants[0].at, l.Window) <= at {
		s.grants = s.grants[1:]
	}
	s.grants = append(s.grants, grant{at, value})
}

// later returns height + blocks, or the last height there is.
func later(height, blocks uint64) uint64 {
	sum, ok := amount.Add(height, blocks)
	if !ok {
		return ^uint64(0)
	}
	return sum
}

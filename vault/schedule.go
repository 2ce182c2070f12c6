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

// place returns at_i and remembers it.
func (s *schedule) place(l Limit, opened, value uint64) uint64 {
	latest, ok := amount.Add(opened, l.MaxDelay)
	if !ok {
		latest = ^uint64(0)
	}
	at := opened
	if n := len(s.grants); n > 0 {
		at = max(at, s.grants[n-1].at)
	}
	// Grants leave the window one after the other; drop those that have left it
	// for good, as at never descends.
	for at < latest {
		for len(s.grants) > 0 && left(s.grants[0].at, l.Window) <= at {
			s.grants = s.grants[1:]
		}
		sum, fits := value, true
		for _, g := range s.grants {
			if sum, fits = amount.Add(sum, g.amount); !fits {
				break
			}
		}
		if fits && sum <= l.Rate {
			break
		}
		if len(s.grants) == 0 {
			at = latest // alone above the rate
			break
		}
		at = left(s.grants[0].at, l.Window)
	}
	at = min(at, latest)
	s.grants = append(s.grants, grant{at, value})
	return at
}

// left returns the first height at which a grant is out of the window.
func left(at, window uint64) uint64 {
	sum, ok := amount.Add(at, window)
	if !ok {
		return ^uint64(0)
	}
	return sum
}

package fairness

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Rule is one that workers broke. The numbers are in evidence files.
type Rule uint8

// The rules (spec/20-fairness.md, "Rules").
const (
	Omitted     Rule = 1 // an order of the book is not in an intake
	Excluded    Rule = 2 // an eligible order is not in an auction
	Skipped     Rule = 3 // an auction was not called in its interval, or not where it had to be
	Misrecorded Rule = 4 // an entry contradicts the order
	Mispriced   Rule = 5 // the price or the reference is none that the rules allow
	Passed      Rule = 6 // an order that comes later traded first
	Unkept      Rule = 7 // the chain shows another fill than the transcript
	Equivocated Rule = 8 // two heartbeats of one height
	Misanswered Rule = 9 // an answer on the chain that proves nothing
)

// String names the rule.
func (r Rule) String() string {
	names := [...]string{
		Omitted: "omitted", Excluded: "excluded", Skipped: "skipped", Misrecorded: "misrecorded", Mispriced: "mispriced",
		Passed: "passed over", Unkept: "unkept", Equivocated: "equivocated", Misanswered: "misanswered",
	}
	if int(r) < len(names) && names[r] != "" {
		return names[r]
	}
	return "unknown"
}

// Claim is the order that somebody speaks of. To reveal it moves no coin.
type Claim struct {
	Order    order.Order
	Position uint64 // of its leaf
}

// Secret returns what the order is known by.
func (c Claim) Secret() transcript.Secret {
	nf, _ := order.Nullify(c.Order.S, c.Order.Commitment(), c.Position)
	return transcript.Secret{Nullifier: nf, S: c.Order.S}
}

// Span is the blocks from From up to, but without, Until; 0 is no end yet.
type Span struct{ From, Until uint64 }

func (s Span) holds(height uint64) bool {
	return s.From <= height && (s.Until == 0 || height < s.Until)
}

// Hold is a lock of an order: from its block until that of its settlement or
// bust. After a bust the order is free again from FreeFrom on.
type Hold struct {
	Auction uint64
	Span
	FreeFrom uint64 // 0 before the lock ended, and after a settlement
}

// Life is what the chain says of an order's leaf and nullifier.
type Life struct {
	Since    uint64 // block whose root is the first to hold the leaf; 0 if none does
	Spent    uint64 // block that spent it; 0 if none did
	Reserved []Span // by admitted actions, until they were executed or dropped
	Holds    []Hold
	Fills    []Fill // settled
}

// Fill is a settled leg of the order.
type Fill struct {
	Auction uint64
	Report  field.Element // e
}

// Free reports whether the chain lets the auction at height match the order; w
// is how many blocks it has to rest.
func (l Life) Free(height, w uint64, expiry uint32) bool {
	if l.Since == 0 || l.Since+w > height || height > uint64(expiry) || l.Spent != 0 && l.Spent <= height {
		return false
	}
	for _, s := range l.Reserved {
		if s.holds(height) {
			return false
		}
	}
	for _, h := range l.Holds {
		if h.holds(height) || h.FreeFrom > height && h.From <= height {
			return false
		}
	}
	return true
}

// Facts are what the chain says of an auction, and of the order until then.
type Facts struct {
	Rest      uint64        // w
	Interval  uint64        // n
	Market    market.Record // the order's
	Reference market.Quote  // after the auction's block; zero if there was none
	Unstable  bool          // it moved too far
	Life      Life
	BookSince uint64            // block in which the book of that height began, empty
	Locked    bool              // the chain has a lock of this auction
	InLock    bool              // and the order's nullifier is in it
	Whole     bool              // all blocks of the call's interval are the heartbeat's, and one epoch's
	Schedule  func(uint64) bool // which heights were called; nil while the epoch runs
}

// Judge returns the rules that were broken, ascending, in what an answer showed
// of the order. The facts are those of seen.Height, or of the heartbeat if there
// was no such call.
func Judge(c Claim, seen *Seen, f *Facts) (broken []Rule) {
	found := [Misanswered + 1]bool{}
	j := judge{c: c, t: c.Order.Terms, seen: seen, f: f}
	if seen.Taken != nil {
		found[Misrecorded] = j.mistaken()
	}
	found[Skipped] = j.skipped()
	switch {
	case !seen.Called:
	case seen.Outcome == nil:
		found[Excluded] = j.excluded()
		found[Unkept] = f.InLock || j.filled()
	default:
		found[Misrecorded] = found[Misrecorded] || j.misrecorded()
		found[Mispriced] = j.mispriced()
		found[Passed] = j.passed()
		found[Unkept] = j.unkept()
	}
	for r, is := range found {
		if is {
			broken = append(broken, Rule(r))
		}
	}
	return broken
}

type judge struct {
	c    Claim
	t    order.Terms
	seen *Seen
	f    *Facts
}

// mistaken: the intake has another order under this order's label.
func (j *judge) mistaken() bool {
	taken, since := j.seen.Taken, j.f.Life.Since
	return taken.Commitment != j.c.Order.Commitment() || taken.Arrival == 0 || since != 0 && uint64(taken.Arrival) > since
}

// skipped: the interval has no call, or its call is not in it, or not where the
// epoch's schedule had it.
func (j *judge) skipped() bool {
	h := j.seen.Heartbeat
	interval, first := transcript.CallInterval(j.seen.Call), j.seen.Call&0xff == 0
	if !j.seen.Called {
		return first && j.f.Whole
	}
	a := j.seen.Height
	return a/j.f.Interval != interval || a < h.First || a > h.Height || j.f.Schedule != nil && !j.f.Schedule(a)
}

// excluded: an order that is in the book after the auction was in it before,
// since none comes back; so it was eligible if the chain let it be matched.
func (j *judge) excluded() bool {
	taken, life := j.seen.Taken, j.f.Life
	if taken == nil || !life.Free(j.seen.Height, j.f.Rest, j.t.Expiry) {
		return false
	}
	if taken.Handling.Auctions == 0 {
		return true
	}
	// Good for a number of auctions: only in intervals at whose start it could be
	// matched.
	start := j.seen.Height - j.seen.Height%j.f.Interval
	return life.Free(start, j.f.Rest, j.t.Expiry)
}

// least is the smallest fill that the order's terms allow.
func (j *judge) least() uint64 { return max(1, min(j.t.MinFill, j.t.Qty)) }

// misrecorded: the entry is not this order's, or an outcome that no auction has.
func (j *judge) misrecorded() bool {
	o, p, taken := j.seen.Outcome, j.seen.Pool, j.seen.Taken
	class := uint8(0)
	if o.Price != 0 {
		class = uint8(bits.Len64(j.t.Qty))
	}
	switch {
	case o.Market != j.t.Market, o.Class != class, o.Arrival == 0, uint64(o.Arrival) > j.f.Life.Since,
		o.Hash != transcript.KeyedHash(p.HashKey, j.c.Secret().Nullifier),
		o.In > j.t.Qty, o.Lots > o.In,
		o.In != 0 && o.In < j.least(), o.Lots != 0 && o.Lots < j.least(),
		o.Lots != 0 && (p.Result != transcript.Cleared || o.Price == 0),
		!j.f.Life.Free(j.seen.Height, j.f.Rest, j.t.Expiry):
		return true
	case taken != nil && (o.Arrival != taken.Arrival || o.Pool != taken.Handling.Pool ||
		o.Price != Effective(j.f.Market, j.t, taken.Handling, j.seen.Pool.Reference)):
		return true
	}
	// Who traded is not after the last that did, and who is that traded.
	last := j.seen.Last
	return last != nil && (*last < 0 && o.Lots != 0 || *last == 0 && o.Lots == 0)
}

// mispriced: a reference that is not the chain's, a price outside collar or
// grid, or one that the order does not take.
func (j *judge) mispriced() bool {
	o, p := j.seen.Outcome, j.seen.Pool
	if p.Reference != j.f.Reference || (p.Result == transcript.NoReference) != !p.Reference.Valid() ||
		(p.Result == transcript.Unstable) != (p.Reference.Valid() && j.f.Unstable) {
		return true
	}
	if p.Result != transcript.Cleared {
		return p.Price != 0
	}
	if p.Price == 0 || !j.f.Market.OnTick(p.Price) || market.Deviation(p.Price, p.Reference.Mid) > j.f.Market.Collar {
		return true
	}
	handling := order.Handling{} // without a peg: what the terms alone demand
	if j.seen.Taken != nil {
		handling = j.seen.Taken.Handling
	}
	return o.Lots != 0 && !Takes(j.f.Market, j.t, handling, p.Reference, p.Price)
}

// passed: the order took the price and got less than it had, while one that
// comes after it traded. Only a minimum allows that: the order's own, or, where
// minima decided who trades how much, anybody's.
func (j *judge) passed() bool {
	o, last := j.seen.Outcome, j.seen.Last
	return last != nil && *last > 0 && !j.seen.Pool.Exact && (o.Lots != 0 || j.least() == 1)
}

// filled reports whether the chain settled a fill of the order in this auction.
func (j *judge) filled() bool {
	_, ok := j.fill()
	return ok
}

func (j *judge) fill() (Fill, bool) {
	for _, x := range j.f.Life.Fills {
		if x.Auction == j.seen.Height {
			return x, true
		}
	}
	return Fill{}, false
}

// unkept: the lock of this auction has the order although it did not trade, or
// lacks it although it did; or its settlement reports another fill.
func (j *judge) unkept() bool {
	o := j.seen.Outcome
	if j.f.Locked && j.f.InLock != (o.Lots != 0) {
		return true
	}
	x, ok := j.fill()
	if !ok {
		return false
	}
	lots, price, _, ok := order.OpenReport(j.c.Order.S, j.c.Secret().Nullifier, x.Report, uint32(x.Auction))
	return !ok || lots != o.Lots || price != j.seen.Pool.Price
}

// Missing reports whether an intake had to have the order and lacks it: it is
// in a later one, and nothing that leaves the book comes back.
func Missing(c Claim, lacks, later *Seen, f *Facts) bool {
	h := lacks.Heartbeat.Height
	return lacks.Taken == nil && later.Taken != nil && later.Heartbeat.Height > h &&
		f.Life.Since != 0 && f.Life.Since <= h && later.Taken.Commitment == c.Order.Commitment()
}

// Dropped reports whether an intake lacks an order that an earlier one of the same
// book has, although nothing that the chain knows of has spent it, or is about to.
// What the chain can't tell is whether its owner took it out or bounded its time:
// the owner says.
func Dropped(c Claim, earlier, lacks *Seen, f *Facts) bool {
	h := lacks.Heartbeat.Height
	return earlier.Taken != nil && lacks.Taken == nil && earlier.Heartbeat.Height < h && f.BookSince <= earlier.Heartbeat.Height &&
		h <= uint64(c.Order.Terms.Expiry) && f.Life.Spent == 0 && len(f.Life.Reserved) == 0 &&
		earlier.Taken.Handling.Until == 0 && earlier.Taken.Handling.Auctions == 0
}

// Scheduled reports whether an epoch's schedule key calls an auction at height
// (spec/13, "Randomness"); n is the auction interval.
func Scheduled(k registry.Schedule, height, n uint64) bool {
	mac := hmac.New(sha256.New, k[:])
	mac.Write(binary.BigEndian.AppendUint32([]byte("call"), uint32(height/n)))
	return height%n == binary.BigEndian.Uint64(mac.Sum(nil))%n
}

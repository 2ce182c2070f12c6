package venue

// Print is what everybody is told of trades: without sides, and with a price that
// is the mean, rounded down.
type Print struct {
	Time   uint64 // ns of publication
	Market uint32
	Lots   uint64
	Price  uint64
}

// Prints publishes trades: those of one or more auctions of a market together,
// as soon as they are of so many owners and so old. The zero value publishes
// every auction at once.
type Prints struct {
	Delay  uint64 // ns after the last auction that a print is of
	Owners int    // distinct ones, at least

	open map[uint32]*aggregate // by market
	full []Print               // Time is when they are due, ascending
}

// aggregate is the trades that no print is of yet.
type aggregate struct {
	lots, notional uint64
	owners         map[uint32]bool
	nameless       int // fills of owners that have no other order
}

// Add takes an auction's trades; auctions come in the sequence of time.
func (p *Prints) Add(a Auction) {
	if a.Volume == 0 {
		return
	}
	if p.open == nil {
		p.open = map[uint32]*aggregate{}
	}
	g := p.open[a.Market]
	if g == nil {
		g = &aggregate{owners: map[uint32]bool{}}
		p.open[a.Market] = g
	}
	g.lots += a.Volume
	g.notional += a.Volume * a.Price
	for _, f := range a.Fills {
		if f.Owner == 0 {
			g.nameless++
		} else {
			g.owners[f.Owner] = true
		}
	}
	if len(g.owners)+g.nameless >= p.Owners {
		delete(p.open, a.Market)
		p.full = append(p.full, Print{a.Time + p.Delay, a.Market, g.lots, g.notional / g.lots})
	}
}

// Due returns what is to be published up to a time.
func (p *Prints) Due(now uint64) []Print {
	n := 0
	for n < len(p.full) && p.full[n].Time <= now {
		n++
	}
	due := p.full[:n:n]
	p.full = p.full[n:]
	return due
}

package scenario

import "github.com/nightjar/nightjar/protocol/order"

import "github.com/nightjar/nightjar/protocol/market"

// Scenario is a checked scenario file.
type Scenario struct {
	Title   string
	Fee     uint64  // flat fee of an action in hub units of the first asset
	Assets  []Asset // the first pays the flat fees
	Markets []Market
	Traders []string
	Steps   []Step // in the order of the file
}

// Asset is an asset; its id is its index + 1. Development custody mints what is
// on no chain of its own.
type Asset struct {
	Symbol   string
	Decimals uint8
	ExitFee  uint64    // hub units a withdrawal pays in this asset
	External *External // of an asset that comes from another chain; nil of a test asset
}

// External says where an asset comes from, and how much of it may come.
type External struct {
	Chain      uint32
	Name       []byte // what it is on that chain (spec/10, "Assets")
	Decimals   uint8  // of the chain's smallest unit
	MinDeposit uint64 // hub units
	MaxDeposit uint64
	MaxSupply  uint64
}

// Market is a market; its id is its index.
type Market struct {
	Name    string // BASE/QUOTE
	Base    uint32 // asset id
	Quote   uint32
	LotSize uint64 // base hub units per lot
	Tick    uint64 // quote hub units per lot
	FeeBp   uint16
	Collar  uint16 // bp
	MinQty  uint64 // lots
	Halt    uint16 // bp
}

// Step is one event.
type Step struct {
	Line int
	Text string // as written, for the narration
	Do   Event
}

// Event is one of the types below.
type Event interface{ event() }

type (
	// Price sets the validators' quote of a market from now on.
	Price struct {
		Market int
		Price  market.Quote
	}
	// Deposit credits a test asset from outside.
	Deposit struct {
		Trader int
		Asset  uint32
		Amount uint64
	}
	// Transfer pays another trader inside the pool.
	Transfer struct {
		From, To int
		Asset    uint32
		Amount   uint64
	}
	// Order places a hidden order under an id of the file's choosing.
	Order struct {
		Trader  int
		ID      string
		Market  int
		Buy     bool
		Qty     uint64 // lots
		Limit   uint64 // quote hub units per lot
		MinFill uint64 // lots
		Band    uint16 // bp
		MaxFee  uint16 // bp
		Life    uint32 // blocks until it expires

		Handling order.Handling // but for Until: a time of day is not known yet
		Day      bool           // until the next midnight, UTC
		Seconds  uint32         // until so many seconds after it is placed; 0: no bound
	}
	// Cancel takes an order back.
	Cancel struct {
		Trader int
		ID     string
	}
	// Replace changes a resting order atomically.
	Replace struct {
		Order      // as it shall be
		Renew bool // its time begins anew; else it ends when it would have
	}
	// CancelAll pulls all of a trader's orders from the book (soft cancel);
	// their funds stay in the orders until those are cancelled.
	CancelAll struct{ Trader int }
	// Heartbeat has all of a trader's orders pulled unless another one comes
	// within so many blocks; 0 is the last one, and they stay.
	Heartbeat struct {
		Trader int
		Blocks uint32
	}
	// Withdraw takes money out to an external address.
	Withdraw struct {
		Trader int
		Asset  uint32
		Amount uint64
		To     []byte
	}
	// Exit withdraws everything an order holds, in one action that needs no
	// enclave and none of the fee asset.
	Exit struct {
		Trader int
		ID     string
		To     []byte
	}
	// Sync waits until everything sent so far is final and nothing is pending.
	Sync struct{}
	// Kill ends processes with SIGKILL: all workers, or the one given (1-based).
	Kill struct{ Worker int }
	// Start starts killed workers again.
	Start struct{}
	// ExpectFills demands that a trader has had at least so many fills.
	ExpectFills struct {
		Trader int
		Fills  uint64
	}
	// ExpectFilled demands that exactly so many lots of an order are filled; of
	// one that was replaced, of the newest.
	ExpectFilled struct {
		Trader int
		ID     string
		Lots   uint64
	}
	// ExpectBalance demands an exact balance of spendable notes.
	ExpectBalance struct {
		Trader int
		Asset  uint32
		Amount uint64
	}
)

func (Price) event()         {}
func (Deposit) event()       {}
func (Transfer) event()      {}
func (Order) event()         {}
func (Cancel) event()        {}
func (Replace) event()       {}
func (CancelAll) event()     {}
func (Heartbeat) event()     {}
func (Withdraw) event()      {}
func (Exit) event()          {}
func (Sync) event()          {}
func (Kill) event()          {}
func (Start) event()         {}
func (ExpectFills) event()   {}
func (ExpectFilled) event()  {}
func (ExpectBalance) event() {}
